//! The requests of a run, encoded before it: batches of random bytes, as large as asked for and no larger.
//!
//! A batch is sent again and again; brokers take each as new, since it has no producer id.

use std::sync::Arc;

use hence_base::Timestamp;
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};

use crate::{clock, wire};

/// The shape of what is produced.
#[derive(clap::Args, Clone, Debug)]
pub struct Shape {
    /// Bytes of a record's value
    #[arg(long, default_value_t = 1024)]
    pub record_bytes: usize,
    /// Largest batch; it holds as many records as fit, at least one
    #[arg(long, default_value_t = 16384)]
    pub batch_bytes: usize,
    /// Partitions of the topic
    #[arg(long, default_value_t = 1)]
    pub partitions: i32,
    /// Partitions in one request, a batch for each
    #[arg(long, default_value_t = 1)]
    pub partitions_per_request: i32,
}

/// One batch and what it holds.
pub struct Made {
    /// The batch.
    pub bytes: Vec<u8>,
    /// Its records.
    pub records: u32,
}

impl Shape {
    /// The batch that every request carries.
    pub fn batch(&self) -> anyhow::Result<Made> {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut value = vec![0; self.record_bytes];
        let timestamp = Timestamp(clock::since_epoch().as_millis() as i64);
        let mut builder = BatchBuilder::new(Codec::None);
        loop {
            random.fill(&mut value);
            let before = builder.clone();
            builder.push(&NewRecord { timestamp, value: Some(&value), ..NewRecord::default() });
            if builder.bytes() > self.batch_bytes && before.records() > 0 {
                return Ok(Made { bytes: before.build()?, records: before.records() });
            }
        }
    }

    /// The requests that each connection sends in turn: partitions are dealt out over the connections.
    pub fn requests(&self, topic: &str, batch: &[u8], connections: usize) -> Vec<Vec<Arc<[u8]>>> {
        let groups = self.partitions / self.partitions_per_request.clamp(1, self.partitions);
        let requests: Vec<Arc<[u8]>> = (0..groups)
            .map(|group| {
                let first = group * self.partitions_per_request;
                let partitions: Vec<i32> = (first..first + self.partitions_per_request).collect();
                wire::produce(group, topic, &partitions, batch).into()
            })
            .collect();
        let of = |connection: usize| {
            let own = requests.iter().enumerate().filter(|(n, _)| n % connections == connection);
            let own: Vec<_> = own.map(|(_, request)| Arc::clone(request)).collect();
            if own.is_empty() { vec![Arc::clone(&requests[connection % requests.len()])] } else { own }
        };
        (0..connections).map(of).collect()
    }
}

/// What the ceiling probe is sent: a length and as many bytes.
pub fn probe(batch: &[u8], connections: usize) -> Vec<Vec<Arc<[u8]>>> {
    let mut request = (batch.len() as u32).to_be_bytes().to_vec();
    request.extend_from_slice(batch);
    let request: Arc<[u8]> = request.into();
    vec![vec![request]; connections]
}

/// xorshift64*: bytes that do not compress, the same in every run.
struct Random(u64);

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let next = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}
