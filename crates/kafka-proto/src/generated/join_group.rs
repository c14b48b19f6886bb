//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 82b9930d49c097fb

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

/// JoinGroupRequest, versions 0 to 9.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Every version.
    pub session_timeout_ms: i32,
    /// Version 1 and up; default -1.
    pub rebalance_timeout_ms: i32,
    /// Every version.
    pub member_id: &'a str,
    /// Version 5 and up; may be null; default null.
    pub group_instance_id: Option<&'a str>,
    /// Every version.
    pub protocol_type: &'a str,
    /// Every version.
    pub protocols: Vec<JoinGroupRequestProtocol<'a>>,
    /// Version 8 and up; may be null; default null.
    pub reason: Option<&'a str>,
}

impl Default for JoinGroupRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: "",
            group_instance_id: None,
            protocol_type: "",
            protocols: Vec::new(),
            reason: None,
        }
    }
}

impl<'a> JoinGroupRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let group_id = r.string(flexible)?;
        let session_timeout_ms = r.i32()?;
        let rebalance_timeout_ms = if version >= 1 { r.i32()? } else { -1 };
        let member_id = r.string(flexible)?;
        let group_instance_id = if version >= 5 { r.nullable_string(flexible)? } else { None };
        let protocol_type = r.string(flexible)?;
        let protocols = r.array(flexible, 3, |r| JoinGroupRequestProtocol::read(r, version))?;
        let reason = if version >= 8 { r.nullable_string(flexible)? } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            group_id,
            session_timeout_ms,
            rebalance_timeout_ms,
            member_id,
            group_instance_id,
            protocol_type,
            protocols,
            reason,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.string(flexible, self.group_id);
        w.i32(self.session_timeout_ms);
        if version >= 1 {
            w.i32(self.rebalance_timeout_ms);
        }
        w.string(flexible, self.member_id);
        if version >= 5 {
            w.nullable_string(flexible, self.group_instance_id);
        } else if self.group_instance_id.is_some() {
            w.refuse("group_instance_id", version);
        }
        w.string(flexible, self.protocol_type);
        w.array(flexible, &self.protocols, |w, each| {
            each.write(w, version);
        });
        if version >= 8 {
            w.nullable_string(flexible, self.reason);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of JoinGroupRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JoinGroupRequestProtocol<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub metadata: &'a [u8],
}

impl<'a> JoinGroupRequestProtocol<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = r.string(flexible)?;
        let metadata = r.bytes(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, metadata })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.string(flexible, self.name);
        w.bytes(flexible, self.metadata);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for JoinGroupRequest<'a> {
    const NAME: &'static str = "JoinGroupRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_SINCE: i16 = 6;

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
impl<'a> Request<'a> for JoinGroupRequest<'a> {
    const KEY: ApiKey = ApiKey::JoinGroup;
    type Response<'r> = JoinGroupResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl JoinGroupRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = "";
                sample.session_timeout_ms = i32::MIN;
                if version >= 1 {
                    sample.rebalance_timeout_ms = i32::MIN;
                }
                sample.member_id = "";
                if version >= 5 {
                    sample.group_instance_id = None;
                }
                sample.protocol_type = "";
                sample.protocols = Vec::new();
                if version >= 8 {
                    sample.reason = None;
                }
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                sample.session_timeout_ms = i32::MAX;
                if version >= 1 {
                    sample.rebalance_timeout_ms = i32::MAX;
                }
                sample.member_id = SAMPLE_TEXT;
                if version >= 5 {
                    sample.group_instance_id = Some(SAMPLE_TEXT);
                }
                sample.protocol_type = SAMPLE_TEXT;
                sample.protocols = vec![
                    JoinGroupRequestProtocol::filled(version, fill),
                    JoinGroupRequestProtocol::filled(version, fill),
                ];
                if version >= 8 {
                    sample.reason = Some(SAMPLE_TEXT);
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl JoinGroupRequestProtocol<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.metadata = &[];
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.metadata = SAMPLE_TEXT.as_bytes();
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for JoinGroupRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// JoinGroupResponse, versions 0 to 9.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupResponse<'a> {
    /// Version 2 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version; default -1.
    pub generation_id: i32,
    /// Version 7 and up; may be null; default null.
    pub protocol_type: Option<Cow<'a, str>>,
    /// Every version; may be null in 7 and up.
    pub protocol_name: Option<Cow<'a, str>>,
    /// Every version.
    pub leader: Cow<'a, str>,
    /// Version 9; default false.
    pub skip_assignment: bool,
    /// Every version.
    pub member_id: Cow<'a, str>,
    /// Every version.
    pub members: Vec<JoinGroupResponseMember<'a>>,
}

