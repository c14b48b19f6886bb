//! Groups through the core: what a client of the classic protocol sees, scene by scene.

use bytes::Bytes;

use super::Groups;
use crate::tests::world::{Rows, World};
use crate::{
    ClientName, CommitError, DeleteGroupError, DeleteGroups, DeleteTopics, DescribeGroups, FencedInstance,
    GroupNotEmpty, GroupNotFound, GroupOffsetsQuery, GroupState, Heartbeat, HeartbeatError,
    IllegalGeneration, JoinError, JoinGroup, Joined, LeaveError, LeaveGroup, Leaving, ListGroups,
    MemberIdRequired, MemberRef, MetadataTooLarge, OffsetCommit, OffsetDelete, OffsetDeleteError,
    OffsetFetch, OverLimit, PartitionCommit, PartitionCommitError, PartitionDeleteError, Rebalancing,
    RequestId, Room, Settings, StepClock, SyncError, SyncGroup, Synced, TopicCommit, TopicRef, UnknownMember,
};

const SESSION_MS: i32 = 10_000;
const REBALANCE_MS: i32 = 60_000;

/// A client of one group.
#[derive(Clone)]
struct Client {
    join: JoinGroup,
    generation: i32,
}

fn client(name: &str) -> Client {
    Client {
        join: JoinGroup {
            group: "readers".into(),
            new_member: format!("{name}-1"),
            client: ClientName { id: name.into(), host: "/127.0.0.1".into() },
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            protocol_type: "consumer".into(),
            protocols: vec![("range".into(), Bytes::from(format!("{name} reads orders")))],
            subscription: Some(vec!["orders".into()]),
            ..JoinGroup::default()
        },
        generation: -1,
    }
}

impl Client {
    fn known_member_required(mut self) -> Self {
        self.join.known_member_required = true;
        self
    }

    fn instance(mut self, instance: &str) -> Self {
        self.join.instance = Some(instance.into());
        self
    }

    fn protocols(mut self, protocols: &[&str]) -> Self {
        self.join.protocols =
            protocols.iter().map(|name| ((*name).into(), Bytes::from_static(b"metadata"))).collect();
        self
    }

    /// The same process once more, without what it knew.
    fn restarted(mut self, new_member: &str) -> Self {
        self.join.member.clear();
        self.join.new_member = new_member.into();
        self
    }

    fn who(&self) -> MemberRef {
        MemberRef {
            group: self.join.group.clone(),
            generation: self.generation,
            member: self.join.member.clone(),
            instance: self.join.instance.clone(),
        }
    }

    fn joins(&self, world: &mut World) -> RequestId {
        world.send(self.join.clone().into())
    }

    /// Takes the answer to a join, which is good.
    fn joined(&mut self, world: &mut World, id: RequestId) -> Joined {
        let joined = world.answer::<JoinGroup>(id).expect("the join is answered").expect("it joined");
        self.join.member.clone_from(&joined.member);
        self.generation = joined.generation;
        joined
    }

    fn syncs(&self, world: &mut World, assignments: &[(&Client, &str)]) -> RequestId {
        let assignment = |(client, bytes): &(&Client, &str)| {
            (client.join.member.clone(), Bytes::copy_from_slice(bytes.as_bytes()))
        };
        let assignments = assignments.iter().map(assignment).collect();
        world.send(SyncGroup { who: self.who(), assignments, ..SyncGroup::default() }.into())
    }

    fn heartbeats(&self, world: &mut World) -> Result<(), HeartbeatError> {
        world.ask(Heartbeat { who: self.who() })
    }

    fn commits(&self, world: &mut World, offset: i64) -> Result<(), CommitError> {
        let answers = world.ask(commit(self.who(), offset))?;
        assert_eq!(answers, [[Ok(())]]);
        Ok(())
    }

    fn leaves(&self, world: &mut World) -> Result<(), LeaveError> {
        let members =
            vec![Leaving { member: self.join.member.clone(), instance: self.join.instance.clone() }];
        world.ask(LeaveGroup { group: self.join.group.clone(), members })?.remove(0)
    }
}

fn commit(who: MemberRef, offset: i64) -> OffsetCommit {
    let partitions = vec![PartitionCommit { partition: 0, offset, leader_epoch: 3, metadata: "note".into() }];
    let topics = vec![TopicCommit { topic: TopicRef::Name("orders".into()), partitions }];
    OffsetCommit { who, retention_ms: None, topics }
}

fn synced(world: &mut World, id: RequestId) -> Result<Bytes, SyncError> {
    let answer: Result<Synced, _> = world.answer::<SyncGroup>(id).expect("the sync is answered");
    answer.map(|synced| synced.assignment)
}

fn committed(world: &mut World, group: &str) -> Option<i64> {
    let topics = Some(vec![(TopicRef::Name("orders".into()), vec![0])]);
    let groups = vec![GroupOffsetsQuery { group: group.into(), topics }];
    let offset = world.ask(OffsetFetch { groups })[0].topics[0].partitions[0].1.clone();
    offset.map(|committed| committed.offset)
}

fn state(world: &mut World) -> Option<GroupState> {
    world.ask(DescribeGroups { groups: vec!["readers".into()] })[0].as_ref().map(|group| group.state)
}

/// A world with a topic and a group of these members, stable; the first one leads.
fn stable(members: &mut [&mut Client]) -> World {
    let mut world = World::new();
    world.create("orders", 2);
    let joins: Vec<_> = members.iter().map(|member| member.joins(&mut world)).collect();
    world.pass(6_000);
    for (member, id) in members.iter_mut().zip(joins) {
        member.joined(&mut world, id);
    }
    settle(&mut world, members);
    world
}

