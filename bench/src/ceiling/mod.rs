//! The ceiling probes: what disk and sockets allow here when there is no broker between them.
//!
//! Probe 1 is a group-committing log alone, probe 2 puts sockets and a checksum before it. Both write into a file whose
//! blocks were written before, from an aligned buffer, and wrap around at its end.

mod file;
pub mod log;
pub mod server;
