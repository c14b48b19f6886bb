//! What the core answers, and which answer belongs to which command.
//!
//! Always: a reply leaves the process only when the position of the turn that made it is durable; who holds the core sees
//! to that. Never here: codes of a protocol.

use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Offset, Timestamp};
use hence_message::kafka::{ProducerEpoch, ProducerId};
use smallvec::SmallVec;

use crate::catalog::{Topic, TopicId};
use crate::command::{self, ClientName, Command, TopicRef};
use crate::error::{
    AlterSettingsError, AppendError, CommitError, CreatePartitionsError, CreateTopicError, DeleteGroupError,
    DeleteTopicError, DiskFull, EpochEnd, EpochEndError, HeartbeatError, InitProducerError, JoinError,
    LeaveError, OffsetDeleteError, PartitionCommitError, PartitionDeleteError, SyncError, TrimError,
};

/// A command together with the type of its answer.
pub trait Request: Into<Command> {
    /// What it is answered with.
    type Reply: Send + 'static;

    /// Takes the answer out; `None` when it is another command's, which does not happen to who asked.
    fn reply(reply: Reply) -> Option<Self::Reply>;
}

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident => $reply:ty,)*) => {
        /// The answer to one command; the variant has the command's name.
        #[derive(Clone, Debug)]
        pub enum Reply {
            $($(#[$doc])* $name($reply),)*
        }

        $(
            impl From<command::$name> for Command {
                fn from(command: command::$name) -> Self {
                    Self::$name(command)
                }
            }

            impl Request for command::$name {
                type Reply = $reply;

                fn reply(reply: Reply) -> Option<$reply> {
                    match reply {
                        Reply::$name(reply) => Some(reply),
                        _ => None,
                    }
                }
            }
        )*
    };
}

replies! {
    /// The core is ready; or there is no space to say that leader epochs rise, and nothing may be served.
    Start => Result<(), DiskFull>,
    /// The step is expected.
    StepClock => (),
    /// Per batch, in order.
    Produce => Produced,
    /// The producer id and its first epoch.
    InitProducer => Result<(ProducerId, ProducerEpoch), InitProducerError>,
    /// Per stream, in order: its start now.
    Trim => Vec<Result<Offset, TrimError>>,
    /// Per stream, in order; no value when the stream has not seen the epoch yet.
    EpochEnds => Vec<Result<Option<EpochEnd>, EpochEndError>>,
    /// Per topic, in order: as it was, or would be, created.
    CreateTopics => Vec<Result<Arc<Topic>, CreateTopicError>>,
    /// Per topic, in order: as it was.
    DeleteTopics => Vec<Result<Arc<Topic>, DeleteTopicError>>,
    /// Per topic, in order.
    CreatePartitions => Vec<Result<(), CreatePartitionsError>>,
    /// Per topic, in order.
    AlterSettings => Vec<Result<(), AlterSettingsError>>,
    /// The generation that the member is part of.
    JoinGroup => Result<Joined, JoinError>,
    /// The member's assignment.
    SyncGroup => Result<Synced, SyncError>,
    /// Nothing to do, or what to do.
    Heartbeat => Result<(), HeartbeatError>,
    /// Per member, in order.
    LeaveGroup => Result<Vec<Result<(), LeaveError>>, LeaveError>,
    /// Per topic and partition, in order.
    OffsetCommit => Result<Vec<Vec<Result<(), PartitionCommitError>>>, CommitError>,
    /// Per group, in order.
    OffsetFetch => Vec<GroupOffsets>,
    /// Per topic and partition, in order.
    OffsetDelete => Result<Vec<Vec<Result<(), PartitionDeleteError>>>, OffsetDeleteError>,
    /// By name.
    ListGroups => Vec<GroupListing>,
    /// Per group, in order; no value where there is no such group.
    DescribeGroups => Vec<Option<GroupDescription>>,
    /// Per group, in order.
    DeleteGroups => Vec<Result<(), DeleteGroupError>>,
}

/// What became of the batches of a produce, in order.
pub type Produced = SmallVec<[Result<Appended, AppendError>; 1]>;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record; for a duplicate, of the batch that it repeats.
    pub base: Offset,
    /// The start of the stream.
    pub start: Offset,
}

/// A member's part of a generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// The generation.
    pub generation: i32,
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The protocol that the group chose.
    pub protocol: Option<String>,
    /// The leader's id.
    pub leader: String,
    /// The member's id.
    pub member: String,
    /// Whether the leader is to leave the assignment as it is (KIP-814).
    pub skip_assignment: bool,
    /// All members, for the leader; empty for the others.
    pub members: Vec<JoinedMember>,
}

/// A member as the leader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member: String,
    /// Its static name.
    pub instance: Option<String>,
    /// Its metadata for the chosen protocol.
    pub metadata: Bytes,
}

/// A member's assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The group's protocol.
    pub protocol: Option<String>,
    /// What the leader assigned; opaque.
    pub assignment: Bytes,
}

/// Committed offsets of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupOffsets {
    /// The group.
    pub group: String,
    /// Its topics: as asked, or all that have an offset and still exist.
    pub topics: Vec<TopicOffsets>,
}

/// Committed offsets of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOffsets {
    /// The topic, as it was asked for.
    pub topic: TopicRef,
    /// Its name and id, if it exists.
    pub known: Option<(Arc<str>, TopicId)>,
    /// Its partitions: as asked, or all that have an offset.
    pub partitions: Vec<(i32, Option<Committed>)>,
}

/// A committed offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The offset.
    pub offset: i64,
    /// The leader epoch of the last record read; −1 is none.
    pub leader_epoch: i32,
    /// The client's note.
    pub metadata: Arc<str>,
}

/// What a group is doing, in Kafka's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// No members; its offsets are kept for a while.
    Empty,
    /// Members are to join again.
    PreparingRebalance,
    /// All joined; the leader's assignment is awaited.
    CompletingRebalance,
    /// Every member has its assignment.
    Stable,
}

impl GroupState {
    /// The state's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub group: String,
    /// Its protocol type; none for a group that only commits.
    pub protocol_type: Option<String>,
    /// What it is doing.
    pub state: GroupState,
}

/// A group in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub group: String,
    /// What it is doing.
    pub state: GroupState,
    /// Its protocol type; none for a group that only commits.
    pub protocol_type: Option<String>,
    /// The protocol that it follows, while it is stable.
    pub protocol: Option<String>,
    /// Its generation.
    pub generation: i32,
    /// Since when it has been in this state, where that is known.
    pub since: Timestamp,
    /// Its members.
    pub members: Vec<MemberDescription>,
}

/// A member in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// Its id.
    pub member: String,
    /// Its static name.
    pub instance: Option<String>,
    /// Who it says it is.
    pub client: ClientName,
    /// Its metadata for the chosen protocol, while the group is stable.
    pub metadata: Bytes,
    /// Its assignment, while the group is stable.
    pub assignment: Bytes,
}
