//! Every maximum of the shell, named with its unit, with the reason for its value.
//!
//! What an operator may change is in an `Options` struct beside its component; the defaults and the fixed bounds are here.

use std::time::Duration;

/// Bytes in requests and parked commits, over all connections, and as many again in unsent responses: 512 MiB at most
/// when both are used up, and sixteen connections can use a pool up with their shares. ADR 9 says why there are two.
pub const BUDGET_BYTES_DEFAULT: u64 = 256 * 1024 * 1024;

/// Bytes of each pool that one connection may hold while others want some: one large Kafka request with a next one
/// behind it. Beyond it the connection's socket is not read.
pub const BUDGET_SHARE_BYTES_DEFAULT: u64 = 16 * 1024 * 1024;

/// Turns of one entry into the core: what they made is parked and flushed after it.
pub const TURNS_PER_ENTRY_MAX: usize = 16;

/// Entries that one task makes for others before the driver task takes over, so that no connection serves all others.
pub const ENTRIES_PER_DRIVE_MAX: usize = 16;

/// Commands that may wait for the core. Each belongs to a request that the budget admitted, so this is a second line.
pub const QUEUED_COMMANDS_MAX: usize = 1 << 16;

/// Shortest sleep between two ticks: timers are in milliseconds.
pub const TIMER_PAUSE_MIN: Duration = Duration::from_millis(1);

/// How often retention looks at every partition: Kafka's `log.retention.check.interval.ms`.
pub const RETENTION_INTERVAL_MS_DEFAULT: u64 = 5 * 60 * 1000;

/// How far a clock that runs ahead of the wall is set back per correction; see `clock`.
pub const CLOCK_STEP_BACK_MS_MAX: i64 = 500;

/// A correction forward by so much is a step, which no session is to end by; less is the drift of a clock.
pub const CLOCK_STEP_MS_MIN: i64 = 1_000;

/// How often the clock is compared with the wall.
pub const CLOCK_CORRECTION_INTERVAL: Duration = Duration::from_secs(60);

/// Connections of one listener: half of the usual descriptor limit after it was raised.
pub const CONNECTIONS_MAX_DEFAULT: usize = 20_000;

/// Connections of one listener from one address.
pub const CONNECTIONS_PER_ADDRESS_MAX_DEFAULT: usize = 20_000;

/// A connection on which no byte moved for this long is closed: Kafka's `connections.max.idle.ms`.
pub const IDLE_TIMEOUT_MS_DEFAULT: u64 = 10 * 60 * 1000;

/// How long a drain waits for connections before it cuts them.
pub const DRAIN_MS_DEFAULT: u64 = 900;

/// Time without traffic after which the kernel probes whether the peer is still there.
pub const KEEP_ALIVE_IDLE: Duration = Duration::from_secs(60);

/// Time between probes of a silent peer.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Connections the kernel holds before they are accepted.
pub const ACCEPT_BACKLOG: i32 = 1024;

/// First wait after an accept failed for want of descriptors or memory; doubles up to the maximum.
pub const ACCEPT_BACKOFF_MIN: Duration = Duration::from_millis(10);

/// Longest wait after an accept failed.
pub const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Attempts to find a port that is free on both loopbacks when port 0 was asked for.
pub const FREE_PORT_ATTEMPTS_MAX: usize = 32;

/// Open files asked for at start; the hard limit may allow less.
pub const OPEN_FILES_WANTED: u64 = 1 << 20;

/// Partitions that retention looks at before it lets others run.
pub const RETENTION_PARTITIONS_PER_STEP: usize = 64;

/// Streams of one watch that are registered or forgotten before others get at the watches: some 100 µs.
pub const WATCHED_STREAMS_PER_STEP: usize = 512;
