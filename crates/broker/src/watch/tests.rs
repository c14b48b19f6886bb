//! Watches alone, without a journal.

use std::sync::atomic::AtomicUsize;
use std::task::Wake;

use super::*;

const A: StreamId = StreamId(1);
const B: StreamId = StreamId(2);

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn readable(end: u64) -> Option<Bounds> {
    Some(Bounds { start: Offset(0), end: Offset(end), bytes: end })
}

fn touched(stream: StreamId, end: u64, bytes: u64) -> Touched {
    Touched { stream, bounds: Bounds { start: Offset(0), end: Offset(end), bytes: end }, bytes }
}

fn poll(watch: &mut Watch, wakes: &Arc<Wakes>) -> bool {
    let waker = Waker::from(Arc::clone(wakes));
    Pin::new(watch).poll(&mut Context::from_waker(&waker)).is_ready()
}

fn woken(wakes: &Arc<Wakes>) -> usize {
    wakes.0.load(Ordering::SeqCst)
}

#[test]
fn a_watch_is_woken_once_when_enough_bytes_came_over_all_its_streams() {
    let (watches, wakes) = (Arc::new(Watches::default()), Arc::new(Wakes::default()));
    let mut watch = watches.watch(&[(A, Offset(10)), (B, Offset(10))], 100, |_| readable(10));
    assert!(!poll(&mut watch, &wakes));
    watches.touched(&[touched(A, 20, 60)]);
    assert_eq!(woken(&wakes), 0, "60 of 100 bytes");
    watches.touched(&[touched(B, 20, 40)]);
    assert_eq!(woken(&wakes), 1);
    assert!(poll(&mut watch, &wakes));
    watches.touched(&[touched(A, 30, 1_000), touched(B, 30, 1_000)]);
    assert_eq!(woken(&wakes), 1, "woken once");
}

#[test]
fn a_thousand_watches_of_other_streams_are_left_alone() {
    let watches = Arc::new(Watches::default());
    let idle = Arc::new(Wakes::default());
    let mut others: Vec<Watch> =
        (0..1_000).map(|n| watches.watch(&[(StreamId(100 + n), Offset(0))], 1, |_| None)).collect();
    assert!(others.iter_mut().all(|watch| !poll(watch, &idle)));
    let wakes = Arc::new(Wakes::default());
    let mut watch = watches.watch(&[(A, Offset(0))], 1, |_| None);
    assert!(!poll(&mut watch, &wakes));
    watches.touched(&[touched(A, 1, 1)]);
    assert_eq!((woken(&wakes), woken(&idle)), (1, 0));
    drop(others);
    drop(watch);
    assert_eq!(watches.registered(), 0);
    assert!(watches.by_stream.lock().is_empty(), "nothing is left behind");
}

#[test]
fn what_came_between_the_read_and_the_registration_is_not_missed() {
    let (watches, wakes) = (Arc::new(Watches::default()), Arc::new(Wakes::default()));
    let mut watch = watches.watch(&[(A, Offset(10))], 1, |_| readable(11));
    assert!(poll(&mut watch, &wakes));
}

#[test]
fn the_end_of_a_stream_and_a_new_start_wake() {
    let (watches, wakes) = (Arc::new(Watches::default()), Arc::new(Wakes::default()));
    let mut ended = watches.watch(&[(A, Offset(10))], 1_000, |_| readable(10));
    let mut trimmed = watches.watch(&[(B, Offset(10))], 1_000, |_| readable(10));
    assert!(!poll(&mut ended, &wakes) && !poll(&mut trimmed, &wakes));
    watches.ended(&[A]);
    assert!(poll(&mut ended, &wakes));
    watches.touched(&[touched(B, 10, 0)]);
    assert!(poll(&mut trimmed, &wakes));
    let mut gone = watches.watch(&[(A, Offset(10))], 1, |_| None);
    assert!(poll(&mut gone, &wakes), "the stream had entries and is gone");
}

#[test]
fn a_stream_that_is_named_twice_counts_once_and_leaves_nothing_behind() {
    let (watches, wakes) = (Arc::new(Watches::default()), Arc::new(Wakes::default()));
    let streams = [(A, Offset(10)), (B, Offset(10)), (A, Offset(10))];
    let mut watch = watches.watch(&streams, 100, |_| readable(10));
    assert!(!poll(&mut watch, &wakes));
    assert_eq!(watches.by_stream.lock().len(), 2);
    watches.touched(&[touched(A, 20, 60)]);
    assert_eq!(woken(&wakes), 0, "60 of 100 bytes");
    drop(watch);
    assert_eq!((watches.by_stream.lock().len(), watches.registered()), (0, 0));
}
