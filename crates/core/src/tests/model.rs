//! Random steps against naive models: partitions that remember everything, and rules that hold for every group.
//!
//! The same steps also show that the core is deterministic, and that it does not matter how commands are cut into turns.

use std::collections::BTreeMap;

use bytes::Bytes;
use hence_base::{Offset, StreamId};
use hence_message::kafka::ProducerId;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use smallvec::smallvec;

use super::world::{World, batch};
use crate::{
    AppendError, Command, CreatePartitions, CreateTopics, DeleteGroups, DeleteTopics, Heartbeat, JoinGroup,
    LeaveGroup, Leaving, MemberRef, NewTopic, OffsetCommit, OffsetDelete, PartitionCommit, Produce, Reply,
    RequestId, Room, SyncGroup, TopicCommit, TopicId, TopicRef, Trim, TrimTo,
};

/// Something that happens. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Step {
    Create { topic: u8, partitions: u8 },
    Delete { topic: u8 },
    Grow { topic: u8, partitions: u8 },
    Produce { topic: u8, partition: u8, producer: Option<(u8, u8, i8)>, records: u8 },
    Trim { topic: u8, partition: u8, to: u8 },
    Join { client: u8, group: u8, known: bool },
    Sync { client: u8 },
    Heartbeat { client: u8 },
    Leave { client: u8 },
    Commit { client: u8, simple: bool, topic: u8, offset: u8 },
    DeleteOffsets { group: u8, topic: u8 },
    DeleteGroup { group: u8 },
    Pass { ms: u16 },
    Checkpoint { rows_max: u8 },
    Restart { complete: bool },
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = any::<u8>;
    let producer = (0_u8..3, 0_u8..3, -2_i8..3);
    let step = prop_oneof![
        3 => (number(), 1_u8..4).prop_map(|(topic, partitions)| Step::Create { topic, partitions }),
        1 => number().prop_map(|topic| Step::Delete { topic }),
        1 => (number(), 1_u8..6).prop_map(|(topic, partitions)| Step::Grow { topic, partitions }),
        12 => (number(), number(), proptest::option::of(producer), 1_u8..9)
            .prop_map(|(topic, partition, producer, records)| Step::Produce { topic, partition, producer, records }),
        2 => (number(), number(), number()).prop_map(|(topic, partition, to)| Step::Trim { topic, partition, to }),
        6 => (number(), 0_u8..2, any::<bool>()).prop_map(|(client, group, known)| Step::Join { client, group, known }),
        6 => number().prop_map(|client| Step::Sync { client }),
        4 => number().prop_map(|client| Step::Heartbeat { client }),
        2 => number().prop_map(|client| Step::Leave { client }),
        4 => (number(), any::<bool>(), number(), number())
            .prop_map(|(client, simple, topic, offset)| Step::Commit { client, simple, topic, offset }),
        1 => (0_u8..2, number()).prop_map(|(group, topic)| Step::DeleteOffsets { group, topic }),
        1 => (0_u8..2).prop_map(|group| Step::DeleteGroup { group }),
        8 => any::<u16>().prop_map(|ms| Step::Pass { ms: ms / 4 }),
        2 => (1_u8..20).prop_map(|rows_max| Step::Checkpoint { rows_max }),
        1 => any::<bool>().prop_map(|complete| Step::Restart { complete }),
        1 => Just(Step::Restart { complete: true }),
    ];
    vec(step, 1..120)
}

/// What a client of a group knows.
#[derive(Clone, Debug, Default)]
struct Client {
    who: MemberRef,
    waits: Option<RequestId>,
    leads: Vec<String>,
}

/// A partition that remembers every batch.
#[derive(Clone, Debug, Default)]
struct Partition {
    end: u64,
    floor: u64,
    /// Per producer: epoch, first sequence, records, base.
    sent: BTreeMap<i64, Vec<(i16, i32, i32, u64)>>,
}

impl Partition {
    /// What must become of a batch: the offset, or nothing when it is refused.
    fn append(&mut self, producer: Option<(i64, i16, i32)>, records: i32) -> Option<u64> {
        if let Some((id, epoch, first)) = producer {
            let sent = self.sent.entry(id).or_default();
            if let Some(&(newest, last_first, last_records, _)) = sent.last() {
                let same =
                    |batch: &&(i16, i32, i32, u64)| (batch.0, batch.1, batch.2) == (epoch, first, records);
                if let Some(batch) = sent.iter().rev().take(5).find(same).filter(|_| epoch == newest) {
                    return Some(batch.3);
                }
                let next = if epoch > newest { 0 } else { last_first + last_records };
                if epoch < newest || first != next {
                    return None;
                }
            }
            if sent.last().is_some_and(|(newest, ..)| *newest != epoch) {
                sent.clear();
            }
            sent.push((epoch, first, records, self.end));
        }
        self.end += records as u64;
        Some(self.end - records as u64)
    }

