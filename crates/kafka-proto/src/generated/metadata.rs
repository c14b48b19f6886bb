//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 39543d89f747438c

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

/// MetadataRequest, versions 0 to 13.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequest<'a> {
    /// Every version; may be null in 1 and up.
    pub topics: Option<Vec<MetadataRequestTopic<'a>>>,
    /// Version 4 and up; default true.
    pub allow_auto_topic_creation: bool,
    /// Version 8 to 10.
    pub include_cluster_authorized_operations: bool,
    /// Version 8 and up.
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest<'_> {
    fn default() -> Self {
        Self {
            topics: Some(Vec::new()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl<'a> MetadataRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let topics = if version >= 1 {
            r.nullable_array(flexible, 2, |r| MetadataRequestTopic::read(r, version))?
        } else {
            Some(r.array(flexible, 2, |r| MetadataRequestTopic::read(r, version))?)
        };
        let allow_auto_topic_creation = if version >= 4 { r.bool()? } else { true };
        let include_cluster_authorized_operations =
            if (8..=10).contains(&version) { r.bool()? } else { false };
        let include_topic_authorized_operations = if version >= 8 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            topics,
            allow_auto_topic_creation,
            include_cluster_authorized_operations,
            include_topic_authorized_operations,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if !(version >= 1) && self.topics.is_none() {
            w.refuse_null("topics");
        }
        w.nullable_array(flexible, self.topics.as_deref(), |w, each| {
            each.write(w, version);
        });
        if version >= 4 {
            w.bool(self.allow_auto_topic_creation);
        } else if !self.allow_auto_topic_creation {
            w.refuse("allow_auto_topic_creation", version);
        }
        if (8..=10).contains(&version) {
            w.bool(self.include_cluster_authorized_operations);
        } else if self.include_cluster_authorized_operations {
            w.refuse("include_cluster_authorized_operations", version);
        }
        if version >= 8 {
            w.bool(self.include_topic_authorized_operations);
        } else if self.include_topic_authorized_operations {
            w.refuse("include_topic_authorized_operations", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of MetadataRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequestTopic<'a> {
    /// Version 10 and up.
    pub topic_id: Uuid,
    /// Every version; may be null in 10 and up.
    pub name: Option<&'a str>,
}

impl Default for MetadataRequestTopic<'_> {
    fn default() -> Self {
        Self { topic_id: Uuid::ZERO, name: Some("") }
    }
}

impl<'a> MetadataRequestTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let name = if version >= 10 { r.nullable_string(flexible)? } else { Some(r.string(flexible)?) };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic_id, name })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if !(version >= 10) && self.name.is_none() {
            w.refuse_null("name");
        }
        w.nullable_string(flexible, self.name);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for MetadataRequest<'a> {
    const NAME: &'static str = "MetadataRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_SINCE: i16 = 9;

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
impl<'a> Request<'a> for MetadataRequest<'a> {
    const KEY: ApiKey = ApiKey::Metadata;
    type Response<'r> = MetadataResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl MetadataRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = if version >= 1 { None } else { Some(Vec::new()) };
                if version >= 4 {
                    sample.allow_auto_topic_creation = false;
                }
                if (8..=10).contains(&version) {
                    sample.include_cluster_authorized_operations = false;
                }
                if version >= 8 {
                    sample.include_topic_authorized_operations = false;
                }
            }
            Fill::High => {
                sample.topics = Some(vec![
                    MetadataRequestTopic::filled(version, fill),
                    MetadataRequestTopic::filled(version, fill),
                ]);
                if version >= 4 {
                    sample.allow_auto_topic_creation = true;
                }
                if (8..=10).contains(&version) {
                    sample.include_cluster_authorized_operations = true;
                }
                if version >= 8 {
                    sample.include_topic_authorized_operations = true;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MetadataRequestTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.name = if version >= 10 { None } else { Some("") };
            }
            Fill::High => {
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.name = Some(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for MetadataRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// MetadataResponse, versions 0 to 13.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponse<'a> {
    /// Version 3 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub brokers: Vec<MetadataResponseBroker<'a>>,
    /// Version 2 and up; may be null; default null.
    pub cluster_id: Option<Cow<'a, str>>,
    /// Version 1 and up; default -1.
    pub controller_id: i32,
    /// Every version.
    pub topics: Vec<MetadataResponseTopic<'a>>,
    /// Version 8 to 10; default -2147483648.
    pub cluster_authorized_operations: i32,
    /// Version 13.
    pub error_code: i16,
}

impl Default for MetadataResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: -2147483648,
            error_code: 0,
        }
    }
}

