//! Every setting of a topic: its name, its default, what it may be, and what it means here.
//!
//! Names and defaults are Kafka 4's. Always: a setting that Hence does not act on and that would promise something has
//! only its default; one that is a hint about files or about replicas that Hence does not have is kept and shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::{Change, SettingChange};
use crate::error::{InvalidSetting, Reason};

/// What the values of a setting look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number within bounds; an `Int` of Kafka when `max` says so.
    Number {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A fraction from 0 to 1.
    Fraction,
    /// `true` or `false`.
    Flag,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any of these, separated by commas.
    List(&'static [&'static str]),
    /// Free text, a list for whoever changes it.
    Free,
}

/// Whether another value than the default is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// The broker acts on it, or nothing here depends on it.
    Any,
    /// Only these values: the others would promise what Hence does not do yet.
    Only(&'static [&'static str]),
}

/// A setting that a topic can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is when nobody sets it.
    pub default: &'static str,
    /// What its values look like.
    pub kind: SettingKind,
    /// One sentence for people.
    pub doc: &'static str,
    taken: Taken,
}

/// Where the value of a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// Set for this topic.
    Topic,
    /// Nobody set it.
    Default,
}

/// The value of one setting of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingValue<'a> {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value.
    pub value: &'a str,
    /// Where it comes from.
    pub source: SettingSource,
}

/// Whose time a record has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The client's.
    #[default]
    CreateTime,
    /// The broker's, when it was appended.
    LogAppendTime,
}

/// The settings of a topic: what was set, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    overrides: BTreeMap<&'static str, Arc<str>>,
    /// Records older than this may be removed; −1 keeps them, as an empty `cleanup.policy` does.
    pub retention_ms: i64,
    /// More bytes than this in a partition may be removed, the oldest first; −1 keeps them, as an empty `cleanup.policy` does.
    pub retention_bytes: i64,
    /// Largest record batch.
    pub max_message_bytes: u32,
    /// Whose time a record has.
    pub timestamp_type: TimestampType,
    /// How far a record's time may lie before the broker's.
    pub timestamp_before_max_ms: i64,
    /// How far a record's time may lie after the broker's.
    pub timestamp_after_max_ms: i64,
    /// Replicas that must have a record; there is one, so a topic that asks for more refuses `acks=all`.
    pub min_insync_replicas: i32,
}

const INT: i64 = i32::MAX as i64;
const LONG: i64 = i64::MAX;

const fn setting(
    name: &'static str,
    default: &'static str,
    kind: SettingKind,
    taken: Taken,
    doc: &'static str,
) -> Setting {
    Setting { name, default, kind, doc, taken }
}

const fn number(min: i64, max: i64) -> SettingKind {
    SettingKind::Number { min, max }
}

const ONLY_FALSE: Taken = Taken::Only(&["false"]);
const ONLY_LOCAL: Taken = Taken::Only(&["-2"]);
const ONLY_NONE: Taken = Taken::Only(&[""]);

