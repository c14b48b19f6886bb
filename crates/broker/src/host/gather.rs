//! Gathering: what a connection asks for in one poll enters the core once and is flushed once, when nothing more comes.
//!
//! Always: who gathers enters the core and has it flushed at the latest when it ends, whatever way it ends. It never
//! crosses an await, so it stays on its thread. Never here: what is asked.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::Host;

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State { gathers: false, asks: false, owes: false }) };
}

/// What this thread gathers.
#[derive(Clone, Copy, Default)]
struct State {
    /// Else who asks enters the core, and who submits has it flushed.
    gathers: bool,
    /// Something was asked and is queued.
    asks: bool,
    /// Something was submitted and is not flushed.
    owes: bool,
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
    /// Until the result is dropped, whoever asks on this thread leaves the core and the flush to it. Does not nest.
    /// `connection` is a number that no other connection has.
    pub fn gather(&self, connection: usize) -> Gather<'_> {
        let before = STATE.replace(State { gathers: true, ..State::default() });
        debug_assert!(!before.gathers, "one connection is polled at a time");
        Gather { host: self, connection, here: PhantomData }
    }

    /// Whether this thread gathers: then the core is entered later.
    pub(super) fn is_asked_later() -> bool {
        let state = STATE.get();
        STATE.set(State { asks: state.gathers, ..state });
        state.gathers
    }

    /// Whether this thread gathers: then what was submitted is flushed later.
    pub(super) fn is_flushed_later() -> bool {
        let state = STATE.get();
        STATE.set(State { owes: state.gathers, ..state });
        state.gathers
    }
}

impl Gather<'_> {
    /// Enters the core with what was asked, and has what that submitted flushed. A connection that submits alone flushes
    /// by itself, which wakes nobody; where several do, they share a flush at the end of the event loop's turn. `false`:
    /// nothing was asked.
    pub fn flush(&self) -> bool {
        let state = STATE.get();
        if state.asks {
            STATE.set(State { asks: false, ..state });
            self.host.drive();
        }
        let owes = STATE.get().owes;
        if owes {
            STATE.set(State { owes: false, ..STATE.get() });
            let last = self.host.last_gathered.swap(self.connection, Ordering::Relaxed);
            // One write, not what others submit meanwhile: this thread has other connections to serve.
            if last != self.connection || !self.host.journal.flush_here() {
                self.host.have_flushed();
            }
        }
        state.asks || owes
    }
}

impl Drop for Gather<'_> {
    fn drop(&mut self) {
        self.flush();
        STATE.set(State::default());
    }
}
