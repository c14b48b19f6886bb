//! What a turn costs. Not run with the others: a machine that does other things measures those too.
//!
//! `cargo test --release -p hence-core cost -- --ignored --nocapture`

use std::collections::VecDeque;
use std::time::Instant;

use hence_base::{StreamId, Timestamp};
use hence_message::kafka::ProducerId;
use smallvec::smallvec;

use super::world::{World, batch};
use crate::{Produce, RequestId, Room, Turn};

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
