//! What the fuzz targets call: any bytes through every decoder of the format, and any bytes as the files of a directory.
//!
//! Always: what decodes is written and reads back as the same. A decoder gets its input with a checksum that fits too,
//! because no mutation finds one; a directory is damaged as disks damage it. An input is small, so padding is added and
//! not stored. Never here: a disk; whoever opens the directory brings one.

use std::fmt::Debug;

use bytes::Bytes;
use hence_base::{Commit, Offset, Op, StreamId, Urgency};

use crate::format::block::{HEADER_BYTES, Header, claimed_segment, header, seal, verify};
use crate::format::identity::Identity;
use crate::format::le::{Reader, Writer};
use crate::format::segment::Page;
use crate::format::{Place, checkpoint, checksum, commit, identity, replacement, segment};
use crate::limits::PAGE_BYTES;
use crate::local::checkpoint::SUFFIX as CHECKPOINT_SUFFIX;
use crate::local::segments::SUFFIX as SEGMENT_SUFFIX;

/// The journal that a directory of an input is, unless the input says otherwise.
pub const JOURNAL: [u8; 16] = *b"of the fuzz test";

/// Parts of an input; each takes at most a page more than its bytes, so that a directory stays small.
const PARTS_MAX: usize = 64;
/// Entries of a block from which the stream is walked: a walk may be as long as the block.
const WALKS_MAX: usize = 16;

/// Takes any input through every decoder of the format, with the checksum as it came and with one that fits.
pub fn decoders(input: &[u8]) -> Result<(), String> {
    identity_round(input)?;
    identity_round(&summed(input, identity::BYTES, 8))?;
    for page in [input.to_vec(), summed(input, PAGE_BYTES, 8)] {
        segment_round(&page)?;
        checkpoint_round(&page)?;
    }
    records_round(input)?;
    block_round(input)
}

/// `bytes`, cut or filled up to `len`, with the checksum at `at` that covers what follows it.
fn summed(bytes: &[u8], len: usize, at: usize) -> Vec<u8> {
    let mut whole = bytes.to_vec();
    whole.resize(len, 0);
    let sum = checksum(&whole[at + 4..]);
    Writer::new(&mut whole, at).u32(sum);
    whole
}

fn same<T: PartialEq + Debug>(read: &T, again: &T) -> Result<(), String> {
    if read == again { Ok(()) } else { Err(format!("{read:?} was written and reads back as {again:?}")) }
}

fn identity_round(bytes: &[u8]) -> Result<(), String> {
    match identity::decode(bytes) {
        Identity::Journal(journal) => {
            same(&Identity::Journal(journal), &identity::decode(&identity::encode(&journal)))
        }
        Identity::Version(_) | Identity::Nothing => Ok(()),
    }
}

fn segment_round(page: &[u8]) -> Result<(), String> {
    let Page::Segment(header) = segment::decode(page) else { return Ok(()) };
    let mut written = [0; PAGE_BYTES];
    segment::encode(&header, &mut written);
    same(&Page::Segment(header), &segment::decode(&written))
}

fn checkpoint_round(page: &[u8]) -> Result<(), String> {
    let Ok(Some(header)) = checkpoint::decode(page) else { return Ok(()) };
    same(&Ok(Some(header)), &checkpoint::decode(&checkpoint::encode(&header)))
}

fn records_round(frame: &[u8]) -> Result<(), String> {
    let Some(written) = rewritten(frame) else { return Ok(()) };
    same(&frame.len(), &written.len())?;
    same(&Some(&written), &rewritten(&written).as_ref())
}

/// The records of `frame`, written anew; `None` when they make no sense.
fn rewritten(frame: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::new();
    checkpoint::records(frame, &mut |record| {
        checkpoint::push(&mut written, &record);
        Some(())
    })?;
    Some(written)
}

fn block_round(input: &[u8]) -> Result<(), String> {
    let Some((journal, place)) = named(input) else { return Ok(()) };
    let _ = claimed_segment(input, &journal);
    let _ = header(input, &journal, place);
    let _ = verify(input, &journal, place);
    let mut block = input.to_vec();
    block.resize(block.len().max(HEADER_BYTES).next_multiple_of(PAGE_BYTES), 0);
    let length = block.len();
    Writer::new(&mut block, 12).u32(length as u32);
    let block = summed(&block, length, 4);
    // The sum of a block covers its version too, so it stands at 4 and what it covers begins at 8.
    let Ok((header, _)) = verify(&block, &journal, place) else { return Ok(()) };
    // No journal gets there; without overflow checks the position after it is 0.
    if header.last.0 == u64::MAX {
        return Ok(());
    }
    let mut written = block.clone();
    seal(&mut written, &header);
    same(&Ok(header), &verify(&written, &journal, place).map(|(header, _)| header))?;
    replacement_round(&block, &header)?;
    commits_round(&block, &header)
}

