//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 493e2a70748420b2

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

/// OffsetDeleteRequest, versions 0 to 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequest<'a> {
    /// Every version.
    pub group_id: &'a str,
    /// Every version.
    pub topics: Vec<OffsetDeleteRequestTopic<'a>>,
}

impl<'a> OffsetDeleteRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let group_id = r.string(false)?;
        let topics = r.array(false, 6, |r| OffsetDeleteRequestTopic::read(r, version))?;
        Ok(Self { group_id, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(false, self.group_id);
        w.array(false, &self.topics, |w, each| {
            each.write(w, version);
        });
    }
}

/// A part of OffsetDeleteRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequestTopic<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl<'a> OffsetDeleteRequestTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let name = r.string(false)?;
        let partitions = r.array(false, 4, |r| OffsetDeleteRequestPartition::read(r, version))?;
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(false, self.name);
        w.array(false, &self.partitions, |w, each| {
            each.write(w, version);
        });
    }
}

/// A part of OffsetDeleteRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequestPartition {
    /// Every version.
    pub partition_index: i32,
}

impl OffsetDeleteRequestPartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let partition_index = r.i32()?;
        Ok(Self { partition_index })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i32(self.partition_index);
    }
}

impl<'a> Message<'a> for OffsetDeleteRequest<'a> {
    const NAME: &'static str = "OffsetDeleteRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_SINCE: i16 = i16::MAX;

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
impl<'a> Request<'a> for OffsetDeleteRequest<'a> {
    const KEY: ApiKey = ApiKey::OffsetDelete;
    type Response<'r> = OffsetDeleteResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl OffsetDeleteRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.group_id = "";
                sample.topics = Vec::new();
            }
            Fill::High => {
                sample.group_id = SAMPLE_TEXT;
                sample.topics = vec![
                    OffsetDeleteRequestTopic::filled(version, fill),
                    OffsetDeleteRequestTopic::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetDeleteRequestTopic<'_> {
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
                    OffsetDeleteRequestPartition::filled(version, fill),
                    OffsetDeleteRequestPartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetDeleteRequestPartition {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.partition_index = i32::MIN;
            }
            Fill::High => {
                sample.partition_index = i32::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for OffsetDeleteRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// OffsetDeleteResponse, versions 0 to 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponse<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub topics: Vec<OffsetDeleteResponseTopic<'a>>,
}

impl<'a> OffsetDeleteResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let error_code = r.i16()?;
        let throttle_time_ms = r.i32()?;
        let topics = r.array(false, 6, |r| OffsetDeleteResponseTopic::read(r, version))?;
        Ok(Self { error_code, throttle_time_ms, topics })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i16(self.error_code);
        w.i32(self.throttle_time_ms);
        w.array(false, &self.topics, |w, each| {
            each.write(w, version);
        });
    }
}

/// A part of OffsetDeleteResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponseTopic<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version.
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl<'a> OffsetDeleteResponseTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let name = Cow::Borrowed(r.string(false)?);
        let partitions = r.array(false, 6, |r| OffsetDeleteResponsePartition::read(r, version))?;
        Ok(Self { name, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(false, &self.name);
        w.array(false, &self.partitions, |w, each| {
            each.write(w, version);
        });
    }
}

/// A part of OffsetDeleteResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponsePartition {
    /// Every version.
    pub partition_index: i32,
    /// Every version.
    pub error_code: i16,
}

impl OffsetDeleteResponsePartition {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let partition_index = r.i32()?;
        let error_code = r.i16()?;
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i32(self.partition_index);
        w.i16(self.error_code);
    }
}

impl<'a> Message<'a> for OffsetDeleteResponse<'a> {
    const NAME: &'static str = "OffsetDeleteResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_SINCE: i16 = i16::MAX;

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
impl OffsetDeleteResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.throttle_time_ms = i32::MIN;
                sample.topics = Vec::new();
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.throttle_time_ms = i32::MAX;
                sample.topics = vec![
                    OffsetDeleteResponseTopic::filled(version, fill),
                    OffsetDeleteResponseTopic::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetDeleteResponseTopic<'_> {
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
                    OffsetDeleteResponsePartition::filled(version, fill),
                    OffsetDeleteResponsePartition::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl OffsetDeleteResponsePartition {
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
impl Sample for OffsetDeleteResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
