//! Sessions alone: what is told, what is left out, who is evicted.

use hence_base::Timestamp;

use super::super::session::{News, Told, TopicKey, Wanted};
use super::{Ask, NO_SESSION, Plan, Sessions};
use crate::error_code::ErrorCode;
use crate::limits::{FETCH_SESSION_EVICTION_MS, FETCH_SESSION_PARTITIONS_MAX};

const NOW: Timestamp = Timestamp(1_000_000);

fn wanted(partition: i32) -> Wanted {
    Wanted {
        topic: TopicKey::Name("orders".into()),
        partition,
        offset: 0,
        bytes_max: 1_000,
        leader_epoch: -1,
        last_epoch: -1,
    }
}

fn ask(id: i32, epoch: i32, partitions: &[i32]) -> Ask {
    let wanted = partitions.iter().copied().map(wanted).collect();
    Ask { id, epoch, uses_ids: false, wanted, forgotten: Vec::new() }
}

fn news(end: i64, record_bytes: usize) -> News {
    let bounds = Told { high_watermark: end, log_start: 0 };
    News { error: ErrorCode::NONE, bounds, record_bytes, urgent: false }
}

fn open(sessions: &Sessions, id: i32, partitions: &[i32], now: Timestamp) -> i32 {
    let Ok(Plan::Full(wanted)) = sessions.plan(ask(NO_SESSION, 0, partitions), now) else {
        panic!("a request of epoch 0 is full");
    };
    let told = vec![news(5, 0); wanted.len()];
    sessions.open(id, false, &wanted, &told, now)
}

fn incremental(sessions: &Sessions, ask: Ask) -> Vec<i32> {
    match sessions.plan(ask, NOW) {
        Ok(Plan::Incremental { wanted, .. }) => wanted.iter().map(|each| each.partition).collect(),
        other => panic!("not incremental: {other:?}"),
    }
}

fn changed(sessions: &Sessions, id: i32, news: &[(i32, News)]) -> Vec<i32> {
    let wanted: Vec<Wanted> = news.iter().map(|(partition, _)| wanted(*partition)).collect();
    let mut kept = Vec::new();
    sessions.tell(id, wanted.iter().zip(news.iter().map(|(_, news)| *news)), |at, keep| {
        if keep {
            kept.push(news[at].0);
        }
    });
    kept
}

#[test]
fn an_incremental_request_asks_for_all_that_the_session_holds() {
    let sessions = Sessions::new(10);
    assert_eq!(open(&sessions, 7, &[0, 1], NOW), 7);
    assert_eq!(incremental(&sessions, ask(7, 1, &[])), [0, 1]);
    assert_eq!(incremental(&sessions, ask(7, 2, &[3])), [0, 1, 3]);
    let forgotten = vec![(TopicKey::Name("orders".into()), 1)];
    assert_eq!(incremental(&sessions, Ask { forgotten, ..ask(7, 3, &[]) }), [0, 3]);
}

#[test]
fn a_session_with_nothing_left_is_closed() {
    let sessions = Sessions::new(10);
    open(&sessions, 7, &[0], NOW);
    let forgotten = vec![(TopicKey::Name("orders".into()), 0)];
    assert!(matches!(sessions.plan(Ask { forgotten, ..ask(7, 1, &[]) }, NOW), Ok(Plan::Sessionless(_))));
    assert_eq!(sessions.len(), 0);
}

#[test]
fn what_a_session_adds_to_a_request_is_known_also_when_it_ends_for_lack_of_room() {
    let sessions = Sessions::new(10);
    let most: Vec<i32> = (0..FETCH_SESSION_PARTITIONS_MAX as i32).collect();
    let plan = sessions.plan(ask(NO_SESSION, 0, &most), NOW).expect("a plan");
    assert_eq!(plan.unpaid(most.len()), 0, "the request has all of them");
    open(&sessions, 7, &most, NOW);
    let plan = sessions.plan(ask(7, 1, &[0]), NOW).expect("a plan");
    assert!(matches!(plan, Plan::Incremental { .. }));
    assert_eq!(plan.unpaid(1), most.len() - 1);
    let plan = sessions.plan(ask(7, 2, &[-1]), NOW).expect("a plan");
    assert!(matches!(plan, Plan::Sessionless(_)));
    assert_eq!(plan.unpaid(1), most.len());
}

#[test]
fn a_wrong_id_epoch_or_way_of_naming_topics_is_refused_by_its_code() {
    let sessions = Sessions::new(10);
    open(&sessions, 7, &[0], NOW);
    let code = |ask: Ask| sessions.plan(ask, NOW).expect_err("refused");
    assert_eq!(code(ask(8, 1, &[])), ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_eq!(code(ask(7, 2, &[])), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    assert_eq!(code(Ask { uses_ids: true, ..ask(7, 1, &[]) }), ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    assert_eq!(incremental(&sessions, ask(7, 1, &[])), [0], "a refused request changes nothing");
}

#[test]
fn what_did_not_change_is_left_out_and_an_error_is_said_again_until_it_is_over() {
    let sessions = Sessions::new(10);
    open(&sessions, 7, &[0, 1, 2], NOW);
    assert_eq!(changed(&sessions, 7, &[(0, news(5, 0)), (1, news(6, 0)), (2, news(5, 10))]), [1, 2]);
    let failed = News { error: ErrorCode::OFFSET_OUT_OF_RANGE, ..news(5, 0) };
    assert_eq!(changed(&sessions, 7, &[(0, failed)]), [0]);
    assert_eq!(changed(&sessions, 7, &[(0, failed)]), [0]);
    assert_eq!(
        changed(&sessions, 7, &[(0, news(5, 0))]),
        [0],
        "the client has to learn that the error is over"
    );
    assert_eq!(changed(&sessions, 7, &[(0, news(5, 0))]), [0; 0]);
}

#[test]
fn a_partition_that_gave_records_lets_the_others_go_first() {
    let sessions = Sessions::new(10);
    open(&sessions, 7, &[0, 1, 2], NOW);
    changed(&sessions, 7, &[(0, news(9, 100))]);
    assert_eq!(incremental(&sessions, ask(7, 1, &[])), [1, 2, 0]);
}

#[test]
fn a_full_request_ends_the_session_that_it_names() {
    let sessions = Sessions::new(10);
    open(&sessions, 7, &[0], NOW);
    assert!(matches!(sessions.plan(ask(7, -1, &[0]), NOW), Ok(Plan::Sessionless(_))));
    assert_eq!(sessions.len(), 0);
}

#[test]
fn a_full_cache_gives_no_session_until_one_is_stale_or_a_smaller_one_is_old() {
    let sessions = Sessions::new(2);
    open(&sessions, 1, &[0], NOW);
    open(&sessions, 2, &[0, 1], NOW);
    let soon = NOW.plus_ms(FETCH_SESSION_EVICTION_MS);
    assert_eq!(open(&sessions, 3, &[0, 1, 2], soon), NO_SESSION);
    // Session 1 is in use, so session 2 is the stale one.
    let later = soon.plus_ms(1);
    assert!(sessions.plan(ask(1, 1, &[]), later).is_ok());
    assert_eq!(open(&sessions, 3, &[0], later), 3);
    assert!(sessions.plan(ask(2, 1, &[]), later).is_err());
    // Both are in use now; the older one is smaller than the newcomer.
    assert_eq!(open(&sessions, 4, &[0], later), NO_SESSION);
    assert_eq!(open(&sessions, 5, &[0, 1], later), 5);
    assert!(sessions.plan(ask(1, 2, &[]), later).is_err());
}