/// The journal and the place that a block's header names.
fn named(block: &[u8]) -> Option<([u8; 16], Place)> {
    let mut from = Reader::new(block.get(16..)?);
    let journal = from.id()?;
    from.u64()?;
    Some((journal, Place { segment: from.u64()?, offset: from.u64()? }))
}

fn replacement_round(block: &[u8], header: &Header) -> Result<(), String> {
    let Ok(groups) = replacement::decode(block, header) else { return Ok(()) };
    let size = replacement::size(&groups);
    let mut written = vec![0; HEADER_BYTES + size];
    replacement::encode(&groups, &mut written);
    let header = Header { body: size as u32, ..*header };
    same(&Ok(groups), &replacement::decode(&written, &header))
}

fn commits_round(block: &[u8], header: &Header) -> Result<(), String> {
    let mut round = Ok(());
    let mut walks = Vec::new();
    // What stands before a contradiction was shown: all of it must be sound, so the result says nothing here.
    let _ = commit::visit(block, header, &mut |_, op, places| {
        if round.is_ok() {
            round = op_round(op, header);
        }
        if let Op::Append(append) = op {
            walks.extend(append.targets.iter().map(|target| target.stream).zip(places.iter().copied()));
        }
    });
    round?;
    let block = Bytes::copy_from_slice(block);
    walks.into_iter().take(WALKS_MAX).try_for_each(|(stream, at)| walk(&block, stream, at))
}

/// Writes one operation into a block of its own, reads it back and writes what was read.
fn op_round(op: &Op<'_>, header: &Header) -> Result<(), String> {
    let Some(written) = block_of(op) else { return Ok(()) };
    let header = Header { body: (written.len() - HEADER_BYTES) as u32, last: header.first, ..*header };
    let mut again = None;
    commit::visit(&written, &header, &mut |_, op, _| again = block_of(op))
        .map_err(|error| format!("{op:?} was written and {error}"))?;
    same(&Some(written), &again)
}

/// A block with room for a header and `op`; `None` when `op` is over a limit.
fn block_of(op: &Op<'_>) -> Option<Vec<u8>> {
    let commit = Commit { ops: vec![op.clone()], urgency: Urgency::Normal };
    let mut block = vec![0; HEADER_BYTES + commit::size(&commit)?.encoded];
    let end = commit::encode(&commit, &mut block, HEADER_BYTES, &mut |_, _, _| None);
    (end == block.len()).then_some(block)
}

/// Follows a stream's entries through a block; every step leads further, so that it ends.
fn walk(block: &Bytes, stream: StreamId, from: u32) -> Result<(), String> {
    let mut next = Some(from);
    while let Some(at) = next {
        let Some(stored) = commit::Stored::at(block, at, stream) else { return Ok(()) };
        let entry = stored.entry(block);
        same(&Some(&entry.payload[..]), &stored.payload(block))?;
        let target = stored.target(block).ok_or("an entry is there and its target is not")?;
        same(&&entry.annotations[..], &target.header.annotations)?;
        same(&Offset(stored.base().0.saturating_add(u64::from(entry.count))), &stored.end())?;
        next = stored.next();
        if next.is_some_and(|next| next <= at) {
            return Err(format!("the entry at {at} is followed by one at {next:?}"));
        }
    }
    Ok(())
}

/// Bytes of the segment that began last, filled up to a page: a block without its padding. Tags are the low bits of a
/// part's first byte; the next two bytes are its length.
const BLOCK: u8 = 0;
/// A segment begins: its kind, how many numbers it leaves out.
const SEGMENT: u8 = 1;
/// A checkpoint file begins: its first page.
const CHECKPOINT: u8 = 2;
/// A frame of the checkpoint file that began last.
const FRAME: u8 = 3;
/// The identity file.
const IDENTITY: u8 = 4;
const TAG_MASK: u8 = 0x07;

/// The files, by name, of the directory that an input describes.
pub fn directory(input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut building = Building::default();
    let mut rest = input;
    for _ in 0..PARTS_MAX {
        let Some((&[tag, low, high], bytes)) = rest.split_first_chunk() else { break };
        let (part, behind) = bytes.split_at(bytes.len().min(u16::from_le_bytes([low, high]).into()));
        building.add(tag & TAG_MASK, part);
        rest = behind;
    }
    building.finish()
}

/// A directory that is being built.
struct Building {
    identity: Vec<u8>,
    segments: Vec<(u64, Vec<u8>)>,
    checkpoints: Vec<Vec<u8>>,
}

