//! The broker's words that this door uses, in one place.
//!
//! Everything else of the door imports them from here, so that what it depends on can be read at a glance.

pub use hence_broker::core::limits::MEMBERS_PER_GROUP_MAX;
pub use hence_broker::core::{
    AlterSettings, AlterSettingsError, AppendError, Appended, Catalog, Change, ClientName, CommitError,
    Committed, CreatePartitions, CreatePartitionsError, CreateTopicError, CreateTopics, DeleteGroupError,
    DeleteGroups, DeleteTopicError, DeleteTopics, DescribeGroups, EpochEnd, EpochEnds, GroupDescription,
    GroupOffsets, GroupOffsetsQuery, Heartbeat, HeartbeatError, InitProducer, InitProducerError, JoinError,
    JoinGroup, Joined, LeaveError, LeaveGroup, Leaving, ListGroups, MemberRef, NewTopic, OffsetCommit,
    OffsetDelete, OffsetDeleteError, OffsetFetch, PartitionCommit, PartitionCommitError,
    PartitionDeleteError, Produce, ProduceBatch, Produced, SettingChange, SettingKind, SettingSource,
    SettingValue, SyncError, SyncGroup, TimestampType, Topic, TopicChanges, TopicCommit, TopicId,
    TopicOffsets, TopicRef, TopicSettings, Trim, TrimError, TrimTo,
};
pub use hence_broker::{Bounds, Entry, Find, ReadError, ReadLimits, Unavailable};
