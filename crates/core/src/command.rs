//! What can be asked of the core, and who asks.
//!
//! Commands are in the core's terms; doors translate. Names are UTF-8, ids and times come with the command: the core has
//! neither clock nor randomness. Each command's answer is named by its [`Request`](crate::Request).

use bytes::Bytes;
use hence_base::{Epoch, LeaderEpoch, Offset, StreamId, Timestamp};
use hence_message::kafka::BatchHeader;
use smallvec::SmallVec;

use crate::catalog::TopicId;

/// Whom a reply is for: chosen by the caller, never looked into. A parked request (a join, a sync) may be answered turns
/// later, so an id is free again only when its reply came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One thing asked of the core.
#[derive(Clone, Debug)]
pub enum Command {
    /// The first command after recovery.
    Start(Start),
    /// Nothing but "time has passed": due timers run in every turn. Has no reply.
    Tick,
    /// The clock is about to step forward.
    StepClock(StepClock),
    /// Appends batches.
    Produce(Produce),
    /// Gives out a producer id.
    InitProducer(InitProducer),
    /// Moves the start of streams.
    Trim(Trim),
    /// Asks where leader epochs end.
    EpochEnds(EpochEnds),
    /// Creates topics.
    CreateTopics(CreateTopics),
    /// Deletes topics.
    DeleteTopics(DeleteTopics),
    /// Adds partitions.
    CreatePartitions(CreatePartitions),
    /// Changes settings of topics.
    AlterSettings(AlterSettings),
    /// A member joins or rejoins a group.
    JoinGroup(JoinGroup),
    /// A member gives or asks for its assignment.
    SyncGroup(SyncGroup),
    /// A member is alive.
    Heartbeat(Heartbeat),
    /// Members leave.
    LeaveGroup(LeaveGroup),
    /// Commits offsets.
    OffsetCommit(OffsetCommit),
    /// Reads committed offsets.
    OffsetFetch(OffsetFetch),
    /// Removes committed offsets.
    OffsetDelete(OffsetDelete),
    /// Lists the groups.
    ListGroups(ListGroups),
    /// Describes groups.
    DescribeGroups(DescribeGroups),
    /// Deletes groups.
    DeleteGroups(DeleteGroups),
}

/// The first command after recovery: arms the timers; raises leader epochs and producer ids when something may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The journal's epoch of this opening: durable, and higher than that of any opening before.
    pub epoch: Epoch,
    /// Whether everything that was ever acknowledged is proved to be here.
    pub complete: bool,
}

/// The clock is about to step forward, since somebody set it or the machine slept: nobody lives through that time, so no
/// session ends by it. Sent and answered before the first turn that has the new time.
#[derive(Clone, Copy, Debug)]
pub struct StepClock {
    /// How far, in milliseconds.
    pub ms: i64,
}

/// Appends batches, in order. Each is judged by itself; a large request becomes several commits.
#[derive(Clone, Debug, Default)]
pub struct Produce {
    /// The batches.
    pub batches: SmallVec<[ProduceBatch; 1]>,
}

/// One checked record batch for one partition.
#[derive(Clone, Debug)]
pub struct ProduceBatch {
    /// The partition's stream, from the catalog.
    pub stream: StreamId,
    /// Its head, as `hence_message::kafka::check` passed it.
    pub header: BatchHeader,
    /// Largest timestamp of its records; the time of the append where the topic says LogAppendTime.
    pub max_timestamp: Timestamp,
    /// The batch as it is to be stored.
    pub payload: Bytes,
}

/// Gives out a producer id that was never given before.
#[derive(Clone, Copy, Debug, Default)]
pub struct InitProducer;

/// Moves the start of streams.
#[derive(Clone, Debug, Default)]
pub struct Trim {
    /// Streams and the first offset that each is to keep.
    pub streams: SmallVec<[(StreamId, TrimTo); 1]>,
}

