//! The cells: who is measured against whom, under which load, and what is aimed at. One row each.
//!
//! Figures are medians over the runs; a ratio is Hence divided by the other side of the same invocation.

/// Who Hence is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Kafka as it comes: acknowledged when the page cache has it.
    KafkaDefault,
    /// Kafka with `flush.messages=1`: acknowledged when the disk has it.
    KafkaFlush,
    /// The ceiling probe: sockets, checksum, log, acknowledgement, no protocol.
    Probe,
    /// Itself; the other one has [`SLOW_DISK_MS`] added after each write or sync of its disk.
    HenceOnFastDisk,
}

/// What a slow disk adds to each write or sync.
pub const SLOW_DISK_MS: u32 = 3;

/// What the generator does.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// Closed loop.
    Produce { shape: Shape, connections: u32, depth: u32 },
    /// Ten readers that follow one producer.
    Tail { shape: Shape },
    /// One request at a time.
    OneAtATime { shape: Shape },
    /// Fixed rate until a consumer has it: half of what Kafka reaches with the same requests, measured first.
    OpenLoop { shape: Shape },
    /// A real client's producer with its defaults.
    Client { client: Client, record_bytes: u32 },
    /// Fixed rate through librdkafka, both ways: single records, lingering switched off.
    Paced { record_bytes: u32, rate: u32 },
    /// Start, idle, load, stop.
    Start,
}

/// A real client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Kafka's `ProducerPerformance`.
    Java,
    /// Our producer on librdkafka, `bench/librdkafka/produce.c`.
    Librdkafka,
}

/// The shape of requests.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bytes of a record's value.
    pub record_bytes: u32,
    /// Largest batch.
    pub batch_bytes: u32,
    /// Partitions of the topic.
    pub partitions: u32,
    /// Batches in one request.
    pub per_request: u32,
}

/// A figure of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// 10⁶ bytes of batches a second.
    MbPerS,
    /// Records a second.
    RecordsPerS,
    /// Broker processor seconds for 10⁹ bytes.
    CpuPerGb,
    /// Broker processor microseconds for a record.
    CpuPerRecord,
    /// 10⁹ bytes for a broker processor second.
    GbPerCpu,
    /// Processors that the client kept busy.
    ClientProcessors,
    /// Acknowledgement, median.
    AckP50,
    /// From intended time to consumer, median.
    EndToEndP50,
    /// From intended time to consumer, 99th percentile.
    EndToEndP99,
    /// From the start of the process to the first acknowledged record.
    StartMs,
    /// Resident while nothing happens.
    RssIdle,
    /// Resident under load.
    RssLoad,
    /// From SIGTERM under load to the end of the process.
    StopMs,
    /// Blocks of the journal a second: what the device was asked to make durable.
    BlocksPerS,
}

/// What is aimed at.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    /// The ratio is at least this.
    RatioAtLeast(f64),
    /// The ratio is at most this.
    RatioAtMost(f64),
    /// Hence's own figure is at most this.
    AtMost(f64),
    /// Shown, not aimed at.
    Shown,
}

/// One figure of a cell and what is aimed at.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The figure.
    pub metric: Metric,
    /// The aim.
    pub aim: Aim,
    /// What holds Hence back while it is missed, where that is known.
    pub held_back_by: Option<&'static str>,
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// What `--cell` calls it and its file.
    pub name: &'static str,
    /// What is measured, for the table.
    pub what: &'static str,
    /// The other side.
    pub base: Base,
    /// Hence's mode.
    pub durability: &'static str,
    /// The load.
    pub load: Load,
    /// What is shown and aimed at.
    pub targets: &'static [Target],
}

impl Load {
    /// Whether latency is what is measured: its tail takes longer to show.
    pub const fn is_latency(self) -> bool {
        matches!(self, Self::OneAtATime { .. } | Self::OpenLoop { .. } | Self::Paced { .. })
    }

    /// Whether broker and generator can have a processor each: a start is measured before there is a process to pin.
    pub const fn can_be_pinned(self) -> bool {
        !matches!(self, Self::Start)
    }

    /// Whether it needs the programs on librdkafka.
    pub const fn needs_librdkafka(self) -> bool {
        matches!(self, Self::Client { client: Client::Librdkafka, .. } | Self::Paced { .. })
    }
}

