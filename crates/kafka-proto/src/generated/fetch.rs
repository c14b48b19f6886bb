//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 15c82f4591725b17

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
use crate::records::Records;
use crate::uuid::Uuid;
use crate::writer::Writer;

/// FetchRequest, versions 4 to 18.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchRequest<'a> {
    /// Version 12 and up; may be null; tag 0; default null.
    pub cluster_id: Option<&'a str>,
    /// Version 4 to 14; default -1.
    pub replica_id: i32,
    /// Version 15 and up; tag 1.
    pub replica_state: ReplicaState,
    /// Every version.
    pub max_wait_ms: i32,
    /// Every version.
    pub min_bytes: i32,
    /// Every version; default 0x7fffffff.
    pub max_bytes: i32,
    /// Every version; default 0.
    pub isolation_level: i8,
    /// Version 7 and up; default 0.
    pub session_id: i32,
    /// Version 7 and up; default -1.
    pub session_epoch: i32,
    /// Every version.
    pub topics: Vec<FetchTopic<'a>>,
    /// Version 7 and up.
    pub forgotten_topics_data: Vec<ForgottenTopic<'a>>,
    /// Version 11 and up.
    pub rack_id: &'a str,
}

impl Default for FetchRequest<'_> {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 2147483647,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: "",
        }
    }
}

impl<'a> FetchRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let replica_id = if version <= 14 { r.i32()? } else { -1 };
        let max_wait_ms = r.i32()?;
        let min_bytes = r.i32()?;
        let max_bytes = r.i32()?;
        let isolation_level = r.i8()?;
        let session_id = if version >= 7 { r.i32()? } else { 0 };
        let session_epoch = if version >= 7 { r.i32()? } else { -1 };
        let topics = r.array(flexible, 3, |r| FetchTopic::read(r, version))?;
        let forgotten_topics_data = if version >= 7 {
            r.array(flexible, 1, |r| ForgottenTopic::read(r, version))?
        } else {
            Vec::new()
        };
        let rack_id = if version >= 11 { r.string(flexible)? } else { "" };
        let mut cluster_id = None;
        let mut replica_state = ReplicaState::default();
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 => {
                        cluster_id = field.nullable_string(true)?;
                        field.finish()?;
                    }
                    1 if version >= 15 => {
                        replica_state = ReplicaState::read(&mut field, version)?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            cluster_id,
            replica_id,
            replica_state,
            max_wait_ms,
            min_bytes,
            max_bytes,
            isolation_level,
            session_id,
            session_epoch,
            topics,
            forgotten_topics_data,
            rack_id,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version <= 14 {
            w.i32(self.replica_id);
        } else if self.replica_id != -1 {
            w.refuse("replica_id", version);
        }
        w.i32(self.max_wait_ms);
        w.i32(self.min_bytes);
        w.i32(self.max_bytes);
        w.i8(self.isolation_level);
        if version >= 7 {
            w.i32(self.session_id);
        }
        if version >= 7 {
            w.i32(self.session_epoch);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if version >= 7 {
            w.array(flexible, &self.forgotten_topics_data, |w, each| {
                each.write(w, version);
            });
        } else if !self.forgotten_topics_data.is_empty() {
            w.refuse("forgotten_topics_data", version);
        }
        if version >= 11 {
            w.string(flexible, self.rack_id);
        }
        if !(version >= 15) && self.replica_state != ReplicaState::default() {
            w.refuse("replica_state", version);
        }
        if flexible {
            let has_cluster_id = self.cluster_id.is_some();
            let has_replica_state = version >= 15 && self.replica_state != ReplicaState::default();
            w.uvarint(u32::from(has_cluster_id) + u32::from(has_replica_state));
            if has_cluster_id {
                w.tagged(0, |w| {
                    w.nullable_string(true, self.cluster_id);
                });
            }
            if has_replica_state {
                w.tagged(1, |w| {
                    self.replica_state.write(w, version);
                });
            }
        }
    }
}

/// A part of FetchRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    /// Version 15 and up; default -1.
    pub replica_id: i32,
    /// Version 15 and up; default -1.
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self { replica_id: -1, replica_epoch: -1 }
    }
}

