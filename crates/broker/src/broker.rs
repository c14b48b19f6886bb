//! The broker as doors hold it: asks the core, reads the journal, watches streams, shows the catalog.
//!
//! Always: a handle is cheap to clone; what it answers is durable. Never here: a protocol's words.

use std::sync::Arc;

use hence_base::{Offset, Position, StreamId};
use hence_core::{Catalog, Core, DiskFull, Request, RowError, Start};
use hence_journal::{Bounds, Entry, Failure, Find, Found, Journal, Opening, Outcome, ReadError, ReadLimits};
use tokio::task::JoinSet;

use crate::error::Unavailable;
use crate::host::{Gather, Host, Pending};
use crate::ids::cluster_id;
use crate::metrics::{Durability, Registry};
use crate::options::Options;
use crate::plumbing::Plumbing;
use crate::recovery::Recovery;
use crate::upkeep;
use crate::watch::Watch;

/// A handle on the broker; clones share it.
#[derive(Clone, Debug)]
pub struct Broker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    host: Arc<Host>,
    plumbing: Plumbing,
    opening: Opening,
    /// Dropped, and with it aborted, when the last handle goes or the broker is closed.
    tasks: parking_lot::Mutex<JoinSet<()>>,
}

/// Why the broker could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal holds a row that this version cannot read.
    #[error("the journal cannot be replayed: {0}")]
    Replay(#[from] RowError),
    /// The journal's streams are not what its state says of them.
    #[error(transparent)]
    BoundsDiffer(#[from] BoundsDiffer),
    /// Leader epochs have to rise and there is no room to write that down.
    #[error(
        "{0}, and the start has something to write\n  → free some space on the disk of the data directory"
    )]
    DiskFull(#[from] DiskFull),
    /// The first commit failed.
    #[error("the first commit failed: {0}")]
    Unavailable(#[from] Unavailable),
}

/// A partition whose entries are not the ones that the recovered state knows: appending to it would harm it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "partition {partition} of topic `{topic}` has the offsets {} to {} by its state and {} to {} by the journal\n  \
     → keep a copy of the data directory and look at it with `hence doctor`; nothing was written",
    state.0, state.1, journal.0, journal.1
)]
pub struct BoundsDiffer {
    /// The topic.
    pub topic: String,
    /// The partition's index.
    pub partition: usize,
    /// Start and end as the core knows them.
    pub state: (Offset, Offset),
    /// Start and end as the journal has them.
    pub journal: (Offset, Offset),
}

/// Compares the range of every partition: both follow from the same commits.
fn compare(core: &Core, journal: &dyn Journal) -> Result<(), BoundsDiffer> {
    let catalog = core.catalog();
    for topic in catalog.topics() {
        for (partition, &stream) in topic.partitions.iter().enumerate() {
            let Some(state) = core.bounds(stream) else { continue };
            let journal = match journal.bounds(stream) {
                Some(bounds) => (bounds.start, bounds.end),
                // Nothing is stored of it: nothing may be readable.
                None => (state.1, state.1),
            };
            if state != journal {
                return Err(BoundsDiffer { topic: topic.name.to_string(), partition, state, journal });
            }
        }
    }
    Ok(())
}

/// Whether the broker can do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Why no command is taken any more.
    pub stopped: Option<Unavailable>,
    /// Why the journal takes no commit any more.
    pub failure: Option<Failure>,
    /// Newest durable position.
    pub durable: Position,
    /// Whether new records are refused because the disk is full.
    pub full: bool,
}

impl Health {
    /// Whether commands are taken.
    pub const fn is_ready(&self) -> bool {
        self.stopped.is_none() && self.failure.is_none()
    }
}

impl Broker {
    /// Starts over an opened journal: hosts the recovered core, starts the tasks, makes the first commit durable.
    /// Needs a runtime with time.
    pub async fn start(
        recovery: Recovery,
        journal: Arc<dyn Journal>,
        opening: Opening,
        options: &Options,
    ) -> Result<Self, StartError> {
        let plumbing = Plumbing::new(options.budget_bytes, options.budget_share_bytes);
        Self::start_with(recovery, journal, opening, options, plumbing).await
    }

