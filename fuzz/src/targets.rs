//! The targets, one function per decoder; each name is also the folder of its corpus.
//!
//! A target asserts only what must hold for any bytes; what a decoder refuses is no finding.

use crate::{http, journal};

/// A function that takes any bytes, and the folder of its corpus.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and its corpus' folder.
    pub name: &'static str,
    /// What one allocation may take whatever the input.
    pub allocation_bytes: usize,
    /// Takes any bytes and returns.
    pub run: fn(&[u8]),
}

/// A decoder needs no more for a small input than for none.
const DECODER_BYTES: usize = 128 * 1024;
/// A directory of the target is small; the journal's ring, its scans and the disk in memory take a few mebibytes each.
const JOURNAL_BYTES: usize = 4 * 1024 * 1024;

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "kafka_batch", allocation_bytes: DECODER_BYTES, run: kafka_batch },
    Target { name: "kafka_request", allocation_bytes: DECODER_BYTES, run: kafka_request },
    Target { name: "kafka_connection", allocation_bytes: DECODER_BYTES, run: kafka_connection },
    Target { name: "journal_bytes", allocation_bytes: JOURNAL_BYTES, run: journal_bytes },
    Target { name: "http", allocation_bytes: DECODER_BYTES, run: http::send },
];

/// Two bytes that choose an API, a side and a version, then the message: what decodes must encode and decode again to
/// the same, and the header of a request is read from the same bytes.
fn kafka_request(input: &[u8]) {
    hence_kafka_proto::fuzz::message(input).expect("a round trip");
    let _ = hence_kafka_proto::RequestParts::read(input);
}

/// One byte that says how the rest is cut, then what a peer sends: the same requests come out however it is cut.
fn kafka_connection(input: &[u8]) {
    hence_kafka_proto::fuzz::connection(input).expect("frames in order");
}

/// A record batch: what a broker checks, with the checksum as it came and with one that fits, and what a reader reads.
fn kafka_batch(input: &[u8]) {
    use hence_message::kafka::{Limits, batches, check, stamp_checksum};

    // What a body may grow to follows from the input, so that the runner's bound on one allocation holds.
    let bytes_max = 32 * 1024 + 64 * input.len();
    let limits = Limits::of_size(bytes_max);
    let _ = check(input, &limits);
    let mut sealed = input.to_vec();
    if stamp_checksum(&mut sealed).is_ok() {
        let _ = check(&sealed, &limits);
    }
    for batch in batches(input).map_while(Result::ok) {
        let Ok(body) = batch.body(bytes_max) else { continue };
        for record in body.records().map_while(Result::ok) {
            assert_eq!(record.headers.len(), record.headers.count(), "headers were counted wrong");
        }
    }
}

/// What is on a disk: the bytes as every part of the format, and as the description of a directory that is opened twice.
fn journal_bytes(input: &[u8]) {
    hence_journal::fuzz::decoders(input).expect("a round trip");
    journal::open_twice(input);
}
