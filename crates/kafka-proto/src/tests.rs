//! The codec as a whole: every API and version at its edges, and frames whose bytes were worked out by hand.

use std::borrow::Cow;

use bytes::{Buf, Bytes};

use crate::fuzz::{self, Case};
use crate::samples::{every_case, message, request_frame};
use crate::*;

const FILLS: [Fill; 3] = [Fill::Default, Fill::Low, Fill::High];

#[test]
fn every_message_survives_a_round_trip_in_every_version() {
    let mut cases = 0;
    for case in every_case() {
        for fill in FILLS {
            let body = message(case, fill);
            assert_eq!(fuzz::round_trip(case, &body), Ok(()), "{case:?} {fill:?}");
            assert!(decodes_whole(case, &body), "{case:?} {fill:?}");
            cases += 1;
        }
    }
    assert!(cases > 900, "{cases}");
}

/// What Kafka's own codec wrote for the same messages (`testdata/ReEncode.java`): a round trip alone would not notice a
/// mistake that is made both ways.
#[test]
fn every_message_has_the_bytes_that_kafkas_own_codec_writes() {
    let mut recorded = include_str!("../testdata/kafka-4.4.0.txt").lines();
    for case in every_case() {
        for fill in FILLS {
            let bytes = message(case, fill);
            let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |state, byte| {
                (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
            });
            let side = if case.is_response { "response" } else { "request" };
            let (key, version) = (case.key.number(), case.version);
            let request_header = request_header_version(case.key, version);
            let response_header = response_header_version(case.key, version);
            let length = bytes.len();
            let line = format!(
                "{key} {version} {side} {fill:?} {request_header} {response_header} {length} {hash:016x}"
            );
            assert_eq!(recorded.next(), Some(line.as_str()));
        }
    }
    assert_eq!(recorded.next(), None);
}

#[test]
fn a_message_cut_anywhere_is_an_error() {
    for case in every_case() {
        let body = message(case, Fill::High);
        for length in 0..body.len() {
            assert!(!decodes_whole(case, &body[..length]), "{case:?} cut at {length} of {}", body.len());
        }
    }
}

#[test]
fn a_frame_cut_in_its_header_is_an_error() {
    let frame = request_frame(ApiKey::Metadata, 9, 7, Fill::Low);
    for length in 0..16 {
        assert!(RequestParts::read(&frame[..length]).is_err(), "{length}");
    }
    assert!(RequestParts::read(&frame).is_ok());
}

#[test]
fn the_bytes_that_choose_a_case_choose_it_again() {
    for case in every_case() {
        assert_eq!(Case::chosen_by(case.bytes()), case);
    }
}

#[test]
fn a_version_outside_the_schema_is_refused_both_ways() {
    let decoded = ProduceRequest::decode(2, &mut Reader::new(&[0; 64]));
    let cause = DecodeCause::UnsupportedVersion { message: "ProduceRequest", version: 2 };
    assert_eq!(decoded, Err(DecodeError { at: 0, cause }));
    let encoded = ProduceRequest::default().encode(14, &mut Writer::new());
    assert_eq!(encoded, Err(EncodeError::UnsupportedVersion { message: "ProduceRequest", version: 14 }));
}

#[test]
fn a_set_field_that_the_version_lacks_is_refused_unless_it_may_be_dropped() {
    let mut writer = Writer::new();
    let preferred = fetch::PartitionData { preferred_read_replica: 3, ..Default::default() };
    let topic = fetch::FetchableTopicResponse { partitions: vec![preferred], ..Default::default() };
    let response = FetchResponse { responses: vec![topic], ..Default::default() };
    let refused = EncodeError::FieldNotInVersion { field: "preferred_read_replica", version: 10 };
    assert_eq!(response.encode(10, &mut writer), Err(refused));
    assert!(writer.is_empty());
    assert_eq!(response.encode(11, &mut writer), Ok(()));

    let droppable = FetchRequest { rack_id: "r1", ..Default::default() };
    assert_eq!(droppable.encode(10, &mut Writer::new()), Ok(()));
}

#[test]
fn null_is_refused_where_the_version_has_none() {
    let all_topics = MetadataRequest { topics: None, ..Default::default() };
    let mut writer = Writer::new();
    assert_eq!(all_topics.encode(0, &mut writer), Err(EncodeError::NullField { field: "topics" }));
    assert_eq!(all_topics.encode(1, &mut writer), Ok(()));
    let null_array = [0xFF; 4];
    let decoded = MetadataRequest::decode(0, &mut Reader::new(&null_array));
    assert_eq!(decoded.map_err(|error| error.cause), Err(DecodeCause::UnexpectedNull));
}

