//! Retention: looks at every partition from time to time and trims what its topic's settings no longer keep.
//!
//! Always: only the core trims; this asks the journal where, and sends a command. By entry, not by segment: what is older
//! or beyond the size goes, an entry is never cut. Entries without a timestamp are not removed by age.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hence_base::{Offset, StreamId, Timestamp};
use hence_core::{Catalog, TopicSettings, Trim, TrimTo};
use hence_journal::{Bounds, Find, Journal};
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
            let kept_from = kept_from(host.journal().as_ref(), stream, retention, now).await;
            streams.extend(kept_from.map(|to| (stream, TrimTo::Offset(to))));
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

/// The first offset that is to stay, when that is beyond the start. A stream that cannot be read keeps what it has.
async fn kept_from(
    journal: &dyn Journal,
    stream: StreamId,
    retention: Retention,
    now: Timestamp,
) -> Option<Offset> {
    let bounds = journal.bounds(stream).filter(|bounds| bounds.end > bounds.start)?;
    let mut kept_from = bounds.start;
    if let Some(age_ms) = retention.age_ms {
        kept_from = kept_from.max(kept_by_age(journal, stream, bounds, now.plus_ms(-age_ms)).await?);
    }
    if let Some(bytes) = retention.bytes.filter(|&bytes| bounds.bytes > bytes) {
        let found = settled(journal.find(stream, Find::LastBytes(bytes))).await.ok()?;
        kept_from = kept_from.max(found.map_or(bounds.end, |found| found.entry.base));
    }
    Some(kept_from).filter(|&offset| offset > bounds.start)
}

async fn kept_by_age(
    journal: &dyn Journal,
    stream: StreamId,
    bounds: Bounds,
    oldest: Timestamp,
) -> Option<Offset> {
    if let Some(found) = settled(journal.find(stream, Find::AtOrAfter(oldest))).await.ok()? {
        return Some(found.entry.base);
    }
    let newest = settled(journal.find(stream, Find::Newest)).await.ok()??;
    let has_times = newest.entry.max_timestamp > Timestamp::NONE;
    Some(if has_times { bounds.end } else { bounds.start })
}
