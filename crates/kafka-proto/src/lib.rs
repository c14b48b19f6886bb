//! The Kafka wire protocol: generated codec in both directions and the connection machine, without I/O.
//!
//! `generated/` has one module per API, written by `cargo xtask codegen` from facts of Kafka's message schemas. Decoding
//! borrows from the frame; every length and count is checked against the bytes that are there before anything is
//! allocated. Encoding leaves large chunks of records beside the head (`Segments`), so that they are not copied.
//! [`connection`] turns bytes into request frames and lets responses leave in request order.
//!
//! Never here: sockets, clocks, what a request means, what a record batch holds.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod connection;
mod error;
pub mod error_code;
mod frame;
pub mod fuzz;
#[allow(
    clippy::derivable_impls,
    clippy::nonminimal_bool,
    clippy::too_many_lines,
    clippy::unreadable_literal,
    clippy::single_match,
    unused_variables,
    reason = "written by a generator, one shape for every field"
)]
mod generated;
pub mod limits;
mod message;
mod reader;
mod records;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod segments;
mod uuid;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{DecodeCause, DecodeError, EncodeError};
pub use error_code::ErrorCode;
pub use frame::{
    RequestParts, encode_request, encode_response, request_header_version, response_header_version,
};
pub use generated::*;
#[cfg(any(test, feature = "samples"))]
pub use message::Sample;
pub use message::{Fill, Message, Request};
pub use reader::Reader;
pub use records::Records;
pub use segments::Segments;
pub use uuid::Uuid;
pub use writer::{FrameStart, Writer};