impl Metric {
    /// Where it is in a run's report.
    pub const fn pointer(self) -> &'static str {
        match self {
            Self::MbPerS => "/mb_per_s",
            Self::RecordsPerS => "/records_per_s",
            Self::CpuPerGb => "/broker_cpu_s_per_gb",
            Self::CpuPerRecord => "/broker_cpu_us_per_record",
            Self::GbPerCpu => "/gb_per_broker_cpu_s",
            Self::ClientProcessors => "/client_processors",
            Self::AckP50 => "/ack_us/p50",
            Self::EndToEndP50 => "/end_to_end_us/p50",
            Self::EndToEndP99 => "/end_to_end_us/p99",
            Self::StartMs => "/start_ms",
            Self::RssIdle => "/rss_idle_mib",
            Self::RssLoad => "/rss_load_mib",
            Self::StopMs => "/stop_ms",
            Self::BlocksPerS => "/blocks_per_s",
        }
    }

    /// Its name and unit in the table.
    pub const fn label(self) -> &'static str {
        match self {
            Self::MbPerS => "MB/s",
            Self::RecordsPerS => "records/s",
            Self::CpuPerGb => "broker CPU s/GB",
            Self::CpuPerRecord => "broker CPU µs/record",
            Self::GbPerCpu => "GB per broker CPU s",
            Self::ClientProcessors => "processors of the client",
            Self::AckP50 => "acknowledgement p50, µs",
            Self::EndToEndP50 => "produce→consume p50, µs",
            Self::EndToEndP99 => "produce→consume p99, µs",
            Self::StartMs => "start to first acknowledgement, ms",
            Self::RssIdle => "RSS idle, MiB",
            Self::RssLoad => "RSS under load, MiB",
            Self::StopMs => "clean stop under load, ms",
            Self::BlocksPerS => "blocks written/s",
        }
    }
}

const fn shape(record_bytes: u32, batch_bytes: u32, partitions: u32) -> Shape {
    Shape { record_bytes, batch_bytes, partitions, per_request: 1 }
}

const fn produce(shape: Shape, connections: u32, depth: u32) -> Load {
    Load::Produce { shape, connections, depth }
}

const fn aim(metric: Metric, aim: Aim) -> Target {
    Target { metric, aim, held_back_by: None }
}

/// An aim that is known to be missed, and by what.
const fn missed(metric: Metric, aim: Aim, held_back_by: &'static str) -> Target {
    Target { metric, aim, held_back_by: Some(held_back_by) }
}

/// Resident size of Hence under any load: 64 MiB and the configured cache, which is 64 MiB.
pub const MEMORY_MIB_MAX: f64 = 128.0;
/// What holds that back.
pub const MEMORY_HELD_BACK_BY: &str = "the index of sealed segments is in memory, 20 bytes for each stream and block: most \
    with one small record in each request. What cells of large requests have beyond 128 MiB is not explained yet.";

const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;
/// One record in each batch, however small the batch should be.
const ONE: u32 = 1;
const RECORD: u32 = KIB;
const SMALL: u32 = 100;
/// Requests in flight, as clients have by default.
const FIVE: u32 = 5;

use Aim::{AtMost, RatioAtLeast, RatioAtMost, Shown};
use Base::{HenceOnFastDisk, KafkaDefault, KafkaFlush, Probe};
use Metric::{
    AckP50, BlocksPerS, ClientProcessors, CpuPerGb, CpuPerRecord, EndToEndP50, EndToEndP99, GbPerCpu, MbPerS,
    RecordsPerS, RssIdle, RssLoad, StartMs, StopMs,
};

