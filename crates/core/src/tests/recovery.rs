//! Recovery: what a journal holds gives the state that was, from any moment on and however fuzzy its checkpoint is.

use hence_base::{Offset, Op, TableId, Timestamp};
use proptest::prelude::proptest;

use super::model::{Play, Step, steps};
use super::world::{World, at, batch};
use smallvec::smallvec;

use crate::{
    Core, DeleteGroups, InitProducer, MemberRef, OffsetCommit, PartitionCommit, RequestId, RowError,
    Settings, TopicCommit, TopicRef, Trim, TrimTo, Turn, tables,
};

proptest! {
    #[test]
    fn rows_and_what_was_committed_since_give_the_same_state(steps in steps()) {
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
            if matches!(step, Step::Checkpoint { .. } | Step::Pass { .. }) {
                assert_eq!(play.world.recovered().image(), play.world.core.image());
            }
        }
        assert_eq!(play.world.recovered().image(), play.world.core.image());
        play.world.checkpoint = Default::default();
        assert_eq!(play.world.recovered().image(), play.world.core.image(), "from the first commit on");
    }

    #[test]
    fn applying_what_the_rows_reflect_changes_nothing(steps in steps()) {
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
        }
        // Rows of now, followed by everything that ever happened.
        play.world.checkpoint_with(usize::MAX, |_| {});
        play.world.checkpoint.1 = 0;
        assert_eq!(play.world.recovered().image(), play.world.core.image());
    }
}

#[test]
fn an_epoch_that_has_no_entry_left_is_forgotten_in_whatever_order_it_lost_them() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.append(batch(stream).records(5)).expect("there is room");
    world.restart(false);
    world.ask(Trim { streams: smallvec![(stream, TrimTo::End)] })[0].as_ref().expect("it is there");
    world.append(batch(stream)).expect("there is room");
    world.checkpoint_with(usize::MAX, |_| {});
    world.checkpoint.1 = 0;
    assert_eq!(world.recovered().image(), world.core.image());
}

#[test]
fn the_duplicate_window_outlives_a_restart() {
    for with_checkpoint in [false, true] {
        let mut world = World::new();
        let stream = world.create("orders", 1).partitions[0];
        let (id, _) = world.ask(InitProducer).expect("there is room");
        for n in 0..7 {
            world.append(batch(stream).producer(id, 0, n)).expect("they follow");
        }
        if with_checkpoint {
            world.checkpoint_with(1, |_| {});
        }
        world.restart(false);
        assert_eq!(world.append(batch(stream).producer(id, 0, 2)), at(2), "five are remembered");
        assert!(world.append(batch(stream).producer(id, 0, 1)).is_err());
        assert_eq!(world.append(batch(stream).producer(id, 0, 7)), at(7));
    }
}

#[test]
fn a_trim_is_part_of_the_next_checkpoint() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.append(batch(stream).records(10)).expect("there is room");
    world.checkpoint_with(10, |_| {});
    world.ask(Trim { streams: smallvec![(stream, TrimTo::Offset(Offset(6)))] });
    world.checkpoint_with(10, |_| {});
    world.restart(true);
    assert_eq!(world.core.bounds(stream), Some((Offset(6), Offset(10))));
}

#[test]
fn a_checkpoint_ends_although_rows_change_faster_than_they_are_written() {
    let mut world = World::new();
    let streams = world.create("orders", 10).partitions.clone();
    for stream in streams.iter() {
        world.append(batch(*stream)).expect("there is room");
    }
    let mut slices = 0;
    world.checkpoint_with(3, |world| {
        slices += 1;
        for stream in streams.iter() {
            world.append(batch(*stream)).expect("there is room");
        }
    });
    assert_eq!(slices, 3, "four slices have ten rows");
    assert_eq!(world.recovered().image(), world.core.image());
}

