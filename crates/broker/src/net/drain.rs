//! Draining: one switch that says "finish what you have, take nothing new", seen by every listener and connection.
//!
//! Always: once begun it stays so. Whoever waits (a long poll) answers early with what it has. Never here: signals.

use std::sync::Arc;

use tokio::sync::watch;

/// Begins a drain; clones share the switch.
#[derive(Clone, Debug)]
pub struct Drain(Arc<watch::Sender<bool>>);

/// Sees a drain begin.
#[derive(Clone, Debug)]
pub struct Draining(watch::Receiver<bool>);

impl Drain {
    /// A drain that has not begun.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Begins it. Doing it twice changes nothing.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// What connections look at.
    pub fn draining(&self) -> Draining {
        Draining(self.0.subscribe())
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

impl Draining {
    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it begins; at once when it has. Cancel-safe.
    pub async fn begun(&self) {
        let mut seen = self.0.clone();
        // An error means that every `Drain` is gone: then nobody can begin one any more, and nobody holds the process.
        if seen.wait_for(|begun| *begun).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
