//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 51d69786e91f0538

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

/// ApiVersionsRequest, versions 0 to 5.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsRequest<'a> {
    /// Version 3 and up.
    pub client_software_name: &'a str,
    /// Version 3 and up.
    pub client_software_version: &'a str,
    /// Version 5; may be null; default null.
    pub cluster_id: Option<&'a str>,
    /// Version 5; default -1.
    pub node_id: i32,
}

impl Default for ApiVersionsRequest<'_> {
    fn default() -> Self {
        Self { client_software_name: "", client_software_version: "", cluster_id: None, node_id: -1 }
    }
}

impl<'a> ApiVersionsRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let client_software_name = if version >= 3 { r.string(flexible)? } else { "" };
        let client_software_version = if version >= 3 { r.string(flexible)? } else { "" };
        let cluster_id = if version >= 5 { r.nullable_string(flexible)? } else { None };
        let node_id = if version >= 5 { r.i32()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { client_software_name, client_software_version, cluster_id, node_id })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, self.client_software_name);
        }
        if version >= 3 {
            w.string(flexible, self.client_software_version);
        }
        if version >= 5 {
            w.nullable_string(flexible, self.cluster_id);
        }
        if version >= 5 {
            w.i32(self.node_id);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ApiVersionsRequest<'a> {
    const NAME: &'static str = "ApiVersionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
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
impl<'a> Request<'a> for ApiVersionsRequest<'a> {
    const KEY: ApiKey = ApiKey::ApiVersions;
    type Response<'r> = ApiVersionsResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl ApiVersionsRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.client_software_name = "";
                }
                if version >= 3 {
                    sample.client_software_version = "";
                }
                if version >= 5 {
                    sample.cluster_id = None;
                }
                if version >= 5 {
                    sample.node_id = i32::MIN;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.client_software_name = SAMPLE_TEXT;
                }
                if version >= 3 {
                    sample.client_software_version = SAMPLE_TEXT;
                }
                if version >= 5 {
                    sample.cluster_id = Some(SAMPLE_TEXT);
                }
                if version >= 5 {
                    sample.node_id = i32::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ApiVersionsRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// ApiVersionsResponse, versions 0 to 5.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsResponse<'a> {
    /// Every version.
    pub error_code: i16,
    /// Every version.
    pub api_keys: Vec<ApiVersion>,
    /// Version 1 and up.
    pub throttle_time_ms: i32,
    /// Version 3 and up; tag 0.
    pub supported_features: Vec<SupportedFeatureKey<'a>>,
    /// Version 3 and up; tag 1; default -1.
    pub finalized_features_epoch: i64,
    /// Version 3 and up; tag 2.
    pub finalized_features: Vec<FinalizedFeatureKey<'a>>,
    /// Version 3 and up; tag 3; default false.
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        }
    }
}

impl<'a> ApiVersionsResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let error_code = r.i16()?;
        let api_keys = r.array(flexible, 6, |r| ApiVersion::read(r, version))?;
        let throttle_time_ms = if version >= 1 { r.i32()? } else { 0 };
        let mut supported_features = Vec::new();
        let mut finalized_features_epoch = -1;
        let mut finalized_features = Vec::new();
        let mut zk_migration_ready = false;
        if flexible {
            for _ in 0..r.tag_count()? {
                let (tag, mut field) = r.tagged_field()?;
                match tag {
                    0 => {
                        supported_features =
                            field.array(true, 1, |r| SupportedFeatureKey::read(r, version))?;
                        field.finish()?;
                    }
                    1 => {
                        finalized_features_epoch = field.i64()?;
                        field.finish()?;
                    }
                    2 => {
                        finalized_features =
                            field.array(true, 1, |r| FinalizedFeatureKey::read(r, version))?;
                        field.finish()?;
                    }
                    3 => {
                        zk_migration_ready = field.bool()?;
                        field.finish()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            error_code,
            api_keys,
            throttle_time_ms,
            supported_features,
            finalized_features_epoch,
            finalized_features,
            zk_migration_ready,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        w.i16(self.error_code);
        w.array(flexible, &self.api_keys, |w, each| {
            each.write(w, version);
        });
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        if flexible {
            let has_supported_features = !self.supported_features.is_empty();
            let has_finalized_features_epoch = self.finalized_features_epoch != -1;
            let has_finalized_features = !self.finalized_features.is_empty();
            let has_zk_migration_ready = self.zk_migration_ready;
            w.uvarint(
                u32::from(has_supported_features)
                    + u32::from(has_finalized_features_epoch)
                    + u32::from(has_finalized_features)
                    + u32::from(has_zk_migration_ready),
            );
            if has_supported_features {
                w.tagged(0, |w| {
                    w.array(true, &self.supported_features, |w, each| {
                        each.write(w, version);
                    });
                });
            }
            if has_finalized_features_epoch {
                w.tagged(1, |w| {
                    w.i64(self.finalized_features_epoch);
                });
            }
            if has_finalized_features {
                w.tagged(2, |w| {
                    w.array(true, &self.finalized_features, |w, each| {
                        each.write(w, version);
                    });
                });
            }
            if has_zk_migration_ready {
                w.tagged(3, |w| {
                    w.bool(self.zk_migration_ready);
                });
            }
        }
    }
}

/// A part of ApiVersionsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiVersion {
    /// Every version.
    pub api_key: i16,
    /// Every version.
    pub min_version: i16,
    /// Every version.
    pub max_version: i16,
}

impl ApiVersion {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let api_key = r.i16()?;
        let min_version = r.i16()?;
        let max_version = r.i16()?;
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { api_key, min_version, max_version })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        w.i16(self.api_key);
        w.i16(self.min_version);
        w.i16(self.max_version);
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ApiVersionsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupportedFeatureKey<'a> {
    /// Version 3 and up.
    pub name: Cow<'a, str>,
    /// Version 3 and up.
    pub min_version: i16,
    /// Version 3 and up.
    pub max_version: i16,
}

