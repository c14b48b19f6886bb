//! Every maximum and fixed size of the local store, with the reason for its value.
//!
//! What all crates share is in `hence_base::limits`.

use std::time::Duration;

/// Unit of every write and the alignment of every block: the page and the largest common logical sector.
pub const PAGE_BYTES: usize = 4096;

/// Memory that blocks are built in and tail readers read from, unless configured otherwise.
pub const RING_BYTES_DEFAULT: usize = 64 << 20;

/// Largest chunk of the ring: small enough that a slow reader that holds one of its entries holds little.
pub const CHUNK_BYTES_MAX: usize = 4 << 20;

/// Smallest chunk, for rings configured very small.
pub const CHUNK_BYTES_MIN: usize = 256 << 10;

/// Least memory for recent blocks: two chunks are being filled and written, readers have the rest.
pub const RING_BYTES_MIN: usize = 4 * CHUNK_BYTES_MIN;

/// A block is not begun in less than this much of a chunk, so that a group commit is seldom split.
pub const BLOCK_SPACE_BYTES_MIN: usize = 512 << 10;

/// A block is closed before it grows beyond this in `fsync`: more hides a slow disk's latency, less keeps p99 low.
pub const BLOCK_BYTES_MAX: usize = 4 << 20;

/// The same in `os`, where the writing thread also serves connections.
pub const BLOCK_BYTES_MAX_OS: usize = 1 << 20;

/// Longest block that a reader believes a header about: the largest commit that can be configured, with its headers.
pub const BLOCK_BYTES_LIMIT: usize = 1 << 30;

/// Size of the first segments: an empty directory stays small.
pub const SEGMENT_BYTES_MIN: u64 = 8 << 20;

/// Segments grow up to this, unless configured otherwise.
pub const SEGMENT_BYTES_MAX_DEFAULT: u64 = 128 << 20;

/// Segments grow no further than what makes so many of the space that there is: a full disk is emptied segment by segment.
pub const SEGMENTS_MIN: u64 = 16;

/// Blocks that a hot read may span: keeps the time under the index lock short.
pub const READ_BLOCKS_MAX: usize = 256;

/// Bytes of cold blocks kept for readers that catch up.
pub const COLD_BYTES_MAX: usize = 16 << 20;

/// Bytes read at once when the log is scanned.
pub const SCAN_BYTES: usize = 1 << 20;

/// Bytes written at once when a file is filled with zeros.
pub const FILL_BYTES: usize = 1 << 20;

/// Space of the disk that segments leave for checkpoints and other files.
pub const CREATE_MARGIN_BYTES: u64 = 32 << 20;

/// Files that are kept for use again; more are removed, one at a time.
pub const SPARES_MAX: usize = 3;

/// Least time between two spare files that are overwritten or removed: 128 MiB/s at most, so that it disturbs nobody, and
/// 75 GiB that were deleted at once are gone within ten minutes.
pub const CLEAN_INTERVAL: Duration = Duration::from_secs(1);

/// Segment files kept open for readers.
pub const READERS_MAX: usize = 512;

/// Log written before the next checkpoint, unless configured otherwise: what a start may have to replay.
pub const CHECKPOINT_BYTES_DEFAULT: u64 = 64 << 20;

/// The log between two checkpoints is at least so many times as long as a checkpoint: bounds what they write.
pub const CHECKPOINT_SHARE: u64 = 4;

/// Rows taken under one hold of a lock for a checkpoint.
pub const CHECKPOINT_ROWS: usize = 512;

/// Packs of rows of the index that are copied, or made, under one hold of its lock for a checkpoint: 100 µs at most.
pub const CHECKPOINT_PACKS: usize = 64;

/// Records are gathered into frames of about this size.
pub const FRAME_BYTES: usize = 256 << 10;

/// Longest frame that a reader believes: one record beyond a full frame.
pub const FRAME_BYTES_MAX: usize = 16 << 20;

/// Room that is not promised to anyone: headers and padding of what was promised.
pub const ROOM_MARGIN_BYTES: u64 = 64 << 10;

/// Bytes of blocks that one step of the roller reads and writes: what it holds in memory, and how long it takes.
pub const ROLL_BYTES: u64 = 16 << 20;

/// Segments that the roller looks at for one that it has space to move.
pub const CANDIDATES_MAX: usize = 4;

/// Moved entries are gathered into blocks of about this size.
pub const MOVED_BLOCK_BYTES: usize = 1 << 20;

/// A segment is rolled when at most this percentage of it is readable: more is not worth its writes.
pub const ROLL_LIVE_SHARE_MAX: u64 = 75;

/// The same when space is short.
pub const ROLL_SHORT_SHARE_MAX: u64 = 90;

/// Dead bytes that may stay on disk beside half of the readable ones, on large disks.
pub const SLACK_BYTES_MAX: u64 = 2 << 30;

/// A checkpoint that could not be written is tried again after this time: others free space meanwhile.
pub const CHECKPOINT_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Rows of the index (about 20 bytes each) beyond which the roller gathers small ones, unless configured otherwise.
pub const INDEX_ROWS_MAX_DEFAULT: u64 = 1_000_000;

/// Least time between two steps of that: 64 MiB/s at most.
pub const GATHER_INTERVAL: Duration = Duration::from_millis(250);

/// Beyond so many times as many rows, the roller gathers as fast as it can.
pub const INDEX_ROWS_EXCESS: u64 = 4;

/// Bytes that the scrub verifies each time it has nothing more urgent to do.
pub const SCRUB_BYTES: u64 = 2 << 20;

/// Damaged blocks that are remembered and named.
pub const DAMAGED_MAX: usize = 1_000;

/// Pieces that may wait in the staging file of `os`: enough that the device is busy while the next ones fill.
pub const STAGING_SLOTS: usize = 8;

/// A piece of the staging file is this share of the ring, within the two bounds that follow.
pub const STAGING_RING_SHARE: usize = 64;

/// Smallest piece, for rings configured very small.
pub const STAGED_BYTES_MIN: usize = 16 << 10;

/// Largest piece: what one write past the cache moves. More gains little, and the pages are to stay in the processor's
/// caches.
pub const STAGED_BYTES_MAX: usize = 1 << 20;

/// The device is asked to store what was written behind each time that it was so many times what may wait: 32 MiB as it
/// comes, some 40 ms at 1 GB/s.
pub const SYNC_BEHIND_SHARE: usize = 4;

/// Not where so much came in less time since the last one: with what came meanwhile 200 MB/s as it comes, at which what may
/// wait is full after such a sync.
pub const SYNC_BEHIND_INTERVAL_MIN: Duration = Duration::from_millis(130);

/// `os` stages where the disk has room for so many staging files.
pub const STAGING_SHARE_MIN: u64 = 64;
