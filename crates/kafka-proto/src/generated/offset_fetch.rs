//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 fc8b84a0f0041627

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

/// OffsetFetchRequest, versions 1 to 10.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequest<'a> {
    /// Version 1 to 7.
    pub group_id: &'a str,
    /// Version 1 to 7; may be null in 2 to 7.
    pub topics: Option<Vec<OffsetFetchRequestTopic<'a>>>,
    /// Version 8 and up.
    pub groups: Vec<OffsetFetchRequestGroup<'a>>,
    /// Version 7 and up; default false.
    pub require_stable: bool,
}

impl Default for OffsetFetchRequest<'_> {
    fn default() -> Self {
        Self { group_id: "", topics: Some(Vec::new()), groups: Vec::new(), require_stable: false }
    }
}

impl<'a> OffsetFetchRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let group_id = if version <= 7 { r.string(flexible)? } else { "" };
        let topics = if version <= 7 {
            if version >= 2 {
                r.nullable_array(flexible, 1, |r| OffsetFetchRequestTopic::read(r, version))?
            } else {
                Some(r.array(flexible, 1, |r| OffsetFetchRequestTopic::read(r, version))?)
            }
        } else {
            Some(Vec::new())
        };
        let groups = if version >= 8 {
            r.array(flexible, 1, |r| OffsetFetchRequestGroup::read(r, version))?
        } else {
            Vec::new()
        };
        let require_stable = if version >= 7 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, topics, groups, require_stable })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, self.group_id);
        } else if !self.group_id.is_empty() {
            w.refuse("group_id", version);
        }
        if version <= 7 {
            if !(version >= 2) && self.topics.is_none() {
                w.refuse_null("topics");
            }
            w.nullable_array(flexible, self.topics.as_deref(), |w, each| {
                each.write(w, version);
            });
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("topics", version);
        }
        if version >= 8 {
            w.array(flexible, &self.groups, |w, each| {
                each.write(w, version);
            });
        } else if !self.groups.is_empty() {
            w.refuse("groups", version);
        }
        if version >= 7 {
            w.bool(self.require_stable);
        } else if self.require_stable {
            w.refuse("require_stable", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchRequestTopic<'a> {
    /// Version 1 to 7.
    pub name: &'a str,
    /// Version 1 to 7.
    pub partition_indexes: Vec<i32>,
}

impl<'a> OffsetFetchRequestTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = if version <= 7 { r.string(flexible)? } else { "" };
        let partition_indexes = if version <= 7 { r.array(flexible, 4, Reader::i32)? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partition_indexes })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, self.name);
        } else if !self.name.is_empty() {
            w.refuse("name", version);
        }
        if version <= 7 {
            w.array(flexible, &self.partition_indexes, |w, each| {
                w.i32(*each);
            });
        } else if !self.partition_indexes.is_empty() {
            w.refuse("partition_indexes", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestGroup<'a> {
    /// Version 8 and up.
    pub group_id: &'a str,
    /// Version 9 and up; may be null; default null.
    pub member_id: Option<&'a str>,
    /// Version 9 and up; default -1.
    pub member_epoch: i32,
    /// Version 8 and up; may be null.
    pub topics: Option<Vec<OffsetFetchRequestTopics<'a>>>,
}

impl Default for OffsetFetchRequestGroup<'_> {
    fn default() -> Self {
        Self { group_id: "", member_id: None, member_epoch: -1, topics: Some(Vec::new()) }
    }
}