/// Every setting, by name.
pub static SETTINGS: &[Setting] = &[
    setting(
        "cleanup.policy",
        "delete",
        SettingKind::List(&["compact", "delete"]),
        Taken::Only(&["delete", ""]),
        "What happens to old records; an empty list keeps them for ever.",
    ),
    setting(
        "compression.gzip.level",
        "-1",
        number(-1, 9),
        Taken::Any,
        "No effect: batches are kept as sent.",
    ),
    setting("compression.lz4.level", "9", number(1, 17), Taken::Any, "No effect: batches are kept as sent."),
    setting(
        "compression.type",
        "producer",
        SettingKind::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        Taken::Only(&["producer"]),
        "Batches are kept as the producer compressed them.",
    ),
    setting(
        "compression.zstd.level",
        "3",
        number(-131_072, 22),
        Taken::Any,
        "No effect: batches are kept as sent.",
    ),
    setting(
        "delete.retention.ms",
        "86400000",
        number(0, LONG),
        Taken::Any,
        "Only compaction uses it, which is not offered yet.",
    ),
    setting(
        "errors.deadletterqueue.group.enable",
        "false",
        SettingKind::Flag,
        ONLY_FALSE,
        "Share groups are not offered yet.",
    ),
    setting(
        "file.delete.delay.ms",
        "60000",
        number(0, LONG),
        Taken::Any,
        "No effect: there is no file per topic.",
    ),
    setting(
        "flush.messages",
        "9223372036854775807",
        number(1, LONG),
        Taken::Any,
        "No effect: the journal's durability mode decides.",
    ),
    setting(
        "flush.ms",
        "9223372036854775807",
        number(0, LONG),
        Taken::Any,
        "No effect: the journal's durability mode decides.",
    ),
    setting(
        "follower.replication.throttled.replicas",
        "",
        SettingKind::Free,
        ONLY_NONE,
        "There are no followers.",
    ),
    setting(
        "index.interval.bytes",
        "4096",
        number(0, INT),
        Taken::Any,
        "No effect: the journal has its own index.",
    ),
    setting(
        "leader.replication.throttled.replicas",
        "",
        SettingKind::Free,
        ONLY_NONE,
        "There are no followers.",
    ),
    setting("local.retention.bytes", "-2", number(-2, LONG), ONLY_LOCAL, "There is no remote storage."),
    setting("local.retention.ms", "-2", number(-2, LONG), ONLY_LOCAL, "There is no remote storage."),
    setting(
        "max.compaction.lag.ms",
        "9223372036854775807",
        number(1, LONG),
        Taken::Any,
        "Only compaction uses it, which is not offered yet.",
    ),
    setting(
        "max.decompressed.message.bytes",
        "2147483639",
        number(0, INT),
        Taken::Only(&["2147483639"]),
        "Batches are not decompressed here.",
    ),
    setting("max.message.bytes", "1048588", number(0, INT), Taken::Any, "Largest record batch."),
    setting(
        "message.timestamp.after.max.ms",
        "3600000",
        number(0, LONG),
        Taken::Any,
        "How far a record's time may lie after the broker's.",
    ),
    setting(
        "message.timestamp.before.max.ms",
        "9223372036854775807",
        number(0, LONG),
        Taken::Any,
        "How far a record's time may lie before the broker's.",
    ),
    setting(
        "message.timestamp.type",
        "CreateTime",
        SettingKind::OneOf(&["CreateTime", "LogAppendTime"]),
        Taken::Any,
        "Whose time a record has.",
    ),
    setting(
        "min.cleanable.dirty.ratio",
        "0.5",
        SettingKind::Fraction,
        Taken::Any,
        "Only compaction uses it, which is not offered yet.",
    ),
    setting(
        "min.compaction.lag.ms",
        "0",
        number(0, LONG),
        Taken::Any,
        "Only compaction uses it, which is not offered yet.",
    ),
    setting(
        "min.insync.replicas",
        "1",
        number(1, INT),
        Taken::Any,
        "Replicas that must have a record; there is one.",
    ),
    setting("preallocate", "false", SettingKind::Flag, Taken::Any, "No effect: there is no file per topic."),
    setting(
        "remote.copy.lag.bytes",
        "-1",
        number(-1, LONG),
        Taken::Only(&["-1"]),
        "There is no remote storage.",
    ),
    setting("remote.copy.lag.ms", "0", number(-1, LONG), Taken::Only(&["0"]), "There is no remote storage."),
    setting("remote.log.copy.disable", "false", SettingKind::Flag, ONLY_FALSE, "There is no remote storage."),
    setting(
        "remote.log.delete.on.disable",
        "false",
        SettingKind::Flag,
        ONLY_FALSE,
        "There is no remote storage.",
    ),
    setting("remote.storage.enable", "false", SettingKind::Flag, ONLY_FALSE, "There is no remote storage."),
    setting(
        "retention.bytes",
        "-1",
        number(-1, LONG),
        Taken::Any,
        "More bytes than this in a partition may be removed, the oldest first.",
    ),
    setting(
        "retention.ms",
        "604800000",
        number(-1, LONG),
        Taken::Any,
        "Records older than this may be removed.",
    ),
    setting(
        "segment.bytes",
        "1073741824",
        number(1_048_576, INT),
        Taken::Any,
        "No effect: there is no file per topic.",
    ),
    setting(
        "segment.index.bytes",
        "10485760",
        number(4, INT),
        Taken::Any,
        "No effect: there is no file per topic.",
    ),
    setting("segment.jitter.ms", "0", number(0, LONG), Taken::Any, "No effect: there is no file per topic."),
    setting("segment.ms", "604800000", number(1, LONG), Taken::Any, "No effect: there is no file per topic."),
    setting(
        "unclean.leader.election.enable",
        "false",
        SettingKind::Flag,
        Taken::Any,
        "No effect: there is one replica.",
    ),
];