/// Everyone syncs; the first one, who leads, assigns each its own name.
fn settle(world: &mut World, members: &mut [&mut Client]) {
    let others: Vec<_> = members[1..].iter().map(|member| member.syncs(world, &[])).collect();
    let all: Vec<Client> = members.iter().map(|member| (**member).clone()).collect();
    let assignments: Vec<(&Client, &str)> =
        all.iter().map(|member| (member, member.join.client.id.as_str())).collect();
    let leader = members[0].syncs(world, &assignments);
    for (id, member) in [leader].into_iter().chain(others).zip(members) {
        assert_eq!(synced(world, id).expect("it is assigned"), member.join.client.id.as_bytes());
    }
    assert_eq!(state(world), Some(GroupState::Stable));
}

#[test]
fn members_join_the_leader_assigns_and_everyone_gets_its_share() {
    let mut world = World::new();
    let (mut a, mut b) = (client("a"), client("b"));
    let (join_a, join_b) = (a.joins(&mut world), b.joins(&mut world));
    assert_eq!(state(&mut world), Some(GroupState::PreparingRebalance));
    world.pass(6_000);
    let (seen_by_a, seen_by_b) = (a.joined(&mut world, join_a), b.joined(&mut world, join_b));
    assert_eq!((seen_by_a.generation, seen_by_a.leader.as_str()), (1, "a-1"));
    assert_eq!(
        (seen_by_a.protocol.as_deref(), seen_by_a.protocol_type.as_deref()),
        (Some("range"), Some("consumer"))
    );
    let members: Vec<_> =
        seen_by_a.members.iter().map(|member| (&*member.member, &*member.metadata)).collect();
    assert_eq!(members, [("a-1", &b"a reads orders"[..]), ("b-1", b"b reads orders")]);
    assert!(seen_by_b.members.is_empty() && seen_by_b.leader == "a-1");
    assert_eq!(state(&mut world), Some(GroupState::CompletingRebalance));
    let sync_b = b.syncs(&mut world, &[]);
    assert!(world.answer::<SyncGroup>(sync_b).is_none(), "it waits for the leader");
    let sync_a = a.syncs(&mut world, &[(&b, "everything")]);
    assert_eq!(synced(&mut world, sync_b), Ok(Bytes::from_static(b"everything")));
    assert_eq!(synced(&mut world, sync_a), Ok(Bytes::new()), "who is not named gets nothing");
    assert_eq!(state(&mut world), Some(GroupState::Stable));
    let again = b.syncs(&mut world, &[]);
    assert_eq!(synced(&mut world, again), Ok(Bytes::from_static(b"everything")));
}

#[test]
fn an_empty_group_waits_for_more_members_but_no_longer_than_they_allow() {
    let mut world = World::new();
    let (mut a, b, c) = (client("a"), client("b"), client("c"));
    let id = a.joins(&mut world);
    world.pass(2_000);
    b.joins(&mut world);
    world.pass(2_000);
    assert!(!world.replies.contains_key(&id), "one came: the wait is longer");
    c.joins(&mut world);
    world.pass(2_001);
    assert!(!world.replies.contains_key(&id));
    world.pass(3_000);
    assert_eq!(a.joined(&mut world, id).members.len(), 3);
}

#[test]
fn without_the_delay_the_first_member_is_answered_at_once() {
    let mut world = World::with(Settings { initial_rebalance_delay_ms: 0, ..Settings::default() });
    let mut a = client("a");
    let id = a.joins(&mut world);
    assert_eq!(a.joined(&mut world, id).generation, 1);
}

#[test]
fn a_new_dynamic_member_is_told_its_id_first() {
    let mut world = World::new();
    let mut a = client("a").known_member_required();
    let id = a.joins(&mut world);
    let required = MemberIdRequired { member: "a-1".into() };
    assert_eq!(world.answer::<JoinGroup>(id), Some(Err(required.into())));
    a.join.member = "a-1".into();
    let id = a.joins(&mut world);
    world.pass(3_000);
    assert_eq!(a.joined(&mut world, id).member, "a-1");
}

#[test]
fn a_member_that_was_told_its_id_and_does_not_come_holds_nobody_up_for_ever() {
    let (mut a, b) = (client("a"), client("b").known_member_required());
    let mut world = stable(&mut [&mut a]);
    b.joins(&mut world);
    a.join.protocols = client("other").join.protocols;
    let id = a.joins(&mut world);
    assert!(!world.replies.contains_key(&id), "it waits for the one that was announced");
    world.pass(i64::from(SESSION_MS));
    assert_eq!(a.joined(&mut world, id).generation, 2);
}

#[test]
fn members_that_were_told_their_id_hold_something_too() {
    let mut world = World::with(Settings { groups_bytes_max: 20_000, ..Settings::default() });
    let announce = |world: &mut World, group: &str, n: u32| {
        let mut new = client("a").known_member_required();
        new.join.group = group.into();
        new.join.new_member = format!("{n:01000}");
        let id = new.joins(world);
        (new, world.answer::<JoinGroup>(id).expect("it is answered").expect_err("it is to come again"))
    };
    let mut announced = Vec::new();
    let refused = loop {
        match announce(&mut world, &format!("g{}", announced.len() % 3), announced.len() as u32) {
            (new, JoinError::MemberIdRequired(_)) => announced.push(new),
            (_, refused) => break refused,
        }
        assert!(announced.len() < 100, "what they hold is bounded");
    };
    assert!(matches!(refused, JoinError::OverLimit(_)));
    world.core.image();
    // Each way out gives back what was held: coming, leaving, the end of the group, the end of the time.
    let mut comes = announced.remove(0);
    comes.join.member.clone_from(&comes.join.new_member);
    let id = comes.joins(&mut world);
    world.pass(3_000);
    comes.joined(&mut world, id);
    let member = announced.remove(0).join.new_member;
    let members = vec![Leaving { member, instance: None }];
    assert_eq!(world.ask(LeaveGroup { group: "g1".into(), members }), Ok(vec![Ok(())]));
    let who = MemberRef { group: "g2".into(), generation: -1, ..MemberRef::default() };
    world.create("orders", 1);
    world.ask(commit(who, 1)).expect("nobody is in the group");
    assert_eq!(world.ask(DeleteGroups { groups: vec!["g2".into()] }), [Ok(())]);
    world.core.image();
    assert!(matches!(announce(&mut world, "g4", 1_000).1, JoinError::MemberIdRequired(_)));
    world.pass(60_000);
    world.core.image();
    world.restart(true);
    world.core.image();
}