impl<'a> OffsetFetchRequestGroup<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let group_id = if version >= 8 { r.string(flexible)? } else { "" };
        let member_id = if version >= 9 { r.nullable_string(flexible)? } else { None };
        let member_epoch = if version >= 9 { r.i32()? } else { -1 };
        let topics = if version >= 8 {
            r.nullable_array(flexible, 1, |r| OffsetFetchRequestTopics::read(r, version))?
        } else {
            Some(Vec::new())
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, member_id, member_epoch, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 8 {
            w.string(flexible, self.group_id);
        } else if !self.group_id.is_empty() {
            w.refuse("group_id", version);
        }
        if version >= 9 {
            w.nullable_string(flexible, self.member_id);
        }
        if version >= 9 {
            w.i32(self.member_epoch);
        }
        if version >= 8 {
            w.nullable_array(flexible, self.topics.as_deref(), |w, each| {
                each.write(w, version);
            });
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("topics", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchRequestTopics<'a> {
    /// Version 8 to 9.
    pub name: &'a str,
    /// Version 10.
    pub topic_id: Uuid,
    /// Version 8 and up.
    pub partition_indexes: Vec<i32>,
}

impl<'a> OffsetFetchRequestTopics<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = if (8..=9).contains(&version) { r.string(flexible)? } else { "" };
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let partition_indexes = if version >= 8 { r.array(flexible, 4, Reader::i32)? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partition_indexes })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if (8..=9).contains(&version) {
            w.string(flexible, self.name);
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 8 {
            w.array(flexible, &self.partition_indexes, |w, each| {
                w.i32(*each);
            });
        } else if !self.partition_indexes.is_empty() {
            w.refuse("partition_indexes", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetFetchRequest<'a> {
    const NAME: &'static str = "OffsetFetchRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=10;
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
impl<'a> Request<'a> for OffsetFetchRequest<'a> {
    const KEY: ApiKey = ApiKey::OffsetFetch;
    type Response<'r> = OffsetFetchResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl OffsetFetchRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 7 {
                    sample.group_id = "";
                }
                if version <= 7 {
                    sample.topics = if version >= 2 { None } else { Some(Vec::new()) };
                }
                if version >= 8 {
                    sample.groups = Vec::new();
                }
                if version >= 7 {
                    sample.require_stable = false;
                }
            }
            Fill::High => {
                if version <= 7 {
                    sample.group_id = SAMPLE_TEXT;
                }
                if version <= 7 {
                    sample.topics = Some(vec![
                        OffsetFetchRequestTopic::filled(version, fill),
                        OffsetFetchRequestTopic::filled(version, fill),
                    ]);
                }
                if version >= 8 {
                    sample.groups = vec![
                        OffsetFetchRequestGroup::filled(version, fill),
                        OffsetFetchRequestGroup::filled(version, fill),
                    ];
                }
                if version >= 7 {
                    sample.require_stable = true;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchRequestTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 7 {
                    sample.name = "";
                }
                if version <= 7 {
                    sample.partition_indexes = Vec::new();
                }
            }
            Fill::High => {
                if version <= 7 {
                    sample.name = SAMPLE_TEXT;
                }
                if version <= 7 {
                    sample.partition_indexes = vec![i32::MAX, i32::MAX];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchRequestGroup<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 8 {
                    sample.group_id = "";
                }
                if version >= 9 {
                    sample.member_id = None;
                }
                if version >= 9 {
                    sample.member_epoch = i32::MIN;
                }
                if version >= 8 {
                    sample.topics = None;
                }
            }
            Fill::High => {
                if version >= 8 {
                    sample.group_id = SAMPLE_TEXT;
                }
                if version >= 9 {
                    sample.member_id = Some(SAMPLE_TEXT);
                }
                if version >= 9 {
                    sample.member_epoch = i32::MAX;
                }
                if version >= 8 {
                    sample.topics = Some(vec![
                        OffsetFetchRequestTopics::filled(version, fill),
                        OffsetFetchRequestTopics::filled(version, fill),
                    ]);
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchRequestTopics<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if (8..=9).contains(&version) {
                    sample.name = "";
                }
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                if version >= 8 {
                    sample.partition_indexes = Vec::new();
                }
            }
            Fill::High => {
                if (8..=9).contains(&version) {
                    sample.name = SAMPLE_TEXT;
                }
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                if version >= 8 {
                    sample.partition_indexes = vec![i32::MAX, i32::MAX];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetFetchRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// OffsetFetchResponse, versions 1 to 10.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponse<'a> {
    /// Version 3 and up.
    pub throttle_time_ms: i32,
    /// Version 1 to 7.
    pub topics: Vec<OffsetFetchResponseTopic<'a>>,
    /// Version 2 to 7; default 0.
    pub error_code: i16,
    /// Version 8 and up.
    pub groups: Vec<OffsetFetchResponseGroup<'a>>,
}

impl<'a> OffsetFetchResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let throttle_time_ms = if version >= 3 { r.i32()? } else { 0 };
        let topics = if version <= 7 {
            r.array(flexible, 1, |r| OffsetFetchResponseTopic::read(r, version))?
        } else {
            Vec::new()
        };
        let error_code = if (2..=7).contains(&version) { r.i16()? } else { 0 };
        let groups = if version >= 8 {
            r.array(flexible, 1, |r| OffsetFetchResponseGroup::read(r, version))?
        } else {
            Vec::new()
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics, error_code, groups })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        if version <= 7 {
            w.array(flexible, &self.topics, |w, each| {
                each.write(w, version);
            });
        } else if !self.topics.is_empty() {
            w.refuse("topics", version);
        }
        if (2..=7).contains(&version) {
            w.i16(self.error_code);
        }
        if version >= 8 {
            w.array(flexible, &self.groups, |w, each| {
                each.write(w, version);
            });
        } else if !self.groups.is_empty() {
            w.refuse("groups", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseTopic<'a> {
    /// Version 1 to 7.
    pub name: Cow<'a, str>,
    /// Version 1 to 7.
    pub partitions: Vec<OffsetFetchResponsePartition<'a>>,
}

impl<'a> OffsetFetchResponseTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = if version <= 7 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let partitions = if version <= 7 {
            r.array(flexible, 1, |r| OffsetFetchResponsePartition::read(r, version))?
        } else {
            Vec::new()
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, &self.name);
        } else if !self.name.is_empty() {
            w.refuse("name", version);
        }
        if version <= 7 {
            w.array(flexible, &self.partitions, |w, each| {
                each.write(w, version);
            });
        } else if !self.partitions.is_empty() {
            w.refuse("partitions", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartition<'a> {
    /// Version 1 to 7.
    pub partition_index: i32,
    /// Version 1 to 7.
    pub committed_offset: i64,
    /// Version 5 to 7; default -1.
    pub committed_leader_epoch: i32,
    /// Version 1 to 7; may be null.
    pub metadata: Option<Cow<'a, str>>,
    /// Version 1 to 7.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Cow::Borrowed("")),
            error_code: 0,
        }
    }
}

impl<'a> OffsetFetchResponsePartition<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let partition_index = if version <= 7 { r.i32()? } else { 0 };
        let committed_offset = if version <= 7 { r.i64()? } else { 0 };
        let committed_leader_epoch = if (5..=7).contains(&version) { r.i32()? } else { -1 };
        let metadata = if version <= 7 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        let error_code = if version <= 7 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, metadata, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version <= 7 {
            w.i32(self.partition_index);
        } else if self.partition_index != 0 {
            w.refuse("partition_index", version);
        }
        if version <= 7 {
            w.i64(self.committed_offset);
        } else if self.committed_offset != 0 {
            w.refuse("committed_offset", version);
        }
        if (5..=7).contains(&version) {
            w.i32(self.committed_leader_epoch);
        }
        if version <= 7 {
            w.nullable_string(flexible, self.metadata.as_deref());
        } else if self.metadata.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("metadata", version);
        }
        if version <= 7 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseGroup<'a> {
    /// Version 8 and up.
    pub group_id: Cow<'a, str>,
    /// Version 8 and up.
    pub topics: Vec<OffsetFetchResponseTopics<'a>>,
    /// Version 8 and up; default 0.
    pub error_code: i16,
}

impl<'a> OffsetFetchResponseGroup<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let group_id = if version >= 8 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let topics = if version >= 8 {
            r.array(flexible, 1, |r| OffsetFetchResponseTopics::read(r, version))?
        } else {
            Vec::new()
        };
        let error_code = if version >= 8 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { group_id, topics, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 8 {
            w.string(flexible, &self.group_id);
        } else if !self.group_id.is_empty() {
            w.refuse("group_id", version);
        }
        if version >= 8 {
            w.array(flexible, &self.topics, |w, each| {
                each.write(w, version);
            });
        } else if !self.topics.is_empty() {
            w.refuse("topics", version);
        }
        if version >= 8 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseTopics<'a> {
    /// Version 8 to 9.
    pub name: Cow<'a, str>,
    /// Version 10.
    pub topic_id: Uuid,
    /// Version 8 and up.
    pub partitions: Vec<OffsetFetchResponsePartitions<'a>>,
}

