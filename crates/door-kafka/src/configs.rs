//! The configs that DescribeConfigs shows: how Kafka calls the broker-wide twin of a topic's setting, and the broker's own.
//!
//! Names, kinds and defaults are Kafka 4.4's. Of the broker's configs those are shown that mean something here; they are
//! read-only, since they follow from `hence config show`.

use crate::options::{Advertised, Options};
use crate::ports::{MEMBERS_PER_GROUP_MAX, SettingKind, SettingSource, SettingValue};

/// Where a config's value comes from, as responses number it.
const TOPIC_CONFIG: i8 = 1;
const STATIC_BROKER_CONFIG: i8 = 4;
/// Nobody set it.
pub const DEFAULT_CONFIG: i8 = 5;
/// Set for all brokers of the cluster.
pub const CLUSTER_CONFIG: i8 = 3;
/// The one config that every Kafka of version 4 sets for the cluster when it is formatted (KIP-966), so that clients see
/// it as set.
const SET_BY_FORMATTING: &str = "min.insync.replicas";

/// What a config's value is, as responses number it.
pub mod kind {
    /// True or false.
    pub const BOOLEAN: i8 = 1;
    /// Text.
    pub const STRING: i8 = 2;
    /// A 32-bit number.
    pub const INT: i8 = 3;
    /// A 64-bit number.
    pub const LONG: i8 = 5;
    /// A fraction.
    pub const DOUBLE: i8 = 6;
    /// Items with commas between.
    pub const LIST: i8 = 7;
}

/// Where the value of a topic's setting comes from, as a number.
pub fn source(value: &SettingValue<'_>) -> i8 {
    match value.source {
        SettingSource::Topic => TOPIC_CONFIG,
        SettingSource::Default => default_source(value.setting.name),
    }
}

/// Where a config that nobody set has its value from.
pub fn default_source(name: &str) -> i8 {
    if name == SET_BY_FORMATTING { CLUSTER_CONFIG } else { DEFAULT_CONFIG }
}

/// The number of a kind.
pub const fn kind_of(kind: SettingKind) -> i8 {
    match kind {
        SettingKind::Number { max, .. } if max <= i32::MAX as i64 => kind::INT,
        SettingKind::Number { .. } => kind::LONG,
        SettingKind::Fraction => kind::DOUBLE,
        SettingKind::Flag => kind::BOOLEAN,
        SettingKind::OneOf(_) => kind::STRING,
        SettingKind::List(_) | SettingKind::Free => kind::LIST,
    }
}

/// The broker-wide config that gives a topic's setting its default; none where Kafka shows none.
pub fn twin(setting: &str) -> Option<&'static str> {
    TWINS
        .binary_search_by(|(name, _)| (*name).cmp(setting))
        .ok()
        .and_then(|at| TWINS.get(at))
        .map(|(_, twin)| *twin)
}

/// Topic settings and their broker-wide twins, by name.
const TWINS: &[(&str, &str)] = &[
    ("cleanup.policy", "log.cleanup.policy"),
    ("compression.gzip.level", "compression.gzip.level"),
    ("compression.lz4.level", "compression.lz4.level"),
    ("compression.type", "compression.type"),
    ("compression.zstd.level", "compression.zstd.level"),
    ("delete.retention.ms", "log.cleaner.delete.retention.ms"),
    ("file.delete.delay.ms", "log.segment.delete.delay.ms"),
    ("flush.messages", "log.flush.interval.messages"),
    ("index.interval.bytes", "log.index.interval.bytes"),
    ("local.retention.bytes", "log.local.retention.bytes"),
    ("local.retention.ms", "log.local.retention.ms"),
    ("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"),
    ("max.decompressed.message.bytes", "max.decompressed.message.bytes"),
    ("max.message.bytes", "message.max.bytes"),
    ("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"),
    ("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"),
    ("message.timestamp.type", "log.message.timestamp.type"),
    ("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"),
    ("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"),
    ("min.insync.replicas", "min.insync.replicas"),
    ("preallocate", "log.preallocate"),
    ("remote.copy.lag.bytes", "log.remote.copy.lag.bytes"),
    ("remote.copy.lag.ms", "log.remote.copy.lag.ms"),
    ("retention.bytes", "log.retention.bytes"),
    ("segment.bytes", "log.segment.bytes"),
    ("segment.index.bytes", "log.index.size.max.bytes"),
    ("unclean.leader.election.enable", "unclean.leader.election.enable"),
];

