//! What the fuzz targets call: any bytes in, and what does not hold as a sentence.
//!
//! A message that decodes must encode in the same version, and what was encoded must decode to the same message. Byte
//! equality is not asked of the first round: peers may order tags freely and send unknown ones.

use crate::generated::*;
use crate::message::Message;
use crate::reader::Reader;
use crate::writer::Writer;

/// One message in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The API.
    pub key: ApiKey,
    /// Whether it is the API's response.
    pub is_response: bool,
    /// The version.
    pub version: i16,
}

impl Case {
    /// Bytes of an input that choose the case.
    pub const BYTES: usize = 2;

    /// The case that the first two bytes of an input choose; every pair of bytes chooses one.
    pub fn chosen_by(bytes: [u8; Self::BYTES]) -> Self {
        let key = ApiKey::ALL[usize::from(bytes[0]) % ApiKey::ALL.len()];
        let versions = key.schema_versions();
        let count = versions.end() - versions.start() + 1;
        let version = versions.start() + i16::from(bytes[1] & 0x7F) % count;
        Self { key, is_response: bytes[1] & 0x80 != 0, version }
    }

    /// Two bytes that choose it.
    pub fn bytes(self) -> [u8; Self::BYTES] {
        let index = ApiKey::ALL.iter().position(|key| *key == self.key).unwrap_or_default();
        let side = if self.is_response { 0x80 } else { 0 };
        [index as u8, (self.version - self.key.schema_versions().start()) as u8 | side]
    }
}

/// Takes any input: two bytes that choose a message and a version, then the message.
pub fn message(input: &[u8]) -> Result<(), String> {
    match input.split_first_chunk::<{ Case::BYTES }>() {
        Some((choice, body)) => round_trip(Case::chosen_by(*choice), body),
        None => Ok(()),
    }
}

macro_rules! round_trips {
    ($($key:ident $request:ident $response:ident,)*) => {
        /// Decodes `body`; when that works, encodes and decodes again and compares.
        pub fn round_trip(case: Case, body: &[u8]) -> Result<(), String> {
            let version = case.version;
            match (case.key, case.is_response) {
                $(
                    (ApiKey::$key, false) => round_trip_of!($request, version, body),
                    (ApiKey::$key, true) => round_trip_of!($response, version, body),
                )*
            }
        }
    };
}

macro_rules! round_trip_of {
    ($message:ident, $version:ident, $body:ident) => {{
        let Ok(first) = $message::decode($version, &mut Reader::new($body)) else { return Ok(()) };
        let name = concat!(stringify!($message), " version");
        let mut writer = Writer::new();
        first.encode($version, &mut writer).map_err(|error| format!("{name} {}: {error}", $version))?;
        let encoded = writer.take().to_bytes();
        let mut reader = Reader::new(&encoded);
        let second = $message::decode($version, &mut reader).map_err(|error| format!("{name} {}: {error}", $version))?;
        reader.finish().map_err(|error| format!("{name} {}: {error}", $version))?;
        if first != second {
            return Err(format!("{name} {}: what was encoded decodes to something else", $version));
        }
        second.encode($version, &mut writer).map_err(|error| format!("{name} {}: {error}", $version))?;
        if writer.take().to_bytes() != encoded {
            return Err(format!("{name} {}: the same message encodes to other bytes", $version));
        }
        Ok(())
    }};
}

for_every_api!(round_trips);
