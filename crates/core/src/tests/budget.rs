//! Room and limits: what does not fit is split, waits or is refused, and the commit never exceeds its room.

use hence_base::{Offset, Urgency};
use smallvec::smallvec;

use super::world::{World, at, batch};
use crate::{
    AppendError, CommitTooLarge, CreateTopics, DeleteTopics, DiskFull, InitProducer, OverLimit, Produce,
    Room, Settings, TopicRef, Trim, TrimTo, Turn,
};

#[test]
fn a_large_request_becomes_several_commits_in_order() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.room.commit_bytes_max = 10_000;
    let before = world.commits.len();
    let batches = (0..40).map(|_| batch(stream).bytes(1_000).build()).collect();
    let answers = world.ask(Produce { batches });
    let bases: Vec<_> = answers.into_iter().map(|answer| answer.map(|appended| appended.base.0)).collect();
    assert_eq!(bases, (0..40).map(Ok).collect::<Vec<_>>());
    assert_eq!(world.commits.len() - before, 5, "eight fit into each");
}

#[test]
fn a_batch_that_no_commit_can_hold_is_refused_and_the_others_are_not() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.room.commit_bytes_max = 10_000;
    let batches = [batch(stream), batch(stream).bytes(20_000), batch(stream)];
    let answers = world.ask(Produce { batches: batches.into_iter().map(|batch| batch.build()).collect() });
    let too_large = CommitTooLarge { bytes: 20_128, bytes_max: 10_000 };
    assert_eq!(answers.as_slice(), [at(0), Err(too_large.into()), at(1)]);
}

#[test]
fn a_full_disk_refuses_appends_and_takes_what_empties_it() {
    let mut world = World::new();
    let topic = world.create("orders", 1);
    let stream = topic.partitions[0];
    world.append(batch(stream).records(10)).expect("there is room");
    world.room = Room { normal_bytes: 0, relief_bytes: 1_000, ..Room::ENDLESS };
    assert_eq!(world.append(batch(stream)), Err(AppendError::DiskFull(DiskFull {})));
    assert!(world.ask(InitProducer).is_err());
    assert!(world.try_create("more", 1, &[]).is_err());
    let trimmed = world.ask(Trim { streams: smallvec![(stream, TrimTo::Offset(Offset(5)))] }).remove(0);
    assert_eq!(trimmed, Ok(Offset(5)));
    world.ask(DeleteTopics { topics: vec![TopicRef::Name("orders".into())] })[0]
        .as_ref()
        .expect("relief is taken");
    world.room = Room::ENDLESS;
    world.create("orders", 1);
}

#[test]
fn relief_is_never_part_of_a_commit_that_normal_space_cannot_hold() {
    let mut world = World::new();
    let stream = world.create("orders", 1).partitions[0];
    world.append(batch(stream).records(10)).expect("there is room");
    world.room = Room { normal_bytes: 300, relief_bytes: 10_000, ..Room::ENDLESS };
    let trim = |to| Trim { streams: smallvec![(stream, TrimTo::Offset(Offset(to)))] }.into();
    let append = || Produce { batches: smallvec![batch(stream).build()] }.into();
    let mut queue =
        [(crate::RequestId(1), append()), (crate::RequestId(2), trim(1)), (crate::RequestId(3), append())]
            .into();
    let mut turns = Vec::new();
    let mut turn = Turn::default();
    loop {
        turn.clear();
        world.core.turn(hence_base::Timestamp(world.now), world.room, &mut queue, &mut turn);
        turns.push((turn.urgency, turn.ops.len()));
        assert!(turn.urgency == Urgency::Relief || turn.bytes <= 300);
        if queue.is_empty() && !turn.more {
            break;
        }
    }
    assert_eq!(turns, [(Urgency::Normal, 1), (Urgency::Relief, 1), (Urgency::Normal, 1)]);
}

#[test]
fn work_behind_the_commands_waits_for_space_without_spinning() {
    let mut world = World::new();
    world.create("orders", 100);
    world.room = Room { normal_bytes: 0, relief_bytes: 1_000, ..Room::ENDLESS };
    world.ask(DeleteTopics { topics: vec![TopicRef::Name("orders".into())] })[0]
        .as_ref()
        .expect("relief is taken");
    assert!(world.next_timer.is_some_and(|due| due.0 > world.now), "it is tried again later");
    world.room = Room::ENDLESS;
    world.pass(1_000);
    let dropped =
        world.commits.iter().flatten().filter(|op| matches!(op, crate::Op::DropStream { .. })).count();
    assert_eq!(dropped, 100);
}

#[test]
fn topics_and_partitions_are_bounded() {
    let mut world = World::with(Settings { topics_max: 2, partitions_max: 10, ..Settings::default() });
    world.create("a", 4);
    assert_eq!(world.try_create("b", 7, &[]), Err(OverLimit { what: "partitions", max: 10 }.into()));
    world.create("b", 6);
    assert!(world.try_create("c", 1, &[]).is_err());
    world.ask(DeleteTopics { topics: vec![TopicRef::Name("b".into())] })[0].as_ref().expect("it was there");
    world.create("c", 6);
}

#[test]
fn a_list_of_refusals_ends_turns_too() {
    let mut world = World::new();
    let refused = |n: u32| crate::NewTopic {
        name: format!("not a name {n}"),
        id: crate::TopicId(u128::from(n).to_le_bytes()),
        partitions: 1,
        settings: Vec::new(),
    };
    let topics: Vec<_> = (0..20_000).map(refused).collect();
    let mut queue = [(crate::RequestId(1), CreateTopics { topics, validate_only: false }.into())].into();
    let (mut turn, mut turns) = (Turn::default(), 0);
    while turn.replies.is_empty() {
        turn.clear();
        world.core.turn(hence_base::Timestamp(world.now), world.room, &mut queue, &mut turn);
        turns += 1;
        assert!(turn.more || !turn.replies.is_empty());
    }
    assert_eq!(turns, 3, "each looks at 8,192");
}