/// A config of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerConfig {
    /// Its name.
    pub name: &'static str,
    /// Its value; absent where Kafka has none either.
    pub value: Option<String>,
    /// Its default.
    pub default: Option<&'static str>,
    /// What its value is.
    pub kind: i8,
}

impl BrokerConfig {
    /// Where its value comes from.
    pub fn source(&self) -> i8 {
        if self.value.as_deref() == self.default { default_source(self.name) } else { STATIC_BROKER_CONFIG }
    }
}

/// The broker's configs, by name, as a client sees them that is told to connect to `advertised`.
pub fn of_broker(options: &Options, advertised: &Advertised) -> Vec<BrokerConfig> {
    let mut configs: Vec<BrokerConfig> = FIXED
        .iter()
        .map(|&(name, value, kind)| BrokerConfig {
            name,
            value: value.map(str::to_owned),
            default: value,
            kind,
        })
        .collect();
    let advertised = Some(format!("PLAINTEXT://{}:{}", advertised.host, advertised.port));
    configs.push(BrokerConfig {
        name: "advertised.listeners",
        value: advertised,
        default: None,
        kind: kind::LIST,
    });
    let chosen: [(&'static str, String, Option<&'static str>, i8); 9] = [
        ("auto.create.topics.enable", options.auto_create_topics.to_string(), Some("true"), kind::BOOLEAN),
        ("broker.id", options.node_id.to_string(), Some("-1"), kind::INT),
        (
            "group.initial.rebalance.delay.ms",
            options.group_initial_rebalance_delay_ms.to_string(),
            Some("3000"),
            kind::INT,
        ),
        ("group.max.size", MEMBERS_PER_GROUP_MAX.to_string(), Some("2147483647"), kind::INT),
        (
            "max.incremental.fetch.session.cache.slots",
            options.fetch_sessions_max.to_string(),
            Some("1000"),
            kind::INT,
        ),
        ("node.id", options.node_id.to_string(), None, kind::INT),
        ("num.partitions", options.default_partitions.to_string(), Some("1"), kind::INT),
        ("process.roles", "broker,controller".to_owned(), None, kind::LIST),
        ("socket.request.max.bytes", options.request_bytes_max.to_string(), Some("104857600"), kind::INT),
    ];
    configs.extend(chosen.map(|(name, value, default, kind)| BrokerConfig {
        name,
        value: Some(value),
        default,
        kind,
    }));
    configs.sort_by_key(|config| config.name);
    configs
}

const LONG_MAX: Option<&str> = Some("9223372036854775807");

