package hence.compat;

import static hence.compat.Clients.numbered;
import static hence.compat.Clients.places;
import static hence.compat.Clients.produce;
import static hence.compat.Clients.read;
import static hence.compat.Report.attempt;
import static hence.compat.Report.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Consumer groups: members come and go, offsets stay, an administrator looks and changes. */
final class Groups {
    private static final String RANGE = "org.apache.kafka.clients.consumer.RangeAssignor";
    private static final String COOPERATIVE = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";

    private Groups() {
    }

    private static Consumer<byte[], byte[]> member(Clients clients, String topic, Object... more) {
        List<Object> pairs = new ArrayList<>(List.of("group.id", clients.prefix + "-group", "auto.offset.reset", "earliest"));
        pairs.addAll(Arrays.asList(more));
        Consumer<byte[], byte[]> consumer = clients.consumer(pairs.toArray());
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** Polls all members until their assignments have these sizes; gives each one's partitions, sorted. */
    private static List<List<Integer>> settle(List<Consumer<byte[], byte[]>> members, Integer... sizes) {
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        while (true) {
            List<List<Integer>> assigned = new ArrayList<>();
            List<Integer> found = new ArrayList<>();
            for (Consumer<byte[], byte[]> member : members) {
                member.poll(Duration.ofMillis(50));
                Set<Integer> partitions = new TreeSet<>();
                member.assignment().forEach(of -> partitions.add(of.partition()));
                assigned.add(new ArrayList<>(partitions));
                found.add(partitions.size());
            }
            found.sort(null);
            if (found.equals(Arrays.asList(sizes))) {
                assigned.sort((a, b) -> a.toString().compareTo(b.toString()));
                return assigned;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("assigned " + assigned);
            }
        }
    }

    static void group_resumes(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        var producer = clients.producer();
        produce(producer, numbered(topic, 0, 5));
        produce(producer, numbered(topic, 1, 5));
        TopicPartition zero = new TopicPartition(topic, 0);
        TopicPartition one = new TopicPartition(topic, 1);
        Consumer<byte[], byte[]> first = member(clients, topic);
        step("first", "places", places(read(first, 10)));
        first.commitSync(Map.of(zero, new OffsetAndMetadata(3, "half way"), one, new OffsetAndMetadata(5)));
        Map<TopicPartition, OffsetAndMetadata> committed = first.committed(Set.of(zero, one));
        step("committed", "zero", List.of(committed.get(zero).offset(), committed.get(zero).metadata()), "one",
            List.of(committed.get(one).offset(), committed.get(one).metadata()));
        first.close();
        Consumer<byte[], byte[]> second = member(clients, topic);
        step("resumed", "places", places(read(second, 2)));
        produce(producer, numbered(topic, 1, 1));
        step("live", "places", places(read(second, 1)));
        second.commitSync();
        second.close();
        produce(producer, numbered(topic, 0, 1));
        Consumer<byte[], byte[]> third = member(clients, topic);
        step("again", "places", places(read(third, 1)));
        step("generation", "positive", third.groupMetadata().generationId() > 0);
        Consumer<byte[], byte[]> empty = clients.consumer("group.id", clients.prefix + "-empty");
        step("nothing committed", "value", empty.committed(Set.of(zero)).get(zero));
    }

    static void group_of_two(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 4);
        Consumer<byte[], byte[]> first = member(clients, topic, "partition.assignment.strategy", RANGE);
        step("alone", "assigned", settle(List.of(first), 4));
        Consumer<byte[], byte[]> second = member(clients, topic, "partition.assignment.strategy", RANGE);
        step("together", "assigned", settle(List.of(first, second), 2, 2));
        second.close();
        step("after one left", "assigned", settle(List.of(first), 4));
        produce(clients.producer(), numbered(topic, 3, 1));
        step("consumed", "places", places(read(first, 1)));
        first.close();
        Consumer<byte[], byte[]> other = member(clients, topic, "partition.assignment.strategy", COOPERATIVE);
        step("another strategy in an empty group", "assigned", settle(List.of(other), 4));
        attempt("another strategy in a live group", () -> {
            Consumer<byte[], byte[]> odd = member(clients, topic, "partition.assignment.strategy", RANGE);
            return settle(List.of(odd), 4);
        });
    }