impl Default for Building {
    fn default() -> Self {
        let identity = identity::encode(&JOURNAL).to_vec();
        Self { identity, segments: Vec::new(), checkpoints: Vec::new() }
    }
}

impl Building {
    fn add(&mut self, tag: u8, part: &[u8]) {
        match tag {
            BLOCK => {
                let Some((_, segment)) = self.segments.last_mut() else { return };
                segment.extend_from_slice(part);
                segment.resize(segment.len().next_multiple_of(PAGE_BYTES), 0);
            }
            SEGMENT => self.begin_segment(part),
            CHECKPOINT => {
                let mut page = part.to_vec();
                page.resize(PAGE_BYTES, 0);
                self.checkpoints.push(page);
            }
            FRAME => {
                let Some(file) = self.checkpoints.last_mut() else { return };
                file.extend_from_slice(part);
            }
            IDENTITY => self.identity = part.to_vec(),
            _ => {}
        }
    }

    fn begin_segment(&mut self, part: &[u8]) {
        // The roller gives its segments numbers too; the first is always the log's.
        let kind = match part.first().map_or(1, |kind| kind % 3) {
            0 => segment::Kind::Spare,
            2 if !self.segments.is_empty() => segment::Kind::Moved,
            _ => segment::Kind::Log,
        };
        let left_out = part.get(1).map_or(0, |left_out| u64::from(left_out % 4));
        let sequence = self.segments.last().map_or(0, |(sequence, _)| *sequence) + 1 + left_out;
        let mut page = vec![0; PAGE_BYTES];
        let header = segment::Header { kind, journal: JOURNAL, sequence, bytes: PAGE_BYTES as u64 };
        segment::encode(&header, &mut page);
        self.segments.push((sequence, page));
    }

    fn finish(self) -> Vec<(String, Vec<u8>)> {
        let segments = self.segments.into_iter().zip(1..);
        let segments = segments.map(|((_, bytes), number)| (format!("{number:08}{SEGMENT_SUFFIX}"), bytes));
        let checkpoints = self.checkpoints.into_iter().zip(1..);
        let checkpoints =
            checkpoints.map(|(bytes, number)| (format!("{number:08}{CHECKPOINT_SUFFIX}"), bytes));
        [(identity::FILE.to_owned(), self.identity)].into_iter().chain(segments).chain(checkpoints).collect()
    }
}

/// The input that describes the segments and checkpoints of a stopped journal: what the corpus is made of.
pub fn describe(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut input = Vec::new();
    let mut segments: Vec<_> = files
        .iter()
        .filter_map(|(_, bytes)| match segment::decode(bytes) {
            Page::Segment(header) if header.kind != segment::Kind::Spare => Some((header, bytes)),
            Page::Segment(_) | Page::Version(_) | Page::Nothing => None,
        })
        .collect();
    segments.sort_by_key(|(header, _)| header.sequence);
    let checkpoints: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.ends_with(CHECKPOINT_SUFFIX))
        .filter_map(|(_, bytes)| Some((checkpoint::decode(bytes).ok()??, bytes)))
        .collect();
    let mut last = 0;
    for (header, bytes) in segments {
        let is_log = header.kind == segment::Kind::Log;
        push(&mut input, SEGMENT, &[if is_log { 1 } else { 2 }, (header.sequence - last - 1) as u8]);
        last = header.sequence;
        let mut place = Place { segment: header.sequence, offset: segment::HEADER_BYTES };
        loop {
            let here = checkpoints.iter().filter(|(header, _)| header.place == place);
            here.for_each(|(_, bytes)| describe_checkpoint(bytes, &mut input));
            let block = bytes.get(place.offset as usize..).unwrap_or_default();
            let Ok((header, _)) = verify(block, &header.journal, place) else { break };
            push(&mut input, BLOCK, &block[..HEADER_BYTES + header.body as usize]);
            place = header.end();
        }
    }
    input
}

fn describe_checkpoint(file: &[u8], input: &mut Vec<u8>) {
    let Some((page, mut frames)) = file.split_at_checked(PAGE_BYTES) else { return };
    push(input, CHECKPOINT, &page[..92]);
    while let Some(length) = Reader::new(frames).u32() {
        let length = checkpoint::FRAME_HEAD_BYTES + length as usize;
        let (frame, behind) = frames.split_at(length.min(frames.len()));
        push(input, FRAME, frame);
        frames = behind;
    }
}

fn push(input: &mut Vec<u8>, tag: u8, part: &[u8]) {
    input.push(tag);
    input.extend_from_slice(&(part.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
    input.extend_from_slice(&part[..part.len().min(usize::from(u16::MAX))]);
}