#[test]
fn a_new_member_starts_a_rebalance_that_the_others_learn_of_by_their_heartbeats() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a]);
    assert_eq!(a.heartbeats(&mut world), Ok(()));
    let join_b = b.joins(&mut world);
    assert_eq!(a.heartbeats(&mut world), Err(Rebalancing {}.into()));
    let sync = a.syncs(&mut world, &[]);
    assert_eq!(synced(&mut world, sync), Err(Rebalancing {}.into()));
    let join_a = a.joins(&mut world);
    assert_eq!((a.joined(&mut world, join_a).generation, b.joined(&mut world, join_b).generation), (2, 2));
    let old = Client { generation: 1, ..a.clone() };
    assert_eq!(old.heartbeats(&mut world), Err(IllegalGeneration { current: 2 }.into()));
    settle(&mut world, &mut [&mut a, &mut b]);
}

#[test]
fn a_rebalance_during_the_assignment_sends_everyone_back() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = World::new();
    let (join_a, join_b) = (a.joins(&mut world), b.joins(&mut world));
    world.pass(6_000);
    a.joined(&mut world, join_a);
    b.joined(&mut world, join_b);
    let sync_b = b.syncs(&mut world, &[]);
    client("c").joins(&mut world);
    assert_eq!(synced(&mut world, sync_b), Err(Rebalancing {}.into()));
}

#[test]
fn members_that_do_not_join_again_in_time_are_out() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    let join_c = client("c").joins(&mut world);
    let join_a = a.joins(&mut world);
    for _ in 0..11 {
        world.pass(5_000);
        assert_eq!(b.heartbeats(&mut world), Err(Rebalancing {}.into()), "alive, but it does not join");
    }
    assert!(!world.replies.contains_key(&join_a));
    world.pass(5_000);
    let seen = a.joined(&mut world, join_a);
    assert_eq!(seen.members.len(), 2);
    client("c").joined(&mut world, join_c);
    assert_eq!(b.heartbeats(&mut world), Err(UnknownMember {}.into()));
}

#[test]
fn a_session_that_ends_starts_a_rebalance() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    world.pass(6_000);
    assert_eq!(a.heartbeats(&mut world), Ok(()));
    world.pass(4_000);
    assert_eq!(b.heartbeats(&mut world), Err(UnknownMember {}.into()));
    assert_eq!(a.heartbeats(&mut world), Err(Rebalancing {}.into()));
    let id = a.joins(&mut world);
    assert_eq!(a.joined(&mut world, id).members.len(), 1);
}

#[test]
fn a_step_of_the_clock_that_was_announced_ends_no_session_and_dates_what_is_committed() {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    for _ in 0..2 {
        world.pass(9_000);
        world.ask(StepClock { ms: HOUR_MS });
        // The old time goes on for a moment.
        a.heartbeats(&mut world).expect("its session goes on");
        world.pass(9_000);
        world.now += HOUR_MS;
        world.pass(999);
        a.heartbeats(&mut world).expect("its session goes on");
    }
    a.commits(&mut world, 42).expect("it is a member");
    world.pass(9_999);
    assert_eq!(state(&mut world), Some(GroupState::Stable));
    world.pass(1);
    assert_eq!(state(&mut world), Some(GroupState::Empty), "its session ends in its time");
    // A week after the date of the clock, not of what was lived through.
    world.pass(7 * 24 * HOUR_MS - HOUR_MS);
    assert_eq!(committed(&mut world, "readers"), Some(42));
    world.pass(2 * HOUR_MS);
    assert_eq!(committed(&mut world, "readers"), None);
}

#[test]
fn who_waits_for_a_join_is_not_expected_to_heartbeat() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    let join_a = a.joins(&mut world);
    for _ in 0..10 {
        world.pass(5_000);
        assert_eq!(b.heartbeats(&mut world), Err(Rebalancing {}.into()));
    }
    let join_b = b.joins(&mut world);
    assert_eq!((a.joined(&mut world, join_a).members.len(), b.joined(&mut world, join_b).generation), (2, 2));
}

#[test]
fn a_new_member_that_nobody_answers_is_forgotten_after_five_minutes() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    let mut b = client("b");
    b.join.rebalance_timeout_ms = 10 * 60 * 1000;
    let join_b = b.joins(&mut world);
    for _ in 0..(5 * 60 - 5) / 5 {
        world.pass(5_000);
        assert_eq!(a.heartbeats(&mut world), Err(Rebalancing {}.into()));
    }
    assert!(!world.replies.contains_key(&join_b));
    world.pass(5_000);
    assert_eq!(world.answer::<JoinGroup>(join_b), Some(Err(UnknownMember {}.into())));
}

