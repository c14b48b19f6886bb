//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 1902b13058d0ea49

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

/// LeaveGroupRequest, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaveGroupRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Version 0 to 2.
    pub member_id: &'a str,
    /// Version 3 and up.
    pub members: Vec<MemberIdentity<'a>>,
}

impl<'a> LeaveGroupRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let group_id = r.string(flexible)?;
        let member_id = if version <= 2 { r.string(flexible)? } else { "" };
        let members = if version >= 3 {
            r.array(flexible, 1, |r| MemberIdentity::read(r, version))?
        } else {
            Vec::new()
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, member_id, members })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, self.group_id);
        if version <= 2 {
            w.string(flexible, self.member_id);
        } else if !self.member_id.is_empty() {
            w.refuse("member_id", version);
        }
        if version >= 3 {
            w.array(flexible, &self.members, |w, each| {
                each.write(w, version);
            });
        } else if !self.members.is_empty() {
            w.refuse("members", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of LeaveGroupRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberIdentity<'a> {
    /// Version 3 and up.
    pub member_id: &'a str,
    /// Version 3 and up; may be null; default null.
    pub group_instance_id: Option<&'a str>,
    /// Version 5; may be null; default null.
    pub reason: Option<&'a str>,
}

impl<'a> MemberIdentity<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let member_id = if version >= 3 { r.string(flexible)? } else { "" };
        let group_instance_id = if version >= 3 { r.nullable_string(flexible)? } else { None };
        let reason = if version >= 5 { r.nullable_string(flexible)? } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { member_id, group_instance_id, reason })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 3 {
            w.string(flexible, self.member_id);
        } else if !self.member_id.is_empty() {
            w.refuse("member_id", version);
        }
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id);
        } else if self.group_instance_id.is_some() {
            w.refuse("group_instance_id", version);
        }
        if version >= 5 {
            w.nullable_string(flexible, self.reason);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for LeaveGroupRequest<'a> {
    const NAME: &'static str = "LeaveGroupRequest";
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
impl<'a> Request<'a> for LeaveGroupRequest<'a> {
    const KEY: ApiKey = ApiKey::LeaveGroup;
    type Response<'r> = LeaveGroupResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl LeaveGroupRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = "";
                if version <= 2 {
                    sample.member_id = "";
                }
                if version >= 3 {
                    sample.members = Vec::new();
                }
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                if version <= 2 {
                    sample.member_id = SAMPLE_TEXT;
                }
                if version >= 3 {
                    sample.members =
                        vec![MemberIdentity::filled(version, fill), MemberIdentity::filled(version, fill)];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MemberIdentity<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.member_id = "";
                }
                if version >= 3 {
                    sample.group_instance_id = None;
                }
                if version >= 5 {
                    sample.reason = None;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.member_id = SAMPLE_TEXT;
                }
                if version >= 3 {
                    sample.group_instance_id = Some(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.reason = Some(SAMPLE_TEXT);
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for LeaveGroupRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// LeaveGroupResponse, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaveGroupResponse<'a> {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Version 3 and up.
    pub members: Vec<MemberResponse<'a>>,
}

impl<'a> LeaveGroupResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let error_code = r.i16()?;
        let members = if version >= 3 {
            r.array(flexible, 1, |r| MemberResponse::read(r, version))?
        } else {
            Vec::new()
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, error_code, members })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.i16(self.error_code);
        if version >= 3 {
            w.array(flexible, &self.members, |w, each| {
                each.write(w, version);
            });
        } else if !self.members.is_empty() {
            w.refuse("members", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of LeaveGroupResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberResponse<'a> {
    /// Version 3 and up.
    pub member_id: Cow<'a, str>,
    /// Version 3 and up; may be null.
    pub group_instance_id: Option<Cow<'a, str>>,
    /// Version 3 and up.
    pub error_code: i16,
}

impl Default for MemberResponse<'_> {
    fn default() -> Self {
        Self { member_id: Cow::Borrowed(""), group_instance_id: Some(Cow::Borrowed("")), error_code: 0 }
    }
}

impl<'a> MemberResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let member_id = if version >= 3 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let group_instance_id = if version >= 3 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        let error_code = if version >= 3 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { member_id, group_instance_id, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 3 {
            w.string(flexible, &self.member_id);
        } else if !self.member_id.is_empty() {
            w.refuse("member_id", version);
        }
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id.as_deref());
        } else if self.group_instance_id.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("group_instance_id", version);
        }
        if version >= 3 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for LeaveGroupResponse<'a> {
    const NAME: &'static str = "LeaveGroupResponse";
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
impl LeaveGroupResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.error_code = i16::MIN;
                if version >= 3 {
                    sample.members = Vec::new();
                }
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.error_code = i16::MAX;
                if version >= 3 {
                    sample.members =
                        vec![MemberResponse::filled(version, fill), MemberResponse::filled(version, fill)];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MemberResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.member_id = Cow::Borrowed("");
                }
                if version >= 3 {
                    sample.group_instance_id = None;
                }
                if version >= 3 {
                    sample.error_code = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.member_id = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 3 {
                    sample.group_instance_id = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 3 {
                    sample.error_code = i16::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for LeaveGroupResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
