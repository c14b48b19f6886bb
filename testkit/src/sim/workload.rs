//! What a busy owner asks of a journal: commits of every shape, as the dice fall.
//!
//! Always: a commit continues the streams as the ledger has them, so a journal may refuse it only for want of room.
//! Never here: when it is submitted, whether it was kept.

use bytes::Bytes;
use hence_base::{LeaderEpoch, Offset, StreamId, TableId, Timestamp};

use crate::dice::Dice;
use crate::model::{Planned, PlannedHeader, PlannedOp, World};

/// Streams that live at once.
const STREAMS_MAX: usize = 24;
/// Keys of one table.
const KEYS: u64 = 60;
/// Tables of ordinary rows.
pub const TABLES: u16 = 3;

/// Makes commits.
#[derive(Clone, Debug)]
pub struct Workload {
    dice: Dice,
    next_stream: u64,
    clock_ms: i64,
    /// Payload bytes at most, usually far less.
    payload_bytes_max: u64,
    /// The leader epoch of new entries.
    pub leader_epoch: LeaderEpoch,
}

impl Workload {
    /// The workload of these dice.
    pub fn new(dice: Dice, payload_bytes_max: u64) -> Self {
        Self {
            dice,
            next_stream: 1,
            clock_ms: 1_700_000_000_000,
            payload_bytes_max,
            leader_epoch: LeaderEpoch(0),
        }
    }

    /// The next commit of an owner that sees `world`; `tight` when space should rather be freed.
    pub fn commit(&mut self, world: &World, tight: bool) -> Planned {
        self.clock_ms += self.dice.skewed(5_000) as i64;
        let mut plan = Plan { world: world.clone_ends(), ops: Vec::new() };
        if tight || self.dice.one_in(12) {
            self.relieve(&mut plan);
            return Planned { ops: plan.ops, relief: true };
        }
        for _ in 0..=self.dice.skewed(6) {
            match self.dice.below(10) {
                0..7 => self.append(&mut plan),
                7 | 8 => self.put(&mut plan),
                _ => self.delete(&mut plan),
            }
        }
        if self.dice.one_in(25) {
            self.trim(&mut plan);
        }
        Planned { ops: plan.ops, relief: false }
    }

    fn relieve(&mut self, plan: &mut Plan) {
        match self.dice.below(8) {
            0..4 => self.trim(plan),
            4 => self.drop_stream(plan),
            5 => self.put(plan),
            _ => self.delete(plan),
        }
        if plan.ops.is_empty() {
            self.delete(plan);
        }
    }

    fn append(&mut self, plan: &mut Plan) {
        let wanted = if self.dice.one_in(6) { 1 + self.dice.below(8) } else { 1 };
        let mut targets: Vec<(StreamId, PlannedHeader)> = Vec::new();
        for _ in 0..wanted {
            let stream = self.stream(plan);
            if targets.iter().all(|(taken, _)| *taken != stream) {
                targets.push((stream, self.header(plan.end(stream))));
            }
        }
        for (stream, header) in &targets {
            plan.append(*stream, header);
        }
        let length = self.dice.skewed(self.payload_bytes_max);
        plan.ops.push(PlannedOp::Append(targets, self.noise(length)));
    }

    fn header(&mut self, base: Offset) -> PlannedHeader {
        let late = if self.dice.one_in(5) { self.dice.skewed(600_000) as i64 } else { 0 };
        let max_timestamp =
            if self.dice.one_in(30) { Timestamp::NONE } else { Timestamp(self.clock_ms - late) };
        let annotated = if self.dice.one_in(3) { self.dice.skewed(200) } else { 0 };
        PlannedHeader {
            base,
            count: 1 + self.dice.skewed(100) as u32,
            max_timestamp,
            leader_epoch: self.leader_epoch,
            tags: (self.dice.below(256) as u8, self.dice.below(256) as u8),
            annotations: self.noise(annotated),
        }
    }

    /// A stream that is there, or a new one.
    fn stream(&mut self, plan: &Plan) -> StreamId {
        let known = &plan.world;
        if known.is_empty() || (known.len() < STREAMS_MAX && self.dice.one_in(20)) {
            self.next_stream += 1;
            return StreamId::new(1, self.next_stream - 1);
        }
        // Half of all appends go to a few streams.
        let among = if self.dice.one_in(2) { known.len().min(3) } else { known.len() };
        known.get(self.dice.below(among as u64) as usize).map_or(StreamId::new(1, 0), |(stream, ..)| *stream)
    }

    fn trim(&mut self, plan: &mut Plan) {
        let Some(&(stream, start, end)) = self.dice.pick(&plan.world) else { return };
        let span = end.0 - start.0;
        let to = if self.dice.one_in(6) { end } else { start.plus(self.dice.below(span + 1)) };
        plan.ops.push(PlannedOp::Trim(stream, to));
    }

    fn drop_stream(&mut self, plan: &mut Plan) {
        let index = self.dice.below(plan.world.len().max(1) as u64) as usize;
        if index < plan.world.len() {
            let (stream, ..) = plan.world.remove(index);
            plan.ops.push(PlannedOp::Drop(stream));
        }
    }

    fn row(&mut self) -> (TableId, Bytes) {
        let table = TableId(1 + self.dice.below(u64::from(TABLES)) as u16);
        (table, Bytes::from(format!("key-{:03}", self.dice.below(KEYS))))
    }

    fn put(&mut self, plan: &mut Plan) {
        let (table, key) = self.row();
        let length = self.dice.skewed(400);
        plan.ops.push(PlannedOp::Put(table, key, self.noise(length)));
    }

    fn delete(&mut self, plan: &mut Plan) {
        let (table, key) = self.row();
        plan.ops.push(PlannedOp::Delete(table, key));
    }

    fn noise(&mut self, length: u64) -> Bytes {
        let mut bytes = vec![0; length as usize];
        self.dice.fill(&mut bytes);
        bytes.into()
    }
}

/// A commit in the making: streams with their start and end as they will be.
struct Plan {
    world: Vec<(StreamId, Offset, Offset)>,
    ops: Vec<PlannedOp>,
}

impl Plan {
    fn end(&self, stream: StreamId) -> Offset {
        let known = self.world.iter().find(|(id, ..)| *id == stream);
        known.map_or(Offset::ZERO, |(.., end)| *end)
    }

    fn append(&mut self, stream: StreamId, header: &PlannedHeader) {
        let after = header.base.plus(u64::from(header.count));
        match self.world.iter_mut().find(|(id, ..)| *id == stream) {
            Some((.., end)) => *end = after,
            None => self.world.push((stream, Offset::ZERO, after)),
        }
    }
}

impl World {
    fn clone_ends(&self) -> Vec<(StreamId, Offset, Offset)> {
        self.streams.iter().map(|(id, stream)| (*id, stream.start, stream.end)).collect()
    }
}