    fn next_sequence(&self, id: i64) -> (i16, i32) {
        let newest = self.sent.get(&id).and_then(|sent| sent.last());
        newest.map_or((0, 0), |(epoch, first, records, _)| (*epoch, first + records))
    }
}

/// A world with its models.
pub struct Play {
    pub world: World,
    partitions: BTreeMap<StreamId, Partition>,
    clients: Vec<Client>,
    /// The newest generation of each group that anyone saw.
    generations: BTreeMap<String, i32>,
    ids: u128,
}

const TOPICS: [&str; 4] = ["a", "b", "c.d", "e"];

impl Play {
    pub fn new() -> Self {
        Self {
            world: World::new(),
            partitions: BTreeMap::new(),
            clients: vec![Client::default(); 4],
            generations: BTreeMap::new(),
            ids: 0,
        }
    }

    pub fn step(&mut self, step: &Step) {
        match *step {
            Step::Create { topic, partitions } => self.create(name(topic), partitions),
            Step::Delete { topic } => {
                self.world.ask(DeleteTopics { topics: vec![TopicRef::Name(name(topic).into())] });
            }
            Step::Grow { topic, partitions } => {
                let topics = vec![(name(topic).into(), i32::from(partitions))];
                self.world.ask(CreatePartitions { topics, validate_only: false });
            }
            Step::Produce { topic, partition, producer, records } => {
                self.produce(name(topic), partition, producer, i32::from(records));
            }
            Step::Trim { topic, partition, to } => self.trim(name(topic), partition, u64::from(to)),
            Step::Join { client, group, known } => self.join(client, group, known),
            Step::Sync { client } => self.sync(client),
            Step::Heartbeat { client } => {
                let who = self.client(client).who.clone();
                self.world.ask(Heartbeat { who }).ok();
            }
            Step::Leave { client } => {
                let who = self.client(client).who.clone();
                let members = vec![Leaving { member: who.member, instance: None }];
                self.world.ask(LeaveGroup { group: who.group, members }).ok();
            }
            Step::Commit { client, simple, topic, offset } => {
                self.commit(client, simple, name(topic), offset)
            }
            Step::DeleteOffsets { group, topic } => {
                let topics = vec![(name(topic).into(), vec![0, 1])];
                self.world.ask(OffsetDelete { group: group_name(group), topics }).ok();
            }
            Step::DeleteGroup { group } => {
                let deleted = self.world.ask(DeleteGroups { groups: vec![group_name(group)] });
                if deleted[0].is_ok() {
                    self.generations.remove(&group_name(group));
                }
            }
            Step::Pass { ms } => self.world.pass(i64::from(ms)),
            Step::Checkpoint { rows_max } => self.checkpoint(usize::from(rows_max)),
            Step::Restart { complete } => {
                self.world.restart(complete);
                self.clients.iter_mut().for_each(|client| client.waits = None);
            }
        }
        self.take_answers();
    }

    fn create(&mut self, name: &str, partitions: u8) {
        self.ids += 1;
        let id = TopicId(self.ids.to_le_bytes());
        let new = NewTopic { name: name.into(), id, partitions: i32::from(partitions), settings: vec![] };
        self.world.ask(CreateTopics { topics: vec![new], validate_only: false });
    }

    fn stream(&self, name: &str, partition: u8) -> Option<StreamId> {
        let topic = self.world.catalog.topic(name)?;
        Some(topic.partitions[usize::from(partition) % topic.partitions.len()])
    }

    fn produce(&mut self, name: &str, partition: u8, producer: Option<(u8, u8, i8)>, records: i32) {
        let Some(stream) = self.stream(name, partition) else { return };
        let model = self.partitions.entry(stream).or_default();
        let producer = producer.map(|(id, epoch, shift)| {
            let (_, next) = model.next_sequence(i64::from(id));
            (i64::from(id), i16::from(epoch / 2), (next + i32::from(shift)).max(0))
        });
        let expected = model.append(producer, records);
        let timestamp = if records % 3 == 0 { -1 } else { 5 };
        let mut batch = batch(stream).records(records).timestamp(timestamp);
        if let Some((id, epoch, sequence)) = producer {
            batch = batch.producer(ProducerId(id), epoch, sequence);
        }
        let appended = self.world.append(batch);
        assert!(!matches!(appended, Err(AppendError::NoStream(_) | AppendError::DiskFull(_))));
        assert_eq!(
            appended.as_ref().ok().map(|appended| appended.base.0),
            expected,
            "{producer:?} {appended:?}"
        );
        let model = &self.partitions[&stream];
        assert_eq!(self.world.core.bounds(stream), Some((Offset(model.floor), Offset(model.end))));
    }

