//! One producing connection: its requests in turn, what is in flight, and when it was sent.
//!
//! Responses come in the order of the requests; one that does not ends the run.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;

use crate::connection::Connection;
use crate::poller::{Poller, Ready};
use crate::wire;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A Kafka broker.
    Kafka,
    /// The ceiling probe: every response is a sequence and the count of its log's commits.
    Probe,
}

/// See the module.
pub struct Producer {
    connection: Connection,
    protocol: Protocol,
    requests: Vec<Arc<[u8]>>,
    next: usize,
    in_flight: VecDeque<(usize, Instant)>,
    token: usize,
    waits_to_write: bool,
    /// Commits of the probe's log, as of its last response.
    pub commits: u64,
}

impl Producer {
    /// Connects and is watched by `poller` under `token`.
    pub fn open(
        broker: SocketAddr,
        protocol: Protocol,
        requests: Vec<Arc<[u8]>>,
        poller: &Poller,
        token: usize,
    ) -> anyhow::Result<Self> {
        let connection = Connection::open(broker)?;
        poller.add(connection.stream(), token)?;
        let in_flight = VecDeque::new();
        let (next, commits) = (0, 0);
        Ok(Self { connection, protocol, requests, next, in_flight, token, waits_to_write: false, commits })
    }

    /// How many requests are not answered.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Puts the next request in line, as of `at`.
    pub fn push(&mut self, at: Instant) {
        let Some(request) = self.requests.get(self.next) else { return };
        self.connection.push(request);
        self.in_flight.push_back((self.next, at));
        self.next = (self.next + 1) % self.requests.len();
    }

    /// Sends what is in line, as far as the socket takes it.
    pub fn flush(&mut self, poller: &Poller) -> anyhow::Result<()> {
        self.connection.flush()?;
        let waits = self.connection.has_unsent();
        if waits != self.waits_to_write {
            poller.wants_write(self.connection.stream(), self.token, waits)?;
            self.waits_to_write = waits;
        }
        Ok(())
    }

    /// Reads and gives the time of each request that was answered to `answered`.
    pub fn on_ready(
        &mut self,
        ready: Ready,
        scratch: &mut [u8],
        mut answered: impl FnMut(Instant),
    ) -> anyhow::Result<()> {
        if !ready.read {
            return Ok(());
        }
        let (in_flight, requests, protocol) = (&mut self.in_flight, &self.requests, self.protocol);
        let commits = &mut self.commits;
        self.connection.responses(scratch, |response| {
            let first = in_flight.pop_front();
            ensure!(first.is_some(), "a response that nobody asked for");
            let Some((request, at)) = first else { return Ok(()) };
            match protocol {
                Protocol::Kafka => {
                    let (correlation, _) = wire::produced(response)?;
                    let expected = requests.get(request).and_then(|bytes| bytes.get(8..12));
                    ensure!(expected == Some(&correlation.to_be_bytes()), "responses out of order");
                }
                Protocol::Probe => *commits = wire::probe_commits(response)?,
            }
            answered(at);
            Ok(())
        })
    }
}