/// ApiVersions 3 as librdkafka sends it: a flexible request behind a header whose client id is not compact.
#[test]
fn an_api_versions_request_has_the_bytes_of_the_protocol_guide() {
    let mut writer = Writer::new();
    let request = ApiVersionsRequest {
        client_software_name: "lib",
        client_software_version: "2.0",
        ..Default::default()
    };
    let frame = encode_request(3, 1, Some("rdkafka"), &request, &mut writer).expect("encodes").to_bytes();
    #[rustfmt::skip]
    let expect = [
        0, 0, 0, 27,                                // length
        0, 18, 0, 3, 0, 0, 0, 1,                    // key, version, correlation id
        0, 7, b'r', b'd', b'k', b'a', b'f', b'k', b'a', // client id, two-byte length
        0,                                          // header tags
        4, b'l', b'i', b'b', 4, b'2', b'.', b'0',   // compact strings
        0,                                          // tags
    ];
    assert_eq!(frame[..], expect);
    let parts = RequestParts::read(&frame[4..]).expect("a header");
    assert_eq!((parts.key, parts.version, parts.client_id), (ApiKey::ApiVersions, 3, Some("rdkafka")));
    assert_eq!(parts.decode(), Ok(request));
}

#[test]
fn the_answer_to_api_versions_has_the_old_header_in_every_version() {
    let response = ApiVersionsResponse { error_code: 35, ..Default::default() };
    let mut writer = Writer::new();
    let flexible =
        encode_response(ApiKey::ApiVersions, 3, 9, &response, &mut writer).expect("encodes").to_bytes();
    assert_eq!(flexible[..], [0, 0, 0, 12, 0, 0, 0, 9, 0, 35, 1, 0, 0, 0, 0, 0]);
    let old = encode_response(ApiKey::ApiVersions, 0, 9, &response, &mut writer).expect("encodes").to_bytes();
    assert_eq!(old[..], [0, 0, 0, 10, 0, 0, 0, 9, 0, 35, 0, 0, 0, 0]);
}

#[test]
fn a_produce_request_is_read_in_place_in_the_old_and_the_compact_form() {
    #[rustfmt::skip]
    let version_3 = [
        0xFF, 0xFF,                 // no transactional id
        0xFF, 0xFF,                 // acks
        0, 0, 0x75, 0x30,           // 30,000 ms
        0, 0, 0, 1, 0, 1, b't',     // one topic
        0, 0, 0, 1, 0, 0, 0, 5,     // one partition
        0, 0, 0, 2, 0xAB, 0xCD,     // records
    ];
    #[rustfmt::skip]
    let version_9 = [
        0, 0xFF, 0xFF, 0, 0, 0x75, 0x30,
        2, 2, b't',
        2, 0, 0, 0, 5,
        3, 0xAB, 0xCD,
        0, 0, 0,                    // tags of partition, topic, request
    ];
    for (version, bytes) in [(3, &version_3[..]), (9, &version_9[..])] {
        let mut reader = Reader::new(bytes);
        let request = ProduceRequest::decode(version, &mut reader).expect("decodes");
        assert_eq!(reader.finish(), Ok(()));
        assert_eq!((request.transactional_id, request.acks, request.timeout_ms), (None, -1, 30_000));
        let partition = &request.topic_data[0].partition_data[0];
        assert_eq!((request.topic_data[0].name, partition.index), ("t", 5));
        let records = partition.records.expect("records");
        assert_eq!(records, [0xAB, 0xCD]);
        assert!(bytes.as_ptr_range().contains(&records.as_ptr()), "records borrow from the frame");
        let mut writer = Writer::new();
        request.encode(version, &mut writer).expect("encodes");
        assert_eq!(writer.take().to_bytes()[..], *bytes);
    }
}

