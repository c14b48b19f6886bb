//! Kinds of things that have configs, as DescribeConfigs and IncrementalAlterConfigs number them.
//!
//! A kind that is not listed is refused by whoever is asked about it.

/// A topic, by name.
pub const TOPIC: i8 = 2;
/// A broker, by number; without a name, all brokers.
pub const BROKER: i8 = 4;
/// A broker's loggers.
pub const BROKER_LOGGER: i8 = 8;
/// Subscriptions to clients' metrics.
pub const CLIENT_METRICS: i8 = 16;
/// A consumer group.
pub const GROUP: i8 = 32;
