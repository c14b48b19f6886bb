//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 6a1719e38a060484

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

/// FindCoordinatorRequest, versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindCoordinatorRequest<'a> {
    /// Version 0 to 3.
    pub key: &'a str,
    /// Version 1 and up; default 0.
    pub key_type: i8,
    /// Version 4 and up.
    pub coordinator_keys: Vec<&'a str>,
}

impl<'a> FindCoordinatorRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let key = if version <= 3 { r.string(flexible)? } else { "" };
        let key_type = if version >= 1 { r.i8()? } else { 0 };
        let coordinator_keys =
            if version >= 4 { r.array(flexible, 1, |r| r.string(flexible))? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { key, key_type, coordinator_keys })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version <= 3 {
            w.string(flexible, self.key);
        } else if !self.key.is_empty() {
            w.refuse("key", version);
        }
        if version >= 1 {
            w.i8(self.key_type);
        } else if self.key_type != 0 {
            w.refuse("key_type", version);
        }
        if version >= 4 {
            w.array(flexible, &self.coordinator_keys, |w, each| {
                w.string(flexible, each);
            });
        } else if !self.coordinator_keys.is_empty() {
            w.refuse("coordinator_keys", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for FindCoordinatorRequest<'a> {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_SINCE: i16 = 3;

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
impl<'a> Request<'a> for FindCoordinatorRequest<'a> {
    const KEY: ApiKey = ApiKey::FindCoordinator;
    type Response<'r> = FindCoordinatorResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl FindCoordinatorRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version <= 3 {
                    sample.key = "";
                }
                if version >= 1 {
                    sample.key_type = i8::MIN;
                }
                if version >= 4 {
                    sample.coordinator_keys = Vec::new();
                }
            }
            Fill::High => {
                if version <= 3 {
                    sample.key = SAMPLE_TEXT;
                }
                if version >= 1 {
                    sample.key_type = i8::MAX;
                }
                if version >= 4 {
                    sample.coordinator_keys = vec![SAMPLE_TEXT, SAMPLE_TEXT];
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for FindCoordinatorRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// FindCoordinatorResponse, versions 0 to 6.
#[derive(Clone, Debug, PartialEq)]
pub struct FindCoordinatorResponse<'a> {
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Version 0 to 3.
    pub error_code: i16,
    /// Version 1 to 3; may be null.
    pub error_message: Option<Cow<'a, str>>,
    /// Version 0 to 3.
    pub node_id: i32,
    /// Version 0 to 3.
    pub host: Cow<'a, str>,
    /// Version 0 to 3.
    pub port: i32,
    /// Version 4 and up.
    pub coordinators: Vec<Coordinator<'a>>,
}

impl Default for FindCoordinatorResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Cow::Borrowed("")),
            node_id: 0,
            host: Cow::Borrowed(""),
            port: 0,
            coordinators: Vec::new(),
        }
    }
}

impl<'a> FindCoordinatorResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let error_code = if version <= 3 { r.i16()? } else { 0 };
        let error_message = if (1..=3).contains(&version) {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        let node_id = if version <= 3 { r.i32()? } else { 0 };
        let host = if version <= 3 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let port = if version <= 3 { r.i32()? } else { 0 };
        let coordinators =
            if version >= 4 { r.array(flexible, 1, |r| Coordinator::read(r, version))? } else { Vec::new() };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, error_code, error_message, node_id, host, port, coordinators })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        if version <= 3 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if (1..=3).contains(&version) {
            w.nullable_string(flexible, self.error_message.as_deref());
        }
        if version <= 3 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            w.refuse("node_id", version);
        }
        if version <= 3 {
            w.string(flexible, &self.host);
        } else if !self.host.is_empty() {
            w.refuse("host", version);
        }
        if version <= 3 {
            w.i32(self.port);
        } else if self.port != 0 {
            w.refuse("port", version);
        }
        if version >= 4 {
            w.array(flexible, &self.coordinators, |w, each| {
                each.write(w, version);
            });
        } else if !self.coordinators.is_empty() {
            w.refuse("coordinators", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of FindCoordinatorResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinator<'a> {
    /// Version 4 and up.
    pub key: Cow<'a, str>,
    /// Version 4 and up.
    pub node_id: i32,
    /// Version 4 and up.
    pub host: Cow<'a, str>,
    /// Version 4 and up.
    pub port: i32,
    /// Version 4 and up.
    pub error_code: i16,
    /// Version 4 and up; may be null.
    pub error_message: Option<Cow<'a, str>>,
}

impl Default for Coordinator<'_> {
    fn default() -> Self {
        Self {
            key: Cow::Borrowed(""),
            node_id: 0,
            host: Cow::Borrowed(""),
            port: 0,
            error_code: 0,
            error_message: Some(Cow::Borrowed("")),
        }
    }
}