#[test]
fn a_new_member_is_answered_by_a_join_phase_that_ends_when_its_own_time_does() {
    let (mut a, mut b) = (client("a"), client("b").instance("seat b"));
    a.join.rebalance_timeout_ms = 5 * 60 * 1000;
    b.join.session_timeout_ms = 5 * 60 * 1000;
    let mut world = stable(&mut [&mut a, &mut b]);
    let mut c = client("c");
    let join_c = c.joins(&mut world);
    for _ in 0..60 {
        assert_eq!(a.heartbeats(&mut world), Err(Rebalancing {}.into()), "alive, but it does not join");
        world.pass(5_000);
    }
    let seen = c.joined(&mut world, join_c);
    assert_eq!((seen.generation, seen.members.len()), (2, 1), "alone: the time of the others was over too");
}

#[test]
fn members_that_never_ask_for_their_assignment_are_out() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = World::new();
    let (join_a, join_b) = (a.joins(&mut world), b.joins(&mut world));
    world.pass(6_000);
    a.joined(&mut world, join_a);
    b.joined(&mut world, join_b);
    let sync = a.syncs(&mut world, &[]);
    synced(&mut world, sync).expect("the leader assigns");
    for _ in 0..12 {
        assert_eq!(b.heartbeats(&mut world), Ok(()));
        assert_eq!(a.heartbeats(&mut world), Ok(()));
        world.pass(5_000);
    }
    assert_eq!(b.heartbeats(&mut world), Err(UnknownMember {}.into()));
    assert_eq!(a.heartbeats(&mut world), Err(Rebalancing {}.into()));
}

#[test]
fn a_follower_that_joins_again_unchanged_gets_its_generation_and_a_leader_starts_a_new_one() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    let id = b.joins(&mut world);
    assert_eq!(b.joined(&mut world, id).generation, 1);
    assert_eq!(state(&mut world), Some(GroupState::Stable));
    let join_a = a.joins(&mut world);
    assert_eq!(state(&mut world), Some(GroupState::PreparingRebalance));
    let join_b = b.joins(&mut world);
    assert_eq!((a.joined(&mut world, join_a).generation, b.joined(&mut world, join_b).generation), (2, 2));
}

#[test]
fn a_lost_answer_to_a_join_is_given_again() {
    let mut a = client("a");
    let mut world = World::new();
    let id = a.joins(&mut world);
    world.pass(3_000);
    let first = a.joined(&mut world, id);
    let id = a.joins(&mut world);
    assert_eq!(a.joined(&mut world, id), first);
}

#[test]
fn leaving_starts_a_rebalance_and_the_last_one_empties_the_group() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    assert_eq!(b.leaves(&mut world), Ok(()));
    assert_eq!(b.leaves(&mut world), Err(UnknownMember {}.into()));
    let id = a.joins(&mut world);
    assert_eq!(a.joined(&mut world, id).members.len(), 1);
    assert_eq!(a.leaves(&mut world), Ok(()));
    assert_eq!(state(&mut world), Some(GroupState::Empty));
    let id = a.clone().restarted("a-2").joins(&mut world);
    world.pass(3_000);
    assert_eq!(a.joined(&mut world, id).generation, 4, "an empty generation counts");
}

#[test]
fn nobody_leaves_a_group_that_is_not_there() {
    let mut world = World::new();
    let members = vec![Leaving { member: "a".into(), instance: None }];
    let left = world.ask(LeaveGroup { group: "none".into(), members });
    assert_eq!(left, Ok(vec![Err(UnknownMember {}.into())]));
}

#[test]
fn protocols_are_chosen_by_all_and_a_member_without_one_in_reach_is_refused() {
    let mut world = World::new();
    let mut a = client("a").protocols(&["sticky", "range"]);
    let mut b = client("b").protocols(&["range", "sticky"]);
    let mut c = client("c").protocols(&["range", "sticky", "other"]);
    let ids = [a.joins(&mut world), b.joins(&mut world), c.joins(&mut world)];
    let id = client("d").protocols(&["other"]).joins(&mut world);
    let refused = world.answer::<JoinGroup>(id).expect("it is answered");
    assert!(matches!(refused, Err(JoinError::InconsistentProtocol(_))));
    world.pass(6_000);
    assert_eq!(a.joined(&mut world, ids[0]).protocol.as_deref(), Some("range"), "two of three prefer it");
    b.joined(&mut world, ids[1]);
    c.joined(&mut world, ids[2]);
    let mut other = client("e");
    other.join.protocol_type = "connect".into();
    let id = other.joins(&mut world);
    assert!(matches!(world.answer::<JoinGroup>(id), Some(Err(JoinError::InconsistentProtocol(_)))));
}

