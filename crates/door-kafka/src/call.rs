//! One request on its way through a handler, and what a handler gives back.
//!
//! A call owns its frame, so that a handler may decode borrowing from it, across awaits too. Always: a response is
//! encoded in the version and with the correlation id of its request. Never here: the order of responses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use hence_broker::Unavailable;
use hence_broker::budget::{Charge, Share};
use hence_broker::net::Draining;
use hence_kafka_proto::{
    ApiKey, DecodeError, EncodeError, Message, RequestParts, Segments, Writer, encode_response,
};

use smallvec::SmallVec;

use crate::alarm::Alarm;
use crate::beside::Unfinished;
use crate::door::Door;
use crate::error_code::{self, ErrorCode};
use crate::limits::{PRODUCE_PARTITIONS_MAX, UNCHARGED_RESPONSE_BYTES_MAX};
use crate::options::Advertised;
use crate::produce::{Appending, Inline};

/// Room for a response's head: what most responses take.
pub const RESPONSE_BYTES: usize = 256;

/// Bytes paid for; nearly always in one piece.
pub type Charges = SmallVec<[Charge; 1]>;

/// Who is at the other end of a connection.
#[derive(Debug)]
pub struct Client {
    /// The peer's address.
    pub peer: std::net::SocketAddr,
    /// What it is told to connect to.
    pub advertised: Advertised,
    /// Its share of the byte budget for requests.
    pub share: Arc<Share>,
    /// Its share of the byte budget for responses.
    pub response_share: Arc<Share>,
    /// Says when to answer what waits.
    pub draining: Draining,
    /// Rings for a long poll.
    pub alarm: Alarm,
    /// What its produces may still have looked at on the event loop in this turn.
    pub inline: Inline,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The door that it came through.
    pub door: Arc<Door>,
    /// Who sent it.
    pub client: Arc<Client>,
    /// The API.
    pub key: ApiKey,
    /// The version of request and response.
    pub version: i16,
    /// What the response repeats.
    pub correlation_id: i32,
    /// The request whole, after its length.
    pub frame: Bytes,
}

/// A response.
#[derive(Debug, Default)]
pub struct Answer {
    /// Its bytes; none when the request wants none.
    pub segments: Segments,
    /// What they cost in the budget until they are sent; a large response without is paid for before it is queued.
    pub charges: Charges,
}

/// A response, or why there is none.
pub type Answered = Result<Answer, Broken>;

impl From<Segments> for Answer {
    fn from(segments: Segments) -> Self {
        Self { segments, charges: Charges::new() }
    }
}

/// Why a request gets no response and its connection ends.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The request could not be read.
    #[error("malformed request: {0}")]
    Decode(#[from] DecodeError),
    /// A produce that names more partitions than there can be.
    #[error("a produce to {named} partitions, at most {PRODUCE_PARTITIONS_MAX} are taken")]
    TooManyPartitions {
        /// How many.
        named: usize,
    },
    /// The response could not be written.
    #[error("unwritable response: {0}")]
    Encode(#[from] EncodeError),
    /// The broker takes no more commands.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// What was to be done beside the event loop was not.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// A produce without acknowledgement failed: closing is the only way to say so.
    #[error("a produce without acknowledgement failed with {0}")]
    Unacknowledged(ErrorCode),
}

/// What a handler gives back.
pub enum Work {
    /// The response is there.
    Now(Answered),
    /// A produce that waits for durability: the hot path, without a box around it.
    Appending(Appending),
    /// Everything else that takes a while.
    Later(Pin<Box<dyn Future<Output = Answered> + Send>>),
    /// What waits for others, maybe for minutes, and lets its frame go: the request costs nothing meanwhile.
    Waiting(Pin<Box<dyn Future<Output = Answered> + Send>>),
}

impl Work {
    /// Work that may wait.
    pub fn later(answer: impl Future<Output = Answered> + Send + 'static) -> Self {
        Self::Later(Box::pin(answer))
    }

    /// Work that waits for others.
    pub fn waiting(answer: impl Future<Output = Answered> + Send + 'static) -> Self {
        Self::Waiting(Box::pin(answer))
    }

    /// Work that only reads, and whose response may be far larger than its request. Where the budget has no room for the
    /// response it is dropped, and made again when there is room: who waits for the budget holds nothing of it.
    pub fn reading<A>(call: Call, handle: fn(Call) -> A) -> Self
    where
        A: Future<Output = Answered> + Send + 'static,
    {
        Self::later(async move {
            let share = Arc::clone(&call.client.response_share);
            let mut room: Option<Charge> = None;
            loop {
                let mut answer = handle(call.clone()).await?;
                let bytes = answer.segments.len() as u64;
                if bytes <= UNCHARGED_RESPONSE_BYTES_MAX as u64 {
                    return Ok(answer);
                }
                let paid = room.take().filter(|room| room.bytes() >= bytes);
                if let Some(mut charge) = paid.or_else(|| share.try_take(bytes)) {
                    charge.shrink_to(bytes);
                    answer.charges.push(charge);
                    return Ok(answer);
                }
                drop(answer);
                room = Some(share.take(bytes).await);
            }
        })
    }
}

impl Call {
    /// Decodes the request. What follows it is left alone, as Kafka does.
    pub fn request<'a, M: Message<'a>>(&'a self) -> Result<M, DecodeError> {
        let parts = RequestParts::read(&self.frame)?;
        M::decode(self.version, &mut parts.body.clone())
    }

    /// Gives back the frame: for a call that waits and has taken what it needs.
    pub fn let_go(&mut self) {
        self.frame = Bytes::new();
    }

    /// What the client calls itself.
    pub fn client_id(&self) -> &str {
        RequestParts::read(&self.frame).ok().and_then(|parts| parts.client_id).unwrap_or_default()
    }

    /// Encodes a response.
    pub fn answer<'r>(&self, response: &impl Message<'r>) -> Answered {
        self.answer_in(self.version, response)
    }

    /// Encodes a response in another version than the request's (ApiVersions has such a case).
    pub fn answer_in<'r>(&self, version: i16, response: &impl Message<'r>) -> Answered {
        let mut writer = Writer::new();
        writer.reserve(RESPONSE_BYTES);
        Ok(encode_response(self.key, version, self.correlation_id, response, &mut writer)?.into())
    }

    /// What `answer` gives, unless a drain begins before it does.
    pub async fn until_drained<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        // Both arms may be cancelled: a command that was given to the broker goes on without its answer.
        tokio::select! {
            biased;
            answer = answer => Some(answer),
            () = self.client.draining.begun() => None,
        }
    }

    /// The number of `code` for a response; an error is counted.
    pub fn code(&self, code: ErrorCode) -> i16 {
        if !code.is_none() {
            self.count(code);
        }
        code.0
    }

    #[cold]
    fn count(&self, code: ErrorCode) {
        if let Some(row) = self.door.row(self.key) {
            row.counters.failed(error_code::kind(code));
        }
        tracing::debug!(api = self.key.name(), %code, "answered with an error");
    }
}
