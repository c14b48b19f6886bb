//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 a079550aa11dde9d

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
use crate::uuid::Uuid;
use crate::writer::Writer;

/// DeleteTopicsRequest, versions 1 to 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicsRequest<'a> {
    /// Version 6.
    pub topics: Vec<DeleteTopicState<'a>>,
    /// Version 1 to 5.
    pub topic_names: Vec<&'a str>,
    /// Every version.
    pub timeout_ms: i32,
}

impl<'a> DeleteTopicsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let topics = if version >= 6 {
            r.array(flexible, 1, |r| DeleteTopicState::read(r, version))?
        } else {
            Vec::new()
        };
        let topic_names =
            if version <= 5 { r.array(flexible, 1, |r| r.string(flexible))? } else { Vec::new() };
        let timeout_ms = r.i32()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topics, topic_names, timeout_ms })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 6 {
            w.array(flexible, &self.topics, |w, each| {
                each.write(w, version);
            });
        } else if !self.topics.is_empty() {
            w.refuse("topics", version);
        }
        if version <= 5 {
            w.array(flexible, &self.topic_names, |w, each| {
                w.string(flexible, each);
            });
        }
        w.i32(self.timeout_ms);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteTopicsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicState<'a> {
    /// Version 6; may be null; default null.
    pub name: Option<&'a str>,
    /// Version 6.
    pub topic_id: Uuid,
}

impl<'a> DeleteTopicState<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let name = if version >= 6 { r.nullable_string(flexible)? } else { None };
        let topic_id = if version >= 6 { r.uuid()? } else { Uuid::ZERO };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 6 {
            w.nullable_string(flexible, self.name);
        } else if self.name.is_some() {
            w.refuse("name", version);
        }
        if version >= 6 {
            w.uuid(self.topic_id);
        } else if self.topic_id != Uuid::ZERO {
            w.refuse("topic_id", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteTopicsRequest<'a> {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=6;
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
impl<'a> Request<'a> for DeleteTopicsRequest<'a> {
    const KEY: ApiKey = ApiKey::DeleteTopics;
    type Response<'r> = DeleteTopicsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DeleteTopicsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 6 {
                    sample.topics = Vec::new();
                }
                if version <= 5 {
                    sample.topic_names = Vec::new();
                }
                sample.timeout_ms = i32::MIN;
            }
            Fill::High => {
                if version >= 6 {
                    sample.topics = vec![
                        DeleteTopicState::filled(version, fill),
                        DeleteTopicState::filled(version, fill),
                    ];
                }
                if version <= 5 {
                    sample.topic_names = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                }
                sample.timeout_ms = i32::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeleteTopicState<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 6 {
                    sample.name = None;
                }
                if version >= 6 {
                    sample.topic_id = Uuid::ZERO;
                }
            }
            Fill::High => {
                if version >= 6 {
                    sample.name = Some(SAMPLE_TEXT);
                }
                if version >= 6 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteTopicsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DeleteTopicsResponse, versions 1 to 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub responses: Vec<DeletableTopicResult<'a>>,
}

impl<'a> DeleteTopicsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = r.i32()?;
        let responses = r.array(flexible, 4, |r| DeletableTopicResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, responses })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.responses, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteTopicsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletableTopicResult<'a> {
    /// Every version; may be null in 6.
    pub name: Option<Cow<'a, str>>,
    /// Version 6.
    pub topic_id: Uuid,
    /// Every version.
    pub error_code: i16,
    /// Version 5 and up; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
}

impl Default for DeletableTopicResult<'_> {
    fn default() -> Self {
        Self { name: Some(Cow::Borrowed("")), topic_id: Uuid::ZERO, error_code: 0, error_message: None }
    }
}

impl<'a> DeletableTopicResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let name = if version >= 6 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(r.string(flexible)?))
        };
        let topic_id = if version >= 6 { r.uuid()? } else { Uuid::ZERO };
        let error_code = r.i16()?;
        let error_message = if version >= 5 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, error_code, error_message })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if !(version >= 6) && self.name.is_none() {
            w.refuse_null("name");
        }
        w.nullable_string(flexible, self.name.as_deref());
        if version >= 6 {
            w.uuid(self.topic_id);
        }
        w.i16(self.error_code);
        if version >= 5 {
            w.nullable_string(flexible, self.error_message.as_deref());
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteTopicsResponse<'a> {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=6;
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
impl DeleteTopicsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.responses = Vec::new();
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.responses = vec![
                    DeletableTopicResult::filled(version, fill),
                    DeletableTopicResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeletableTopicResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = if version >= 6 { None } else { Some(Cow::Borrowed("")) };
                if version >= 6 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.error_code = i16::MIN;
                if version >= 5 {
                    sample.error_message = None;
                }
            }
            Fill::High => {
                sample.name = Some(Cow::Borrowed(SAMPLE_TEXT));
                if version >= 6 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.error_code = i16::MAX;
                if version >= 5 {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteTopicsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