    fn trim(&mut self, name: &str, partition: u8, to: u64) {
        let Some(stream) = self.stream(name, partition) else { return };
        let model = self.partitions.entry(stream).or_default();
        let expected = (to <= model.end).then(|| to.max(model.floor));
        let trim = Trim { streams: smallvec![(stream, TrimTo::Offset(Offset(to)))] };
        assert_eq!(self.world.ask(trim)[0].as_ref().ok(), expected.map(Offset).as_ref());
        model.floor = expected.unwrap_or(model.floor);
    }

    fn client(&mut self, client: u8) -> &mut Client {
        let count = self.clients.len();
        &mut self.clients[usize::from(client) % count]
    }

    fn join(&mut self, client: u8, group: u8, known: bool) {
        self.ids += 1;
        let new_member = format!("m{}", self.ids);
        let own = self.client(client);
        let group = group_name(group);
        let member = if known && own.who.group == group { own.who.member.clone() } else { String::new() };
        own.who.group.clone_from(&group);
        let join = JoinGroup {
            group,
            member,
            new_member,
            instance: client.is_multiple_of(3).then(|| format!("seat {}", client % 2)),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 20_000,
            protocol_type: "consumer".into(),
            protocols: vec![("range".into(), Bytes::from(vec![client]))],
            subscription: Some(vec!["a".into()]),
            known_member_required: client.is_multiple_of(2),
            ..JoinGroup::default()
        };
        own.who.instance.clone_from(&join.instance);
        let id = self.world.send(join.into());
        self.client(client).waits = Some(id);
    }

    fn sync(&mut self, client: u8) {
        let own = self.client(client);
        let assignments =
            own.leads.iter().map(|member| (member.clone(), Bytes::from(member.clone()))).collect();
        let sync = SyncGroup { who: own.who.clone(), assignments, ..SyncGroup::default() };
        self.world.send(sync.into());
    }

    fn commit(&mut self, client: u8, simple: bool, topic: &str, offset: u8) {
        let who = self.client(client).who.clone();
        let nobody = MemberRef { generation: -1, group: who.group.clone(), ..MemberRef::default() };
        let partitions = (0..2)
            .map(|partition| PartitionCommit {
                partition,
                offset: offset.into(),
                ..PartitionCommit::default()
            })
            .collect();
        let topics = vec![TopicCommit { topic: TopicRef::Name(topic.into()), partitions }];
        let who = if simple { nobody } else { who };
        self.world.ask(OffsetCommit { who, retention_ms: None, topics }).ok();
    }

    /// A checkpoint while things go on: produces between its slices.
    fn checkpoint(&mut self, rows_max: usize) {
        let streams: Vec<StreamId> = self.partitions.keys().copied().collect();
        let mut world = std::mem::replace(&mut self.world, World::new());
        let (mut count, partitions) = (0, &mut self.partitions);
        world.checkpoint_with(rows_max, |world| {
            count += 1;
            let stream = streams.get(count % streams.len().max(1)).copied().unwrap_or_default();
            if count < 20 && world.core.bounds(stream).is_some() {
                let model = partitions.entry(stream).or_default();
                let (epoch, next) = model.next_sequence(1);
                let expected = model.append(Some((1, epoch, next)), 2);
                let appended = world.append(batch(stream).records(2).producer(ProducerId(1), epoch, next));
                assert_eq!(appended.ok().map(|appended| appended.base.0), expected);
            }
        });
        self.world = world;
    }

    fn take_answers(&mut self) {
        for client in &mut self.clients {
            let Some(reply) = client.waits.and_then(|id| self.world.replies.remove(&id)) else { continue };
            client.waits = None;
            let Reply::JoinGroup(reply) = reply else { panic!("a join is answered as one") };
            match reply {
                Ok(joined) => {
                    let newest = self.generations.entry(client.who.group.clone()).or_default();
                    assert!(joined.generation >= *newest, "a generation went back");
                    *newest = joined.generation;
                    assert!(
                        joined.members.is_empty()
                            || joined.members.iter().any(|one| one.member == joined.leader)
                    );
                    client.who.generation = joined.generation;
                    client.who.member = joined.member;
                    client.leads = joined.members.into_iter().map(|one| one.member).collect();
                }
                Err(crate::JoinError::MemberIdRequired(required)) => client.who.member = required.member,
                Err(_) => client.who.member.clear(),
            }
        }
    }
}

