//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 630e55245225c6ab

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

/// ListOffsetsRequest, versions 1 to 11.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsRequest<'a> {
    /// Every version.
    pub replica_id: i32,
    /// Version 2 and up.
    pub isolation_level: i8,
    /// Every version.
    pub topics: Vec<ListOffsetsTopic<'a>>,
    /// Version 10 and up.
    pub timeout_ms: i32,
}

impl<'a> ListOffsetsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let replica_id = r.i32()?;
        let isolation_level = if version >= 2 { r.i8()? } else { 0 };
        let topics = r.array(flexible, 3, |r| ListOffsetsTopic::read(r, version))?;
        let timeout_ms = if version >= 10 { r.i32()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { replica_id, isolation_level, topics, timeout_ms })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.i32(self.replica_id);
        if version >= 2 {
            w.i8(self.isolation_level);
        } else if self.isolation_level != 0 {
            w.refuse("isolation_level", version);
        }
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if version >= 10 {
            w.i32(self.timeout_ms);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ListOffsetsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsTopic<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub partitions: Vec<ListOffsetsPartition>,
}

impl<'a> ListOffsetsTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = r.string(flexible)?;
        let partitions = r.array(flexible, 12, |r| ListOffsetsPartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.string(flexible, self.name);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ListOffsetsRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartition {
    /// Every version.
    pub partition_index: i32,
    /// Version 4 and up; default -1.
    pub current_leader_epoch: i32,
    /// Every version.
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self { partition_index: 0, current_leader_epoch: -1, timestamp: 0 }
    }
}

impl ListOffsetsPartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let partition_index = r.i32()?;
        let current_leader_epoch = if version >= 4 { r.i32()? } else { -1 };
        let timestamp = r.i64()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, current_leader_epoch, timestamp })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.i32(self.partition_index);
        if version >= 4 {
            w.i32(self.current_leader_epoch);
        }
        w.i64(self.timestamp);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ListOffsetsRequest<'a> {
    const NAME: &'static str = "ListOffsetsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=11;
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
impl<'a> Request<'a> for ListOffsetsRequest<'a> {
    const KEY: ApiKey = ApiKey::ListOffsets;
    type Response<'r> = ListOffsetsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl ListOffsetsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.replica_id = i32::MIN;
                if version >= 2 {
                    sample.isolation_level = i8::MIN;
                }
                sample.topics = Vec::new();
                if version >= 10 {
                    sample.timeout_ms = i32::MIN;
                }
            }
            Fill::High => {
                sample.replica_id = i32::MAX;
                if version >= 2 {
                    sample.isolation_level = i8::MAX;
                }
                sample.topics =
                    vec![ListOffsetsTopic::filled(version, fill), ListOffsetsTopic::filled(version, fill)];
                if version >= 10 {
                    sample.timeout_ms = i32::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ListOffsetsTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.partitions = Vec::new();
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.partitions = vec![
                    ListOffsetsPartition::filled(version, fill),
                    ListOffsetsPartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ListOffsetsPartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                if version >= 4 {
                    sample.current_leader_epoch = i32::MIN;
                }
                sample.timestamp = i64::MIN;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                if version >= 4 {
                    sample.current_leader_epoch = i32::MAX;
                }
                sample.timestamp = i64::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ListOffsetsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// ListOffsetsResponse, versions 1 to 11.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsResponse<'a> {
    /// Version 2 and up.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<ListOffsetsTopicResponse<'a>>,
}

impl<'a> ListOffsetsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let throttle_time_ms = if version >= 2 { r.i32()? } else { 0 };
        let topics = r.array(flexible, 3, |r| ListOffsetsTopicResponse::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        if version >= 2 {
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

/// A part of ListOffsetsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsTopicResponse<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version.
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}

impl<'a> ListOffsetsTopicResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let name = Cow::Borrowed(r.string(flexible)?);
        let partitions = r.array(flexible, 22, |r| ListOffsetsPartitionResponse::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.string(flexible, &self.name);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ListOffsetsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartitionResponse {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version; default -1.
    pub timestamp: i64,
    /// Every version; default -1.
    pub offset: i64,
    /// Version 4 and up; default -1.
    pub leader_epoch: i32,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self { partition_index: 0, error_code: 0, timestamp: -1, offset: -1, leader_epoch: -1 }
    }
}

impl ListOffsetsPartitionResponse {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let partition_index = r.i32()?;
        let error_code = r.i16()?;
        let timestamp = r.i64()?;
        let offset = r.i64()?;
        let leader_epoch = if version >= 4 { r.i32()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, error_code, timestamp, offset, leader_epoch })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 6;
        w.i32(self.partition_index);
        w.i16(self.error_code);
        w.i64(self.timestamp);
        w.i64(self.offset);
        if version >= 4 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            w.refuse("leader_epoch", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ListOffsetsResponse<'a> {
    const NAME: &'static str = "ListOffsetsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=11;
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
impl ListOffsetsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 2 {
                    sample.throttle_time_ms = i32::MIN;
                }
                sample.topics = Vec::new();
            }
            Fill::High => {
                if version >= 2 {
                    sample.throttle_time_ms = i32::MAX;
                }
                sample.topics = vec![
                    ListOffsetsTopicResponse::filled(version, fill),
                    ListOffsetsTopicResponse::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ListOffsetsTopicResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = Cow::Borrowed("");
                sample.partitions = Vec::new();
            }
            Fill::High => {
                sample.name = Cow::Borrowed(SAMPLE_TEXT);
                sample.partitions = vec![
                    ListOffsetsPartitionResponse::filled(version, fill),
                    ListOffsetsPartitionResponse::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ListOffsetsPartitionResponse {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.error_code = i16::MIN;
                sample.timestamp = i64::MIN;
                sample.offset = i64::MIN;
                if version >= 4 {
                    sample.leader_epoch = i32::MIN;
                }
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.error_code = i16::MAX;
                sample.timestamp = i64::MAX;
                sample.offset = i64::MAX;
                if version >= 4 {
                    sample.leader_epoch = i32::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ListOffsetsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
