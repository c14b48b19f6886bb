//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 555ad11d473f3634

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

/// ProduceRequest, versions 3 to 13.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProduceRequest<'a> {
    /// Every version; may be null; default null.
    pub transactional_id: Option<&'a str>,
    /// Every version.
    pub acks: i16,
    /// Every version.
    pub timeout_ms: i32,
    /// Every version.
    pub topic_data: Vec<TopicProduceData<'a>>,
}

impl<'a> ProduceRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let transactional_id = r.nullable_string(flexible)?;
        let acks = r.i16()?;
        let timeout_ms = r.i32()?;
        let topic_data = r.array(flexible, 3, |r| TopicProduceData::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { transactional_id, acks, timeout_ms, topic_data })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.nullable_string(flexible, self.transactional_id);
        w.i16(self.acks);
        w.i32(self.timeout_ms);
        w.array(flexible, &self.topic_data, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ProduceRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicProduceData<'a> {
    /// Version 3 to 12.
    pub name: &'a str,
    /// Version 13.
    pub topic_id: Uuid,
    /// Every version.
    pub partition_data: Vec<PartitionProduceData<'a>>,
}

impl<'a> TopicProduceData<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let name = if version <= 12 { r.string(flexible)? } else { "" };
        let topic_id = if version >= 13 { r.uuid()? } else { Uuid::ZERO };
        let partition_data = r.array(flexible, 6, |r| PartitionProduceData::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partition_data })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version <= 12 {
            w.string(flexible, self.name);
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.array(flexible, &self.partition_data, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ProduceRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionProduceData<'a> {
    /// Every version.
    pub index: i32,
    /// Every version; may be null.
    pub records: Option<&'a [u8]>,
}

impl<'a> PartitionProduceData<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let index = r.i32()?;
        let records = r.nullable_bytes(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { index, records })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.i32(self.index);
        w.nullable_bytes(flexible, self.records);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ProduceRequest<'a> {
    const NAME: &'static str = "ProduceRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 3..=13;
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
impl<'a> Request<'a> for ProduceRequest<'a> {
    const KEY: ApiKey = ApiKey::Produce;
    type Response<'r> = ProduceResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl ProduceRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.transactional_id = None;
                sample.acks = i16::MIN;
                sample.timeout_ms = i32::MIN;
                sample.topic_data = Vec::new();
            }
            Fill::High => {
                sample.transactional_id = Some(SAMPLE_TEXT);
                sample.acks = i16::MAX;
                sample.timeout_ms = i32::MAX;
                sample.topic_data =
                    vec![TopicProduceData::filled(version, fill), TopicProduceData::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl TopicProduceData<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 12 {
                    sample.name = "";
                }
                if version >= 13 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partition_data = Vec::new();
            }
            Fill::High => {
                if version <= 12 {
                    sample.name = SAMPLE_TEXT;
                }
                if version >= 13 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partition_data = vec![
                    PartitionProduceData::filled(version, fill),
                    PartitionProduceData::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl PartitionProduceData<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.index = i32::MIN;
                sample.records = None;
            }
            Fill::High => {
                sample.index = i32::MAX;
                sample.records = Some(SAMPLE_TEXT.as_bytes());
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ProduceRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// ProduceResponse, versions 3 to 13.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProduceResponse<'a> {
    /// Every version.
    pub responses: Vec<TopicProduceResponse<'a>>,
    /// Every version; default 0.
    pub throttle_time_ms: i32,
    /// Version 10 and up; tag 0.
    pub node_endpoints: Vec<NodeEndpoint<'a>>,
}

impl<'a> ProduceResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let responses = r.array(flexible, 3, |r| TopicProduceResponse::read(r, version))?;
        let throttle_time_ms = r.i32()?;
        let mut node_endpoints = Vec::new();
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 if version >= 10 => {
                        node_endpoints = field.array(true, 1, |r| NodeEndpoint::read(r, version))?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { responses, throttle_time_ms, node_endpoints })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.array(flexible, &self.responses, |w, each| {
            each.write(w, version);
        });
        w.i32(self.throttle_time_ms);
        if !(version >= 10) && !self.node_endpoints.is_empty() {
            w.refuse("node_endpoints", version);
        }
        if flexible {
            let has_node_endpoints = version >= 10 && !self.node_endpoints.is_empty();
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

/// A part of ProduceResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicProduceResponse<'a> {
    /// Version 3 to 12.
    pub name: Cow<'a, str>,
    /// Version 13.
    pub topic_id: Uuid,
    /// Every version.
    pub partition_responses: Vec<PartitionProduceResponse<'a>>,
}

impl<'a> TopicProduceResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let name = if version <= 12 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let topic_id = if version >= 13 { r.uuid()? } else { Uuid::ZERO };
        let partition_responses = r.array(flexible, 22, |r| PartitionProduceResponse::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, topic_id, partition_responses })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version <= 12 {
            w.string(flexible, &self.name);
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.array(flexible, &self.partition_responses, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ProduceResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceResponse<'a> {
    /// Every version.
    pub index: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub base_offset: i64,
    /// Every version; default -1.
    pub log_append_time_ms: i64,
    /// Version 5 and up; default -1.
    pub log_start_offset: i64,
    /// Version 8 and up.
    pub record_errors: Vec<BatchIndexAndErrorMessage<'a>>,
    /// Version 8 and up; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
    /// Version 10 and up; tag 0.
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse<'_> {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl<'a> PartitionProduceResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let index = r.i32()?;
        let error_code = r.i16()?;
        let base_offset = r.i64()?;
        let log_append_time_ms = r.i64()?;
        let log_start_offset = if version >= 5 { r.i64()? } else { -1 };
        let record_errors = if version >= 8 {
            r.array(flexible, 1, |r| BatchIndexAndErrorMessage::read(r, version))?
        } else {
            Vec::new()
        };
        let error_message = if version >= 8 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        let mut current_leader = LeaderIdAndEpoch::default();
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 if version >= 10 => {
                        current_leader = LeaderIdAndEpoch::read(&mut field, version)?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            index,
            error_code,
            base_offset,
            log_append_time_ms,
            log_start_offset,
            record_errors,
            error_message,
            current_leader,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        w.i32(self.index);
        w.i16(self.error_code);
        w.i64(self.base_offset);
        w.i64(self.log_append_time_ms);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        if version >= 8 {
            w.array(flexible, &self.record_errors, |w, each| {
                each.write(w, version);
            });
        }
        if version >= 8 {
            w.nullable_string(flexible, self.error_message.as_deref());
        }
        if !(version >= 10) && self.current_leader != LeaderIdAndEpoch::default() {
            w.refuse("current_leader", version);
        }
        if flexible {
            let has_current_leader = version >= 10 && self.current_leader != LeaderIdAndEpoch::default();
            w.uvarint(u32::from(has_current_leader));
            if has_current_leader {
                w.tagged(0, |w| {
                    self.current_leader.write(w, version);
                });
            }
        }
    }
}

/// A part of ProduceResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchIndexAndErrorMessage<'a> {
    /// Version 8 and up.
    pub batch_index: i32,
    /// Version 8 and up; may be null; default null.
    pub batch_index_error_message: Option<Cow<'a, str>>,
}

impl<'a> BatchIndexAndErrorMessage<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let batch_index = if version >= 8 { r.i32()? } else { 0 };
        let batch_index_error_message =
            if version >= 8 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { batch_index, batch_index_error_message })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version >= 8 {
            w.i32(self.batch_index);
        } else if self.batch_index != 0 {
            w.refuse("batch_index", version);
        }
        if version >= 8 {
            w.nullable_string(flexible, self.batch_index_error_message.as_deref());
        } else if self.batch_index_error_message.is_some() {
            w.refuse("batch_index_error_message", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ProduceResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Version 10 and up; default -1.
    pub leader_id: i32,
    /// Version 10 and up; default -1.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1 }
    }
}

