//! Batches that real clients encoded are accepted and read alike. Where they come from: `testdata/kafka/README.md`.

use hence_base::Timestamp;
use hence_message::kafka::{
    Annotations, Batch, BatchBuilder, Codec, Limits, NewRecord, Producer, ProducerEpoch, ProducerId,
    Sequence, check,
};

const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;

fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/testdata/kafka/{name}.bin", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

type KeyValueTime = (Option<Vec<u8>>, Option<Vec<u8>>, i64);

/// Key, value and time of what every client was asked to encode.
fn asked_for() -> Vec<KeyValueTime> {
    let some = |text: &str| Some(text.as_bytes().to_vec());
    vec![
        (some("key-0"), some("value-0"), FIRST_TIMESTAMP),
        (None, some("value-1"), FIRST_TIMESTAMP + 7),
        (some("key-2"), None, FIRST_TIMESTAMP + 3),
        (some(""), Some(vec![b'x'; 2_000]), FIRST_TIMESTAMP + 1),
    ]
}

fn reads_back(name: &str, codec: Codec) {
    let bytes = golden(name);
    let limits = Limits::of_size(1 << 20).around(Timestamp(FIRST_TIMESTAMP), 0, 7);
    let header = check(&bytes, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(header.codec(), Some(codec), "{name}");
    assert_eq!(header.newest(), Timestamp(FIRST_TIMESTAMP + 7), "{name}");
    let body = Batch::parse(&bytes).expect(name).body(1 << 20).expect(name);
    let records: Vec<_> = body.records().map(|record| record.expect(name)).collect();
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let read: Vec<_> =
        records.iter().map(|record| (owned(record.key), owned(record.value), record.timestamp.0)).collect();
    assert_eq!(read, asked_for(), "{name}");
    let keys: Vec<_> = records[0].headers.clone().map(|header| header.key.to_vec()).collect();
    assert_eq!(keys, [b"h".to_vec(), b"h".to_vec(), b"trace".to_vec()], "{name}");
}

#[test]
fn batches_of_the_java_client_are_read_in_every_codec() {
    reads_back("java-none", Codec::None);
    reads_back("java-gzip", Codec::Gzip);
    reads_back("java-snappy", Codec::Snappy);
    reads_back("java-lz4", Codec::Lz4);
    reads_back("java-zstd", Codec::Zstd);
}

#[test]
fn batches_of_librdkafka_are_read_in_every_codec() {
    reads_back("librdkafka-none", Codec::None);
    reads_back("librdkafka-gzip", Codec::Gzip);
    reads_back("librdkafka-snappy", Codec::Snappy);
    reads_back("librdkafka-lz4", Codec::Lz4);
    reads_back("librdkafka-zstd", Codec::Zstd);
}

#[test]
fn batches_of_aiokafka_and_kafkajs_are_read() {
    reads_back("aiokafka-none", Codec::None);
    reads_back("aiokafka-gzip", Codec::Gzip);
    reads_back("kafkajs-none", Codec::None);
    reads_back("kafkajs-gzip", Codec::Gzip);
}

#[test]
fn an_idempotent_batch_leaves_its_producer_as_annotation() {
    let producer =
        Producer { id: ProducerId(4_000), epoch: ProducerEpoch(3), base_sequence: Sequence(i32::MAX - 1) };
    for name in ["java-idempotent", "aiokafka-idempotent"] {
        let header = check(&golden(name), &Limits::of_size(1 << 20)).expect(name);
        let annotation = Annotations::of(&header).expect(name).encode();
        assert_eq!(Annotations::decode(&annotation), Ok(Some(Annotations { producer })), "{name}");
        assert_eq!(
            header.producer().expect(name).base_sequence.plus(header.records()),
            Sequence(2),
            "{name}"
        );
    }
}

#[test]
fn a_batch_is_built_byte_for_byte_as_the_java_client_builds_it() {
    for (name, producer) in [("java-none", None), ("java-idempotent", Some(4_000))] {
        let mut builder = BatchBuilder::new(Codec::None);
        if let Some(id) = producer {
            let (id, epoch) = (ProducerId(id), ProducerEpoch(3));
            builder = builder.producer(Producer { id, epoch, base_sequence: Sequence(i32::MAX - 1) });
        }
        let headers: &[(&[u8], Option<&[u8]>)] =
            &[(b"h", Some(b"1")), (b"h", None), (b"trace", Some(&[0, 0xff]))];
        for (n, (key, value, timestamp)) in asked_for().iter().enumerate() {
            let headers = if n == 0 { headers } else { &[] };
            let (key, value) = (key.as_deref(), value.as_deref());
            builder.push(&NewRecord { timestamp: Timestamp(*timestamp), key, value, headers });
        }
        assert!(builder.build().expect(name) == golden(name), "{name}");
    }
}
