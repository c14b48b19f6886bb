//! The hosted core: one mutex around one machine, entered by whoever has a command (flat combining), and what follows a
//! turn: its commit is submitted, its replies are parked until the position that they made or saw is durable.
//!
//! Always: a command that was queued is run by whoever holds the core or by who queued it; no lock is held across an await,
//! and under the core's lock only the intake's and the journal's are taken; nothing is answered before its position is
//! durable. This is the synchronous half of the broker: no runtime is needed, so a simulator can drive it. Never here:
//! tasks, sockets.

mod asked;
mod drive;
mod gather;
mod parked;
mod slot;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use hence_base::{Position, Timestamp};
use hence_core::{Catalog, Command, Core, Request, RequestId, Turn};
use hence_journal::{DirtyRows, Failure, Journal, Observer, RowSource, Touched};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::error::Unavailable;
use crate::limits;
use crate::metrics::Durability;
use crate::options::Flush;
use crate::watch::Watches;
use asked::Asked;
pub use gather::Gather;
use parked::{Batch, Parked};
pub use slot::Pending;
use slot::Slot;

/// The core over its journal.
pub struct Host {
    intake: Mutex<Vec<(Option<Arc<Slot>>, Command)>>,
    queued: AtomicUsize,
    running: Mutex<Running>,
    parked: Mutex<Parked>,
    published: RwLock<(Position, Arc<Catalog>)>,
    /// Why no command is taken any more; set once.
    stopped: OnceLock<Unavailable>,
    next_timer_ms: AtomicI64,
    journal: Arc<dyn Journal>,
    flush: Flush,
    /// The connection that last had something flushed.
    last_gathered: AtomicUsize,
    pub(crate) watches: Arc<Watches>,
    clock: Clock,
    counts: Durability,
    pub(crate) bells: Bells,
}

/// What tasks wait for; rung without a runtime too.
#[derive(Debug, Default)]
pub struct Bells {
    /// Something was submitted and is to be flushed.
    pub flush: Notify,
    /// The next timer is due earlier than was known.
    pub timer: Notify,
    /// Commands or unfinished work wait for the core.
    pub drive: Notify,
}

/// What is behind the core's lock.
struct Running {
    core: Core,
    turn: Turn,
    work: VecDeque<(RequestId, Command)>,
    asked: Asked,
    /// Newest submitted position; beyond all when the core went ahead of the journal, so that no checkpoint keeps that.
    newest: Position,
    /// The core has work that needs no command.
    more: bool,
}

/// The id of commands that are not answered.
const NOBODY: RequestId = RequestId(u64::MAX);
const NO_TIMER: i64 = i64::MAX;

impl Host {
    /// Hosts a recovered `core` over `journal`, of which everything is durable.
    pub fn new(
        core: Core,
        journal: Arc<dyn Journal>,
        flush: Flush,
        clock: Clock,
        counts: Durability,
    ) -> Arc<Self> {
        let durable = journal.state().durable;
        let host = Arc::new(Self {
            intake: Mutex::default(),
            queued: AtomicUsize::new(0),
            parked: Mutex::new(Parked::new(durable)),
            published: RwLock::new((durable, core.catalog())),
            running: Mutex::new(Running {
                core,
                turn: Turn::default(),
                work: VecDeque::new(),
                asked: Asked::default(),
                newest: durable,
                more: false,
            }),
            stopped: OnceLock::new(),
            next_timer_ms: AtomicI64::new(NO_TIMER),
            journal,
            flush,
            last_gathered: AtomicUsize::new(0),
            watches: Arc::default(),
            clock,
            counts,
            bells: Bells::default(),
        });
        let seen = Arc::new(SeenByJournal(Arc::downgrade(&host)));
        host.journal.observe(Arc::clone(&seen) as Arc<dyn Observer>);
        host.journal.derive_rows_from(seen);
        host
    }

    /// Asks the core. The reply comes when what it made or saw is durable.
    pub fn call<R: Request>(&self, request: R) -> Pending<R::Reply> {
        let slot = Slot::new();
        if self.queued.load(Ordering::Relaxed) >= limits::QUEUED_COMMANDS_MAX {
            slot.answer(Err(Unavailable::Overloaded));
        } else {
            self.enqueue(Some(Arc::clone(&slot)), request.into());
            if !Self::is_asked_later() {
                self.drive();
            }
        }
        Pending::new::<R>(slot)
    }

