//! A store that is given any commits, reads, restarts and kills answers like the model, in every mode.
//!
//! A failing case is shrunk by proptest and kept in `proptest-regressions/`.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{LeaderEpoch, Offset, Position, StreamId, TableId, Timestamp};
use hence_journal::local::{Io, LocalJournal, Mode, Options};
use hence_journal::memory::{self, MemoryJournal};
use hence_journal::{Failure, Find, Journal, Observer, ReadLimits, Touched};
use hence_testkit::model::{Planned, PlannedHeader, PlannedOp, World};
use hence_testkit::sim::parts::{Ends, Rebuilt};
use parking_lot::{Condvar, Mutex};
use proptest::collection::vec;
use proptest::prelude::*;

/// What happens to a store. Streams and offsets are wishes: what cannot be is left out.
#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Wish>),
    Flush,
    Read { stream: u64, from: u64, bytes_max: usize, before: Option<u64> },
    Find { stream: u64, time: i64, last_bytes: u64 },
    Close,
    Crash,
}

#[derive(Clone, Debug)]
enum Wish {
    Append { streams: Vec<u64>, count: u32, time: i64, length: usize, fill: u8 },
    Put(u8, Vec<u8>),
    Delete(u8),
    Trim { stream: u64, part: u8 },
    Drop(u64),
}

fn wish() -> impl Strategy<Value = Wish> {
    let length = prop_oneof![4 => 0..300_usize, 1 => 0..20_000_usize];
    let append = (vec(0..6_u64, 1..4), 1..40_u32, -1..60_i64, length, any::<u8>());
    prop_oneof![
        8 => append.prop_map(|(streams, count, time, length, fill)| Wish::Append { streams, count, time, length, fill }),
        2 => (any::<u8>(), vec(any::<u8>(), 0..40)).prop_map(|(key, value)| Wish::Put(key % 16, value)),
        1 => any::<u8>().prop_map(|key| Wish::Delete(key % 16)),
        2 => (0..6_u64, any::<u8>()).prop_map(|(stream, part)| Wish::Trim { stream, part }),
        1 => (0..6_u64).prop_map(Wish::Drop),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => vec(wish(), 1..5).prop_map(Step::Commit),
        4 => Just(Step::Flush),
        3 => (0..6_u64, 0..300_u64, 0..4_000_usize, proptest::option::of(0..300_u64))
            .prop_map(|(stream, from, bytes_max, before)| Step::Read { stream, from, bytes_max, before }),
        2 => (0..6_u64, -1..70_i64, 0..3_000_u64)
            .prop_map(|(stream, time, last_bytes)| Step::Find { stream, time, last_bytes }),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
    ]
}

#[derive(Debug, Default)]
struct Waiter {
    durable: Mutex<Position>,
    moved: Condvar,
}

impl Observer for Waiter {
    fn advanced(&self, durable: Position, _touched: &[Touched]) {
        *self.durable.lock() = durable;
        self.moved.notify_all();
    }

    fn failed(&self, failure: Failure) {
        panic!("a healthy disk failed: {failure}");
    }
}

/// A store under test: how it is opened again, or `None` when nothing outlives it.
struct Subject {
    journal: Arc<dyn Journal>,
    waiter: Arc<Waiter>,
    again: Option<Options>,
    /// The derived rows that checkpoints ask for.
    ends: Arc<Ends>,
    /// Each dropped stream's wish gets a new id.
    ids: Vec<u64>,
    next_id: u64,
    world: World,
    ever: BTreeSet<StreamId>,
    submitted: Position,
}

impl Subject {
    fn new(journal: Arc<dyn Journal>, again: Option<Options>) -> Self {
        let waiter = Arc::new(Waiter::default());
        journal.observe(Arc::clone(&waiter) as Arc<_>);
        let ends = Arc::new(Ends::default());
        journal.derive_rows_from(Arc::clone(&ends) as Arc<_>);
        Self {
            journal,
            waiter,
            again,
            ends,
            ids: (1..=6).collect(),
            next_id: 7,
            world: World::default(),
            ever: BTreeSet::new(),
            submitted: Position::ZERO,
        }
    }

    fn stream(&self, wish: u64) -> StreamId {
        StreamId(self.ids[wish as usize])
    }

