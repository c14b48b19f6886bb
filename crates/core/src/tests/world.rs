//! A core with a clock that is a number and a journal that is a list: what a broker is to it, without anything else.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Epoch, LeaderEpoch, Offset, StreamId, TableId, Timestamp};
use hence_message::kafka::{Attributes, BatchHeader, ProducerEpoch, ProducerId};
use smallvec::smallvec;

use crate::{
    AppendError, Appended, Catalog, Command, Core, CreateTopicError, CreateTopics, NewTopic, Op, Produce,
    ProduceBatch, Reply, Request, RequestId, Room, Settings, Start, Topic, TopicId, Turn,
};

/// Rows by table and key.
pub type Rows = BTreeMap<(TableId, Vec<u8>), Vec<u8>>;

pub struct World {
    pub core: Core,
    pub settings: Settings,
    pub now: i64,
    pub room: Room,
    /// The operations of each commit.
    pub commits: Vec<Vec<Op>>,
    /// The newest checkpoint, and the number of commits that come before it.
    pub checkpoint: (Rows, usize),
    /// Rows that were derived so far.
    derived: Rows,
    pub catalog: Arc<Catalog>,
    pub replies: BTreeMap<RequestId, Reply>,
    pub next_timer: Option<Timestamp>,
    /// How often the journal was opened.
    pub epoch: u64,
    requests: u64,
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let core = Core::new(settings.clone());
        let mut world = Self {
            core,
            settings,
            now: 1_800_000_000_000,
            room: Room::ENDLESS,
            commits: Vec::new(),
            checkpoint: Default::default(),
            derived: Rows::new(),
            catalog: Arc::default(),
            replies: BTreeMap::new(),
            next_timer: None,
            epoch: 1,
            requests: 0,
        };
        world.ask(Start { epoch: Epoch(1), complete: true }).expect("there is room");
        world
    }

    /// Asks and takes the answer, which must come at once.
    pub fn ask<R: Request>(&mut self, request: R) -> R::Reply {
        let id = self.send(request.into());
        self.answer::<R>(id).expect("it is answered at once")
    }

    /// Asks and runs turns until nothing is left to do.
    pub fn send(&mut self, command: Command) -> RequestId {
        self.requests += 1;
        let id = RequestId(self.requests);
        self.run([(id, command)]);
        id
    }

    /// The answer to a request, if it came.
    pub fn answer<R: Request>(&mut self, id: RequestId) -> Option<R::Reply> {
        self.replies.remove(&id).map(|reply| R::reply(reply).expect("a reply is of its request's kind"))
    }

    pub fn run(&mut self, commands: impl IntoIterator<Item = (RequestId, Command)>) {
        let mut queue: VecDeque<_> = commands.into_iter().collect();
        let mut turn = Turn::default();
        for _ in 0..100_000 {
            turn.clear();
            self.core.turn(Timestamp(self.now), self.room, &mut queue, &mut turn);
            self.take_in(&turn);
            if queue.is_empty() && !turn.more {
                return;
            }
        }
        panic!("the core never comes to rest");
    }

    fn take_in(&mut self, turn: &Turn) {
        assert!(turn.bytes <= self.room.commit_bytes_max, "a commit of {} bytes", turn.bytes);
        assert_eq!(turn.bytes, turn.ops.iter().map(Op::bytes).sum::<usize>());
        assert_eq!(turn.commit().is_some(), !turn.ops.is_empty());
        if !turn.ops.is_empty() {
            self.commits.push(turn.ops.clone());
        }
        for (id, reply) in &turn.replies {
            assert!(self.replies.insert(*id, reply.clone()).is_none(), "{id:?} is answered once");
        }
        if let Some(catalog) = &turn.catalog {
            self.catalog = catalog.clone();
        }
        self.next_timer = turn.next_timer;
    }

    /// Lets time pass, with a tick whenever a timer is due.
    pub fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some(due) = self.next_timer.filter(|due| due.0 <= until) {
            self.now = self.now.max(due.0);
            self.run([(RequestId(0), Command::Tick)]);
        }
        self.now = until;
    }

    /// Writes a checkpoint, in slices of `rows_max` derived rows, doing `between` between them.
    pub fn checkpoint_with(&mut self, rows_max: usize, mut between: impl FnMut(&mut Self)) {
        let before = self.commits.len();
        let mut slices = 0;
        loop {
            let slice = self.core.dirty_rows(rows_max);
            for (table, key, value) in slice.rows {
                match value {
                    Some(value) => drop(self.derived.insert((table, key), value)),
                    None => drop(self.derived.remove(&(table, key))),
                }
            }
            if !slice.more {
                break;
            }
            slices += 1;
            assert!(slices < 10_000, "a checkpoint ends");
            between(self);
        }
        // Rows that are facts may be of any moment since the checkpoint began: the newest is the hardest.
        let mut rows = self.derived.clone();
        for op in self.commits.iter().flatten() {
            match op {
                Op::Put { table, key, value } => drop(rows.insert((*table, key.clone()), value.clone())),
                Op::Delete { table, key } => drop(rows.remove(&(*table, key.clone()))),
                Op::Append { .. } | Op::Trim { .. } | Op::DropStream { .. } => {}
            }
        }
        self.checkpoint = (rows, before);
    }

    /// A core from the newest checkpoint and what was committed since, not yet started.
    pub fn recovered(&self) -> Core {
        let mut core = Core::new(self.settings.clone());
        // In the order that is least convenient: derived rows first.
        for ((table, key), value) in self.checkpoint.0.iter().rev() {
            core.restore_row(*table, key, value).expect("a stored row is understood");
        }
        for op in self.commits[self.checkpoint.1..].iter().flatten() {
            core.apply(&op.borrow()).expect("a stored operation is understood");
        }
        core
    }

    /// Kills the core and starts another one on what was committed.
    pub fn restart(&mut self, complete: bool) {
        self.core = self.recovered();
        self.replies.clear();
        self.epoch += 1;
        self.ask(Start { epoch: Epoch(self.epoch), complete }).expect("there is room");
    }

    /// The power goes: of what was committed only the first `commits` are left.
    pub fn lose_all_but(&mut self, commits: usize) {
        self.commits.truncate(commits);
        self.restart(false);
    }

    pub fn create(&mut self, name: &str, partitions: i32) -> Arc<Topic> {
        self.try_create(name, partitions, &[]).expect("it can be created")
    }

    pub fn try_create(
        &mut self,
        name: &str,
        partitions: i32,
        settings: &[(&str, &str)],
    ) -> Result<Arc<Topic>, CreateTopicError> {
        self.requests += 1;
        let id = TopicId(u128::from(self.requests).to_le_bytes());
        let settings = settings.iter().map(|(name, value)| ((*name).into(), Some((*value).into()))).collect();
        let topics = vec![NewTopic { name: name.into(), id, partitions, settings }];
        self.ask(CreateTopics { topics, validate_only: false }).remove(0)
    }

    pub fn append(&mut self, batch: Batch) -> Result<Appended, AppendError> {
        self.ask(Produce { batches: smallvec![batch.build()] }).remove(0)
    }

    pub fn end(&self, stream: StreamId) -> u64 {
        self.core.bounds(stream).expect("the stream is there").1.0
    }
}

