//! The connection's shell: bytes in, requests begun in order of arrival, responses out in that order.
//!
//! One task per connection and no other: it reads, begins what may begin, polls what is in flight and writes, until
//! nothing moves. Always: a request is begun behind another one only where Kafka's one-at-a-time order cannot be told
//! from it (produces); a reader that is slow stops only itself; a request is paid for whole before more than one read of
//! it is held, and keeps what it paid until it is answered; a response is paid for before it is queued; what came whole
//! before a peer left is begun as if it were still there.
//! Never here: what a request means.

mod flight;
mod incoming;
mod outgoing;
mod pace;
mod toll;
mod unsent;

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use hence_base::{ErrorKind, Timestamp};
use hence_broker::net::{Activity, Connection};
use hence_kafka_proto::connection::{self, ProtocolError, RequestFrame};
use hence_kafka_proto::{ApiKey, DecodeCause, DecodeError, Writer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::alarm::Alarm;
use crate::call::{Answer, Broken, Call, Client, Work};
use crate::door::Door;
use crate::limits::{
    GATHERED_BYTES_MAX, READ_BYTES, READS_PER_TURN_MAX, REQUESTS_IN_FLIGHT_MAX, UNSENT_BYTES_MAX,
};
use crate::produce::Inline;
use flight::{Flight, InFlight};
use incoming::Incoming;
use outgoing::Outgoing;
use unsent::Unsent;

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// The peer closed it, and what it sent before is done.
    #[error("closed by the peer")]
    Peer,
    /// The broker is stopping and everything is answered.
    #[error("drained")]
    Drained,
    /// What came is no request.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A request was begun and not ended.
    #[error("a request stopped in the middle")]
    Stalled,
    /// Responses are not taken, and others want the room.
    #[error("responses are not read")]
    Unread,
    /// A request for what is not served.
    #[error("API key {key} version {version} is not served")]
    NotServed {
        /// The API's number.
        key: i16,
        /// The version.
        version: i16,
    },
    /// A request got no response.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// One connection.
pub struct Shell {
    socket: TcpStream,
    activity: Activity,
    door: Arc<Door>,
    client: Arc<Client>,
    machine: connection::Connection,
    incoming: Incoming,
    flight: Flight,
    outgoing: Outgoing,
    writer: Writer,
    begun: Pin<Box<dyn Future<Output = ()> + Send>>,
    draining: bool,
    /// Nothing more comes.
    peer_closed: bool,
    /// Nobody takes answers any more.
    deaf: bool,
    /// The time of this turn: looked at once, however many requests it begins and finishes.
    time: Duration,
    /// Whether bytes moved in this turn.
    active: bool,
    /// Bytes of requests begun since the core was last entered.
    gathered_bytes: usize,
    /// Whether the read buffer was given back.
    rested: bool,
}

impl Shell {
    /// A shell around a connection that was just accepted.
    pub fn new(door: Arc<Door>, connection: Connection) -> Self {
        let Connection { stream, peer, local, share, response_share, activity, draining, .. } = connection;
        let (share, response_share) = (Arc::new(share), Arc::new(response_share));
        let begun = draining.clone();
        let limits = connection::Limits {
            frame_bytes_max: door.options.request_bytes_max,
            requests_in_flight_max: REQUESTS_IN_FLIGHT_MAX,
            ..Default::default()
        };
        let advertised = door.advertised(local);
        let (alarm, inline) = (Alarm::default(), Inline::default());
        let client = Client { peer, advertised, share, response_share, draining, alarm, inline };
        Self {
            socket: stream,
            activity,
            machine: connection::Connection::new(limits, Timestamp::NONE),
            client: Arc::new(client),
            door,
            incoming: Incoming::default(),
            flight: Flight::default(),
            outgoing: Outgoing::default(),
            writer: Writer::new(),
            begun: Box::pin(async move { begun.begun().await }),
            draining: false,
            peer_closed: false,
            deaf: false,
            time: Duration::ZERO,
            active: false,
            gathered_bytes: 0,
            rested: false,
        }
    }

    /// Serves until the connection ends.
    pub async fn run(mut self) {
        let end = std::future::poll_fn(|context| self.poll(context)).await;
        self.tell(&end);
        // What was written leaves before the end of the stream does; a peer that is gone changes nothing.
        let _ = self.socket.shutdown().await;
        let (flight, writer) = self.close();
        flight.settle(writer).await;
    }

    /// Says why the connection ends: where an operator sees it when it is the peer's fault.
    fn tell(&self, end: &End) {
        let pace = match end {
            End::Protocol(ProtocolError::NotKafka { .. }) => &self.door.strangers,
            _ => &self.door.faults,
        };
        match end {
            End::Protocol(error) if pace.may(self.time) => {
                tracing::warn!(%error, "not a request; connection closed");
            }
            End::NotServed { .. } | End::Broken(_) | End::Stalled | End::Unread if pace.may(self.time) => {
                tracing::info!(%end, "connection closed");
            }
            _ => tracing::debug!(%end, "connection closed"),
        }
    }

    /// Lets go of everything but what is in flight, the socket first of all.
    fn close(self) -> (Flight, Writer) {
        (self.flight, self.writer)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        if !self.draining && self.begun.as_mut().poll(context).is_ready() {
            self.draining = true;
        }
        self.time = self.door.broker.plumbing().clock.elapsed();
        let polled = self.turns(context);
        if std::mem::take(&mut self.active) {
            self.activity.touch();
        }
        polled
    }

    fn turns(&mut self, context: &mut Context<'_>) -> Poll<End> {
        let door = Arc::clone(&self.door);
        self.client.inline.refill();
        // What the requests of a read ask for becomes durable together, and is often answered in this very poll.
        let gather = door.broker.gather(Arc::as_ptr(&self.client).addr());
        for _ in 0..READS_PER_TURN_MAX {
            match self.turn(context) {
                Ok(true) if self.gathered_bytes <= GATHERED_BYTES_MAX => {}
                Ok(moved) => {
                    let asked = gather.flush();
                    let begun = std::mem::take(&mut self.gathered_bytes) > 0;
                    if !(asked || begun || moved) {
                        return Poll::Pending;
                    }
                }
                Err(end) => return Poll::Ready(end),
            }
        }
        self.gathered_bytes = 0;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Moves whatever can move; false when nothing did.
    fn turn(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        let mut moved = self.finish(context)?;
        moved |= self.write(context)?;
        moved |= self.begin(context)?;
        moved |= self.read(context)?;
        if moved || !(self.draining || self.peer_closed) {
            return Ok(moved);
        }
        if self.peer_closed && self.flight.front().is_some_and(|front| front.only_waits()) {
            // Nobody waits for a long poll, and what is behind it has its turn. It gets no answer, so neither do those.
            self.deaf = true;
            self.finish_one(Answer::default());
            return Ok(true);
        }
        let answered = self.flight.is_empty() && self.outgoing.unsent.is_empty();
        if self.draining && answered {
            return Err(End::Drained);
        }
        if self.peer_closed && answered && self.incoming.next.is_none() {
            return Err(End::Peer);
        }
        Ok(false)
    }

    /// Takes responses that are ready, in order, to where they are sent from. While produces are gathered it waits: to
    /// look at one before the core was entered would only have this task woken by what it then does itself.
    fn finish(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        let mut moved = false;
        if self.gathered_bytes > 0 && self.flight.appends() {
            return Ok(moved);
        }
        while let Some(front) = self.flight.front() {
            let Poll::Ready(answered) = front.poll(context, &mut self.writer) else { break };
            let mut answer = match answered {
                Ok(answer) => answer,
                Err(broken) => {
                    // It has come to its end and is not polled again.
                    self.flight.pop();
                    return Err(broken.into());
                }
            };
            let share = &self.client.response_share;
            if self.outgoing.poll_paid(&mut answer, !self.deaf, share, context).is_pending() {
                front.work = Work::Now(Ok(answer));
                break;
            }
            moved = true;
            self.finish_one(answer);
        }
        Ok(moved)
    }

    fn finish_one(&mut self, answer: Answer) {
        let Answer { segments, charges } = if self.deaf { Answer::default() } else { answer };
        if let Some(done) = self.flight.pop() {
            let took = self.time.saturating_sub(done.begun_at);
            if let Some(row) = self.door.row(done.key) {
                row.counters.answered(segments.len() as u64, took);
            }
            self.machine.respond(Timestamp::NONE, done.id, (!segments.is_empty()).then_some(segments));
            drop(done.charges);
        }
        // It was the first in order, so it leaves now.
        while let Some(segments) = self.machine.poll_output() {
            self.outgoing.unsent.push(segments);
        }
        self.outgoing.unsent.charge(charges);
    }

    fn write(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        let mut moved = false;
        while !self.outgoing.unsent.is_empty() {
            match self.outgoing.unsent.poll_write(&mut self.socket, context) {
                Poll::Ready(Ok(_)) => moved = true,
                Poll::Ready(Err(error)) => {
                    self.lose(&error);
                    moved = true;
                }
                Poll::Pending => {
                    self.active |= moved;
                    self.unread(context)?;
                    return Ok(moved);
                }
            }
        }
        self.outgoing.stop();
        self.active |= moved;
        Ok(moved)
    }

    /// The socket takes nothing: responses must go on leaving when others want the room that they take, or that requests take
    /// which cannot begin before.
    fn unread(&mut self, context: &mut Context<'_>) -> Result<(), End> {
        while self.outgoing.is_stalled(self.door.patience(), context) {
            let client = &self.client;
            let holds = client.share.used_bytes() > 0;
            if client.response_share.is_wanted() || (holds && client.share.is_wanted()) {
                return Err(End::Unread);
            }
            self.outgoing.stop();
        }
        Ok(())
    }

    /// Begins the requests that are there, as far as the order and the bounds allow.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        let mut moved = false;
        while !self.draining && self.outgoing.unsent.len() < UNSENT_BYTES_MAX {
            if self.incoming.next.is_none() {
                self.incoming.next = self.machine.poll_request()?;
            }
            let Some(next) = &self.incoming.next else { break };
            let (bytes, appends) = (next.bytes.len(), appends(&next.bytes));
            let in_order = self.flight.is_empty() || (appends && self.flight.only_appends());
            if !in_order || !self.is_paid(bytes, context) {
                break;
            }
            if let Some(next) = self.incoming.next.take() {
                self.begin_one(next)?;
                moved = true;
            }
        }
        Ok(moved)
    }

    /// Whether the next request, of so many bytes, is paid for.
    fn is_paid(&mut self, bytes: usize, context: &mut Context<'_>) -> bool {
        self.incoming.is_paid(&self.client.share, bytes, self.flight.is_empty(), context)
    }

    fn begin_one(&mut self, frame: RequestFrame) -> Result<(), End> {
        let bytes = frame.bytes.len() as u64;
        self.gathered_bytes += frame.bytes.len();
        let parts = match frame.parts() {
            Ok(parts) => parts,
            Err(DecodeError { cause: DecodeCause::UnknownApi { key }, .. }) => {
                return Err(End::NotServed { key, version: -1 });
            }
            Err(error) => return Err(Broken::from(error).into()),
        };
        let (key, version, correlation_id) = (parts.key, parts.version, parts.correlation_id);
        let not_served = End::NotServed { key: key.number(), version };
        let Some(row) = self.door.row(key) else { return Err(not_served) };
        row.counters.received(bytes);
        if !row.api.serves.contains(&version) && !row.api.answers_every_version() {
            row.counters.failed(ErrorKind::Unsupported);
            return Err(not_served);
        }
        // Without a box or a copy where nobody listens: then it is empty, and to enter it is to look at that.
        let client_id = parts.client_id;
        let span = tracing::debug_span!("request", api = key.name(), version, correlation_id, client_id);
        let handle = row.api.handle;
        let (door, client) = (Arc::clone(&self.door), Arc::clone(&self.client));
        let mut charges = self.incoming.take_charges();
        let call = Call { door, client, key, version, correlation_id, frame: frame.bytes };
        let work = span.in_scope(|| {
            tracing::trace!(bytes, "request");
            handle(call)
        });
        if matches!(work, Work::Waiting(_)) {
            charges.clear();
        }
        let held = key == ApiKey::Produce && matches!(work, Work::Later(_));
        self.flight.push(InFlight { id: frame.id, key, begun_at: self.time, work, held, charges, span });
        Ok(())
    }

    /// Reads once, unless something must happen before more can be taken.
    fn read(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        if self.peer_closed || self.draining || !self.machine.wants_input() {
            return Ok(false);
        }
        // What is more than one read is paid for before the second one, all of it.
        if let Some(whole) = self.machine.partial_frame_bytes().filter(|whole| *whole > READ_BYTES)
            && (self.incoming.next.is_some() || !self.is_paid(whole, context))
        {
            return Ok(false);
        }
        match self.poll_read(context) {
            Poll::Pending => {
                if self.flight.is_empty() {
                    self.rest();
                }
                self.stall(context)?;
                Ok(false)
            }
            Poll::Ready(Ok(0)) => {
                self.peer_closed = true;
                Ok(true)
            }
            Poll::Ready(Ok(bytes)) => {
                self.active = true;
                self.rested = false;
                self.machine.handle_read(Timestamp::NONE)?;
                self.incoming.came(bytes, self.machine.partial_frame_bytes().is_some());
                Ok(true)
            }
            Poll::Ready(Err(error)) => {
                self.lose(&error);
                Ok(true)
            }
        }
    }

    /// The socket failed: nothing comes and nothing leaves any more.
    fn lose(&mut self, error: &io::Error) {
        tracing::debug!(%error, "the socket failed");
        (self.peer_closed, self.deaf) = (true, true);
        self.outgoing.unsent = Unsent::default();
    }

    /// The socket has nothing: a request that is in the middle must go on in time.
    fn stall(&mut self, context: &mut Context<'_>) -> Result<(), End> {
        let Some(whole) = self.machine.partial_frame_bytes() else { return Ok(()) };
        match self.incoming.is_stalled(whole, self.door.patience(), context) {
            true => Err(End::Stalled),
            false => Ok(()),
        }
    }

    /// Nothing is being done: ten thousand idle connections hold no buffers.
    fn rest(&mut self) {
        if !self.rested && self.machine.partial_frame_bytes().is_none() && self.incoming.next.is_none() {
            let buffer = self.machine.read_buffer();
            if buffer.is_empty() {
                *buffer = BytesMut::new();
                self.writer = Writer::new();
                self.incoming.rest();
                self.outgoing.rest();
                self.rested = true;
            }
        }
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Looked at first, so that a connection makes room only when there is something to read.
        match self.socket.poll_read_ready(context) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
        // Unlike `try_read_buf` it remembers that a short read emptied the socket: no system call to find that out.
        pin!(self.socket.read_buf(self.machine.read_buffer())).poll(context)
    }
}

/// Whether a frame is a produce, by the first bytes of its header.
fn appends(frame: &[u8]) -> bool {
    frame.first_chunk().is_some_and(|key| i16::from_be_bytes(*key) == ApiKey::Produce.number())
}
