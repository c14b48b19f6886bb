//! What the fuzz targets call: any bytes in, and what does not hold as a sentence.
//!
//! A message that decodes must encode in the same version, and what was encoded must decode to the same message. Byte
//! equality is not asked of the first round: peers may order tags freely and send unknown ones.

use bytes::Bytes;
use hence_base::Timestamp;

use crate::connection::{Connection, Limits};
use crate::generated::{ApiKey, for_every_api};
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

/// Takes any input: one byte that says how the rest is cut, then what a peer sends. The same requests must come out
/// however the bytes arrive, and answers given in the opposite order must leave in the requests' order.
pub fn connection(input: &[u8]) -> Result<(), String> {
    let Some((cut, sent)) = input.split_first() else { return Ok(()) };
    let whole = requests_of(sent, sent.len().max(1))?;
    let pieces = requests_of(sent, usize::from(*cut).max(1))?;
    if whole != pieces {
        return Err(format!("{} requests in one piece, {} in pieces of {cut}", whole.len(), pieces.len()));
    }
    Ok(())
}

/// What a connection makes of `sent` when it arrives in pieces of `step` bytes: the requests, up to the first error.
fn requests_of(sent: &[u8], step: usize) -> Result<Vec<Bytes>, String> {
    let now = Timestamp(0);
    let mut connection = Connection::new(Limits { requests_in_flight_max: 4, ..Limits::default() }, now);
    let mut requests = Vec::new();
    for piece in sent.chunks(step) {
        let mut is_open = connection.handle_input(now, piece).is_ok();
        loop {
            let mut frames = Vec::new();
            while let Some(frame) = connection.poll_request().unwrap_or_else(|_| {
                is_open = false;
                None
            }) {
                frames.push(frame);
            }
            if frames.is_empty() {
                break;
            }
            for frame in frames.iter().rev() {
                connection.respond(now, frame.id, Some(frame.bytes.clone().into()));
            }
            for frame in frames {
                // The header may be nonsense; reading it must not panic.
                let _ = frame.parts();
                if connection.poll_output().map(|answer| answer.to_bytes()) != Some(frame.bytes.clone()) {
                    return Err("an answer left out of order".to_owned());
                }
                requests.push(frame.bytes);
            }
        }
        if !is_open {
            break;
        }
    }
    Ok(requests)
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
        let Ok(first) = crate::$message::decode($version, &mut Reader::new($body)) else { return Ok(()) };
        let name = concat!(stringify!($message), " version");
        let mut writer = Writer::new();
        first.encode($version, &mut writer).map_err(|error| format!("{name} {}: {error}", $version))?;
        let encoded = writer.take().to_bytes();
        let mut reader = Reader::new(&encoded);
        let second = crate::$message::decode($version, &mut reader)
            .map_err(|error| format!("{name} {}: {error}", $version))?;
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
