package hence.compat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The clients of one scenario, with settings that make it quick, and what every scenario does with them. */
final class Clients implements AutoCloseable {
    /** Recent: a broker may delete what is older than its retention at any moment. Printed times are relative to it. */
    static final long T0 = (System.currentTimeMillis() / 1000 - 3600) * 1000;
    static final Duration PATIENCE = Duration.ofSeconds(40);

    final String bootstrap;
    /** Begins every name of the scenario. */
    final String prefix;
    final Admin admin;
    private final List<AutoCloseable> opened = new ArrayList<>();

    Clients(String bootstrap, String scenario) {
        this.bootstrap = bootstrap;
        this.prefix = "java-" + scenario.replace('_', '-');
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 30_000));
    }

    static Map<String, Object> settings(Object... pairs) {
        Map<String, Object> settings = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put((String) pairs[i], pairs[i + 1]);
        }
        return settings;
    }

    String create(String name, int partitions, String... configs) throws Exception {
        NewTopic topic = new NewTopic(name, partitions, (short) 1);
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < configs.length; i += 2) {
            map.put(configs[i], configs[i + 1]);
        }
        wait(admin.createTopics(List.of(topic.configs(map))).all());
        settle();
        return name;
    }

    void delete(TopicCollection topics) throws Exception {
        wait(admin.deleteTopics(topics).all());
        settle();
    }

    /** Kafka's controller answers before its broker knows: without this moment, a scenario would record that race. */
    static void settle() throws InterruptedException {
        Thread.sleep(300);
    }

    static <T> T wait(Future<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static <T> T wait(KafkaFuture<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    Producer<byte[], byte[]> producer(Object... pairs) {
        Map<String, Object> settings = settings("bootstrap.servers", bootstrap, "linger.ms", 20, "enable.idempotence", false,
            "delivery.timeout.ms", 30_000, "request.timeout.ms", 20_000, "max.block.ms", 30_000);
        settings.putAll(settings(pairs));
        Producer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        opened.add(() -> producer.close(Duration.ofSeconds(5)));
        return producer;
    }

    Consumer<byte[], byte[]> consumer(Object... pairs) {
        Map<String, Object> settings = settings("bootstrap.servers", bootstrap, "enable.auto.commit", false,
            "auto.offset.reset", "none", "fetch.max.wait.ms", 100, "session.timeout.ms", 6000, "heartbeat.interval.ms", 300,
            "allow.auto.create.topics", false, "default.api.timeout.ms", 30_000);
        settings.putAll(settings(pairs));
        settings.values().removeIf(java.util.Objects::isNull);
        Consumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        opened.add(consumer::close);
        return consumer;
    }

    /** A consumer that is assigned one partition at an offset. */
    Consumer<byte[], byte[]> reader(String topic, int partition, long offset, Object... pairs) {
        Consumer<byte[], byte[]> consumer = consumer(pairs);
        TopicPartition of = new TopicPartition(topic, partition);
        consumer.assign(List.of(of));
        consumer.seek(of, offset);
        return consumer;
    }

    /** Sends all, flushes, and gives [partition, offset] or the error's name of each, in order. */
    static List<Object> produce(Producer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records) {
        List<Future<RecordMetadata>> futures = new ArrayList<>();
        List<Object> answers = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records) {
            futures.add(producer.send(record));
        }
        producer.flush();
        for (Future<RecordMetadata> future : futures) {
            try {
                RecordMetadata done = wait(future);
                answers.add(List.of(done.partition(), done.offset()));
            } catch (Exception error) {
                answers.add(Report.name(error));
            }
        }
        return answers;
    }

    static ProducerRecord<byte[], byte[]> record(String topic, int partition, long at, String key, String value) {
        return new ProducerRecord<>(topic, partition, at, bytes(key), bytes(value));
    }

    static List<ProducerRecord<byte[], byte[]>> numbered(String topic, int partition, int count) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record(topic, partition, T0 + i * 1000L, "k" + i, "v" + i));
        }
        return records;
    }

    /** The next records, ordered by partition and offset. */
    static List<ConsumerRecord<byte[], byte[]>> read(Consumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (records.size() < count) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(records.size() + " of " + count + " records");
            }
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        records.sort(Comparator.comparingInt((ConsumerRecord<byte[], byte[]> r) -> r.partition())
            .thenComparingLong(ConsumerRecord::offset));
        return records;
    }

    static List<Object> places(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Object> places = new ArrayList<>();
        records.forEach(record -> places.add(List.of(record.partition(), record.offset())));
        return places;
    }

    static List<Object> offsets(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Object> offsets = new ArrayList<>();
        records.forEach(record -> offsets.add(record.offset()));
        return offsets;
    }

    /** Everything of a record but what the broker's clock gave. */
    static Map<String, Object> described(ConsumerRecord<byte[], byte[]> record) {
        List<Object> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(Arrays.asList(header.key(), text(header.value()))));
        Map<String, Object> fields = settings("partition", record.partition(), "offset", record.offset(), "key",
            text(record.key()), "value", text(record.value()), "headers", headers, "timestamp_type",
            record.timestampType().name, "leader_epoch", record.leaderEpoch().orElse(null));
        if (record.timestampType().id == 0) {
            fields.put("timestamp", record.timestamp() - T0);
        }
        return new java.util.TreeMap<>(fields);
    }

    static List<Object> described(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Object> all = new ArrayList<>();
        records.forEach(record -> all.add(described(record)));
        return all;
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        admin.close(Duration.ofSeconds(5));
    }
}
