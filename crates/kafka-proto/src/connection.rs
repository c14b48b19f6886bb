//! One connection: bytes in, request frames out, responses back in request order.
//!
//! Always: a frame's length is checked before room is made for it, room for a long one grows with the bytes that arrived
//! and never with the bytes that were promised, and a response leaves only after every earlier request's. Requests may be answered in
//! any order. Time is an argument. Never here: sockets, and what a request asks.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use hence_base::Timestamp;

use crate::error::DecodeError;
use crate::frame::RequestParts;
use crate::limits::{
    FRAME_BYTES_MAX_DEFAULT, FRAME_ROOM_BYTES, IDLE_MS_DEFAULT, READ_BUFFER_BYTES,
    REQUESTS_IN_FLIGHT_MAX_DEFAULT,
};
use crate::segments::Segments;

#[cfg(test)]
mod tests;

/// Bytes of a frame's length.
const LENGTH_BYTES: usize = 4;

/// What a connection may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest frame, its length apart.
    pub frame_bytes_max: usize,
    /// The most requests that are not answered yet; beyond it no request is handed out.
    pub requests_in_flight_max: usize,
    /// How long a connection may do nothing.
    pub idle_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: FRAME_BYTES_MAX_DEFAULT,
            requests_in_flight_max: REQUESTS_IN_FLIGHT_MAX_DEFAULT,
            idle_ms: IDLE_MS_DEFAULT,
        }
    }
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The first bytes are of another protocol.
    #[error("the first bytes look like {looks_like}, not like Kafka: {}", looks_like.advice())]
    NotKafka {
        /// Which.
        looks_like: LooksLike,
    },
    /// A frame longer than accepted.
    #[error("a frame of {length} bytes, at most {max} are accepted")]
    FrameTooLong {
        /// What was announced.
        length: usize,
        /// The most accepted.
        max: usize,
    },
    /// A frame of no or of negative length.
    #[error("a frame of length {length}")]
    FrameWithoutBytes {
        /// What was announced.
        length: i32,
    },
    /// Nothing happened for too long.
    #[error("nothing happened for {idle_ms} ms")]
    Idle {
        /// The limit.
        idle_ms: i64,
    },
}

/// Another protocol that often knocks at this port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksLike {
    /// An HTTP request, of version 1 or 2.
    Http,
    /// A TLS handshake.
    Tls,
    /// An AMQP protocol header.
    Amqp,
}

impl LooksLike {
    /// What the first four bytes of a connection look like, when they look like another protocol.
    pub fn of(first: [u8; LENGTH_BYTES]) -> Option<Self> {
        match &first {
            b"GET " | b"PUT " | b"POST" | b"HEAD" | b"DELE" | b"OPTI" | b"PATC" | b"CONN" | b"TRAC"
            | b"PRI " => Some(Self::Http),
            [0x16, 0x03, 0x00..=0x04, _] => Some(Self::Tls),
            b"AMQP" => Some(Self::Amqp),
            _ => None,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Http => "the HTTP door has a port of its own",
            Self::Tls => "this listener speaks plain text; set security.protocol to PLAINTEXT",
            Self::Amqp => "AMQP has a port of its own",
        }
    }
}

impl std::fmt::Display for LooksLike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::Tls => "TLS",
            Self::Amqp => "AMQP",
        })
    }
}

/// Counts the requests of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct RequestFrame {
    /// What it is answered by.
    pub id: RequestId,
    /// Header and message, in the connection's read buffer: the buffer is used again once every frame is dropped.
    pub bytes: Bytes,
}

impl RequestFrame {
    /// Reads the header.
    pub fn parts(&self) -> Result<RequestParts<'_>, DecodeError> {
        RequestParts::read(&self.bytes)
    }
}

/// What a request became.
#[derive(Debug)]
enum Answer {
    Awaited,
    /// `None`: nothing is sent (a produce that asked for no acknowledgement).
    Given(Option<Segments>),
}

/// The machine of one connection.
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    input: BytesMut,
    /// The length of the frame at the front of `input`, once it is there and checked.
    frame_length: Option<usize>,
    is_first_frame: bool,
    /// Answers in request order; the front one is that of request `first_id`.
    answers: VecDeque<Answer>,
    first_id: u64,
    /// Bytes of answers that wait for earlier ones.
    answer_bytes: usize,
    active_at: Timestamp,
}

impl Connection {
    /// A connection that was accepted at `now`.
    pub fn new(limits: Limits, now: Timestamp) -> Self {
        Self {
            limits,
            input: BytesMut::new(),
            frame_length: None,
            is_first_frame: true,
            answers: VecDeque::new(),
            first_id: 0,
            answer_bytes: 0,
            active_at: now,
        }
    }

    /// Takes bytes from the peer by copying them.
    pub fn handle_input(&mut self, now: Timestamp, bytes: &[u8]) -> Result<(), ProtocolError> {
        self.input.extend_from_slice(bytes);
        self.handle_read(now)
    }

