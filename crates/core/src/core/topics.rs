//! Commands on topics and partitions: judged by the machines, made operations here.
//!
//! Always: each item of a list is decided by itself, and an item that does not fit into this turn is decided in the next.

use std::sync::Arc;

use hence_base::Urgency;
use hence_message::kafka::{self, Annotations, EntryFlags, ProducerEpoch, ProducerId};
use smallvec::SmallVec;

use super::counters::Counter;
use super::removals::Removal;
use super::{Core, Flow, Gather, NoFit};
use crate::catalog::{Topic, encode_topic, topic_key};
use crate::command::{
    AlterSettings, CreatePartitions, CreateTopics, DeleteTopics, EpochEnds, InitProducer, NewTopic, Produce,
    ProduceBatch, Trim, TrimTo,
};
use crate::error::{
    AppendError, CreatePartitionsError, CreateTopicError, DiskFull, DuplicateTopic, InitProducerError,
    TopicIdExists, TrimError,
};
use crate::limits::DROPS_PER_STEP_MAX;
use crate::reply::{Appended, Produced, Request};
use crate::tables::{REMOVALS, TOPICS};
use crate::topic::Verdict;
use crate::turn::{OP_OVERHEAD_BYTES, Op};

/// One step: decided, or to be taken again in the next turn.
type Step<T> = Result<T, Later>;

/// The turn is full.
struct Later;

/// Takes steps until all are taken or the turn is full. Each is a look, so that a list of refusals ends turns too.
macro_rules! each {
    ($gather:expr, $items:expr, $done:expr, |$item:ident| $step:expr) => {
        while let Some($item) = $items.get_mut($done.len()) {
            if $gather.looks == 0 {
                return Flow::Later;
            }
            $gather.look(1);
            match $step {
                Ok(decided) => $done.push(decided),
                Err(Later) => return Flow::Later,
            }
        }
    };
}

/// What does not fit now and would never, as the operation's own error.
macro_rules! fit {
    ($gather:expr, $bytes:expr, $urgency:expr) => {
        match $gather.fits($bytes, $urgency) {
            Ok(()) => {}
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(_)) => return Ok(Err(DiskFull {}.into())),
        }
    };
}

impl Core {
    pub(super) fn produce(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut Produce,
        done: &mut Produced,
    ) -> Flow {
        each!(gather, command.batches, done, |batch| self.append(gather, batch));
        Flow::Done
    }

