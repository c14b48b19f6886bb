//! Round trips and refusals of everything that is on disk.

use hence_base::{
    Append, Commit, EntryHeader, Epoch, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target,
    Timestamp, Urgency,
};
use smallvec::smallvec;

use super::block::{Bad, HEADER_BYTES, Header, Kind, padded, seal, verify};
use super::{Place, commit, identity, segment};
use crate::limits::PAGE_BYTES;

const JOURNAL: [u8; 16] = [7; 16];
const PLACE: Place = Place { segment: 3, offset: 8192 };

fn target(stream: u64, base: u64, annotations: &[u8]) -> Target<'_> {
    let header = EntryHeader {
        base: Offset(base),
        count: 2,
        max_timestamp: Timestamp(-5),
        leader_epoch: LeaderEpoch(4),
        format: 1,
        flags: 2,
        annotations,
    };
    Target { stream: StreamId(stream), header }
}

fn ops() -> Vec<Op<'static>> {
    let append = |base| {
        Op::Append(Append {
            targets: smallvec![target(1, base, b"a"), target(2, base, b"")],
            payload: b"payload",
        })
    };
    vec![
        append(0),
        Op::Put { table: TableId(9), key: b"key", value: b"value" },
        Op::Delete { table: TableId(9), key: b"other" },
        append(2),
        Op::Trim { stream: StreamId(1), to: Offset(2) },
        Op::DropStream { stream: StreamId(2) },
    ]
}

fn block(kind: Kind) -> Vec<u8> {
    let commit = Commit { ops: ops(), urgency: Urgency::Normal };
    let size = commit::size(&commit).expect("within the limits").encoded;
    let mut block = vec![0; padded(size)];
    let mut last = [None; 3];
    let end = commit::encode(&commit, &mut block, HEADER_BYTES, &mut |target, at, _| {
        last[target.stream.0 as usize].replace(at)
    });
    assert_eq!(end, HEADER_BYTES + size);
    let header = Header {
        kind,
        flags: 1,
        length: block.len() as u32,
        journal: JOURNAL,
        epoch: Epoch(2),
        place: PLACE,
        first: Position(5),
        last: Position(5),
        synced: Place { segment: 2, offset: 4096 },
        previous: 99,
        body: size as u32,
    };
    let sum = seal(&mut block, &header);
    assert_eq!(verify(&block, &JOURNAL, PLACE), Ok((header, sum)));
    block
}

#[test]
fn operations_come_back_from_a_block_as_they_went_in() {
    let block = block(Kind::Commits);
    let (header, _) = verify(&block, &JOURNAL, PLACE).expect("the block is whole");
    let mut seen = 0;
    commit::visit(&block, &header, &mut |position, op, _| {
        assert_eq!((position, format!("{op:?}")), (Position(5), format!("{:?}", ops()[seen])));
        seen += 1;
    })
    .expect("the body makes sense");
    assert_eq!(seen, ops().len());
}

#[test]
fn entries_of_one_stream_are_chained_within_a_block() {
    let block = bytes::Bytes::from(block(Kind::Commits));
    let mut places = Vec::new();
    let (header, _) = verify(&block, &JOURNAL, PLACE).expect("the block is whole");
    commit::visit(&block, &header, &mut |_, _, at| places.extend(at.first().copied()))
        .expect("it makes sense");
    let first = commit::Stored::at(&block, places[0], StreamId(1)).expect("an entry is there");
    assert_eq!(first.next(), Some(places[1]));
    assert_eq!((first.base(), &first.entry(&block).annotations[..]), (Offset(0), &b"a"[..]));
    let second = commit::Stored::at(&block, places[1], StreamId(1)).expect("an entry is there");
    assert_eq!((second.next(), &second.entry(&block).payload[..]), (None, &b"payload"[..]));
    assert!(commit::Stored::at(&block, places[0], StreamId(2)).is_none(), "another stream's entry is none");
}

#[test]
fn every_flipped_bit_of_a_block_is_noticed() {
    let good = block(Kind::Commits);
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&bad, &JOURNAL, PLACE).is_err(), "bit {bit}");
    }
}

#[test]
fn a_block_is_accepted_only_in_its_place_and_journal() {
    let block = block(Kind::Open);
    let elsewhere = Place { offset: PLACE.offset + 4096, ..PLACE };
    assert_eq!(verify(&block, &JOURNAL, elsewhere), Err(Bad::Elsewhere));
    assert_eq!(verify(&block, &[8; 16], PLACE), Err(Bad::Elsewhere));
    assert_eq!(verify(&block[..HEADER_BYTES], &JOURNAL, PLACE), Err(Bad::Malformed));
    assert_eq!(verify(&[0; PAGE_BYTES], &JOURNAL, PLACE), Err(Bad::Absent));
}

#[test]
fn a_segment_page_says_what_it_was_written_for_and_nothing_when_damaged() {
    let header = segment::Header { kind: segment::Kind::Log, journal: JOURNAL, sequence: 12, bytes: 1 << 20 };
    let mut page = vec![0; PAGE_BYTES];
    segment::encode(&header, &mut page);
    assert_eq!(segment::decode(&page), segment::Page::Segment(header));
    page[100] ^= 1;
    assert_eq!(segment::decode(&page), segment::Page::Nothing);
}

#[test]
fn an_identity_reads_back_and_an_unknown_version_is_named() {
    let mut bytes = identity::encode(&JOURNAL);
    assert_eq!(identity::decode(&bytes), identity::Identity::Journal(JOURNAL));
    bytes[12] = 9;
    assert_eq!(identity::decode(&bytes), identity::Identity::Version(9));
    assert_eq!(identity::decode(&bytes[..10]), identity::Identity::Nothing);
}
