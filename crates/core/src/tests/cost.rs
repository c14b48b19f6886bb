//! What a turn costs. Not run with the others: a machine that does other things measures those too.
//!
//! `cargo test --release -p hence-core cost -- --ignored --nocapture`

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hence_base::{StreamId, Timestamp};
use hence_message::kafka::ProducerId;
use smallvec::smallvec;

use super::world::{World, batch};
use crate::{
    Command, DescribeGroups, GroupOffsetsQuery, ListGroups, MemberRef, OffsetCommit, OffsetFetch,
    PartitionCommit, Produce, RequestId, Room, TopicCommit, TopicRef, Turn,
};

const ROUNDS: u64 = 1_000_000;

#[test]
#[ignore = "measures time"]
fn one_produce_of_one_batch() {
    for (name, batches_per_turn, with_producer) in [
        ("one per turn", 1, false),
        ("one per turn, idempotent", 1, true),
        ("64 per turn", 64, false),
        ("64 per turn, idempotent", 64, true),
    ] {
        let mut world = World::new();
        let streams: Vec<StreamId> = world.create("orders", 100).partitions.to_vec();
        let ns = nanos_per_produce(&mut world, &streams, batches_per_turn, with_producer);
        println!("{name}: {ns} ns each");
        assert!(ns < 1_000, "{ns} ns");
    }
}

#[test]
#[ignore = "measures time"]
fn the_longest_turn_of_what_is_asked_of_many_groups() {
    const GROUPS: usize = 100_000;
    let mut world = World::new();
    world.create("orders", 10_000);
    let commit = |group: &str, partitions: std::ops::Range<i32>| {
        let offset =
            |partition| PartitionCommit { partition, offset: 7, leader_epoch: 0, metadata: String::new() };
        let topic = TopicCommit {
            topic: TopicRef::Name("orders".into()),
            partitions: partitions.map(offset).collect(),
        };
        let who = MemberRef { group: group.into(), generation: -1, ..MemberRef::default() };
        OffsetCommit { who, retention_ms: None, topics: vec![topic] }
    };
    let names: Vec<String> = (1..GROUPS).map(|number| format!("group-{number:06}")).collect();
    for name in &names {
        world.ask(commit(name, 0..1)).expect("it is committed");
    }
    world.ask(commit("all", 0..10_000)).expect("it is committed");
    let all = GroupOffsetsQuery { group: "all".into(), topics: None };
    let each = names.iter().map(|name| GroupOffsetsQuery { group: name.clone(), topics: None });
    for (name, command) in [
        ("ListGroups", ListGroups.into()),
        ("DescribeGroups", DescribeGroups { groups: names.clone() }.into()),
        ("OffsetFetch of one group", OffsetFetch { groups: vec![all] }.into()),
        ("OffsetFetch of every group", OffsetFetch { groups: each.collect() }.into()),
    ] {
        let (longest, turns) = longest_turn(&mut world, command);
        println!("{name}: {longest:?} the longest of {turns} turns");
    }
}

#[allow(clippy::disallowed_methods, reason = "this measures the machine, not the core's time")]
fn longest_turn(world: &mut World, command: Command) -> (Duration, usize) {
    let (mut queue, mut turn) = (VecDeque::from([(RequestId(1 << 40), command)]), Turn::default());
    let (mut longest, mut turns) = (Duration::ZERO, 0);
    while turn.replies.is_empty() {
        turn.clear();
        let begin = Instant::now();
        world.core.turn(Timestamp(world.now), Room::ENDLESS, &mut queue, &mut turn);
        longest = longest.max(begin.elapsed());
        turns += 1;
    }
    (longest, turns)
}

#[allow(clippy::disallowed_methods, reason = "this measures the machine, not the core's time")]
fn nanos_per_produce(world: &mut World, streams: &[StreamId], per_turn: u64, with_producer: bool) -> u64 {
    let prototype = batch(streams[0]).bytes(1_024).build();
    let (mut queue, mut turn) = (VecDeque::new(), Turn::default());
    let mut sent: u64 = 0;
    let begin = Instant::now();
    while sent < ROUNDS {
        for _ in 0..per_turn {
            let mut batch = prototype.clone();
            batch.stream = streams[sent as usize % streams.len()];
            if with_producer {
                batch.header.producer_id = ProducerId(7).0;
                batch.header.producer_epoch = 0;
                batch.header.base_sequence = (sent / streams.len() as u64) as i32;
            }
            queue.push_back((RequestId(sent), Produce { batches: smallvec![batch] }.into()));
            sent += 1;
        }
        turn.clear();
        world.core.turn(Timestamp(1_800_000_000_000), Room::ENDLESS, &mut queue, &mut turn);
        assert_eq!(turn.replies.len() as u64, per_turn);
        std::hint::black_box(turn.commit());
    }
    begin.elapsed().as_nanos() as u64 / ROUNDS
}
