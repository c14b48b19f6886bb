//! Batches that are built are accepted and read back; each lie in a head is found and named.

use hence_base::{LeaderEpoch, Offset, Timestamp};
use proptest::prelude::*;

use super::check::*;
use super::header::*;
use super::*;
use crate::limits::DECOMPRESSED_BYTES_MAX_DEFAULT;

const LIMITS: Limits = Limits::of_size(1 << 20);

fn sample(codec: Codec) -> Vec<u8> {
    let mut builder = BatchBuilder::new(codec);
    for n in 0..3i64 {
        let headers: &[(&[u8], Option<&[u8]>)] = &[(b"h", Some(b"1")), (b"h", None), (b"", Some(b""))];
        builder.push(&NewRecord {
            timestamp: Timestamp(1_000 + n),
            key: (n != 1).then_some(b"key".as_slice()),
            value: (n != 2).then_some(b"value".as_slice()),
            headers: if n == 0 { headers } else { &[] },
        });
    }
    builder.build().unwrap()
}

/// `batch` with bytes replaced and a checksum that fits them.
fn with(mut batch: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    batch[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = checksum(&batch);
    batch[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
    batch
}

fn refused(batch: &[u8]) -> BatchError {
    check(batch, &LIMITS).expect_err("refused")
}

#[test]
fn records_come_back_with_keys_values_repeated_headers_times_and_offsets_in_every_codec() {
    for codec in Codec::ALL {
        let bytes = sample(codec);
        let header = check(&bytes, &LIMITS).unwrap();
        assert_eq!((header.records(), header.codec()), (3, Some(codec)));
        let body = Batch::parse(&bytes).unwrap().body(DECOMPRESSED_BYTES_MAX_DEFAULT).unwrap();
        let records: Vec<_> = body.records().map(Result::unwrap).collect();
        let offsets: Vec<_> = records.iter().map(|record| record.offset.0).collect();
        let times: Vec<_> = records.iter().map(|record| record.timestamp.0).collect();
        assert_eq!((offsets, times), (vec![0, 1, 2], vec![1_000, 1_001, 1_002]));
        assert_eq!((records[0].key, records[1].key), (Some(b"key".as_slice()), None));
        assert_eq!((records[0].value, records[2].value), (Some(b"value".as_slice()), None));
        let headers: Vec<_> = records[0].headers.clone().map(|header| (header.key, header.value)).collect();
        let expected: [(&[u8], Option<&[u8]>); 3] = [(b"h", Some(b"1")), (b"h", None), (b"", Some(b""))];
        assert_eq!(headers, expected);
    }
}

#[test]
fn each_lie_in_a_head_is_refused_by_its_own_name() {
    let batch = || sample(Codec::None);
    let bytes = batch().len();
    assert!(matches!(refused(&[]), BatchError::NoBatch(_)));
    assert!(matches!(refused(&batch()[..11]), BatchError::Truncated(Truncated { needs: 12, has: 11 })));
    assert!(matches!(refused(&batch()[..bytes - 1]), BatchError::Truncated(Truncated { .. })));
    assert!(matches!(refused(&[batch(), batch()].concat()), BatchError::SeveralBatches(_)));
    assert!(matches!(refused(&with(batch(), 8, &3i32.to_be_bytes())), BatchError::BadLength(_)));
    assert!(matches!(refused(&with(batch(), 8, &40i32.to_be_bytes())), BatchError::BadLength(_)));
    assert!(matches!(refused(&with(batch(), 8, &(-1i32).to_be_bytes())), BatchError::BadLength(_)));
    assert!(matches!(refused(&with(batch(), 16, &[1])), BatchError::OldMagic(OldMagic { magic: 1 })));
    assert!(matches!(refused(&with(batch(), 16, &[3])), BatchError::UnknownMagic(UnknownMagic { magic: 3 })));
    assert!(matches!(refused(&with(batch(), 22, &[5])), BatchError::UnknownCodec(UnknownCodec { id: 5 })));
    assert!(matches!(refused(&with(batch(), 22, &[0x08])), BatchError::LogAppendTimeSet(_)));
    assert!(matches!(refused(&with(batch(), 22, &[0x10])), BatchError::TransactionalBatch(_)));
    assert!(matches!(refused(&with(batch(), 22, &[0x20])), BatchError::ControlBatch(_)));
    assert!(matches!(refused(&with(batch(), 22, &[0x40])), BatchError::DeleteHorizonSet(_)));
    assert!(matches!(refused(&with(batch(), 0, &7i64.to_be_bytes())), BatchError::BaseOffsetSet(_)));
    assert!(matches!(refused(&with(batch(), 57, &4i32.to_be_bytes())), BatchError::BadCount(_)));
    assert!(matches!(refused(&with(batch(), 57, &i32::MIN.to_be_bytes())), BatchError::BadCount(_)));
    let many = [29i32.to_be_bytes(), 30i32.to_be_bytes()];
    let many = with(with(batch(), 23, &many[0]), 57, &many[1]);
    assert!(matches!(refused(&many), BatchError::ImplausibleCount(ImplausibleCount { count: 30, .. })));
    let producer = with(batch(), 43, &5i64.to_be_bytes());
    assert!(matches!(refused(&producer), BatchError::BadProducer(_)));
    let no_epoch = with(producer, 53, &0i32.to_be_bytes());
    assert!(matches!(refused(&no_epoch), BatchError::NoProducerEpoch(NoProducerEpoch { epoch: -1, .. })));
    let mut flipped = batch();
    flipped[bytes - 1] ^= 1;
    assert!(matches!(refused(&flipped), BatchError::ChecksumMismatch(_)));
    let tight = Limits::of_size(bytes - 1);
    assert!(matches!(check(&batch(), &tight), Err(BatchError::BatchTooLarge(_))));
    assert!(check(&batch(), &Limits::of_size(bytes)).is_ok());
}

#[test]
fn a_client_without_a_producer_id_may_leave_epoch_and_sequence_zero() {
    let batch = with(with(sample(Codec::None), 51, &[0, 0]), 53, &[0; 4]);
    assert_eq!(check(&batch, &LIMITS).unwrap().producer(), None);
}

#[test]
fn timestamps_are_held_to_both_bounds_and_no_timestamp_is_no_lie() {
    let at = |before, after| check(&sample(Codec::None), &LIMITS.around(Timestamp(2_000), before, after));
    assert!(at(1_000, 0).is_ok());
    assert!(matches!(at(999, 0), Err(BatchError::TimestampOutOfBounds(_))));
    let early = LIMITS.around(Timestamp(500), u64::MAX, 502);
    assert!(check(&sample(Codec::None), &early).is_ok());
    let early = LIMITS.around(Timestamp(500), u64::MAX, 501);
    assert!(matches!(check(&sample(Codec::None), &early), Err(BatchError::TimestampOutOfBounds(_))));
    let none = with(with(sample(Codec::None), 27, &[0xff; 8]), 35, &[0xff; 8]);
    assert!(check(&none, &LIMITS.around(Timestamp(2_000), 0, 0)).is_ok());
}

#[test]
fn stamping_the_head_changes_where_a_batch_stands_and_not_its_checksum() {
    let mut batch = sample(Codec::Gzip);
    let head = batch.first_chunk_mut::<HEAD_PATCH_BYTES>().unwrap();
    stamp_head(head, Offset(77), LeaderEpoch(5));
    let batch = Batch::parse(&batch).unwrap();
    batch.verify().unwrap();
    assert_eq!((batch.header.base_offset, batch.header.leader_epoch), (77, 5));
    let body = batch.body(1 << 16).unwrap();
    assert_eq!(body.records().last().unwrap().unwrap().offset, Offset(79));
}

#[test]
fn log_append_time_gives_every_record_one_time_and_a_checksum_that_fits() {
    let mut bytes = sample(Codec::Lz4);
    stamp_log_append_time(&mut bytes, Timestamp(9_999)).unwrap();
    let batch = Batch::parse(&bytes).unwrap();
    batch.verify().unwrap();
    assert_eq!(batch.header.attributes.timestamp_type(), TimestampType::LogAppendTime);
    let body = batch.body(1 << 16).unwrap();
    assert!(body.records().all(|record| record.unwrap().timestamp == Timestamp(9_999)));
}

#[test]
fn a_fetched_run_of_batches_is_split_and_its_cut_end_left_out() {
    let mut bytes = [sample(Codec::None), sample(Codec::Zstd), sample(Codec::None)].concat();
    bytes.truncate(bytes.len() - 1);
    assert_eq!(batches(&bytes).map(Result::unwrap).count(), 2);
    bytes[16] = 9;
    assert!(matches!(batches(&bytes).next(), Some(Err(HeadError::UnknownMagic(_)))));
}

#[test]
fn a_body_that_expands_beyond_the_limit_is_refused_in_every_codec() {
    for codec in Codec::ALL.into_iter().filter(|codec| *codec != Codec::None) {
        let mut builder = BatchBuilder::new(codec);
        builder.push(&NewRecord { value: Some(&[7; 300_000]), ..NewRecord::default() });
        let bytes = builder.build().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        let exact = builder.bytes() - BATCH_HEAD_BYTES;
        assert_eq!(batch.body(exact).unwrap().records().count(), 1, "{codec:?}");
        assert!(matches!(batch.body(exact - 1), Err(DecompressError::TooMuch(_))), "{codec:?}");
    }
}

#[test]
fn a_body_that_is_not_what_its_codec_writes_is_malformed() {
    for codec in Codec::ALL.into_iter().filter(|codec| *codec != Codec::None) {
        let mut bytes = sample(codec);
        let end = bytes.len();
        bytes[BATCH_HEAD_BYTES..end].fill(0xee);
        assert!(matches!(Batch::parse(&bytes).unwrap().body(1 << 20), Err(DecompressError::Malformed(_))));
    }
}

#[test]
fn raw_snappy_is_read_as_the_framed_kind_is() {
    let plain = sample(Codec::None);
    let raw = snap::raw::Encoder::new().compress_vec(&plain[BATCH_HEAD_BYTES..]).unwrap();
    let mut bytes = [&plain[..BATCH_HEAD_BYTES], &raw].concat();
    bytes[8..12].copy_from_slice(&((49 + raw.len()) as i32).to_be_bytes());
    bytes[22] = 2;
    let body = Batch::parse(&bytes).unwrap().body(1 << 16).unwrap();
    assert_eq!(body.records().map(Result::unwrap).count(), 3);
}

#[test]
fn a_linked_lz4_frame_is_read() {
    use std::io::Write;
    let value: Vec<u8> = (0..200_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    let mut builder = BatchBuilder::new(Codec::None);
    builder.push(&NewRecord { value: Some(&value), ..NewRecord::default() });
    let plain = builder.build().unwrap();
    let frame = lz4_flex::frame::FrameInfo::new()
        .block_mode(lz4_flex::frame::BlockMode::Linked)
        .block_checksums(true)
        .content_checksum(true)
        .block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
    encoder.write_all(&plain[BATCH_HEAD_BYTES..]).unwrap();
    let out = lz4::decompress(&encoder.finish().unwrap(), 1 << 20).unwrap();
    assert!(out == plain[BATCH_HEAD_BYTES..]);
}

#[test]
fn records_that_the_head_does_not_count_are_an_error_and_end_the_iteration() {
    let bytes = sample(Codec::None);
    for count in [2i32, 4] {
        let lying = with(bytes.clone(), 57, &count.to_be_bytes());
        let body = Batch::parse(&lying).unwrap().body(1 << 16).unwrap();
        let records: Vec<_> = body.records().collect();
        assert!(records.last().unwrap().is_err() && records.iter().filter(|one| one.is_err()).count() == 1);
    }
}

#[test]
fn sequences_wrap_to_zero_after_the_largest() {
    assert_eq!(Sequence(i32::MAX).plus(1), Sequence(0));
    assert_eq!(Sequence(i32::MAX - 1).plus(3), Sequence(1));
    assert_eq!(Sequence(5).plus(10), Sequence(15));
}

#[test]
fn annotations_are_persisted_in_these_bytes() {
    let producer = Producer {
        id: ProducerId(0x0102_0304_0506_0708),
        epoch: ProducerEpoch(0x1122),
        base_sequence: Sequence(0x3344_5566),
    };
    let bytes = Annotations { producer }.encode();
    assert_eq!(bytes, [1, 0, 0x22, 0x11, 0x66, 0x55, 0x44, 0x33, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(Annotations::decode(&bytes), Ok(Some(Annotations { producer })));
    assert_eq!(Annotations::decode(&[]), Ok(None));
    assert!(Annotations::decode(&bytes[..15]).is_err());
    assert!(Annotations::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert_eq!(Annotations::decode(&[2; 16]), Err(AnnotationsError { bytes: 16, version: 2 }));
    assert_eq!(EntryFlags::of(&BatchHeader::parse(&sample(Codec::Zstd)).unwrap()), EntryFlags(1));
    assert_eq!(
        EntryFlags::of(&BatchHeader::parse(&with(sample(Codec::None), 22, &[0x38])).unwrap()),
        EntryFlags(0x0e)
    );
}

type Made = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

fn any_record() -> impl Strategy<Value = Made> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..200);
    let headers = proptest::collection::vec((bytes(), proptest::option::of(bytes())), 0..4);
    (any::<i64>(), proptest::option::of(bytes()), proptest::option::of(bytes()), headers)
}

proptest! {
    #[test]
    fn what_is_built_is_accepted_and_read_back(
        made in proptest::collection::vec(any_record(), 1..40),
        codec in 0u8..5,
        producer in proptest::option::of((0i64.., 0i16.., 0i32..)),
    ) {
        let mut builder = BatchBuilder::new(Codec::from_id(codec).unwrap());
        if let Some((id, epoch, sequence)) = producer {
            let (id, epoch) = (ProducerId(id), ProducerEpoch(epoch));
            builder = builder.producer(Producer { id, epoch, base_sequence: Sequence(sequence) });
        }
        for (timestamp, key, value, headers) in &made {
            let headers: Vec<_> = headers.iter().map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
            let timestamp = Timestamp(*timestamp);
            builder.push(&NewRecord { timestamp, key: key.as_deref(), value: value.as_deref(), headers: &headers });
        }
        let bytes = builder.build().unwrap();
        let header = check(&bytes, &LIMITS).unwrap();
        prop_assert_eq!(header.producer().map(|it| (it.id.0, it.epoch.0, it.base_sequence.0)), producer);
        let body = Batch::parse(&bytes).unwrap().body(1 << 20).unwrap();
        let read: Vec<Made> = body.records().map(Result::unwrap).map(|record| {
            let headers = record.headers.map(|it| (it.key.to_vec(), it.value.map(<[u8]>::to_vec))).collect();
            (record.timestamp.0, record.key.map(<[u8]>::to_vec), record.value.map(<[u8]>::to_vec), headers)
        }).collect();
        prop_assert_eq!(read, made);
    }

    #[test]
    fn any_change_of_a_batch_is_refused_unless_it_is_outside_the_checksum(at in 0usize..100, bit in 0u8..8) {
        let mut bytes = sample(Codec::None);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        // The leader epoch is the broker's to write.
        prop_assert_eq!(check(&bytes, &LIMITS).is_ok(), (12..16).contains(&at));
    }

    #[test]
    fn any_bytes_are_taken_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), codec in 0u8..8) {
        let mut batch = sample(Codec::None);
        batch.truncate(BATCH_HEAD_BYTES);
        batch.extend_from_slice(&bytes);
        let length = batch.len() as i32 - 12;
        let batch = with(with(batch, 8, &length.to_be_bytes()), 22, &[codec]);
        let _ = check(&batch, &LIMITS);
        if let Ok(body) = Batch::parse(&batch).unwrap().body(1 << 16) {
            prop_assert!(body.records().count() <= 4);
        }
    }

    #[test]
    fn variable_length_integers_come_back(value: i64) {
        let mut bytes = Vec::new();
        varint::put(&mut bytes, value);
        prop_assert_eq!(bytes.len(), varint::len(value));
        let mut rest = bytes.as_slice();
        prop_assert_eq!((varint::take(&mut rest), rest.len()), (Some(value), 0));
    }
}
