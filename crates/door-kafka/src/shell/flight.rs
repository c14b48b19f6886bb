//! The requests of one connection that are begun and not answered, in the order in which they came.
//!
//! Only the first one is polled: responses leave in order, and whatever is behind is polled when it is first. What a
//! request paid stays paid until it is answered, also when its connection is gone. Never here: when a request may begin.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use hence_kafka_proto::connection::RequestId;
use hence_kafka_proto::{ApiKey, Writer};

use crate::call::{Answer, Answered, Charges, Work};

/// A request that was begun.
pub struct InFlight {
    /// Its place among the connection's requests.
    pub id: RequestId,
    /// Its API.
    pub key: ApiKey,
    /// When, on the clock's monotonic scale.
    pub begun_at: Duration,
    /// What answers it.
    pub work: Work,
    /// Whether it is a produce that is not with the core yet: what is behind it waits until it is answered.
    pub held: bool,
    /// What it costs until its response is queued; nothing when it waits for others and holds nothing.
    pub charges: Charges,
    /// What its events are told under, while it is handled and whenever it goes on.
    pub span: tracing::Span,
}

impl InFlight {
    /// Whether it is a long poll: it asks for nothing that is not asked already, and is in no hurry.
    pub fn only_waits(&self) -> bool {
        matches!(self.work, Work::Waiting(_)) || self.key == ApiKey::Fetch
    }

    /// Its response, when it is there.
    pub fn poll(&mut self, context: &mut Context<'_>, writer: &mut Writer) -> Poll<Answered> {
        let _entered = self.span.enter();
        match &mut self.work {
            Work::Now(answered) => Poll::Ready(std::mem::replace(answered, Ok(Answer::default()))),
            Work::Appending(appending) => appending.poll(context, writer),
            Work::Later(answer) | Work::Waiting(answer) => answer.as_mut().poll(context),
        }
    }
}

/// What is in flight.
#[derive(Default)]
pub struct Flight {
    requests: VecDeque<InFlight>,
    appending: usize,
}

impl Flight {
    pub fn push(&mut self, request: InFlight) {
        self.appending += usize::from(appends(&request));
        self.requests.push_back(request);
    }

    pub fn front(&mut self) -> Option<&mut InFlight> {
        self.requests.front_mut()
    }

    pub fn pop(&mut self) -> Option<InFlight> {
        let request = self.requests.pop_front()?;
        self.appending -= usize::from(appends(&request));
        Some(request)
    }

    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Whether everything in flight is a produce that is with the core, so that another one may follow it.
    pub fn only_appends(&self) -> bool {
        // Nothing is begun behind one that is held, so it is the last.
        self.appending == self.requests.len() && self.requests.back().is_none_or(|last| !last.held)
    }

    /// Whether a produce is in flight.
    pub fn appends(&self) -> bool {
        self.appending > 0
    }

    /// Keeps what was paid until it is answered, when nobody is left to send an answer to: its bytes may be with the core
    /// and wait for the disk, where the network would outrun it. What only waits is given up.
    pub async fn settle(mut self, mut writer: Writer) {
        std::future::poll_fn(|context| {
            while self.requests.iter().any(|request| !request.charges.is_empty())
                && let Some(front) = self.front()
            {
                if !front.only_waits() && front.poll(context, &mut writer).is_pending() {
                    return Poll::Pending;
                }
                self.pop();
            }
            Poll::Ready(())
        })
        .await;
    }
}

fn appends(request: &InFlight) -> bool {
    request.key == ApiKey::Produce
}
