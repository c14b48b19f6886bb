//! Questions about many groups and offsets: whole answers, made in steps that let others go on.

use std::collections::VecDeque;

use hence_base::Timestamp;

use super::world::World;
use crate::{
    Command, DeleteTopics, DescribeGroups, GroupOffsetsQuery, InitProducer, ListGroups, MemberRef,
    OffsetCommit, OffsetFetch, PartitionCommit, Reply, Request, RequestId, TopicCommit, TopicRef, Turn,
};

/// More than one turn lists.
const GROUPS: usize = 3_000;
/// More than one turn finds.
const PARTITIONS: i32 = 5_000;

fn commit(world: &mut World, group: &str, topic: &str, partitions: std::ops::Range<i32>) {
    let offset = |partition| PartitionCommit {
        partition,
        offset: i64::from(partition),
        leader_epoch: 0,
        metadata: String::new(),
    };
    let partitions = partitions.map(offset).collect();
    let topics = vec![TopicCommit { topic: TopicRef::Name(topic.into()), partitions }];
    let who = MemberRef { group: group.into(), generation: -1, ..MemberRef::default() };
    world.ask(OffsetCommit { who, retention_ms: None, topics }).expect("it is committed");
}

fn groups(world: &mut World) -> Vec<String> {
    world.create("orders", 1);
    let names: Vec<String> = (0..GROUPS).map(|number| format!("group-{number:04}")).collect();
    names.iter().for_each(|name| commit(world, name, "orders", 0..1));
    names
}

/// Runs turns with `command` and, in each turn, another one behind it, until it is answered: the answer, and the turns.
/// The others are answered in the turn that they came in.
fn ask_among_others<R: Request>(world: &mut World, command: R) -> (R::Reply, u64) {
    const ASKED: RequestId = RequestId(1 << 40);
    let mut queue: VecDeque<(RequestId, Command)> = [(ASKED, command.into())].into();
    let (mut turn, mut answer, mut turns) = (Turn::default(), None, 0);
    while answer.is_none() {
        turns += 1;
        queue.push_back((RequestId((1 << 41) + turns), InitProducer.into()));
        turn.clear();
        world.core.turn(Timestamp(world.now), world.room, &mut queue, &mut turn);
        let mut others = 0;
        for (id, reply) in turn.replies.drain(..) {
            match id {
                ASKED => answer = R::reply(reply),
                _ => others += usize::from(matches!(reply, Reply::InitProducer(Ok(_)))),
            }
        }
        // A turn that began with a whole step takes no more; the next one has both.
        assert!(others > 0 || turns == 1, "turn {turns} let nobody else go on");
        assert!(answer.is_some() || turn.more, "turn {turns} forgot it");
        assert!(turns < 1_000);
    }
    assert!(queue.len() <= 1);
    (answer.expect("it ended"), turns)
}

#[test]
fn a_long_list_of_groups_is_whole_and_lets_others_go_on() {
    let mut world = World::new();
    let names = groups(&mut world);
    let (listed, turns) = ask_among_others(&mut world, ListGroups);
    assert!(listed.iter().map(|listing| &listing.group).eq(&names), "each once, by name");
    assert!(turns > 1, "{turns}");
    let few = (0..10).map(|at| names[at].clone()).collect();
    assert_eq!(
        ask_among_others(&mut world, DescribeGroups { groups: few }).1,
        1,
        "a short one is not put off"
    );
}

#[test]
fn many_groups_are_described_in_the_order_in_which_they_were_asked_for() {
    let mut world = World::new();
    let mut asked = groups(&mut world);
    asked.reverse();
    asked.insert(1, "no".into());
    let (described, turns) = ask_among_others(&mut world, DescribeGroups { groups: asked.clone() });
    assert!(turns > 1, "{turns}");
    assert_eq!(described.len(), asked.len());
    for (described, asked) in described.iter().zip(&asked) {
        assert_eq!(described.as_ref().map(|group| &group.group), (asked != "no").then_some(asked));
    }
}

#[test]
fn many_offsets_are_found_once_each_whether_all_or_some_are_asked_for() {
    let mut world = World::new();
    for topic in ["first", "gone", "last"] {
        world.create(topic, PARTITIONS);
        commit(&mut world, "g", topic, 0..PARTITIONS);
    }
    commit(&mut world, "h", "last", 3..4);
    let all = |group: &str| GroupOffsetsQuery { group: group.into(), topics: None };
    let some = |topics: &[&str]| {
        let topic = |name: &&str| (TopicRef::Name((*name).into()), (0..PARTITIONS + 1).collect());
        GroupOffsetsQuery { group: "g".into(), topics: Some(topics.iter().map(topic).collect()) }
    };
    // Its offsets are removed behind: until they are, they are passed over.
    let delete = DeleteTopics { topics: vec![TopicRef::Name("gone".into())] };
    let mut turn = Turn::default();
    let mut queue = [(RequestId(1 << 42), delete.into())].into();
    world.core.turn(Timestamp(world.now), world.room, &mut queue, &mut turn);
    assert!(turn.more && turn.replies.len() == 1);
    let queries = vec![all("g"), all("no"), all("h"), some(&["last", "gone", "first"]), some(&[]), all("h")];
    let (found, turns) = ask_among_others(&mut world, OffsetFetch { groups: queries });
    assert!(turns > 3, "{turns}");
    let committed: Vec<Vec<(String, usize, usize)>> = found
        .iter()
        .map(|group| {
            let topics = group.topics.iter().map(|topic| {
                let name = topic.known.as_ref().map_or("", |(name, _)| name);
                let right = topic.partitions.iter().enumerate().filter(|(at, (partition, committed))| {
                    let offset = committed.as_ref().map(|committed| committed.offset);
                    (group.group == "h" || *at == *partition as usize)
                        && offset == Some(i64::from(*partition))
                });
                (name.to_owned(), topic.partitions.len(), right.count())
            });
            topics.collect()
        })
        .collect();
    let count = PARTITIONS as usize;
    let of = |name: &str, partitions, right| (name.to_owned(), partitions, right);
    let mut of_g = vec![of("first", count, count), of("last", count, count)];
    of_g.sort();
    let mut first = committed[0].clone();
    first.sort();
    assert_eq!(first, of_g);
    let asked = vec![of("last", count + 1, count), of("", count + 1, 0), of("first", count + 1, count)];
    let h = vec![of("last", 1, 1)];
    assert_eq!(committed[1..], [vec![], h.clone(), asked, vec![], h]);
}
