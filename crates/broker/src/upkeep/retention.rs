//! Retention: looks at every partition from time to time and trims what its topic's settings no longer keep.
//!
//! Always: only the core trims; this asks the journal where, and sends a command. By entry, not by segment: what is older
//! or beyond the size goes, an entry is never cut. Entries without a timestamp are not removed by age, nor is what follows
//! them: the core knows of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hence_base::{StreamId, Timestamp};
use hence_core::{Catalog, TopicSettings, Trim, TrimTo};
use hence_journal::{Find, Journal};
use smallvec::SmallVec;

use crate::broker::settled;
use crate::clock::Clock;
use crate::host::Host;
use crate::limits;

/// Runs for as long as the broker does.
pub async fn run(host: Arc<Host>, clock: Clock, interval_ms: u64) {
    let mut interval = tokio::time::interval(Duration::from_millis(interval_ms.max(1)));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        pass(&host, clock.now()).await;
    }
}

/// Looks at every partition once.
pub async fn pass(host: &Host, now: Timestamp) {
    let mut partitions = partitions(&host.catalog());
    while !partitions.is_empty() && host.stopped().is_none() {
        let step = partitions.len().min(limits::RETENTION_PARTITIONS_PER_STEP);
        let mut streams: SmallVec<[(StreamId, TrimTo); 1]> = SmallVec::new();
        for Partition { stream, retention } in partitions.drain(..step) {
            let trims = trims(host.journal().as_ref(), stream, retention, now).await;
            streams.extend(trims.into_iter().map(|to| (stream, to)));
        }
        if !streams.is_empty() {
            tracing::debug!(partitions = streams.len(), "retention trims");
            // A stream that went meanwhile is nobody's loss, and an unavailable broker has said so already.
            let _ = host.call(Trim { streams }).await;
        }
        tokio::task::yield_now().await;
    }
}

#[derive(Clone, Copy)]
struct Partition {
    stream: StreamId,
    retention: Retention,
}

/// What a topic keeps; `None` is everything.
#[derive(Clone, Copy)]
struct Retention {
    age_ms: Option<i64>,
    bytes: Option<u64>,
}

impl Retention {
    fn of(settings: &TopicSettings) -> Self {
        Self {
            age_ms: Some(settings.retention_ms).filter(|&ms| ms >= 0),
            bytes: u64::try_from(settings.retention_bytes).ok(),
        }
    }

    const fn keeps_all(self) -> bool {
        self.age_ms.is_none() && self.bytes.is_none()
    }
}

fn partitions(catalog: &Catalog) -> VecDeque<Partition> {
    let mut all = VecDeque::new();
    for topic in catalog.topics() {
        let retention = Retention::of(&topic.settings);
        if !retention.keeps_all() {
            all.extend(topic.partitions.iter().map(|&stream| Partition { stream, retention }));
        }
    }
    all
}

/// What is to go, if anything is. A stream that cannot be read keeps what it has.
async fn trims(
    journal: &dyn Journal,
    stream: StreamId,
    retention: Retention,
    now: Timestamp,
) -> SmallVec<[TrimTo; 2]> {
    let mut trims = SmallVec::new();
    let Some(bounds) = journal.bounds(stream).filter(|bounds| bounds.end > bounds.start) else {
        return trims;
    };
    let kept_from = async |what| {
        let found = settled(journal.find(stream, what)).await.ok()?;
        Some(found.map_or(bounds.end, |found| found.entry.base)).filter(|&offset| offset > bounds.start)
    };
    if let Some(age_ms) = retention.age_ms {
        trims.extend(kept_from(Find::AtOrAfter(now.plus_ms(-age_ms))).await.map(TrimTo::Aged));
    }
    if let Some(bytes) = retention.bytes.filter(|&bytes| bounds.bytes > bytes) {
        trims.extend(kept_from(Find::LastBytes(bytes)).await.map(TrimTo::Offset));
    }
    trims
}
