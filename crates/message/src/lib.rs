//! What an event looks like in each format, read without copying it.

#![forbid(unsafe_code)]
