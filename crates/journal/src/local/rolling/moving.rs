//! Moving: payloads into the output, and one block in the log that makes their new rows the ones that count.
//!
//! Always: what is moved is on the device before the log names it. Never here: what is worth it (`choosing`).

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Append, Commit, Offset, Op, Position, StreamId, Target, Urgency};
use smallvec::{SmallVec, smallvec};

use super::{Output, Rewrite, Rewriter, Roller};
use crate::format::block::{self, HEADER_BYTES, Header, Kind, padded, verify};
use crate::format::replacement::{self, Group};
use crate::format::{Place, commit, segment};
use crate::limits::MOVED_BLOCK_BYTES;
use crate::local::options::Mode;
use crate::local::segments::is_short;
use crate::local::store::Store;
use crate::log::IdMap;
use crate::log::index::entries;
use crate::log::intake::Draft;
use crate::log::recovery::Segments as _;
use crate::log::runs::Effects;
use crate::log::track::Row;
use crate::planted::bug;

/// A payload to be moved, with the streams that still read it.
struct Item<'a> {
    /// Where it lies now.
    block: &'a Bytes,
    /// Its first stream and the offset in it: what items are ordered by.
    key: (StreamId, Offset),
    /// Streams, and where their entry headers are in the block.
    targets: Vec<(StreamId, u32)>,
    /// What the rewriter made of it.
    payload: Option<Vec<u8>>,
}

impl Store {
    /// The verified blocks of `rows`, in order; `None` when one is damaged. Another time may do better after an error.
    pub fn load_blocks(&self, rows: &[(StreamId, Row)]) -> io::Result<Option<BTreeMap<Place, Bytes>>> {
        let mut blocks = BTreeMap::new();
        for (_, row) in rows {
            if blocks.contains_key(&row.place) {
                continue;
            }
            match self.segments.read(row.place, row.length as usize) {
                Ok(bytes) if verify(&bytes, &self.segments.journal(), row.place).is_ok() => {
                    blocks.insert(row.place, Bytes::from(bytes));
                }
                Err(error) if is_short(&error) => return Err(error),
                Ok(_) | Err(_) => return Ok(None),
            }
        }
        Ok(Some(blocks))
    }

    /// Moves what these rows name, which lies in `blocks`, and makes the new rows the ones that count.
    pub fn move_rows(
        &self,
        roller: &mut Roller,
        rows: &[(StreamId, Row)],
        blocks: &BTreeMap<Place, Bytes>,
    ) -> io::Result<()> {
        let items = self.items(rows, blocks);
        let new = self.move_items(roller, &items)?;
        self.replace_rows(groups(rows, new))
    }

