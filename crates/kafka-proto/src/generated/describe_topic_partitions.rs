//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 2f7a1b313a37bdc2

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

/// DescribeTopicPartitionsRequest, versions 0 to 0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsRequest<'a> {
    /// Every version.
    pub topics: Vec<TopicRequest<'a>>,
    /// Every version; default 2000.
    pub response_partition_limit: i32,
    /// Every version; may be null; default null.
    pub cursor: Option<Cursor<'a>>,
}

impl Default for DescribeTopicPartitionsRequest<'_> {
    fn default() -> Self {
        Self { topics: Vec::new(), response_partition_limit: 2000, cursor: None }
    }
}

impl<'a> DescribeTopicPartitionsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topics = r.array(true, 2, |r| TopicRequest::read(r, version))?;
        let response_partition_limit = r.i32()?;
        let cursor = if r.i8()? < 0 { None } else { Some(Cursor::read(r, version)?) };
        r.skip_tags()?;
        Ok(Self { topics, response_partition_limit, cursor })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.array(true, &self.topics, |w, each| {
            each.write(w, version);
        });
        w.i32(self.response_partition_limit);
        match &self.cursor {
            None => w.i8(-1),
            Some(value) => {
                w.i8(1);
                value.write(w, version);
            }
        }
        w.uvarint(0);
    }
}

/// A part of DescribeTopicPartitionsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicRequest<'a> {
    /// Every version.
    pub name: &'a str,
}

impl<'a> TopicRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let name = r.string(true)?;
        r.skip_tags()?;
        Ok(Self { name })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(true, self.name);
        w.uvarint(0);
    }
}

/// A part of DescribeTopicPartitionsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor<'a> {
    /// Every version.
    pub topic_name: &'a str,
    /// Every version.
    pub partition_index: i32,
}

impl<'a> Cursor<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic_name = r.string(true)?;
        let partition_index = r.i32()?;
        r.skip_tags()?;
        Ok(Self { topic_name, partition_index })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(true, self.topic_name);
        w.i32(self.partition_index);
        w.uvarint(0);
    }
}

impl<'a> Message<'a> for DescribeTopicPartitionsRequest<'a> {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_SINCE: i16 = 0;

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
impl<'a> Request<'a> for DescribeTopicPartitionsRequest<'a> {
    const KEY: ApiKey = ApiKey::DescribeTopicPartitions;
    type Response<'r> = DescribeTopicPartitionsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DescribeTopicPartitionsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = Vec::new();
                sample.response_partition_limit = i32::MIN;
                sample.cursor = None;
            }
            Fill::High => {
                sample.topics =
                    vec![TopicRequest::filled(version, fill), TopicRequest::filled(version, fill)];
                sample.response_partition_limit = i32::MAX;
                sample.cursor = Some(Cursor::filled(version, fill));
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl TopicRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl Cursor<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topic_name = "";
                sample.partition_index = i32::MIN;
            }
            Fill::High => {
                sample.topic_name = SAMPLE_TEXT;
                sample.partition_index = i32::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeTopicPartitionsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DescribeTopicPartitionsResponse, versions 0 to 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTopicPartitionsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<DescribeTopicPartitionsResponseTopic<'a>>,
    /// Every version; may be null; default null.
    pub next_cursor: Option<DescribeTopicPartitionsResponseCursor<'a>>,
}

impl<'a> DescribeTopicPartitionsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let throttle_time_ms = r.i32()?;
        let topics = r.array(true, 26, |r| DescribeTopicPartitionsResponseTopic::read(r, version))?;
        let next_cursor =
            if r.i8()? < 0 { None } else { Some(DescribeTopicPartitionsResponseCursor::read(r, version)?) };
        r.skip_tags()?;
        Ok(Self { throttle_time_ms, topics, next_cursor })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i32(self.throttle_time_ms);
        w.array(true, &self.topics, |w, each| {
            each.write(w, version);
        });
        match &self.next_cursor {
            None => w.i8(-1),
            Some(value) => {
                w.i8(1);
                value.write(w, version);
            }
        }
        w.uvarint(0);
    }
}

/// A part of DescribeTopicPartitionsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null.
    pub name: Option<Cow<'a, str>>,
    /// Every version.
    pub topic_id: Uuid,
    /// Every version; default false.
    pub is_internal: bool,
    /// Every version.
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// Every version; default -2147483648.
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            name: Some(Cow::Borrowed("")),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: -2147483648,
        }
    }
}

impl<'a> DescribeTopicPartitionsResponseTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let error_code = r.i16()?;
        let name = r.nullable_string(true)?.map(Cow::Borrowed);
        let topic_id = r.uuid()?;
        let is_internal = r.bool()?;
        let partitions = r.array(true, 20, |r| DescribeTopicPartitionsResponsePartition::read(r, version))?;
        let topic_authorized_operations = r.i32()?;
        r.skip_tags()?;
        Ok(Self { error_code, name, topic_id, is_internal, partitions, topic_authorized_operations })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i16(self.error_code);
        w.nullable_string(true, self.name.as_deref());
        w.uuid(self.topic_id);
        w.bool(self.is_internal);
        w.array(true, &self.partitions, |w, each| {
            each.write(w, version);
        });
        w.i32(self.topic_authorized_operations);
        w.uvarint(0);
    }
}

