//! What the tasks do, called by hand.

use bytes::Bytes;
use hence_base::Epoch;
use hence_core::{
    Core, DescribeGroups, GroupState, Heartbeat, HeartbeatError, MemberRef, Settings, Start, SyncGroup,
};
use hence_journal::Journal;
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};

use super::*;
use crate::Unavailable;
use crate::host::tests::join;
use crate::metrics::Durability;

const HOUR_MS: i64 = 60 * 60 * 1000;

fn hosted(clock: &Clock) -> Arc<Host> {
    let settings = Settings { initial_rebalance_delay_ms: 0, ..Settings::default() };
    let journal: Arc<dyn Journal> = MemoryJournal::new(MemoryOptions::default());
    Host::new(Core::new(settings), journal, Flush::AtOnce, clock.clone(), Durability::default())
}

#[tokio::test]
async fn a_wall_that_jumped_ahead_is_followed_and_ends_no_session() {
    let clock = Clock::system();
    let host = hosted(&clock);
    host.call(Start { epoch: Epoch(1), complete: true }).await.unwrap().unwrap();
    let joined = host.call(join()).await.unwrap().unwrap();
    let who = MemberRef {
        group: "g".to_owned(),
        member: "m".to_owned(),
        generation: joined.generation,
        ..MemberRef::default()
    };
    let assignments = vec![("m".to_owned(), Bytes::new())];
    host.call(SyncGroup { who: who.clone(), assignments, ..SyncGroup::default() }).await.unwrap().unwrap();
    let before = clock.now();
    correct(&host, &clock, HOUR_MS).await;
    assert!(clock.now() >= before.plus_ms(HOUR_MS));
    host.tick();
    let groups = host.call(DescribeGroups { groups: vec!["g".to_owned()] }).await.unwrap();
    assert_eq!(groups[0].as_ref().map(|group| group.state), Some(GroupState::Stable));
    assert_eq!(host.call(Heartbeat { who }).await.unwrap(), Ok::<(), HeartbeatError>(()));
    let due = host.next_timer().expect("its session is watched");
    assert!(due > clock.now().plus_ms(20_000), "{due}");
}

#[tokio::test]
async fn the_clock_stays_behind_while_the_core_does_not_take_its_step() {
    let clock = Clock::system();
    let host = hosted(&clock);
    host.call(Start { epoch: Epoch(1), complete: true }).await.unwrap().unwrap();
    host.stop(Unavailable::Overloaded);
    let before = clock.now();
    correct(&host, &clock, HOUR_MS).await;
    assert!(clock.now() < before.plus_ms(HOUR_MS), "sessions would end");
}
