//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 83b4a62c7a462c17

use super::ApiKey;
use crate::error::{DecodeCause, DecodeError, EncodeError};
use crate::message::Message;
use crate::message::Request;
#[cfg(any(test, feature = "samples"))]
use crate::message::SAMPLE_TEXT;
#[cfg(any(test, feature = "samples"))]
use crate::message::{Fill, Sample};
use crate::reader::Reader;
use crate::writer::Writer;

/// HeartbeatRequest, versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeartbeatRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Every version.
    pub generation_id: i32,
    /// Every version.
    pub member_id: &'a str,
    /// Version 3 and up; may be null; default null.
    pub group_instance_id: Option<&'a str>,
}

impl<'a> HeartbeatRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let group_id = r.string(flexible)?;
        let generation_id = r.i32()?;
        let member_id = r.string(flexible)?;
        let group_instance_id = if version >= 3 { r.nullable_string(flexible)? } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, generation_id, member_id, group_instance_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, self.group_id);
        w.i32(self.generation_id);
        w.string(flexible, self.member_id);
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id);
        } else if self.group_instance_id.is_some() {
            w.refuse("group_instance_id", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for HeartbeatRequest<'a> {
    const NAME: &'static str = "HeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_SINCE: i16 = 4;

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
impl<'a> Request<'a> for HeartbeatRequest<'a> {
    const KEY: ApiKey = ApiKey::Heartbeat;
    type Response<'r> = HeartbeatResponse;
}
#[cfg(any(test, feature = "samples"))]
impl HeartbeatRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = "";
                sample.generation_id = i32::MIN;
                sample.member_id = "";
                if version >= 3 {
                    sample.group_instance_id = None;
                }
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                sample.generation_id = i32::MAX;
                sample.member_id = SAMPLE_TEXT;
                if version >= 3 {
                    sample.group_instance_id = Some(SAMPLE_TEXT);
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for HeartbeatRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// HeartbeatResponse, versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeartbeatResponse {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
}

impl HeartbeatResponse {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let error_code = r.i16()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.i16(self.error_code);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for HeartbeatResponse {
    const NAME: &'static str = "HeartbeatResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_SINCE: i16 = 4;

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
impl HeartbeatResponse {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.error_code = i16::MIN;
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.error_code = i16::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for HeartbeatResponse {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
