//! Writers, readers and the work behind the log at once, on small segments, over several crashes and starts.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, Target, Timestamp, Urgency,
};
use hence_journal::local::{Io, LocalJournal, Mode, Options};
use hence_journal::{Entry, Journal, Outcome, ReadError, ReadLimits};
use smallvec::smallvec;

use crate::Seen;

const STREAMS: u64 = 6;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn now<T>(outcome: Outcome<T>) -> T {
    let later = match outcome {
        Outcome::Now(answer) => return answer,
        Outcome::Later(later) => later,
    };
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut later = pin!(later);
    loop {
        match later.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}

/// What the entry at `base` of `stream` must be.
fn payload(stream: u64, base: u64) -> Vec<u8> {
    let length = (stream * 131 + base * 977) % 6_000;
    (0..length).map(|n| (n * 7 + base * 13 + stream) as u8).collect()
}

fn options(dir: &Path, mode: Mode, io: Io) -> Options {
    Options {
        mode,
        io,
        ring_bytes: 1 << 20,
        commit_bytes_max: 64 << 10,
        segment_bytes_min: 128 << 10,
        segment_bytes_max: 512 << 10,
        checkpoint_bytes: 512 << 10,
        slack_bytes: Some(256 << 10),
        ..Options::new(dir)
    }
}

fn check(stream: u64, from: Offset, entries: &[Entry]) {
    let mut expected = from;
    for entry in entries {
        assert_eq!(entry.base, expected, "stream {stream}");
        assert_eq!(entry.payload, payload(stream, entry.base.0), "stream {stream} offset {}", entry.base);
        expected = entry.end();
    }
}

/// Reads streams from random places until told to stop, and until it has read something on a busy machine.
fn read_until(journal: &LocalJournal, stop: &AtomicBool, mut seed: u64) {
    let mut read = 0;
    while read == 0 || !stop.load(Ordering::Relaxed) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let stream = seed >> 33;
        let stream = stream % STREAMS + 1;
        let Some(bounds) = journal.bounds(StreamId(stream)) else { continue };
        let from = Offset(bounds.start.0 + (seed >> 20) % (bounds.end.0 - bounds.start.0 + 1));
        let limits = ReadLimits { bytes_max: 40_000, before: None };
        match now(journal.read(StreamId(stream), from, limits)) {
            Ok(entries) => {
                check(stream, from, &entries);
                read += entries.len() as u64;
            }
            Err(ReadError::OutOfRange { .. }) => {}
            Err(error) => panic!("stream {stream} from {from} of {bounds:?}: {error}"),
        }
    }
}

/// Writes until there are `rounds` more commits; streams 1 and 2 are kept, the others trimmed behind.
fn write(journal: &LocalJournal, ends: &mut BTreeMap<u64, u64>, rounds: u64) {
    for round in 0..rounds {
        let stream = if round.is_multiple_of(25) { 1 + round / 25 % 2 } else { 3 + round % (STREAMS - 2) };
        let end = ends.entry(stream).or_default();
        let bytes = payload(stream, *end);
        let header = EntryHeader {
            base: Offset(*end),
            count: 1,
            max_timestamp: Timestamp(*end as i64),
            leader_epoch: LeaderEpoch(0),
            format: 1,
            flags: 0,
            annotations: &[],
        };
        let target = Target { stream: StreamId(stream), header };
        let mut ops = vec![Op::Append(Append { targets: smallvec![target], payload: &bytes })];
        *end += 1;
        if stream > 2 && end.is_multiple_of(10) {
            ops.push(Op::Trim { stream: StreamId(stream), to: Offset(end.saturating_sub(60)) });
        }
        journal.submit(&Commit { ops, urgency: Urgency::Normal }).expect("the journal takes it");
        // Some are written by who submits, some by the thread.
        if round % 3 == 0 || !journal.flush_here() {
            journal.flush();
        }
        // The work behind the log must keep up, as the core's limits make it do.
        while round.is_multiple_of(50) && journal.state().durable.0 + 50 < round {
            thread::yield_now();
        }
    }
}

fn run(mode: Mode, io: Io) {
    let dir = tempfile::tempdir().expect("a directory");
    let options = options(dir.path(), mode, io);
    let mut ends = BTreeMap::new();
    let mut done = [0; 3];
    for opening in 0..50 {
        // On a busy machine the work behind the log comes late: then there are more openings.
        if opening >= 5 && done.iter().all(|&count| count > 0) {
            break;
        }
        let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
        for (&stream, &end) in &ends {
            let bounds = journal.bounds(StreamId(stream)).expect("the stream is there");
            assert_eq!(bounds.end.0, end, "opening {opening}, stream {stream}");
        }
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let readers: Vec<_> = (0..2)
                .map(|seed| {
                    let (journal, stop) = (&journal, &stop);
                    scope.spawn(move || read_until(journal, stop, seed))
                })
                .collect();
            write(&journal, &mut ends, 1_500);
            stop.store(true, Ordering::Relaxed);
            for reader in readers {
                reader.join().expect("what is read is right");
            }
        });
        for stream in [1, 2] {
            let limits = ReadLimits { bytes_max: usize::MAX, before: None };
            let mut from = Offset(0);
            while let Some(last) = {
                let entries = now(journal.read(StreamId(stream), from, limits)).expect("it is readable");
                check(stream, from, &entries);
                entries.last().map(Entry::end)
            } {
                from = last;
            }
        }
        let counts = journal.counts();
        done = [done[0] + counts.checkpoints, done[1] + counts.recycled, done[2] + counts.rolled];
        if opening % 2 == 0 {
            journal.close().expect("it closes");
        }
    }
    assert!(done.iter().all(|&count| count > 0), "checkpoints, recycled, rolled: {done:?}");
}

#[test]
fn readers_see_right_bytes_while_segments_are_rolled_and_used_again_in_fsync() {
    run(Mode::Fsync, Io::Auto);
}

#[test]
fn readers_see_right_bytes_while_segments_are_rolled_and_used_again_in_os() {
    run(Mode::Os, Io::Auto);
}