impl<'a> SupportedFeatureKey<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let name = if version >= 3 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let min_version = if version >= 3 { r.i16()? } else { 0 };
        let max_version = if version >= 3 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, min_version, max_version })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, &self.name);
        } else if !self.name.is_empty() {
            w.refuse("name", version);
        }
        if version >= 3 {
            w.i16(self.min_version);
        } else if self.min_version != 0 {
            w.refuse("min_version", version);
        }
        if version >= 3 {
            w.i16(self.max_version);
        } else if self.max_version != 0 {
            w.refuse("max_version", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

/// A part of ApiVersionsResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FinalizedFeatureKey<'a> {
    /// Version 3 and up.
    pub name: Cow<'a, str>,
    /// Version 3 and up.
    pub max_version_level: i16,
    /// Version 3 and up.
    pub min_version_level: i16,
}

impl<'a> FinalizedFeatureKey<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let name = if version >= 3 { Cow::Borrowed(r.string(flexible)?) } else { Cow::Borrowed("") };
        let max_version_level = if version >= 3 { r.i16()? } else { 0 };
        let min_version_level = if version >= 3 { r.i16()? } else { 0 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self { name, max_version_level, min_version_level })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, &self.name);
        } else if !self.name.is_empty() {
            w.refuse("name", version);
        }
        if version >= 3 {
            w.i16(self.max_version_level);
        } else if self.max_version_level != 0 {
            w.refuse("max_version_level", version);
        }
        if version >= 3 {
            w.i16(self.min_version_level);
        } else if self.min_version_level != 0 {
            w.refuse("min_version_level", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for ApiVersionsResponse<'a> {
    const NAME: &'static str = "ApiVersionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
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
impl ApiVersionsResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.error_code = i16::MIN;
                sample.api_keys = Vec::new();
                if version >= 1 {
                    sample.throttle_time_ms = i32::MIN;
                }
                if version >= 3 {
                    sample.supported_features = Vec::new();
                }
                if version >= 3 {
                    sample.finalized_features_epoch = i64::MIN;
                }
                if version >= 3 {
                    sample.finalized_features = Vec::new();
                }
                if version >= 3 {
                    sample.zk_migration_ready = false;
                }
            }
            Fill::High => {
                sample.error_code = i16::MAX;
                sample.api_keys = vec![ApiVersion::filled(version, fill), ApiVersion::filled(version, fill)];
                if version >= 1 {
                    sample.throttle_time_ms = i32::MAX;
                }
                if version >= 3 {
                    sample.supported_features = vec![
                        SupportedFeatureKey::filled(version, fill),
                        SupportedFeatureKey::filled(version, fill),
                    ];
                }
                if version >= 3 {
                    sample.finalized_features_epoch = i64::MAX;
                }
                if version >= 3 {
                    sample.finalized_features = vec![
                        FinalizedFeatureKey::filled(version, fill),
                        FinalizedFeatureKey::filled(version, fill),
                    ];
                }
                if version >= 3 {
                    sample.zk_migration_ready = true;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl ApiVersion {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.api_key = i16::MIN;
                sample.min_version = i16::MIN;
                sample.max_version = i16::MIN;
            }
            Fill::High => {
                sample.api_key = i16::MAX;
                sample.min_version = i16::MAX;
                sample.max_version = i16::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl SupportedFeatureKey<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 3 {
                    sample.min_version = i16::MIN;
                }
                if version >= 3 {
                    sample.max_version = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 3 {
                    sample.min_version = i16::MAX;
                }
                if version >= 3 {
                    sample.max_version = i16::MAX;
                }
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl FinalizedFeatureKey<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                if version >= 3 {
                    sample.name = Cow::Borrowed("");
                }
                if version >= 3 {
                    sample.max_version_level = i16::MIN;
                }
                if version >= 3 {
                    sample.min_version_level = i16::MIN;
                }
            }
            Fill::High => {
                if version >= 3 {
                    sample.name = Cow::Borrowed(SAMPLE_TEXT);
                }
                if version >= 3 {
                    sample.max_version_level = i16::MAX;
                }
                if version >= 3 {
                    sample.min_version_level = i16::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for ApiVersionsResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
