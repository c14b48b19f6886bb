//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 f2aaa880f56192c7

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

/// DescribeClusterRequest, versions 0 to 2.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterRequest {
    /// Every version.
    pub include_cluster_authorized_operations: bool,
    /// Version 1 and up; default 1.
    pub endpoint_type: i8,
    /// Version 2.
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self { include_cluster_authorized_operations: false, endpoint_type: 1, include_fenced_brokers: false }
    }
}

impl DescribeClusterRequest {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let include_cluster_authorized_operations = r.bool()?;
        let endpoint_type = if version >= 1 { r.i8()? } else { 1 };
        let include_fenced_brokers = if version >= 2 { r.bool()? } else { false };
        r.skip_tags()?;
        Ok(Self { include_cluster_authorized_operations, endpoint_type, include_fenced_brokers })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            w.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            w.refuse("endpoint_type", version);
        }
        if version >= 2 {
            w.bool(self.include_fenced_brokers);
        } else if self.include_fenced_brokers {
            w.refuse("include_fenced_brokers", version);
        }
        w.uvarint(0);
    }
}

impl<'a> Message<'a> for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_SINCE: i16 = 0;

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
impl<'a> Request<'a> for DescribeClusterRequest {
    const KEY: ApiKey = ApiKey::DescribeCluster;
    type Response<'r> = DescribeClusterResponse<'r>;
}
#[cfg(any(test, feature = "samples"))]
impl DescribeClusterRequest {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.include_cluster_authorized_operations = false;
                if version >= 1 {
                    sample.endpoint_type = i8::MIN;
                }
                if version >= 2 {
                    sample.include_fenced_brokers = false;
                }
            }
            Fill::High => {
                sample.include_cluster_authorized_operations = true;
                if version >= 1 {
                    sample.endpoint_type = i8::MAX;
                }
                if version >= 2 {
                    sample.include_fenced_brokers = true;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeClusterRequest {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// DescribeClusterResponse, versions 0 to 2.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterResponse<'a> {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version; may be null; default null.
    pub error_message: Option<Cow<'a, str>>,
    /// Version 1 and up; default 1.
    pub endpoint_type: i8,
    /// Every version.
    pub cluster_id: Cow<'a, str>,
    /// Every version; default -1.
    pub controller_id: i32,
    /// Every version.
    pub brokers: Vec<DescribeClusterBroker<'a>>,
    /// Every version; default -2147483648.
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: Cow::Borrowed(""),
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: -2147483648,
        }
    }
}

impl<'a> DescribeClusterResponse<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let throttle_time_ms = r.i32()?;
        let error_code = r.i16()?;
        let error_message = r.nullable_string(true)?.map(Cow::Borrowed);
        let endpoint_type = if version >= 1 { r.i8()? } else { 1 };
        let cluster_id = Cow::Borrowed(r.string(true)?);
        let controller_id = r.i32()?;
        let brokers = r.array(true, 11, |r| DescribeClusterBroker::read(r, version))?;
        let cluster_authorized_operations = r.i32()?;
        r.skip_tags()?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            error_message,
            endpoint_type,
            cluster_id,
            controller_id,
            brokers,
            cluster_authorized_operations,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i32(self.throttle_time_ms);
        w.i16(self.error_code);
        w.nullable_string(true, self.error_message.as_deref());
        if version >= 1 {
            w.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            w.refuse("endpoint_type", version);
        }
        w.string(true, &self.cluster_id);
        w.i32(self.controller_id);
        w.array(true, &self.brokers, |w, each| {
            each.write(w, version);
        });
        w.i32(self.cluster_authorized_operations);
        w.uvarint(0);
    }
}

/// A part of DescribeClusterResponse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeClusterBroker<'a> {
    /// Every version.
    pub broker_id: i32,
    /// Every version.
    pub host: Cow<'a, str>,
    /// Every version.
    pub port: i32,
    /// Every version; may be null; default null.
    pub rack: Option<Cow<'a, str>>,
    /// Version 2.
    pub is_fenced: bool,
}

impl<'a> DescribeClusterBroker<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let broker_id = r.i32()?;
        let host = Cow::Borrowed(r.string(true)?);
        let port = r.i32()?;
        let rack = r.nullable_string(true)?.map(Cow::Borrowed);
        let is_fenced = if version >= 2 { r.bool()? } else { false };
        r.skip_tags()?;
        Ok(Self { broker_id, host, port, rack, is_fenced })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        w.i32(self.broker_id);
        w.string(true, &self.host);
        w.i32(self.port);
        w.nullable_string(true, self.rack.as_deref());
        if version >= 2 {
            w.bool(self.is_fenced);
        } else if self.is_fenced {
            w.refuse("is_fenced", version);
        }
        w.uvarint(0);
    }
}

impl<'a> Message<'a> for DescribeClusterResponse<'a> {
    const NAME: &'static str = "DescribeClusterResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_SINCE: i16 = 0;

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
impl DescribeClusterResponse<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.error_code = i16::MIN;
                sample.error_message = None;
                if version >= 1 {
                    sample.endpoint_type = i8::MIN;
                }
                sample.cluster_id = Cow::Borrowed("");
                sample.controller_id = i32::MIN;
                sample.brokers = Vec::new();
                sample.cluster_authorized_operations = i32::MIN;
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.error_code = i16::MAX;
                sample.error_message = Some(Cow::Borrowed(SAMPLE_TEXT));
                if version >= 1 {
                    sample.endpoint_type = i8::MAX;
                }
                sample.cluster_id = Cow::Borrowed(SAMPLE_TEXT);
                sample.controller_id = i32::MAX;
                sample.brokers = vec![
                    DescribeClusterBroker::filled(version, fill),
                    DescribeClusterBroker::filled(version, fill),
                ];
                sample.cluster_authorized_operations = i32::MAX;
            }
        }
        sample
    }
}

#[cfg(any(test, feature = "samples"))]
impl DescribeClusterBroker<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.broker_id = i32::MIN;
                sample.host = Cow::Borrowed("");
                sample.port = i32::MIN;
                sample.rack = None;
                if version >= 2 {
                    sample.is_fenced = false;
                }
            }
            Fill::High => {
                sample.broker_id = i32::MAX;
                sample.host = Cow::Borrowed(SAMPLE_TEXT);
                sample.port = i32::MAX;
                sample.rack = Some(Cow::Borrowed(SAMPLE_TEXT));
                if version >= 2 {
                    sample.is_fenced = true;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for DescribeClusterResponse<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
