//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 3b6d48aedb75b23c

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

/// CreatePartitionsRequest, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsRequest<'a> {
    /// Every version.
    pub topics: Vec<CreatePartitionsTopic<'a>>,
    /// Every version.
    pub timeout_ms: i32,
    /// Every version.
    pub validate_only: bool,
}

impl<'a> CreatePartitionsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let topics = r.array(flexible, 7, |r| CreatePartitionsTopic::read(r, version))?;
        let timeout_ms = r.i32()?;
        let validate_only = r.bool()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { topics, timeout_ms, validate_only })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.array(flexible, &self.topics, |w, each| {
            each.write(w, version);
        });
        w.i32(self.timeout_ms);
        w.bool(self.validate_only);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreatePartitionsRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub count: i32,
    /// Every version; may be null.
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

impl Default for CreatePartitionsTopic<'_> {
    fn default() -> Self {
        Self { name: "", count: 0, assignments: Some(Vec::new()) }
    }
}

impl<'a> CreatePartitionsTopic<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let name = r.string(flexible)?;
        let count = r.i32()?;
        let assignments = r.nullable_array(flexible, 2, |r| CreatePartitionsAssignment::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, count, assignments })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.string(flexible, self.name);
        w.i32(self.count);
        w.nullable_array(flexible, self.assignments.as_deref(), |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreatePartitionsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsAssignment {
    /// Every version.
    pub broker_ids: Vec<i32>,
}

impl CreatePartitionsAssignment {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let broker_ids = r.array(flexible, 4, Reader::i32)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { broker_ids })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.array(flexible, &self.broker_ids, |w, each| {
            w.i32(*each);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for CreatePartitionsRequest<'a> {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
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
impl<'a> Request<'a> for CreatePartitionsRequest<'a> {
    const KEY: ApiKey = ApiKey::CreatePartitions;
    type Response<'r> = CreatePartitionsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl CreatePartitionsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = Vec::new();
                sample.timeout_ms = i32::MIN;
                sample.validate_only = false;
            }
            Fill::High => {
                sample.topics = vec![
                    CreatePartitionsTopic::filled(version, fill),
                    CreatePartitionsTopic::filled(version, fill),
                ];
                sample.timeout_ms = i32::MAX;
                sample.validate_only = true;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatePartitionsTopic<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.count = i32::MIN;
                sample.assignments = None;
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.count = i32::MAX;
                sample.assignments = Some(vec![
                    CreatePartitionsAssignment::filled(version, fill),
                    CreatePartitionsAssignment::filled(version, fill),
                ]);
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatePartitionsAssignment {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.broker_ids = Vec::new();
            }
            Fill::High => {
                sample.broker_ids = vec![i32::MAX, i32::MAX];
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for CreatePartitionsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// CreatePartitionsResponse, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub results: Vec<CreatePartitionsTopicResult<'a>>,
}

impl<'a> CreatePartitionsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let throttle_time_ms = r.i32()?;
        let results = r.array(flexible, 5, |r| CreatePartitionsTopicResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.results, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of CreatePartitionsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsTopicResult<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
}

impl<'a> CreatePartitionsTopicResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let name = Cow::Borrowed(r.string(flexible)?);
        let error_code = r.i16()?;
        let error_message = r.nullable_string(flexible)?.map(Cow::Borrowed);
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, error_code, error_message })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.string(flexible, &self.name);
        w.i16(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref());
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for CreatePartitionsResponse<'a> {
    const NAME: &'static str = "CreatePartitionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
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
impl CreatePartitionsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.results = Vec::new();
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.results = vec![
                    CreatePartitionsTopicResult::filled(version, fill),
                    CreatePartitionsTopicResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl CreatePartitionsTopicResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = Cow::Borrowed("");
                sample.error_code = i16::MIN;
                sample.error_message = None;
            }
            Fill::High => {
                sample.name = Cow::Borrowed(SAMPLE_TEXT);
                sample.error_code = i16::MAX;
                sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for CreatePartitionsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
