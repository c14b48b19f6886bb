/* What the programs on librdkafka share: ending on an error, the clock, a payload. */

#ifndef HENCE_BENCH_COMMON_H
#define HENCE_BENCH_COMMON_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    FLUSH_MS_MAX = 30 * 1000, /* what is on its way at the end is acknowledged within this, or lost */
    ERROR_BYTES_MAX = 512,
};

_Noreturn static inline void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* Of a clock that nobody sets, in nanoseconds. */
static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Letters that look random, the same in every run. */
static inline char *new_payload(size_t bytes) {
    char *payload = malloc(bytes);
    if (payload == NULL) fail("the payload", "no memory");
    uint32_t state = 1;
    for (size_t n = 0; n < bytes; n++) {
        state = state * 1664525u + 1013904223u;
        payload[n] = (char)('a' + (state >> 16) % 26);
    }
    return payload;
}

static inline void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[ERROR_BYTES_MAX];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error)) fail(name, error);
}

static inline rd_kafka_t *new_client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char error[ERROR_BYTES_MAX];
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
    if (client == NULL) fail("no client", error);
    return client;
}

#endif
