//! Which of Kafka's error codes says what the broker said, and its coarse kind for the counters.
//!
//! The one place where a cause becomes a number. Never here: texts; a cause's own text is sent with the code where a
//! response has a field for it.

use hence_base::ErrorKind;
use hence_message::kafka::BatchError;

pub use hence_kafka_proto::ErrorCode;

use crate::ports::{
    AlterSettingsError, AppendError, CommitError, CreatePartitionsError, CreateTopicError, DeleteGroupError,
    DeleteTopicError, HeartbeatError, InitProducerError, JoinError, LeaveError, OffsetDeleteError,
    PartitionCommitError, PartitionDeleteError, ReadError, SyncError, TrimError, Unavailable,
};

/// A cause that has a code.
pub trait Coded {
    /// Its code.
    fn code(&self) -> ErrorCode;
}

macro_rules! coded {
    ($($error:ident { $($($variant:ident)|+ => $code:ident),* $(,)? })*) => {
        $(
            impl Coded for $error {
                fn code(&self) -> ErrorCode {
                    match self {
                        $($(Self::$variant { .. })|+ => ErrorCode::$code,)*
                    }
                }
            }
        )*
    };
}

coded! {
    BatchError {
        NoBatch | Truncated | OldMagic | SeveralBatches | BaseOffsetSet | BadCount | ImplausibleCount
            | ControlBatch | DeleteHorizonSet | BadProducer => INVALID_RECORD,
        BadLength | UnknownMagic | ChecksumMismatch => CORRUPT_MESSAGE,
        UnknownCodec => UNSUPPORTED_COMPRESSION_TYPE,
        BatchTooLarge => MESSAGE_TOO_LARGE,
        LogAppendTimeSet | TimestampOutOfBounds => INVALID_TIMESTAMP,
        NoProducerEpoch => INVALID_PRODUCER_EPOCH,
        TransactionalBatch => TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
    AppendError {
        NoStream => UNKNOWN_TOPIC_OR_PARTITION,
        OutOfOrderSequence => OUT_OF_ORDER_SEQUENCE_NUMBER,
        ProducerFenced => INVALID_PRODUCER_EPOCH,
        DiskFull | OffsetsExhausted => KAFKA_STORAGE_ERROR,
        CommitTooLarge => MESSAGE_TOO_LARGE,
    }
    InitProducerError { DiskFull => COORDINATOR_LOAD_IN_PROGRESS }
    TrimError {
        NoStream => UNKNOWN_TOPIC_OR_PARTITION,
        TrimBeyondEnd => OFFSET_OUT_OF_RANGE,
        DiskFull => KAFKA_STORAGE_ERROR,
    }
    CreateTopicError {
        TopicExists | TopicIdExists => TOPIC_ALREADY_EXISTS,
        InvalidTopicName | TopicNameCollides => INVALID_TOPIC_EXCEPTION,
        DuplicateTopic => INVALID_REQUEST,
        InvalidPartitions => INVALID_PARTITIONS,
        InvalidSetting => INVALID_CONFIG,
        OverLimit => POLICY_VIOLATION,
        DiskFull => KAFKA_STORAGE_ERROR,
    }
    DeleteTopicError {
        UnknownTopic => UNKNOWN_TOPIC_OR_PARTITION,
        UnknownTopicId => UNKNOWN_TOPIC_ID,
        DiskFull => KAFKA_STORAGE_ERROR,
    }
    CreatePartitionsError {
        UnknownTopic => UNKNOWN_TOPIC_OR_PARTITION,
        DuplicateTopic => INVALID_REQUEST,
        InvalidPartitions | PartitionsNotMore => INVALID_PARTITIONS,
        OverLimit => POLICY_VIOLATION,
        DiskFull => KAFKA_STORAGE_ERROR,
    }
    AlterSettingsError {
        UnknownTopic => UNKNOWN_TOPIC_OR_PARTITION,
        InvalidSetting => INVALID_CONFIG,
        DiskFull => KAFKA_STORAGE_ERROR,
    }
    JoinError {
        InvalidGroupId => INVALID_GROUP_ID,
        InvalidSessionTimeout => INVALID_SESSION_TIMEOUT,
        UnknownMember => UNKNOWN_MEMBER_ID,
        FencedInstance => FENCED_INSTANCE_ID,
        InconsistentProtocol => INCONSISTENT_GROUP_PROTOCOL,
        MemberIdRequired => MEMBER_ID_REQUIRED,
        GroupFull | OverLimit => GROUP_MAX_SIZE_REACHED,
        Rebalancing => REBALANCE_IN_PROGRESS,
        GroupTooLarge => INVALID_COMMIT_OFFSET_SIZE,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    SyncError {
        InvalidGroupId => INVALID_GROUP_ID,
        UnknownMember => UNKNOWN_MEMBER_ID,
        FencedInstance => FENCED_INSTANCE_ID,
        IllegalGeneration => ILLEGAL_GENERATION,
        InconsistentProtocol => INCONSISTENT_GROUP_PROTOCOL,
        Rebalancing => REBALANCE_IN_PROGRESS,
        GroupTooLarge => INVALID_COMMIT_OFFSET_SIZE,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    HeartbeatError {
        InvalidGroupId => INVALID_GROUP_ID,
        UnknownMember => UNKNOWN_MEMBER_ID,
        FencedInstance => FENCED_INSTANCE_ID,
        IllegalGeneration => ILLEGAL_GENERATION,
        Rebalancing => REBALANCE_IN_PROGRESS,
    }
    LeaveError {
        InvalidGroupId => INVALID_GROUP_ID,
        UnknownMember => UNKNOWN_MEMBER_ID,
        FencedInstance => FENCED_INSTANCE_ID,
    }
    CommitError {
        InvalidGroupId => INVALID_GROUP_ID,
        UnknownMember => UNKNOWN_MEMBER_ID,
        FencedInstance => FENCED_INSTANCE_ID,
        IllegalGeneration => ILLEGAL_GENERATION,
        Rebalancing => REBALANCE_IN_PROGRESS,
        GroupNotFound => GROUP_ID_NOT_FOUND,
        OverLimit => INVALID_COMMIT_OFFSET_SIZE,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    PartitionCommitError {
        UnknownTopic | UnknownPartition => UNKNOWN_TOPIC_OR_PARTITION,
        UnknownTopicId => UNKNOWN_TOPIC_ID,
        MetadataTooLarge => OFFSET_METADATA_TOO_LARGE,
        OverLimit => INVALID_COMMIT_OFFSET_SIZE,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    OffsetDeleteError {
        InvalidGroupId => INVALID_GROUP_ID,
        GroupNotFound => GROUP_ID_NOT_FOUND,
        GroupNotEmpty => NON_EMPTY_GROUP,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    PartitionDeleteError {
        UnknownTopic | UnknownPartition => UNKNOWN_TOPIC_OR_PARTITION,
        GroupSubscribed => GROUP_SUBSCRIBED_TO_TOPIC,
    }
    DeleteGroupError {
        InvalidGroupId => INVALID_GROUP_ID,
        GroupNotFound => GROUP_ID_NOT_FOUND,
        GroupNotEmpty => NON_EMPTY_GROUP,
        DiskFull => COORDINATOR_NOT_AVAILABLE,
    }
    ReadError {
        OutOfRange => OFFSET_OUT_OF_RANGE,
        NoStream => UNKNOWN_TOPIC_OR_PARTITION,
        Corrupt => CORRUPT_MESSAGE,
        Io => KAFKA_STORAGE_ERROR,
    }
    // Claims nothing: what was asked may be stored.
    Unavailable { Unknown | Fenced | Stopping | Overloaded => REQUEST_TIMED_OUT }
}

/// What a group's member is answered when the broker gives no reply: it claims nothing, and members look for their
/// coordinator again.
pub const GROUP_UNAVAILABLE: ErrorCode = ErrorCode::COORDINATOR_NOT_AVAILABLE;

/// What a producer is answered that gets no id now. Kafka's own code for it: every client asks again, while Java takes
/// COORDINATOR_NOT_AVAILABLE as a reason to look for a coordinator of transactions, and older clients take
/// REQUEST_TIMED_OUT as fatal.
pub const PRODUCER_UNAVAILABLE: ErrorCode = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;

/// Its coarse kind, for the counters.
pub const fn kind(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::CORRUPT_MESSAGE => ErrorKind::Corrupt,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::UNKNOWN_TOPIC_ID
        | ErrorCode::GROUP_ID_NOT_FOUND
        | ErrorCode::UNKNOWN_MEMBER_ID
        | ErrorCode::FETCH_SESSION_ID_NOT_FOUND => ErrorKind::NotFound,
        ErrorCode::TOPIC_ALREADY_EXISTS => ErrorKind::Exists,
        ErrorCode::MESSAGE_TOO_LARGE
        | ErrorCode::OFFSET_METADATA_TOO_LARGE
        | ErrorCode::INVALID_COMMIT_OFFSET_SIZE
        | ErrorCode::POLICY_VIOLATION
        | ErrorCode::GROUP_MAX_SIZE_REACHED
        | ErrorCode::KAFKA_STORAGE_ERROR => ErrorKind::Limit,
        ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED => ErrorKind::Denied,
        ErrorCode::UNSUPPORTED_VERSION | ErrorCode::UNSUPPORTED_COMPRESSION_TYPE => ErrorKind::Unsupported,
        ErrorCode::REQUEST_TIMED_OUT | ErrorCode::UNKNOWN_SERVER_ERROR => ErrorKind::Unknown,
        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        | ErrorCode::COORDINATOR_NOT_AVAILABLE
        | ErrorCode::NOT_ENOUGH_REPLICAS => ErrorKind::Unavailable,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
        | ErrorCode::INVALID_PRODUCER_EPOCH
        | ErrorCode::ILLEGAL_GENERATION
        | ErrorCode::REBALANCE_IN_PROGRESS
        | ErrorCode::MEMBER_ID_REQUIRED
        | ErrorCode::FENCED_INSTANCE_ID
        | ErrorCode::FENCED_LEADER_EPOCH
        | ErrorCode::UNKNOWN_LEADER_EPOCH
        | ErrorCode::NON_EMPTY_GROUP
        | ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
        | ErrorCode::INCONSISTENT_TOPIC_ID
        | ErrorCode::INVALID_FETCH_SESSION_EPOCH => ErrorKind::Conflict,
        _ => ErrorKind::Invalid,
    }
}
