package hence.compat;

import static hence.compat.Clients.T0;
import static hence.compat.Clients.bytes;
import static hence.compat.Clients.described;
import static hence.compat.Clients.numbered;
import static hence.compat.Clients.offsets;
import static hence.compat.Clients.places;
import static hence.compat.Clients.produce;
import static hence.compat.Clients.read;
import static hence.compat.Clients.record;
import static hence.compat.Report.step;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** What is produced comes back: codecs, headers, keys, partitions, timestamps, acknowledgements, sizes. */
final class Records {
    private Records() {
    }

    static void codecs(Clients clients) throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            String topic = clients.create(clients.prefix + "-" + codec, 1);
            List<ProducerRecord<byte[], byte[]>> records = numbered(topic, 0, 5);
            records.add(record(topic, 0, T0, "big", "x".repeat(20_000)));
            step("produced " + codec, "acks", produce(clients.producer("compression.type", codec), records));
            List<ConsumerRecord<byte[], byte[]>> got = read(clients.reader(topic, 0, 0), 6);
            step("consumed " + codec, "records", described(got.subList(0, 5)), "big", got.get(5).value().length);
        }
    }

    static void headers(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.add(record(topic, 0, T0, "a", "both"));
        records.get(0).headers().add("h", bytes("1")).add("h", bytes("2")).add("other", bytes("3"));
        records.add(record(topic, 0, T0 + 1, "b", "null header"));
        records.get(1).headers().add("h", null).add("empty", bytes("")).add("", bytes("empty name"));
        records.add(record(topic, 0, T0 + 2, "c", null));
        records.add(record(topic, 0, T0 + 3, null, "no key"));
        records.add(record(topic, 0, T0 + 4, "", ""));
        records.add(record(topic, 0, T0 + 5, null, null));
        step("produced", "acks", produce(clients.producer(), records));
        for (ConsumerRecord<byte[], byte[]> record : read(clients.reader(topic, 0, 0), records.size())) {
            step("record " + record.offset(), "record", described(record));
        }
    }

    static void partitions(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 3);
        List<ProducerRecord<byte[], byte[]>> keyed = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            keyed.add(new ProducerRecord<>(topic, bytes("key-" + i), bytes("v" + i)));
        }
        step("by key", "acks", produce(clients.producer(), keyed));
        Consumer<byte[], byte[]> consumer = clients.consumer();
        List<TopicPartition> all = new ArrayList<>();
        consumer.partitionsFor(topic).forEach(info -> all.add(new TopicPartition(topic, info.partition())));
        consumer.assign(all);
        consumer.seekToBeginning(all);
        step("consumed", "places", places(read(consumer, 12)));
        Report.attempt("beyond the last partition",
            () -> produce(clients.producer("max.block.ms", 1000), numbered(topic, 7, 1)));
    }

    static void timestamps(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (long at : new long[] {0, 1000, 5000, 2000, 9000, 3000}) {
            records.add(record(topic, 0, T0 + at, null, "" + at));
        }
        produce(clients.producer(), records);
        TopicPartition of = new TopicPartition(topic, 0);
        Consumer<byte[], byte[]> consumer = clients.consumer();
        for (long at : new long[] {-1000, 0, 500, 1000, 2500, 5001, 9000, 9001}) {
            var found = consumer.offsetsForTimes(java.util.Map.of(of, T0 + at)).get(of);
            step("at " + at, "offset", found == null ? null : found.offset(), "timestamp",
                found == null ? null : found.timestamp() - T0, "epoch", found == null ? null : found.leaderEpoch().orElse(null));
        }
        step("ends", "beginning", consumer.beginningOffsets(List.of(of)).get(of), "end", consumer.endOffsets(List.of(of)).get(of));
    }

    static void log_append_time(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1, "message.timestamp.type", "LogAppendTime");
        Producer<byte[], byte[]> producer = clients.producer("compression.type", "gzip");
        long before = System.currentTimeMillis();
        List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
        numbered(topic, 0, 3).forEach(record -> sent.add(producer.send(record)));
        producer.flush();
        boolean now = true;
        for (var future : sent) {
            now &= Clients.wait(future).timestamp() >= before - 1;
        }
        step("acknowledged with the broker's time", "now", now);
        List<ConsumerRecord<byte[], byte[]>> got = read(clients.reader(topic, 0, 0), 3);
        long first = got.get(0).timestamp();
        step("consumed", "records", described(got), "same_time", got.stream().allMatch(r -> r.timestamp() == first), "now",
            first >= before - 1);
    }

    static void acks(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        for (String level : List.of("0", "1", "all")) {
            List<Object> answers = produce(clients.producer("acks", level), numbered(topic, 0, 2));
            step("acks " + level, "acks", answers);
            Thread.sleep(300);
        }
        step("consumed", "records", described(read(clients.reader(topic, 0, 0), 6)));
    }

    static void idempotent(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 2);
        Producer<byte[], byte[]> producer =
            clients.producer("enable.idempotence", true, "acks", "all", "linger.ms", 0, "batch.size", 200);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            records.add(new ProducerRecord<>(topic, i % 2, bytes("" + i), bytes("" + i)));
            expected.add(List.of(i % 2, (long) (i / 2)));
        }
        step("produced", "dense", produce(producer, records).equals(expected));
        for (int partition = 0; partition < 2; partition++) {
            List<String> values = new ArrayList<>();
            read(clients.reader(topic, partition, 0), 500).forEach(record -> values.add(Clients.text(record.value())));
            boolean ordered = values.size() == 500;
            for (int i = 0; ordered && i < 500; i++) {
                ordered = values.get(i).equals("" + (2 * i + partition));
            }
            step("consumed " + partition, "in_order", ordered);
        }
    }

    static void too_large(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1);
        Producer<byte[], byte[]> producer = clients.producer("max.request.size", 20_000_000);
        step("2 MB", "acks", produce(producer, List.of(record(topic, 0, T0, null, "x".repeat(2_000_000)))));
        step("900 KB", "acks", produce(producer, List.of(record(topic, 0, T0, null, "x".repeat(900_000)))));
        String small = clients.create(clients.prefix + "-small", 1, "max.message.bytes", "1000");
        step("small topic", "acks", produce(producer, List.of(record(small, 0, T0, null, "x".repeat(2000)))));
        step("fits", "acks", produce(producer, List.of(record(small, 0, T0, null, "x".repeat(200)))));
        String large = clients.create(clients.prefix + "-large", 1, "max.message.bytes", "5000000");
        step("large topic", "acks", produce(producer, List.of(record(large, 0, T0, null, "x".repeat(2_000_000)))));
        step("large read", "size", read(clients.reader(large, 0, 0), 1).get(0).value().length);
    }

    /** A batch over the topic's limit is refused whole and sent again in halves. */
    static void split(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1, "max.message.bytes", "2000");
        Producer<byte[], byte[]> producer = clients.producer("batch.size", 16_000, "linger.ms", 500, "enable.idempotence", true);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            records.add(record(topic, 0, T0 + i, "k" + i, "x".repeat(400)));
        }
        step("produced", "acks", produce(producer, records));
        step("consumed", "offsets", offsets(read(clients.reader(topic, 0, 0), 20)));
    }

    static void bad_timestamps(Clients clients) throws Exception {
        String topic = clients.create(clients.prefix, 1, "message.timestamp.after.max.ms", "3600000",
            "message.timestamp.before.max.ms", "3600000");
        Producer<byte[], byte[]> producer = clients.producer();
        long now = System.currentTimeMillis();
        step("now", "acks", produce(producer, List.of(record(topic, 0, now, "k", "v"))));
        step("too old", "acks", produce(producer, List.of(record(topic, 0, now - 7_200_000, "k", "v"))));
        step("too new", "acks", produce(producer, List.of(record(topic, 0, now + 7_200_000, "k", "v"))));
        step("one of two", "acks",
            produce(producer, List.of(record(topic, 0, now, "k", "v"), record(topic, 0, now - 7_200_000, "k", "v"))));
    }
}
