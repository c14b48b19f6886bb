//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 a75eff3d95d899c9

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

/// DeleteGroupsRequest, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteGroupsRequest<'a> {
    /// Every version.
    pub groups_names: Vec<&'a str>,
}

impl<'a> DeleteGroupsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let groups_names = r.array(flexible, 1, |r| r.string(flexible))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { groups_names })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.array(flexible, &self.groups_names, |w, each| {
            w.string(flexible, each);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteGroupsRequest<'a> {
    const NAME: &'static str = "DeleteGroupsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
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
impl<'a> Request<'a> for DeleteGroupsRequest<'a> {
    const KEY: ApiKey = ApiKey::DeleteGroups;
    type Response<'r> = DeleteGroupsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DeleteGroupsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.groups_names = Vec::new();
            }
            Fill::High => {
                sample.groups_names = vec![SAMPLE_TEXT, SAMPLE_TEXT];
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteGroupsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DeleteGroupsResponse, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteGroupsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub results: Vec<DeletableGroupResult<'a>>,
}

impl<'a> DeleteGroupsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let throttle_time_ms = r.i32()?;
        let results = r.array(flexible, 4, |r| DeletableGroupResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.results, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteGroupsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletableGroupResult<'a> {
    /// Every version.
    pub group_id: Cow<'a, str>,
    /// Every version.
    pub error_code: i16,
    /// Version 3; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
}

impl<'a> DeletableGroupResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let group_id = Cow::Borrowed(r.string(flexible)?);
        let error_code = r.i16()?;
        let error_message = if version >= 3 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, error_code, error_message })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.string(flexible, &self.group_id);
        w.i16(self.error_code);
        if version >= 3 {
            w.nullable_string(flexible, self.error_message.as_deref());
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteGroupsResponse<'a> {
    const NAME: &'static str = "DeleteGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
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
impl DeleteGroupsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.results = Vec::new();
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.results = vec![
                    DeletableGroupResult::filled(version, fill),
                    DeletableGroupResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeletableGroupResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = Cow::Borrowed("");
                sample.error_code = i16::MIN;
                if version >= 3 {
                    sample.error_message = None;
                }
            }
            Fill::High => {
                sample.group_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.error_code = i16::MAX;
                if version >= 3 {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteGroupsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
