//! Why a command failed: a struct per cause, an enum per operation.
//!
//! Each enum has a coarse [`ErrorKind`] for doors that have no code of their own for a cause. The texts are for people and
//! follow Kafka's where Kafka has one.

use hence_base::{ErrorKind, LeaderEpoch, Offset, StreamId};
use hence_message::kafka::{ProducerEpoch, ProducerId, Sequence};

use crate::catalog::TopicId;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $what:literal),* } = $kind:ident, $text:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
            #[error($text)]
            pub struct $name { $(#[doc = $what] pub $field: $type),* }

            impl $name {
                /// Its coarse kind.
                pub const fn kind(&self) -> ErrorKind { ErrorKind::$kind }
            }
        )*
    };
}

causes! {
    /// The disk is full: nothing was stored.
    DiskFull {} = Limit, "the disk is full";
    /// The commit would be larger than one may be.
    CommitTooLarge { bytes: usize = "What it would take.", bytes_max: usize = "What one may take." } = Limit,
        "needs a commit of {bytes} bytes, at most {bytes_max} are possible";
    /// There is no such stream: its topic was deleted, or never was.
    NoStream { stream: StreamId = "The stream." } = NotFound, "there is no stream {stream}";
    /// The producer's batches came out of order.
    OutOfOrderSequence {
        producer: ProducerId = "The producer.",
        got: Sequence = "The sequence it sent.",
        expected: Sequence = "The sequence that would have been next."
    } = Conflict, "producer {producer} sent sequence {got}, expected {expected}";
    /// The producer's epoch is older than one that was seen.
    ProducerFenced {
        producer: ProducerId = "The producer.",
        got: ProducerEpoch = "The epoch it sent.",
        current: ProducerEpoch = "The epoch that was seen."
    } = Conflict, "producer {producer} has epoch {got}, smaller than the last seen epoch {current}";
    /// Offsets of the stream are used up.
    OffsetsExhausted { end: Offset = "The stream's end." } = Limit, "no offsets are left after {end}";
    /// The offset lies beyond the end of the stream.
    TrimBeyondEnd { to: Offset = "The offset that was asked for.", end: Offset = "The stream's end." } = Invalid,
        "the offset {to} lies beyond the end {end}";
    /// A topic has this name already.
    TopicExists { name: String = "The name." } = Exists, "Topic '{name}' already exists.";
    /// A name that no topic may have.
    InvalidTopicName { why: String = "What is wrong with it." } = Invalid, "Topic name is invalid: {why}";
    /// The name reads like that of another topic in metric names.
    TopicNameCollides { name: String = "The name.", with: String = "The other topic's name." } = Invalid,
        "Topic '{name}' collides with existing topic: {with}";
    /// The request names the topic more than once.
    DuplicateTopic { name: String = "The name." } = Invalid, "Duplicate topic name.";
    /// A topic has at least one partition.
    InvalidPartitions { asked: i32 = "How many were asked for." } = Invalid,
        "Number of partitions was set to an invalid non-positive value.";
    /// A topic can only grow.
    PartitionsNotMore {
        name: String = "The topic.", has: usize = "How many it has.", asked: i32 = "How many were asked for."
    } = Invalid, "The topic {name} currently has {has} partition(s); {asked} would not be an increase.";
    /// Over a limit of the broker.
    OverLimit { what: &'static str = "What there would be too many of.", max: usize = "How many are allowed." } = Limit,
        "too many {what}: at most {max} are allowed";
    /// There is no topic with this name.
    UnknownTopic { name: String = "The name." } = NotFound, "there is no topic '{name}'";
    /// There is no topic with this id.
    UnknownTopicId { id: TopicId = "The id." } = NotFound, "there is no topic with the id {id}";
    /// A topic has this id already.
    TopicIdExists { id: TopicId = "The id." } = Exists, "a topic with the id {id} exists";
    /// The topic has no such partition.
    UnknownPartition { partition: i32 = "The partition." } = NotFound, "the topic has no partition {partition}";
    /// A group needs a name.
    InvalidGroupId {} = Invalid, "the group id is not valid";
    /// There is no such group.
    GroupNotFound { group: String = "The group." } = NotFound, "Group {group} not found.";
    /// The session timeout lies outside of the broker's bounds.
    InvalidSessionTimeout { ms: i32 = "What was asked for." } = Invalid, "a session timeout of {ms} ms is not within bounds";
    /// The group has no such member.
    UnknownMember {} = NotFound, "the group has no such member";
    /// Another member has the static name now.
    FencedInstance {} = Conflict, "another member has taken over the static name";
    /// It is not the group's generation.
    IllegalGeneration { current: i32 = "The group's generation." } = Conflict, "the group's generation is {current}";
    /// The group cannot follow the member's protocols, or follows another.
    InconsistentProtocol {} = Invalid, "the protocol does not match the group's";
    /// A new member must come again with this id (KIP-394).
    MemberIdRequired { member: String = "The id that it got." } = Conflict, "join again as {member}";
    /// The group has as many members as it may have.
    GroupFull { max: usize = "How many it may have." } = Limit, "the group has {max} members already";
    /// The members must join again first.
    Rebalancing {} = Conflict, "the group is rebalancing, so a rejoin is needed";
    /// What the group would have to keep is too large.
    GroupTooLarge { bytes: usize = "What it would take.", bytes_max: usize = "What it may take." } = Limit,
        "the group's metadata would take {bytes} bytes, at most {bytes_max} are kept";
    /// The note is longer than one may be.
    MetadataTooLarge { bytes: usize = "Its length.", bytes_max: usize = "How long it may be." } = Limit,
        "the metadata has {bytes} bytes, at most {bytes_max} are kept";
    /// The group has members.
    GroupNotEmpty {} = Conflict, "the group is not empty";
    /// A member of the group reads the topic.
    GroupSubscribed {} = Conflict, "the group reads the topic";
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
            pub enum $name {
                $(
                    /// See the cause.
                    #[error(transparent)]
                    $variant(#[from] $variant),
                )*
            }

            impl $name {
                /// Its coarse kind.
                pub const fn kind(&self) -> ErrorKind {
                    match self { $(Self::$variant(cause) => cause.kind()),* }
                }
            }
        )*
    };
}

