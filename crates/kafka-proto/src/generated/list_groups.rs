//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 af4518cb87febab9

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

/// ListGroupsRequest, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsRequest<'a> {
    /// Version 4 and up.
    pub states_filter: Vec<&'a str>,
    /// Version 5.
    pub types_filter: Vec<&'a str>,
}

impl<'a> ListGroupsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let states_filter =
            if version >= 4 { r.array(flexible, 1, |r| r.string(flexible))? } else { Vec::new() };
        let types_filter =
            if version >= 5 { r.array(flexible, 1, |r| r.string(flexible))? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { states_filter, types_filter })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 4 {
            w.array(flexible, &self.states_filter, |w, each| {
                w.string(flexible, each);
            });
        } else if !self.states_filter.is_empty() {
            w.refuse("states_filter", version);
        }
        if version >= 5 {
            w.array(flexible, &self.types_filter, |w, each| {
                w.string(flexible, each);
            });
        } else if !self.types_filter.is_empty() {
            w.refuse("types_filter", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ListGroupsRequest<'a> {
    const NAME: &'static str = "ListGroupsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_SINCE: i16 = 3;

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
impl<'a> Request<'a> for ListGroupsRequest<'a> {
    const KEY: ApiKey = ApiKey::ListGroups;
    type Response<'r> = ListGroupsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl ListGroupsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 4 {
                    sample.states_filter = Vec::new();
                }
                if version >= 5 {
                    sample.types_filter = Vec::new();
                }
            }
            Fill::High => {
                if version >= 4 {
                    sample.states_filter = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                }
                if version >= 5 {
                    sample.types_filter = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ListGroupsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// ListGroupsResponse, versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsResponse<'a> {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub groups: Vec<ListedGroup<'a>>,
}

impl<'a> ListGroupsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let error_code = r.i16()?;
        let groups = r.array(flexible, 3, |r| ListedGroup::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, error_code, groups })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.i16(self.error_code);
        w.array(flexible, &self.groups, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ListGroupsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedGroup<'a> {
    /// Every version.
    pub group_id: Cow<'a, str>,
    /// Every version.
    pub protocol_type: Cow<'a, str>,
    /// Version 4 and up.
    pub group_state: Cow<'a, str>,
    /// Version 5.
    pub group_type: Cow<'a, str>,
}

impl<'a> ListedGroup<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let group_id = Cow::Borrowed(r.string(flexible)?);
        let protocol_type = Cow::Borrowed(r.string(flexible)?);
        let group_state = if version >= 4 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let group_type = if version >= 5 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, protocol_type, group_state, group_type })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        w.string(flexible, &self.group_id);
        w.string(flexible, &self.protocol_type);
        if version >= 4 {
            w.string(flexible, &self.group_state);
        }
        if version >= 5 {
            w.string(flexible, &self.group_type);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ListGroupsResponse<'a> {
    const NAME: &'static str = "ListGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_SINCE: i16 = 3;

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
impl ListGroupsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.error_code = i16::MIN;
                sample.groups = Vec::new();
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.error_code = i16::MAX;
                sample.groups = vec![ListedGroup::filled(version, fill), ListedGroup::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ListedGroup<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = Cow::Borrowed("");
                sample.protocol_type = Cow::Borrowed("");
                if version >= 4 {
                    sample.group_state = Cow::Borrowed("");
                }
                if version >= 5 {
                    sample.group_type = Cow::Borrowed("");
                }
            }
            Fill::High => {
                sample.group_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.protocol_type = Cow::Borrowed(SAMPLE_TEXT);
                if version >= 4 {
                    sample.group_state = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.group_type = Cow::Borrowed(SAMPLE_TEXT);
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ListGroupsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