impl Default for JoinGroupResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(Cow::Borrowed("")),
            leader: Cow::Borrowed(""),
            skip_assignment: false,
            member_id: Cow::Borrowed(""),
            members: Vec::new(),
        }
    }
}

impl<'a> JoinGroupResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let throttle_time_ms = if version >= 2 { r.i32()? } else { 0 };
        let error_code = r.i16()?;
        let generation_id = r.i32()?;
        let protocol_type = if version >= 7 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let protocol_name = if version >= 7 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(r.string(flexible)?))
        };
        let leader = Cow::Borrowed(r.string(flexible)?);
        let skip_assignment = if version >= 9 { r.bool()? } else { false };
        let member_id = Cow::Borrowed(r.string(flexible)?);
        let members = r.array(flexible, 4, |r| JoinGroupResponseMember::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            throttle_time_ms,
            error_code,
            generation_id,
            protocol_type,
            protocol_name,
            leader,
            skip_assignment,
            member_id,
            members,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 2 {
            w.i32(self.throttle_time_ms);
        }
        w.i16(self.error_code);
        w.i32(self.generation_id);
        if version >= 7 {
            w.nullable_string(flexible, self.protocol_type.as_deref());
        }
        if !(version >= 7) && self.protocol_name.is_none() {
            w.refuse_null("protocol_name");
        }
        w.nullable_string(flexible, self.protocol_name.as_deref());
        w.string(flexible, &self.leader);
        if version >= 9 {
            w.bool(self.skip_assignment);
        } else if self.skip_assignment {
            w.refuse("skip_assignment", version);
        }
        w.string(flexible, &self.member_id);
        w.array(flexible, &self.members, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of JoinGroupResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JoinGroupResponseMember<'a> {
    /// Every version.
    pub member_id: Cow<'a, str>,
    /// Version 5 and up; may be null; default null.
    pub group_instance_id: Option<Cow<'a, str>>,
    /// Every version.
    pub metadata: Cow<'a, [u8]>,
}

impl<'a> JoinGroupResponseMember<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let member_id = Cow::Borrowed(r.string(flexible)?);
        let group_instance_id =
            if version >= 5 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let metadata = Cow::Borrowed(r.bytes(flexible)?);
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { member_id, group_instance_id, metadata })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.string(flexible, &self.member_id);
        if version >= 5 {
            w.nullable_string(flexible, self.group_instance_id.as_deref());
        }
        w.bytes(flexible, &self.metadata);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for JoinGroupResponse<'a> {
    const NAME: &'static str = "JoinGroupResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_SINCE: i16 = 6;

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
impl JoinGroupResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 2 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.error_code = i16::MIN;
                sample.generation_id = i32::MIN;
                if version >= 7 {
                    sample.protocol_type = None;
                }
                sample.protocol_name = if version >= 7 { None } else { Some(Cow::Borrowed("")) };
                sample.leader = Cow::Borrowed("");
                if version >= 9 {
                    sample.skip_assignment = false;
                }
                sample.member_id = Cow::Borrowed("");
                sample.members = Vec::new();
            }
            Fill::High => {
                if version >= 2 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.error_code = i16::MAX;
                sample.generation_id = i32::MAX;
                if version >= 7 {
                    sample.protocol_type = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                sample.protocol_name = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.leader = Cow::Borrowed(SAMPLE_TEXT);
                if version >= 9 {
                    sample.skip_assignment = true;
                }
                sample.member_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.members = vec![
                    JoinGroupResponseMember::filled(version, fill),
                    JoinGroupResponseMember::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl JoinGroupResponseMember<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.member_id = Cow::Borrowed("");
                if version >= 5 {
                    sample.group_instance_id = None;
                }
                sample.metadata = Cow::Borrowed(&[]);
            }
            Fill::High => {
                sample.member_id = Cow::Borrowed(SAMPLE_TEXT);
                if version >= 5 {
                    sample.group_instance_id = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                sample.metadata = Cow::Borrowed(SAMPLE_TEXT.as_bytes());
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for JoinGroupResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
