//! Every maximum of the Kafka door, named with its unit, with the reason for its value.
//!
//! What an operator may change is in `Options`; what the wire format allows is in `hence_kafka_proto::limits`.

/// Largest request by default, in bytes: Kafka's `socket.request.max.bytes`.
pub const REQUEST_BYTES_MAX_DEFAULT: usize = 100 * 1024 * 1024;

/// Requests of one connection that may be unanswered at once. Java keeps 5 produces in flight, librdkafka up to a
/// million; beyond this the socket is not read.
pub const REQUESTS_IN_FLIGHT_MAX: usize = 64;

/// Bytes of requests that one poll of a connection gathers before the core is entered with them: more is worth a write of
/// its own.
pub const GATHERED_BYTES_MAX: usize = 256 * 1024;

/// Bytes of responses that may wait for a slow reader before the next request of that connection is begun.
pub const UNSENT_BYTES_MAX: usize = 256 * 1024;

/// Bytes read from a socket at once. A larger frame is paid for whole before its second read, so what a connection holds
/// unpaid is one such buffer: 1.25 GiB at the very most, with all 20,000 connections in the middle of a request.
pub const READ_BYTES: usize = 64 * 1024;

/// Buffers of one vectored write: Linux takes 1,024, and more than this gains nothing.
pub const WRITE_BUFFERS_MAX: usize = 64;

/// Socket reads per turn of a connection's task, so that one busy client does not keep its thread.
pub const READS_PER_TURN_MAX: usize = 8;

/// Bytes that one Fetch answers with at most: Kafka's `fetch.max.bytes` of the broker.
pub const FETCH_BYTES_MAX: usize = 55 * 1024 * 1024;

/// Bytes of one partition that one Fetch answers with at most, the first batch excepted: a reader that catches up with
/// large requests does not hold up the others.
pub const FETCH_PARTITION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Partitions that one Fetch names at most: as many as a broker has.
pub const FETCH_PARTITIONS_MAX: usize = 200_000;

/// The same of one Produce: each takes many times its bytes in memory until it is answered.
pub const PRODUCE_PARTITIONS_MAX: usize = FETCH_PARTITIONS_MAX;

/// A Fetch with a longer request keeps paying for it while it waits: some 500 partitions, each of which takes a few
/// times its bytes in memory.
pub const FETCH_WAITING_BYTES_MAX: usize = 16 * 1024;

/// A Fetch that follows more partitions through a session pays for its list of them while it waits.
pub const FETCH_WAITING_PARTITIONS_MAX: usize = 500;

/// What each of them costs meanwhile, in bytes: what is wanted of it, and its place among the watches.
pub const FETCH_WAITING_PARTITION_BYTES: usize = 100;

/// Longest wait of such Fetches in milliseconds: others want what they hold.
pub const FETCH_LARGE_WAIT_MS_MAX: i32 = 30 * 1000;

/// How long a client pauses, in milliseconds, whose Fetch found too little and may not wait since there is no room for its
/// list of partitions.
pub const FETCH_NO_ROOM_PAUSE_MS: i32 = 500;

/// Longest wait of one Fetch in milliseconds, so that a connection can always be drained and timed.
pub const FETCH_WAIT_MS_MAX: i32 = 30 * 60 * 1000;

/// Fetch sessions of the whole door: Kafka's `max.incremental.fetch.session.cache.slots`.
pub const FETCH_SESSIONS_MAX_DEFAULT: usize = 1_000;

/// Partitions of all fetch sessions together: about 150 bytes each.
pub const FETCH_SESSION_PARTITIONS_MAX: usize = 200_000;

/// A session may be evicted for another one after this time: Kafka's constant.
pub const FETCH_SESSION_EVICTION_MS: i64 = 2 * 60 * 1000;

/// Partitions that one DescribeTopicPartitions answers with at most: Kafka's `max.request.partition.size.limit`.
pub const DESCRIBE_PARTITIONS_MAX: i32 = 2_000;

/// Partitions that one CreateTopics, CreatePartitions or Metadata may add: Kafka's limit per request.
pub const NEW_PARTITIONS_PER_REQUEST_MAX: i32 = 10_000;

/// Longest note with a committed offset, in bytes: Kafka's `offset.metadata.max.bytes`.
pub const OFFSET_METADATA_BYTES_MAX: usize = 4_096;

/// Shortest session timeout of a group member, in milliseconds: Kafka's `group.min.session.timeout.ms`.
pub const SESSION_TIMEOUT_MS_MIN: i32 = 6_000;

/// Longest session timeout of a group member, in milliseconds: Kafka's `group.max.session.timeout.ms`.
pub const SESSION_TIMEOUT_MS_MAX: i32 = 1_800_000;

/// Bytes that a compressed batch may open to when a record is looked for by its time; beyond, the batch answers.
pub const RECORD_SEARCH_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Records that one produce response explains at most, some 200 bytes each; beyond, a refused partition has its code.
pub const RECORD_ERRORS_MAX: usize = 1_000;

/// Bytes of a batch for each record of it that is found wrong: what is found takes no more room than what was sent.
pub const RECORD_ERROR_BYTES: usize = 16;

/// How many times its bytes a refused batch may open to for the sake of saying which of its records are wrong.
pub const EXPLAINED_TIMES_MAX: usize = 8;

/// How many times its bytes a batch may open to on a topic that wants each record's time looked at: 64 MB, some 50 ms, for
/// 1 MB. What opens to more is refused.
pub const CHECKED_TIMES_MAX: usize = 64;

/// Bytes of records that one connection has looked at on the event loop in one turn, in the form to which they open: 100 to
/// 400 µs. More is looked at beside it.
pub const LOOKED_AT_INLINE_BYTES_MAX: usize = 128 * 1024;

/// Bytes of batches that are looked at beside the event loop in one go, in the form to which they may open: some 50 ms. A
/// request with more of them gives its place to others in between.
pub const LOOKED_AT_BESIDE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes that a batch may open to however small it is.
pub const OPENED_BYTES_MIN: usize = 4 * 1024;

/// Bytes that a batch may open to however large it is: as many as when a record is looked for in it later.
pub const OPENED_BYTES_MAX: usize = RECORD_SEARCH_BYTES_MAX;

/// A request of at most so many bytes on a connection with nothing in flight is begun without asking the budget: small
/// requests go on when large ones have used it up.
pub const UNCHARGED_BYTES_MAX: usize = 4 * 1024;

/// Bytes of responses that a connection may have queued without asking the budget: 320 MB at the very most, with all
/// 20,000 connections deaf. Nearly all responses but Fetch's are smaller.
pub const UNCHARGED_RESPONSE_BYTES_MAX: usize = 16 * 1024;

/// What a partition is read with when the budget has not what the client asks for.
pub const FETCH_SCARCE_BYTES: usize = 256 * 1024;

/// How long a request may be in the middle, or responses unread, before a part of them has moved: what they hold is
/// wanted by others. Longer than any pause that retransmissions make.
pub const STALLED_REQUEST_MS_DEFAULT: u64 = 30_000;

/// The parts in which a request comes and responses leave, one per patience at least: the largest request is whole after
/// eight minutes or given up, and 1 MB may come with 4 KB a second.
pub const PACE_PARTS: u64 = 8;

/// Faults of peers that are logged where an operator sees them come at most this often, in milliseconds.
pub const WARNING_INTERVAL_MS: u64 = 1_000;
