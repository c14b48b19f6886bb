//! A broker that answers producers at once and stalls its consumer at the end of the window.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Args, run_until};
use crate::clock;
use crate::requests::Shape;
use crate::tests::{TOPIC, at, response};
use crate::watch::{Phases, Target};

const RATE: f64 = 200.0;
const WINDOW: Phases = Phases { warm_up: 0.1, seconds: 0.4 };
/// Requests of the window, all of which are sent: the generator catches up where it was late.
const SENT: u64 = 80;
/// Far longer than between two requests.
const QUIET: Duration = Duration::from_millis(200);
/// One record and its batch.
const SHAPE: Shape = Shape { record_bytes: 10, batch_bytes: 1, partitions: 1, partitions_per_request: 1 };

/// A frame without its length; none when the peer is gone.
fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut frame = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut frame).ok()?;
    Some(frame)
}

/// A Produce 7 response to one partition, length included.
fn produced(request: &[u8]) -> Vec<u8> {
    let mut body = request[4..8].to_vec();
    body.extend_from_slice(&1i32.to_be_bytes());
    body.extend_from_slice(&(TOPIC.len() as i16).to_be_bytes());
    body.extend_from_slice(TOPIC.as_bytes());
    body.extend_from_slice(&1i32.to_be_bytes());
    body.extend_from_slice(&[0; 4 + 2 + 8 + 16 + 4]);
    [(body.len() as u32).to_be_bytes().to_vec(), body].concat()
}

/// It ends with its connections.
fn spawn(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().spawn(work).expect("a thread");
}

/// Delivers so many batches, and what was produced then only `pause` after nothing more was for a while.
fn broker(stalls_after: u64, pause: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let batch = SHAPE.batch().expect("a batch").bytes;
    spawn(move || {
        let arrived = Arc::new(AtomicU64::new(0));
        let (mut producer, _) = listener.accept().expect("the producer");
        let (mut consumer, _) = listener.accept().expect("the consumer");
        let counted = Arc::clone(&arrived);
        spawn(move || {
            while let Some(request) = frame(&mut producer) {
                counted.fetch_add(1, Ordering::SeqCst);
                if producer.write_all(&produced(&request)).is_err() {
                    return;
                }
            }
        });
        let mut delivered = 0;
        while frame(&mut consumer).is_some() {
            while arrived.load(Ordering::SeqCst) == delivered {
                clock::pause(Duration::from_millis(1));
            }
            if delivered == stalls_after {
                let mut seen = 0;
                while seen != arrived.load(Ordering::SeqCst) {
                    seen = arrived.load(Ordering::SeqCst);
                    clock::pause(QUIET);
                }
                clock::pause(pause);
            }
            let arrived = arrived.load(Ordering::SeqCst);
            let end = if delivered < stalls_after { arrived.min(stalls_after) } else { arrived };
            let batches: Vec<u8> =
                (delivered..end).flat_map(|offset| at(batch.clone(), offset as i64)).collect();
            delivered = end;
            if consumer.write_all(&response(0, &batches)).is_err() {
                return;
            }
        }
    });
    address
}

fn run(broker: SocketAddr, arrives_within: Duration) -> anyhow::Result<Value> {
    let (topic, fetch_bytes) = (TOPIC.to_owned(), 1 << 20);
    let target = Target { broker, pid: None };
    let args = Args { target, topic, shape: SHAPE, rate: RATE, fetch_bytes, phases: WINDOW };
    Ok(serde_json::from_str(&run_until(&args, arrives_within)?)?)
}

#[test]
fn a_stall_at_the_end_of_the_window_costs_what_any_other_does() {
    let pause = Duration::from_millis(500);
    let report = run(broker(SENT / 2, pause), Duration::from_secs(30)).expect("a report");
    // What was not delivered in the window waited for the pause too.
    let of = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).expect("a figure");
    assert!(of("/end_to_end_us/max") >= 500_000.0 && of("/end_to_end_us/p90") >= 500_000.0, "{report}");
    // Rates are of the window: what arrived after it is in none.
    assert!(of("/requests_per_s") < RATE * 0.75, "{report}");
}

#[test]
fn what_never_arrives_fails_the_run() {
    let never = Duration::from_secs(600);
    let error = run(broker(SENT / 2, never), Duration::from_millis(200)).expect_err("batches are lost");
    assert!(error.to_string().contains("have not arrived"), "{error}");
}