impl Setting {
    /// A setting by name.
    pub fn named(name: &str) -> Option<&'static Self> {
        let at = SETTINGS.binary_search_by(|setting| setting.name.cmp(name)).ok()?;
        SETTINGS.get(at)
    }

    /// The value as it is kept, or what is wrong with it.
    fn checked(&'static self, value: &str) -> Result<Arc<str>, InvalidSetting> {
        let refuse = |reason| Err(InvalidSetting { name: self.name.into(), value: value.into(), reason });
        let value = value.trim();
        let good = match self.kind {
            SettingKind::Number { min, max } => {
                let Ok(number) = value.parse::<i64>() else {
                    return refuse(if max == INT { Reason::NotAnInt } else { Reason::NotALong });
                };
                if max == INT && i32::try_from(number).is_err() {
                    return refuse(Reason::NotAnInt);
                }
                if number < min {
                    return refuse(Reason::BelowMin(min));
                }
                if number > max {
                    return refuse(Reason::AboveMax(max));
                }
                return self.taken_or_refused(Arc::from(number.to_string()));
            }
            SettingKind::Fraction => match value.parse::<f64>() {
                Ok(fraction) if (0.0..=1.0).contains(&fraction) => true,
                Ok(fraction) if fraction < 0.0 => return refuse(Reason::BelowMin(0)),
                Ok(_) => return refuse(Reason::AboveMax(1)),
                Err(_) => return refuse(Reason::NotADouble),
            },
            SettingKind::Flag => {
                let lower = value.to_ascii_lowercase();
                if lower != "true" && lower != "false" {
                    return refuse(Reason::NotABoolean);
                }
                return self.taken_or_refused(Arc::from(lower));
            }
            SettingKind::OneOf(choices) => {
                if !choices.contains(&value) {
                    return refuse(Reason::NotOneOf(choices));
                }
                true
            }
            SettingKind::List(choices) => {
                if let Some(item) = items(value).find(|item| !choices.contains(item)) {
                    let value = item.into();
                    return Err(InvalidSetting {
                        name: self.name.into(),
                        value,
                        reason: Reason::NotOneOf(choices),
                    });
                }
                true
            }
            SettingKind::Free => true,
        };
        debug_assert!(good, "every other case has returned");
        self.taken_or_refused(Arc::from(value))
    }

    fn taken_or_refused(&'static self, value: Arc<str>) -> Result<Arc<str>, InvalidSetting> {
        match self.taken {
            Taken::Only(values) if !values.contains(&&*value) => {
                let reason = Reason::NotOffered { instead: values.first().copied().unwrap_or_default() };
                Err(InvalidSetting { name: self.name.into(), value: value.as_ref().into(), reason })
            }
            Taken::Any | Taken::Only(_) => Ok(value),
        }
    }

    const fn is_list(&self) -> bool {
        matches!(self.kind, SettingKind::List(_) | SettingKind::Free)
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

impl Default for TopicSettings {
    fn default() -> Self {
        Self::from_overrides(BTreeMap::new())
    }
}

impl TopicSettings {
    /// Settings from names and values, as creating a topic gives them; each needs a value.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Self, InvalidSetting> {
        let mut overrides = BTreeMap::new();
        for (name, value) in pairs {
            let setting = known(name, value.unwrap_or_default())?;
            let Some(value) = value else {
                let (name, value) = (name.into(), String::new());
                return Err(InvalidSetting { name, value, reason: Reason::Null });
            };
            overrides.insert(setting.name, setting.checked(value)?);
        }
        Ok(Self::from_overrides(overrides))
    }

    /// The settings after `changes`; with `replace`, what is not named goes back to its default.
    pub fn changed(&self, replace: bool, changes: &[SettingChange]) -> Result<Self, InvalidSetting> {
        let mut overrides = if replace { BTreeMap::new() } else { self.overrides.clone() };
        for SettingChange { name, change } in changes {
            let setting = known(name, "")?;
            match change {
                Change::Set(value) => {
                    overrides.insert(setting.name, setting.checked(value)?);
                }
                Change::Reset => {
                    overrides.remove(setting.name);
                }
                Change::Append(more) | Change::Subtract(more) => {
                    if !setting.is_list() {
                        let (name, value) = (setting.name.into(), more.as_str().into());
                        let append = matches!(change, Change::Append(_));
                        return Err(InvalidSetting { name, value, reason: Reason::NotAList { append } });
                    }
                    let append = matches!(change, Change::Append(_));
                    let now = overrides.get(setting.name).map_or(setting.default, |value| value);
                    overrides.insert(setting.name, setting.checked(&list_with(now, more, append))?);
                }
            }
        }
        Ok(Self::from_overrides(overrides))
    }

    /// What was set for this topic, by name.
    pub fn overrides(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.overrides.iter().map(|(name, value)| (*name, &**value))
    }

    /// Every setting with its value and where it comes from, by name.
    pub fn values(&self) -> impl Iterator<Item = SettingValue<'_>> {
        SETTINGS.iter().map(|setting| match self.overrides.get(setting.name) {
            Some(value) => SettingValue { setting, value, source: SettingSource::Topic },
            None => SettingValue { setting, value: setting.default, source: SettingSource::Default },
        })
    }

    /// The value of a setting.
    pub fn value(&self, name: &str) -> Option<SettingValue<'_>> {
        self.values().find(|value| value.setting.name == name)
    }

    /// Settings from rows that were checked when they were written; what this version does not know is left out.
    pub(crate) fn from_stored<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let known = pairs
            .into_iter()
            .filter_map(|(name, value)| Setting::named(name).map(|setting| (setting.name, Arc::from(value))));
        Self::from_overrides(known.collect())
    }

    fn from_overrides(overrides: BTreeMap<&'static str, Arc<str>>) -> Self {
        let number = |name: &'static str| {
            let text = overrides.get(name).map(|value| &**value);
            let default = || Setting::named(name).and_then(|setting| setting.default.parse().ok());
            text.and_then(|text| text.parse::<i64>().ok()).or_else(default).unwrap_or_default()
        };
        let keeps_all = overrides.get("cleanup.policy").is_some_and(|policies| policies.is_empty());
        let retention = |name| if keeps_all { -1 } else { number(name) };
        let append_time =
            overrides.get("message.timestamp.type").is_some_and(|value| &**value == "LogAppendTime");
        Self {
            retention_ms: retention("retention.ms"),
            retention_bytes: retention("retention.bytes"),
            max_message_bytes: u32::try_from(number("max.message.bytes")).unwrap_or(u32::MAX),
            timestamp_type: if append_time {
                TimestampType::LogAppendTime
            } else {
                TimestampType::CreateTime
            },
            timestamp_before_max_ms: number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: number("message.timestamp.after.max.ms"),
            min_insync_replicas: i32::try_from(number("min.insync.replicas")).unwrap_or(i32::MAX),
            overrides,
        }
    }
}

fn known(name: &str, value: &str) -> Result<&'static Setting, InvalidSetting> {
    let unknown = || InvalidSetting { name: name.into(), value: value.into(), reason: Reason::Unknown };
    Setting::named(name).ok_or_else(unknown)
}

fn list_with(now: &str, change: &str, append: bool) -> String {
    let mut list: Vec<&str> = items(now).collect();
    if append {
        for item in items(change) {
            if !list.contains(&item) {
                list.push(item);
            }
        }
    } else {
        list.retain(|item| !items(change).any(|gone| gone == *item));
    }
    list.join(",")
}
