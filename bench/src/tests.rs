//! The generator's own reading and writing, and what it sees of a client, without a broker.

use hence_message::kafka::{Limits, batches, check};

use crate::around::around;
use crate::requests::{Shape, probe};
use crate::walk::Walk;
use crate::watch::Cost;
use crate::wire;

pub const TOPIC: &str = "topic";

fn shape(record_bytes: usize, batch_bytes: usize) -> Shape {
    Shape { record_bytes, batch_bytes, partitions: 1, partitions_per_request: 1 }
}

/// A Fetch 11 response to one partition, length included.
pub fn response(error: i16, records: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend_from_slice(&[0; 4 + 4 + 2 + 4]);
    body.extend_from_slice(&1i32.to_be_bytes());
    body.extend_from_slice(&(TOPIC.len() as i16).to_be_bytes());
    body.extend_from_slice(TOPIC.as_bytes());
    body.extend_from_slice(&1i32.to_be_bytes());
    body.extend_from_slice(&0i32.to_be_bytes());
    body.extend_from_slice(&error.to_be_bytes());
    body.extend_from_slice(&[0; 24]);
    body.extend_from_slice(&(-1i32).to_be_bytes());
    body.extend_from_slice(&(-1i32).to_be_bytes());
    body.extend_from_slice(&(records.len() as i32).to_be_bytes());
    body.extend_from_slice(records);
    [(body.len() as u32).to_be_bytes().to_vec(), body].concat()
}

pub fn at(mut batch: Vec<u8>, base: i64) -> Vec<u8> {
    batch[..8].copy_from_slice(&base.to_be_bytes());
    batch
}

#[test]
fn a_batch_is_as_large_as_asked_for_and_no_larger_and_a_broker_would_take_it() {
    for (record_bytes, batch_bytes, records) in [(1024, 16 * 1024, 15), (100, 1, 1), (1024, 1 << 20, 1014)] {
        let made = shape(record_bytes, batch_bytes).batch().expect("a batch");
        assert_eq!(made.records, records);
        assert!(made.bytes.len() <= batch_bytes || records == 1);
        let header = check(&made.bytes, &Limits::of_size(1 << 20)).expect("acceptable");
        assert_eq!(header.records(), records);
    }
}

#[test]
fn partitions_are_dealt_out_over_connections_and_every_connection_has_one() {
    let deal = |partitions, partitions_per_request, connections| {
        let shape = Shape { partitions, partitions_per_request, ..shape(10, 1) };
        let counts: Vec<_> = shape.requests(TOPIC, b"batch", connections).iter().map(Vec::len).collect();
        counts
    };
    assert_eq!(deal(12, 1, 8), [2, 2, 2, 2, 1, 1, 1, 1]);
    assert_eq!(deal(1, 1, 3), [1, 1, 1]);
    assert_eq!(deal(64, 64, 1), [1]);
    assert_eq!(probe(b"batch", 2)[1][0].as_ref(), b"\0\0\0\x05batch");
}

#[test]
fn fetch_responses_are_walked_over_in_pieces_of_any_size() {
    let batch = shape(10, 100).batch().expect("a batch");
    let records = i64::from(batch.records);
    let whole = [at(batch.bytes.clone(), 0), at(batch.bytes.clone(), records)].concat();
    let mut cut = at(batch.bytes.clone(), 2 * records);
    cut.truncate(cut.len() - 1);
    let stream = [response(0, &whole), response(0, &[]), response(0, &cut)].concat();
    assert_eq!(batches(&whole).count(), 2);
    for piece in [1, 2, 7, 26, 27, 28, 61, 100, stream.len()] {
        let mut walk = Walk::new(wire::fetch_head_bytes(TOPIC));
        let mut responses = 0;
        for bytes in stream.chunks(piece) {
            walk.feed(bytes).expect("responses");
            responses += u32::from(std::mem::take(&mut walk.whole));
        }
        assert_eq!((walk.offset, walk.batches, walk.bytes), (2 * records, 2, whole.len() as u64), "{piece}");
        assert!(responses == 3 || piece > batch.bytes.len(), "{piece}: {responses} responses");
    }
}

#[test]
fn an_error_code_ends_the_run() {
    let mut walk = Walk::new(wire::fetch_head_bytes(TOPIC));
    let error = walk.feed(&response(6, &[])).expect_err("an error code");
    assert!(error.to_string().contains("error 6"), "{error}");
}

/// Runs a shell as the client; this process stands in for the broker.
fn around_shell(script: &str) -> anyhow::Result<(String, Cost)> {
    around(std::process::id(), &["sh", "-c", script].map(str::to_owned))
}

/// Takes a shell more than a few hundredths of a second.
const WORK: &str = "n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done";

#[test]
fn the_time_of_a_client_and_of_its_children_is_the_generators() {
    for script in [WORK.to_owned(), format!("sh -c '{WORK}'; echo done")] {
        let (_, cost) = around_shell(&script).expect("a client");
        assert!(cost.generator_cpu_s >= 0.03, "{script}: {cost:?}");
    }
}

#[test]
fn a_client_that_counts_is_heard_from_then_to_its_next_line_and_any_other_all_its_life() {
    let (printed, _) = around_shell("echo early; echo counting; echo counted").expect("a client");
    assert_eq!(printed, "counted");
    let (printed, _) = around_shell("echo one; echo two").expect("a client");
    assert_eq!(printed, "one\ntwo\n");
}

#[test]
fn a_client_that_fails_after_its_window_fails_the_run() {
    for script in ["echo counting; echo counted; exit 3", "echo counting"] {
        assert!(around_shell(script).is_err(), "{script}");
    }
}