/// Configs that nobody can change here: what they are is what this broker does, or what it has no use for.
const FIXED: &[(&str, Option<&str>, i8)] = &[
    ("broker.rack", None, kind::STRING),
    ("compression.gzip.level", Some("-1"), kind::INT),
    ("compression.lz4.level", Some("9"), kind::INT),
    ("compression.type", Some("producer"), kind::STRING),
    ("compression.zstd.level", Some("3"), kind::INT),
    ("connections.max.idle.ms", Some("600000"), kind::LONG),
    ("default.replication.factor", Some("1"), kind::INT),
    ("delete.topic.enable", Some("true"), kind::BOOLEAN),
    ("fetch.max.bytes", Some("57671680"), kind::INT),
    ("group.coordinator.rebalance.protocols", Some("classic"), kind::LIST),
    ("group.max.session.timeout.ms", Some("1800000"), kind::INT),
    ("group.min.session.timeout.ms", Some("6000"), kind::INT),
    ("listener.security.protocol.map", Some("PLAINTEXT:PLAINTEXT"), kind::STRING),
    ("log.cleaner.delete.retention.ms", Some("86400000"), kind::LONG),
    ("log.cleaner.max.compaction.lag.ms", LONG_MAX, kind::LONG),
    ("log.cleaner.min.cleanable.ratio", Some("0.5"), kind::DOUBLE),
    ("log.cleaner.min.compaction.lag.ms", Some("0"), kind::LONG),
    ("log.cleanup.policy", Some("delete"), kind::LIST),
    ("log.flush.interval.messages", LONG_MAX, kind::LONG),
    ("log.flush.interval.ms", None, kind::LONG),
    ("log.index.interval.bytes", Some("4096"), kind::INT),
    ("log.index.size.max.bytes", Some("10485760"), kind::INT),
    ("log.message.timestamp.after.max.ms", Some("3600000"), kind::LONG),
    ("log.message.timestamp.before.max.ms", LONG_MAX, kind::LONG),
    ("log.message.timestamp.type", Some("CreateTime"), kind::STRING),
    ("log.preallocate", Some("false"), kind::BOOLEAN),
    ("log.retention.bytes", Some("-1"), kind::LONG),
    ("log.retention.check.interval.ms", Some("300000"), kind::LONG),
    ("log.retention.hours", Some("168"), kind::INT),
    ("log.retention.minutes", None, kind::INT),
    ("log.retention.ms", None, kind::LONG),
    ("log.roll.hours", Some("168"), kind::INT),
    ("log.roll.jitter.hours", Some("0"), kind::INT),
    ("log.roll.jitter.ms", None, kind::LONG),
    ("log.roll.ms", None, kind::LONG),
    ("log.segment.bytes", Some("1073741824"), kind::INT),
    ("log.segment.delete.delay.ms", Some("60000"), kind::LONG),
    ("max.request.partition.size.limit", Some("2000"), kind::INT),
    ("message.max.bytes", Some("1048588"), kind::INT),
    ("min.insync.replicas", Some("1"), kind::INT),
    ("offset.metadata.max.bytes", Some("4096"), kind::INT),
    ("offsets.retention.minutes", Some("10080"), kind::INT),
    ("producer.id.expiration.ms", Some("86400000"), kind::INT),
    ("security.inter.broker.protocol", Some("PLAINTEXT"), kind::STRING),
    ("transaction.max.timeout.ms", Some("900000"), kind::INT),
    ("unclean.leader.election.enable", Some("false"), kind::BOOLEAN),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn advertised() -> Advertised {
        Advertised { host: "127.0.0.1".to_owned(), port: 9092 }
    }

    #[test]
    fn tables_are_sorted_and_say_what_the_limits_are() {
        assert!(TWINS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let shown = of_broker(&Options::default(), &advertised());
        assert!(shown.windows(2).all(|pair| pair[0].name < pair[1].name));
        let value = |name: &str| {
            let config = shown.iter().find(|config| config.name == name).expect("it is shown");
            config.value.clone().expect("it has a value")
        };
        assert_eq!(value("fetch.max.bytes"), limits::FETCH_BYTES_MAX.to_string());
        assert_eq!(value("group.max.size"), MEMBERS_PER_GROUP_MAX.to_string());
        assert_eq!(value("group.min.session.timeout.ms"), limits::SESSION_TIMEOUT_MS_MIN.to_string());
        assert_eq!(value("group.max.session.timeout.ms"), limits::SESSION_TIMEOUT_MS_MAX.to_string());
        assert_eq!(value("offset.metadata.max.bytes"), limits::OFFSET_METADATA_BYTES_MAX.to_string());
        assert_eq!(value("max.request.partition.size.limit"), limits::DESCRIBE_PARTITIONS_MAX.to_string());
    }

    #[test]
    fn every_twin_of_a_topic_setting_is_shown_with_its_default() {
        let shown = of_broker(&Options::default(), &advertised());
        for setting in hence_broker::core::SETTINGS {
            let Some(twin) = twin(setting.name) else { continue };
            if let Some(config) = shown.iter().find(|config| config.name == twin) {
                assert_eq!(config.value.as_deref(), Some(setting.default), "{twin}");
                assert_eq!(config.kind, kind_of(setting.kind), "{twin}");
            }
        }
    }
}
