//! Idempotent producers: each sends numbered batches to one partition, several in flight, and sends again what was not
//! answered.
//!
//! Always: an answered batch is at its offset, once, and in the producer's order; one that was not answered is there once
//! or not at all. Never here: topics.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};
use hence_broker::Pending;
use hence_broker::core::{AppendError, InitProducer, InitProducerError, Produce, ProduceBatch, Produced};
use hence_message::kafka::{
    BatchBuilder, BatchHeader, Codec, Limits, NewRecord, Producer, ProducerEpoch, ProducerId, Sequence, check,
};

use super::server::Server;
use super::topics::Topics;
use super::{Truth, answered};
use crate::dice::Dice;
use crate::hold;
use crate::model::Violation;

const IN_FLIGHT_MAX: usize = 4;

/// Some producers.
#[derive(Debug)]
pub struct Producers {
    all: Vec<Sender>,
}

#[derive(Debug, Default)]
struct Sender {
    named: Option<(ProducerId, ProducerEpoch)>,
    naming: Option<Pending<Result<(ProducerId, ProducerEpoch), InitProducerError>>>,
    stream: Option<StreamId>,
    next: Sequence,
    in_flight: VecDeque<Sent>,
    /// A batch in flight was refused: what follows it is out of order until it was sent again.
    refused: bool,
}

#[derive(Debug)]
struct Sent {
    header: BatchHeader,
    payload: Bytes,
    /// None: to be sent again.
    pending: Option<Pending<Produced>>,
}

impl Producers {
    /// So many.
    pub fn new(count: usize) -> Self {
        Self { all: (0..count).map(|_| Sender::default()).collect() }
    }

    /// One of them sends, or sends again, or asks for its name.
    pub fn ask(&mut self, server: &Server, dice: &mut Dice, topics: &Topics, truth: &mut Truth, now_ms: i64) {
        let index = dice.below(self.all.len() as u64) as usize;
        let Some(sender) = self.all.get_mut(index) else { return };
        if sender.stream.is_none_or(|stream| !topics.holds(stream)) {
            *sender = Sender { stream: topics.pick_stream(dice), ..Sender::default() };
        }
        if sender.named.is_none() {
            if sender.naming.is_none() {
                sender.naming = Some(server.ask(InitProducer));
            }
            return;
        }
        sender.send_again(server);
        if sender.in_flight.len() < IN_FLIGHT_MAX {
            sender.send(server, dice, truth, now_ms);
        }
    }

    /// Takes answers.
    pub fn hear(&mut self, topics: &Topics, truth: &mut Truth, answers: &mut u64) -> Result<(), Violation> {
        for sender in &mut self.all {
            if let Some(answer) = sender.naming.as_mut().and_then(answered) {
                sender.naming = None;
                sender.named = answer.ok().and_then(Result::ok);
                *answers += 1;
            }
            sender.hear(topics, truth, answers)?;
        }
        Ok(())
    }

    /// Nothing that was asked will be answered: it is asked again.
    pub fn forget(&mut self) {
        for sender in &mut self.all {
            sender.naming = None;
            sender.in_flight.iter_mut().for_each(|sent| sent.pending = None);
        }
    }

    /// Compares every partition after a start; says whether something that was answered is not there.
    pub fn compare(
        &mut self,
        server: &Server,
        topics: &Topics,
        truth: &mut Truth,
        may_lack: bool,
    ) -> Result<bool, Violation> {
        let mut lacked = false;
        for stream in topics.streams() {
            lacked |= compare_partition(server, stream, truth, may_lack)?;
        }
        if may_lack {
            // The producers' windows may have gone with what is lacking: they begin anew, as clients do.
            self.all.iter_mut().for_each(|sender| *sender = Sender::default());
        }
        Ok(lacked)
    }
}

