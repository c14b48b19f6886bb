//! Batches per partition, several under way, acknowledged in order: an idempotent producer without retries.
//!
//! Always: at most five batches of a partition are unacknowledged, which is what a broker remembers of a producer.

use std::collections::{BTreeMap, VecDeque};

use anyhow::ensure;
use hence_base::Timestamp;
use hence_broker::Clock;
use hence_kafka_client::{Acks, Client, PartitionWriter, PendingWrite, Topic};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord, Producer};

use super::input::Outgoing;
use super::partitioner::partition_of;

const IN_FLIGHT_MAX: usize = 5;

/// Writes records to the partitions of one topic.
#[derive(Debug)]
pub struct Writer {
    client: Client,
    topic: Topic,
    producer: Producer,
    codec: Codec,
    batch_bytes: usize,
    clock: Clock,
    partitions: BTreeMap<u32, Open>,
    /// Where records without a key go until the next batch is sent.
    turn: u32,
    acknowledged: u64,
}

/// A partition that was written to.
#[derive(Debug)]
struct Open {
    writer: PartitionWriter,
    producer: Producer,
    batch: BatchBuilder,
    under_way: VecDeque<(PendingWrite, u32)>,
}

impl Writer {
    /// Looks the topic up and asks for a producer id.
    pub async fn open(
        client: &Client,
        topic: &str,
        codec: Codec,
        batch_bytes: usize,
    ) -> anyhow::Result<Self> {
        let topic = super::super::existing_topic(client, topic).await?;
        let producer = client.producer().await?;
        Ok(Self {
            client: client.clone(),
            topic,
            producer,
            codec,
            batch_bytes,
            clock: Clock::system(),
            partitions: BTreeMap::new(),
            turn: 0,
            acknowledged: 0,
        })
    }

    /// Records that the broker has acknowledged.
    pub const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Adds a record to its partition's batch, which is sent before that if the record does not fit, and after it if it
    /// is full. So only a record that is too large by itself makes a batch too large.
    pub async fn push(&mut self, record: Outgoing) -> anyhow::Result<()> {
        let mut partition = self.partition_of(&record)?;
        while self.has_no_room(partition, &record) {
            self.send_one(partition).await?;
            // Where the next record without a key goes has changed by that.
            partition = self.partition_of(&record)?;
        }
        let now = self.clock.now();
        let batch_bytes = self.batch_bytes;
        let open = self.partition(partition).await?;
        let headers: Vec<_> =
            record.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_deref())).collect();
        open.batch.push(&NewRecord {
            timestamp: record.timestamp_ms.map_or(now, Timestamp),
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        });
        if open.batch.bytes() >= batch_bytes {
            self.send_one(partition).await?;
        }
        Ok(())
    }

    /// Sends every batch that has records.
    pub async fn send(&mut self) -> anyhow::Result<()> {
        let filled = |(partition, open): (&u32, &Open)| (open.batch.records() > 0).then_some(*partition);
        let partitions: Vec<u32> = self.partitions.iter().filter_map(filled).collect();
        for partition in partitions {
            self.send_one(partition).await?;
        }
        Ok(())
    }

    /// Sends what is left and waits for every acknowledgement.
    pub async fn finish(&mut self) -> anyhow::Result<()> {
        self.send().await?;
        for open in self.partitions.values_mut() {
            while let Some((pending, records)) = open.under_way.pop_front() {
                pending.wait().await?;
                self.acknowledged += u64::from(records);
            }
        }
        Ok(())
    }

    /// Whether the partition has a batch that this record would make larger than wanted.
    fn has_no_room(&self, partition: u32, record: &Outgoing) -> bool {
        self.partitions.get(&partition).is_some_and(|open| {
            open.batch.records() > 0 && open.batch.bytes() + record.bytes_max() > self.batch_bytes
        })
    }

    async fn send_one(&mut self, partition: u32) -> anyhow::Result<()> {
        let codec = self.codec;
        let Some(open) = self.partitions.get_mut(&partition) else { return Ok(()) };
        if open.under_way.len() >= IN_FLIGHT_MAX
            && let Some((pending, records)) = open.under_way.pop_front()
        {
            pending.wait().await?;
            self.acknowledged += u64::from(records);
        }
        let batch = std::mem::replace(&mut open.batch, BatchBuilder::new(codec));
        let records = batch.records();
        let bytes = batch.producer(open.producer).build()?;
        open.producer.base_sequence = open.producer.base_sequence.plus(records);
        open.under_way.push_back((open.writer.send(Acks::All, &bytes).await?, records));
        self.turn = (self.turn + 1) % self.partition_count();
        Ok(())
    }

    fn partition_count(&self) -> u32 {
        u32::try_from(self.topic.partitions.len()).unwrap_or(u32::MAX).max(1)
    }

    fn partition_of(&self, record: &Outgoing) -> anyhow::Result<u32> {
        let count = self.partition_count();
        let partition = match (record.partition, &record.key) {
            (Some(partition), _) => partition,
            (None, Some(key)) => partition_of(key, count),
            (None, None) => self.turn,
        };
        ensure!(
            partition < count,
            "topic {:?} has {count} partitions, 0 to {}; there is no partition {partition}",
            self.topic.name,
            count - 1
        );
        Ok(partition)
    }

    async fn partition(&mut self, partition: u32) -> anyhow::Result<&mut Open> {
        if !self.partitions.contains_key(&partition) {
            let index = i32::try_from(partition)?;
            let open = Open {
                writer: self.client.writer(&self.topic, index).await?,
                producer: self.producer,
                batch: BatchBuilder::new(self.codec),
                under_way: VecDeque::new(),
            };
            self.partitions.insert(partition, open);
        }
        Ok(self.partitions.get_mut(&partition).expect("it was there or has just been put there"))
    }
}

#[cfg(test)]
mod tests;