/// Every cell, in the order of the tables.
pub const CELLS: &[Cell] = &[
    Cell {
        name: "a-16k",
        what: "produce, 16 KiB requests, 1 connection",
        base: KafkaDefault,
        durability: "os",
        load: produce(shape(RECORD, 16 * KIB, 1), 1, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(2.5)), aim(CpuPerGb, RatioAtMost(0.25))],
    },
    Cell {
        name: "a-1m",
        what: "produce, 1 MiB requests, 4 connections",
        base: KafkaDefault,
        durability: "os",
        load: produce(shape(RECORD, MIB, 4), 4, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(1.5)), aim(CpuPerGb, RatioAtMost(0.5))],
    },
    Cell {
        name: "a-one",
        what: "produce, one 100 B record per request, 8 connections, 12 partitions",
        base: KafkaDefault,
        durability: "os",
        load: produce(shape(SMALL, ONE, 12), 8, FIVE),
        targets: &[aim(RecordsPerS, RatioAtLeast(5.0)), aim(CpuPerRecord, Shown)],
    },
    Cell {
        name: "a-java",
        what: "Kafka's ProducerPerformance, 1 KiB records, its defaults",
        base: KafkaDefault,
        durability: "os",
        load: Load::Client { client: Client::Java, record_bytes: RECORD },
        targets: &[
            aim(RecordsPerS, RatioAtLeast(1.3)),
            aim(CpuPerGb, RatioAtMost(1.0 / 3.0)),
            aim(ClientProcessors, Shown),
        ],
    },
    Cell {
        name: "a-librdkafka",
        what: "one librdkafka producer, 1 KiB records, its defaults",
        base: KafkaDefault,
        durability: "os",
        load: Load::Client { client: Client::Librdkafka, record_bytes: RECORD },
        targets: &[
            aim(RecordsPerS, RatioAtLeast(1.3)),
            aim(CpuPerGb, RatioAtMost(0.5)),
            aim(ClientProcessors, Shown),
        ],
    },
    Cell {
        name: "b-one",
        what: "produce, one 100 B record per request, 8 connections, 12 partitions",
        base: KafkaFlush,
        durability: "fsync",
        load: produce(shape(SMALL, ONE, 12), 8, FIVE),
        targets: &[aim(RecordsPerS, RatioAtLeast(10.0)), aim(CpuPerRecord, Shown)],
    },
    Cell {
        name: "b-16k",
        what: "produce, 16 KiB requests, 1 connection, 1 partition",
        base: KafkaFlush,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 1), 1, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(10.0)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "b-16k-64",
        what: "produce, 16 KiB requests, 8 connections, 64 partitions",
        base: KafkaFlush,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 64), 8, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(10.0)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "b-64-in-one",
        what: "produce, 64 partitions × 16 KiB in one request, 1 connection",
        base: KafkaFlush,
        durability: "fsync",
        load: produce(
            Shape { record_bytes: RECORD, batch_bytes: 16 * KIB, partitions: 64, per_request: 64 },
            1,
            FIVE,
        ),
        targets: &[aim(MbPerS, RatioAtLeast(50.0)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "u-16k",
        what: "produce, 16 KiB requests, 1 connection",
        base: KafkaDefault,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 1), 1, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(1.0)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "u-16k-4",
        what: "produce, 16 KiB requests, 4 connections",
        base: KafkaDefault,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 4), 4, FIVE),
        targets: &[
            missed(
                MbPerS,
                RatioAtLeast(2.0),
                "new segments, which are filled with zeros beside the load as long as retention gives no used ones back.",
            ),
            aim(CpuPerGb, Shown),
        ],
    },
    Cell {
        name: "u-1m",
        what: "produce, 1 MiB requests, 1 connection",
        base: KafkaDefault,
        durability: "fsync",
        load: produce(shape(RECORD, MIB, 1), 1, FIVE),
        targets: &[aim(MbPerS, RatioAtLeast(2.0)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "ceiling-64k",
        what: "64 KiB requests, 4 connections × 8 in flight",
        base: Probe,
        durability: "fsync",
        load: produce(shape(RECORD, 64 * KIB, 4), 4, 8),
        targets: &[aim(MbPerS, RatioAtLeast(0.6)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "ceiling-16k",
        what: "16 KiB requests, 8 connections × 8 in flight",
        base: Probe,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 8), 8, 8),
        targets: &[aim(MbPerS, RatioAtLeast(0.6)), aim(CpuPerGb, Shown)],
    },
    Cell {
        name: "ceiling-1k",
        what: "1 KiB requests, 16 connections × 16 in flight",
        base: Probe,
        durability: "fsync",
        load: produce(shape(950, ONE, 16), 16, 16),
        targets: &[aim(RecordsPerS, RatioAtLeast(0.4)), aim(CpuPerRecord, Shown)],
    },
    Cell {
        name: "tail-16k",
        what: "10 readers of the tail, 16 KiB batches",
        base: KafkaDefault,
        durability: "os",
        load: Load::Tail { shape: shape(RECORD, 16 * KIB, 1) },
        targets: &[aim(MbPerS, RatioAtLeast(1.5)), aim(GbPerCpu, RatioAtLeast(2.0))],
    },
    Cell {
        name: "tail-1m",
        what: "10 readers of the tail, 1 MiB batches",
        base: KafkaDefault,
        durability: "os",
        load: Load::Tail { shape: shape(RECORD, MIB, 1) },
        targets: &[aim(MbPerS, RatioAtLeast(1.5)), aim(GbPerCpu, RatioAtLeast(1.3))],
    },
    Cell {
        name: "ack-a",
        what: "one 100 B record at a time",
        base: KafkaDefault,
        durability: "os",
        load: Load::OneAtATime { shape: shape(SMALL, ONE, 1) },
        targets: &[aim(AckP50, RatioAtMost(0.85))],
    },
    Cell {
        name: "ack-b",
        what: "one 100 B record at a time",
        base: KafkaFlush,
        durability: "fsync",
        load: Load::OneAtATime { shape: shape(SMALL, ONE, 1) },
        targets: &[aim(AckP50, RatioAtMost(1.0 / 3.0))],
    },
    Cell {
        name: "e2e-a",
        what: "open loop, 16 KiB requests at half of Kafka's maximum",
        base: KafkaDefault,
        durability: "os",
        load: Load::OpenLoop { shape: shape(RECORD, 16 * KIB, 1) },
        targets: &[aim(EndToEndP50, RatioAtMost(0.5)), aim(EndToEndP99, RatioAtMost(0.5))],
    },
    Cell {
        name: "e2e-b",
        what: "open loop, 16 KiB requests at half of Kafka's maximum",
        base: KafkaFlush,
        durability: "fsync",
        load: Load::OpenLoop { shape: shape(RECORD, 16 * KIB, 1) },
        targets: &[aim(EndToEndP50, RatioAtMost(0.5)), aim(EndToEndP99, RatioAtMost(1.0 / 3.0))],
    },
    Cell {
        name: "e2e-10k-a",
        what: "one librdkafka producer, linger 0, 10,000 records of 100 B a second, to a librdkafka consumer",
        base: KafkaDefault,
        durability: "os",
        load: Load::Paced { record_bytes: SMALL, rate: 10_000 },
        targets: &[aim(EndToEndP50, Shown), aim(EndToEndP99, AtMost(5_000.0))],
    },
    Cell {
        name: "e2e-10k-b",
        what: "one librdkafka producer, linger 0, 10,000 records of 100 B a second, to a librdkafka consumer",
        base: KafkaFlush,
        durability: "fsync",
        load: Load::Paced { record_bytes: SMALL, rate: 10_000 },
        targets: &[aim(EndToEndP50, Shown), aim(EndToEndP99, AtMost(5_000.0))],
    },
    Cell {
        name: "slow-disk",
        what: "16 KiB requests, 64 connections × 5 in flight",
        base: HenceOnFastDisk,
        durability: "fsync",
        load: produce(shape(RECORD, 16 * KIB, 64), 64, FIVE),
        targets: &[
            missed(
                MbPerS,
                RatioAtLeast(0.7),
                "few requests in flight: 5 MiB of them, in 350 blocks a second that take 3 ms more each, allow 0.66 at \
                 most ([ADR 8](docs/adr/0008-two-blocks-on-their-way-while-writes-are-slow.md)); what is lacking to \
                 that is time on the two processors, which the generator shares.",
            ),
            aim(BlocksPerS, AtMost(350.0)),
        ],
    },
    Cell {
        name: "start",
        what: "an empty directory; load of 16 KiB requests, 1 connection",
        base: KafkaDefault,
        durability: "fsync",
        load: Load::Start,
        targets: &[
            aim(StartMs, AtMost(100.0)),
            aim(StartMs, RatioAtMost(0.05)),
            aim(RssIdle, AtMost(40.0)),
            aim(RssLoad, AtMost(MEMORY_MIB_MAX)),
            aim(StopMs, AtMost(1_000.0)),
        ],
    },
];
