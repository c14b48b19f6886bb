//! Runs: one stream's entries in one block. The unit of the index, made while commits are written or recovered.
//!
//! Always: entries of a stream follow each other without gaps; one that does not is a broken invariant and stops the
//! process. Never here: where the block is.

use hence_base::limits::OFFSET_MAX;
use hence_base::{Offset, Op, StreamId, Target, Timestamp};

use super::IdMap;

/// One stream's entries in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The stream.
    pub stream: StreamId,
    /// First offset.
    pub first: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Largest timestamp.
    pub newest: Timestamp,
    /// Where the first entry's header is in the block.
    pub at: u32,
    /// Where the last entry's header is in the block.
    pub last_at: u32,
    /// Payload bytes.
    pub bytes: u64,
}

/// What else a block does to streams, in order, after its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing before `to` is readable.
    Trim {
        /// The stream.
        stream: StreamId,
        /// The new start.
        to: Offset,
    },
    /// The stream is gone.
    Drop {
        /// The stream.
        stream: StreamId,
    },
}

/// What a block does to streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Its runs, each stream once.
    pub runs: Vec<Run>,
    /// Trims and drops.
    pub changes: Vec<Change>,
}

/// The ends of all streams as submitted, and where each stream's run in the block being made is.
#[derive(Debug, Default)]
pub struct Tails {
    tails: IdMap<StreamId, Tail>,
    /// Counts blocks, so that a tail's run is known to be of the block being made.
    block: u64,
}

#[derive(Clone, Copy, Debug)]
struct Tail {
    end: Offset,
    block: u64,
    run: u32,
}

impl Tails {
    /// Sets a stream's end, as a checkpoint knows it.
    pub fn restore(&mut self, stream: StreamId, end: Offset) {
        self.tails.insert(stream, Tail { end, block: 0, run: 0 });
    }

    /// Another block begins.
    pub const fn next_block(&mut self) {
        self.block += 1;
    }

    /// Notes an append whose entry header is at `at`. Gives where the stream's entry before it in this block is.
    pub fn append(
        &mut self,
        effects: &mut Effects,
        target: &Target<'_>,
        at: u32,
        payload_bytes: u32,
    ) -> Option<u32> {
        let (stream, header) = (target.stream, &target.header);
        let tail = self.tails.entry(stream).or_insert(Tail { end: Offset::ZERO, block: 0, run: 0 });
        assert!(
            header.base == tail.end && header.count > 0 && header.end().0 <= OFFSET_MAX,
            "an append at offset {} with {} records; stream {stream} ends at {}",
            header.base,
            header.count,
            tail.end,
        );
        tail.end = header.end();
        if tail.block == self.block
            && let Some(run) = effects.runs.get_mut(tail.run as usize)
        {
            run.end = header.end();
            run.newest = run.newest.max(header.max_timestamp);
            run.bytes += u64::from(payload_bytes);
            return Some(std::mem::replace(&mut run.last_at, at));
        }
        tail.block = self.block;
        tail.run = effects.runs.len() as u32;
        effects.runs.push(Run {
            stream,
            first: header.base,
            end: header.end(),
            newest: header.max_timestamp,
            at,
            last_at: at,
            bytes: u64::from(payload_bytes),
        });
        None
    }

    /// Notes an append that recovery found. A checkpoint may know it already: then it adds nothing. A stream that the
    /// checkpoint does not know any more is one that is dropped further on. `false`: entries are missing before it.
    pub fn append_found(
        &mut self,
        effects: &mut Effects,
        target: &Target<'_>,
        at: u32,
        payload_bytes: u32,
    ) -> bool {
        let header = &target.header;
        let end = self.tails.get(&target.stream).map(|tail| tail.end);
        if end.is_some_and(|end| header.end() <= end) {
            return true;
        }
        if end.is_none() {
            self.restore(target.stream, header.base);
        }
        let follows =
            header.count > 0 && end.is_none_or(|end| end == header.base) && header.end().0 <= OFFSET_MAX;
        if follows {
            self.append(effects, target, at, payload_bytes);
        }
        follows
    }

    /// Notes a trim or drop that recovery found.
    pub fn change_found(&mut self, effects: &mut Effects, op: &Op<'_>) {
        match *op {
            Op::Trim { stream, .. } if !self.tails.contains_key(&stream) => {}
            Op::Trim { .. } | Op::DropStream { .. } => self.change(effects, op),
            Op::Append(_) | Op::Put { .. } | Op::Delete { .. } => {}
        }
    }

    /// Notes a trim or drop; other operations do nothing to streams here.
    pub fn change(&mut self, effects: &mut Effects, op: &Op<'_>) {
        match *op {
            Op::Trim { stream, to } => {
                let end = self.tails.get(&stream).map_or(Offset::ZERO, |tail| tail.end);
                assert!(to <= end, "a trim to offset {to}; stream {stream} ends at {end}");
                effects.changes.push(Change::Trim { stream, to });
            }
            Op::DropStream { stream } => {
                self.tails.remove(&stream);
                effects.changes.push(Change::Drop { stream });
            }
            Op::Append(_) | Op::Put { .. } | Op::Delete { .. } => {}
        }
    }
}