#[test]
fn what_a_deleted_group_left_is_removed_after_a_restart_too() {
    let mut world = World::new();
    world.create("many", 2_000);
    let partitions =
        (0..2_000).map(|partition| PartitionCommit { partition, ..PartitionCommit::default() }).collect();
    let topics = vec![TopicCommit { topic: TopicRef::Name("many".into()), partitions }];
    let who = MemberRef { group: "simple".into(), generation: -1, ..MemberRef::default() };
    world.ask(OffsetCommit { who, retention_ms: None, topics }).expect("the group is empty");
    let mut queue = [(RequestId(99), DeleteGroups { groups: vec!["simple".into()] }.into())].into();
    let mut turn = Turn::default();
    turn.clear();
    world.core.turn(Timestamp(world.now), world.room, &mut queue, &mut turn);
    assert!(turn.more, "it is too much for one step");
    world.commits.push(turn.ops.clone());
    let left =
        |world: &World| world.core.image().keys().filter(|(table, _)| *table == tables::OFFSETS).count();
    assert!(left(&world) > 1_000);
    let commits = world.commits.clone();
    world.restart(true);
    assert_eq!(left(&world), 0, "the deletion is replayed");
    world.commits = commits;
    world.checkpoint_with(10, |_| {});
    world.restart(true);
    assert_eq!(left(&world), 0, "only its rows are there");
}

#[test]
fn a_producer_that_only_replay_saw_counts_as_heard_of_at_the_start() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    let (id, _) = world.ask(InitProducer).expect("there is room");
    world.append(batch(stream).producer(id, 0, 0)).expect("it is the first");
    world.checkpoint_with(10, |_| {});
    world.pass(23 * 60 * 60 * 1000);
    world.append(batch(stream).producer(id, 0, 1)).expect("it follows");
    world.restart(true);
    world.pass(2 * 60 * 60 * 1000);
    assert!(world.append(batch(stream).producer(id, 0, 9)).is_err(), "it is remembered");
    world.pass(22 * 60 * 60 * 1000);
    assert_eq!(world.append(batch(stream).producer(id, 0, 9)), at(2), "and expires in the end");
}

#[test]
fn remembered_producers_are_bounded_after_a_restart_too() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    for n in 0..20 {
        world
            .append(batch(stream).producer(hence_message::kafka::ProducerId(n), 0, 0))
            .expect("it is the first");
    }
    world.settings = Settings { producers_max: 5, ..Settings::default() };
    world.restart(true);
    let known = world.core.image().keys().filter(|(table, _)| *table == tables::PRODUCERS).count();
    assert_eq!(known, 5);
}

#[test]
fn at_the_cap_a_restart_remembers_those_that_were_heard_of_last() {
    let mut world = World::with(Settings { producers_max: 5, ..Settings::default() });
    let stream = world.create("orders", 1).partitions[0];
    let sent = |n| batch(stream).producer(hence_message::kafka::ProducerId(n), 0, 0);
    for n in 0..5 {
        world.append(sent(n)).expect("it is the first");
    }
    world.checkpoint_with(10, |_| {});
    world.pass(60 * 60 * 1000);
    for n in 5..10 {
        assert_eq!(world.append(sent(n)), at(n as u64));
    }
    world.restart(true);
    for n in 5..10 {
        assert_eq!(world.append(sent(n)), at(n as u64), "producer {n} sends again");
    }
    let known = world.core.image().keys().filter(|(table, _)| *table == tables::PRODUCERS).count();
    assert_eq!(known, 5);
}

#[test]
fn rows_that_this_version_does_not_know_are_an_error_and_not_a_guess() {
    let mut core = Core::new(Settings::default());
    let later = RowError { table: tables::TOPICS, what: "it was written by a later version" };
    let key = crate::catalog::topic_key("orders");
    assert_eq!(core.restore_row(tables::TOPICS, &key, &[9]), Err(later));
    for table in
        [tables::COUNTERS, tables::TOPICS, tables::REMOVALS, tables::GROUPS, tables::OFFSETS, TableId(9)]
    {
        assert!(core.restore_row(table, b"x", &[1, 2, 3]).is_err(), "{table}");
        assert!(core.apply(&Op::Put { table, key: b"x", value: &[1] }).is_err(), "{table}");
    }
    for table in [tables::PARTITIONS, tables::PRODUCERS] {
        assert!(core.restore_row(table, b"x", &[1, 2, 3]).is_err(), "{table}");
    }
}
