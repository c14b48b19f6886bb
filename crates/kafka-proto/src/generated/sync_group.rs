//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 edbf1d8ea8dfb7cc

use std::borrow::Cow;

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

/// SyncGroupRequest, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Every version.
    pub generation_id: i32,
    /// Every version.
    pub member_id: &'a str,
    /// Version 3 and up; may be null; default null.
    pub group_instance_id: Option<&'a str>,
    /// Version 5; may be null; default null.
    pub protocol_type: Option<&'a str>,
    /// Version 5; may be null; default null.
    pub protocol_name: Option<&'a str>,
    /// Every version.
    pub assignments: Vec<SyncGroupRequestAssignment<'a>>,
}

impl<'a> SyncGroupRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let group_id = r.string(flexible)?;
        let generation_id = r.i32()?;
        let member_id = r.string(flexible)?;
        let group_instance_id = if version >= 3 { r.nullable_string(flexible)? } else { None };
        let protocol_type = if version >= 5 { r.nullable_string(flexible)? } else { None };
        let protocol_name = if version >= 5 { r.nullable_string(flexible)? } else { None };
        let assignments = r.array(flexible, 3, |r| SyncGroupRequestAssignment::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            group_id,
            generation_id,
            member_id,
            group_instance_id,
            protocol_type,
            protocol_name,
            assignments,
        })
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
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_type);
        }
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_name);
        }
        w.array(flexible, &self.assignments, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of SyncGroupRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupRequestAssignment<'a> {
    /// Every version.
    pub member_id: &'a str,
    /// Every version.
    pub assignment: &'a [u8],
}

impl<'a> SyncGroupRequestAssignment<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let member_id = r.string(flexible)?;
        let assignment = r.bytes(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { member_id, assignment })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, self.member_id);
        w.bytes(flexible, self.assignment);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for SyncGroupRequest<'a> {
    const NAME: &'static str = "SyncGroupRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
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
impl<'a> Request<'a> for SyncGroupRequest<'a> {
    const KEY: ApiKey = ApiKey::SyncGroup;
    type Response<'r> = SyncGroupResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl SyncGroupRequest<'_> {
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
                if version >= 5 {
                    sample.protocol_type = None;
                }
                if version >= 5 {
                    sample.protocol_name = None;
                }
                sample.assignments = Vec::new();
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                sample.generation_id = i32::MAX;
                sample.member_id = SAMPLE_TEXT;
                if version >= 3 {
                    sample.group_instance_id = Some(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.protocol_type = Some(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.protocol_name = Some(SAMPLE_TEXT);
                }
                sample.assignments = vec![
                    SyncGroupRequestAssignment::filled(version, fill),
                    SyncGroupRequestAssignment::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl SyncGroupRequestAssignment<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.member_id = "";
                sample.assignment = &[];
            }
            Fill::High => {
                sample.member_id = SAMPLE_TEXT;
                sample.assignment = SAMPLE_TEXT.as_bytes();
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for SyncGroupRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// SyncGroupResponse, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupResponse<'a> {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Version 5; may be null; default null.
    pub protocol_type: Option<Cow<'a, str>>,
    /// Version 5; may be null; default null.
    pub protocol_name: Option<Cow<'a, str>>,
    /// Every version.
    pub assignment: Cow<'a, [u8]>,
}

impl<'a> SyncGroupResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let error_code = r.i16()?;
        let protocol_type = if version >= 5 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let protocol_name = if version >= 5 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let assignment = Cow::Borrowed(r.bytes(flexible)?);
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, error_code, protocol_type, protocol_name, assignment })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.i16(self.error_code);
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_type.as_deref());
        }
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_name.as_deref());
        }
        w.bytes(flexible, &self.assignment);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for SyncGroupResponse<'a> {
    const NAME: &'static str = "SyncGroupResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
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
impl SyncGroupResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.error_code = i16::MIN;
                if version >= 5 {
                    sample.protocol_type = None;
                }
                if version >= 5 {
                    sample.protocol_name = None;
                }
                sample.assignment = Cow::Borrowed(&[]);
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.error_code = i16::MAX;
                if version >= 5 {
                    sample.protocol_type = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 5 {
                    sample.protocol_name = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                sample.assignment = Cow::Borrowed(SAMPLE_TEXT.as_bytes());
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for SyncGroupResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
