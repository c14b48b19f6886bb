//! Topics and partitions through the core: what is answered, and what follows from it.

use hence_base::{LeaderEpoch, Offset, StreamId};
use smallvec::smallvec;

use super::world::{EPOCH_0, LEADER_0, World, at, batch};
use crate::{
    AlterSettings, AppendError, Change, CreatePartitions, CreatePartitionsError, CreateTopicError,
    CreateTopics, DeleteTopicError, DeleteTopics, EpochEnd, EpochEnds, InitProducer, NewTopic, NoStream,
    OutOfOrderSequence, PartitionsNotMore, Produce, ProducerFenced, SettingChange, Settings, TopicChanges,
    TopicId, TopicRef, Trim, TrimBeyondEnd, TrimTo,
};
use hence_message::kafka::{ProducerEpoch, Sequence};

#[test]
fn offsets_follow_each_other_without_gaps_in_each_partition() {
    let mut world = World::new();
    let topic = world.create("orders", 2);
    let (first, second) = (topic.partitions[0], topic.partitions[1]);
    assert_eq!(world.append(batch(first).records(3)), at(0));
    assert_eq!(world.append(batch(second).records(5)), at(0));
    assert_eq!(world.append(batch(first).records(2)), at(3));
    assert_eq!(world.end(first), 5);
}

#[test]
fn batches_of_one_request_are_appended_in_order_and_judged_one_by_one() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let nowhere = StreamId(999);
    let batches = [batch(stream).records(2), batch(nowhere), batch(stream)];
    let answers = world.ask(Produce { batches: batches.into_iter().map(|batch| batch.build()).collect() });
    assert_eq!(answers.as_slice(), [at(0), Err(NoStream { stream: nowhere }.into()), at(2)]);
}

#[test]
fn a_duplicate_within_the_window_is_answered_with_the_first_offset() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let (id, epoch) = world.ask(InitProducer).expect("there is room");
    assert_eq!(epoch, EPOCH_0);
    for n in 0..5 {
        assert_eq!(world.append(batch(stream).producer(id, 0, n * 10).records(10)), at(n as u64 * 10));
    }
    for n in 0..5 {
        assert_eq!(world.append(batch(stream).producer(id, 0, n * 10).records(10)), at(n as u64 * 10));
    }
    assert_eq!(world.end(stream), 50, "nothing was appended twice");
    assert_eq!(world.append(batch(stream).producer(id, 0, 50).records(10)), at(50));
    let older = OutOfOrderSequence { producer: id, got: Sequence(0), expected: Sequence(60) };
    assert_eq!(world.append(batch(stream).producer(id, 0, 0).records(10)), Err(older.into()));
}

#[test]
fn sequences_must_follow_and_a_new_epoch_starts_at_zero() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let (id, _) = world.ask(InitProducer).expect("there is room");
    assert_eq!(world.append(batch(stream).producer(id, 1, 0).records(3)), at(0));
    let gap = OutOfOrderSequence { producer: id, got: Sequence(4), expected: Sequence(3) };
    assert_eq!(world.append(batch(stream).producer(id, 1, 4)), Err(gap.into()));
    let late_start = OutOfOrderSequence { producer: id, got: Sequence(3), expected: Sequence(0) };
    assert_eq!(world.append(batch(stream).producer(id, 2, 3)), Err(late_start.into()));
    assert_eq!(world.append(batch(stream).producer(id, 2, 0)), at(3));
    let fenced = ProducerFenced { producer: id, got: ProducerEpoch(1), current: ProducerEpoch(2) };
    assert_eq!(world.append(batch(stream).producer(id, 1, 3)), Err(fenced.into()));
}

#[test]
fn sequences_go_on_at_zero_after_the_largest() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let (id, _) = world.ask(InitProducer).expect("there is room");
    assert_eq!(world.append(batch(stream).producer(id, 0, i32::MAX - 1).records(2)), at(0));
    assert_eq!(world.append(batch(stream).producer(id, 0, 0)), at(2));
    assert_eq!(world.append(batch(stream).producer(id, 0, i32::MAX - 1).records(2)), at(0));
}

#[test]
fn a_producer_that_was_silent_for_a_day_may_start_anywhere() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let (id, _) = world.ask(InitProducer).expect("there is room");
    assert_eq!(world.append(batch(stream).producer(id, 0, 0)), at(0));
    world.pass(24 * 60 * 60 * 1000 - 1);
    assert!(world.append(batch(stream).producer(id, 0, 7)).is_err(), "it is remembered for a day");
    assert_eq!(world.append(batch(stream).producer(id, 0, 1)), at(1), "and is heard of again");
    world.pass(24 * 60 * 60 * 1000 - 1);
    assert!(world.append(batch(stream).producer(id, 0, 7)).is_err());
    world.pass(1);
    assert_eq!(world.append(batch(stream).producer(id, 0, 7)), at(2));
}

