package hence.compat;

import static hence.compat.Clients.numbered;
import static hence.compat.Clients.offsets;
import static hence.compat.Clients.produce;
import static hence.compat.Clients.read;
import static hence.compat.Report.attempt;
import static hence.compat.Report.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;

/** Topics and what is said of them: created, described, deleted, made again, refused. */
final class Topics {
    private Topics() {
    }

    static void auto_create(Clients clients) throws Exception {
        step("produced", "acks", produce(clients.producer(), numbered(clients.prefix, 0, 1)));
        step("partitions", "count", clients.consumer().partitionsFor(clients.prefix).size());
        step("bad name", "acks", produce(clients.producer(), numbered(clients.prefix + " bad", 0, 1)));
        Consumer<byte[], byte[]> consumer =
            clients.consumer("group.id", clients.prefix + "-group", "allow.auto.create.topics", true);
        consumer.subscribe(List.of(clients.prefix + "-by-consumer"));
        consumer.poll(Duration.ofMillis(1000));
        consumer.close();
        Consumer<byte[], byte[]> not = clients.consumer("group.id", clients.prefix + "-group");
        not.subscribe(List.of(clients.prefix + "-not-by-consumer"));
        not.poll(Duration.ofMillis(1000));
        not.close();
        step("listed", "names", mine(clients));
    }

    private static Set<String> mine(Clients clients) throws Exception {
        Clients.settle();
        Set<String> names = new TreeSet<>(Clients.wait(clients.admin.listTopics().names()));
        names.removeIf(name -> !name.startsWith(clients.prefix));
        return names;
    }

    private static void created(Clients clients, String step, NewTopic topic, boolean validate) {
        attempt(step, () -> {
            var done = clients.admin.createTopics(List.of(topic), new CreateTopicsOptions().validateOnly(validate));
            Clients.wait(done.all());
            return List.of(Clients.wait(done.numPartitions(topic.name())), Clients.wait(done.replicationFactor(topic.name())));
        });
    }