impl LeaderIdAndEpoch {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let leader_id = if version >= 10 { r.i32()? } else { -1 };
        let leader_epoch = if version >= 10 { r.i32()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { leader_id, leader_epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version >= 10 {
            w.i32(self.leader_id);
        } else if self.leader_id != -1 {
            w.refuse("leader_id", version);
        }
        if version >= 10 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            w.refuse("leader_epoch", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ProduceResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeEndpoint<'a> {
    /// Version 10 and up.
    pub node_id: i32,
    /// Version 10 and up.
    pub host: Cow<'a, str>,
    /// Version 10 and up.
    pub port: i32,
    /// Version 10 and up; may be null; default null.
    pub rack: Option<Cow<'a, str>>,
}

impl<'a> NodeEndpoint<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let node_id = if version >= 10 { r.i32()? } else { 0 };
        let host = if version >= 10 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let port = if version >= 10 { r.i32()? } else { 0 };
        let rack = if version >= 10 { r.nullable_string(flexible)?.map(Cow::Borrowed) } else { None };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 9;
        if version >= 10 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            w.refuse("node_id", version);
        }
        if version >= 10 {
            w.string(flexible, &self.host);
        } else if !self.host.is_empty() {
            w.refuse("host", version);
        }
        if version >= 10 {
            w.i32(self.port);
        } else if self.port != 0 {
            w.refuse("port", version);
        }
        if version >= 10 {
            w.nullable_string(flexible, self.rack.as_deref());
        } else if self.rack.is_some() {
            w.refuse("rack", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ProduceResponse<'a> {
    const NAME: &'static str = "ProduceResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 3..=13;
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
impl ProduceResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.responses = Vec::new();
                sample.throttle_time_ms = i32::MIN;
                if version >= 10 {
                    sample.node_endpoints = Vec::new();
                }
            }
            Fill::High => {
                sample.responses = vec![
                    TopicProduceResponse::filled(version, fill),
                    TopicProduceResponse::filled(version, fill),
                ];
                sample.throttle_time_ms = i32::MAX;
                if version >= 10 {
                    sample.node_endpoints =
                        vec![NodeEndpoint::filled(version, fill), NodeEndpoint::filled(version, fill)];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl TopicProduceResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 12 {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 13 {
                    sample.topic_id = Uuid::ZERO;
                }
                sample.partition_responses = Vec::new();
            }
            Fill::High => {
                if version <= 12 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 13 {
                    sample.topic_id = Uuid([0xFF; 16]);
                }
                sample.partition_responses = vec![
                    PartitionProduceResponse::filled(version, fill),
                    PartitionProduceResponse::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl PartitionProduceResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.index = i32::MIN;
                sample.error_code = i16::MIN;
                sample.base_offset = i64::MIN;
                sample.log_append_time_ms = i64::MIN;
                if version >= 5 {
                    sample.log_start_offset = i64::MIN;
                }
                if version >= 8 {
                    sample.record_errors = Vec::new();
                }
                if version >= 8 {
                    sample.error_message = None;
                }
                if version >= 10 {
                    sample.current_leader = LeaderIdAndEpoch::filled(version, fill);
                }
            }
            Fill::High => {
                sample.index = i32::MAX;
                sample.error_code = i16::MAX;
                sample.base_offset = i64::MAX;
                sample.log_append_time_ms = i64::MAX;
                if version >= 5 {
                    sample.log_start_offset = i64::MAX;
                }
                if version >= 8 {
                    sample.record_errors = vec![
                        BatchIndexAndErrorMessage::filled(version, fill),
                        BatchIndexAndErrorMessage::filled(version, fill),
                    ];
                }
                if version >= 8 {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version >= 10 {
                    sample.current_leader = LeaderIdAndEpoch::filled(version, fill);
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl BatchIndexAndErrorMessage<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 8 {
                    sample.batch_index = i32::MIN;
                }
                if version >= 8 {
                    sample.batch_index_error_message = None;
                }
            }
            Fill::High => {
                if version >= 8 {
                    sample.batch_index = i32::MAX;
                }
                if version >= 8 {
                    sample.batch_index_error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
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
                if version >= 10 {
                    sample.leader_id = i32::MIN;
                }
                if version >= 10 {
                    sample.leader_epoch = i32::MIN;
                }
            }
            Fill::High => {
                if version >= 10 {
                    sample.leader_id = i32::MAX;
                }
                if version >= 10 {
                    sample.leader_epoch = i32::MAX;
                }
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
                if version >= 10 {
                    sample.node_id = i32::MIN;
                }
                if version >= 10 {
                    sample.host = Cow::Borrowed("");
                }
                if version >= 10 {
                    sample.port = i32::MIN;
                }
                if version >= 10 {
                    sample.rack = None;
                }
            }
            Fill::High => {
                if version >= 10 {
                    sample.node_id = i32::MAX;
                }
                if version >= 10 {
                    sample.host = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 10 {
                    sample.port = i32::MAX;
                }
                if version >= 10 {
                    sample.rack = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ProduceResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
