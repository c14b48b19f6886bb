//! The core as a broker uses it, through its public face only: turns, a journal that is a list, and a recovery.

use std::collections::VecDeque;

use bytes::Bytes;
use hence_base::{Epoch, Offset, Timestamp};
use hence_core::{
    Appended, Command, Core, CreateTopics, NewTopic, Op, Produce, ProduceBatch, Request, RequestId, Room,
    Settings, Start, TopicId, Turn,
};
use hence_message::kafka::{BatchBuilder, BatchHeader, Codec, NewRecord};
use smallvec::smallvec;

/// Asks one thing and notes what is to be stored.
fn ask<R: Request>(core: &mut Core, journal: &mut Vec<Op>, request: R) -> R::Reply {
    let mut queue: VecDeque<(RequestId, Command)> = [(RequestId(1), request.into())].into();
    let mut turn = Turn::default();
    let mut reply = None;
    while !queue.is_empty() || turn.more {
        turn.clear();
        core.turn(Timestamp(1_800_000_000_000), Room::ENDLESS, &mut queue, &mut turn);
        assert_eq!(turn.commit().map_or(0, |commit| commit.ops.len()), turn.ops.len());
        journal.append(&mut turn.ops);
        reply = reply.or(turn.replies.pop());
    }
    let (id, reply) = reply.expect("it is answered");
    assert_eq!(id, RequestId(1));
    R::reply(reply).expect("with its own kind of answer")
}

fn produce(core: &mut Core, journal: &mut Vec<Op>) -> Appended {
    let stream = core.catalog().topic("orders").expect("it was created").partitions[0];
    let mut builder = BatchBuilder::new(Codec::None);
    for n in 0..3 {
        builder.push(&NewRecord { timestamp: Timestamp(n), value: Some(b"value"), ..NewRecord::default() });
    }
    let payload = Bytes::from(builder.build().expect("it is small"));
    let header = BatchHeader::parse(&payload).expect("it was built just now");
    let batch = ProduceBatch { stream, header, max_timestamp: header.max_timestamp, payload };
    ask(core, journal, Produce { batches: smallvec![batch] }).remove(0).expect("there is room")
}

#[test]
fn what_was_produced_is_counted_on_after_a_recovery() {
    let mut journal = Vec::new();
    let mut core = Core::new(Settings::default());
    ask(&mut core, &mut journal, Start { epoch: Epoch(1), complete: true }).expect("there is room");
    let new = NewTopic { name: "orders".into(), id: TopicId([7; 16]), partitions: 2, settings: vec![] };
    let created =
        ask(&mut core, &mut journal, CreateTopics { topics: vec![new], validate_only: false }).remove(0);
    assert_eq!(created.expect("it can be created").partitions.len(), 2);
    assert_eq!(produce(&mut core, &mut journal).base, Offset(0));
    assert_eq!(produce(&mut core, &mut journal).base, Offset(3));

    let mut core = Core::new(Settings::default());
    for op in &journal {
        core.apply(&op.borrow()).expect("it was stored by this version");
    }
    ask(&mut core, &mut journal, Start { epoch: Epoch(2), complete: false }).expect("there is room");
    assert_eq!(produce(&mut core, &mut journal).base, Offset(6));
    let Some(Op::Append { leader_epoch, .. }) = journal.last() else { panic!("an append comes last") };
    assert_eq!(leader_epoch.0, 2, "something may be missing: a new epoch, the opening's");
}
