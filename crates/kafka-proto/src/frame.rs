//! Whole frames: length, header, message.
//!
//! Which header goes with which version of an API is decided here and nowhere else.

use crate::error::{DecodeCause, DecodeError, EncodeError};
use crate::generated::{ApiKey, RequestHeader, ResponseHeader};
use crate::message::{Message, Request};
use crate::reader::Reader;
use crate::segments::Segments;
use crate::writer::Writer;

/// Version of the header before a request.
pub const fn request_header_version(key: ApiKey, version: i16) -> i16 {
    if version >= key.flexible_since() { 2 } else { 1 }
}

/// Version of the header before a response. That of ApiVersions never changes (KIP-511): a client that does not know yet
/// what the server speaks must be able to read it.
pub const fn response_header_version(key: ApiKey, version: i16) -> i16 {
    match key {
        ApiKey::ApiVersions => 0,
        _ if version >= key.flexible_since() => 1,
        _ => 0,
    }
}

/// A request whose header is read and whose message is not.
#[derive(Clone, Debug)]
pub struct RequestParts<'a> {
    /// The API.
    pub key: ApiKey,
    /// What the client asks for; not checked against any range yet.
    pub version: i16,
    /// What the response repeats.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<&'a str>,
    /// The message.
    pub body: Reader<'a>,
}

impl<'a> RequestParts<'a> {
    /// Reads the header of `frame`, which begins after the length.
    pub fn read(frame: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(frame);
        let mut start = reader.clone();
        let number = start.i16()?;
        let version = start.i16()?;
        let Some(key) = ApiKey::from_number(number) else {
            return Err(reader.error(DecodeCause::UnknownApi { key: number }));
        };
        let header = RequestHeader::decode(request_header_version(key, version), &mut reader)?;
        let RequestHeader { correlation_id, client_id, .. } = header;
        Ok(Self { key, version, correlation_id, client_id, body: reader })
    }

    /// Reads the message whole: bytes after it are an error.
    pub fn decode<M: Message<'a>>(&self) -> Result<M, DecodeError> {
        let mut reader = self.body.clone();
        let message = M::decode(self.version, &mut reader)?;
        reader.finish()?;
        Ok(message)
    }
}

/// Writes a response with its length and header, and takes it from `writer`.
pub fn encode_response<'a>(
    key: ApiKey,
    version: i16,
    correlation_id: i32,
    response: &impl Message<'a>,
    writer: &mut Writer,
) -> Result<Segments, EncodeError> {
    let start = writer.begin_frame();
    ResponseHeader { correlation_id }.encode(response_header_version(key, version), writer)?;
    response.encode(version, writer)?;
    writer.end_frame(&start);
    writer.check()?;
    Ok(writer.take())
}

/// Writes a request with its length and header, and takes it from `writer`.
pub fn encode_request<'a, R: Request<'a>>(
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    request: &R,
    writer: &mut Writer,
) -> Result<Segments, EncodeError> {
    let start = writer.begin_frame();
    let header = RequestHeader {
        request_api_key: R::KEY.number(),
        request_api_version: version,
        correlation_id,
        client_id,
    };
    header.encode(request_header_version(R::KEY, version), writer)?;
    request.encode(version, writer)?;
    writer.end_frame(&start);
    writer.check()?;
    Ok(writer.take())
}