#[test]
fn the_producer_that_was_silent_longest_is_forgotten_beyond_the_cap() {
    let mut world = World::with(Settings { producers_max: 2, ..Settings::default() });
    let stream = world.create("orders", 1).partitions[0];
    let [a, b, c] = [(); 3].map(|()| world.ask(InitProducer).expect("there is room").0);
    let send = |world: &mut World, id, sequence| {
        world.now += 1;
        world.append(batch(stream).producer(id, 0, sequence)).is_ok()
    };
    assert!(send(&mut world, a, 0) && send(&mut world, b, 0) && send(&mut world, a, 1));
    assert!(send(&mut world, c, 0), "a third is taken in");
    assert!(!send(&mut world, a, 9) && !send(&mut world, c, 9), "these are remembered");
    assert!(send(&mut world, b, 9), "this one was silent longest");
}

#[test]
fn producer_ids_are_never_given_again() {
    let mut world = World::new();
    let (first, _) = world.ask(InitProducer).expect("there is room");
    world.restart(false);
    let (second, _) = world.ask(InitProducer).expect("there is room");
    assert!(second > first);
}

#[test]
fn an_id_whose_counter_was_lost_is_not_given_to_another_producer() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let kept = world.commits.len();
    let (lost, _) = world.ask(InitProducer).expect("there is room");
    world.lose_all_but(kept);
    assert_eq!(world.append(batch(stream).producer(lost, 0, 0)), at(0), "its producer goes on");
    let (new, epoch) = world.ask(InitProducer).expect("there is room");
    assert_eq!(epoch, EPOCH_0);
    assert_eq!(world.append(batch(stream).producer(new, 0, 0)), at(1), "no duplicate of another's record");
    assert_eq!(new.0, 2 << 32, "the second opening lacked something");
}

#[test]
fn ids_and_epochs_stay_in_range_however_often_the_journal_was_opened() {
    let mut world = World::new();
    let topic = world.create("orders", 1);
    world.epoch = u64::MAX - 1;
    world.restart(false);
    assert_eq!(world.catalog.leader_epoch(&topic, 0), LeaderEpoch(i32::MAX as u32));
    assert!(world.ask(InitProducer).expect("there is room").0.0 > 0);
}

#[test]
fn a_leader_epoch_whose_counter_was_lost_is_not_used_for_other_records() {
    let mut world = World::new();
    let topic = world.create("orders", 1);
    let kept = world.commits.len();
    world.lose_all_but(kept);
    world.append(batch(topic.partitions[0])).expect("there is room");
    let lost = world.catalog.leader_epoch(&topic, 0);
    world.lose_all_but(kept);
    assert_eq!(world.append(batch(topic.partitions[0])), at(0), "the offset is another record's now");
    assert!(world.catalog.leader_epoch(&topic, 0) > lost);
}

#[test]
fn a_trim_moves_the_start_and_never_back_nor_beyond_the_end() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.append(batch(stream).records(10)).expect("there is room");
    let mut trim = |to| world.ask(Trim { streams: smallvec![(stream, to)] }).remove(0);
    assert_eq!(trim(TrimTo::Offset(Offset(4))), Ok(Offset(4)));
    assert_eq!(trim(TrimTo::Offset(Offset(2))), Ok(Offset(4)));
    let beyond = TrimBeyondEnd { to: Offset(11), end: Offset(10) };
    assert_eq!(trim(TrimTo::Offset(Offset(11))), Err(beyond.into()));
    assert_eq!(trim(TrimTo::End), Ok(Offset(10)));
    assert_eq!(world.append(batch(stream)).map(|appended| (appended.base.0, appended.start.0)), Ok((10, 10)));
}

#[test]
fn a_trim_by_age_stops_at_what_has_no_age() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    for timestamp in [5, -1, 5, -1, 5] {
        world.append(batch(stream).timestamp(timestamp)).expect("there is room");
    }
    let trim = |world: &mut World, to| world.ask(Trim { streams: smallvec![(stream, to)] }).remove(0);
    for restarts in [false, true] {
        if restarts {
            world.checkpoint_with(usize::MAX, |_| {});
            world.restart(true);
        }
        assert_eq!(trim(&mut world, TrimTo::Aged(Offset(5))), Ok(Offset(1)));
    }
    assert_eq!(
        trim(&mut world, TrimTo::Offset(Offset(3))),
        Ok(Offset(3)),
        "by size, or because a client asked"
    );
    assert_eq!(trim(&mut world, TrimTo::Aged(Offset(5))), Ok(Offset(3)));
    assert_eq!(trim(&mut world, TrimTo::Offset(Offset(4))), Ok(Offset(4)));
    assert_eq!(trim(&mut world, TrimTo::Aged(Offset(5))), Ok(Offset(5)), "none is left");
}