operations! {
    /// Why a batch was not appended. Nothing of it was stored.
    AppendError { NoStream, OutOfOrderSequence, ProducerFenced, DiskFull, CommitTooLarge, OffsetsExhausted }
    /// Why no producer id was given.
    InitProducerError { DiskFull }
    /// Why a stream was not trimmed.
    TrimError { NoStream, TrimBeyondEnd, DiskFull }
    /// Why a topic was not created.
    CreateTopicError {
        TopicExists, InvalidTopicName, TopicNameCollides, DuplicateTopic, InvalidPartitions, InvalidSetting,
        TopicIdExists, OverLimit, DiskFull,
    }
    /// Why a topic was not deleted.
    DeleteTopicError { UnknownTopic, UnknownTopicId, DiskFull }
    /// Why no partitions were added.
    CreatePartitionsError {
        UnknownTopic, DuplicateTopic, InvalidPartitions, PartitionsNotMore, OverLimit, DiskFull,
    }
    /// Why settings were not changed.
    AlterSettingsError { UnknownTopic, InvalidSetting, DiskFull }
    /// Why a member could not join.
    JoinError {
        InvalidGroupId, InvalidSessionTimeout, UnknownMember, FencedInstance, InconsistentProtocol,
        MemberIdRequired, GroupFull, Rebalancing, GroupTooLarge, OverLimit, DiskFull,
    }
    /// Why a member got no assignment.
    SyncError {
        InvalidGroupId, UnknownMember, FencedInstance, IllegalGeneration, InconsistentProtocol, Rebalancing,
        GroupTooLarge, DiskFull,
    }
    /// Why a heartbeat does not count, or what the member must do.
    HeartbeatError { InvalidGroupId, UnknownMember, FencedInstance, IllegalGeneration, Rebalancing }
    /// Why a member could not leave.
    LeaveError { InvalidGroupId, UnknownMember, FencedInstance }
    /// Why no offset of a request was committed.
    CommitError {
        InvalidGroupId, GroupNotFound, UnknownMember, FencedInstance, IllegalGeneration, Rebalancing, OverLimit, DiskFull,
    }
    /// Why one partition's offset was not committed.
    PartitionCommitError { UnknownTopic, UnknownTopicId, UnknownPartition, MetadataTooLarge, OverLimit, DiskFull }
    /// Why no offset of a request was removed.
    OffsetDeleteError { InvalidGroupId, GroupNotFound, GroupNotEmpty, DiskFull }
    /// Why one partition's offset was not removed.
    PartitionDeleteError { UnknownTopic, UnknownPartition, GroupSubscribed }
    /// Why a group was not deleted.
    DeleteGroupError { InvalidGroupId, GroupNotFound, GroupNotEmpty, DiskFull }
}

