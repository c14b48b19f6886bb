//! The catalog: names of topics, their partitions and settings.
//!
//! Always: a change is a row of the catalog's table, and the snapshot that doors read follows from the rows.
//! The way through: [`Catalog`] is what is read, `machine` judges changes and applies rows, `settings` knows every setting.

mod chunked;
mod machine;
mod names;
mod row;
mod settings;
mod snapshot;

#[cfg(test)]
mod tests;

pub(crate) use machine::{Changed, Machine};
pub(crate) use row::{encode as encode_topic, key_of as topic_key, streams_of};
pub use settings::{
    SETTINGS, Setting, SettingKind, SettingSource, SettingValue, TimestampType, TopicSettings,
};
pub(crate) use snapshot::Run;
pub use snapshot::{Catalog, Topic, TopicId};
