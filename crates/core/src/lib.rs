//! The machines that own all broker state: command in; one commit, replies and effects out.
//!
//! Start at [`Core`]: [`Core::turn`] judges a batch of [`Command`]s and fills a [`Turn`]; [`Core::restore_row`] and
//! [`Core::apply`] rebuild the same state from a journal. `topic/` has partitions and producers, `catalog/` names and
//! settings, `group/` consumer groups, `schedule/` the one timer.
//!
//! Always: facts change only in `apply`, live and in recovery; same state, commands and time give the same turn, byte for
//! byte. Never here: a clock, randomness, I/O, async, a protocol's codes, the bytes of a payload.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]
#![deny(clippy::disallowed_types)]

mod catalog;
mod command;
mod core;
mod error;
mod group;
mod hash;
pub mod limits;
mod reply;
mod row;
mod schedule;
mod settings;
pub mod tables;
mod topic;
mod turn;

#[cfg(test)]
mod tests;

pub use catalog::{
    Catalog, SETTINGS, Setting, SettingKind, SettingSource, SettingValue, TimestampType, Topic, TopicId,
    TopicSettings,
};
pub use command::{
    AlterSettings, Change, ClientName, Command, CreatePartitions, CreateTopics, DeleteGroups, DeleteTopics,
    DescribeGroups, EpochEnds, GroupOffsetsQuery, Heartbeat, InitProducer, JoinGroup, LeaveGroup, Leaving,
    ListGroups, MemberRef, NewTopic, OffsetCommit, OffsetDelete, OffsetFetch, PartitionCommit, Produce,
    ProduceBatch, RequestId, SettingChange, Start, StepClock, SyncGroup, TopicChanges, TopicCommit, TopicRef,
    Trim, TrimTo,
};
pub use core::{Core, DirtyRow, DirtyRows};
pub use error::{
    AlterSettingsError, AppendError, CommitError, CommitTooLarge, CreatePartitionsError, CreateTopicError,
    DeleteGroupError, DeleteTopicError, DiskFull, DuplicateTopic, EpochEnd, EpochEndError, FencedInstance,
    GroupFull, GroupNotEmpty, GroupNotFound, GroupSubscribed, GroupTooLarge, HeartbeatError,
    IllegalGeneration, InconsistentProtocol, InitProducerError, InvalidGroupId, InvalidPartitions,
    InvalidSessionTimeout, InvalidSetting, InvalidTopicName, JoinError, LeaveError, MemberIdRequired,
    MetadataTooLarge, NoStream, OffsetDeleteError, OffsetsExhausted, OutOfOrderSequence, OverLimit,
    PartitionCommitError, PartitionDeleteError, PartitionsNotMore, ProducerFenced, Reason, Rebalancing,
    RowError, SyncError, TopicExists, TopicIdExists, TopicNameCollides, TrimBeyondEnd, TrimError,
    UnknownMember, UnknownPartition, UnknownTopic, UnknownTopicId,
};
pub use reply::{
    Appended, Committed, GroupDescription, GroupListing, GroupOffsets, GroupState, Joined, JoinedMember,
    MemberDescription, Produced, Reply, Request, Synced, TopicOffsets,
};
pub use settings::Settings;
pub use turn::{OP_OVERHEAD_BYTES, Op, Room, Turn};
