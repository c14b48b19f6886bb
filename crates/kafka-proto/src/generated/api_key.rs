//! Written by `cargo xtask codegen` from facts of the message schemas of kafka-clients-4.4.0; not edited by hand.
//! Content: fnv1a64 5e6097ede929756f

use std::ops::RangeInclusive;

/// An API that this codec knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum ApiKey {
    /// Produce.
    Produce = 0,
    /// Fetch.
    Fetch = 1,
    /// ListOffsets.
    ListOffsets = 2,
    /// Metadata.
    Metadata = 3,
    /// OffsetCommit.
    OffsetCommit = 8,
    /// OffsetFetch.
    OffsetFetch = 9,
    /// FindCoordinator.
    FindCoordinator = 10,
    /// JoinGroup.
    JoinGroup = 11,
    /// Heartbeat.
    Heartbeat = 12,
    /// LeaveGroup.
    LeaveGroup = 13,
    /// SyncGroup.
    SyncGroup = 14,
    /// DescribeGroups.
    DescribeGroups = 15,
    /// ListGroups.
    ListGroups = 16,
    /// ApiVersions.
    ApiVersions = 18,
    /// CreateTopics.
    CreateTopics = 19,
    /// DeleteTopics.
    DeleteTopics = 20,
    /// DeleteRecords.
    DeleteRecords = 21,
    /// InitProducerId.
    InitProducerId = 22,
    /// OffsetForLeaderEpoch.
    OffsetForLeaderEpoch = 23,
    /// DescribeConfigs.
    DescribeConfigs = 32,
    /// CreatePartitions.
    CreatePartitions = 37,
    /// DeleteGroups.
    DeleteGroups = 42,
    /// IncrementalAlterConfigs.
    IncrementalAlterConfigs = 44,
    /// OffsetDelete.
    OffsetDelete = 47,
    /// DescribeCluster.
    DescribeCluster = 60,
    /// DescribeTopicPartitions.
    DescribeTopicPartitions = 75,
}

impl ApiKey {
    /// Every API, by number.
    pub const ALL: &[Self] = &[
        Self::Produce,
        Self::Fetch,
        Self::ListOffsets,
        Self::Metadata,
        Self::OffsetCommit,
        Self::OffsetFetch,
        Self::FindCoordinator,
        Self::JoinGroup,
        Self::Heartbeat,
        Self::LeaveGroup,
        Self::SyncGroup,
        Self::DescribeGroups,
        Self::ListGroups,
        Self::ApiVersions,
        Self::CreateTopics,
        Self::DeleteTopics,
        Self::DeleteRecords,
        Self::InitProducerId,
        Self::OffsetForLeaderEpoch,
        Self::DescribeConfigs,
        Self::CreatePartitions,
        Self::DeleteGroups,
        Self::IncrementalAlterConfigs,
        Self::OffsetDelete,
        Self::DescribeCluster,
        Self::DescribeTopicPartitions,
    ];