/// A setting that does not exist, or a value that it cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidSetting {
    /// The setting.
    pub name: String,
    /// The value.
    pub value: String,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no setting of this name.
    Unknown,
    /// Not a 32-bit number.
    NotAnInt,
    /// Not a 64-bit number.
    NotALong,
    /// Not a fraction.
    NotADouble,
    /// Neither true nor false.
    NotABoolean,
    /// Too small.
    BelowMin(i64),
    /// Too large.
    AboveMax(i64),
    /// Not one of the values that there are.
    NotOneOf(&'static [&'static str]),
    /// Only lists can be appended to and subtracted from.
    NotAList {
        /// Which of both was asked for.
        append: bool,
    },
    /// A topic cannot be created with a setting that has no value.
    Null,
    /// Known, and not offered here.
    NotOffered {
        /// The value that is.
        instead: &'static str,
    },
}

impl InvalidSetting {
    /// Its coarse kind.
    pub const fn kind(&self) -> ErrorKind {
        match self.reason {
            Reason::NotOffered { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Invalid,
        }
    }
}

impl std::fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, value, reason } = self;
        if let Reason::Unknown = reason {
            return write!(f, "Unknown topic config name: {name}");
        }
        if let Reason::NotAList { append } = reason {
            let what = if *append { "APPEND" } else { "SUBTRACT" };
            return write!(f, "Can't {what} to key {name} because its type is not LIST.");
        }
        if let Reason::Null = reason {
            return write!(f, "Null value not supported for topic configs: {name}");
        }
        write!(f, "Invalid value {value} for configuration {name}: ")?;
        match reason {
            Reason::NotAnInt => f.write_str("Not a number of type INT"),
            Reason::NotALong => f.write_str("Not a number of type LONG"),
            Reason::NotADouble => f.write_str("Not a number of type DOUBLE"),
            Reason::NotABoolean => f.write_str("Expected value to be either true or false"),
            Reason::BelowMin(min) => write!(f, "Value must be at least {min}"),
            Reason::AboveMax(max) => write!(f, "Value must be no more than {max}"),
            Reason::NotOneOf(choices) => write!(f, "String must be one of: {}", choices.join(", ")),
            Reason::NotOffered { instead } => {
                write!(f, "{name} with this value is not implemented here; \"{instead}\" is accepted")
            }
            Reason::Unknown | Reason::NotAList { .. } | Reason::Null => Ok(()),
        }
    }
}

/// A stored row that this version does not understand: it was written by a later one, or is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of table {table} is not understood: {what}")]
pub struct RowError {
    /// The table.
    pub table: hence_base::TableId,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Where an epoch ends, asked of a stream that is not there, has this cause.
pub type EpochEndError = NoStream;

/// The largest epoch at or before the one asked for, and where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEnd {
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// The offset after its last record.
    pub end: Offset,
}
