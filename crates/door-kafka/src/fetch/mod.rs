//! Fetch: from offsets to record batches, waiting for them when there are too few.
//!
//! `session` and `sessions` know which partitions a client follows (KIP-227), `read` reads them, `response` puts them into
//! the wire's order. Always: a request that waits holds neither its frame nor records, costs nothing until it is woken
//! but for a long list of partitions, which it pays for, and is woken only by its streams, its deadline or a drain.
//! Never here: how entries are stored.

mod read;
mod response;
mod session;
mod sessions;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hence_broker::budget::Charge;
use hence_kafka_proto::FetchRequest;

use crate::call::{Answered, Broken, Call, Work};
use crate::error_code::ErrorCode;
use crate::ids;
use crate::limits::{
    FETCH_BYTES_MAX, FETCH_LARGE_WAIT_MS_MAX, FETCH_NO_ROOM_PAUSE_MS, FETCH_PARTITIONS_MAX,
    FETCH_WAIT_MS_MAX, FETCH_WAITING_BYTES_MAX, FETCH_WAITING_PARTITION_BYTES, FETCH_WAITING_PARTITIONS_MAX,
};
use crate::ports::Catalog;
use read::{Diverged, Reading, diverged, read_all};
use response::{How, Told};
use session::{TopicKey, Wanted};
pub use sessions::Sessions;
use sessions::{Ask, Plan};

/// Topics are named by id from here on.
const IDS_SINCE: i16 = 13;

/// What a request says beside its partitions.
#[derive(Clone, Copy, Debug)]
struct Params {
    wait_ms: i32,
    bytes_min: usize,
    bytes_max: usize,
    read_committed: bool,
}

/// Begins a fetch. One that names very many partitions costs what its request does for as long as it waits.
pub fn begin(call: Call) -> Work {
    if call.frame.len() > FETCH_WAITING_BYTES_MAX {
        return Work::later(handle(call));
    }
    Work::waiting(handle(call))
}

async fn handle(mut call: Call) -> Answered {
    let Some((params, ask)) = take_apart(&call)? else {
        return response::refusal(&call, ErrorCode::INVALID_REQUEST);
    };
    // From here on everything is owned: a waiting fetch does not hold the connection's read buffer, and what it reads is
    // paid for anew.
    call.let_go();
    let uses_ids = ask.uses_ids;
    let now = call.door.broker.plumbing().clock.now();
    let named = ask.wanted.len();
    let plan = match call.door.sessions.plan(ask, now) {
        Ok(plan) => plan,
        Err(code) => return response::refusal(&call, code),
    };
    let room = Room::taken(&call, plan.unpaid(named));
    let (wanted, told) = match plan {
        Plan::Sessionless(wanted) => (wanted, Told::Everything),
        Plan::Full(wanted) => (wanted, Told::Opening { id: ids::session_id(), uses_ids }),
        Plan::Incremental { id, wanted } => (wanted, Told::Changes { id }),
    };
    let reading = read_enough(&call, &wanted, &room, params).await;
    // Who was to wait and could not asks again at once, unless it is told when.
    let pauses = matches!(room, Room::Missing) && reading.bytes < params.bytes_min.max(1);
    let throttle_time_ms = if pauses { FETCH_NO_ROOM_PAUSE_MS } else { 0 };
    let how = How { throttle_time_ms, read_committed: params.read_committed };
    response::answer(&call, wanted, reading, &told, how)
}

/// What a request asks for; none when it names more partitions than there can be.
fn take_apart(call: &Call) -> Result<Option<(Params, Ask)>, Broken> {
    let request: FetchRequest<'_> = call.request()?;
    let named: usize = request.topics.iter().map(|topic| topic.partitions.len()).sum();
    if named > FETCH_PARTITIONS_MAX {
        return Ok(None);
    }
    let is_large = call.frame.len() > FETCH_WAITING_BYTES_MAX;
    let params = Params {
        wait_ms: request.max_wait_ms.min(if is_large { FETCH_LARGE_WAIT_MS_MAX } else { FETCH_WAIT_MS_MAX }),
        bytes_min: usize::try_from(request.min_bytes).unwrap_or(0),
        bytes_max: usize::try_from(request.max_bytes).unwrap_or(0).min(FETCH_BYTES_MAX),
        read_committed: request.isolation_level == 1,
    };
    let uses_ids = call.version >= IDS_SINCE;
    let catalog = call.door.broker.catalog();
    let key = |name: &str, id| match uses_ids {
        true => TopicKey::Id(id),
        false => TopicKey::Name(shared(&catalog, name)),
    };
    let mut wanted = Vec::new();
    for topic in &request.topics {
        let topic_key = key(topic.topic, topic.topic_id);
        wanted.extend(topic.partitions.iter().map(|partition| Wanted {
            topic: topic_key.clone(),
            partition: partition.partition,
            offset: partition.fetch_offset,
            bytes_max: partition.partition_max_bytes,
            leader_epoch: partition.current_leader_epoch,
            last_epoch: partition.last_fetched_epoch,
        }));
    }
    let mut forgotten = Vec::new();
    for topic in &request.forgotten_topics_data {
        let topic_key = key(topic.topic, topic.topic_id);
        forgotten.extend(topic.partitions.iter().map(|partition| (topic_key.clone(), *partition)));
    }
    let (id, epoch) = (request.session_id, request.session_epoch);
    Ok(Some((params, Ask { id, epoch, uses_ids, wanted: distinct(wanted), forgotten })))
}