fn compare_partition(
    server: &Server,
    stream: StreamId,
    truth: &mut Truth,
    may_lack: bool,
) -> Result<bool, Violation> {
    let found = server.read_all(stream)?;
    let (start, end) = server.bounds(stream).unwrap_or_default();
    let Truth { partitions, sent } = truth;
    let known = partitions.entry(stream).or_default();
    let held = start >= known.floor || may_lack;
    hold!(held, "stream {stream} starts at {start} although a trim to {} was answered", known.floor);
    hold!(
        start <= known.floor_asked.max(known.floor),
        "stream {stream} starts at {start}, which nobody asked for"
    );
    let there: BTreeMap<Offset, &Bytes> = found.iter().map(|(base, payload)| (*base, payload)).collect();
    let mut lacked = start < known.floor;
    for (base, payload) in &known.entries {
        // An entry that ends before the start may be gone.
        if *base < start && !there.contains_key(base) {
            continue;
        }
        match there.get(base) {
            Some(same) if *same == payload => {}
            other => {
                let what = if other.is_some() { "another batch" } else { "nothing" };
                hold!(
                    may_lack,
                    "stream {stream} ends at {end} and has {what} at {base}, where a client was shown one"
                );
                lacked = true;
            }
        }
    }
    let mut once = BTreeSet::new();
    for (base, payload) in &found {
        hold!(once.insert(payload), "stream {stream} has a batch twice, again at {base}");
        let ours = known.entries.get(base) == Some(payload) || sent.get(payload) == Some(&stream);
        hold!(ours, "stream {stream} has a batch at {base} that nobody sent there");
    }
    known.entries = found.into_iter().collect();
    known.floor = start;
    Ok(lacked)
}

impl Sender {
    fn send(&mut self, server: &Server, dice: &mut Dice, truth: &mut Truth, now_ms: i64) {
        let (Some((id, epoch)), Some(stream)) = (self.named, self.stream) else { return };
        let producer = Producer { id, epoch, base_sequence: self.next };
        let mut builder = BatchBuilder::new(Codec::None).producer(producer);
        let mut value = vec![0; 8 + dice.skewed(600) as usize];
        dice.fill(&mut value);
        for _ in 0..=dice.skewed(5) {
            builder.push(&NewRecord {
                timestamp: Timestamp(now_ms),
                value: Some(&value),
                ..NewRecord::default()
            });
        }
        let Ok(payload) = builder.build() else { return };
        let Ok(header) = check(&payload, &Limits::of_size(1 << 20)) else { return };
        let payload = Bytes::from(payload);
        self.next = self.next.plus(builder.records());
        truth.sent.insert(payload.clone(), stream);
        self.in_flight.push_back(Sent { header, payload, pending: None });
        self.send_again(server);
    }

    fn send_again(&mut self, server: &Server) {
        let Some(stream) = self.stream else { return };
        for sent in self.in_flight.iter_mut().filter(|sent| sent.pending.is_none()) {
            let Sent { header, payload, .. } = sent;
            let batch = ProduceBatch {
                stream,
                header: *header,
                max_timestamp: header.max_timestamp,
                payload: payload.clone(),
            };
            sent.pending = Some(server.ask(Produce { batches: std::iter::once(batch).collect() }));
        }
    }

    fn hear(&mut self, topics: &Topics, truth: &mut Truth, answers: &mut u64) -> Result<(), Violation> {
        let Some(stream) = self.stream else { return Ok(()) };
        for sent in &mut self.in_flight {
            let Some(answer) = sent.pending.as_mut().and_then(answered) else { continue };
            sent.pending = None;
            let Ok(answer) = answer else { continue };
            *answers += 1;
            match answer.first() {
                Some(Ok(appended)) => {
                    truth.show(stream, appended.base, &sent.payload)?;
                    sent.header.count = 0;
                }
                Some(Err(AppendError::DiskFull(_))) => self.refused = true,
                // What follows a refused batch in flight is out of order; both are sent again.
                Some(Err(AppendError::OutOfOrderSequence(_))) if self.refused || !topics.holds(stream) => {}
                Some(Err(AppendError::NoStream(_))) if !topics.holds(stream) => {}
                other => {
                    return Err(Violation(format!("a batch for stream {stream} was answered {other:?}")));
                }
            }
        }
        self.in_flight.retain(|sent| sent.header.count > 0);
        self.refused &= !self.in_flight.is_empty();
        Ok(())
    }
}