impl<'a> MetadataResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let throttle_time_ms = if version >= 3 { r.i32()? } else { 0 };
        let brokers = r.array(flexible, 10, |r| MetadataResponseBroker::read(r, version))?;
        let cluster_id = if version >= 2 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let controller_id = if version >= 1 { r.i32()? } else { -1 };
        let topics = r.array(flexible, 8, |r| MetadataResponseTopic::read(r, version))?;
        let cluster_authorized_operations = if (8..=10).contains(&version) { r.i32()? } else { -2147483648 };
        let error_code = if version >= 13 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            throttle_time_ms,
            brokers,
            cluster_id,
            controller_id,
            topics,
            cluster_authorized_operations,
            error_code,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        w.array(flexible, &self.brokers, |w, each| {
            each.write(w, version);
        });
        if version >= 2 {
            w.nullable_string(flexible, self.cluster_id.as_deref());
        }
        if version >= 1 {
            w.i32(self.controller_id);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if (8..=10).contains(&version) {
            w.i32(self.cluster_authorized_operations);
        } else if self.cluster_authorized_operations != -2147483648 {
            w.refuse("cluster_authorized_operations", version);
        }
        if version >= 13 {
            w.i16(self.error_code);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of MetadataResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataResponseBroker<'a> {
    /// Every version.
    pub node_id: i32,
    /// Every version.
    pub host: Cow<'a, str>,
    /// Every version.
    pub port: i32,
    /// Version 1 and up; may be null; default null.
    pub rack: Option<Cow<'a, str>>,
}

impl<'a> MetadataResponseBroker<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let node_id = r.i32()?;
        let host = Cow::Borrowed(r.string(flexible)?);
        let port = r.i32()?;
        let rack = if version >= 1 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.i32(self.node_id);
        w.string(flexible, &self.host);
        w.i32(self.port);
        if version >= 1 {
            w.nullable_string(flexible, self.rack.as_deref());
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of MetadataResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseTopic<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null in 12 and up.
    pub name: Option<Cow<'a, str>>,
    /// Version 10 and up.
    pub topic_id: Uuid,
    /// Version 1 and up; default false.
    pub is_internal: bool,
    /// Every version.
    pub partitions: Vec<MetadataResponsePartition>,
    /// Version 8 and up; default -2147483648.
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic<'_> {
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

impl<'a> MetadataResponseTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let error_code = r.i16()?;
        let name = if version >= 12 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(r.string(flexible)?))
        };
        let topic_id = if version >= 10 { r.uuid()? } else { Uuid::ZERO };
        let is_internal = if version >= 1 { r.bool()? } else { false };
        let partitions = r.array(flexible, 18, |r| MetadataResponsePartition::read(r, version))?;
        let topic_authorized_operations = if version >= 8 { r.i32()? } else { -2147483648 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { error_code, name, topic_id, is_internal, partitions, topic_authorized_operations })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.i16(self.error_code);
        if !(version >= 12) && self.name.is_none() {
            w.refuse_null("name");
        }
        w.nullable_string(flexible, self.name.as_deref());
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 1 {
            w.bool(self.is_internal);
        }
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if version >= 8 {
            w.i32(self.topic_authorized_operations);
        } else if self.topic_authorized_operations != -2147483648 {
            w.refuse("topic_authorized_operations", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of MetadataResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponsePartition {
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub leader_id: i32,
    /// Version 7 and up; default -1.
    pub leader_epoch: i32,
    /// Every version.
    pub replica_nodes: Vec<i32>,
    /// Every version.
    pub isr_nodes: Vec<i32>,
    /// Version 5 and up.
    pub offline_replicas: Vec<i32>,
}

impl Default for MetadataResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
        }
    }
}

