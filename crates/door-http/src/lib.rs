//! The HTTP door: health, readiness, metrics and the JSON admin API.

#![forbid(unsafe_code)]