/// A part of DescribeTopicPartitionsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub leader_id: i32,
    /// Every version; default -1.
    pub leader_epoch: i32,
    /// Every version.
    pub replica_nodes: Vec<i32>,
    /// Every version.
    pub isr_nodes: Vec<i32>,
    /// Every version; may be null; default null.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// Every version; may be null; default null.
    pub last_known_elr: Option<Vec<i32>>,
    /// Every version.
    pub offline_replicas: Vec<i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
        }
    }
}

impl DescribeTopicPartitionsResponsePartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let error_code = r.i16()?;
        let partition_index = r.i32()?;
        let leader_id = r.i32()?;
        let leader_epoch = r.i32()?;
        let replica_nodes = r.array(true, 4, Reader::i32)?;
        let isr_nodes = r.array(true, 4, Reader::i32)?;
        let eligible_leader_replicas = r.nullable_array(true, 4, Reader::i32)?;
        let last_known_elr = r.nullable_array(true, 4, Reader::i32)?;
        let offline_replicas = r.array(true, 4, Reader::i32)?;
        r.skip_tags()?;
        Ok(Self {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            eligible_leader_replicas,
            last_known_elr,
            offline_replicas,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i16(self.error_code);
        w.i32(self.partition_index);
        w.i32(self.leader_id);
        w.i32(self.leader_epoch);
        w.array(true, &self.replica_nodes, |w, each| {
            w.i32(*each);
        });
        w.array(true, &self.isr_nodes, |w, each| {
            w.i32(*each);
        });
        w.nullable_array(true, self.eligible_leader_replicas.as_deref(), |w, each| {
            w.i32(*each);
        });
        w.nullable_array(true, self.last_known_elr.as_deref(), |w, each| {
            w.i32(*each);
        });
        w.array(true, &self.offline_replicas, |w, each| {
            w.i32(*each);
        });
        w.uvarint(0);
    }
}

/// A part of DescribeTopicPartitionsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTopicPartitionsResponseCursor<'a> {
    /// Every version.
    pub topic_name: Cow<'a, str>,
    /// Every version.
    pub partition_index: i32,
}

impl<'a> DescribeTopicPartitionsResponseCursor<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic_name = Cow::Borrowed(r.string(true)?);
        let partition_index = r.i32()?;
        r.skip_tags()?;
        Ok(Self { topic_name, partition_index })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(true, &self.topic_name);
        w.i32(self.partition_index);
        w.uvarint(0);
    }
}

impl<'a> Message<'a> for DescribeTopicPartitionsResponse<'a> {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_SINCE: i16 = 0;

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
impl DescribeTopicPartitionsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.topics = Vec::new();
                sample.next_cursor = None;
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.topics = vec![
                    DescribeTopicPartitionsResponseTopic::filled(version, fill),
                    DescribeTopicPartitionsResponseTopic::filled(version, fill),
                ];
                sample.next_cursor = Some(DescribeTopicPartitionsResponseCursor::filled(version, fill));
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeTopicPartitionsResponseTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.name = None;
                sample.topic_id = Uuid::ZERO;
                sample.is_internal = false;
                sample.partitions = Vec::new();
                sample.topic_authorized_operations = i32::MIN;
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.name = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.topic_id = Uuid([0xFF; 16]);
                sample.is_internal = true;
                sample.partitions = vec![
                    DescribeTopicPartitionsResponsePartition::filled(version, fill),
                    DescribeTopicPartitionsResponsePartition::filled(version, fill),
                ];
                sample.topic_authorized_operations = i32::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeTopicPartitionsResponsePartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.partition_index = i32::MIN;
                sample.leader_id = i32::MIN;
                sample.leader_epoch = i32::MIN;
                sample.replica_nodes = Vec::new();
                sample.isr_nodes = Vec::new();
                sample.eligible_leader_replicas = None;
                sample.last_known_elr = None;
                sample.offline_replicas = Vec::new();
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.partition_index = i32::MAX;
                sample.leader_id = i32::MAX;
                sample.leader_epoch = i32::MAX;
                sample.replica_nodes = vec![i32::MAX, i32::MAX];
                sample.isr_nodes = vec![i32::MAX, i32::MAX];
                sample.eligible_leader_replicas = Some(vec![i32::MAX, i32::MAX]);
                sample.last_known_elr = Some(vec![i32::MAX, i32::MAX]);
                sample.offline_replicas = vec![i32::MAX, i32::MAX];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeTopicPartitionsResponseCursor<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topic_name = Cow::Borrowed("");
                sample.partition_index = i32::MIN;
            }
            Fill::High => {
                sample.topic_name = Cow::Borrowed(SAMPLE_TEXT);
                sample.partition_index = i32::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeTopicPartitionsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
