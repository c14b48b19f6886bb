//! The catalog: names of topics, their partitions and settings.
//!
//! Always: a change is a row of the catalog's table, and the snapshot that doors read follows from the rows.
//! The way through: [`Catalog`] is what is read, `machine` judges changes, `settings` knows every setting of a topic.

mod chunked;
mod settings;
mod snapshot;

pub use settings::{
    SETTINGS, Setting, SettingKind, SettingSource, SettingValue, TimestampType, TopicSettings,
};
pub use snapshot::{Catalog, Topic, TopicId};
pub(crate) use snapshot::Run;
