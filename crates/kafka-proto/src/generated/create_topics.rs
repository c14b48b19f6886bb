//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 c78ab76f7e934e97

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

/// CreateTopicsRequest, versions 2 to 7.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest<'a> {
    /// Every version.
    pub topics: Vec<CreatableTopic<'a>>,
    /// Every version; default 60000.
    pub timeout_ms: i32,
    /// Every version; default false.
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest<'_> {
    fn default() -> Self {
        Self { topics: Vec::new(), timeout_ms: 60000, validate_only: false }
    }
}

impl<'a> CreateTopicsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let topics = r.array(flexible, 10, |r| CreatableTopic::read(r, version))?;
        let timeout_ms = r.i32()?;
        let validate_only = r.bool()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topics, timeout_ms, validate_only })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        w.i32(self.timeout_ms);
        w.bool(self.validate_only);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreateTopicsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableTopic<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub num_partitions: i32,
    /// Every version.
    pub replication_factor: i16,
    /// Every version.
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// Every version.
    pub configs: Vec<CreatableTopicConfig<'a>>,
}

impl<'a> CreatableTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let name = r.string(flexible)?;
        let num_partitions = r.i32()?;
        let replication_factor = r.i16()?;
        let assignments = r.array(flexible, 6, |r| CreatableReplicaAssignment::read(r, version))?;
        let configs = r.array(flexible, 3, |r| CreatableTopicConfig::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, num_partitions, replication_factor, assignments, configs })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.string(flexible, self.name);
        w.i32(self.num_partitions);
        w.i16(self.replication_factor);
        w.array(flexible, &self.assignments, |w, each| {
            each.write(w, version);
        });
        w.array(flexible, &self.configs, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreateTopicsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableReplicaAssignment {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub broker_ids: Vec<i32>,
}

impl CreatableReplicaAssignment {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let partition_index = r.i32()?;
        let broker_ids = r.array(flexible, 4, Reader::i32)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, broker_ids })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.i32(self.partition_index);
        w.array(flexible, &self.broker_ids, |w, each| {
            w.i32(*each);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreateTopicsRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfig<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version; may be null.
    pub value: Option<&'a str>,
}

impl Default for CreatableTopicConfig<'_> {
    fn default() -> Self {
        Self { name: "", value: Some("") }
    }
}

impl<'a> CreatableTopicConfig<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let name = r.string(flexible)?;
        let value = r.nullable_string(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, value })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.string(flexible, self.name);
        w.nullable_string(flexible, self.value);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for CreateTopicsRequest<'a> {
    const NAME: &'static str = "CreateTopicsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=7;
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
impl<'a> Request<'a> for CreateTopicsRequest<'a> {
    const KEY: ApiKey = ApiKey::CreateTopics;
    type Response<'r> = CreateTopicsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl CreateTopicsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = Vec::new();
                sample.timeout_ms = i32::MIN;
                sample.validate_only = false;
            }
            Fill::High => {
                sample.topics =
                    vec![CreatableTopic::filled(version, fill), CreatableTopic::filled(version, fill)];
                sample.timeout_ms = i32::MAX;
                sample.validate_only = true;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatableTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.num_partitions = i32::MIN;
                sample.replication_factor = i16::MIN;
                sample.assignments = Vec::new();
                sample.configs = Vec::new();
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.num_partitions = i32::MAX;
                sample.replication_factor = i16::MAX;
                sample.assignments = vec![
                    CreatableReplicaAssignment::filled(version, fill),
                    CreatableReplicaAssignment::filled(version, fill),
                ];
                sample.configs = vec![
                    CreatableTopicConfig::filled(version, fill),
                    CreatableTopicConfig::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatableReplicaAssignment {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.broker_ids = Vec::new();
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.broker_ids = vec![i32::MAX, i32::MAX];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatableTopicConfig<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.value = None;
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.value = Some(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for CreateTopicsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// CreateTopicsResponse, versions 2 to 7.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTopicsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<CreatableTopicResult<'a>>,
}

impl<'a> CreateTopicsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let throttle_time_ms = r.i32()?;
        let topics = r.array(flexible, 6, |r| CreatableTopicResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreateTopicsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicResult<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Version 7.
    pub topic_id: Uuid,
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null.
    pub error_message: Option<Cow<'a, str>>,
    /// Version 5 and up; tag 0.
    pub topic_config_error_code: i16,
    /// Version 5 and up; default -1.
    pub num_partitions: i32,
    /// Version 5 and up; default -1.
    pub replication_factor: i16,
    /// Version 5 and up; may be null.
    pub configs: Option<Vec<CreatableTopicConfigs<'a>>>,
}

impl Default for CreatableTopicResult<'_> {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed(""),
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: Some(Cow::Borrowed("")),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Vec::new()),
        }
    }
}

