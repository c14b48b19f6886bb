/* Produces records of one size through librdkafka as fast as it takes them, and says what was acknowledged.
 *
 *     produce BROKER TOPIC RECORD_BYTES WARM_UP_SECONDS SECONDS
 *
 * Prints `counting` after the warm-up and, so many seconds later, one line of JSON: records and bytes acknowledged
 * between the two lines, and what they cost this process. Each line leaves at once: a reader can measure the same span.
 *
 * Always: `bootstrap.servers` is all that is set, everything else has librdkafka's defaults (lingering, batches, acks,
 * the partitioner); every acknowledgement is waited for, also after the span, and one record that is not delivered ends
 * the program with 1. All records share one payload, which librdkafka reads where it is. */

#include "common.h"
#include <stdbool.h>
#include <sys/resource.h>

enum {
    RECORDS_PER_TURN = 500,  /* between two looks at the acknowledgements and at the clock */
    QUEUE_FULL_WAIT_MS = 10, /* for an acknowledgement, while the queue has no room */
};

/* What was acknowledged so far; touched by the main thread only, from within rd_kafka_poll and rd_kafka_flush. */
struct delivered {
    uint64_t records, bytes;
};

struct producer {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    char *payload;
    size_t payload_bytes;
    struct delivered delivered;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    struct delivered *delivered = opaque;
    if (message->err) fail("a record was not delivered", rd_kafka_err2str(message->err));
    delivered->records += 1;
    delivered->bytes += message->len;
}

static void open_producer(struct producer *producer, const char *broker, const char *topic, size_t record_bytes) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &producer->delivered);
    producer->client = new_client(RD_KAFKA_PRODUCER, conf);
    producer->topic = rd_kafka_topic_new(producer->client, topic, NULL);
    if (producer->topic == NULL) fail(topic, rd_kafka_err2str(rd_kafka_last_error()));
    producer->payload = new_payload(record_bytes);
    producer->payload_bytes = record_bytes;
}

/* Hands over a turn's records; false when the queue has no room for more. */
static bool offer_turn(struct producer *producer) {
    for (int n = 0; n < RECORDS_PER_TURN; n++) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
            producer->client, RD_KAFKA_V_RKT(producer->topic),
            RD_KAFKA_V_VALUE(producer->payload, producer->payload_bytes), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
        if (error) fail("a record was refused", rd_kafka_err2str(error));
    }
    return true;
}

static double now_seconds(void) { return (double)now_ns() / 1e9; }

/* User and system time of all threads. */
static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Produces until `end` and returns the time that it became. */
static double produce_until(struct producer *producer, double end) {
    double now;
    while ((now = now_seconds()) < end) {
        bool has_room = offer_turn(producer);
        rd_kafka_poll(producer->client, has_room ? 0 : QUEUE_FULL_WAIT_MS);
    }
    return now;
}

int main(int count, char **words) {
    if (count != 6) fail("usage", "produce BROKER TOPIC RECORD_BYTES WARM_UP_SECONDS SECONDS");
    struct producer producer = {0};
    open_producer(&producer, words[1], words[2], strtoul(words[3], NULL, 10));

    double from = produce_until(&producer, now_seconds() + strtod(words[4], NULL));
    struct delivered before = producer.delivered;
    double cpu_before = cpu_seconds();
    puts("counting");
    fflush(stdout);

    double to = produce_until(&producer, from + strtod(words[5], NULL));
    printf("{\"client\":\"librdkafka %s\",\"records\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"cpu_s\":%.6f}\n",
           rd_kafka_version_str(), (unsigned long long)(producer.delivered.records - before.records),
           (unsigned long long)(producer.delivered.bytes - before.bytes), to - from, cpu_seconds() - cpu_before);
    fflush(stdout);

    rd_kafka_resp_err_t error = rd_kafka_flush(producer.client, FLUSH_MS_MAX);
    if (error) fail("not everything was acknowledged", rd_kafka_err2str(error));
    rd_kafka_topic_destroy(producer.topic);
    rd_kafka_destroy(producer.client);
    free(producer.payload);
    return EXIT_SUCCESS;
}