/// Each partition once, where it was named first and as it was named last: Kafka's map does the same.
fn distinct(wanted: Vec<Wanted>) -> Vec<Wanted> {
    if wanted.len() < 2 {
        return wanted;
    }
    let mut places = HashMap::with_capacity(wanted.len());
    let mut distinct: Vec<Wanted> = Vec::with_capacity(wanted.len());
    for each in wanted {
        let place = *places.entry((each.topic.clone(), each.partition)).or_insert(distinct.len());
        match distinct.get_mut(place) {
            Some(known) => *known = each,
            None => distinct.push(each),
        }
    }
    distinct
}

/// The catalog's own name where there is one: then nothing is copied.
fn shared(catalog: &Catalog, name: &str) -> Arc<str> {
    catalog.topic(name).map_or_else(|| name.into(), |topic| Arc::clone(&topic.name))
}

/// Reads, and waits and reads again until there is enough, something is wrong, or the time is up. Without room for its
/// list of partitions it waits for nothing.
async fn read_enough(call: &Call, wanted: &[Wanted], room: &Room, params: Params) -> Reading {
    let diverged = diverged(call, wanted).await;
    let mut reading = read_all(call, wanted, params.bytes_max, diverged, room.allows_waiting()).await;
    let wait_ms = room.wait_ms(u64::try_from(params.wait_ms).unwrap_or(0));
    if wait_ms == 0 || reading.is_enough(params.bytes_min) {
        return reading;
    }
    let deadline = call.client.alarm.after(Duration::from_millis(wait_ms));
    let drain = call.client.draining.begun();
    tokio::pin!(deadline, drain);
    loop {
        let missing = params.bytes_min.saturating_sub(reading.bytes);
        let watch = call.door.broker.watch(&reading.ends, missing as u64);
        drop(reading);
        // Every arm may be cancelled: a watch only tells that it is worth reading again.
        let woken = tokio::select! {
            biased;
            () = watch => true,
            () = &mut drain => false,
            () = &mut deadline => false,
        };
        reading = read_all(call, wanted, params.bytes_max, Diverged::new(), true).await;
        if !woken || reading.is_enough(params.bytes_min) {
            return reading;
        }
    }
}

/// Room for what a fetch holds until it is answered: its list of partitions.
enum Room {
    /// There are few, or the request is paid for that named them.
    Free,
    /// They are paid for.
    Paid { _charge: Charge },
    /// They cannot be paid for: who holds them may not wait, for the budget least of all.
    Missing,
}

impl Room {
    /// Room for `partitions` that nothing was paid for.
    fn taken(call: &Call, partitions: usize) -> Self {
        if partitions <= FETCH_WAITING_PARTITIONS_MAX {
            return Self::Free;
        }
        let bytes = partitions.saturating_mul(FETCH_WAITING_PARTITION_BYTES) as u64;
        match call.client.share.try_take_fitting(bytes) {
            Some(charge) => Self::Paid { _charge: charge },
            None => Self::Missing,
        }
    }

    const fn allows_waiting(&self) -> bool {
        !matches!(self, Self::Missing)
    }

    /// How long a fetch waits that would wait for so long.
    fn wait_ms(&self, ms: u64) -> u64 {
        match self {
            Self::Free => ms,
            Self::Paid { .. } => ms.min(FETCH_LARGE_WAIT_MS_MAX.unsigned_abs().into()),
            Self::Missing => 0,
        }
    }
}

impl Reading {
    /// Whether this is what the client waits for: enough bytes, nothing to wait for, or news that cannot wait.
    fn is_enough(&self, bytes_min: usize) -> bool {
        self.bytes >= bytes_min || self.urgent || self.ends.is_empty()
    }
}

impl Wanted {
    /// The code for a topic that is not there, by how the client names it.
    const fn unknown_topic(&self) -> ErrorCode {
        match self.topic {
            TopicKey::Name(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            TopicKey::Id(_) => ErrorCode::UNKNOWN_TOPIC_ID,
        }
    }
}