    /// Lets due timers act.
    pub fn tick(&self) {
        self.enqueue(None, Command::Tick);
        self.drive();
    }

    fn enqueue(&self, slot: Option<Arc<Slot>>, command: Command) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.intake.lock().push((slot, command));
    }

    /// The newest durable catalog.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.published.read().1)
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        Some(self.next_timer_ms.load(Ordering::SeqCst)).filter(|&ms| ms != NO_TIMER).map(Timestamp)
    }

    /// Everything up to here is durable.
    pub fn durable(&self) -> Position {
        self.parked.lock().durable()
    }

    /// Commands that wait for the core.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Why no command is taken any more.
    pub fn stopped(&self) -> Option<Unavailable> {
        self.stopped.get().copied()
    }

    /// The journal.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Takes no further command: those that wait for the core, or for others in it, are answered with `why`.
    pub fn stop(&self, why: Unavailable) {
        let _ = self.stopped.set(why);
        let refused = self.refuse(self.running.lock(), why);
        self.settle(refused);
        self.drive();
    }

    fn advanced(&self, durable: Position, touched: &[Touched]) {
        let mut released = Vec::new();
        let parked = {
            let mut parked = self.parked.lock();
            parked.advance(durable, &mut released);
            parked.len()
        };
        self.counts.parked_turns.set(i64::try_from(parked).unwrap_or(i64::MAX));
        self.counts.durable_position.set(i64::try_from(durable.0).unwrap_or(i64::MAX));
        if !released.is_empty() {
            self.release(released);
        }
        self.watches.touched(touched);
    }

    /// What waited is durable: the catalog first, so that who is answered sees it; then the replies.
    fn release(&self, batches: impl IntoIterator<Item = Batch>) {
        let now = self.clock.elapsed();
        for batch in batches {
            if batch.committed {
                self.counts.durable_seconds.observe(now.saturating_sub(batch.submitted_at));
            }
            if let Some(catalog) = batch.catalog {
                self.publish(batch.position, catalog);
            }
            for (slot, reply) in batch.replies {
                slot.answer(Ok(reply));
            }
            self.watches.ended(&batch.ended);
        }
    }

    fn publish(&self, position: Position, catalog: Arc<Catalog>) {
        let mut published = self.published.write();
        // Two batches may be released by two tasks; the newer catalog stays.
        if position >= published.0 {
            *published = (position, catalog);
        }
    }

    fn failed(&self, failure: Failure) {
        let why = Unavailable::from(failure);
        let _ = self.stopped.set(why);
        let failed = self.parked.lock().fail(why);
        if failure != Failure::Closed {
            tracing::error!(%failure, unanswered_turns = failed.len(), "journal failed");
        }
        failed.into_iter().for_each(|batch| fail(batch, why));
        // Commands that wait in the core's queue are answered by the driver: this may be the journal's own thread.
        self.bells.drive.notify_one();
    }
}

fn fail(batch: Batch, why: Unavailable) {
    for (slot, _) in batch.replies {
        slot.answer(Err(why));
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("journal", &self.journal)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

/// The host as its journal sees it: weak, because the host owns the journal.
struct SeenByJournal(Weak<Host>);

impl Observer for SeenByJournal {
    fn advanced(&self, durable: Position, touched: &[Touched]) {
        if let Some(host) = self.0.upgrade() {
            host.advanced(durable, touched);
        }
    }

    fn failed(&self, failure: Failure) {
        if let Some(host) = self.0.upgrade() {
            host.failed(failure);
        }
    }
}

impl RowSource for SeenByJournal {
    fn dirty_rows(&self, rows_max: usize) -> DirtyRows {
        let Some(host) = self.0.upgrade() else { return DirtyRows::default() };
        let (slice, made) = {
            let mut running = host.running.lock();
            (running.core.dirty_rows(rows_max), running.newest)
        };
        // Whoever came meanwhile found the core taken and relies on its holder.
        host.bells.drive.notify_one();
        DirtyRows { rows: slice.rows, made, more: slice.more }
    }
}

#[cfg(test)]
pub(crate) mod tests;
