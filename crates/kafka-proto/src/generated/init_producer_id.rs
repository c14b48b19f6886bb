//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 71a4827cf8c7477a

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

/// InitProducerIdRequest, versions 0 to 6.
#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdRequest<'a> {
    /// Every version; may be null.
    pub transactional_id: Option<&'a str>,
    /// Every version.
    pub transaction_timeout_ms: i32,
    /// Version 3 and up; default -1.
    pub producer_id: i64,
    /// Version 3 and up; default -1.
    pub producer_epoch: i16,
    /// Version 6; default false.
    pub enable2_pc: bool,
    /// Version 6; default false.
    pub keep_prepared_txn: bool,
}

impl Default for InitProducerIdRequest<'_> {
    fn default() -> Self {
        Self {
            transactional_id: Some(""),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            enable2_pc: false,
            keep_prepared_txn: false,
        }
    }
}

impl<'a> InitProducerIdRequest<'a> {
    fn read(r: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let transactional_id = r.nullable_string(flexible)?;
        let transaction_timeout_ms = r.i32()?;
        let producer_id = if version >= 3 { r.i64()? } else { -1 };
        let producer_epoch = if version >= 3 { r.i16()? } else { -1 };
        let enable2_pc = if version >= 6 { r.bool()? } else { false };
        let keep_prepared_txn = if version >= 6 { r.bool()? } else { false };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            transactional_id,
            transaction_timeout_ms,
            producer_id,
            producer_epoch,
            enable2_pc,
            keep_prepared_txn,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.nullable_string(flexible, self.transactional_id);
        w.i32(self.transaction_timeout_ms);
        if version >= 3 {
            w.i64(self.producer_id);
        } else if self.producer_id != -1 {
            w.refuse("producer_id", version);
        }
        if version >= 3 {
            w.i16(self.producer_epoch);
        } else if self.producer_epoch != -1 {
            w.refuse("producer_epoch", version);
        }
        if version >= 6 {
            w.bool(self.enable2_pc);
        } else if self.enable2_pc {
            w.refuse("enable2_pc", version);
        }
        if version >= 6 {
            w.bool(self.keep_prepared_txn);
        } else if self.keep_prepared_txn {
            w.refuse("keep_prepared_txn", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for InitProducerIdRequest<'a> {
    const NAME: &'static str = "InitProducerIdRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
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
impl<'a> Request<'a> for InitProducerIdRequest<'a> {
    const KEY: ApiKey = ApiKey::InitProducerId;
    type Response<'r> = InitProducerIdResponse;
}
#[cfg(any(test, feature = "samples"))]
impl InitProducerIdRequest<'_> {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.transactional_id = None;
                sample.transaction_timeout_ms = i32::MIN;
                if version >= 3 {
                    sample.producer_id = i64::MIN;
                }
                if version >= 3 {
                    sample.producer_epoch = i16::MIN;
                }
                if version >= 6 {
                    sample.enable2_pc = false;
                }
                if version >= 6 {
                    sample.keep_prepared_txn = false;
                }
            }
            Fill::High => {
                sample.transactional_id = Some(SAMPLE_TEXT);
                sample.transaction_timeout_ms = i32::MAX;
                if version >= 3 {
                    sample.producer_id = i64::MAX;
                }
                if version >= 3 {
                    sample.producer_epoch = i16::MAX;
                }
                if version >= 6 {
                    sample.enable2_pc = true;
                }
                if version >= 6 {
                    sample.keep_prepared_txn = true;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for InitProducerIdRequest<'_> {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
/// InitProducerIdResponse, versions 0 to 6.
#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdResponse {
    /// Every version.
    pub throttle_time_ms: i32,
    /// Every version.
    pub error_code: i16,
    /// Every version; default -1.
    pub producer_id: i64,
    /// Every version.
    pub producer_epoch: i16,
    /// Version 6; default -1.
    pub ongoing_txn_producer_id: i64,
    /// Version 6; default -1.
    pub ongoing_txn_producer_epoch: i16,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: 0,
            ongoing_txn_producer_id: -1,
            ongoing_txn_producer_epoch: -1,
        }
    }
}

impl InitProducerIdResponse {
    fn read(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let throttle_time_ms = r.i32()?;
        let error_code = r.i16()?;
        let producer_id = r.i64()?;
        let producer_epoch = r.i16()?;
        let ongoing_txn_producer_id = if version >= 6 { r.i64()? } else { -1 };
        let ongoing_txn_producer_epoch = if version >= 6 { r.i16()? } else { -1 };
        if flexible {
            r.skip_tags()?;
        }
        Ok(Self {
            throttle_time_ms,
            error_code,
            producer_id,
            producer_epoch,
            ongoing_txn_producer_id,
            ongoing_txn_producer_epoch,
        })
    }

    fn write(&self, w: &mut Writer, version: i16) {
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.i16(self.error_code);
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        if version >= 6 {
            w.i64(self.ongoing_txn_producer_id);
        } else if self.ongoing_txn_producer_id != -1 {
            w.refuse("ongoing_txn_producer_id", version);
        }
        if version >= 6 {
            w.i16(self.ongoing_txn_producer_epoch);
        } else if self.ongoing_txn_producer_epoch != -1 {
            w.refuse("ongoing_txn_producer_epoch", version);
        }
        if flexible {
            w.uvarint(0);
        }
    }
}

impl<'a> Message<'a> for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
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
impl InitProducerIdResponse {
    fn filled(version: i16, fill: Fill) -> Self {
        let mut sample = Self::default();
        match fill {
            Fill::Default => {}
            Fill::Low => {
                sample.throttle_time_ms = i32::MIN;
                sample.error_code = i16::MIN;
                sample.producer_id = i64::MIN;
                sample.producer_epoch = i16::MIN;
                if version >= 6 {
                    sample.ongoing_txn_producer_id = i64::MIN;
                }
                if version >= 6 {
                    sample.ongoing_txn_producer_epoch = i16::MIN;
                }
            }
            Fill::High => {
                sample.throttle_time_ms = i32::MAX;
                sample.error_code = i16::MAX;
                sample.producer_id = i64::MAX;
                sample.producer_epoch = i16::MAX;
                if version >= 6 {
                    sample.ongoing_txn_producer_id = i64::MAX;
                }
                if version >= 6 {
                    sample.ongoing_txn_producer_epoch = i16::MAX;
                }
            }
        }
        sample
    }
}
#[cfg(any(test, feature = "samples"))]
impl Sample for InitProducerIdResponse {
    fn sample(version: i16, fill: Fill) -> Self {
        Self::filled(version, fill)
    }
}