    static void group_cooperative(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 4);
        Object[] sticky = {"partition.assignment.strategy", COOPERATIVE};
        Consumer<byte[], byte[]> first = member(clients, topic, sticky);
        settle(List.of(first), 4);
        Consumer<byte[], byte[]> second = member(clients, topic, sticky);
        settle(List.of(first, second), 2, 2);
        step("two", "settled", true);
        Consumer<byte[], byte[]> third = member(clients, topic, sticky);
        settle(List.of(first, second, third), 1, 1, 2);
        step("three", "settled", true);
        first.close();
        settle(List.of(second, third), 2, 2);
        step("after one left", "settled", true);
    }

    static void group_static(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        Object[] named = {"group.instance.id", "one"};
        Consumer<byte[], byte[]> first = member(clients, topic, named);
        List<List<Integer>> before = settle(List.of(first), 2);
        int generation = first.groupMetadata().generationId();
        first.close();
        Consumer<byte[], byte[]> again = member(clients, topic, named);
        step("back", "same", settle(List.of(again), 2).equals(before), "same_generation",
            again.groupMetadata().generationId() == generation);
        Consumer<byte[], byte[]> usurper = member(clients, topic, named);
        settle(List.of(usurper), 2);
        attempt("the fenced one", () -> {
            long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                again.poll(Duration.ofMillis(100));
            }
            return "goes on";
        });
        usurper.close();
        attempt("removed by the administrator", () -> Clients.wait(clients.admin.removeMembersFromConsumerGroup(
            clients.prefix + "-group", new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all()));
        attempt("removed again", () -> Clients.wait(clients.admin.removeMembersFromConsumerGroup(clients.prefix + "-group",
            new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all()));
    }

    static void groups_admin(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        String group = clients.prefix + "-group";
        produce(clients.producer(), numbered(topic, 0, 2));
        Consumer<byte[], byte[]> member =
            member(clients, topic, "client.id", "the-client", "partition.assignment.strategy", RANGE);
        settle(List.of(member), 2);
        listed(clients, "listed");
        ConsumerGroupDescription of = Clients.wait(clients.admin.describeConsumerGroups(List.of(group)).all()).get(group);
        of.members().forEach(m -> step("member", "client", m.clientId(), "host", m.host(), "instance",
            m.groupInstanceId().orElse(null), "partitions", m.assignment().topicPartitions().size()));
        step("described", "state", of.groupState(), "type", of.type(), "assignor", of.partitionAssignor(), "simple",
            of.isSimpleConsumerGroup(), "coordinated", of.coordinator() != null);
        ClassicGroupDescription classic = Clients.wait(clients.admin.describeClassicGroups(List.of(group)).all()).get(group);
        step("described as classic", "state", classic.state(), "protocol", classic.protocol(), "data", classic.protocolData());
        attempt("delete while live", () -> Clients.wait(clients.admin.deleteConsumerGroups(List.of(group)).all()));
        member.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(2)));
        member.close();
        of = Clients.wait(clients.admin.describeConsumerGroups(List.of(group)).all()).get(group);
        step("empty", "state", of.groupState(), "members", of.members().size());
        listed(clients, "listed empty");
        attempt("delete", () -> Clients.wait(clients.admin.deleteConsumerGroups(List.of(group)).all()));
        attempt("delete again", () -> Clients.wait(clients.admin.deleteConsumerGroups(List.of(group)).all()));
        listed(clients, "listed after delete");
        attempt("describe nothing",
            () -> Clients.wait(clients.admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState());
    }

    private static void listed(Clients clients, String step) throws Exception {
        Map<String, Object> mine = new TreeMap<>();
        Clients.wait(clients.admin.listGroups().all()).forEach(group -> {
            if (group.groupId().startsWith(clients.prefix)) {
                mine.put(group.groupId(), List.of(group.type().get(), group.protocol(), group.groupState().get()));
            }
        });
        step(step, "groups", mine);
    }

    static void group_offsets_admin(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        String group = clients.prefix + "-group";
        TopicPartition zero = new TopicPartition(topic, 0);
        TopicPartition one = new TopicPartition(topic, 1);
        attempt("set", () -> Clients.wait(clients.admin.alterConsumerGroupOffsets(group,
            Map.of(zero, new OffsetAndMetadata(7, "set"), one, new OffsetAndMetadata(8))).all()));
        offsets(clients, group, "seven and eight");
        attempt("set beyond the last partition", () -> Clients.wait(clients.admin
            .alterConsumerGroupOffsets(group, Map.of(new TopicPartition(topic, 9), new OffsetAndMetadata(1))).all()));
        attempt("note too long", () -> Clients.wait(clients.admin
            .alterConsumerGroupOffsets(group, Map.of(zero, new OffsetAndMetadata(1, "x".repeat(5000)))).all()));
        attempt("forget one", () -> Clients.wait(clients.admin.deleteConsumerGroupOffsets(group, Set.of(one)).all()));
        offsets(clients, group, "only zero");
        attempt("forget in no group",
            () -> Clients.wait(clients.admin.deleteConsumerGroupOffsets(group + "-none", Set.of(one)).all()));
        Consumer<byte[], byte[]> member = member(clients, topic);
        settle(List.of(member), 2);
        attempt("set while live", () -> Clients.wait(
            clients.admin.alterConsumerGroupOffsets(group, Map.of(zero, new OffsetAndMetadata(1))).all()));
        attempt("forget while subscribed",
            () -> Clients.wait(clients.admin.deleteConsumerGroupOffsets(group, Set.of(zero)).all()));
        member.close();
        Clients.wait(clients.admin.deleteTopics(List.of(topic)).all());
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        var found = Clients.wait(clients.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        while (!found.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(50);
            found = Clients.wait(clients.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        }
        step("gone with the topic", "offsets", found.size());
    }

    private static void offsets(Clients clients, String group, String step) throws Exception {
        Map<String, Object> offsets = new TreeMap<>();
        Clients.wait(clients.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
            .forEach((of, found) -> offsets.put("" + of.partition(), List.of(found.offset(), found.metadata())));
        step(step, "offsets", offsets);
    }

    static void consumer_protocol(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        produce(clients.producer(), numbered(topic, 0, 2));
        attempt("consumed", () -> {
            Consumer<byte[], byte[]> consumer = clients.consumer("group.protocol", "consumer", "group.id",
                clients.prefix + "-group", "auto.offset.reset", "earliest", "session.timeout.ms", null, "heartbeat.interval.ms", null);
            consumer.subscribe(List.of(topic));
            return places(read(consumer, 2));
        });
    }
}
