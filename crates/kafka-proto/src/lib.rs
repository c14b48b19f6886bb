//! The Kafka wire protocol: generated codec in both directions and the connection machine, without I/O.

#![forbid(unsafe_code)]