    fn run(&mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        for step in steps {
            self.step(step)?;
        }
        self.settle();
        self.world
            .verify(&*self.journal, &self.ever)
            .map_err(|violation| TestCaseError::fail(violation.to_string()))
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let failed = |violation: hence_testkit::model::Violation| TestCaseError::fail(violation.to_string());
        match step {
            Step::Commit(wishes) => self.commit(wishes),
            Step::Flush => self.journal.flush(),
            Step::Read { stream, from, bytes_max, before } => {
                self.settle();
                let limits = ReadLimits { bytes_max: *bytes_max, before: before.map(Offset) };
                let stream = self.stream(*stream);
                self.world.verify_read(&*self.journal, stream, Offset(*from), limits).map_err(failed)?;
            }
            Step::Find { stream, time, last_bytes } => {
                self.settle();
                for what in [Find::AtOrAfter(Timestamp(*time)), Find::Newest, Find::LastBytes(*last_bytes)] {
                    self.world.verify_find(&*self.journal, self.stream(*stream), what).map_err(failed)?;
                }
            }
            Step::Close | Step::Crash => {
                self.settle();
                self.open_again(matches!(step, Step::Close))?;
                self.world.verify(&*self.journal, &self.ever).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, wishes: &[Wish]) {
        let mut planned = Planned::default();
        let mut after = self.world.clone();
        for wish in wishes {
            if let Some(op) = self.plan(wish, &after) {
                let op = Planned { ops: vec![op], relief: false };
                after.apply(&op);
                planned.ops.extend(op.ops);
            }
        }
        if planned.ops.is_empty() {
            return;
        }
        self.submitted = self.ends.submit(&*self.journal, &planned).expect("there is room");
        self.ever.extend(planned.streams());
        self.world = after;
    }

    fn plan(&mut self, wish: &Wish, world: &World) -> Option<PlannedOp> {
        Some(match wish {
            Wish::Append { streams, count, time, length, fill } => {
                let streams: BTreeSet<StreamId> = streams.iter().map(|wish| self.stream(*wish)).collect();
                let header = |stream: &StreamId| PlannedHeader {
                    base: world.streams.get(stream).map_or(Offset::ZERO, |stream| stream.end),
                    count: *count,
                    max_timestamp: Timestamp(*time),
                    leader_epoch: LeaderEpoch(u32::from(*fill)),
                    tags: (*fill, !*fill),
                    annotations: Bytes::from(vec![*fill; usize::from(*fill) % 9]),
                };
                let targets = streams.iter().map(|stream| (*stream, header(stream))).collect();
                PlannedOp::Append(targets, Bytes::from(vec![*fill; *length]))
            }
            Wish::Put(key, value) => PlannedOp::Put(
                TableId(u16::from(key % 3) + 1),
                Bytes::from(vec![*key]),
                Bytes::from(value.clone()),
            ),
            Wish::Delete(key) => PlannedOp::Delete(TableId(u16::from(key % 3) + 1), Bytes::from(vec![*key])),
            Wish::Trim { stream, part } => {
                let id = self.stream(*stream);
                let stream = world.streams.get(&id)?;
                let span = stream.end.0 - stream.start.0;
                PlannedOp::Trim(id, stream.start.plus(span * u64::from(*part) / 255))
            }
            Wish::Drop(wish) => {
                let id = self.stream(*wish);
                world.streams.get(&id)?;
                self.ids[*wish as usize] = self.next_id;
                self.next_id += 1;
                PlannedOp::Drop(id)
            }
        })
    }

    /// Waits until everything is durable.
    fn settle(&self) {
        self.journal.flush();
        let mut durable = self.waiter.durable.lock();
        while *durable < self.submitted {
            let late =
                self.waiter.moved.wait_for(&mut durable, std::time::Duration::from_secs(60)).timed_out();
            assert!(!late, "position {} did not become durable", self.submitted);
        }
    }

    fn open_again(&mut self, close: bool) -> Result<(), TestCaseError> {
        let Some(options) = &self.again else { return Ok(()) };
        if close {
            self.journal.close().expect("a healthy journal closes");
        }
        // Only the last holder's drop frees the directory; nothing else holds it here.
        self.journal = MemoryJournal::new(memory::Options::default());
        let mut rebuilt = Rebuilt::default();
        let (journal, opening) =
            LocalJournal::open(options, &mut rebuilt).expect("the directory opens again");
        let complete = close || options.mode == Mode::Fsync;
        prop_assert!(opening.complete || !complete, "the opening says it is not complete");
        self.journal = journal;
        self.waiter =
            Arc::new(Waiter { durable: Mutex::new(self.journal.state().durable), moved: Condvar::new() });
        self.journal.observe(Arc::clone(&self.waiter) as Arc<_>);
        self.ends.reopened(self.journal.state().durable, &self.world, &self.ever);
        self.journal.derive_rows_from(Arc::clone(&self.ends) as Arc<_>);
        rebuilt.verify(&self.world, &[]).map_err(|violation| TestCaseError::fail(violation.to_string()))
    }
}

fn over_files(mode: Mode, io: Io, steps: &[Step]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().expect("a directory for the test");
    let options = Options {
        mode,
        io,
        ring_bytes: 1 << 20,
        segment_bytes_min: 64 << 10,
        segment_bytes_max: 256 << 10,
        ..Options::new(dir.path())
    };
    let (journal, _) =
        LocalJournal::open(&options, &mut Rebuilt::default()).expect("an empty directory opens");
    Subject::new(journal, Some(options)).run(steps)
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn the_memory_store_answers_like_the_model(steps in vec(step(), 1..60)) {
        Subject::new(MemoryJournal::new(memory::Options::default()), None).run(&steps)?;
    }

    #[test]
    fn the_local_store_answers_like_the_model_with_direct_writes(steps in vec(step(), 1..60)) {
        over_files(Mode::Fsync, Io::Direct, &steps)?;
    }

    #[test]
    fn the_local_store_answers_like_the_model_with_buffered_writes(steps in vec(step(), 1..60)) {
        over_files(Mode::Fsync, Io::Buffered, &steps)?;
    }

    #[test]
    fn the_local_store_answers_like_the_model_when_a_small_file_has_it(steps in vec(step(), 1..60)) {
        over_files(Mode::Os, Io::Direct, &steps)?;
    }

    #[test]
    fn the_local_store_answers_like_the_model_when_the_kernel_has_it(steps in vec(step(), 1..60)) {
        over_files(Mode::Os, Io::Buffered, &steps)?;
    }
}