impl ReplicaState {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let replica_id = if version >= 15 { r.i32()? } else { -1 };
        let replica_epoch = if version >= 15 { r.i64()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { replica_id, replica_epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version >= 15 {
            w.i32(self.replica_id);
        } else if self.replica_id != -1 {
            w.refuse("replica_id", version);
        }
        if version >= 15 {
            w.i64(self.replica_epoch);
        } else if self.replica_epoch != -1 {
            w.refuse("replica_epoch", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FetchRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchTopic<'a> {
    /// Version 4 to 12.
    pub topic: &'a str,
    /// Version 13 and up.
    pub topic_id: Uuid,
    /// Every version.
    pub partitions: Vec<FetchPartition>,
}

impl<'a> FetchTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let topic = if version <= 12 { r.string(flexible)? } else { "" };
        let topic_id = if version >= 13 { r.uuid()? } else { Uuid::ZERO };
        let partitions = r.array(flexible, 16, |r| FetchPartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version <= 12 {
            w.string(flexible, self.topic);
        }
        if version >= 13 {
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

/// A part of FetchRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchPartition {
    /// Every version.
    pub partition: i32,
    /// Version 9 and up; default -1.
    pub current_leader_epoch: i32,
    /// Every version.
    pub fetch_offset: i64,
    /// Version 12 and up; default -1.
    pub last_fetched_epoch: i32,
    /// Version 5 and up; default -1.
    pub log_start_offset: i64,
    /// Every version.
    pub partition_max_bytes: i32,
    /// Version 17 and up; tag 0.
    pub replica_directory_id: Uuid,
    /// Version 18; tag 1; default 9223372036854775807.
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: 9223372036854775807,
        }
    }
}

impl FetchPartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let partition = r.i32()?;
        let current_leader_epoch = if version >= 9 { r.i32()? } else { -1 };
        let fetch_offset = r.i64()?;
        let last_fetched_epoch = if version >= 12 { r.i32()? } else { -1 };
        let log_start_offset = if version >= 5 { r.i64()? } else { -1 };
        let partition_max_bytes = r.i32()?;
        let mut replica_directory_id = Uuid::ZERO;
        let mut high_watermark = 9223372036854775807;
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 if version >= 17 => {
                        replica_directory_id = field.uuid()?;
                        field.finish()?;
                    }
                    1 if version >= 18 => {
                        high_watermark = field.i64()?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            partition,
            current_leader_epoch,
            fetch_offset,
            last_fetched_epoch,
            log_start_offset,
            partition_max_bytes,
            replica_directory_id,
            high_watermark,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        w.i32(self.partition);
        if version >= 9 {
            w.i32(self.current_leader_epoch);
        }
        w.i64(self.fetch_offset);
        if version >= 12 {
            w.i32(self.last_fetched_epoch);
        } else if self.last_fetched_epoch != -1 {
            w.refuse("last_fetched_epoch", version);
        }
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        w.i32(self.partition_max_bytes);
        if flexible {
            let has_replica_directory_id = version >= 17 && self.replica_directory_id != Uuid::ZERO;
            let has_high_watermark = version >= 18 && self.high_watermark != 9223372036854775807;
            w.uvarint(u32::from(has_replica_directory_id) + u32::from(has_high_watermark));
            if has_replica_directory_id {
                w.tagged(0, |w| {
                    w.uuid(self.replica_directory_id);
                });
            }
            if has_high_watermark {
                w.tagged(1, |w| {
                    w.i64(self.high_watermark);
                });
            }
        }
    }
}

/// A part of FetchRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForgottenTopic<'a> {
    /// Version 7 to 12.
    pub topic: &'a str,
    /// Version 13 and up.
    pub topic_id: Uuid,
    /// Version 7 and up.
    pub partitions: Vec<i32>,
}

impl<'a> ForgottenTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let topic = if (7..=12).contains(&version) { r.string(flexible)? } else { "" };
        let topic_id = if version >= 13 { r.uuid()? } else { Uuid::ZERO };
        let partitions = if version >= 7 { r.array(flexible, 4, Reader::i32)? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if (7..=12).contains(&version) {
            w.string(flexible, self.topic);
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        if version >= 7 {
            w.array(flexible, &self.partitions, |w, each| {
                w.i32(*each);
            });
        } else if !self.partitions.is_empty() {
            w.refuse("partitions", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for FetchRequest<'a> {
    const NAME: &'static str = "FetchRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 4..=18;
    const FLEXIBLE_SINCE: i16 = 12;

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
impl<'a> Request<'a> for FetchRequest<'a> {
    const KEY: ApiKey = ApiKey::Fetch;
    type Response<'r> = FetchResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl FetchRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 12 {
                    sample.cluster_id = None;
                }
                if version <= 14 {
                    sample.replica_id = i32::MIN;
                }
                if version >= 15 {
                    sample.replica_state = ReplicaState::filled(version, fill);
                }
                sample.max_wait_ms = i32::MIN;
                sample.min_bytes = i32::MIN;
                sample.max_bytes = i32::MIN;
                sample.isolation_level = i8::MIN;
                if version >= 7 {
                    sample.session_id = i32::MIN;
                }
                if version >= 7 {
                    sample.session_epoch = i32::MIN;
                }
                sample.topics = Vec::new();
                if version >= 7 {
                    sample.forgotten_topics_data = Vec::new();
                }
                if version >= 11 {
                    sample.rack_id = "";
                }
            }
            Fill::High => {
                if version >= 12 {
                    sample.cluster_id = Some(SAMPLE_TEXT);
                }
                if version <= 14 {
                    sample.replica_id = i32::MAX;
                }
                if version >= 15 {
                    sample.replica_state = ReplicaState::filled(version, fill);
                }
                sample.max_wait_ms = i32::MAX;
                sample.min_bytes = i32::MAX;
                sample.max_bytes = i32::MAX;
                sample.isolation_level = i8::MAX;
                if version >= 7 {
                    sample.session_id = i32::MAX;
                }
                if version >= 7 {
                    sample.session_epoch = i32::MAX;
                }
                sample.topics = vec![FetchTopic::filled(version, fill), FetchTopic::filled(version, fill)];
                if version >= 7 {
                    sample.forgotten_topics_data =
                        vec![ForgottenTopic::filled(version, fill), ForgottenTopic::filled(version, fill)];
                }
                if version >= 11 {
                    sample.rack_id = SAMPLE_TEXT;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ReplicaState {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 15 {
                    sample.replica_id = i32::MIN;
                }
                if version >= 15 {
                    sample.replica_epoch = i64::MIN;
                }
            }
            Fill::High => {
                if version >= 15 {
                    sample.replica_id = i32::MAX;
                }
                if version >= 15 {
                    sample.replica_epoch = i64::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl FetchTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 12 {
                    sample.topic = "";
                }
                if version >= 13 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partitions = Vec::new();
            }
            Fill::High => {
                if version <= 12 {
                    sample.topic = SAMPLE_TEXT;
                }
                if version >= 13 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partitions =
                    vec![FetchPartition::filled(version, fill), FetchPartition::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl FetchPartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition = i32::MIN;
                if version >= 9 {
                    sample.current_leader_epoch = i32::MIN;
                }
                sample.fetch_offset = i64::MIN;
                if version >= 12 {
                    sample.last_fetched_epoch = i32::MIN;
                }
                if version >= 5 {
                    sample.log_start_offset = i64::MIN;
                }
                sample.partition_max_bytes = i32::MIN;
                if version >= 17 {
                    sample.replica_directory_id = Uuid::ZERO;
                }
                if version >= 18 {
                    sample.high_watermark = i64::MIN;
                }
            }
            Fill::High => {
                sample.partition = i32::MAX;
                if version >= 9 {
                    sample.current_leader_epoch = i32::MAX;
                }
                sample.fetch_offset = i64::MAX;
                if version >= 12 {
                    sample.last_fetched_epoch = i32::MAX;
                }
                if version >= 5 {
                    sample.log_start_offset = i64::MAX;
                }
                sample.partition_max_bytes = i32::MAX;
                if version >= 17 {
                    sample.replica_directory_id = Uuid([0xFF; 16]);
                }
                if version >= 18 {
                    sample.high_watermark = i64::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ForgottenTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if (7..=12).contains(&version) {
                    sample.topic = "";
                }
                if version >= 13 {
                    sample.topic_id = Uuid::ZERO;
                }
                if version >= 7 {
                    sample.partitions = Vec::new();
                }
            }
            Fill::High => {
                if (7..=12).contains(&version) {
                    sample.topic = SAMPLE_TEXT;
                }
                if version >= 13 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                if version >= 7 {
                    sample.partitions = vec![i32::MAX, i32::MAX];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for FetchRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// FetchResponse, versions 4 to 18.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Version 7 and up.
    pub error_code: i16,
    /// Version 7 and up; default 0.
    pub session_id: i32,
    /// Every version.
    pub responses: Vec<FetchableTopicResponse<'a>>,
    /// Version 16 and up; tag 0.
    pub node_endpoints: Vec<NodeEndpoint<'a>>,
}

impl<'a> FetchResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let throttle_time_ms = r.i32()?;
        let error_code = if version >= 7 { r.i16()? } else { 0 };
        let session_id = if version >= 7 { r.i32()? } else { 0 };
        let responses = r.array(flexible, 3, |r| FetchableTopicResponse::read(r, version))?;
        let mut node_endpoints = Vec::new();
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 if version >= 16 => {
                        node_endpoints = field.array(true, 1, |r| NodeEndpoint::read(r, version))?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { throttle_time_ms, error_code, session_id, responses, node_endpoints })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        w.i32(self.throttle_time_ms);
        if version >= 7 {
            w.i16(self.error_code);
        }
        if version >= 7 {
            w.i32(self.session_id);
        } else if self.session_id != 0 {
            w.refuse("session_id", version);
        }
        w.array(flexible, &self.responses, |w, each| {
            each.write(w, version);
        });
        if !(version >= 16) && !self.node_endpoints.is_empty() {
            w.refuse("node_endpoints", version);
        }
        if flexible {
            let has_node_endpoints = version >= 16 && !self.node_endpoints.is_empty();
            w.uvarint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                w.tagged(0, |w| {
                    w.array(true, &self.node_endpoints, |w, each| {
                        each.write(w, version);
                    });
                });
            }
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchableTopicResponse<'a> {
    /// Version 4 to 12.
    pub topic: Cow<'a, str>,
    /// Version 13 and up.
    pub topic_id: Uuid,
    /// Every version.
    pub partitions: Vec<PartitionData<'a>>,
}

impl<'a> FetchableTopicResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let topic = if version <= 12 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let topic_id = if version >= 13 { r.uuid()? } else { Uuid::ZERO };
        let partitions = r.array(flexible, 30, |r| PartitionData::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version <= 12 {
            w.string(flexible, &self.topic);
        }
        if version >= 13 {
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

/// A part of FetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData<'a> {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub high_watermark: i64,
    /// Every version; default -1.
    pub last_stable_offset: i64,
    /// Version 5 and up; default -1.
    pub log_start_offset: i64,
    /// Version 12 and up; tag 0.
    pub diverging_epoch: EpochEndOffset,
    /// Version 12 and up; tag 1.
    pub current_leader: LeaderIdAndEpoch,
    /// Version 12 and up; tag 2.
    pub snapshot_id: SnapshotId,
    /// Every version; may be null.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Version 11 and up; default -1.
    pub preferred_read_replica: i32,
    /// Every version; may be null.
    pub records: Option<Records<'a>>,
}

impl Default for PartitionData<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Vec::new()),
            preferred_read_replica: -1,
            records: None,
        }
    }
}

impl<'a> PartitionData<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let partition_index = r.i32()?;
        let error_code = r.i16()?;
        let high_watermark = r.i64()?;
        let last_stable_offset = r.i64()?;
        let log_start_offset = if version >= 5 { r.i64()? } else { -1 };
        let aborted_transactions =
            r.nullable_array(flexible, 16, |r| AbortedTransaction::read(r, version))?;
        let preferred_read_replica = if version >= 11 { r.i32()? } else { -1 };
        let records = r.nullable_bytes(flexible)?.map(Records::Slice);
        let mut diverging_epoch = EpochEndOffset::default();
        let mut current_leader = LeaderIdAndEpoch::default();
        let mut snapshot_id = SnapshotId::default();
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 => {
                        diverging_epoch = EpochEndOffset::read(&mut field, version)?;
                        field.finish()?;
                    }
                    1 => {
                        current_leader = LeaderIdAndEpoch::read(&mut field, version)?;
                        field.finish()?;
                    }
                    2 => {
                        snapshot_id = SnapshotId::read(&mut field, version)?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            partition_index,
            error_code,
            high_watermark,
            last_stable_offset,
            log_start_offset,
            diverging_epoch,
            current_leader,
            snapshot_id,
            aborted_transactions,
            preferred_read_replica,
            records,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        w.i32(self.partition_index);
        w.i16(self.error_code);
        w.i64(self.high_watermark);
        w.i64(self.last_stable_offset);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        w.nullable_array(flexible, self.aborted_transactions.as_deref(), |w, each| {
            each.write(w, version);
        });
        if version >= 11 {
            w.i32(self.preferred_read_replica);
        } else if self.preferred_read_replica != -1 {
            w.refuse("preferred_read_replica", version);
        }
        w.nullable_records(flexible, self.records.as_ref());
        if !(version >= 12) && self.diverging_epoch != EpochEndOffset::default() {
            w.refuse("diverging_epoch", version);
        }
        if !(version >= 12) && self.current_leader != LeaderIdAndEpoch::default() {
            w.refuse("current_leader", version);
        }
        if !(version >= 12) && self.snapshot_id != SnapshotId::default() {
            w.refuse("snapshot_id", version);
        }
        if flexible {
            let has_diverging_epoch = self.diverging_epoch != EpochEndOffset::default();
            let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
            let has_snapshot_id = self.snapshot_id != SnapshotId::default();
            w.uvarint(
                u32::from(has_diverging_epoch) + u32::from(has_current_leader) + u32::from(has_snapshot_id),
            );
            if has_diverging_epoch {
                w.tagged(0, |w| {
                    self.diverging_epoch.write(w, version);
                });
            }
            if has_current_leader {
                w.tagged(1, |w| {
                    self.current_leader.write(w, version);
                });
            }
            if has_snapshot_id {
                w.tagged(2, |w| {
                    self.snapshot_id.write(w, version);
                });
            }
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    /// Version 12 and up; default -1.
    pub epoch: i32,
    /// Version 12 and up; default -1.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self { epoch: -1, end_offset: -1 }
    }
}

impl EpochEndOffset {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let epoch = if version >= 12 { r.i32()? } else { -1 };
        let end_offset = if version >= 12 { r.i64()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { epoch, end_offset })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version >= 12 {
            w.i32(self.epoch);
        } else if self.epoch != -1 {
            w.refuse("epoch", version);
        }
        if version >= 12 {
            w.i64(self.end_offset);
        } else if self.end_offset != -1 {
            w.refuse("end_offset", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Version 12 and up; default -1.
    pub leader_id: i32,
    /// Version 12 and up; default -1.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1 }
    }
}

impl LeaderIdAndEpoch {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let leader_id = if version >= 12 { r.i32()? } else { -1 };
        let leader_epoch = if version >= 12 { r.i32()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { leader_id, leader_epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version >= 12 {
            w.i32(self.leader_id);
        } else if self.leader_id != -1 {
            w.refuse("leader_id", version);
        }
        if version >= 12 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            w.refuse("leader_epoch", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotId {
    /// Every version; default -1.
    pub end_offset: i64,
    /// Every version; default -1.
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self { end_offset: -1, epoch: -1 }
    }
}

impl SnapshotId {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let end_offset = r.i64()?;
        let epoch = r.i32()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { end_offset, epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        w.i64(self.end_offset);
        w.i32(self.epoch);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AbortedTransaction {
    /// Every version.
    pub producer_id: i64,
    /// Every version.
    pub first_offset: i64,
}

impl AbortedTransaction {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let producer_id = r.i64()?;
        let first_offset = r.i64()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { producer_id, first_offset })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        w.i64(self.producer_id);
        w.i64(self.first_offset);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FetchResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeEndpoint<'a> {
    /// Version 16 and up.
    pub node_id: i32,
    /// Version 16 and up.
    pub host: Cow<'a, str>,
    /// Version 16 and up.
    pub port: i32,
    /// Version 16 and up; may be null; default null.
    pub rack: Option<Cow<'a, str>>,
}

impl<'a> NodeEndpoint<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let node_id = if version >= 16 { r.i32()? } else { 0 };
        let host = if version >= 16 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let port = if version >= 16 { r.i32()? } else { 0 };
        let rack = if version >= 16 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 12;
        if version >= 16 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            w.refuse("node_id", version);
        }
        if version >= 16 {
            w.string(flexible, &self.host);
        } else if !self.host.is_empty() {
            w.refuse("host", version);
        }
        if version >= 16 {
            w.i32(self.port);
        } else if self.port != 0 {
            w.refuse("port", version);
        }
        if version >= 16 {
            w.nullable_string(flexible, self.rack.as_deref());
        } else if self.rack.is_some() {
            w.refuse("rack", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for FetchResponse<'a> {
    const NAME: &'static str = "FetchResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 4..=18;
    const FLEXIBLE_SINCE: i16 = 12;

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
impl FetchResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                if version >= 7 {
                    sample.error_code = i16::MIN;
                }
                if version >= 7 {
                    sample.session_id = i32::MIN;
                }
                sample.responses = Vec::new();
                if version >= 16 {
                    sample.node_endpoints = Vec::new();
                }
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                if version >= 7 {
                    sample.error_code = i16::MAX;
                }
                if version >= 7 {
                    sample.session_id = i32::MAX;
                }
                sample.responses = vec![
                    FetchableTopicResponse::filled(version, fill),
                    FetchableTopicResponse::filled(version, fill),
                ];
                if version >= 16 {
                    sample.node_endpoints =
                        vec![NodeEndpoint::filled(version, fill), NodeEndpoint::filled(version, fill)];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl FetchableTopicResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 12 {
                    sample.topic = Cow::Borrowed("");
                }
                if version >= 13 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partitions = Vec::new();
            }
            Fill::High => {
                if version <= 12 {
                    sample.topic = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 13 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partitions =
                    vec![PartitionData::filled(version, fill), PartitionData::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl PartitionData<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.error_code = i16::MIN;
                sample.high_watermark = i64::MIN;
                sample.last_stable_offset = i64::MIN;
                if version >= 5 {
                    sample.log_start_offset = i64::MIN;
                }
                if version >= 12 {
                    sample.diverging_epoch = EpochEndOffset::filled(version, fill);
                }
                if version >= 12 {
                    sample.current_leader = LeaderIdAndEpoch::filled(version, fill);
                }
                if version >= 12 {
                    sample.snapshot_id = SnapshotId::filled(version, fill);
                }
                sample.aborted_transactions = None;
                if version >= 11 {
                    sample.preferred_read_replica = i32::MIN;
                }
                sample.records = None;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.error_code = i16::MAX;
                sample.high_watermark = i64::MAX;
                sample.last_stable_offset = i64::MAX;
                if version >= 5 {
                    sample.log_start_offset = i64::MAX;
                }
                if version >= 12 {
                    sample.diverging_epoch = EpochEndOffset::filled(version, fill);
                }
                if version >= 12 {
                    sample.current_leader = LeaderIdAndEpoch::filled(version, fill);
                }
                if version >= 12 {
                    sample.snapshot_id = SnapshotId::filled(version, fill);
                }
                sample.aborted_transactions = Some(vec![
                    AbortedTransaction::filled(version, fill),
                    AbortedTransaction::filled(version, fill),
                ]);
                if version >= 11 {
                    sample.preferred_read_replica = i32::MAX;
                }
                sample.records = Some(Records::Slice(SAMPLE_TEXT.as_bytes()));
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl EpochEndOffset {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 12 {
                    sample.epoch = i32::MIN;
                }
                if version >= 12 {
                    sample.end_offset = i64::MIN;
                }
            }
            Fill::High => {
                if version >= 12 {
                    sample.epoch = i32::MAX;
                }
                if version >= 12 {
                    sample.end_offset = i64::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl LeaderIdAndEpoch {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 12 {
                    sample.leader_id = i32::MIN;
                }
                if version >= 12 {
                    sample.leader_epoch = i32::MIN;
                }
            }
            Fill::High => {
                if version >= 12 {
                    sample.leader_id = i32::MAX;
                }
                if version >= 12 {
                    sample.leader_epoch = i32::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl SnapshotId {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.end_offset = i64::MIN;
                sample.epoch = i32::MIN;
            }
            Fill::High => {
                sample.end_offset = i64::MAX;
                sample.epoch = i32::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl AbortedTransaction {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.producer_id = i64::MIN;
                sample.first_offset = i64::MIN;
            }
            Fill::High => {
                sample.producer_id = i64::MAX;
                sample.first_offset = i64::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl NodeEndpoint<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 16 {
                    sample.node_id = i32::MIN;
                }
                if version >= 16 {
                    sample.host = Cow::Borrowed("");
                }
                if version >= 16 {
                    sample.port = i32::MIN;
                }
                if version >= 16 {
                    sample.rack = None;
                }
            }
            Fill::High => {
                if version >= 16 {
                    sample.node_id = i32::MAX;
                }
                if version >= 16 {
                    sample.host = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 16 {
                    sample.port = i32::MAX;
                }
                if version >= 16 {
                    sample.rack = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for FetchResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
