//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 e5ea0fbca8d05dd8

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

/// OffsetForLeaderEpochRequest, versions 2 to 4.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderEpochRequest<'a> {
    /// Version 3 and up; default -2.
    pub replica_id: i32,
    /// Every version.
    pub topics: Vec<OffsetForLeaderTopic<'a>>,
}

impl Default for OffsetForLeaderEpochRequest<'_> {
    fn default() -> Self {
        Self { replica_id: -2, topics: Vec::new() }
    }
}

impl<'a> OffsetForLeaderEpochRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let replica_id = if version >= 3 { r.i32()? } else { -2 };
        let topics = r.array(flexible, 3, |r| OffsetForLeaderTopic::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { replica_id, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        if version >= 3 {
            w.i32(self.replica_id);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetForLeaderEpochRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetForLeaderTopic<'a> {
    /// Every version.
    pub topic: &'a str,
    /// Every version.
    pub partitions: Vec<OffsetForLeaderPartition>,
}

impl<'a> OffsetForLeaderTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let topic = r.string(flexible)?;
        let partitions = r.array(flexible, 12, |r| OffsetForLeaderPartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, self.topic);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetForLeaderEpochRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderPartition {
    /// Every version.
    pub partition: i32,
    /// Every version; default -1.
    pub current_leader_epoch: i32,
    /// Every version.
    pub leader_epoch: i32,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self { partition: 0, current_leader_epoch: -1, leader_epoch: 0 }
    }
}

impl OffsetForLeaderPartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let partition = r.i32()?;
        let current_leader_epoch = r.i32()?;
        let leader_epoch = r.i32()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition, current_leader_epoch, leader_epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i32(self.partition);
        w.i32(self.current_leader_epoch);
        w.i32(self.leader_epoch);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetForLeaderEpochRequest<'a> {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=4;
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
impl<'a> Request<'a> for OffsetForLeaderEpochRequest<'a> {
    const KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
    type Response<'r> = OffsetForLeaderEpochResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl OffsetForLeaderEpochRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.replica_id = i32::MIN;
                }
                sample.topics = Vec::new();
            }
            Fill::High => {
                if version >= 3 {
                    sample.replica_id = i32::MAX;
                }
                sample.topics = vec![
                    OffsetForLeaderTopic::filled(version, fill),
                    OffsetForLeaderTopic::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetForLeaderTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topic = "";
                sample.partitions = Vec::new();
            }
            Fill::High => {
                sample.topic = SAMPLE_TEXT;
                sample.partitions = vec![
                    OffsetForLeaderPartition::filled(version, fill),
                    OffsetForLeaderPartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetForLeaderPartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition = i32::MIN;
                sample.current_leader_epoch = i32::MIN;
                sample.leader_epoch = i32::MIN;
            }
            Fill::High => {
                sample.partition = i32::MAX;
                sample.current_leader_epoch = i32::MAX;
                sample.leader_epoch = i32::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetForLeaderEpochRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// OffsetForLeaderEpochResponse, versions 2 to 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetForLeaderEpochResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<OffsetForLeaderTopicResult<'a>>,
}

impl<'a> OffsetForLeaderEpochResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = r.i32()?;
        let topics = r.array(flexible, 3, |r| OffsetForLeaderTopicResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetForLeaderEpochResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetForLeaderTopicResult<'a> {
    /// Every version.
    pub topic: Cow<'a, str>,
    /// Every version.
    pub partitions: Vec<EpochEndOffset>,
}

impl<'a> OffsetForLeaderTopicResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let topic = Cow::Borrowed(r.string(flexible)?);
        let partitions = r.array(flexible, 18, |r| EpochEndOffset::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topic, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, &self.topic);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of OffsetForLeaderEpochResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub partition: i32,
    /// Every version; default -1.
    pub leader_epoch: i32,
    /// Every version; default -1.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self { error_code: 0, partition: 0, leader_epoch: -1, end_offset: -1 }
    }
}

impl EpochEndOffset {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let error_code = r.i16()?;
        let partition = r.i32()?;
        let leader_epoch = r.i32()?;
        let end_offset = r.i64()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { error_code, partition, leader_epoch, end_offset })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i16(self.error_code);
        w.i32(self.partition);
        w.i32(self.leader_epoch);
        w.i64(self.end_offset);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for OffsetForLeaderEpochResponse<'a> {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=4;
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
impl OffsetForLeaderEpochResponse<'_> {
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
                    OffsetForLeaderTopicResult::filled(version, fill),
                    OffsetForLeaderTopicResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetForLeaderTopicResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topic = Cow::Borrowed("");
                sample.partitions = Vec::new();
            }
            Fill::High => {
                sample.topic = Cow::Borrowed(SAMPLE_TEXT);
                sample.partitions =
                    vec![EpochEndOffset::filled(version, fill), EpochEndOffset::filled(version, fill)];
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
                sample.error_code = i16::MIN;
                sample.partition = i32::MIN;
                sample.leader_epoch = i32::MIN;
                sample.end_offset = i64::MIN;
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.partition = i32::MAX;
                sample.leader_epoch = i32::MAX;
                sample.end_offset = i64::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetForLeaderEpochResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
