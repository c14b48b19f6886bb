//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 b6ee1a36886a6ec3

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

/// IncrementalAlterConfigsRequest, versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncrementalAlterConfigsRequest<'a> {
    /// Every version.
    pub resources: Vec<AlterConfigsResource<'a>>,
    /// Every version.
    pub validate_only: bool,
}

impl<'a> IncrementalAlterConfigsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let resources = r.array(flexible, 4, |r| AlterConfigsResource::read(r, version))?;
        let validate_only = r.bool()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { resources, validate_only })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.array(flexible, &self.resources, |w, each| {
            each.write(w, version);
        });
        w.bool(self.validate_only);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of IncrementalAlterConfigsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterConfigsResource<'a> {
    /// Every version.
    pub resource_type: i8,
    /// Every version.
    pub resource_name: &'a str,
    /// Every version.
    pub configs: Vec<AlterableConfig<'a>>,
}

impl<'a> AlterConfigsResource<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let resource_type = r.i8()?;
        let resource_name = r.string(flexible)?;
        let configs = r.array(flexible, 4, |r| AlterableConfig::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { resource_type, resource_name, configs })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.i8(self.resource_type);
        w.string(flexible, self.resource_name);
        w.array(flexible, &self.configs, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of IncrementalAlterConfigsRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterableConfig<'a> {
    /// Every version.
    pub name: &'a str,
    /// Every version.
    pub config_operation: i8,
    /// Every version; may be null.
    pub value: Option<&'a str>,
}

impl Default for AlterableConfig<'_> {
    fn default() -> Self {
        Self { name: "", config_operation: 0, value: Some("") }
    }
}

impl<'a> AlterableConfig<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let name = r.string(flexible)?;
        let config_operation = r.i8()?;
        let value = r.nullable_string(flexible)?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, config_operation, value })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.string(flexible, self.name);
        w.i8(self.config_operation);
        w.nullable_string(flexible, self.value);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for IncrementalAlterConfigsRequest<'a> {
    const NAME: &'static str = "IncrementalAlterConfigsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_SINCE: i16 = 1;

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
impl<'a> Request<'a> for IncrementalAlterConfigsRequest<'a> {
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    type Response<'r> = IncrementalAlterConfigsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl IncrementalAlterConfigsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.resources = Vec::new();
                sample.validate_only = false;
            }
            Fill::High => {
                sample.resources = vec![
                    AlterConfigsResource::filled(version, fill),
                    AlterConfigsResource::filled(version, fill),
                ];
                sample.validate_only = true;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl AlterConfigsResource<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.resource_type = i8::MIN;
                sample.resource_name = "";
                sample.configs = Vec::new();
            }
            Fill::High => {
                sample.resource_type = i8::MAX;
                sample.resource_name = SAMPLE_TEXT;
                sample.configs =
                    vec![AlterableConfig::filled(version, fill), AlterableConfig::filled(version, fill)];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl AlterableConfig<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = "";
                sample.config_operation = i8::MIN;
                sample.value = None;
            }
            Fill::High => {
                sample.name = SAMPLE_TEXT;
                sample.config_operation = i8::MAX;
                sample.value = Some(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for IncrementalAlterConfigsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// IncrementalAlterConfigsResponse, versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncrementalAlterConfigsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub responses: Vec<AlterConfigsResourceResponse<'a>>,
}

impl<'a> IncrementalAlterConfigsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let throttle_time_ms = r.i32()?;
        let responses = r.array(flexible, 6, |r| AlterConfigsResourceResponse::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, responses })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.responses, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of IncrementalAlterConfigsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterConfigsResourceResponse<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null.
    pub error_message: Option<Cow<'a, str>>,
    /// Every version.
    pub resource_type: i8,
    /// Every version.
    pub resource_name: Cow<'a, str>,
}

impl Default for AlterConfigsResourceResponse<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: Some(Cow::Borrowed("")),
            resource_type: 0,
            resource_name: Cow::Borrowed(""),
        }
    }
}

impl<'a> AlterConfigsResourceResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let error_code = r.i16()?;
        let error_message = r.nullable_string(flexible)?.map(Cow::Borrowed);
        let resource_type = r.i8()?;
        let resource_name = Cow::Borrowed(r.string(flexible)?);
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { error_code, error_message, resource_type, resource_name })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 1;
        w.i16(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref());
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for IncrementalAlterConfigsResponse<'a> {
    const NAME: &'static str = "IncrementalAlterConfigsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_SINCE: i16 = 1;

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
impl IncrementalAlterConfigsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.responses = Vec::new();
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.responses = vec![
                    AlterConfigsResourceResponse::filled(version, fill),
                    AlterConfigsResourceResponse::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl AlterConfigsResourceResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.error_message = None;
                sample.resource_type = i8::MIN;
                sample.resource_name = Cow::Borrowed("");
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.resource_type = i8::MAX;
                sample.resource_name = Cow::Borrowed(SAMPLE_TEXT);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for IncrementalAlterConfigsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