    /// Where the shell reads into, at the end; it has room. After each read call [`Self::handle_read`].
    pub fn read_buffer(&mut self) -> &mut BytesMut {
        let wanted = match self.frame_length {
            // A longer one doubles at most: a promise of bytes costs nothing until they come.
            Some(length) => {
                let missing = (LENGTH_BYTES + length).saturating_sub(self.input.len());
                let step = if length <= FRAME_ROOM_BYTES { length } else { self.input.len() };
                missing.clamp(1, step.max(READ_BUFFER_BYTES))
            }
            None => READ_BUFFER_BYTES / 4,
        };
        if self.input.capacity() - self.input.len() < wanted {
            self.input.reserve(wanted.max(READ_BUFFER_BYTES.saturating_sub(self.input.len())));
        }
        &mut self.input
    }

    /// Judges what was read.
    pub fn handle_read(&mut self, now: Timestamp) -> Result<(), ProtocolError> {
        self.active_at = now;
        self.judge_length()
    }

    /// The front frame's length, when its four bytes are there.
    fn judge_length(&mut self) -> Result<(), ProtocolError> {
        let Some(first) = self.input.first_chunk::<LENGTH_BYTES>().filter(|_| self.frame_length.is_none())
        else {
            return Ok(());
        };
        let length = i32::from_be_bytes(*first);
        if let Some(looks_like) = LooksLike::of(*first).filter(|_| self.is_first_frame) {
            return Err(ProtocolError::NotKafka { looks_like });
        }
        let max = self.limits.frame_bytes_max;
        match usize::try_from(length) {
            Err(_) | Ok(0) => Err(ProtocolError::FrameWithoutBytes { length }),
            Ok(length) if length > max => Err(ProtocolError::FrameTooLong { length, max }),
            Ok(length) => {
                self.frame_length = Some(length);
                self.is_first_frame = false;
                Ok(())
            }
        }
    }

    /// The next whole request, in order of arrival; `None` when there is none or too many are unanswered. What is wrong
    /// with a length is told after the good frames before it were handed out.
    pub fn poll_request(&mut self) -> Result<Option<RequestFrame>, ProtocolError> {
        self.judge_length()?;
        let Some(length) = self.frame_length else { return Ok(None) };
        let is_whole = self.input.len() >= LENGTH_BYTES + length;
        if !is_whole || self.answers.len() >= self.limits.requests_in_flight_max {
            return Ok(None);
        }
        let bytes = self.input.split_to(LENGTH_BYTES + length).freeze().slice(LENGTH_BYTES..);
        let id = RequestId(self.first_id + self.answers.len() as u64);
        self.answers.push_back(Answer::Awaited);
        self.frame_length = None;
        Ok(Some(RequestFrame { id, bytes }))
    }

    /// The answer to a request; `None` when nothing is to be sent. A second answer to a request is ignored.
    pub fn respond(&mut self, now: Timestamp, id: RequestId, response: Option<Segments>) {
        self.active_at = self.active_at.max(now);
        let index = id.0.checked_sub(self.first_id).and_then(|index| usize::try_from(index).ok());
        if let Some(answer @ Answer::Awaited) = index.and_then(|index| self.answers.get_mut(index)) {
            self.answer_bytes += response.as_ref().map_or(0, Segments::len);
            *answer = Answer::Given(response);
        }
    }

    /// The next response to send; they leave in request order.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Segments> {
        while let Some(Answer::Given(response)) = self.answers.front_mut() {
            let response = response.take();
            self.answers.pop_front();
            self.first_id += 1;
            if let Some(response) = response {
                self.answer_bytes -= response.len();
                return Some(response);
            }
        }
        None
    }

    /// Whether reading more makes sense: not while a whole request waits because too many are unanswered.
    pub fn wants_input(&self) -> bool {
        let is_whole = self.frame_length.is_some_and(|length| self.input.len() >= LENGTH_BYTES + length);
        !is_whole
    }

    /// The length of a frame that has begun and is not whole, for a budget of bytes.
    pub fn partial_frame_bytes(&self) -> Option<usize> {
        self.frame_length.filter(|_| self.wants_input())
    }

    /// Requests that are not answered, or whose answer waits for an earlier one.
    pub fn requests_in_flight(&self) -> usize {
        self.answers.len()
    }

    /// Bytes of answers that are given and have not left.
    pub fn answer_bytes(&self) -> usize {
        self.answer_bytes
    }

    /// Gives a large read buffer back when nothing is in it.
    pub fn shrink(&mut self) {
        if self.input.is_empty() && self.input.capacity() > READ_BUFFER_BYTES {
            self.input = BytesMut::new();
        }
    }

    /// When the connection is to be closed if nothing happens until then; never while a request is unanswered.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.answers.is_empty().then(|| self.active_at.plus_ms(self.limits.idle_ms))
    }

    /// Whether the time is up.
    pub fn handle_timeout(&mut self, now: Timestamp) -> Result<(), ProtocolError> {
        match self.poll_timeout() {
            Some(at) if at <= now => Err(ProtocolError::Idle { idle_ms: self.limits.idle_ms }),
            _ => Ok(()),
        }
    }
}
