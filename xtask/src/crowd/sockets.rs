//! The connections: idle ones that have asked something once, and hostile ones of five kinds.
//!
//! Plain blocking sockets with timeouts; what is sent is written out here byte by byte, so that it depends on no codec.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::peer::{now, pause};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How many connect before their answers are read: fewer than the kernel queues for a listener.
const AT_A_TIME: usize = 200;
/// ApiVersions 0, correlation 7, no client id, no tagged fields.
const API_VERSIONS: &[u8] = &[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
const CORRELATION: [u8; 4] = [0, 0, 0, 7];
/// Announced by half a frame: nearly as long as a request may be.
const HALF_FRAME_BYTES: u32 = 90 << 20;
/// What comes of it.
const HALF_FRAME_SENT_BYTES: usize = 64 << 10;

/// Connections that do nothing any more.
pub struct Idle(Vec<TcpStream>);

impl Idle {
    /// Connects `count`, each with one question and its answer.
    pub fn connect(to: SocketAddr, count: usize) -> anyhow::Result<Self> {
        let mut idle = Self(Vec::with_capacity(count));
        while idle.0.len() < count {
            let from = idle.0.len();
            for _ in from..count.min(from + AT_A_TIME) {
                let many = || format!("connection {} of {count}", idle.0.len() + 1);
                let stream = connect(to).and_then(|mut stream| ask(&mut stream).map(|()| stream));
                let stream = stream.with_context(many)?;
                idle.0.push(stream);
            }
            idle.0[from..].iter_mut().try_for_each(answered)?;
        }
        Ok(idle)
    }

    /// Fails when one of them was closed.
    pub fn must_be_open(&self) -> anyhow::Result<()> {
        let closed = self.0.iter().filter(|stream| is_closed(stream)).count();
        ensure!(closed == 0, "{closed} of {} idle connections were closed", self.0.len());
        Ok(())
    }

    /// Fails when one of a few of them does not answer any more.
    pub fn must_answer(&mut self) -> anyhow::Result<()> {
        let apart = self.0.len().div_ceil(100);
        self.0.iter_mut().step_by(apart.max(1)).try_for_each(|stream| {
            ask(stream)?;
            answered(stream)
        })
    }
}

/// Connections that do what no client does.
pub struct Hostile {
    /// Which must be closed.
    wrong: Vec<TcpStream>,
    /// Which have sent a part of a request and may wait.
    half: Vec<TcpStream>,
    /// Which have sent nothing and may wait.
    silent: Vec<TcpStream>,
    sent_bytes: u64,
}

impl Hostile {
    /// Connects `each` of every kind.
    pub fn connect(to: SocketAddr, each: usize) -> anyhow::Result<Self> {
        let mut hostile = Self::connect_quiet(to, each)?;
        for number in 0..each {
            for wrong in [&noise(number)[..], &i32::MAX.to_be_bytes(), &(-2_i32).to_be_bytes()] {
                let stream = hostile.send(to, wrong)?;
                hostile.wrong.push(stream);
            }
        }
        Ok(hostile)
    }

    /// Connects `each` of those that may wait.
    pub fn connect_quiet(to: SocketAddr, each: usize) -> anyhow::Result<Self> {
        let mut hostile = Self { wrong: Vec::new(), half: Vec::new(), silent: Vec::new(), sent_bytes: 0 };
        let half = [&HALF_FRAME_BYTES.to_be_bytes()[..], &vec![0; HALF_FRAME_SENT_BYTES]].concat();
        for _ in 0..each {
            let (half, silent) = (hostile.send(to, &half)?, hostile.send(to, &[])?);
            hostile.half.push(half);
            hostile.silent.push(silent);
        }
        Ok(hostile)
    }

    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> anyhow::Result<TcpStream> {
        let mut stream = connect(to)?;
        // One that is closed while it is being sent to has got what it deserves.
        let _ = stream.write_all(bytes);
        self.sent_bytes += bytes.len() as u64;
        Ok(stream)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        (self.wrong.len() + self.half.len() + self.silent.len()) as u64
    }

    /// What they sent.
    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes
    }

    /// Fails when one that sent what can be no request is not closed in time.
    pub fn must_be_closed(&self, within: Duration) -> anyhow::Result<()> {
        let deadline = now() + within;
        let mut open: Vec<_> = self.wrong.iter().collect();
        while !open.is_empty() {
            open.retain(|stream| !is_closed(stream));
            pause(Duration::from_millis(20));
            let seconds = within.as_secs();
            ensure!(now() < deadline, "{} connections with garbage are open after {seconds} s", open.len());
        }
        Ok(())
    }
}

impl Hostile {
    /// Fails when one that may wait was closed before its time, or one that has said nothing so far is not answered.
    pub fn must_be_waited_for(&mut self) -> anyhow::Result<()> {
        let closed = self.half.iter().chain(&self.silent).filter(|stream| is_closed(stream)).count();
        ensure!(closed == 0, "{closed} connections that may wait were closed");
        self.silent.iter_mut().try_for_each(ask)?;
        self.silent.iter_mut().try_for_each(answered)
    }

    /// Fails unless those that may wait are closed between `after` their first was connected, at `begun`, and `within` from
    /// now; one that asks meanwhile is not.
    pub fn must_be_given_up(
        &self,
        busy: &mut Idle,
        begun: Instant,
        after: Duration,
        within: Duration,
    ) -> anyhow::Result<()> {
        let started = now();
        let mut open: Vec<_> = self.half.iter().chain(&self.silent).collect();
        while !open.is_empty() {
            let before = open.len();
            open.retain(|stream| !is_closed(stream));
            let is_early = open.len() < before && begun.elapsed() < after;
            let ms = begun.elapsed().as_millis();
            ensure!(!is_early, "{} connections that may wait were closed after {ms} ms", before - open.len());
            let is_late = !open.is_empty() && started.elapsed() > within;
            ensure!(!is_late, "{} connections that do nothing are open after {ms} ms", open.len());
            busy.must_answer().context("beside those that do nothing")?;
            pause(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// Bytes whose first four are a length that no request has; every one is different.
pub fn noise(number: usize) -> Vec<u8> {
    let mut state = number as u64;
    let mut bytes = vec![0x7f];
    bytes.extend((0..255).map(|_| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 56) as u8
    }));
    bytes
}

fn connect(to: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream) -> anyhow::Result<()> {
    Ok(stream.write_all(API_VERSIONS)?)
}

fn answered(stream: &mut TcpStream) -> anyhow::Result<()> {
    let mut head = [0; 8];
    stream.read_exact(&mut head).context("no answer")?;
    let (length, correlation) = head.split_at(4);
    ensure!(correlation == CORRELATION, "an answer to another question");
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let mut rest = vec![0; length.saturating_sub(4)];
    Ok(stream.read_exact(&mut rest)?)
}

/// Whether the peer has closed it; nothing is to be read from it otherwise.
fn is_closed(stream: &TcpStream) -> bool {
    let mut byte = [0];
    let looked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut byte));
    let closed = match looked {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    };
    closed || stream.set_nonblocking(false).is_err()
}
