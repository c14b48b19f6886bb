//! Every advertised API in every advertised version: a minimal request, a maximal one and cut ones.
//!
//! What must hold whatever is in them: the door answers a whole request in its version and closes the connection at a cut
//! one; another connection goes on; nothing panics.

use hence_kafka_proto::fuzz::Case;
use hence_kafka_proto::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, Fill, Message as _, MetadataRequest, MetadataResponse,
    Reader, ResponseHeader, response_header_version, samples,
};

use crate::house::{Client, House};

/// What ApiVersions says.
async fn shown(client: &mut Client) -> Vec<(ApiKey, i16, i16)> {
    let request = ApiVersionsRequest {
        client_software_name: "crawler",
        client_software_version: "1",
        ..Default::default()
    };
    let answer = client.ask(3, &request).await;
    let response: ApiVersionsResponse<'_> = answer.read();
    assert_eq!(response.error_code, 0);
    let known = |number| ApiKey::from_number(number).expect("an API of the codec");
    response.api_keys.iter().map(|api| (known(api.api_key), api.min_version, api.max_version)).collect()
}

fn framed(frame: &[u8]) -> Vec<u8> {
    let length = i32::try_from(frame.len()).expect("a short frame");
    [&length.to_be_bytes()[..], frame].concat()
}

/// Requests that wait by design are not waited for: a maximal fetch asks to wait for a month, a join for its group.
fn waits(key: ApiKey) -> bool {
    matches!(key, ApiKey::Fetch | ApiKey::JoinGroup | ApiKey::SyncGroup)
}

/// What came answers the request `correlation_id` in its version, to the last byte.
fn answers(frame: &[u8], key: ApiKey, version: i16, correlation_id: i32) {
    let mut reader = Reader::new(frame);
    let header = ResponseHeader::decode(response_header_version(key, version), &mut reader);
    assert_eq!(header.expect("a header").correlation_id, correlation_id, "{key:?} {version}");
    let read = samples::read_whole(Case { key, is_response: true, version }, &frame[reader.at()..]);
    assert_eq!(read, Ok(()), "{key:?} {version}");
}

async fn is_served(house: &House) {
    let mut client = house.client().await;
    let answer = client.ask(9, &MetadataRequest::default()).await;
    let _: MetadataResponse<'_> = answer.read();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_that_is_shown_is_answered_or_refused_as_kafka_refuses_it() {
    let house = House::open().await;
    let table = shown(&mut house.client().await).await;
    assert_eq!(table.len(), hence_door_kafka::served().count());
    for (key, first, last) in table {
        for version in first..=last {
            let mut client = house.client().await;
            if key == ApiKey::Produce && version < 3 {
                let request = [&[0, 0, 0, version as u8, 0, 0, 0, 1, 0xFF, 0xFF][..], &[0; 10]].concat();
                client.write(&framed(&request)).await;
                assert!(client.frame().await.is_none(), "Produce {version} is refused by closing");
                continue;
            }
            let request = samples::request_frame(key, version, 77, Fill::Default);
            client.write(&framed(&request)).await;
            if key == ApiKey::Produce {
                // The sample wants no acknowledgement: the next response is another request's.
                assert_eq!(shown(&mut client).await.len(), hence_door_kafka::served().count());
                continue;
            }
            let frame = client.frame().await.unwrap_or_else(|| panic!("{key:?} {version} was closed"));
            answers(&frame, key, version, 77);
        }
    }
    is_served(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn maximal_requests_of_every_version_are_answered_in_it_and_cut_ones_close_their_connection() {
    let house = House::open().await;
    for (key, versions) in hence_door_kafka::served() {
        for version in versions {
            for fill in [Fill::Low, Fill::High] {
                let request = samples::request_frame(key, version, 78, fill);
                let mut client = house.client().await;
                client.write(&framed(&request)).await;
                if !waits(key) {
                    let frame = client.frame().await;
                    let frame = frame.unwrap_or_else(|| panic!("{key:?} {version} {fill:?} was closed"));
                    answers(&frame, key, version, 78);
                }
                for keep in [request.len() / 3, request.len() / 2, request.len() - 1] {
                    let mut client = house.client().await;
                    client.write(&framed(&request[..keep])).await;
                    let answered = client.frame().await.is_some();
                    assert!(!answered, "{key:?} {version} {fill:?} was answered, cut to {keep} bytes");
                }
            }
        }
    }
    is_served(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_request_close_their_connection_and_no_other() {
    let house = House::open().await;
    let garbage: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01],
        &[0x7F, 0xFF, 0xFF, 0xFF],
        &[0xFF; 64],
        &[0, 0, 0, 2, 0, 0],
        &[0, 0, 0, 8, 0x7F, 0, 0, 0, 0, 0, 0, 1],
    ];
    let mut bystander = house.client().await;
    for bytes in garbage {
        let mut client = house.client().await;
        client.write(bytes).await;
        assert!(client.frame().await.is_none(), "{bytes:?} was answered");
        let answer = bystander.ask(9, &MetadataRequest::default()).await;
        let _: MetadataResponse<'_> = answer.read();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_version_of_api_versions_is_told_the_known_ones() {
    let house = House::open().await;
    let mut client = house.client().await;
    let request = [0, 18, 0, 99, 0, 0, 0, 5, 0xFF, 0xFF, 0];
    client.write(&framed(&request)).await;
    let frame = client.frame().await.expect("an answer");
    let mut reader = Reader::new(&frame);
    assert_eq!(reader.i32().expect("a correlation id"), 5);
    let response = ApiVersionsResponse::decode(0, &mut reader).expect("version 0");
    assert_eq!(response.error_code, 35);
    let ranges: Vec<_> =
        response.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
    assert_eq!(ranges, [(18, 0, 5)]);
}
