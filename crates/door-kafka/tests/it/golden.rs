//! Requests as real clients sent them: recorded whole, one of each client, API and version.
//!
//! The door must read each and answer it: topics and groups that are not there are answered with their codes. The file has
//! one request a line, `client api version hex`; librdkafka, Java's clients and tools, kafkajs, @platformatic/kafka and
//! aiokafka sent them to a broker over loopback.

use hence_kafka_proto::{ApiKey, Message, Reader, RequestParts, ResponseHeader, response_header_version};

use crate::house::House;

const REQUESTS: &str = include_str!("../../testdata/requests.hex");

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// The recorded requests: who sent which version of what, and the frame after its length.
pub fn frames() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    REQUESTS.lines().map(|line| {
        let (what, hex) = line.rsplit_once(' ').expect("four words a line");
        (what, bytes(hex))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_request_of_a_real_client_is_read_and_answered() {
    let house = House::open().await;
    let mut answered = 0;
    for (what, frame) in frames() {
        let parts = RequestParts::read(&frame).expect("a header");
        assert!(what.ends_with(&format!(" {} {}", parts.key.name(), parts.version)), "{what}");
        let length = i32::try_from(frame.len()).expect("short");
        let mut client = house.client().await;
        client.write(&[&length.to_be_bytes()[..], &frame].concat()).await;
        let response = client.frame().await.unwrap_or_else(|| panic!("{what} was closed"));
        let mut reader = Reader::new(&response);
        let header_version = response_header_version(parts.key, parts.version);
        let header = ResponseHeader::decode(header_version, &mut reader).expect("a header");
        assert_eq!(header.correlation_id, parts.correlation_id, "{what}");
        answered += 1;
    }
    assert!(answered > 100, "the file has {answered} requests");
}

#[test]
fn the_recorded_requests_cover_every_api_that_clients_use() {
    let mut apis: Vec<&str> = REQUESTS.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    apis.sort_unstable();
    apis.dedup();
    for key in [ApiKey::Produce, ApiKey::Fetch, ApiKey::ListOffsets, ApiKey::JoinGroup, ApiKey::OffsetCommit]
    {
        assert!(apis.contains(&key.name()), "{key:?}");
    }
    assert!(apis.len() >= 20, "{apis:?}");
}
