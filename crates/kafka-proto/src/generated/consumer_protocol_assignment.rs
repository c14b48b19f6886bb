//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 ac145a49cb4f8a14

use crate::error::{DecodeCause, DecodeError, EncodeError};
use crate::message::Message;
#[cfg(any(test, feature = "samples"))]
use crate::message::SAMPLE_TEXT;
#[cfg(any(test, feature = "samples"))]
use crate::message::{Fill, Sample};
use crate::reader::Reader;
use crate::writer::Writer;

/// ConsumerProtocolAssignment, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsumerProtocolAssignment<'a> {
    /// Every version.
    pub assigned_partitions: Vec<TopicPartition<'a>>,
    /// Every version; may be null; default null.
    pub user_data: Option<&'a [u8]>,
}

impl<'a> ConsumerProtocolAssignment<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let assigned_partitions = r.array(false, 6, |r| TopicPartition::read(r, version))?;
        let user_data = r.nullable_bytes(false)?;
        Ok(Self { assigned_partitions, user_data })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.array(false, &self.assigned_partitions, |w, each| {
            each.write(w, version);
        });
        w.nullable_bytes(false, self.user_data);
    }
}

/// A part of ConsumerProtocolAssignment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartition<'a> {
    /// Every version.
    pub topic: &'a str,
    /// Every version.
    pub partitions: Vec<i32>,
}

impl<'a> TopicPartition<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic = r.string(false)?;
        let partitions = r.array(false, 4, Reader::i32)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.string(false, self.topic);
        w.array(false, &self.partitions, |w, each| {
            w.i32(*each);
        });
    }
}

impl<'a> Message<'a> for ConsumerProtocolAssignment<'a> {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
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
impl ConsumerProtocolAssignment<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.assigned_partitions = Vec::new();
                sample.user_data = None;
            }
            Fill::High => {
                sample.assigned_partitions =
                    vec![TopicPartition::filled(version, fill), TopicPartition::filled(version, fill)];
                sample.user_data = Some(SAMPLE_TEXT.as_bytes());
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl TopicPartition<'_> {
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
                sample.partitions = vec![i32::MAX, i32::MAX];
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ConsumerProtocolAssignment<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