impl<'a> Coordinator<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let key = if version >= 4 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let node_id = if version >= 4 { r.i32()? } else { 0 };
        let host = if version >= 4 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let port = if version >= 4 { r.i32()? } else { 0 };
        let error_code = if version >= 4 { r.i16()? } else { 0 };
        let error_message = if version >= 4 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { key, node_id, host, port, error_code, error_message })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 4 {
            w.string(flexible, &self.key);
        } else if !self.key.is_empty() {
            w.refuse("key", version);
        }
        if version >= 4 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            w.refuse("node_id", version);
        }
        if version >= 4 {
            w.string(flexible, &self.host);
        } else if !self.host.is_empty() {
            w.refuse("host", version);
        }
        if version >= 4 {
            w.i32(self.port);
        } else if self.port != 0 {
            w.refuse("port", version);
        }
        if version >= 4 {
            w.i16(self.error_code);
        } else if self.error_code != 0 {
            w.refuse("error_code", version);
        }
        if version >= 4 {
            w.nullable_string(flexible, self.error_message.as_deref());
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for FindCoordinatorResponse<'a> {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_SINCE: i16 = 3;

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
impl FindCoordinatorResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                if version <= 3 {
                    sample.error_code = i16::MIN;
                }
                if (1..=3).contains(&version) {
                    sample.error_message = None;
                }
                if version <= 3 {
                    sample.node_id = i32::MIN;
                }
                if version <= 3 {
                    sample.host = Cow::Borrowed("");
                }
                if version <= 3 {
                    sample.port = i32::MIN;
                }
                if version >= 4 {
                    sample.coordinators = Vec::new();
                }
            }
            Fill::High => {
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                if version <= 3 {
                    sample.error_code = i16::MAX;
                }
                if (1..=3).contains(&version) {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
                if version <= 3 {
                    sample.node_id = i32::MAX;
                }
                if version <= 3 {
                    sample.host = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version <= 3 {
                    sample.port = i32::MAX;
                }
                if version >= 4 {
                    sample.coordinators =
                        vec![Coordinator::filled(version, fill), Coordinator::filled(version, fill)];
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl Coordinator<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 4 {
                    sample.key = Cow::Borrowed("");
                }
                if version >= 4 {
                    sample.node_id = i32::MIN;
                }
                if version >= 4 {
                    sample.host = Cow::Borrowed("");
                }
                if version >= 4 {
                    sample.port = i32::MIN;
                }
                if version >= 4 {
                    sample.error_code = i16::MIN;
                }
                if version >= 4 {
                    sample.error_message = None;
                }
            }
            Fill::High => {
                if version >= 4 {
                    sample.key = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 4 {
                    sample.node_id = i32::MAX;
                }
                if version >= 4 {
                    sample.host = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 4 {
                    sample.port = i32::MAX;
                }
                if version >= 4 {
                    sample.error_code = i16::MAX;
                }
                if version >= 4 {
                    sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for FindCoordinatorResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