#[test]
fn a_static_member_that_comes_back_takes_its_seat_without_a_rebalance() {
    let (mut a, mut b) = (client("a").instance("seat a"), client("b").instance("seat b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    let mut back = b.clone().restarted("b-2");
    let id = back.joins(&mut world);
    let joined = back.joined(&mut world, id);
    assert_eq!((joined.generation, joined.leader.as_str(), joined.member.as_str()), (1, "a-1", "b-2"));
    let sync = back.syncs(&mut world, &[]);
    assert_eq!(synced(&mut world, sync), Ok(Bytes::from_static(b"b")));
    assert_eq!(b.heartbeats(&mut world), Err(FencedInstance {}.into()));
    assert_eq!(b.commits(&mut world, 1), Err(FencedInstance {}.into()));
    world.restart(true);
    assert_eq!(back.heartbeats(&mut world), Ok(()), "the new id was stored");
}

#[test]
fn a_static_leader_that_comes_back_does_not_assign_again() {
    let mut a = client("a").instance("seat a");
    let mut world = stable(&mut [&mut a]);
    let mut old_client = a.clone().restarted("a-2");
    let id = old_client.joins(&mut world);
    assert_eq!(
        old_client.joined(&mut world, id).leader,
        "a-1",
        "so that it does not take itself for the leader"
    );
    let mut new_client = a.restarted("a-3");
    new_client.join.can_skip_assignment = true;
    let id = new_client.joins(&mut world);
    let joined = new_client.joined(&mut world, id);
    assert!(joined.skip_assignment && joined.leader == "a-3" && joined.members.len() == 1);
}

#[test]
fn a_static_member_leaves_by_its_name_alone() {
    let mut a = client("a").instance("seat a");
    let mut world = stable(&mut [&mut a]);
    let members = vec![
        Leaving { member: String::new(), instance: Some("seat a".into()) },
        Leaving { member: String::new(), instance: Some("seat z".into()) },
    ];
    let left = world.ask(LeaveGroup { group: "readers".into(), members }).expect("the group is there");
    assert_eq!(left, [Ok(()), Err(UnknownMember {}.into())]);
    assert_eq!(state(&mut world), Some(GroupState::Empty));
}

#[test]
fn a_static_member_is_waited_for_until_its_session_ends() {
    let (mut a, mut b) = (client("a"), client("b").instance("seat b"));
    b.join.session_timeout_ms = 300_000;
    let mut world = stable(&mut [&mut a, &mut b]);
    let join_a = a.joins(&mut world);
    world.pass(i64::from(REBALANCE_MS));
    let seen = a.joined(&mut world, join_a);
    assert_eq!(seen.members.len(), 2, "it keeps its seat although it did not come");
}

#[test]
fn a_restart_within_the_session_timeout_causes_no_rebalance() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    world.pass(8_000);
    world.restart(false);
    world.pass(8_000);
    assert_eq!(a.heartbeats(&mut world), Ok(()), "everyone has a whole session again");
    assert_eq!(b.commits(&mut world, 5), Ok(()));
    let sync = b.syncs(&mut world, &[]);
    assert_eq!(synced(&mut world, sync), Ok(Bytes::from_static(b"b")));
    assert_eq!(state(&mut world), Some(GroupState::Stable));
}

#[test]
fn a_restart_between_join_and_assignment_goes_on_with_the_same_generation() {
    let mut a = client("a");
    let mut world = World::new();
    let id = a.joins(&mut world);
    world.pass(3_000);
    a.joined(&mut world, id);
    world.restart(false);
    let sync = a.syncs(&mut world, &[(&a, "all")]);
    assert_eq!(synced(&mut world, sync), Ok(Bytes::from_static(b"all")));
}

#[test]
fn a_generation_that_someone_saw_never_comes_again() {
    let mut a = client("a");
    let mut world = World::new();
    let id = a.joins(&mut world);
    world.pass(3_000);
    assert_eq!(a.joined(&mut world, id).generation, 1);
    world.restart(false);
    world.pass(120_000);
    let mut b = client("b");
    let id = b.joins(&mut world);
    world.pass(3_000);
    assert!(b.joined(&mut world, id).generation > 1);
}

#[test]
fn members_that_did_not_survive_a_restart_are_out_when_their_sessions_end() {
    let (mut a, mut b) = (client("a"), client("b"));
    let mut world = stable(&mut [&mut a, &mut b]);
    world.restart(false);
    for _ in 0..2 {
        world.pass(5_000);
        a.heartbeats(&mut world).ok();
    }
    assert_eq!(state(&mut world), Some(GroupState::PreparingRebalance));
    assert_eq!(b.heartbeats(&mut world), Err(UnknownMember {}.into()));
}

#[test]
fn members_commit_and_read_offsets_and_strangers_do_not_commit() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    assert_eq!(committed(&mut world, "readers"), None);
    assert_eq!(a.commits(&mut world, 42), Ok(()));
    assert_eq!(committed(&mut world, "readers"), Some(42));
    let simple = MemberRef { group: "readers".into(), generation: -1, ..MemberRef::default() };
    assert_eq!(world.ask(commit(simple, 1)), Err(UnknownMember {}.into()));
    let old = Client { generation: 0, ..a.clone() };
    assert_eq!(old.commits(&mut world, 1), Err(IllegalGeneration { current: 1 }.into()));
    let nobody = Client { join: JoinGroup { member: "x".into(), ..a.join.clone() }, generation: 1 };
    assert_eq!(nobody.commits(&mut world, 1), Err(UnknownMember {}.into()));
    client("b").joins(&mut world);
    assert_eq!(a.commits(&mut world, 43), Ok(()), "what was read before a rebalance may still be committed");
    world.restart(false);
    assert_eq!(committed(&mut world, "readers"), Some(43));
}

#[test]
fn no_offset_is_committed_while_the_assignment_is_awaited() {
    let mut a = client("a");
    let mut world = World::new();
    world.create("orders", 1);
    let id = a.joins(&mut world);
    world.pass(3_000);
    a.joined(&mut world, id);
    assert_eq!(a.commits(&mut world, 1), Err(Rebalancing {}.into()));
}

#[test]
fn a_simple_consumer_commits_without_joining() {
    let mut world = World::new();
    world.create("orders", 1);
    let who = MemberRef { group: "simple".into(), generation: -1, ..MemberRef::default() };
    assert_eq!(world.ask(commit(who.clone(), 7)), Ok(vec![vec![Ok(())]]));
    assert_eq!(committed(&mut world, "simple"), Some(7));
    let list = world.ask(ListGroups);
    assert_eq!(
        (list[0].group.as_str(), &list[0].protocol_type, list[0].state),
        ("simple", &None, GroupState::Empty)
    );
    let generation = MemberRef { group: "none".into(), generation: 3, ..who };
    let not_found = GroupNotFound { group: "none".into() };
    assert_eq!(world.ask(commit(generation, 7)), Err(not_found.into()));
}

