//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 2d5821a6ce32e083

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

/// DeleteRecordsRequest, versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsRequest<'a> {
    /// Every version.
    pub topics: Vec<DeleteRecordsTopic<'a>>,
    /// Every version.
    pub timeout_ms: i32,
}

impl<'a> DeleteRecordsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let topics = r.array(flexible, 3, |r| DeleteRecordsTopic::read(r, version))?;
        let timeout_ms = r.i32()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topics, timeout_ms })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        w.i32(self.timeout_ms);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteRecordsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsTopic<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub partitions: Vec<DeleteRecordsPartition>,
}

impl<'a> DeleteRecordsTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let name = r.string(flexible)?;
        let partitions = r.array(flexible, 12, |r| DeleteRecordsPartition::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.string(flexible, self.name);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteRecordsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsPartition {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub offset: i64,
}

impl DeleteRecordsPartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let partition_index = r.i32()?;
        let offset = r.i64()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, offset })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.partition_index);
        w.i64(self.offset);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteRecordsRequest<'a> {
    const NAME: &'static str = "DeleteRecordsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_SINCE: i16 = 2;

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
impl<'a> Request<'a> for DeleteRecordsRequest<'a> {
    const KEY: ApiKey = ApiKey::DeleteRecords;
    type Response<'r> = DeleteRecordsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DeleteRecordsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = Vec::new();
                sample.timeout_ms = i32::MIN;
            }
            Fill::High => {
                sample.topics = vec![
                    DeleteRecordsTopic::filled(version, fill),
                    DeleteRecordsTopic::filled(version, fill),
                ];
                sample.timeout_ms = i32::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeleteRecordsTopic<'_> {
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
                    DeleteRecordsPartition::filled(version, fill),
                    DeleteRecordsPartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeleteRecordsPartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.offset = i64::MIN;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.offset = i64::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteRecordsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DeleteRecordsResponse, versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<DeleteRecordsTopicResult<'a>>,
}

impl<'a> DeleteRecordsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let throttle_time_ms = r.i32()?;
        let topics = r.array(flexible, 3, |r| DeleteRecordsTopicResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteRecordsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsTopicResult<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version.
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}

impl<'a> DeleteRecordsTopicResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let name = Cow::Borrowed(r.string(flexible)?);
        let partitions = r.array(flexible, 14, |r| DeleteRecordsPartitionResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.string(flexible, &self.name);
        w.array(flexible, &self.partitions, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DeleteRecordsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsPartitionResult {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub low_watermark: i64,
    /// Every version.
    pub error_code: i16,
}

impl DeleteRecordsPartitionResult {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let partition_index = r.i32()?;
        let low_watermark = r.i64()?;
        let error_code = r.i16()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { partition_index, low_watermark, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.partition_index);
        w.i64(self.low_watermark);
        w.i16(self.error_code);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DeleteRecordsResponse<'a> {
    const NAME: &'static str = "DeleteRecordsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_SINCE: i16 = 2;

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
impl DeleteRecordsResponse<'_> {
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
                    DeleteRecordsTopicResult::filled(version, fill),
                    DeleteRecordsTopicResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeleteRecordsTopicResult<'_> {
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
                    DeleteRecordsPartitionResult::filled(version, fill),
                    DeleteRecordsPartitionResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DeleteRecordsPartitionResult {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
                sample.low_watermark = i64::MIN;
                sample.error_code = i16::MIN;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
                sample.low_watermark = i64::MAX;
                sample.error_code = i16::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DeleteRecordsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