    fn append(
        &mut self,
        gather: &mut Gather<'_>,
        batch: &mut ProduceBatch,
    ) -> Step<Result<Appended, AppendError>> {
        let ProduceBatch { stream, header, max_timestamp, .. } = *batch;
        // A checked batch has at least one record.
        let records = header.records().max(1);
        let lossy_starts = self.counters.lossy_starts();
        let judged =
            self.partitions.judge_append(gather.now, lossy_starts, stream, records, header.producer());
        let (base, leader_epoch, start) = match judged {
            Ok((Verdict::Append(at), leader_epoch, start)) => (at, leader_epoch, start),
            Ok((Verdict::Duplicate(base), _, start)) => return Ok(Ok(Appended { base, start })),
            Err(error) => return Ok(Err(error)),
        };
        let annotations = match Annotations::of(&header) {
            Some(annotations) => SmallVec::from(annotations.encode()),
            None => SmallVec::new(),
        };
        match gather.fits(OP_OVERHEAD_BYTES + annotations.len() + batch.payload.len(), Urgency::Normal) {
            Ok(()) => {}
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(never)) => return Ok(Err(never.into())),
        }
        let op = Op::Append {
            stream,
            base,
            count: records,
            max_timestamp,
            leader_epoch,
            format: kafka::FORMAT,
            flags: EntryFlags::of(&header).0,
            annotations,
            payload: std::mem::take(&mut batch.payload),
        };
        self.emit(gather, op, Urgency::Normal);
        Ok(Ok(Appended { base, start }))
    }

    pub(super) fn init_producer(
        &mut self,
        gather: &mut Gather<'_>,
        _: &InitProducer,
    ) -> Option<Result<(ProducerId, ProducerEpoch), InitProducerError>> {
        let id = self.counters.producer();
        let op = Counter::Producers.put(self.counters.next(Counter::Producers) + 1);
        match gather.fits(op.bytes(), Urgency::Normal) {
            Ok(()) => {}
            Err(NoFit::Later) => return None,
            Err(NoFit::Never(_)) => return Some(Err(DiskFull {}.into())),
        }
        self.emit(gather, op, Urgency::Normal);
        Some(Ok((id, ProducerEpoch(0))))
    }

    pub(super) fn trim(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut Trim,
        done: &mut <Trim as Request>::Reply,
    ) -> Flow {
        each!(gather, command.streams, done, |item| {
            let (stream, to) = *item;
            self.trim_one(gather, stream, to)
        });
        Flow::Done
    }

    fn trim_one(
        &mut self,
        gather: &mut Gather<'_>,
        stream: hence_base::StreamId,
        to: TrimTo,
    ) -> Step<Result<hence_base::Offset, TrimError>> {
        let (floor, to) = match self.partitions.judge_trim(stream, to) {
            Ok(judged) => judged,
            Err(error) => return Ok(Err(error)),
        };
        if to > floor {
            let op = Op::Trim { stream, to };
            fit!(gather, op.bytes(), Urgency::Relief);
            self.emit(gather, op, Urgency::Relief);
        }
        Ok(Ok(to))
    }

    pub(super) fn epoch_ends(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut EpochEnds,
        done: &mut <EpochEnds as Request>::Reply,
    ) -> Flow {
        let lossy_starts = self.counters.lossy_starts();
        each!(gather, command.of, done, |asked| {
            let (stream, epoch) = *asked;
            Ok(self.partitions.epoch_end(stream, epoch, lossy_starts))
        });
        Flow::Done
    }

    pub(super) fn create_topics(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut CreateTopics,
        done: &mut <CreateTopics as Request>::Reply,
    ) -> Flow {
        if done.is_empty() {
            self.twice = named_twice(command.topics.iter().map(|topic| topic.name.as_str()));
        }
        let validate_only = command.validate_only;
        each!(gather, command.topics, done, |new| {
            if self.twice.binary_search(&new.name).is_ok() {
                Ok(Err(DuplicateTopic { name: new.name.clone() }.into()))
            } else {
                self.create_topic(gather, new, validate_only)
            }
        });
        Flow::Done
    }

    fn create_topic(
        &mut self,
        gather: &mut Gather<'_>,
        new: &NewTopic,
        validate_only: bool,
    ) -> Step<Result<Arc<Topic>, CreateTopicError>> {
        if self.removals.contains_key(&new.id) {
            return Ok(Err(TopicIdExists { id: new.id }.into()));
        }
        let judged = self.catalog.judge_create(&self.settings, gather.now, new, self.counters.stream());
        let topic = match judged {
            Ok(topic) => topic,
            Err(error) => return Ok(Err(error)),
        };
        if !validate_only {
            let streams = self.counters.next(Counter::Streams) + topic.partitions.len() as u64;
            let ops = [Counter::Streams.put(streams), put_topic(&topic)];
            fit!(gather, ops.iter().map(Op::bytes).sum(), Urgency::Normal);
            gather.look(topic.partitions.len());
            ops.into_iter().for_each(|op| self.emit(gather, op, Urgency::Normal));
        }
        Ok(Ok(Arc::new(topic)))
    }

    pub(super) fn delete_topics(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut DeleteTopics,
        done: &mut <DeleteTopics as Request>::Reply,
    ) -> Flow {
        each!(gather, command.topics, done, |topic| {
            match self.catalog.judge_delete(topic) {
                Err(error) => Ok(Err(error)),
                Ok(topic) => self.delete_topic(gather, topic),
            }
        });
        Flow::Done
    }

    fn delete_topic(
        &mut self,
        gather: &mut Gather<'_>,
        topic: Arc<Topic>,
    ) -> Step<Result<Arc<Topic>, crate::error::DeleteTopicError>> {
        let delete = Op::Delete { table: TOPICS, key: topic_key(&topic.name) };
        let ops = [Removal::of(&topic.runs).put(topic.id), delete];
        fit!(gather, ops.iter().map(Op::bytes).sum(), Urgency::Relief);
        gather.look(topic.partitions.len());
        ops.into_iter().for_each(|op| self.emit(gather, op, Urgency::Relief));
        Ok(Ok(topic))
    }

    pub(super) fn create_partitions(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut CreatePartitions,
        done: &mut <CreatePartitions as Request>::Reply,
    ) -> Flow {
        if done.is_empty() {
            self.twice = named_twice(command.topics.iter().map(|(name, _)| name.as_str()));
        }
        let validate_only = command.validate_only;
        each!(gather, command.topics, done, |item| {
            let (name, asked) = (&item.0, item.1);
            if self.twice.binary_search(name).is_ok() {
                Ok(Err(DuplicateTopic { name: name.clone() }.into()))
            } else {
                self.grow_topic(gather, name, asked, validate_only)
            }
        });
        Flow::Done
    }

    fn grow_topic(
        &mut self,
        gather: &mut Gather<'_>,
        name: &str,
        asked: i32,
        validate_only: bool,
    ) -> Step<Result<(), CreatePartitionsError>> {
        let topic = match self.catalog.judge_grow(&self.settings, name, asked, self.counters.stream()) {
            Ok(topic) => topic,
            Err(error) => return Ok(Err(error)),
        };
        if !validate_only {
            let more = topic.runs.last().map_or(0, |run| u64::from(run.count));
            let ops = [Counter::Streams.put(self.counters.next(Counter::Streams) + more), put_topic(&topic)];
            fit!(gather, ops.iter().map(Op::bytes).sum(), Urgency::Normal);
            ops.into_iter().for_each(|op| self.emit(gather, op, Urgency::Normal));
        }
        Ok(Ok(()))
    }

    pub(super) fn alter_settings(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut AlterSettings,
        done: &mut <AlterSettings as Request>::Reply,
    ) -> Flow {
        let validate_only = command.validate_only;
        each!(gather, command.topics, done, |changes| {
            match self.catalog.judge_alter(changes) {
                Err(error) => Ok(Err(error)),
                Ok(_) if validate_only => Ok(Ok(())),
                Ok(topic) => self.alter_topic(gather, &topic),
            }
        });
        Flow::Done
    }

    fn alter_topic(
        &mut self,
        gather: &mut Gather<'_>,
        topic: &Topic,
    ) -> Step<Result<(), crate::error::AlterSettingsError>> {
        let op = put_topic(topic);
        // Shorter retention is how a full disk is emptied.
        fit!(gather, op.bytes(), Urgency::Relief);
        self.emit(gather, op, Urgency::Relief);
        Ok(Ok(()))
    }

    /// Removes some of what remains of deleted topics and groups; says whether more is left.
    pub(super) fn remove_some(&mut self, gather: &mut Gather<'_>) -> Result<bool, NoFit> {
        // Streams first, whosever they are: they are what frees space. Nobody sees offsets any more.
        if let Some((&topic, removal)) = self.removals.iter().find(|(_, removal)| removal.has_streams()) {
            let (streams, left) = removal.split(DROPS_PER_STEP_MAX);
            let left = left.put(topic);
            gather.fits(streams.len() * OP_OVERHEAD_BYTES + left.bytes(), Urgency::Relief)?;
            for stream in streams {
                self.emit(gather, Op::DropStream { stream }, Urgency::Relief);
            }
            self.emit(gather, left, Urgency::Relief);
            return Ok(true);
        }
        let orphans = self.with_groups(gather, |groups, _, fx| groups.remove_some(fx))?;
        let Some((&topic, _)) = self.removals.first_key_value() else { return Ok(orphans) };
        let after = if self.removal_after.0 == topic { self.removal_after.1 } else { 0 };
        let next = self.with_groups(gather, |groups, _, fx| groups.remove_topic(fx, topic, after))?;
        if let Some(next) = next {
            self.removal_after = (topic, next);
            return Ok(true);
        }
        let done = Op::Delete { table: REMOVALS, key: topic.0.to_vec() };
        gather.fits(done.bytes(), Urgency::Relief)?;
        self.emit(gather, done, Urgency::Relief);
        Ok(orphans || !self.removals.is_empty())
    }
}

fn put_topic(topic: &Topic) -> Op {
    Op::Put { table: TOPICS, key: topic_key(&topic.name), value: encode_topic(topic) }
}

/// Names that occur more than once, in order.
fn named_twice<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut sorted: Vec<&str> = names.collect();
    sorted.sort_unstable();
    let mut twice: Vec<String> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned()).collect();
    twice.dedup();
    twice
}