    /// The API of that number.
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Produce,
            1 => Self::Fetch,
            2 => Self::ListOffsets,
            3 => Self::Metadata,
            8 => Self::OffsetCommit,
            9 => Self::OffsetFetch,
            10 => Self::FindCoordinator,
            11 => Self::JoinGroup,
            12 => Self::Heartbeat,
            13 => Self::LeaveGroup,
            14 => Self::SyncGroup,
            15 => Self::DescribeGroups,
            16 => Self::ListGroups,
            18 => Self::ApiVersions,
            19 => Self::CreateTopics,
            20 => Self::DeleteTopics,
            21 => Self::DeleteRecords,
            22 => Self::InitProducerId,
            23 => Self::OffsetForLeaderEpoch,
            32 => Self::DescribeConfigs,
            37 => Self::CreatePartitions,
            42 => Self::DeleteGroups,
            44 => Self::IncrementalAlterConfigs,
            47 => Self::OffsetDelete,
            60 => Self::DescribeCluster,
            75 => Self::DescribeTopicPartitions,
            _ => return None,
        })
    }

    /// Its number on the wire.
    pub const fn number(self) -> i16 {
        self as i16
    }

    /// Its name in Kafka's schemas.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Produce => "Produce",
            Self::Fetch => "Fetch",
            Self::ListOffsets => "ListOffsets",
            Self::Metadata => "Metadata",
            Self::OffsetCommit => "OffsetCommit",
            Self::OffsetFetch => "OffsetFetch",
            Self::FindCoordinator => "FindCoordinator",
            Self::JoinGroup => "JoinGroup",
            Self::Heartbeat => "Heartbeat",
            Self::LeaveGroup => "LeaveGroup",
            Self::SyncGroup => "SyncGroup",
            Self::DescribeGroups => "DescribeGroups",
            Self::ListGroups => "ListGroups",
            Self::ApiVersions => "ApiVersions",
            Self::CreateTopics => "CreateTopics",
            Self::DeleteTopics => "DeleteTopics",
            Self::DeleteRecords => "DeleteRecords",
            Self::InitProducerId => "InitProducerId",
            Self::OffsetForLeaderEpoch => "OffsetForLeaderEpoch",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::CreatePartitions => "CreatePartitions",
            Self::DeleteGroups => "DeleteGroups",
            Self::IncrementalAlterConfigs => "IncrementalAlterConfigs",
            Self::OffsetDelete => "OffsetDelete",
            Self::DescribeCluster => "DescribeCluster",
            Self::DescribeTopicPartitions => "DescribeTopicPartitions",
        }
    }

    /// The versions of its schema, unstable ones included.
    pub const fn schema_versions(self) -> RangeInclusive<i16> {
        match self {
            Self::Produce => 3..=13,
            Self::Fetch => 4..=18,
            Self::ListOffsets => 1..=11,
            Self::Metadata => 0..=13,
            Self::OffsetCommit => 2..=10,
            Self::OffsetFetch => 1..=10,
            Self::FindCoordinator => 0..=6,
            Self::JoinGroup => 0..=9,
            Self::Heartbeat => 0..=4,
            Self::LeaveGroup => 0..=5,
            Self::SyncGroup => 0..=5,
            Self::DescribeGroups => 0..=6,
            Self::ListGroups => 0..=5,
            Self::ApiVersions => 0..=5,
            Self::CreateTopics => 2..=7,
            Self::DeleteTopics => 1..=6,
            Self::DeleteRecords => 0..=2,
            Self::InitProducerId => 0..=6,
            Self::OffsetForLeaderEpoch => 2..=4,
            Self::DescribeConfigs => 1..=4,
            Self::CreatePartitions => 0..=3,
            Self::DeleteGroups => 0..=3,
            Self::IncrementalAlterConfigs => 0..=1,
            Self::OffsetDelete => 0..=0,
            Self::DescribeCluster => 0..=2,
            Self::DescribeTopicPartitions => 0..=0,
        }
    }

    /// The latest version that is not marked unstable.
    pub const fn latest_stable(self) -> i16 {
        match self {
            Self::Produce => 13,
            Self::Fetch => 18,
            Self::ListOffsets => 11,
            Self::Metadata => 13,
            Self::OffsetCommit => 10,
            Self::OffsetFetch => 10,
            Self::FindCoordinator => 6,
            Self::JoinGroup => 9,
            Self::Heartbeat => 4,
            Self::LeaveGroup => 5,
            Self::SyncGroup => 5,
            Self::DescribeGroups => 6,
            Self::ListGroups => 5,
            Self::ApiVersions => 5,
            Self::CreateTopics => 7,
            Self::DeleteTopics => 6,
            Self::DeleteRecords => 2,
            Self::InitProducerId => 5,
            Self::OffsetForLeaderEpoch => 4,
            Self::DescribeConfigs => 4,
            Self::CreatePartitions => 3,
            Self::DeleteGroups => 3,
            Self::IncrementalAlterConfigs => 1,
            Self::OffsetDelete => 0,
            Self::DescribeCluster => 2,
            Self::DescribeTopicPartitions => 0,
        }
    }

    /// The first flexible version; the highest number when there is none.
    pub const fn flexible_since(self) -> i16 {
        match self {
            Self::Produce => 9,
            Self::Fetch => 12,
            Self::ListOffsets => 6,
            Self::Metadata => 9,
            Self::OffsetCommit => 8,
            Self::OffsetFetch => 6,
            Self::FindCoordinator => 3,
            Self::JoinGroup => 6,
            Self::Heartbeat => 4,
            Self::LeaveGroup => 4,
            Self::SyncGroup => 4,
            Self::DescribeGroups => 5,
            Self::ListGroups => 3,
            Self::ApiVersions => 3,
            Self::CreateTopics => 5,
            Self::DeleteTopics => 4,
            Self::DeleteRecords => 2,
            Self::InitProducerId => 2,
            Self::OffsetForLeaderEpoch => 4,
            Self::DescribeConfigs => 4,
            Self::CreatePartitions => 2,
            Self::DeleteGroups => 2,
            Self::IncrementalAlterConfigs => 1,
            Self::OffsetDelete => i16::MAX,
            Self::DescribeCluster => 0,
            Self::DescribeTopicPartitions => 0,
        }
    }
}
