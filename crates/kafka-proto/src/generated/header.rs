//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 552b09861360940b

use crate::error::{DecodeCause, DecodeError, EncodeError};
use crate::message::Message;
#[cfg(any(test, feature = "samples"))]
use crate::message::SAMPLE_TEXT;
#[cfg(any(test, feature = "samples"))]
use crate::message::{Fill, Sample};
use crate::reader::Reader;
use crate::writer::Writer;

/// RequestHeader, versions 1 to 2.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestHeader<'a> {
    /// Every version.
    pub request_api_key: i16,
    /// Every version.
    pub request_api_version: i16,
    /// Every version.
    pub correlation_id: i32,
    /// Every version; may be null.
    pub client_id: Option<&'a str>,
}

impl Default for RequestHeader<'_> {
    fn default() -> Self {
        Self { request_api_key: 0, request_api_version: 0, correlation_id: 0, client_id: Some("") }
    }
}

impl<'a> RequestHeader<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let request_api_key = r.i16()?;
        let request_api_version = r.i16()?;
        let correlation_id = r.i32()?;
        let client_id = r.nullable_string(false)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { request_api_key, request_api_version, correlation_id, client_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i16(self.request_api_key);
        w.i16(self.request_api_version);
        w.i32(self.correlation_id);
        w.nullable_string(false, self.client_id);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for RequestHeader<'a> {
    const NAME: &'static str = "RequestHeader";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_SINCE: i16 = 2;

    fn decode(version: i16, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if !Self::VERSIONS.contains(&version) {
            return Err(reader.error(DecodeCause::UnsupportedVersion { message: Self::NAME, version }));
        }
        Self::read(reader, version)
    }

    fn encode(&self, version: i16, writer: &mut Writer) -> Result<(), EncodeError> {
        if !Self::VERSIONS.contains(&version) {
            return Err(EncodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        self.write(writer, version);
        writer.check()
    }
}

#[cfg(any(test, feature = "samples"))]
impl RequestHeader<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.request_api_key = i16::MIN;
                sample.request_api_version = i16::MIN;
                sample.correlation_id = i32::MIN;
                sample.client_id = None;
            }
            Fill::High => {
                sample.request_api_key = i16::MAX;
                sample.request_api_version = i16::MAX;
                sample.correlation_id = i32::MAX;
                sample.client_id = Some(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for RequestHeader<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// ResponseHeader, versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseHeader {
    /// Every version.
    pub correlation_id: i32,
}

impl ResponseHeader {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let correlation_id = r.i32()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { correlation_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.i32(self.correlation_id);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ResponseHeader {
    const NAME: &'static str = "ResponseHeader";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_SINCE: i16 = 1;

    fn decode(version: i16, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if !Self::VERSIONS.contains(&version) {
            return Err(reader.error(DecodeCause::UnsupportedVersion { message: Self::NAME, version }));
        }
        Self::read(reader, version)
    }

    fn encode(&self, version: i16, writer: &mut Writer) -> Result<(), EncodeError> {
        if !Self::VERSIONS.contains(&version) {
            return Err(EncodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        self.write(writer, version);
        writer.check()
    }
}

#[cfg(any(test, feature = "samples"))]
impl ResponseHeader {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.correlation_id = i32::MIN;
            }
            Fill::High => {
                sample.correlation_id = i32::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ResponseHeader {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