#[test]
fn unknown_tags_are_skipped_and_bounded() {
    let known = HeartbeatResponse { throttle_time_ms: 1, error_code: 2 };
    let bytes = [0, 0, 0, 1, 0, 2, 1, 0x63, 3, 9, 9, 9];
    assert_eq!(HeartbeatResponse::decode(4, &mut Reader::new(&bytes)), Ok(known));
    let beyond = [0, 0, 0, 1, 0, 2, 1, 0x63, 4, 9, 9, 9];
    let error = HeartbeatResponse::decode(4, &mut Reader::new(&beyond)).map_err(|error| error.cause);
    assert_eq!(error, Err(DecodeCause::Truncated { missing: 1 }));
    let many = [0, 0, 0, 1, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    let error = HeartbeatResponse::decode(4, &mut Reader::new(&many)).map_err(|error| error.cause);
    assert!(matches!(error, Err(DecodeCause::TooManyElements { .. })), "{error:?}");
}

#[test]
fn a_tagged_field_longer_than_a_one_byte_size_keeps_its_size() {
    let endpoint = fetch::NodeEndpoint { node_id: 1, host: "h".repeat(300).into(), port: 2, rack: None };
    let response = FetchResponse { node_endpoints: vec![endpoint], ..Default::default() };
    let mut writer = Writer::new();
    response.encode(16, &mut writer).expect("encodes");
    let bytes = writer.take().to_bytes();
    assert_eq!(FetchResponse::decode(16, &mut Reader::new(&bytes)), Ok(response));
}

#[test]
fn a_count_is_checked_before_anything_is_allocated() {
    let two_billion = [0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0];
    let error = ProduceRequest::decode(3, &mut Reader::new(&two_billion)).map_err(|error| error.cause);
    assert_eq!(error, Err(DecodeCause::CountBeyondEnd { count: i32::MAX as usize, left: 2 }));
    let compact = [0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    let error = ProduceRequest::decode(9, &mut Reader::new(&compact)).map_err(|error| error.cause);
    assert!(matches!(error, Err(DecodeCause::CountBeyondEnd { .. })), "{error:?}");
}

#[test]
fn strings_are_utf8_and_lengths_are_not_negative() {
    let not_utf8 = [0, 1, 0xFF, 0, 1, 0];
    let error = FindCoordinatorRequest::decode(0, &mut Reader::new(&not_utf8));
    assert_eq!(error, Err(DecodeError { at: 3, cause: DecodeCause::NotUtf8 }));
    let negative = [0xFF, 0xFE];
    let error = FindCoordinatorRequest::decode(0, &mut Reader::new(&negative)).map_err(|error| error.cause);
    assert_eq!(error, Err(DecodeCause::NegativeLength { length: -2 }));
    let endless = [0xFF; 8];
    let error = ListGroupsRequest::decode(3, &mut Reader::new(&endless)).map_err(|error| error.cause);
    assert_eq!(error, Err(DecodeCause::EndlessVarint));
}

#[test]
fn bytes_after_a_request_are_reported() {
    let mut frame = request_frame(ApiKey::Heartbeat, 4, 1, Fill::Low).to_vec();
    frame.extend_from_slice(&[1, 2, 3]);
    let parts = RequestParts::read(&frame).expect("a header");
    let error = parts.decode::<HeartbeatRequest<'_>>().map_err(|error| error.cause);
    assert_eq!(error, Err(DecodeCause::TrailingBytes { left: 3 }));
}

#[test]
fn chunks_of_records_leave_without_being_copied() {
    let head = Bytes::from_static(b"a patched batch head");
    let rest = Bytes::from(vec![7; 4096]);
    let partition =
        fetch::PartitionData { records: Some(vec![head, rest.clone()].into()), ..Default::default() };
    let topic = fetch::FetchableTopicResponse {
        topic: Cow::Borrowed("t"),
        partitions: vec![partition.clone(), partition],
        ..Default::default()
    };
    let response = FetchResponse { responses: vec![topic], ..Default::default() };
    for version in [4, 12] {
        let mut writer = Writer::new();
        let segments = encode_response(ApiKey::Fetch, version, 3, &response, &mut writer).expect("encodes");
        let shared = segments.iter().filter(|segment| segment.as_ptr() == rest.as_ptr()).count();
        assert_eq!(shared, 2);
        let whole = segments.to_bytes();
        assert_eq!(whole.len(), segments.len());
        assert_eq!(i32::from_be_bytes([whole[0], whole[1], whole[2], whole[3]]) as usize, whole.len() - 4);
        let body = if version == 4 { &whole[8..] } else { &whole[9..] };
        let mut reader = Reader::new(body);
        assert_eq!(FetchResponse::decode(version, &mut reader).as_ref(), Ok(&response));
        assert_eq!(reader.finish(), Ok(()));
    }
}

#[test]
fn segments_are_sent_in_any_number_of_steps() {
    for step in 1..12 {
        let mut segments = Segments::default();
        for piece in ["one", "", "two", "three", ""] {
            segments.push(Bytes::from_static(piece.as_bytes()));
        }
        let mut sent = Vec::new();
        while segments.has_remaining() {
            let count = step.min(segments.chunk().len());
            sent.extend_from_slice(&segments.chunk()[..count]);
            segments.advance(count);
        }
        assert_eq!(sent, b"onetwothree");
        assert!(segments.is_empty());
    }
    let mut segments = Segments::default();
    ["one", "two", "three"].iter().for_each(|piece| segments.push(Bytes::from_static(piece.as_bytes())));
    segments.advance(7);
    assert_eq!(segments.to_bytes()[..], b"hree"[..]);
}

#[test]
fn an_id_is_shown_as_kafka_shows_it() {
    // java.util.UUID 550e8400-e29b-41d4-a716-446655440000 through org.apache.kafka.common.Uuid.
    let id = Uuid([0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0]);
    assert_eq!(id.to_string(), "VQ6EAOKbQdSnFkRmVUQAAA");
    assert_eq!(Uuid::parse("VQ6EAOKbQdSnFkRmVUQAAA"), Some(id));
    assert_eq!(Uuid::ZERO.to_string(), "A".repeat(22));
    for wrong in ["", "VQ6EAOKbQdSnFkRmVUQAA", "VQ6EAOKbQdSnFkRmVUQAA!", "VQ6EAOKbQdSnFkRmVUQAAB"] {
        assert_eq!(Uuid::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn api_keys_say_what_the_schemas_say() {
    assert_eq!(ApiKey::from_number(18), Some(ApiKey::ApiVersions));
    assert_eq!(ApiKey::from_number(-1), None);
    assert_eq!(ApiKey::Fetch.schema_versions(), 4..=18);
    assert_eq!(
        (ApiKey::InitProducerId.latest_stable(), *ApiKey::InitProducerId.schema_versions().end()),
        (5, 6)
    );
    assert_eq!(
        (request_header_version(ApiKey::Fetch, 11), request_header_version(ApiKey::Fetch, 12)),
        (1, 2)
    );
    assert_eq!(request_header_version(ApiKey::OffsetDelete, 0), 1);
    assert_eq!(request_header_version(ApiKey::ApiVersions, 99), 2);
    assert_eq!(
        (response_header_version(ApiKey::Fetch, 11), response_header_version(ApiKey::Fetch, 12)),
        (0, 1)
    );
}

#[test]
fn error_codes_have_kafkas_numbers_names_and_retries() {
    let check = |number: i16, name: Option<&str>, retriable: bool| {
        let code = ErrorCode(number);
        assert_eq!((code.name(), code.is_retriable()), (name, retriable), "{number}");
    };
    check(-1, Some("UNKNOWN_SERVER_ERROR"), false);
    check(0, Some("NONE"), false);
    check(3, Some("UNKNOWN_TOPIC_OR_PARTITION"), true);
    check(45, Some("OUT_OF_ORDER_SEQUENCE_NUMBER"), false);
    check(136, Some("CONTROLLER_ID_NOT_REGISTERED"), false);
    for unknown in [i16::MIN, -2, 137, i16::MAX] {
        check(unknown, None, false);
    }
    assert!((-1..=136).all(|number| ErrorCode(number).name().is_some()));
    assert_eq!(ErrorCode::REQUEST_TIMED_OUT.to_string(), "REQUEST_TIMED_OUT (7)");
    assert_eq!(ErrorCode(137).to_string(), "error code 137");
}

#[test]
fn the_connection_holds_for_samples_of_every_request() {
    for case in every_case().filter(|case| !case.is_response) {
        let frame = request_frame(case.key, case.version, 1, Fill::Low);
        let mut sent = vec![5];
        for _ in 0..6 {
            sent.extend_from_slice(&(frame.len() as i32).to_be_bytes());
            sent.extend_from_slice(&frame);
        }
        assert_eq!(fuzz::connection(&sent), Ok(()), "{case:?}");
    }
}

/// Whether a message decodes and ends with its bytes.
fn decodes_whole(case: Case, body: &[u8]) -> bool {
    macro_rules! decode {
        ($($key:ident $request:ident $response:ident,)*) => {{
            let mut reader = Reader::new(body);
            let decoded = match (case.key, case.is_response) {
                $(
                    (ApiKey::$key, false) => $request::decode(case.version, &mut reader).is_ok(),
                    (ApiKey::$key, true) => $response::decode(case.version, &mut reader).is_ok(),
                )*
            };
            decoded && reader.finish().is_ok()
        }};
    }
    crate::generated::for_every_api!(decode)
}
