//! Encoded sample messages of every API and version, for tests here and in the door.
//!
//! Behind a feature: the product does not carry them.

use bytes::Bytes;

use crate::error::DecodeError;
use crate::fuzz::Case;
use crate::generated::{ApiKey, RequestHeader, for_every_api};
use crate::message::{Fill, Message as _, Sample as _};
use crate::reader::Reader;
use crate::writer::Writer;

macro_rules! samples {
    ($($key:ident $request:ident $response:ident,)*) => {
        /// The message of `case`, filled so, without header or length.
        pub fn message(case: Case, fill: Fill) -> Bytes {
            let version = case.version;
            let mut writer = Writer::new();
            let done = match (case.key, case.is_response) {
                $(
                    (ApiKey::$key, false) => crate::$request::sample(version, fill).encode(version, &mut writer),
                    (ApiKey::$key, true) => crate::$response::sample(version, fill).encode(version, &mut writer),
                )*
            };
            done.expect("a sample is what its version carries");
            writer.take().to_bytes()
        }

        /// Reads the message of `case`, of which nothing may be left over.
        pub fn read_whole(case: Case, message: &[u8]) -> Result<(), DecodeError> {
            let mut reader = Reader::new(message);
            match (case.key, case.is_response) {
                $(
                    (ApiKey::$key, false) => _ = crate::$request::decode(case.version, &mut reader)?,
                    (ApiKey::$key, true) => _ = crate::$response::decode(case.version, &mut reader)?,
                )*
            }
            reader.finish()
        }
    };
}

for_every_api!(samples);

/// Every message in every version.
pub fn every_case() -> impl Iterator<Item = Case> {
    ApiKey::ALL.iter().flat_map(|key| {
        key.schema_versions()
            .flat_map(|version| [false, true].map(|is_response| Case { key: *key, is_response, version }))
    })
}

/// A request frame without its length: header and message.
pub fn request_frame(key: ApiKey, version: i16, correlation_id: i32, fill: Fill) -> Bytes {
    let header = RequestHeader {
        request_api_key: key.number(),
        request_api_version: version,
        correlation_id,
        client_id: Some("sample"),
    };
    let mut writer = Writer::new();
    let header_version = crate::request_header_version(key, version);
    header.encode(header_version, &mut writer).expect("a header has every field in its versions");
    let mut frame = writer.take().to_bytes().to_vec();
    frame.extend_from_slice(&message(Case { key, is_response: false, version }, fill));
    frame.into()
}
