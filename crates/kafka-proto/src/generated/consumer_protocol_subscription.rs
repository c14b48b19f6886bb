//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 73f3fce964d133cb

use crate::error::{DecodeCause, DecodeError, EncodeError};
use crate::message::Message;
#[cfg(any(test, feature = "samples"))]
use crate::message::SAMPLE_TEXT;
#[cfg(any(test, feature = "samples"))]
use crate::message::{Fill, Sample};
use crate::reader::Reader;
use crate::writer::Writer;

/// ConsumerProtocolSubscription, versions 0 to 3.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerProtocolSubscription<'a> {
    /// Every version.
    pub topics: Vec<&'a str>,
    /// Every version; may be null; default null.
    pub user_data: Option<&'a [u8]>,
    /// Version 1 and up.
    pub owned_partitions: Vec<TopicPartition<'a>>,
    /// Version 2 and up; default -1.
    pub generation_id: i32,
    /// Version 3; may be null; default null.
    pub rack_id: Option<&'a str>,
}

impl Default for ConsumerProtocolSubscription<'_> {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl<'a> ConsumerProtocolSubscription<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topics = r.array(false, 2, |r| r.string(false))?;
        let user_data = r.nullable_bytes(false)?;
        let owned_partitions =
            if version >= 1 { r.array(false, 1, |r| TopicPartition::read(r, version))? } else { Vec::new() };
        let generation_id = if version >= 2 { r.i32()? } else { -1 };
        let rack_id = if version >= 3 { r.nullable_string(false)? } else { None };
        Ok(Self { topics, user_data, owned_partitions, generation_id, rack_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.array(false, &self.topics, |w, each| {
            w.string(false, each);
        });
        w.nullable_bytes(false, self.user_data);
        if version >= 1 {
            w.array(false, &self.owned_partitions, |w, each| {
                each.write(w, version);
            });
        }
        if version >= 2 {
            w.i32(self.generation_id);
        }
        if version >= 3 {
            w.nullable_string(false, self.rack_id);
        }
    }
}

/// A part of ConsumerProtocolSubscription.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartition<'a> {
    /// Version 1 and up.
    pub topic: &'a str,
    /// Version 1 and up.
    pub partitions: Vec<i32>,
}

impl<'a> TopicPartition<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic = if version >= 1 { r.string(false)? } else { "" };
        let partitions = if version >= 1 { r.array(false, 4, Reader::i32)? } else { Vec::new() };
        Ok(Self { topic, partitions })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        if version >= 1 {
            w.string(false, self.topic);
        } else if !self.topic.is_empty() {
            w.refuse("topic", version);
        }
        if version >= 1 {
            w.array(false, &self.partitions, |w, each| {
                w.i32(*each);
            });
        } else if !self.partitions.is_empty() {
            w.refuse("partitions", version);
        }
    }
}

impl<'a> Message<'a> for ConsumerProtocolSubscription<'a> {
    const NAME: &'static str = "ConsumerProtocolSubscription";
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
impl ConsumerProtocolSubscription<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.topics = Vec::new();
                sample.user_data = None;
                if version >= 1 {
                    sample.owned_partitions = Vec::new();
                }
                if version >= 2 {
                    sample.generation_id = i32::MIN;
                }
                if version >= 3 {
                    sample.rack_id = None;
                }
            }
            Fill::High => {
                sample.topics = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                sample.user_data = Some(SAMPLE_TEXT.as_bytes());
                if version >= 1 {
                    sample.owned_partitions =
                        vec![TopicPartition::filled(version, fill), TopicPartition::filled(version, fill)];
                }
                if version >= 2 {
                    sample.generation_id = i32::MAX;
                }
                if version >= 3 {
                    sample.rack_id = Some(SAMPLE_TEXT);
                }
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
                if version >= 1 {
                    sample.topic = "";
                }
                if version >= 1 {
                    sample.partitions = Vec::new();
                }
            }
            Fill::High => {
                if version >= 1 {
                    sample.topic = SAMPLE_TEXT;
                }
                if version >= 1 {
                    sample.partitions = vec![i32::MAX, i32::MAX];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ConsumerProtocolSubscription<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