impl<'a> OffsetFetchResponseTopics<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name =
            if (8..=9).contains(&version) { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let partitions = if version >= 8 {
            r.array(flexible, 1, |r| OffsetFetchResponsePartitions::read(r, version))?
        } else {
            Vec::new()
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if (8..=9).contains(&version) {
            w.string(flexible, &self.name);
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 8 {
            w.array(flexible, &self.partitions, |w, each| {
                each.write(w, version);
            });
        } else if !self.partitions.is_empty() {
            w.refuse("partitions", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetFetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartitions<'a> {
    /// Version 8 and up.
    pub partition_index: i32,
    /// Version 8 and up.
    pub committed_offset: i64,
    /// Version 8 and up; default -1.
    pub committed_leader_epoch: i32,
    /// Version 8 and up; may be null.
    pub metadata: Option<Cow<'a, str>>,
    /// Version 8 and up.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartitions<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Cow::Borrowed("")),
            error_code: 0,
        }
    }
}

impl<'a> OffsetFetchResponsePartitions<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let partition_index = if version >= 8 { r.i32()? } else { 0 };
        let committed_offset = if version >= 8 { r.i64()? } else { 0 };
        let committed_leader_epoch = if version >= 8 { r.i32()? } else { -1 };
        let metadata = if version >= 8 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        let error_code = if version >= 8 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, metadata, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 8 {
            w.i32(self.partition_index);
        } else if self.partition_index != 0 {
            w.refuse("partition_index", version);
        }
        if version >= 8 {
            w.i64(self.committed_offset);
        } else if self.committed_offset != 0 {
            w.refuse("committed_offset", version);
        }
        if version >= 8 {
            w.i32(self.committed_leader_epoch);
        }
        if version >= 8 {
            w.nullable_string(flexible, self.metadata.as_deref());
        } else if self.metadata.as_ref().is_none_or(|value| !value.is_empty()) {
            w.refuse("metadata", version);
        }
        if version >= 8 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetFetchResponse<'a> {
    const NAME: &'static str = "OffsetFetchResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=10;
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
impl OffsetFetchResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MIN;
                }
                if version <= 7 {
                    sample.topics = Vec::new();
                }
                if (2..=7).contains(&version) {
                    sample.error_code = i16::MIN;
                }
                if version >= 8 {
                    sample.groups = Vec::new();
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MAX;
                }
                if version <= 7 {
                    sample.topics = vec![
                        OffsetFetchResponseTopic::filled(version, fill),
                        OffsetFetchResponseTopic::filled(version, fill),
                    ];
                }
                if (2..=7).contains(&version) {
                    sample.error_code = i16::MAX;
                }
                if version >= 8 {
                    sample.groups = vec![
                        OffsetFetchResponseGroup::filled(version, fill),
                        OffsetFetchResponseGroup::filled(version, fill),
                    ];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchResponseTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 7 {
                    sample.name = Cow::Borrowed("");
                }
                if version <= 7 {
                    sample.partitions = Vec::new();
                }
            }
            Fill::High => {
                if version <= 7 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version <= 7 {
                    sample.partitions = vec![
                        OffsetFetchResponsePartition::filled(version, fill),
                        OffsetFetchResponsePartition::filled(version, fill),
                    ];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchResponsePartition<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 7 {
                    sample.partition_index = i32::MIN;
                }
                if version <= 7 {
                    sample.committed_offset = i64::MIN;
                }
                if (5..=7).contains(&version) {
                    sample.committed_leader_epoch = i32::MIN;
                }
                if version <= 7 {
                    sample.metadata = None;
                }
                if version <= 7 {
                    sample.error_code = i16::MIN;
                }
            }
            Fill::High => {
                if version <= 7 {
                    sample.partition_index = i32::MAX;
                }
                if version <= 7 {
                    sample.committed_offset = i64::MAX;
                }
                if (5..=7).contains(&version) {
                    sample.committed_leader_epoch = i32::MAX;
                }
                if version <= 7 {
                    sample.metadata = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version <= 7 {
                    sample.error_code = i16::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchResponseGroup<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 8 {
                    sample.group_id = Cow::Borrowed("");
                }
                if version >= 8 {
                    sample.topics = Vec::new();
                }
                if version >= 8 {
                    sample.error_code = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 8 {
                    sample.group_id = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 8 {
                    sample.topics = vec![
                        OffsetFetchResponseTopics::filled(version, fill),
                        OffsetFetchResponseTopics::filled(version, fill),
                    ];
                }
                if version >= 8 {
                    sample.error_code = i16::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchResponseTopics<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if (8..=9).contains(&version) {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                if version >= 8 {
                    sample.partitions = Vec::new();
                }
            }
            Fill::High => {
                if (8..=9).contains(&version) {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                if version >= 8 {
                    sample.partitions = vec![
                        OffsetFetchResponsePartitions::filled(version, fill),
                        OffsetFetchResponsePartitions::filled(version, fill),
                    ];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetFetchResponsePartitions<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 8 {
                    sample.partition_index = i32::MIN;
                }
                if version >= 8 {
                    sample.committed_offset = i64::MIN;
                }
                if version >= 8 {
                    sample.committed_leader_epoch = i32::MIN;
                }
                if version >= 8 {
                    sample.metadata = None;
                }
                if version >= 8 {
                    sample.error_code = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 8 {
                    sample.partition_index = i32::MAX;
                }
                if version >= 8 {
                    sample.committed_offset = i64::MAX;
                }
                if version >= 8 {
                    sample.committed_leader_epoch = i32::MAX;
                }
                if version >= 8 {
                    sample.metadata = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 8 {
                    sample.error_code = i16::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetFetchResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
