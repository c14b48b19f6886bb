package hence.compat;

import static hence.compat.Clients.T0;
import static hence.compat.Clients.described;
import static hence.compat.Clients.numbered;
import static hence.compat.Clients.offsets;
import static hence.compat.Clients.places;
import static hence.compat.Clients.produce;
import static hence.compat.Clients.read;
import static hence.compat.Clients.record;
import static hence.compat.Report.attempt;
import static hence.compat.Report.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What is read from where: middles of batches, ranges, limits, sessions, epochs. */
final class Reading {
    private Reading() {
    }

    static void middle_of_a_batch(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer("linger.ms", 200, "compression.type", "lz4"), numbered(topic, 0, 10));
        step("from 7", "records", described(read(clients.reader(topic, 0, 7), 3)));
        Consumer<byte[], byte[]> consumer = clients.reader(topic, 0, 4, "max.poll.records", 2);
        step("two at a time", "offsets", offsets(read(consumer, 2)));
        TopicPartition of = new TopicPartition(topic, 0);
        step("position", "position", consumer.position(of));
        consumer.seek(of, 9);
        step("after the seek", "offsets", offsets(read(consumer, 1)));
        consumer.seek(of, 0);
        step("from the start", "offsets", offsets(read(consumer, 10)));
    }

    static void out_of_range(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer(), numbered(topic, 0, 3));
        TopicPartition of = new TopicPartition(topic, 0);
        Consumer<byte[], byte[]> none = clients.reader(topic, 0, 1000);
        try {
            long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                none.poll(Duration.ofMillis(200));
            }
            step("reset none", "error", null);
        } catch (OffsetOutOfRangeException error) {
            step("reset none", "error", Report.name(error), "offset", error.offsetOutOfRangePartitions().get(of));
        }
        step("reset earliest", "offsets", offsets(read(clients.reader(topic, 0, 1000, "auto.offset.reset", "earliest"), 3)));
        Consumer<byte[], byte[]> latest = clients.reader(topic, 0, 1000, "auto.offset.reset", "latest");
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        while (latest.position(of) == 1000 && System.nanoTime() < deadline) {
            latest.poll(Duration.ofMillis(100));
        }
        step("reset latest", "position", latest.position(of));
        Consumer<byte[], byte[]> ago = clients.consumer("auto.offset.reset", "by_duration:P9999D");
        ago.assign(List.of(of));
        step("reset by duration", "position", ago.position(of));
        step("at the end", "empty", clients.reader(topic, 0, 3).poll(Duration.ofMillis(500)).isEmpty());
    }

    /** The first batch comes whatever its size: limits of one byte still make progress. */
    static void small_fetches(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 3);
        Producer<byte[], byte[]> producer = clients.producer("linger.ms", 0, "batch.size", 0);
        for (int partition = 0; partition < 3; partition++) {
            List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                records.add(record(topic, partition, T0 + i, null, "x".repeat(1000)));
            }
            produce(producer, records);
        }
        Consumer<byte[], byte[]> consumer = clients.consumer("fetch.max.bytes", 1, "max.partition.fetch.bytes", 1);
        List<TopicPartition> all = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1), new TopicPartition(topic, 2));
        consumer.assign(all);
        consumer.seekToBeginning(all);
        step("one byte at a time", "places", places(read(consumer, 15)));
        Consumer<byte[], byte[]> waits = clients.reader(topic, 0, 0, "fetch.min.bytes", 1_000_000, "fetch.max.wait.ms", 700);
        long started = System.nanoTime();
        int count = read(waits, 5).size();
        long took = Duration.ofNanos(System.nanoTime() - started).toMillis();
        step("waits for min bytes", "count", count, "waited", took >= 600);
    }

    /** Many partitions over one session; some change, are paused, leave and come back. */
    static void fetch_session(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 30);
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(new TopicPartition(topic, i));
        }
        Producer<byte[], byte[]> producer = clients.producer();
        Consumer<byte[], byte[]> consumer = clients.consumer();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        for (int round = 0; round < 5; round++) {
            for (int partition = round; partition < 30; partition += 7) {
                produce(producer, numbered(topic, partition, 1));
            }
            step("round " + round, "places", places(read(consumer, (30 - round + 6) / 7)));
        }
        consumer.pause(all.subList(0, 15));
        produce(producer, numbered(topic, 3, 1));
        produce(producer, numbered(topic, 20, 1));
        step("paused", "places", places(read(consumer, 1)));
        consumer.resume(all.subList(0, 15));
        step("resumed", "places", places(read(consumer, 1)));
        consumer.assign(all.subList(10, 12));
        consumer.seekToBeginning(all.subList(10, 12));
        step("fewer", "places", places(read(consumer, 2)));
        consumer.assign(all);
        consumer.seekToBeginning(all);
        step("all again", "count", read(consumer, 24).size());
    }

    static void read_committed(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer("enable.idempotence", true), numbered(topic, 0, 4));
        Consumer<byte[], byte[]> consumer = clients.reader(topic, 0, 0, "isolation.level", "read_committed");
        step("consumed", "offsets", offsets(read(consumer, 4)));
        TopicPartition of = new TopicPartition(topic, 0);
        step("end", "end", consumer.endOffsets(List.of(of)).get(of), "lag", consumer.currentLag(of).orElse(-1));
    }

    static void leader_epoch(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        produce(clients.producer(), numbered(topic, 0, 3));
        TopicPartition of = new TopicPartition(topic, 0);
        Consumer<byte[], byte[]> consumer = clients.consumer("group.id", clients.prefix + "-group");
        consumer.assign(List.of(of));
        consumer.seek(of, new OffsetAndMetadata(1, Optional.of(0), ""));
        List<ConsumerRecord<byte[], byte[]>> got = read(consumer, 2);
        step("read", "records", described(got));
        consumer.commitSync(Map.of(of, new OffsetAndMetadata(3, Optional.of(0), "note")));
        OffsetAndMetadata committed = consumer.committed(java.util.Set.of(of)).get(of);
        Map<String, Object> fields = new TreeMap<>();
        fields.put("offset", committed.offset());
        fields.put("epoch", committed.leaderEpoch().orElse(null));
        fields.put("metadata", committed.metadata());
        step("committed", "value", fields);
        attempt("without an epoch", () -> {
            Consumer<byte[], byte[]> reader = clients.consumer("auto.offset.reset", "earliest");
            reader.assign(List.of(of));
            reader.seek(of, new OffsetAndMetadata(1, Optional.empty(), ""));
            return offsets(read(reader, 2));
        });
    }
}
