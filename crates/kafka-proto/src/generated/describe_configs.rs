//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 717e34bd3104d580

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

/// DescribeConfigsRequest, versions 1 to 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeConfigsRequest<'a> {
    /// Every version.
    pub resources: Vec<DescribeConfigsResource<'a>>,
    /// Every version; default false.
    pub include_synonyms: bool,
    /// Version 3 and up; default false.
    pub include_documentation: bool,
}

impl<'a> DescribeConfigsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let resources = r.array(flexible, 4, |r| DescribeConfigsResource::read(r, version))?;
        let include_synonyms = r.bool()?;
        let include_documentation = if version >= 3 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { resources, include_synonyms, include_documentation })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.array(flexible, &self.resources, |w, each| {
            each.write(w, version);
        });
        w.bool(self.include_synonyms);
        if version >= 3 {
            w.bool(self.include_documentation);
        } else if self.include_documentation {
            w.refuse("include_documentation", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeConfigsRequest.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResource<'a> {
    /// Every version.
    pub resource_type: i8,
    /// Every version.
    pub resource_name: &'a str,
    /// Every version; may be null.
    pub configuration_keys: Option<Vec<&'a str>>,
}

impl Default for DescribeConfigsResource<'_> {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: "", configuration_keys: Some(Vec::new()) }
    }
}

impl<'a> DescribeConfigsResource<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let resource_type = r.i8()?;
        let resource_name = r.string(flexible)?;
        let configuration_keys = r.nullable_array(flexible, 1, |r| r.string(flexible))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { resource_type, resource_name, configuration_keys })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i8(self.resource_type);
        w.string(flexible, self.resource_name);
        w.nullable_array(flexible, self.configuration_keys.as_deref(), |w, each| {
            w.string(flexible, each);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DescribeConfigsRequest<'a> {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=4;
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
impl<'a> Request<'a> for DescribeConfigsRequest<'a> {
    const KEY: ApiKey = ApiKey::DescribeConfigs;
    type Response<'r> = DescribeConfigsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DescribeConfigsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.resources = Vec::new();
                sample.include_synonyms = false;
                if version >= 3 {
                    sample.include_documentation = false;
                }
            }
            Fill::High => {
                sample.resources = vec![
                    DescribeConfigsResource::filled(version, fill),
                    DescribeConfigsResource::filled(version, fill),
                ];
                sample.include_synonyms = true;
                if version >= 3 {
                    sample.include_documentation = true;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeConfigsResource<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.resource_type = i8::MIN;
                sample.resource_name = "";
                sample.configuration_keys = None;
            }
            Fill::High => {
                sample.resource_type = i8::MAX;
                sample.resource_name = SAMPLE_TEXT;
                sample.configuration_keys = Some(vec![SAMPLE_TEXT, SAMPLE_TEXT]);
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeConfigsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DescribeConfigsResponse, versions 1 to 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeConfigsResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub results: Vec<DescribeConfigsResult<'a>>,
}

impl<'a> DescribeConfigsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let throttle_time_ms = r.i32()?;
        let results = r.array(flexible, 7, |r| DescribeConfigsResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.array(flexible, &self.results, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeConfigsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResult<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null.
    pub error_message: Option<Cow<'a, str>>,
    /// Every version.
    pub resource_type: i8,
    /// Every version.
    pub resource_name: Cow<'a, str>,
    /// Every version.
    pub configs: Vec<DescribeConfigsResourceResult<'a>>,
}

impl Default for DescribeConfigsResult<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: Some(Cow::Borrowed("")),
            resource_type: 0,
            resource_name: Cow::Borrowed(""),
            configs: Vec::new(),
        }
    }
}

impl<'a> DescribeConfigsResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let error_code = r.i16()?;
        let error_message = r.nullable_string(flexible)?.map(Cow::Borrowed);
        let resource_type = r.i8()?;
        let resource_name = Cow::Borrowed(r.string(flexible)?);
        let configs = r.array(flexible, 9, |r| DescribeConfigsResourceResult::read(r, version))?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { error_code, error_message, resource_type, resource_name, configs })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.i16(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref());
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name);
        w.array(flexible, &self.configs, |w, each| {
            each.write(w, version);
        });
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeConfigsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResourceResult<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version; may be null.
    pub value: Option<Cow<'a, str>>,
    /// Every version.
    pub read_only: bool,
    /// Every version; default -1.
    pub config_source: i8,
    /// Every version.
    pub is_sensitive: bool,
    /// Every version.
    pub synonyms: Vec<DescribeConfigsSynonym<'a>>,
    /// Version 3 and up; default 0.
    pub config_type: i8,
    /// Version 3 and up; may be null.
    pub documentation: Option<Cow<'a, str>>,
}

