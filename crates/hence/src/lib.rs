//! Hence: one binary that receives, stores, routes and explains events for Kafka clients.

#![forbid(unsafe_code)]
