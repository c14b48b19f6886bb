//! Gathering: what a connection submits in one poll is flushed once, when it has nothing more to submit.
//!
//! Always: who gathers has it flushed at the latest when it ends, whatever way it ends. It never
//! crosses an await, so it stays on its thread. Never here: what is submitted.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::Host;

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Outside) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody gathers: who submits has it flushed.
    Outside,
    /// Nothing was submitted since the last flush.
    Clean,
    /// Something was.
    Owes,
}

/// Gathers on this thread; see [`Host::gather`].
#[derive(Debug)]
pub struct Gather<'h> {
    host: &'h Host,
    connection: usize,
    /// It ends on the thread that it began on.
    here: PhantomData<*const ()>,
}

impl Host {
    /// Until the result is dropped, whoever submits on this thread leaves the flush to it. Does not nest. `connection`
    /// is a number that no other connection has.
    pub fn gather(&self, connection: usize) -> Gather<'_> {
        let before = STATE.replace(State::Clean);
        debug_assert!(before == State::Outside, "one connection is polled at a time");
        Gather { host: self, connection, here: PhantomData }
    }

    /// Whether this thread gathers; then it owes a flush from now on.
    pub(super) fn is_gathered() -> bool {
        let inside = STATE.get() != State::Outside;
        if inside {
            STATE.set(State::Owes);
        }
        inside
    }
}

impl Gather<'_> {
    /// Has what was submitted since the last time flushed. A connection that submits alone flushes by itself, which
    /// wakes nobody; where several do, they share a flush at the end of the event loop's turn. `false`: nothing was
    /// flushed here.
    pub fn flush(&self) -> bool {
        if STATE.replace(State::Clean) != State::Owes {
            return false;
        }
        let last = self.host.last_gathered.swap(self.connection, Ordering::Relaxed);
        let alone = last == self.connection;
        if alone {
            self.host.journal.flush_here();
        } else {
            self.host.have_flushed();
        }
        alone
    }
}

impl Drop for Gather<'_> {
    fn drop(&mut self) {
        if STATE.replace(State::Outside) == State::Owes {
            self.host.have_flushed();
        }
    }
}
