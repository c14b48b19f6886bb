//! The Kafka door: translates Kafka requests into the broker's ports and back.

#![forbid(unsafe_code)]