fn name(topic: u8) -> &'static str {
    TOPICS[usize::from(topic) % TOPICS.len()]
}

fn group_name(group: u8) -> String {
    format!("g{group}")
}

/// Plays steps and gives everything that can be seen of it.
fn play(steps: &[Step]) -> (Vec<Vec<crate::Op>>, String) {
    let mut play = Play::new();
    for step in steps {
        play.step(step);
    }
    (play.world.commits, format!("{:?}", play.world.replies))
}

/// Commands without time in between, for cutting them into turns.
fn commands() -> impl Strategy<Value = Vec<Command>> {
    let produce = |(stream, records, bytes): (u64, i32, usize)| {
        let stream = StreamId(stream);
        let batches = (0..3).map(|_| batch(stream).records(records).bytes(bytes).build()).collect();
        Command::Produce(Produce { batches })
    };
    let create = |(topic, partitions): (u8, i32)| {
        let new =
            |id: u8, name: String| NewTopic { name, id: TopicId([id; 16]), partitions, ..Default::default() };
        let topics = vec![new(topic + 1, format!("t{topic}")), new(topic + 101, format!("u{topic}"))];
        Command::CreateTopics(CreateTopics { topics, validate_only: false })
    };
    let delete = |topic: u8| DeleteTopics { topics: vec![TopicRef::Name(format!("t{topic}"))] }.into();
    let commit = |(group, offset): (u8, i64)| {
        let who = MemberRef { group: group_name(group), generation: -1, ..MemberRef::default() };
        let partitions = vec![PartitionCommit { offset, ..PartitionCommit::default() }];
        let topics = (0..4).map(|topic| TopicRef::Name(format!("t{topic}")));
        let topics = topics.map(|topic| TopicCommit { topic, partitions: partitions.clone() }).collect();
        OffsetCommit { who, retention_ms: None, topics }.into()
    };
    let command = prop_oneof![
        4 => (0_u8..4, 1_i32..4).prop_map(create),
        1 => (0_u8..4).prop_map(delete),
        6 => (0_u64..20, 1_i32..5, 0_usize..900).prop_map(produce),
        3 => (0_u8..3, 0_i64..9).prop_map(commit),
        1 => (0_u8..3).prop_map(|group| DeleteGroups { groups: vec![group_name(group), "none".into()] }.into()),
    ];
    vec(command, 1..60)
}

/// Runs commands in one queue; gives replies and what is left, without what depends on the cut: the order of the steps
/// that no command waits for.
fn run(commands: &[Command], commit_bytes_max: usize, queue_max: usize) -> (Vec<String>, super::world::Rows) {
    let mut world = World::new();
    world.room = Room { commit_bytes_max, ..Room::ENDLESS };
    let mut id = 100;
    for part in commands.chunks(queue_max) {
        let part = part.iter().map(|command| {
            id += 1;
            let mut command = command.clone();
            if let Command::CreateTopics(command) = &mut command {
                for (topic, n) in command.topics.iter_mut().zip(0_u128..) {
                    topic.id = TopicId((u128::from(id) * 2 + n).to_le_bytes());
                }
            }
            (RequestId(id), command)
        });
        world.run(part.collect::<Vec<_>>());
    }
    (world.replies.values().map(|reply| format!("{reply:?}")).collect(), world.core.image())
}

proptest! {
    #[test]
    fn partitions_and_groups_do_what_the_models_say(steps in steps()) {
        play(&steps);
    }

    #[test]
    fn the_same_steps_give_the_same_bytes(steps in steps()) {
        assert_eq!(play(&steps), play(&steps));
    }

    #[test]
    fn how_commands_are_cut_into_turns_changes_nothing(commands in commands()) {
        let whole = run(&commands, 16 << 20, 1000);
        for (commit_bytes_max, queue_max) in [(16 << 20, 1), (2_500, 7)] {
            let (replies, image) = run(&commands, commit_bytes_max, queue_max);
            for (index, (reply, expected)) in replies.iter().zip(&whole.0).enumerate() {
                assert_eq!(reply, expected, "reply {index}");
            }
            for (row, value) in image.iter().chain(&whole.1) {
                assert_eq!(whole.1.get(row), image.get(row), "{row:?} is {value:?}");
            }
        }
    }
}
