/* Sends records one by one at a fixed rate through librdkafka, receives them through librdkafka, and says how long each
 * took, from the time at which it should have left.
 *
 *     paced BROKER TOPIC RECORD_BYTES RATE WARM_UP_SECONDS SECONDS
 *
 * TOPIC is new and has one partition. Prints `counting` after the warm-up and, when all records of the span have arrived,
 * one line of JSON: microseconds to the acknowledgement and to the consumer, and how late records were handed over.
 *
 * Always: the schedule does not wait for the broker; a record that librdkafka has no room for is handed over later and
 * pays for it. The producer has `linger.ms=0`, the consumer commits nothing, everything else has librdkafka's defaults.
 * Each record carries its number, and must arrive once and in order: anything else ends the program with 1. */

#include "common.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

enum {
    POLL_MS = 100,
    ARRIVE_SECONDS_MAX = 60, /* for the last records, after they were acknowledged */
};

struct schedule {
    int64_t start, every; /* ns */
    uint32_t warm, records;
};

/* Of the records after the warm-up, in ns. */
struct latencies {
    int64_t *late, *acknowledged, *consumed;
};

struct consumer {
    rd_kafka_t *client;
    const struct schedule *schedule;
    int64_t *consumed;
    atomic_int_fast64_t deadline; /* ns; none yet: 0 */
};

static int64_t intended(const struct schedule *schedule, uint32_t n) {
    return schedule->start + schedule->every * n;
}

static void note(const struct schedule *schedule, int64_t *latencies, uint32_t n) {
    if (n >= schedule->warm) latencies[n - schedule->warm] = now_ns() - intended(schedule, n);
}

struct acknowledging {
    const struct schedule *schedule;
    int64_t *acknowledged;
};

/* Called from within rd_kafka_poll and rd_kafka_flush, on the main thread. */
static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    struct acknowledging *seen = opaque;
    if (message->err) fail("a record was not delivered", rd_kafka_err2str(message->err));
    note(seen->schedule, seen->acknowledged, (uint32_t)(uintptr_t)message->_private);
}

static rd_kafka_t *open_consumer(const char *broker, const char *topic) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    set(conf, "group.id", "paced"); /* librdkafka assigns nothing without one */
    set(conf, "enable.auto.commit", "false");
    rd_kafka_t *client = new_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(partitions, topic, 0)->offset = 0;
    rd_kafka_resp_err_t error = rd_kafka_assign(client, partitions);
    if (error) fail("nothing was assigned", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(partitions);
    return client;
}

static void *consume(void *of) {
    struct consumer *consumer = of;
    const struct schedule *schedule = consumer->schedule;
    uint32_t next = 0;
    while (next < schedule->records) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client, POLL_MS);
        int64_t deadline = atomic_load(&consumer->deadline);
        if (deadline != 0 && now_ns() > deadline) fail("consumer", "not every record arrived");
        if (message == NULL) continue;
        if (message->err) fail("consumer", rd_kafka_message_errstr(message));
        uint32_t n;
        if (message->len < sizeof n) fail("consumer", "a record that was not sent");
        memcpy(&n, message->payload, sizeof n);
        if (n != next) fail("consumer", "a record is missing, came twice or out of order");
        note(schedule, consumer->consumed, n);
        rd_kafka_message_destroy(message);
        next++;
    }
    return NULL;
}

/* Sends what is planned, each record at its time or as soon after it as librdkafka has room. */
static void produce(rd_kafka_t *client, rd_kafka_topic_t *topic, char *payload, size_t bytes,
                    const struct schedule *schedule, int64_t *late) {
    for (uint32_t n = 0; n < schedule->records; n++) {
        if (n == schedule->warm) {
            puts("counting");
            fflush(stdout);
        }
        int64_t at = intended(schedule, n);
        struct timespec until = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
        while (now_ns() < at) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        memcpy(payload, &n, sizeof n);
        for (;;) {
            rd_kafka_resp_err_t error = rd_kafka_producev(
                client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_VALUE(payload, bytes), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)n), RD_KAFKA_V_END);
            if (!error) break;
            if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail("a record was refused", rd_kafka_err2str(error));
            rd_kafka_poll(client, POLL_MS);
        }
        note(schedule, late, n);
        rd_kafka_poll(client, 0);
    }
}

static int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void print_quantiles(const char *name, int64_t *latencies, uint32_t count) {
    static const struct {
        const char *name;
        double share;
    } QUANTILES[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}};
    qsort(latencies, count, sizeof *latencies, by_size);
    printf(",\"%s\":{", name);
    for (size_t n = 0; n < sizeof QUANTILES / sizeof *QUANTILES; n++) {
        uint32_t at = (uint32_t)(QUANTILES[n].share * (count - 1));
        printf("%s\"%s\":%.3f", n == 0 ? "" : ",", QUANTILES[n].name, (double)latencies[at] / 1e3);
    }
    printf("}");
}

static int64_t *new_latencies(uint32_t count) {
    int64_t *latencies = calloc(count, sizeof *latencies);
    if (latencies == NULL) fail("latencies", "no memory");
    return latencies;
}

int main(int count, char **words) {
    if (count != 7) fail("usage", "paced BROKER TOPIC RECORD_BYTES RATE WARM_UP_SECONDS SECONDS");
    const char *broker = words[1], *topic_name = words[2];
    size_t bytes = strtoul(words[3], NULL, 10);
    double rate = strtod(words[4], NULL), warm_up = strtod(words[5], NULL), seconds = strtod(words[6], NULL);
    uint32_t counted = (uint32_t)(rate * seconds);
    if (bytes < sizeof(uint32_t) || rate <= 0 || counted == 0) fail("usage", "nothing to send");
    prctl(PR_SET_TIMERSLACK, 1ul); /* ns: the schedule is kept as well as the kernel can */

    struct schedule schedule = {.every = (int64_t)(1e9 / rate), .warm = (uint32_t)(rate * warm_up)};
    schedule.records = schedule.warm + counted;
    struct latencies latencies = {new_latencies(counted), new_latencies(counted), new_latencies(counted)};

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    set(conf, "linger.ms", "0");
    struct acknowledging acknowledging = {&schedule, latencies.acknowledged};
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &acknowledging);
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, topic_name, NULL);
    if (topic == NULL) fail(topic_name, rd_kafka_err2str(rd_kafka_last_error()));
    struct consumer consumer = {open_consumer(broker, topic_name), &schedule, latencies.consumed, 0};

    schedule.start = now_ns();
    pthread_t thread;
    if (pthread_create(&thread, NULL, consume, &consumer)) fail("consumer", "no thread");
    produce(producer, topic, new_payload(bytes), bytes, &schedule, latencies.late);
    rd_kafka_resp_err_t error = rd_kafka_flush(producer, FLUSH_MS_MAX);
    if (error) fail("not everything was acknowledged", rd_kafka_err2str(error));
    atomic_store(&consumer.deadline, now_ns() + (int64_t)ARRIVE_SECONDS_MAX * 1000000000);
    pthread_join(thread, NULL);

    printf("{\"client\":\"librdkafka %s\",\"records\":%" PRIu32 ",\"bytes\":%zu,\"seconds\":%.6f",
           rd_kafka_version_str(), counted, counted * bytes, seconds);
    print_quantiles("end_to_end_us", latencies.consumed, counted);
    print_quantiles("ack_us", latencies.acknowledged, counted);
    print_quantiles("late_us", latencies.late, counted);
    puts("}");
    fflush(stdout);
    rd_kafka_consumer_close(consumer.client);
    rd_kafka_destroy(consumer.client);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    return EXIT_SUCCESS;
}