#[test]
fn each_partition_of_a_commit_is_judged_by_itself() {
    let mut world = World::new();
    let topic = world.create("orders", 1);
    let who = MemberRef { group: "simple".into(), generation: -1, ..MemberRef::default() };
    let partition = |partition, metadata: &str| PartitionCommit {
        partition,
        offset: 1,
        leader_epoch: -1,
        metadata: metadata.into(),
    };
    let topics = vec![
        TopicCommit {
            topic: TopicRef::Id(topic.id),
            partitions: vec![partition(0, ""), partition(1, ""), partition(0, &"x".repeat(4097))],
        },
        TopicCommit { topic: TopicRef::Name("other".into()), partitions: vec![partition(0, "")] },
    ];
    let answers = world.ask(OffsetCommit { who, retention_ms: None, topics }).expect("some are committed");
    assert_eq!(answers[0][0], Ok(()));
    assert!(matches!(answers[0][1], Err(PartitionCommitError::UnknownPartition(_))));
    let too_large = MetadataTooLarge { bytes: 4097, bytes_max: 4096 };
    assert_eq!(answers[0][2], Err(too_large.into()));
    assert!(matches!(answers[1][0], Err(PartitionCommitError::UnknownTopic(_))));
}

#[test]
fn the_notes_of_all_offsets_are_bounded_and_given_back() {
    let mut world = World::with(Settings { offsets_notes_bytes_max: 100, ..Settings::default() });
    world.create("orders", 3);
    let commit = |world: &mut World, group: &str, partition, bytes| {
        let who = MemberRef { group: group.into(), generation: -1, ..MemberRef::default() };
        let mut commit = OffsetCommit { retention_ms: Some(60_000), ..commit(who, 7) };
        let only = &mut commit.topics[0].partitions[0];
        (only.partition, only.metadata) = (partition, "x".repeat(bytes));
        let answer = world.ask(commit);
        world.core.image();
        answer.map(drop)
    };
    let over = OverLimit { what: "bytes of metadata of all committed offsets", max: 100 };
    assert_eq!(commit(&mut world, "a", 0, 60), Ok(()));
    assert_eq!(commit(&mut world, "a", 1, 41), Err(over.clone().into()));
    assert_eq!(commit(&mut world, "a", 1, 40), Ok(()));
    assert_eq!(commit(&mut world, "a", 0, 60), Ok(()), "in the place of the one before");
    assert_eq!(commit(&mut world, "b", 0, 1), Err(over.clone().into()));
    assert_eq!(commit(&mut world, "b", 0, 0), Ok(()));
    assert_eq!(commit(&mut world, "a", 0, 50), Ok(()));
    world.restart(false);
    assert_eq!(commit(&mut world, "b", 0, 11), Err(over.into()), "counted again by recovery");
    let topics = vec![("orders".into(), vec![1])];
    world.ask(OffsetDelete { group: "a".into(), topics }).expect("it is there");
    assert_eq!(commit(&mut world, "b", 0, 50), Ok(()));
    world.pass(20 * 60 * 1000);
    world.create("other", 1);
    assert_eq!(commit(&mut world, "c", 0, 100), Ok(()), "the others expired");
}

#[test]
fn all_offsets_of_a_group_are_found_under_the_names_of_their_topics() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    a.commits(&mut world, 42).expect("it is a member");
    let groups = vec![
        GroupOffsetsQuery { group: "readers".into(), topics: None },
        GroupOffsetsQuery { group: "none".into(), topics: None },
    ];
    let found = world.ask(OffsetFetch { groups });
    let known = found[0].topics[0].known.as_ref().expect("the topic is there");
    assert_eq!((&*known.0, found[0].topics[0].partitions[0].0), ("orders", 0));
    let committed = found[0].topics[0].partitions[0].1.as_ref().expect("it was committed");
    assert_eq!((committed.offset, committed.leader_epoch, &*committed.metadata), (42, 3, "note"));
    assert!(found[1].topics.is_empty());
}

#[test]
fn offsets_go_with_their_topic() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    a.commits(&mut world, 42).expect("it is a member");
    world.ask(DeleteTopics { topics: vec![TopicRef::Name("orders".into())] })[0]
        .as_ref()
        .expect("it was there");
    world.create("orders", 1);
    assert_eq!(committed(&mut world, "readers"), None);
    assert_eq!(world.core.image().keys().filter(|(table, _)| *table == crate::tables::OFFSETS).count(), 0);
}

#[test]
fn offsets_of_an_empty_group_expire_after_a_week_and_the_group_with_them() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    a.commits(&mut world, 42).expect("it is a member");
    a.leaves(&mut world).expect("it is a member");
    world.pass(7 * 24 * 60 * 60 * 1000 - 60 * 60 * 1000);
    assert_eq!(committed(&mut world, "readers"), Some(42));
    world.restart(true);
    world.pass(2 * 60 * 60 * 1000);
    assert_eq!(committed(&mut world, "readers"), None);
    assert_eq!(state(&mut world), None);
    assert!(!world.core.image().keys().any(|(table, _)| *table == crate::tables::GROUPS));
}

#[test]
fn offsets_that_members_read_do_not_expire() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    a.commits(&mut world, 42).expect("it is a member");
    for _ in 0..8 * 24 * 60 * 12 {
        world.pass(5_000);
        a.heartbeats(&mut world).expect("it is a member");
    }
    assert_eq!(committed(&mut world, "readers"), Some(42));
}