impl MetadataResponsePartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let error_code = r.i16()?;
        let partition_index = r.i32()?;
        let leader_id = r.i32()?;
        let leader_epoch = if version >= 7 { r.i32()? } else { -1 };
        let replica_nodes = r.array(flexible, 4, Reader::i32)?;
        let isr_nodes = r.array(flexible, 4, Reader::i32)?;
        let offline_replicas = if version >= 5 { r.array(flexible, 4, Reader::i32)? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            offline_replicas,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.i16(self.error_code);
        w.i32(self.partition_index);
        w.i32(self.leader_id);
        if version >= 7 {
            w.i32(self.leader_epoch);
        }
        w.array(flexible, &self.replica_nodes, |w, each| {
            w.i32(*each);
        });
        w.array(flexible, &self.isr_nodes, |w, each| {
            w.i32(*each);
        });
        if version >= 5 {
            w.array(flexible, &self.offline_replicas, |w, each| {
                w.i32(*each);
            });
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for MetadataResponse<'a> {
    const NAME: &'static str = "MetadataResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_SINCE: i16 = 9;

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
impl MetadataResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.brokers = Vec::new();
                if version >= 2 {
                    sample.cluster_id = None;
                }
                if version >= 1 {
                    sample.controller_id = i32::MIN;
                }
                sample.topics = Vec::new();
                if (8..=10).contains(&version) {
                    sample.cluster_authorized_operations = i32::MIN;
                }
                if version >= 13 {
                    sample.error_code = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.brokers = vec![
                    MetadataResponseBroker::filled(version, fill),
                    MetadataResponseBroker::filled(version, fill),
                ];
                if version >= 2 {
                    sample.cluster_id = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 1 {
                    sample.controller_id = i32::MAX;
                }
                sample.topics = vec![
                    MetadataResponseTopic::filled(version, fill),
                    MetadataResponseTopic::filled(version, fill),
                ];
                if (8..=10).contains(&version) {
                    sample.cluster_authorized_operations = i32::MAX;
                }
                if version >= 13 {
                    sample.error_code = i16::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MetadataResponseBroker<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.node_id = i32::MIN;
                sample.host = Cow::Borrowed("");
                sample.port = i32::MIN;
                if version >= 1 {
                    sample.rack = None;
                }
            }
            Fill::High => {
                sample.node_id = i32::MAX;
                sample.host = Cow::Borrowed(SAMPLE_TEXT);
                sample.port = i32::MAX;
                if version >= 1 {
                    sample.rack = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MetadataResponseTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.name = if version >= 12 { None } else { Some(Cow::Borrowed("")) };
                if version >= 10 {
                    sample.topic_id = Uuid::ZERO;
                }
                if version >= 1 {
                    sample.is_internal = false;
                }
                sample.partitions = Vec::new();
                if version >= 8 {
                    sample.topic_authorized_operations = i32::MIN;
                }
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.name = Some(Cow::Borrowed(SAMPLE_TEXT));
                if version >= 10 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                if version >= 1 {
                    sample.is_internal = true;
                }
                sample.partitions = vec![
                    MetadataResponsePartition::filled(version, fill),
                    MetadataResponsePartition::filled(version, fill),
                ];
                if version >= 8 {
                    sample.topic_authorized_operations = i32::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl MetadataResponsePartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.partition_index = i32::MIN;
                sample.leader_id = i32::MIN;
                if version >= 7 {
                    sample.leader_epoch = i32::MIN;
                }
                sample.replica_nodes = Vec::new();
                sample.isr_nodes = Vec::new();
                if version >= 5 {
                    sample.offline_replicas = Vec::new();
                }
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.partition_index = i32::MAX;
                sample.leader_id = i32::MAX;
                if version >= 7 {
                    sample.leader_epoch = i32::MAX;
                }
                sample.replica_nodes = vec![i32::MAX, i32::MAX];
                sample.isr_nodes = vec![i32::MAX, i32::MAX];
                if version >= 5 {
                    sample.offline_replicas = vec![i32::MAX, i32::MAX];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for MetadataResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