impl<'a> CreatableTopicResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let name = Cow::Borrowed(r.string(flexible)?);
        let topic_id = if version >= 7 { r.uuid()? } else { Uuid::ZERO };
        let error_code = r.i16()?;
        let error_message = r.nullable_string(flexible)?.map(Cow::Borrowed);
        let num_partitions = if version >= 5 { r.i32()? } else { -1 };
        let replication_factor = if version >= 5 { r.i16()? } else { -1 };
        let configs = if version >= 5 {
            r.nullable_array(flexible, 1, |r| CreatableTopicConfigs::read(r, version))?
        } else {
            Some(Vec::new())
        };
        let mut topic_config_error_code = 0;
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 => {
                        topic_config_error_code = field.i16()?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            name,
            topic_id,
            error_code,
            error_message,
            topic_config_error_code,
            num_partitions,
            replication_factor,
            configs,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        w.string(flexible, &self.name);
        if version >= 7 {
            w.uuid(self.topic_id);
        }
        w.i16(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref());
        if version >= 5 {
            w.i32(self.num_partitions);
        }
        if version >= 5 {
            w.i16(self.replication_factor);
        }
        if version >= 5 {
            w.nullable_array(flexible, self.configs.as_deref(), |w, each| {
                each.write(w, version);
            });
        }
        if flexible {
            let has_topic_config_error_code = self.topic_config_error_code != 0;
            w.uvarint(u32::from(has_topic_config_error_code));
            if has_topic_config_error_code {
                w.tagged(0, |w| {
                    w.i16(self.topic_config_error_code);
                });
            }
        }
    }
}

/// A part of CreateTopicsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfigs<'a> {
    /// Version 5 and up.
    pub name: Cow<'a, str>,
    /// Version 5 and up; may be null.
    pub value: Option<Cow<'a, str>>,
    /// Version 5 and up.
    pub read_only: bool,
    /// Version 5 and up; default -1.
    pub config_source: i8,
    /// Version 5 and up.
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs<'_> {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed(""),
            value: Some(Cow::Borrowed("")),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}

impl<'a> CreatableTopicConfigs<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let name = if version >= 5 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let value = if version >= 5 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        let read_only = if version >= 5 { r.bool()? } else { false };
        let config_source = if version >= 5 { r.i8()? } else { -1 };
        let is_sensitive = if version >= 5 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, value, read_only, config_source, is_sensitive })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 5;
        if version >= 5 {
            w.string(flexible, &self.name);
        } else if !self.name.is_empty() {
            w.refuse("name", version);
        }
        if version >= 5 {
            w.nullable_string(flexible, self.value.as_deref());
        } else if self.value.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("value", version);
        }
        if version >= 5 {
            w.bool(self.read_only);
        } else if self.read_only {
            w.refuse("read_only", version);
        }
        if version >= 5 {
            w.i8(self.config_source);
        }
        if version >= 5 {
            w.bool(self.is_sensitive);
        } else if self.is_sensitive {
            w.refuse("is_sensitive", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for CreateTopicsResponse<'a> {
    const NAME: &'static str = "CreateTopicsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=7;
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
impl CreateTopicsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.topics = Vec::new();
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.topics = vec![
                    CreatableTopicResult::filled(version, fill),
                    CreatableTopicResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatableTopicResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = Cow::Borrowed("");
                if version >= 7 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.error_code = i16::MIN;
                sample.error_message = None;
                if version >= 5 {
                    sample.topic_config_error_code = i16::MIN;
                }
                if version >= 5 {
                    sample.num_partitions = i32::MIN;
                }
                if version >= 5 {
                    sample.replication_factor = i16::MIN;
                }
                if version >= 5 {
                    sample.configs = None;
                }
            }
            Fill::High => {
                sample.name = Cow::Borrowed(SAMPLE_TEXT);
                if version >= 7 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.error_code = i16::MAX;
                sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                if version >= 5 {
                    sample.topic_config_error_code = i16::MAX;
                }
                if version >= 5 {
                    sample.num_partitions = i32::MAX;
                }
                if version >= 5 {
                    sample.replication_factor = i16::MAX;
                }
                if version >= 5 {
                    sample.configs = Some(vec![
                        CreatableTopicConfigs::filled(version, fill),
                        CreatableTopicConfigs::filled(version, fill),
                    ]);
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatableTopicConfigs<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 5 {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 5 {
                    sample.value = None;
                }
                if version >= 5 {
                    sample.read_only = false;
                }
                if version >= 5 {
                    sample.config_source = i8::MIN;
                }
                if version >= 5 {
                    sample.is_sensitive = false;
                }
            }
            Fill::High => {
                if version >= 5 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.value = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 5 {
                    sample.read_only = true;
                }
                if version >= 5 {
                    sample.config_source = i8::MAX;
                }
                if version >= 5 {
                    sample.is_sensitive = true;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for CreateTopicsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