/// A batch to produce.
#[derive(Clone, Copy)]
pub struct Batch {
    stream: StreamId,
    producer: (i64, i16, i32),
    records: i32,
    bytes: usize,
    timestamp: i64,
}

pub fn batch(stream: StreamId) -> Batch {
    Batch { stream, producer: (-1, -1, -1), records: 1, bytes: 100, timestamp: 5 }
}

impl Batch {
    pub fn producer(self, id: ProducerId, epoch: i16, sequence: i32) -> Self {
        Self { producer: (id.0, epoch, sequence), ..self }
    }

    pub fn records(self, records: i32) -> Self {
        Self { records, ..self }
    }

    pub fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    pub fn timestamp(self, timestamp: i64) -> Self {
        Self { timestamp, ..self }
    }

    pub fn build(self) -> ProduceBatch {
        let (producer_id, producer_epoch, base_sequence) = self.producer;
        let header = BatchHeader {
            base_offset: 0,
            batch_bytes: self.bytes,
            leader_epoch: -1,
            crc: 0,
            attributes: Attributes(0),
            last_offset_delta: self.records - 1,
            base_timestamp: Timestamp(self.timestamp),
            max_timestamp: Timestamp(self.timestamp),
            producer_id,
            producer_epoch,
            base_sequence,
            count: self.records,
        };
        ProduceBatch {
            stream: self.stream,
            header,
            max_timestamp: Timestamp(self.timestamp),
            payload: Bytes::from(vec![0; self.bytes]),
        }
    }
}

pub fn at(base: u64) -> Result<Appended, AppendError> {
    Ok(Appended { base: Offset(base), start: Offset(0) })
}

pub const EPOCH_0: ProducerEpoch = ProducerEpoch(0);
pub const LEADER_0: LeaderEpoch = LeaderEpoch(0);