    static void topic_errors(Clients clients) throws Exception {
        String p = clients.prefix;
        short one = 1;
        created(clients, "create", new NewTopic(p, 2, one), false);
        created(clients, "create again", new NewTopic(p, 1, one), false);
        created(clients, "bad name", new NewTopic("not/a name", 1, one), false);
        created(clients, "dot dot", new NewTopic("..", 1, one), false);
        created(clients, "long name", new NewTopic("n".repeat(250), 1, one), false);
        created(clients, "longest name", new NewTopic(p + "n".repeat(249 - p.length()), 1, one), true);
        created(clients, "no partitions", new NewTopic(p + "-zero", 0, one), false);
        created(clients, "three replicas", new NewTopic(p + "-three", 1, (short) 3), false);
        created(clients, "no replicas", new NewTopic(p + "-none", 1, (short) 0), false);
        created(clients, "defaults", new NewTopic(p + "-defaults", java.util.Optional.empty(), java.util.Optional.empty()), false);
        created(clients, "assigned by hand", new NewTopic(p + "-by-hand", Map.of(0, List.of(1), 1, List.of(1))), true);
        created(clients, "assigned to nobody", new NewTopic(p + "-by-hand", Map.of(0, List.of(77))), true);
        created(clients, "collides", new NewTopic(p.replace('-', '.'), 1, one), true);
        created(clients, "collides really", new NewTopic(p.replace('-', '_'), 1, one), true);
        created(clients, "unknown config", new NewTopic(p + "-c", 1, one).configs(Map.of("no.such.setting", "1")), false);
        created(clients, "bad config", new NewTopic(p + "-c", 1, one).configs(Map.of("retention.ms", "soon")), false);
        created(clients, "too small", new NewTopic(p + "-c", 1, one).configs(Map.of("segment.bytes", "1")), false);
        created(clients, "bad policy", new NewTopic(p + "-c", 1, one).configs(Map.of("cleanup.policy", "burn")), false);
        created(clients, "bad time type", new NewTopic(p + "-c", 1, one).configs(Map.of("message.timestamp.type", "Never")), false);
        created(clients, "validate only", new NewTopic(p + "-validated", 1, one), true);
        attempt("twice in one request", () -> {
            clients.admin.createTopics(List.of(new NewTopic(p + "-t", 1, one), new NewTopic(p + "-t", 2, one))).all().get();
            return null;
        });
        step("listed", "names", mine(clients));
        for (String name : List.of(p + "-defaults", p + "-nothing", "")) {
            attempt("delete `" + name + "`", () -> Clients.wait(clients.admin.deleteTopics(List.of(name)).all()));
        }
        attempt("delete an unknown id",
            () -> Clients.wait(clients.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(new Uuid(7, 7)))).all()));
        attempt("describe nothing", () -> Clients.wait(clients.admin.describeTopics(List.of(p + "-nothing")).allTopicNames()));
        attempt("describe an unknown id", () -> Clients
            .wait(clients.admin.describeTopics(TopicCollection.ofTopicIds(List.of(new Uuid(7, 7)))).allTopicIds()));
        attempt("configs of nothing", () -> Clients.wait(clients.admin
            .describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, p + "-nothing"))).all()));
        step("listed at last", "names", mine(clients));
    }

    private static TopicDescription description(Clients clients, String topic) throws Exception {
        return Clients.wait(clients.admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    }

    static void recreate(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer(), numbered(topic, 0, 3));
        Uuid first = description(clients, topic).topicId();
        clients.delete(TopicCollection.ofTopicIds(List.of(first)));
        clients.create(topic, 2);
        TopicDescription again = description(clients, topic);
        step("again", "new_id", !again.topicId().equals(first), "partitions", again.partitions().size());
        attempt("the old id", () -> Clients
            .wait(clients.admin.describeTopics(TopicCollection.ofTopicIds(List.of(first))).allTopicIds()).size());
        TopicPartition of = new TopicPartition(topic, 0);
        step("empty", "end", clients.consumer().endOffsets(List.of(of)).get(of));
        step("produced", "acks", produce(clients.producer(), numbered(topic, 0, 2)));
        step("consumed", "offsets", offsets(read(clients.reader(topic, 0, 0), 2)));
    }

    /** Clients that knew the topic before meet it again under another id. */
    static void recreate_under_a_producer(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        Producer<byte[], byte[]> plain = clients.producer();
        Producer<byte[], byte[]> idempotent = clients.producer("enable.idempotence", true);
        step("before", "plain", produce(plain, numbered(topic, 0, 2)), "idempotent", produce(idempotent, numbered(topic, 0, 2)));
        Consumer<byte[], byte[]> consumer = clients.reader(topic, 0, 0, "auto.offset.reset", "earliest");
        step("read before", "offsets", offsets(read(consumer, 4)));
        clients.delete(TopicCollection.ofTopicNames(List.of(topic)));
        clients.create(topic, 1);
        step("plain", "acks", produce(plain, numbered(topic, 0, 2)));
        step("idempotent", "acks", produce(idempotent, numbered(topic, 0, 2)));
        step("read afresh", "offsets", offsets(read(clients.reader(topic, 0, 0), 4)));
    }

    static void describe(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 3);
        TopicDescription described = description(clients, topic);
        step("topic", "name", described.name(), "internal", described.isInternal(), "has_id",
            !described.topicId().equals(Uuid.ZERO_UUID));
        described.partitions().forEach(p -> step("partition " + p.partition(), "leads", p.leader().id() == p.replicas().get(0).id(),
            "replicas", p.replicas().size(), "isr", p.isr().size(), "elr", p.elr().size()));
        var cluster = clients.admin.describeCluster();
        step("cluster", "id_length", Clients.wait(cluster.clusterId()).length(), "nodes", Clients.wait(cluster.nodes()).size(),
            "host", Clients.wait(cluster.controller()).host(), "operations", Clients.wait(cluster.authorizedOperations()));
    }

    private static Map<String, Object> described(ConfigEntry entry) {
        List<Object> synonyms = new ArrayList<>();
        entry.synonyms().forEach(s -> synonyms.add(List.of(s.name(), "" + s.value(), s.source())));
        Map<String, Object> fields = new TreeMap<>();
        fields.put("value", entry.value());
        fields.put("source", entry.source());
        fields.put("type", entry.type());
        fields.put("read_only", entry.isReadOnly());
        fields.put("sensitive", entry.isSensitive());
        fields.put("synonyms", synonyms);
        fields.put("documented", entry.documentation() != null && !entry.documentation().isEmpty());
        return fields;
    }

    static void configs(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1, "retention.ms", "3600000", "max.message.bytes", "2000000");
        ConfigResource of = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        DescribeConfigsOptions all = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        Config config = Clients.wait(clients.admin.describeConfigs(List.of(of), all).all()).get(of);
        Map<String, ConfigEntry> entries = new TreeMap<>();
        config.entries().forEach(entry -> entries.put(entry.name(), entry));
        entries.forEach((name, entry) -> step(name, "config", described(entry)));
        String node = "" + Clients.wait(clients.admin.describeCluster().nodes()).iterator().next().id();
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node);
        Config settings = Clients.wait(clients.admin.describeConfigs(List.of(broker)).all()).get(broker);
        for (String name : List.of("auto.create.topics.enable", "default.replication.factor", "log.retention.ms",
            "log.retention.hours", "message.max.bytes", "num.partitions", "min.insync.replicas", "offset.metadata.max.bytes")) {
            ConfigEntry entry = settings.get(name);
            step("broker " + name, "value", entry == null ? "absent" : entry.value());
        }
    }

    static void list_offsets(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        TopicPartition of = new TopicPartition(topic, 0);
        Map<String, OffsetSpec> specs = new LinkedHashMap<>();
        specs.put("earliest", OffsetSpec.earliest());
        specs.put("latest", OffsetSpec.latest());
        specs.put("max timestamp", OffsetSpec.maxTimestamp());
        specs.put("earliest local", OffsetSpec.earliestLocal());
        specs.put("latest tiered", OffsetSpec.latestTiered());
        specs.put("earliest pending upload", OffsetSpec.earliestPendingUpload());
        specs.put("a time", OffsetSpec.forTimestamp(Clients.T0 + 1500));
        specs.put("the future", OffsetSpec.forTimestamp(Clients.T0 + 1_000_000_000_000L));
        for (String when : List.of("empty", "five")) {
            for (Map.Entry<String, OffsetSpec> spec : specs.entrySet()) {
                attempt(when + ", " + spec.getKey(), () -> {
                    var found = Clients.wait(clients.admin.listOffsets(Map.of(of, spec.getValue())).partitionResult(of));
                    long at = found.timestamp();
                    return java.util.Arrays.asList(found.offset(), at > 0 ? at - Clients.T0 : at, found.leaderEpoch().orElse(null));
                });
            }
            if (when.equals("empty")) {
                produce(clients.producer(), numbered(topic, 0, 5));
            }
        }
        TopicPartition beyond = new TopicPartition(topic, 5);
        var options = new org.apache.kafka.clients.admin.ListOffsetsOptions().timeoutMs(2000);
        attempt("beyond the last partition", () -> Clients
            .wait(clients.admin.listOffsets(Map.of(beyond, OffsetSpec.latest()), options).partitionResult(beyond)).offset());
    }

    static void metadata(Clients clients) throws Exception {
        clients.create(clients.prefix + "-a", 2);
        clients.create(clients.prefix + "-b", 1);
        Consumer<byte[], byte[]> consumer = clients.consumer();
        Map<String, Object> found = new TreeMap<>();
        consumer.listTopics().forEach((name, infos) -> {
            if (name.startsWith(clients.prefix)) {
                found.put(name, infos.size());
            }
        });
        step("listed", "topics", found);
        consumer.partitionsFor(clients.prefix + "-a").forEach(info -> step("partition " + info.partition(), "host",
            info.leader().host(), "replicas", info.replicas().length, "in_sync", info.inSyncReplicas().length, "offline",
            info.offlineReplicas().length, "rack", info.leader().rack()));
        attempt("partitions of nothing", () -> consumer.partitionsFor(clients.prefix + "-nothing", Duration.ofSeconds(3)).size());
        attempt("a bad name", () -> consumer.partitionsFor("not/a name", Duration.ofSeconds(3)).size());
    }

    static void delete_records(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer(), numbered(topic, 0, 5));
        TopicPartition of = new TopicPartition(topic, 0);
        attempt("deleted", () -> Clients.wait(
            clients.admin.deleteRecords(Map.of(of, RecordsToDelete.beforeOffset(3))).lowWatermarks().get(of)).lowWatermark());
        step("beginning", "offset", clients.consumer().beginningOffsets(List.of(of)).get(of));
    }

    static void transactions(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        Producer<byte[], byte[]> producer =
            clients.producer("enable.idempotence", true, "transactional.id", clients.prefix + "-id", "max.block.ms", 15_000);
        attempt("init", () -> {
            producer.initTransactions();
            return "done";
        });
        attempt("commit", () -> {
            producer.beginTransaction();
            List<Object> answers = produce(producer, numbered(topic, 0, 2));
            producer.commitTransaction();
            return answers;
        });
    }

    static void compacted(Clients clients) {
        String name = clients.prefix;
        created(clients, "compact", new NewTopic(name, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")), false);
        created(clients, "both", new NewTopic(name + "-both", 1, (short) 1).configs(Map.of("cleanup.policy", "compact,delete")), false);
        created(clients, "delete", new NewTopic(name + "-delete", 1, (short) 1).configs(Map.of("cleanup.policy", "delete")), false);
    }
}
