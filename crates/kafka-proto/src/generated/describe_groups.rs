//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 9c97cbb96551e120

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

/// DescribeGroupsRequest, versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeGroupsRequest<'a> {
    /// Every version.
    pub groups: Vec<&'a str>,
    /// Version 3 and up.
    pub include_authorized_operations: bool,
}

impl<'a> DescribeGroupsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let groups = r.array(flexible, 1, |r| r.string(flexible))?;
        let include_authorized_operations = if version >= 3 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { groups, include_authorized_operations })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.array(flexible, &self.groups, |w, each| {
            w.string(flexible, each);
        });
        if version >= 3 {
            w.bool(self.include_authorized_operations);
        } else if self.include_authorized_operations {
            w.refuse("include_authorized_operations", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DescribeGroupsRequest<'a> {
    const NAME: &'static str = "DescribeGroupsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_SINCE: i16 = 5;

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
impl<'a> Request<'a> for DescribeGroupsRequest<'a> {
    const KEY: ApiKey = ApiKey::DescribeGroups;
    type Response<'r> = DescribeGroupsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DescribeGroupsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.groups = Vec::new();
                if version >= 3 {
                    sample.include_authorized_operations = false;
                }
            }
            Fill::High => {
                sample.groups = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                if version >= 3 {
                    sample.include_authorized_operations = true;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeGroupsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DescribeGroupsResponse, versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeGroupsResponse<'a> {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub groups: Vec<DescribedGroup<'a>>,
}

impl<'a> DescribeGroupsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let groups = r.array(flexible, 12, |r| DescribedGroup::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, groups })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.array(flexible, &self.groups, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeGroupsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup<'a> {
    /// Every version.
    pub error_code: i16,
    /// Version 6; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
    /// Every version.
    pub group_id: Cow<'a, str>,
    /// Every version.
    pub group_state: Cow<'a, str>,
    /// Every version.
    pub protocol_type: Cow<'a, str>,
    /// Every version.
    pub protocol_data: Cow<'a, str>,
    /// Every version.
    pub members: Vec<DescribedGroupMember<'a>>,
    /// Version 3 and up; default -2147483648.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: Cow::Borrowed(""),
            group_state: Cow::Borrowed(""),
            protocol_type: Cow::Borrowed(""),
            protocol_data: Cow::Borrowed(""),
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl<'a> DescribedGroup<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let error_code = r.i16()?;
        let error_message = if version >= 6 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let group_id = Cow::Borrowed(r.string(flexible)?);
        let group_state = Cow::Borrowed(r.string(flexible)?);
        let protocol_type = Cow::Borrowed(r.string(flexible)?);
        let protocol_data = Cow::Borrowed(r.string(flexible)?);
        let members = r.array(flexible, 7, |r| DescribedGroupMember::read(r, version))?;
        let authorized_operations = if version >= 3 { r.i32()? } else { -2147483648 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            error_code,
            error_message,
            group_id,
            group_state,
            protocol_type,
            protocol_data,
            members,
            authorized_operations,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.i16(self.error_code);
        if version >= 6 {
            w.nullable_string(flexible, self.error_message.as_deref());
        } else if self.error_message.is_some() {
            w.refuse("error_message", version);
        }
        w.string(flexible, &self.group_id);
        w.string(flexible, &self.group_state);
        w.string(flexible, &self.protocol_type);
        w.string(flexible, &self.protocol_data);
        w.array(flexible, &self.members, |w, each| {
            each.write(w, version);
        });
        if version >= 3 {
            w.i32(self.authorized_operations);
        } else if self.authorized_operations != -2147483648 {
            w.refuse("authorized_operations", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeGroupsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedGroupMember<'a> {
    /// Every version.
    pub member_id: Cow<'a, str>,
    /// Version 4 and up; may be null; default null.
    pub group_instance_id: Option<Cow<'a, str>>,
    /// Every version.
    pub client_id: Cow<'a, str>,
    /// Every version.
    pub client_host: Cow<'a, str>,
    /// Every version.
    pub member_metadata: Cow<'a, [u8]>,
    /// Every version.
    pub member_assignment: Cow<'a, [u8]>,
}

impl<'a> DescribedGroupMember<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let member_id = Cow::Borrowed(r.string(flexible)?);
        let group_instance_id =
            if version >= 4 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let client_id = Cow::Borrowed(r.string(flexible)?);
        let client_host = Cow::Borrowed(r.string(flexible)?);
        let member_metadata = Cow::Borrowed(r.bytes(flexible)?);
        let member_assignment = Cow::Borrowed(r.bytes(flexible)?);
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { member_id, group_instance_id, client_id, client_host, member_metadata, member_assignment })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.string(flexible, &self.member_id);
        if version >= 4 {
            w.nullable_string(flexible, self.group_instance_id.as_deref());
        }
        w.string(flexible, &self.client_id);
        w.string(flexible, &self.client_host);
        w.bytes(flexible, &self.member_metadata);
        w.bytes(flexible, &self.member_assignment);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DescribeGroupsResponse<'a> {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_SINCE: i16 = 5;

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
impl DescribeGroupsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.groups = Vec::new();
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.groups =
                    vec![DescribedGroup::filled(version, fill), DescribedGroup::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribedGroup<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                if version >= 6 {
                    sample.error_message = None;
                }
                sample.group_id = Cow::Borrowed("");
                sample.group_state = Cow::Borrowed("");
                sample.protocol_type = Cow::Borrowed("");
                sample.protocol_data = Cow::Borrowed("");
                sample.members = Vec::new();
                if version >= 3 {
                    sample.authorized_operations = i32::MIN;
                }
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                if version >= 6 {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                sample.group_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.group_state = Cow::Borrowed(SAMPLE_TEXT);
                sample.protocol_type = Cow::Borrowed(SAMPLE_TEXT);
                sample.protocol_data = Cow::Borrowed(SAMPLE_TEXT);
                sample.members = vec![
                    DescribedGroupMember::filled(version, fill),
                    DescribedGroupMember::filled(version, fill),
                ];
                if version >= 3 {
                    sample.authorized_operations = i32::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribedGroupMember<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.member_id = Cow::Borrowed("");
                if version >= 4 {
                    sample.group_instance_id = None;
                }
                sample.client_id = Cow::Borrowed("");
                sample.client_host = Cow::Borrowed("");
                sample.member_metadata = Cow::Borrowed(&[]);
                sample.member_assignment = Cow::Borrowed(&[]);
            }
            Fill::High => {
                sample.member_id = Cow::Borrowed(SAMPLE_TEXT);
                if version >= 4 {
                    sample.group_instance_id = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                sample.client_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.client_host = Cow::Borrowed(SAMPLE_TEXT);
                sample.member_metadata = Cow::Borrowed(SAMPLE_TEXT.as_bytes());
                sample.member_assignment = Cow::Borrowed(SAMPLE_TEXT.as_bytes());
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeGroupsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