#[test]
fn a_leader_epoch_rises_at_a_lossy_start_only_and_counts_from_the_topics_creation() {
    let mut world = World::new();
    let old = world.create("old", 1);
    world.append(batch(old.partitions[0]).records(5)).expect("there is room");
    world.restart(true);
    assert_eq!(world.catalog.leader_epoch(&old, 0), LEADER_0);
    world.restart(false);
    assert_eq!(world.catalog.leader_epoch(&old, 0), LeaderEpoch(3), "that of the journal's opening");
    world.append(batch(old.partitions[0]).records(2)).expect("there is room");
    let new = world.create("new", 1);
    assert_eq!(world.catalog.leader_epoch(&new, 0), LEADER_0);
    world.restart(false);
    assert_eq!(world.catalog.leader_epoch(&old, 0), LeaderEpoch(4));
    assert_eq!(world.catalog.leader_epoch(&new, 0), LeaderEpoch(1));
    let stream = old.partitions[0];
    let of = (0..6).map(|epoch| (stream, LeaderEpoch(epoch))).collect();
    let ends: Vec<_> = world.ask(EpochEnds { of }).into_iter().map(|end| end.expect("it is there")).collect();
    let end = |epoch, end| Some(EpochEnd { epoch: LeaderEpoch(epoch), end: Offset(end) });
    assert_eq!(ends, [end(0, 5), end(0, 5), end(0, 5), end(3, 7), end(4, 7), None]);
}

#[test]
fn what_was_created_is_found_by_name_and_by_id() {
    let mut world = World::new();
    let created = world.try_create("orders", 3, &[("retention.ms", "1000")]).expect("it can be created");
    let by_name = world.catalog.topic("orders").expect("it is there");
    assert_eq!(by_name, &created);
    assert_eq!(world.catalog.topic_by_id(created.id), Some(&created));
    assert_eq!((created.partitions.len(), created.settings.retention_ms), (3, 1000));
    assert_eq!(world.catalog.partitions(), 3);
}

#[test]
fn a_topic_that_cannot_be_created_is_refused_in_kafkas_words() {
    let mut world = World::new();
    world.create("a.b", 1);
    let mut refused = |name: &str, partitions, settings: &[(&str, &str)]| {
        world.try_create(name, partitions, settings).expect_err("it is refused").to_string()
    };
    assert_eq!(refused("a.b", 1, &[]), "Topic 'a.b' already exists.");
    assert_eq!(refused("a_b", 1, &[]), "Topic 'a_b' collides with existing topic: a.b");
    assert_eq!(refused("", 1, &[]), "Topic name is invalid: the empty string is not allowed");
    assert_eq!(refused("..", 1, &[]), "Topic name is invalid: '.' or '..' is not allowed");
    assert_eq!(
        refused("a b", 1, &[]),
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    );
    assert!(refused(&"x".repeat(250), 1, &[]).contains("is longer than the max allowed length 249"));
    assert_eq!(refused("c", 0, &[]), "Number of partitions was set to an invalid non-positive value.");
    assert_eq!(refused("c", 1, &[("nope", "1")]), "Unknown topic config name: nope");
    assert_eq!(
        refused("c", 1, &[("retention.ms", "abc")]),
        "Invalid value abc for configuration retention.ms: Not a number of type LONG"
    );
    assert!(refused("c", 1, &[("cleanup.policy", "compact")]).contains("cleanup.policy"));
    assert_eq!(refused("c", 20_000, &[]), "too many partitions of one topic: at most 10000 are allowed");
}

#[test]
fn a_name_that_occurs_twice_in_a_request_is_created_by_neither() {
    let mut world = World::new();
    let new = |name: &str, id| NewTopic {
        name: name.into(),
        id: TopicId([id; 16]),
        partitions: 1,
        ..Default::default()
    };
    let topics = vec![new("a", 1), new("b", 2), new("a", 3)];
    let answers = world.ask(CreateTopics { topics, validate_only: false });
    let created: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(created, [false, true, false]);
    assert!(matches!(answers[0], Err(CreateTopicError::DuplicateTopic(_))));
}

#[test]
fn validating_creates_nothing() {
    let mut world = World::new();
    let topics =
        vec![NewTopic { name: "a".into(), id: TopicId([1; 16]), partitions: 1, ..Default::default() }];
    let commits = world.commits.len();
    assert!(world.ask(CreateTopics { topics, validate_only: true })[0].is_ok());
    assert_eq!((world.catalog.len(), world.commits.len()), (0, commits));
}