/// Where a stream is to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrimTo {
    /// At this offset; not beyond the end; nothing happens when it starts later already.
    Offset(Offset),
    /// The same for what is older than the entry there: at the first entry without a timestamp if one comes before it.
    Aged(Offset),
    /// At its end: nothing is kept.
    End,
}

/// Asks where leader epochs end, for clients that look for a truncation (KIP-320).
#[derive(Clone, Debug, Default)]
pub struct EpochEnds {
    /// Streams and the epoch that each client saw last.
    pub of: Vec<(StreamId, LeaderEpoch)>,
}

/// A topic by name or by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicRef {
    /// By name.
    Name(String),
    /// By id.
    Id(TopicId),
}

/// Creates topics, each by itself.
#[derive(Clone, Debug, Default)]
pub struct CreateTopics {
    /// The topics; a name that occurs twice is refused each time.
    pub topics: Vec<NewTopic>,
    /// Only says what would happen.
    pub validate_only: bool,
}

/// A topic to create.
#[derive(Clone, Debug, Default)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Its id: random, chosen by the caller.
    pub id: TopicId,
    /// How many partitions, at least 1; a default is the caller's to choose.
    pub partitions: i32,
    /// Settings that differ from the defaults; one without a value is refused.
    pub settings: Vec<(String, Option<String>)>,
}

/// Deletes topics, each by itself. Space is freed in steps afterwards.
#[derive(Clone, Debug, Default)]
pub struct DeleteTopics {
    /// The topics.
    pub topics: Vec<TopicRef>,
}

/// Adds partitions to topics, each by itself.
#[derive(Clone, Debug, Default)]
pub struct CreatePartitions {
    /// Names, and how many partitions each is to have in all.
    pub topics: Vec<(String, i32)>,
    /// Only says what would happen.
    pub validate_only: bool,
}

/// Changes settings of topics, each topic by itself and then all of its changes or none.
#[derive(Clone, Debug, Default)]
pub struct AlterSettings {
    /// The topics.
    pub topics: Vec<TopicChanges>,
    /// Only says what would happen.
    pub validate_only: bool,
}

/// Changes to one topic's settings.
#[derive(Clone, Debug, Default)]
pub struct TopicChanges {
    /// The topic's name.
    pub name: String,
    /// Whether settings that are not named go back to their defaults (AlterConfigs, not IncrementalAlterConfigs).
    pub replace: bool,
    /// The changes; a setting at most once.
    pub changes: Vec<SettingChange>,
}

/// A change of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The setting's name.
    pub name: String,
    /// What happens to it.
    pub change: Change,
}

/// What happens to a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It gets this value.
    Set(String),
    /// It goes back to its default.
    Reset,
    /// A list gets more items.
    Append(String),
    /// A list loses items.
    Subtract(String),
}

/// A member joins a group, or joins again. Answered when the group's join phase ends.
#[derive(Clone, Debug, Default)]
pub struct JoinGroup {
    /// The group.
    pub group: String,
    /// The member's id; empty when it has none yet.
    pub member: String,
    /// The id that it gets if it has none: unique, chosen by the caller (`<client id or instance id>-<uuid>`).
    pub new_member: String,
    /// The static member's name (KIP-345).
    pub instance: Option<String>,
    /// The client's id and address, for people.
    pub client: ClientName,
    /// It is gone when it is not heard of for so long.
    pub session_timeout_ms: i32,
    /// How long the group waits for it to join again.
    pub rebalance_timeout_ms: i32,
    /// The kind of protocol ("consumer", "connect"); opaque.
    pub protocol_type: String,
    /// The protocols that it can follow, the preferred one first, with its metadata for each; opaque.
    pub protocols: Vec<(String, Bytes)>,
    /// The topics that it reads, where the door knows (the "consumer" protocol's metadata): their offsets do not expire
    /// and are not deleted while it reads them.
    pub subscription: Option<Vec<String>>,
    /// Whether a new dynamic member is told its id first and must come again with it (KIP-394, JoinGroup from version 4).
    pub known_member_required: bool,
    /// Whether a leader can be told to skip the assignment (KIP-814, JoinGroup from version 9).
    pub can_skip_assignment: bool,
}