impl Default for DescribeConfigsResourceResult<'_> {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed(""),
            value: Some(Cow::Borrowed("")),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(Cow::Borrowed("")),
        }
    }
}

impl<'a> DescribeConfigsResourceResult<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let name = Cow::Borrowed(r.string(flexible)?);
        let value = r.nullable_string(flexible)?.map(Cow::Borrowed);
        let read_only = r.bool()?;
        let config_source = r.i8()?;
        let is_sensitive = r.bool()?;
        let synonyms = r.array(flexible, 4, |r| DescribeConfigsSynonym::read(r, version))?;
        let config_type = if version >= 3 { r.i8()? } else { 0 };
        let documentation = if version >= 3 {
            r.nullable_string(flexible)?.map(Cow::Borrowed)
        } else {
            Some(Cow::Borrowed(""))
        };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, value, read_only, config_source, is_sensitive, synonyms, config_type, documentation })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, &self.name);
        w.nullable_string(flexible, self.value.as_deref());
        w.bool(self.read_only);
        w.i8(self.config_source);
        w.bool(self.is_sensitive);
        w.array(flexible, &self.synonyms, |w, each| {
            each.write(w, version);
        });
        if version >= 3 {
            w.i8(self.config_type);
        }
        if version >= 3 {
            w.nullable_string(flexible, self.documentation.as_deref());
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of DescribeConfigsResponse.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsSynonym<'a> {
    /// Every version.
    pub name: Cow<'a, str>,
    /// Every version; may be null.
    pub value: Option<Cow<'a, str>>,
    /// Every version.
    pub source: i8,
}

impl Default for DescribeConfigsSynonym<'_> {
    fn default() -> Self {
        Self { name: Cow::Borrowed(""), value: Some(Cow::Borrowed("")), source: 0 }
    }
}

impl<'a> DescribeConfigsSynonym<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let name = Cow::Borrowed(r.string(flexible)?);
        let value = r.nullable_string(flexible)?.map(Cow::Borrowed);
        let source = r.i8()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, value, source })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 4;
        w.string(flexible, &self.name);
        w.nullable_string(flexible, self.value.as_deref());
        w.i8(self.source);
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for DescribeConfigsResponse<'a> {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=4;
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
impl DescribeConfigsResponse<'_> {
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
                    DescribeConfigsResult::filled(version, fill),
                    DescribeConfigsResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeConfigsResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.error_message = None;
                sample.resource_type = i8::MIN;
                sample.resource_name = Cow::Borrowed("");
                sample.configs = Vec::new();
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.resource_type = i8::MAX;
                sample.resource_name = Cow::Borrowed(SAMPLE_TEXT);
                sample.configs = vec![
                    DescribeConfigsResourceResult::filled(version, fill),
                    DescribeConfigsResourceResult::filled(version, fill),
                ];
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeConfigsResourceResult<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = Cow::Borrowed("");
                sample.value = None;
                sample.read_only = false;
                sample.config_source = i8::MIN;
                sample.is_sensitive = false;
                sample.synonyms = Vec::new();
                if version >= 3 {
                    sample.config_type = i8::MIN;
                }
                if version >= 3 {
                    sample.documentation = None;
                }
            }
            Fill::High => {
                sample.name = Cow::Borrowed(SAMPLE_TEXT);
                sample.value = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.read_only = true;
                sample.config_source = i8::MAX;
                sample.is_sensitive = true;
                sample.synonyms = vec![
                    DescribeConfigsSynonym::filled(version, fill),
                    DescribeConfigsSynonym::filled(version, fill),
                ];
                if version >= 3 {
                    sample.config_type = i8::MAX;
                }
                if version >= 3 {
                    sample.documentation = Some(Cow::Borrowed(SAMPLE_TEXT));
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeConfigsSynonym<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.name = Cow::Borrowed("");
                sample.value = None;
                sample.source = i8::MIN;
            }
            Fill::High => {
                sample.name = Cow::Borrowed(SAMPLE_TEXT);
                sample.value = Some(Cow::Borrowed(SAMPLE_TEXT));
                sample.source = i8::MAX;
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeConfigsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