#[test]
fn an_offset_that_has_a_retention_of_its_own_expires_by_it() {
    let mut world = World::new();
    world.create("orders", 1);
    let who = MemberRef { group: "simple".into(), generation: -1, ..MemberRef::default() };
    let commit = OffsetCommit { retention_ms: Some(60_000), ..commit(who, 7) };
    world.ask(commit).expect("the group is empty");
    world.pass(20 * 60 * 1000);
    assert_eq!(committed(&mut world, "simple"), None);
}

#[test]
fn a_group_with_members_is_not_deleted_and_an_empty_one_is_with_its_offsets() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    a.commits(&mut world, 42).expect("it is a member");
    let delete =
        |world: &mut World| world.ask(DeleteGroups { groups: vec!["readers".into(), "none".into()] });
    assert_eq!(delete(&mut world)[0], Err(DeleteGroupError::GroupNotEmpty(GroupNotEmpty {})));
    a.leaves(&mut world).expect("it is a member");
    let answers = delete(&mut world);
    assert_eq!(answers[0], Ok(()));
    assert!(matches!(answers[1], Err(DeleteGroupError::GroupNotFound(_))));
    assert_eq!((committed(&mut world, "readers"), state(&mut world)), (None, None));
    let tables = [crate::tables::GROUPS, crate::tables::OFFSETS];
    assert!(!world.core.image().keys().any(|(table, _)| tables.contains(table)), "nothing is left behind");
}

#[test]
fn a_topic_with_more_offsets_than_a_commit_can_delete_goes_in_steps_and_its_streams_go_first() {
    let mut world = World::new();
    world.create("orders", 1_000);
    world.create("later", 1);
    for group in 0..150 {
        let partition =
            |partition| PartitionCommit { partition, offset: 1, leader_epoch: -1, metadata: String::new() };
        let topic = TopicRef::Name("orders".into());
        let topics = vec![TopicCommit { topic, partitions: (0..1_000).map(partition).collect() }];
        let who = MemberRef { group: format!("g{group}"), generation: -1, ..MemberRef::default() };
        world.ask(OffsetCommit { who, retention_ms: None, topics }).expect("the group is empty");
    }
    let before = world.commits.len();
    let topics = ["orders", "later"].map(|name| TopicRef::Name(name.into())).to_vec();
    assert!(world.ask(DeleteTopics { topics }).iter().all(Result::is_ok));
    let left = [crate::tables::OFFSETS, crate::tables::REMOVALS];
    assert!(!world.core.image().keys().any(|(table, _)| left.contains(table)), "nothing is left behind");
    let commits = &world.commits[before..];
    let bytes = |commit: &Vec<crate::Op>| commit.iter().map(crate::Op::bytes).sum::<usize>();
    assert!(commits.iter().map(bytes).max() < Some(1 << 20), "each fits into the smallest commit");
    let ops = || commits.iter().flatten();
    let is_drop = |op: &crate::Op| matches!(op, crate::Op::DropStream { .. });
    let is_offset = |op: &crate::Op| matches!(op, crate::Op::Delete { table: crate::tables::OFFSETS, .. });
    assert_eq!(
        (ops().filter(|op| is_drop(op)).count(), ops().filter(|op| is_offset(op)).count()),
        (1_001, 150_000)
    );
    assert!(ops().position(is_drop) < ops().position(is_offset), "what frees space comes first");
}

#[test]
fn offsets_of_topics_that_are_read_are_not_deleted() {
    let mut a = client("a");
    let mut world = stable(&mut [&mut a]);
    world.create("unread", 1);
    a.commits(&mut world, 42).expect("it is a member");
    let topics = || vec![("orders".to_owned(), vec![0]), ("unread".to_owned(), vec![0, 5])];
    let answers = world.ask(OffsetDelete { group: "readers".into(), topics: topics() }).expect("it is there");
    assert!(matches!(answers[0][0], Err(PartitionDeleteError::GroupSubscribed(_))));
    assert_eq!(answers[1][0], Ok(()));
    assert!(matches!(answers[1][1], Err(PartitionDeleteError::UnknownPartition(_))));
    a.leaves(&mut world).expect("it is a member");
    world.ask(OffsetDelete { group: "readers".into(), topics: topics() }).expect("it is there")[0][0]
        .as_ref()
        .expect("nobody reads it");
    assert_eq!(committed(&mut world, "readers"), None);
    let none = world.ask(OffsetDelete { group: "none".into(), topics: topics() });
    assert!(matches!(none, Err(OffsetDeleteError::GroupNotFound(_))));
}

#[test]
fn a_group_is_described_in_full_while_it_is_stable() {
    let mut a = client("a").instance("seat a");
    let mut world = stable(&mut [&mut a]);
    let group = world.ask(DescribeGroups { groups: vec!["readers".into()] }).remove(0).expect("it is there");
    assert_eq!(
        (group.protocol_type.as_deref(), group.protocol.as_deref()),
        (Some("consumer"), Some("range"))
    );
    let member = &group.members[0];
    assert_eq!((member.member.as_str(), member.instance.as_deref()), ("a-1", Some("seat a")));
    assert_eq!((&*member.metadata, &*member.assignment), (&b"a reads orders"[..], &b"a"[..]));
    a.joins(&mut world);
    let group = world.ask(DescribeGroups { groups: vec!["readers".into()] }).remove(0).expect("it is there");
    assert_eq!((group.state, group.protocol), (GroupState::CompletingRebalance, None));
}