/// Who a client says it is, for people who list members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientName {
    /// Its client id.
    pub id: String,
    /// Its address.
    pub host: String,
}

/// A member gives (the leader) and asks for its assignment. Answered when the leader's came.
#[derive(Clone, Debug, Default)]
pub struct SyncGroup {
    /// Who asks.
    pub who: MemberRef,
    /// The protocol type that it believes in, where the request says so.
    pub protocol_type: Option<String>,
    /// The protocol that it believes in, where the request says so.
    pub protocol: Option<String>,
    /// The leader's assignments: member ids with opaque bytes.
    pub assignments: Vec<(String, Bytes)>,
}

/// A member of one generation of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberRef {
    /// The group.
    pub group: String,
    /// The generation; −1 for who is no member.
    pub generation: i32,
    /// The member's id; empty for who is no member.
    pub member: String,
    /// The static member's name.
    pub instance: Option<String>,
}

/// A member is alive.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    /// Who.
    pub who: MemberRef,
}

/// Members leave, each by itself.
#[derive(Clone, Debug, Default)]
pub struct LeaveGroup {
    /// The group.
    pub group: String,
    /// Who leaves.
    pub members: Vec<Leaving>,
}

/// A member that leaves: by id, or a static one by name with an empty id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// The member's id; may be empty for a static member.
    pub member: String,
    /// The static member's name.
    pub instance: Option<String>,
}

/// Commits offsets, as a member or (generation −1, no member) as a simple consumer or an administrator.
#[derive(Clone, Debug, Default)]
pub struct OffsetCommit {
    /// Who commits.
    pub who: MemberRef,
    /// How long they are kept, where the request says so (versions 2 to 4); else the group's retention counts.
    pub retention_ms: Option<i64>,
    /// The topics.
    pub topics: Vec<TopicCommit>,
}

/// Offsets to commit for one topic.
#[derive(Clone, Debug)]
pub struct TopicCommit {
    /// The topic.
    pub topic: TopicRef,
    /// The partitions.
    pub partitions: Vec<PartitionCommit>,
}

/// An offset to commit for one partition.
#[derive(Clone, Debug, Default)]
pub struct PartitionCommit {
    /// The partition.
    pub partition: i32,
    /// The offset, as the client says; Kafka keeps whatever it is told.
    pub offset: i64,
    /// The leader epoch of the last record read; −1 is none.
    pub leader_epoch: i32,
    /// The client's note.
    pub metadata: String,
}

/// Reads committed offsets of groups.
#[derive(Clone, Debug, Default)]
pub struct OffsetFetch {
    /// The groups.
    pub groups: Vec<GroupOffsetsQuery>,
}

/// Which offsets of a group are asked for.
#[derive(Clone, Debug, Default)]
pub struct GroupOffsetsQuery {
    /// The group.
    pub group: String,
    /// Topics and partitions; none means all that are committed.
    pub topics: Option<Vec<(TopicRef, Vec<i32>)>>,
}

/// Removes committed offsets of a group.
#[derive(Clone, Debug, Default)]
pub struct OffsetDelete {
    /// The group.
    pub group: String,
    /// Topic names and partitions.
    pub topics: Vec<(String, Vec<i32>)>,
}

/// Lists the groups.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListGroups;

/// Describes groups.
#[derive(Clone, Debug, Default)]
pub struct DescribeGroups {
    /// The groups.
    pub groups: Vec<String>,
}

/// Deletes groups without members, each by itself, with their offsets.
#[derive(Clone, Debug, Default)]
pub struct DeleteGroups {
    /// The groups.
    pub groups: Vec<String>,
}
