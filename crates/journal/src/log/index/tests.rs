//! A checkpoint that is written in slices while the log goes on, loaded, and the log replayed behind its place.

use std::collections::BTreeMap;

use bytes::Bytes;
use hence_base::{Epoch, Offset, Position, StreamId, Timestamp};

use super::{Index, StreamState};
use crate::format::Place;
use crate::format::block::{Header, Kind};
use crate::format::checkpoint::{self, Record};
use crate::log::chain::Block;
use crate::log::dice::Dice;
use crate::log::runs::{Change, Effects, Run};
use crate::log::track::Row;

const STREAMS: u64 = 3;

/// An index whose log goes on, and the blocks behind the checkpoint's place.
struct Live {
    index: Index,
    blocks: u64,
    dropped: Vec<StreamId>,
    behind: Vec<(Header, Effects)>,
}

impl Live {
    fn new(recent_bytes: usize) -> Self {
        Self { index: Index::new(recent_bytes), blocks: 0, dropped: Vec::new(), behind: Vec::new() }
    }

    fn publish(&mut self, dice: &mut Dice) {
        let ids = (1..=STREAMS).map(StreamId).filter(|id| !self.dropped.contains(id));
        let ids: Vec<StreamId> = ids.filter(|_| dice.below(3) > 0).collect();
        let bounds = |id| self.index.bounds(id).unwrap_or_default();
        let run = |&stream: &StreamId| {
            let first = bounds(stream).end;
            let end = Offset(first.0 + 1 + dice.below(4));
            Run { stream, first, end, newest: Timestamp(0), at: 96, last_at: 96, bytes: dice.below(900) }
        };
        let runs: Vec<Run> = ids.iter().map(run).collect();
        let mut changes = Vec::new();
        for run in &runs {
            let start = bounds(run.stream).start.0;
            match dice.below(40) {
                0 => {
                    let to = Offset(start + dice.below(run.end.0 - start));
                    changes.push(Change::Trim { stream: run.stream, to });
                }
                1 if dice.below(30) == 0 => {
                    changes.push(Change::Drop { stream: run.stream });
                    self.dropped.push(run.stream);
                }
                _ => {}
            }
        }
        self.blocks += 1;
        let place = Place { segment: 1 + self.blocks / 40, offset: 4096 * (1 + self.blocks % 40) };
        let header = header(place);
        let effects = Effects { runs, changes };
        self.behind.push((header, effects.clone()));
        let block = Block { header, bytes: Bytes::new(), effects, charge: 1 };
        self.index.publish(block, &mut Vec::new());
    }

    /// Writes a checkpoint as the tending thread does, with blocks between its slices.
    fn checkpoint(&mut self, dice: &mut Dice, packs_max: usize) -> Vec<u8> {
        self.behind.clear();
        let mut frame = Vec::new();
        let mut ids = self.index.stream_ids();
        ids.sort_unstable();
        for id in ids {
            let mut next = Some(Offset::ZERO);
            while let Some(from) = next {
                let Some(slice) = self.index.slice(id, from, packs_max) else { break };
                next = slice.next;
                checkpoint::push(&mut frame, &Record::Stream(id, slice.state));
                for pack in slice.packs {
                    checkpoint::push(&mut frame, &Record::Rows(pack));
                }
                (0..dice.below(60)).for_each(|_| self.publish(dice));
            }
        }
        frame
    }
}

fn header(place: Place) -> Header {
    Header {
        kind: Kind::Commits,
        flags: 0,
        length: 4096,
        journal: [0; 16],
        epoch: Epoch(1),
        place,
        first: Position(1),
        last: Position(1),
        synced: place,
        previous: 0,
        body: 0,
    }
}

/// What a start makes of a checkpoint and the blocks behind its place, by the rules of `Tails`.
fn started(frame: &[u8], behind: &[(Header, Effects)]) -> Index {
    let (mut index, mut stream) = (Index::new(0), StreamId(0));
    let whole = checkpoint::records(frame, &mut |record| index.load(&mut stream, record));
    assert_eq!(whole, Some(()), "an honest checkpoint is refused");
    for (header, effects) in behind {
        let mut effects = effects.clone();
        let known = |index: &Index, run: &Run| index.bounds(run.stream).is_some_and(|at| run.end <= at.end);
        effects.runs.retain(|run| !known(&index, run));
        let runs = effects.runs.clone();
        effects.changes.retain(|change| match change {
            Change::Trim { stream, .. } => {
                index.bounds(*stream).is_some() || runs.iter().any(|run| run.stream == *stream)
            }
            Change::Drop { .. } => true,
        });
        index.restore(header, &effects);
    }
    index
}

fn all(index: &Index) -> BTreeMap<StreamId, (StreamState, Vec<Row>)> {
    let stream = |id| {
        let (state, rows) = index.stream(id).expect("it is listed");
        // Estimated where the block is not in memory.
        let state = StreamState { gone_bytes: 0, ..state };
        (id, (state, rows.map(|row| Row { serial: 0, ..row }).collect()))
    };
    index.stream_ids().into_iter().map(stream).collect()
}

#[test]
fn a_checkpoint_in_slices_and_the_log_behind_it_give_what_is_there() {
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let mut live = Live::new(1 + dice.below(300) as usize);
        (0..dice.below(1_500)).for_each(|_| live.publish(&mut dice));
        let packs_max = 1 + dice.below(4) as usize;
        let frame = live.checkpoint(&mut dice, packs_max);
        let again = started(&frame, &live.behind);
        assert_eq!(all(&again), all(&live.index), "seed {seed}");
        let segments = 1..=2 + live.blocks / 40;
        let readable = |index: &Index| segments.clone().map(|at| index.live(at)).collect::<Vec<_>>();
        assert_eq!(readable(&again), readable(&live.index), "seed {seed}");
    }
}

#[test]
fn a_stream_that_goes_back_is_refused() {
    let mut index = Index::new(0);
    let state = StreamState { start: Offset(3), end: Offset(9), bytes_ever: 50, gone_bytes: 0 };
    assert_eq!(index.load_stream(StreamId(1), state), Some(()));
    for back in [
        StreamState { start: Offset(2), ..state },
        StreamState { end: Offset(8), ..state },
        StreamState { bytes_ever: 49, ..state },
        StreamState { start: Offset(10), ..state },
    ] {
        assert_eq!(index.load_stream(StreamId(1), back), None, "{back:?}");
    }
}