    /// The payloads to be moved, by their first stream and offset.
    fn items<'a>(&self, rows: &[(StreamId, Row)], blocks: &'a BTreeMap<Place, Bytes>) -> Vec<Item<'a>> {
        let rewriter = self.rewriter.0.get();
        // By block and payload: the targets that still read it.
        let mut shared: BTreeMap<(Place, u32), Item<'a>> = BTreeMap::new();
        let mut own = Vec::new();
        for (id, row) in rows {
            let Some(block) = blocks.get(&row.place) else { continue };
            let start = self.index.read().start(*id);
            for stored in entries(block, row, *id).filter(|stored| stored.end() > start) {
                let key = (*id, stored.base());
                let target = (*id, stored.header_at());
                let ask = |rewriter: &Arc<dyn Rewriter>| rewriter.rewrite(*id, &stored.entry(block));
                let grows = |payload: &Vec<u8>| payload.len() > stored.payload_bytes();
                match rewriter.map_or(Rewrite::Keep, ask) {
                    Rewrite::Drop => {}
                    Rewrite::Replace(payload) if !grows(&payload) => {
                        own.push(Item { block, key, targets: vec![target], payload: Some(payload) });
                    }
                    Rewrite::Keep | Rewrite::Replace(_) => {
                        let item = shared.entry((row.place, stored.payload_at()));
                        let empty = || Item { block, key, targets: Vec::new(), payload: None };
                        item.or_insert_with(empty).targets.push(target);
                    }
                }
            }
        }
        let mut items: Vec<Item<'a>> = shared.into_values().chain(own).collect();
        items.sort_by_key(|item| item.key);
        items
    }

    /// Writes the items to the output and gives the new rows of every stream.
    fn move_items(&self, roller: &mut Roller, items: &[Item<'_>]) -> io::Result<IdMap<StreamId, Vec<Row>>> {
        let mut new: IdMap<StreamId, Vec<Row>> = IdMap::default();
        let mut from = 0;
        while from < items.len() {
            let mut ops = Vec::new();
            let mut bytes = 0;
            let mut most = 0;
            for item in &items[from..] {
                let op = item.op().ok_or(io::ErrorKind::InvalidData)?;
                let encoded = commit::size(&Commit { ops: vec![op.clone()], urgency: Urgency::Relief });
                let encoded = encoded.ok_or(io::ErrorKind::InvalidData)?.encoded;
                if bytes == 0 {
                    // A block fills what is left of the output, but for less than the next entry.
                    let output = self.output(roller, padded(encoded) as u64)?;
                    most = MOVED_BLOCK_BYTES.min((output.bytes - output.at) as usize - HEADER_BYTES);
                } else if bytes + encoded > most {
                    break;
                }
                bytes += encoded;
                ops.push(op);
            }
            from += ops.len();
            self.write_moved(roller, ops, &mut new)?;
        }
        if let Some(output) = roller.output.as_ref().filter(|_| !bug!(MovedNotSynced)) {
            output.file.sync()?;
        }
        Ok(new)
    }

    fn write_moved(
        &self,
        roller: &mut Roller,
        ops: Vec<Op<'_>>,
        new: &mut IdMap<StreamId, Vec<Row>>,
    ) -> io::Result<()> {
        let commit = Commit { ops, urgency: Urgency::Relief };
        let encoded = commit::size(&commit).ok_or(io::ErrorKind::InvalidData)?.encoded;
        let length = padded(encoded);
        let output = self.output(roller, length as u64)?;
        let place = Place { segment: output.sequence, offset: output.at };
        let mut space = self.pool.space(length).split_to(length);
        let bytes = space.bytes_mut();
        bytes[HEADER_BYTES + encoded..].fill(0);
        let mut runs =
            Runs { place, length: length as u32, rows: IdMap::default(), last_at: IdMap::default() };
        commit::encode(&commit, bytes, HEADER_BYTES, &mut |target, at, payload_bytes| {
            runs.add(target, at, payload_bytes)
        });
        let (epoch, next) = {
            let writer = self.log_end.lock();
            (writer.chain.epoch, writer.chain.next)
        };
        let header = Header {
            kind: Kind::Moved,
            flags: 0,
            length: length as u32,
            journal: self.segments.journal(),
            epoch,
            place,
            first: next,
            last: next,
            synced: Place::default(),
            previous: 0,
            body: encoded as u32,
        };
        block::seal(bytes, &header);
        output.file.write(output.at, space.bytes())?;
        output.at += length as u64;
        let sequence = output.sequence;
        let moved = runs.rows.values().flatten().map(|row| row.bytes).sum::<u64>();
        *roller.moved_bytes.entry(sequence).or_default() += moved;
        for (id, rows) in runs.rows {
            new.entry(id).or_default().extend(rows);
        }
        Ok(())
    }

    /// The segment that moved entries go to, with room for `length` bytes.
    fn output<'k>(&self, roller: &'k mut Roller, length: u64) -> io::Result<&'k mut Output> {
        if let Some(full) = roller.output.take_if(|output| output.at + length > output.bytes) {
            full.file.sync()?;
        }
        match &mut roller.output {
            Some(output) => Ok(output),
            none => {
                let least = segment::HEADER_BYTES + length;
                let entered = self.enter_moved(least)?;
                Ok(none.insert(Output {
                    sequence: entered.sequence,
                    file: entered.file,
                    at: segment::HEADER_BYTES,
                    bytes: entered.bytes,
                }))
            }
        }
    }

    /// Makes the new rows the ones that count: in the log, then in the index.
    fn replace_rows(&self, groups: Vec<Group>) -> io::Result<()> {
        let body = replacement::size(&groups);
        let length = padded(body);
        let mut space = self.pool.space(length).split_to(length);
        space.bytes_mut()[HEADER_BYTES + body..].fill(0);
        replacement::encode(&groups, space.bytes_mut());
        let mut writer = self.log_end.quiet()?;
        if self.state_failure().is_some() {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let (first, last) = (writer.chain.next, Position(writer.chain.next.0 - 1));
        let draft = Draft { space, body: body as u32, first, last, effects: Effects::default(), charge: 0 };
        let sync = self.options.mode == Mode::Fsync;
        self.write_own(&mut writer, draft, Kind::Replace, 0, sync)?;
        let replaced = self.index.write().replace(&groups);
        replaced.expect("moved rows lie where those lay that the index gave");
        Ok(())
    }
}

impl Item<'_> {
    /// The item as an append of its own.
    fn op(&self) -> Option<Op<'_>> {
        let block = self.block;
        let mut payload = self.payload.as_deref();
        let mut targets: SmallVec<[Target<'_>; 1]> = smallvec![];
        for &(id, at) in &self.targets {
            let stored = commit::Stored::at(block, at, id)?;
            payload = payload.or_else(|| stored.payload(block));
            targets.push(stored.target(block)?);
        }
        Some(Op::Append(Append { targets, payload: payload? }))
    }
}

/// The rows of a moved block: a stream's entries make one row as long as no offset of others can lie between them.
struct Runs {
    place: Place,
    length: u32,
    rows: IdMap<StreamId, Vec<Row>>,
    last_at: IdMap<StreamId, u32>,
}

impl Runs {
    fn add(&mut self, target: &Target<'_>, at: u32, payload_bytes: u32) -> Option<u32> {
        let header = &target.header;
        let rows = self.rows.entry(target.stream).or_default();
        match rows.last_mut().filter(|row| row.end == header.base) {
            Some(row) => {
                row.end = header.end();
                row.newest = row.newest.max(header.max_timestamp);
                row.bytes += u64::from(payload_bytes);
            }
            None => rows.push(Row {
                first: header.base,
                end: header.end(),
                place: self.place,
                length: self.length,
                at,
                newest: header.max_timestamp,
                bytes: u64::from(payload_bytes),
                ..Row::default()
            }),
        }
        self.last_at.insert(target.stream, at)
    }
}

/// What the replacing block says: every row that was moved, and the rows that take their place.
fn groups(moved: &[(StreamId, Row)], mut new: IdMap<StreamId, Vec<Row>>) -> Vec<Group> {
    let mut old: BTreeMap<StreamId, Vec<(Offset, Place)>> = BTreeMap::new();
    for (id, row) in moved {
        old.entry(*id).or_default().push((row.first, row.place));
    }
    let group = |(stream, mut old): (StreamId, Vec<(Offset, Place)>)| {
        old.sort_unstable();
        let mut new = new.remove(&stream).unwrap_or_default();
        new.sort_unstable_by_key(|row| row.first);
        Group { stream, old, new }
    };
    old.into_iter().map(group).collect()
}
