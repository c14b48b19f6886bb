//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 529d8d067c0134eb

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

/// OffsetCommitRequest, versions 2 to 10.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Every version; default -1.
    pub generation_id_or_member_epoch: i32,
    /// Every version.
    pub member_id: &'a str,
    /// Version 7 and up; may be null; default null.
    pub group_instance_id: Option<&'a str>,
    /// Version 2 to 4; default -1.
    pub retention_time_ms: i64,
    /// Every version.
    pub topics: Vec<OffsetCommitRequestTopic<'a>>,
}

impl Default for OffsetCommitRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            generation_id_or_member_epoch: -1,
            member_id: "",
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

impl<'a> OffsetCommitRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let group_id = r.string(flexible)?;
        let generation_id_or_member_epoch = r.i32()?;
        let member_id = r.string(flexible)?;
        let group_instance_id = if version >= 7 { r.nullable_string(flexible)? } else { None };
        let retention_time_ms = if version <= 4 { r.i64()? } else { -1 };
        let topics = r.array(flexible, 3, |r| OffsetCommitRequestTopic::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            group_id,
            generation_id_or_member_epoch,
            member_id,
            group_instance_id,
            retention_time_ms,
            topics,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        w.string(flexible, self.group_id);
        w.i32(self.generation_id_or_member_epoch);
        w.string(flexible, self.member_id);
        if version >= 7 {
            w.nullable_string(flexible, self.group_instance_id);
        } else if self.group_instance_id.is_some() {
            w.refuse("group_instance_id", version);
        }
        if version <= 4 {
            w.i64(self.retention_time_ms);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetCommitRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetCommitRequestTopic<'a> {
    /// Version 2 to 9.
    pub name: &'a str,
    /// Version 10.
    pub topic_id: Uuid,
    /// Every version.
    pub partitions: Vec<OffsetCommitRequestPartition<'a>>,
}

impl<'a> OffsetCommitRequestTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let name = if version <= 9 { r.string(flexible)? } else { "" };
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let partitions = r.array(flexible, 14, |r| OffsetCommitRequestPartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        if version <= 9 {
            w.string(flexible, self.name);
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetCommitRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequestPartition<'a> {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub committed_offset: i64,
    /// Version 6 and up; default -1.
    pub committed_leader_epoch: i32,
    /// Every version; may be null.
    pub committed_metadata: Option<&'a str>,
}

impl Default for OffsetCommitRequestPartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(""),
        }
    }
}

impl<'a> OffsetCommitRequestPartition<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let partition_index = r.i32()?;
        let committed_offset = r.i64()?;
        let committed_leader_epoch = if version >= 6 { r.i32()? } else { -1 };
        let committed_metadata = r.nullable_string(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, committed_metadata })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        w.i32(self.partition_index);
        w.i64(self.committed_offset);
        if version >= 6 {
            w.i32(self.committed_leader_epoch);
        }
        w.nullable_string(flexible, self.committed_metadata);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetCommitRequest<'a> {
    const NAME: &'static str = "OffsetCommitRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=10;
    const FLEXIBLE_SINCE: i16 = 8;

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
impl<'a> Request<'a> for OffsetCommitRequest<'a> {
    const KEY: ApiKey = ApiKey::OffsetCommit;
    type Response<'r> = OffsetCommitResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl OffsetCommitRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = "";
                sample.generation_id_or_member_epoch = i32::MIN;
                sample.member_id = "";
                if version >= 7 {
                    sample.group_instance_id = None;
                }
                if version <= 4 {
                    sample.retention_time_ms = i64::MIN;
                }
                sample.topics = Vec::new();
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                sample.generation_id_or_member_epoch = i32::MAX;
                sample.member_id = SAMPLE_TEXT;
                if version >= 7 {
                    sample.group_instance_id = Some(SAMPLE_TEXT);
                }
                if version <= 4 {
                    sample.retention_time_ms = i64::MAX;
                }
                sample.topics = vec![
                    OffsetCommitRequestTopic::filled(version, fill),
                    OffsetCommitRequestTopic::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetCommitRequestTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 9 {
                    sample.name = "";
                }
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partitions = Vec::new();
            }
            Fill::High => {
                if version <= 9 {
                    sample.name = SAMPLE_TEXT;
                }
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partitions = vec![
                    OffsetCommitRequestPartition::filled(version, fill),
                    OffsetCommitRequestPartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetCommitRequestPartition<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.committed_offset = i64::MIN;
                if version >= 6 {
                    sample.committed_leader_epoch = i32::MIN;
                }
                sample.committed_metadata = None;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.committed_offset = i64::MAX;
                if version >= 6 {
                    sample.committed_leader_epoch = i32::MAX;
                }
                sample.committed_metadata = Some(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetCommitRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// OffsetCommitResponse, versions 2 to 10.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetCommitResponse<'a> {
    /// Version 3 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<OffsetCommitResponseTopic<'a>>,
}

impl<'a> OffsetCommitResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let throttle_time_ms = if version >= 3 { r.i32()? } else { 0 };
        let topics = r.array(flexible, 3, |r| OffsetCommitResponseTopic::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetCommitResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetCommitResponseTopic<'a> {
    /// Version 2 to 9.
    pub name: Cow<'a, str>,
    /// Version 10.
    pub topic_id: Uuid,
    /// Every version.
    pub partitions: Vec<OffsetCommitResponsePartition>,
}

impl<'a> OffsetCommitResponseTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let name = if version <= 9 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let partitions = r.array(flexible, 6, |r| OffsetCommitResponsePartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        if version <= 9 {
            w.string(flexible, &self.name);
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetCommitResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetCommitResponsePartition {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub error_code: i16,
}

impl OffsetCommitResponsePartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let partition_index = r.i32()?;
        let error_code = r.i16()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 8;
        w.i32(self.partition_index);
        w.i16(self.error_code);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetCommitResponse<'a> {
    const NAME: &'static str = "OffsetCommitResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=10;
    const FLEXIBLE_SINCE: i16 = 8;

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
impl OffsetCommitResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.topics = Vec::new();
            }
            Fill::High => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.topics = vec![
                    OffsetCommitResponseTopic::filled(version, fill),
                    OffsetCommitResponseTopic::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetCommitResponseTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 9 {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partitions = Vec::new();
            }
            Fill::High => {
                if version <= 9 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partitions = vec![
                    OffsetCommitResponsePartition::filled(version, fill),
                    OffsetCommitResponsePartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetCommitResponsePartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.error_code = i16::MIN;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.error_code = i16::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetCommitResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
