//! The ceiling probes: what disk and sockets allow here when there is no broker between them.
//!
//! Probe 1 is a group-committing log alone, probe 2 puts sockets and a checksum before it, in a closed and in an open loop:
//! both write from an aligned buffer into a file, whose blocks were written before unless another state of them is what is
//! measured, and begin again at its end. Probe 3 is what a file for each partition would cost.

mod file;
pub mod files;
pub mod log;
pub mod open_loop;
pub mod server;