#[test]
fn what_a_group_may_not_be_is_refused() {
    let mut world = World::with(Settings { group_members_max: 1, groups_max: 1, ..Settings::default() });
    let mut refused = |change: fn(&mut JoinGroup)| {
        let mut join = client("a").join;
        change(&mut join);
        world.ask(join).expect_err("it is refused")
    };
    assert!(matches!(refused(|join| join.group.clear()), JoinError::InvalidGroupId(_)));
    assert!(matches!(refused(|join| join.session_timeout_ms = 5_999), JoinError::InvalidSessionTimeout(_)));
    assert!(matches!(
        refused(|join| join.session_timeout_ms = 1_800_001),
        JoinError::InvalidSessionTimeout(_)
    ));
    assert!(matches!(refused(|join| join.member = "stranger".into()), JoinError::UnknownMember(_)));
    assert!(matches!(refused(|join| join.protocols.clear()), JoinError::InconsistentProtocol(_)));
    let large = |join: &mut JoinGroup| join.protocols[0].1 = Bytes::from(vec![0; 5 << 20]);
    assert!(matches!(refused(large), JoinError::GroupTooLarge(_)));
    assert!(world.ask(ListGroups).is_empty(), "a refused join leaves nothing behind");
    client("a").joins(&mut world);
    let id = client("b").joins(&mut world);
    assert!(matches!(world.answer::<JoinGroup>(id), Some(Err(JoinError::GroupFull(_)))));
    let mut other = client("c");
    other.join.group = "others".into();
    let id = other.joins(&mut world);
    assert!(matches!(world.answer::<JoinGroup>(id), Some(Err(JoinError::OverLimit(_)))));
}

#[test]
fn what_all_members_hold_is_bounded_and_given_back() {
    let mut world = World::with(Settings { groups_bytes_max: 2_000, ..Settings::default() });
    let large = |name: &str| {
        let mut large = client(name);
        large.join.protocols[0].1 = Bytes::from(vec![0; 1_500]);
        large
    };
    let mut a = large("a");
    let id = a.joins(&mut world);
    let mut b = large("b");
    b.join.group = "others".into();
    let refused = b.joins(&mut world);
    assert!(matches!(world.answer::<JoinGroup>(refused), Some(Err(JoinError::OverLimit(_)))));
    world.pass(3_000);
    a.joined(&mut world, id);
    a.leaves(&mut world).expect("it is a member");
    let id = b.joins(&mut world);
    world.pass(3_000);
    assert_eq!(b.joined(&mut world, id).generation, 1);
}

#[test]
fn a_member_that_joins_again_takes_its_own_place() {
    let mut world = World::with(Settings { groups_bytes_max: 2_000, ..Settings::default() });
    let (mut a, mut b) = (client("a"), client("b").instance("seat b"));
    b.join.group = "others".into();
    for (member, bytes) in [(&mut a, 500), (&mut b, 1_000)] {
        member.join.protocols[0].1 = Bytes::from(vec![0; bytes]);
        let id = member.joins(&mut world);
        world.pass(3_000);
        member.joined(&mut world, id);
        let sync = member.syncs(&mut world, &[(&*member, "all")]);
        synced(&mut world, sync).expect("the leader assigns");
    }
    a.join.protocols[0].1 = Bytes::from(vec![1; 500]);
    let id = a.joins(&mut world);
    assert_eq!(a.joined(&mut world, id).generation, 2);
    let mut back = b.restarted("b-2");
    let id = back.joins(&mut world);
    assert_eq!(back.joined(&mut world, id).generation, 1);
    back.join.protocols[0].1 = Bytes::from(vec![0; 1_500]);
    let more = back.joins(&mut world);
    assert!(matches!(world.answer::<JoinGroup>(more), Some(Err(JoinError::OverLimit(_)))));
}

#[test]
fn a_static_member_that_comes_back_is_not_counted_twice_in_its_groups_row() {
    let mut a = client("a").instance("seat a");
    a.join.protocols[0].1 = Bytes::from(vec![0; 3 << 20]);
    let mut world = stable(&mut [&mut a]);
    let mut back = a.restarted("a-2");
    let id = back.joins(&mut world);
    assert_eq!(back.joined(&mut world, id).generation, 1);
}

#[test]
fn a_generation_waits_for_space_and_is_told_to_nobody_before_it_is_stored() {
    let mut world = World::new();
    let mut a = client("a");
    let id = a.joins(&mut world);
    world.room = Room { normal_bytes: 0, relief_bytes: 0, ..Room::ENDLESS };
    world.pass(10_000);
    assert!(!world.replies.contains_key(&id));
    world.room = Room::ENDLESS;
    world.pass(1_000);
    assert_eq!(a.joined(&mut world, id).generation, 1);
    world.room = Room { normal_bytes: 0, relief_bytes: 0, ..Room::ENDLESS };
    let sync = a.syncs(&mut world, &[(&a, "all")]);
    assert!(matches!(synced(&mut world, sync), Err(SyncError::DiskFull(_))));
    world.room = Room::ENDLESS;
    let sync = a.syncs(&mut world, &[(&a, "all")]);
    assert_eq!(synced(&mut world, sync), Ok(Bytes::from_static(b"all")));
}

impl Groups {
    /// Every row that would be stored of the groups.
    pub fn image(&self, rows: &mut Rows) {
        for (name, group) in self.by_name.iter().filter(|(_, group)| group.record.serial != 0) {
            rows.insert((crate::tables::GROUPS, name.as_bytes().to_vec()), group.record.encode());
        }
        self.offsets.image(rows);
    }
}

impl super::offsets::Offsets {
    fn image(&self, rows: &mut Rows) {
        let notes = self.groups().flat_map(|(_, own)| own.values()).map(|kept| kept.committed.metadata.len());
        assert_eq!(self.notes_bytes(), notes.sum::<usize>(), "what notes hold is counted");
        for (group, own) in self.groups() {
            for (place, kept) in own {
                if let crate::Op::Put { table, key, value } = super::offsets::put(*group, *place, kept) {
                    rows.insert((table, key), value);
                }
            }
        }
    }
}