#[test]
fn a_deleted_topic_is_gone_at_once_and_a_new_one_of_its_name_is_another() {
    let mut world = World::new();
    let old = world.create("orders", 1);
    world.append(batch(old.partitions[0])).expect("there is room");
    world.ask(DeleteTopics { topics: vec![TopicRef::Name("orders".into())] })[0]
        .as_ref()
        .expect("it was there");
    assert!(world.catalog.is_empty());
    let gone = NoStream { stream: old.partitions[0] };
    assert_eq!(world.append(batch(old.partitions[0])), Err(AppendError::NoStream(gone)));
    let new = world.create("orders", 1);
    assert_ne!((new.id, new.partitions[0]), (old.id, old.partitions[0]));
    assert_eq!(world.append(batch(new.partitions[0])), at(0));
    let topics = vec![TopicRef::Id(old.id), TopicRef::Name("other".into())];
    let answers = world.ask(DeleteTopics { topics });
    assert!(matches!(answers[0], Err(DeleteTopicError::UnknownTopicId(_))));
    assert!(matches!(answers[1], Err(DeleteTopicError::UnknownTopic(_))));
}

#[test]
fn deleting_many_partitions_goes_on_in_steps_and_after_a_restart() {
    let mut world = World::new();
    let topic = world.create("many", 5_000);
    let mut queue =
        [(crate::RequestId(77), DeleteTopics { topics: vec![TopicRef::Id(topic.id)] }.into())].into();
    let mut turn = crate::Turn::default();
    turn.clear();
    world.core.turn(hence_base::Timestamp(world.now), world.room, &mut queue, &mut turn);
    assert_eq!(turn.replies.len(), 1, "the answer does not wait for the space");
    assert!(turn.more && turn.ops.len() < 1_000, "{} operations", turn.ops.len());
    world.commits.push(turn.ops.clone());
    world.restart(true);
    let dropped =
        world.commits.iter().flatten().filter(|op| matches!(op, crate::Op::DropStream { .. })).count();
    assert_eq!(dropped, 5_000);
}

#[test]
fn partitions_can_only_be_added() {
    let mut world = World::new();
    let old = world.create("orders", 2);
    world.restart(false);
    let mut grow = |name: &str, asked| {
        world.ask(CreatePartitions { topics: vec![(name.into(), asked)], validate_only: false }).remove(0)
    };
    assert_eq!(grow("orders", 4), Ok(()));
    let not_more = PartitionsNotMore { name: "orders".into(), has: 4, asked: 3 };
    assert_eq!(grow("orders", 3), Err(not_more.into()));
    assert!(matches!(grow("orders", 0), Err(CreatePartitionsError::InvalidPartitions(_))));
    assert!(matches!(grow("other", 3), Err(CreatePartitionsError::UnknownTopic(_))));
    let grown = world.catalog.topic("orders").expect("it is there").clone();
    assert_eq!(grown.partitions[..2], old.partitions[..]);
    assert_eq!(world.append(batch(grown.partitions[3])), at(0));
    let epochs: Vec<u32> = (0..4).map(|partition| world.catalog.leader_epoch(&grown, partition).0).collect();
    assert_eq!(epochs, [2, 2, 0, 0], "new partitions lost nothing");
}

#[test]
fn settings_change_together_or_not_at_all() {
    let mut world = World::new();
    world.try_create("orders", 1, &[("retention.bytes", "5")]).expect("it can be created");
    let mut alter = |replace, changes: &[(&str, Change)]| {
        let change =
            |(name, change): &(&str, Change)| SettingChange { name: (*name).into(), change: change.clone() };
        let changes = changes.iter().map(change).collect();
        let topics = vec![TopicChanges { name: "orders".into(), replace, changes }];
        let answer = world.ask(AlterSettings { topics, validate_only: false }).remove(0);
        let settings = &world.catalog.topic("orders").expect("it is there").settings;
        (answer.is_ok(), settings.retention_ms, settings.retention_bytes)
    };
    let set = |value: &str| Change::Set(value.into());
    assert_eq!(alter(false, &[("retention.ms", set("9"))]), (true, 9, 5));
    assert_eq!(alter(false, &[("retention.ms", set("8")), ("retention.bytes", set("x"))]), (false, 9, 5));
    assert_eq!(alter(false, &[("retention.bytes", Change::Reset)]), (true, 9, -1));
    assert_eq!(alter(true, &[("retention.bytes", set("7"))]), (true, 604_800_000, 7));
    assert_eq!(alter(false, &[("retention.ms", Change::Append("1".into()))]), (false, 604_800_000, 7));
}
