//! Fuzz targets: one plain function per decoder that reads a peer's or a disk's bytes.
//!
//! A target takes any bytes and returns; a panic or one allocation far larger than its input is a finding. The same
//! functions run on stable over the committed corpus and mutations of it (`cargo xtask fuzz`) and under libFuzzer
//! (`libfuzzer/`, nightly). Nothing here opens a file or a socket.

pub mod allocation;
mod disk;
mod http;
mod journal;
mod mutation;
pub mod runner;
pub mod targets;

#[cfg(test)]
mod tests;