    /// As [`Broker::start`], with a clock, a budget and metrics of the caller's.
    pub async fn start_with(
        recovery: Recovery,
        journal: Arc<dyn Journal>,
        opening: Opening,
        options: &Options,
        plumbing: Plumbing,
    ) -> Result<Self, StartError> {
        let counts = Durability::registered(&plumbing.metrics);
        let budget = plumbing.budget.clone();
        plumbing.metrics.register_scraped(
            "budget_used_bytes",
            "Bytes of requests and responses in memory",
            move || i64::try_from(budget.used_bytes()).unwrap_or(i64::MAX),
        );
        let core = recovery.into_core()?;
        compare(&core, &*journal)?;
        let host = Host::new(core, journal, options.flush, plumbing.clock.clone(), counts);
        count_host(&host, &plumbing.metrics);
        let tasks = upkeep::spawn(&host, &plumbing.clock, options);
        host.call(Start { epoch: opening.epoch, complete: opening.complete }).await??;
        Ok(Self(Arc::new(Inner { host, plumbing, opening, tasks: parking_lot::Mutex::new(tasks) })))
    }

    /// Asks the core; the reply comes when what it made or saw is durable. The command is queued, in order, before this
    /// returns: dropping the answer does not take it back.
    pub fn call<R: Request>(&self, request: R) -> Pending<R::Reply> {
        self.0.host.call(request)
    }

    /// The newest durable catalog: whatever a reply that was received has created is in it.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.0.host.catalog()
    }

    /// Readable range of a stream; `None` when nothing was ever appended to it or it is gone.
    pub fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.0.host.journal().bounds(stream)
    }

    /// Whole entries from the one that contains `from`; at once when they are in memory.
    pub fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>> {
        self.0.host.journal().read(stream, from, limits)
    }

    /// The first entry that answers `what`.
    pub fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>> {
        self.0.host.journal().find(stream, what)
    }

    /// Waits until `bytes_min` more bytes (at least one) are readable beyond the given offsets, over all `streams`
    /// together, or until one of them got another start or ended. Put a deadline around it.
    pub fn watch(&self, streams: &[(StreamId, Offset)], bytes_min: u64) -> Watch {
        let host = &self.0.host;
        host.watches.watch(streams, bytes_min, |stream| host.journal().bounds(stream))
    }

    /// Whether the broker can do its work.
    pub fn health(&self) -> Health {
        let host = &self.0.host;
        let state = host.journal().state();
        Health {
            stopped: host.stopped(),
            failure: state.failure,
            durable: state.durable,
            full: host.journal().room_now().normal_bytes == 0,
        }
    }

    /// Largest single commit, in bytes: what a request wants stored together cannot be more.
    pub fn commit_bytes_max(&self) -> usize {
        self.0.host.journal().room_now().commit_bytes_max
    }

    /// Names the journal for as long as it lives, to clients.
    pub fn cluster_id(&self) -> String {
        cluster_id(self.0.opening.identity)
    }

    /// What the opening found.
    pub fn opening(&self) -> Opening {
        self.0.opening
    }

    /// What this thread submits until the result is dropped is flushed together; see [`Host::gather`].
    pub fn gather(&self, connection: usize) -> Gather<'_> {
        self.0.host.gather(connection)
    }

    /// The clock, the budget and the metrics.
    pub fn plumbing(&self) -> &Plumbing {
        &self.0.plumbing
    }

    /// Stops: takes no further command, makes everything submitted durable, writes a checkpoint. Drain the doors first.
    pub async fn close(&self) -> Result<(), Failure> {
        let host = Arc::clone(&self.0.host);
        host.stop(Unavailable::Stopping);
        let mut tasks = std::mem::take(&mut *self.0.tasks.lock());
        tasks.shutdown().await;
        let journal = Arc::clone(host.journal());
        let closed = tokio::task::spawn_blocking(move || journal.close()).await;
        host.drive();
        closed.unwrap_or(Err(Failure::Unknown))
    }
}

/// What is known of the host when metrics are read; weak, because who holds metrics may outlive the broker.
fn count_host(host: &Arc<Host>, metrics: &Registry) {
    let register = |name, help, value: fn(&Host) -> u64| {
        let host = Arc::downgrade(host);
        metrics.register_scraped(name, help, move || {
            host.upgrade().map_or(0, |host| i64::try_from(value(&host)).unwrap_or(i64::MAX))
        });
    };
    register("topics", "Topics", |host| host.catalog().len() as u64);
    register("partitions", "Partitions of all topics", |host| host.catalog().partitions() as u64);
    register("journal_room_bytes", "Bytes that new records may still take", |host| {
        host.journal().room_now().normal_bytes
    });
    register("journal_failed", "Whether the journal takes no commits any more", |host| {
        u64::from(host.journal().state().failure.is_some())
    });
    register("watches", "Readers that wait for more", |host| host.watches.registered() as u64);
    register("queued_commands", "Commands that wait for the core", |host| host.queued() as u64);
}

/// What a store fetches or has: awaits it.
pub async fn settled<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Now(value) => value,
        Outcome::Later(future) => future.await,
    }
}
