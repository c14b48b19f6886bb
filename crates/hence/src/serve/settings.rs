//! The settings of `hence serve`: defaults, then a TOML file, then the environment (`HENCE_KAFKA__LISTEN=off`), then
//! flags; each may leave out what it does not change.
//!
//! An unknown key is an error that names it and where it came from (`sources`).

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Serialized;
use hence_broker::net::Address;
use hence_door_http::AllowedHosts;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::listen::Listen;
use super::sources::{Source, explain};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Everything that `hence serve` can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The data directory.
    pub data: PathBuf,
    /// What an acknowledgement means.
    pub durability: Durability,
    /// Threads of the runtime; 0 means one per core, at most 4.
    pub runtime_threads: usize,
    /// Listen beyond this machine although nobody is authenticated.
    pub allow_remote: bool,
    /// Log filter, as in `info,hence_door_kafka=debug`.
    pub log: String,
    /// Log as one JSON object a line.
    pub log_json: bool,
    /// The Kafka door.
    pub kafka: KafkaSettings,
    /// The HTTP door.
    pub http: HttpSettings,
    /// The journal.
    pub journal: JournalSettings,
    /// The broker's shell.
    pub broker: hence_broker::Options,
    /// Each door's listener.
    pub listener: hence_broker::net::Options,
}

/// What an acknowledgement means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// On disk: survives a power cut.
    #[default]
    Fsync,
    /// The kernel has it: survives a crash of the process.
    Os,
    /// Nothing is kept: no directory.
    Memory,
}

/// How segment files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Io {
    /// Direct where the file system says that it pays.
    #[default]
    Auto,
    /// `O_DIRECT | O_DSYNC`.
    Direct,
    /// Through the page cache, with `fdatasync`.
    Buffered,
}

/// The Kafka door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// Where it listens.
    pub listen: Listen,
    /// HOST:PORT that clients are told to connect to; empty in a file: the address that each client connected to.
    #[serde(serialize_with = "empty_for_none", deserialize_with = "none_for_empty")]
    pub advertised: Option<String>,
    /// Partitions of a topic that names no count.
    pub default_partitions: i32,
    /// Whether Metadata may create topics.
    pub auto_create_topics: bool,
    /// Whether a topic may be created with a replication factor above 1: it has one copy all the same.
    pub accept_replication_factor: bool,
    /// How long an empty group waits for more members after the first.
    pub group_initial_rebalance_delay_ms: u32,
    /// How long committed offsets are kept after a group became empty.
    pub offsets_retention_ms: u64,
    /// An idempotent producer that was not heard of for so long is forgotten.
    pub producer_expires_ms: u64,
}

/// The HTTP door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Where it listens.
    pub listen: Listen,
    /// Names that requests may call it by, beside localhost and its addresses; `*` stands for all. A listener that other
    /// machines reach also takes every address, and every name that public DNS cannot have.
    pub allowed_hosts: AllowedHosts,
}

/// The journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalSettings {
    /// How segment files are written.
    pub io: Io,
    /// Recent blocks kept in memory for readers of the tail.
    pub cache_bytes: usize,
    /// Shortest time from one group commit to the next, for disks that charge per write.
    pub commit_interval_min_us: u32,
    /// Largest single commit; at most half of the cache.
    pub commit_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("hence-data"),
            durability: Durability::default(),
            runtime_threads: 0,
            allow_remote: false,
            log: "info".to_owned(),
            log_json: false,
            kafka: KafkaSettings::default(),
            http: HttpSettings::default(),
            journal: JournalSettings::default(),
            broker: hence_broker::Options::default(),
            listener: hence_broker::net::Options::default(),
        }
    }
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            listen: Listen::At(Address::loopback(9092)),
            advertised: None,
            default_partitions: 1,
            auto_create_topics: true,
            accept_replication_factor: false,
            group_initial_rebalance_delay_ms: 3_000,
            offsets_retention_ms: 7 * DAY_MS,
            producer_expires_ms: DAY_MS,
        }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { listen: Listen::At(Address::loopback(8080)), allowed_hosts: AllowedHosts::default() }
    }
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            io: Io::Auto,
            cache_bytes: 64 * 1024 * 1024,
            commit_interval_min_us: 0,
            commit_bytes_max: 16 * 1024 * 1024,
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file that `--config` names is not there or cannot be read.
    #[error("cannot read the settings file {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A key is unknown or a value does not fit.
    #[error("{0}\n  → `hence config show` prints every setting with its present value")]
    Value(String),
    /// `--set` without a `=`.
    #[error("`--set {0}`: write KEY=VALUE, as in `--set journal.io=buffered`")]
    NotAPair(String),
}

impl std::fmt::Display for Durability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fsync => "fsync",
            Self::Os => "os",
            Self::Memory => "memory",
        })
    }
}

impl Settings {
    /// What of them concerns the core.
    pub fn core(&self) -> hence_broker::CoreSettings {
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        hence_broker::CoreSettings {
            initial_rebalance_delay_ms: self.kafka.group_initial_rebalance_delay_ms.into(),
            offsets_retention_ms: ms(self.kafka.offsets_retention_ms),
            producer_expires_ms: ms(self.kafka.producer_expires_ms),
            ..hence_broker::CoreSettings::default()
        }
    }

    /// Defaults, then `file`, then the environment, then `flags` (dotted keys and TOML values).
    pub fn load(file: Option<&Path>, flags: &[(String, String)]) -> Result<Self, SettingsError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| SettingsError::File { path: path.to_owned(), cause })?;
            figment = figment.merge(Source::file(path, &text));
        }
        figment = figment.merge(Source::environment());
        for (key, value) in flags {
            figment = figment.merge(Source::flag(key, value));
        }
        figment.extract().map_err(|error| SettingsError::Value(explain(&error)))
    }

    /// `KEY=VALUE` of `--set`.
    pub fn pair(text: &str) -> Result<(String, String), SettingsError> {
        let (key, value) = text.split_once('=').ok_or_else(|| SettingsError::NotAPair(text.to_owned()))?;
        Ok((key.trim().to_owned(), value.trim().to_owned()))
    }

    /// How many threads the runtime gets.
    pub fn threads(&self) -> usize {
        const THREADS_MAX: usize = 4;
        match self.runtime_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX),
            threads => threads,
        }
    }
}

/// So that a setting that is not there is printed too.
fn empty_for_none<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.as_deref().unwrap_or_default())
}

fn none_for_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then_some(text))
}
