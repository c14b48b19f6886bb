//! What a peer sends to the HTTP door, over a broker of its own: nothing of one input is left for the next.
//!
//! Always: the peer is answered in HTTP or its connection is closed, and the broker still serves the others.
//! Never here: a socket or a clock; the runtime is there because handlers await.

use hence_base::Timestamp;
use hence_broker::core::{
    CreateTopics, MemberRef, NewTopic, OffsetCommit, PartitionCommit, TopicCommit, TopicId, TopicRef,
};
use hence_broker::{Broker, Budget, Clock, CoreSettings, Options, Plumbing, Recovery};
use hence_door_http::fuzz::Unlistened;
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};

/// Longer inputs are cut: many requests in one input show no more than a few, and a description of the API each.
const SENT_BYTES_MAX: usize = 4 * 1024;
/// One answer takes at most this much, for anything but very many partitions.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
const OTHERS: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Sends `input`: one byte that says how the rest is cut, then what a peer sends.
pub fn send(input: &[u8]) {
    let Some((cut, sent)) = input.split_first() else { return };
    let sent = &sent[..sent.len().min(SENT_BYTES_MAX)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("no descriptor");
    runtime.block_on(async {
        let door = Unlistened::new(broker().await);
        let step = if *cut == 0 { sent.len() } else { usize::from(*cut) };
        let answer = door.answer(sent, step).await.expect("an exchange ends");
        judge(&answer, sent.len());
        let others = door.answer(OTHERS, OTHERS.len()).await.expect("an exchange ends");
        assert!(others.starts_with(b"HTTP/1.1 200 "), "the others: {}", String::from_utf8_lossy(&others));
    });
}

fn judge(answer: &[u8], sent_bytes: usize) {
    let text = || String::from_utf8_lossy(&answer[..answer.len().min(200)]);
    let status = answer.strip_prefix(b"HTTP/1.1 ").or_else(|| answer.strip_prefix(b"HTTP/1.0 "));
    let status = status.and_then(|rest| rest.first_chunk::<4>());
    let is_status = |[hundreds, tens, ones, end]: &[u8; 4]| {
        [hundreds, tens, ones].iter().all(|digit| digit.is_ascii_digit()) && *end == b' '
    };
    assert!(answer.is_empty() || status.is_some_and(is_status), "no HTTP: {}", text());
    assert!(status != Some(b"500 "), "the door is at fault: {}", text());
    let requests_max = 1 + sent_bytes / 16;
    assert!(answer.len() <= requests_max * ANSWER_BYTES_MAX, "{} bytes of answers", answer.len());
}

/// A broker over memory with a topic and a group, at a time that stands.
async fn broker() -> Broker {
    let memory = MemoryOptions::default();
    let opening = memory.opening();
    let options = Options::default();
    let plumbing = Plumbing {
        clock: Clock::manual(Timestamp(1_700_000_000_000)),
        budget: Budget::new(options.budget_bytes, options.budget_share_bytes),
        metrics: hence_broker::metrics::Registry::new(),
    };
    let recovery = Recovery::new(CoreSettings::default());
    let started = Broker::start_with(recovery, MemoryJournal::new(memory), opening, &options, plumbing).await;
    let broker = started.expect("a broker over memory starts");
    let topic =
        NewTopic { name: "orders".to_owned(), id: TopicId([1; 16]), partitions: 2, settings: Vec::new() };
    let created = broker.call(CreateTopics { topics: vec![topic], validate_only: false }).await;
    assert!(created.is_ok_and(|topics| topics.iter().all(Result::is_ok)), "the first topic is created");
    let offset = PartitionCommit { partition: 1, offset: 5, leader_epoch: -1, metadata: String::new() };
    let commit = OffsetCommit {
        who: MemberRef { group: "billing".to_owned(), generation: -1, ..MemberRef::default() },
        retention_ms: None,
        topics: vec![TopicCommit { topic: TopicRef::Name("orders".to_owned()), partitions: vec![offset] }],
    };
    assert!(broker.call(commit).await.is_ok_and(|done| done.is_ok()), "the first offset is committed");
    broker
}
