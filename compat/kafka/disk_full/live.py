"""Clients of a broker whose disk fills up: `live.py BOOTSTRAP SPELLS`, where a letter of SPELLS is a spell.

In each spell a topic is filled until everything is refused, large or small; a member of a group reads and commits; the
topic is deleted; the member reads and commits again; whoever had to wait is acknowledged. An idempotent writer lives
through all of it. In a spell `r` it prints `full SPELL` and waits for a line of its input before anything else is asked of the
broker, which is started anew meanwhile.

Prints `acked TOPIC OFFSET KEY`, `refused TOPIC ERROR KEY`, `read TOPIC OFFSET KEY`, `waiting COUNT`, `committed OFFSET`,
`smaller TOPIC` when what is produced next is small, `deleted TOPIC`, `relieved SPELL MS` and at the end `done`. A key is `NUMBER:CHECKSUM`, the checksum that of the value; what
does not match is `broken TOPIC OFFSET KEY`.
"""

import os
import sys
import threading
import time
import zlib

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

BOOTSTRAP, SPELLS = sys.argv[1], sys.argv[2]
KEPT, AFTER = "kept", "after"
LARGE_BYTES, SMALL_BYTES = 50_000, 100
REFUSALS_IN_A_ROW = 20
PATIENCE_S = 20
COMMITS = 100
# Longer than any run: a record is given up only when the broker says so.
GIVE_UP_MS = 600_000
OFTEN = {
    "bootstrap.servers": BOOTSTRAP,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 200,
    "log_level": 2,
}

printing = threading.Lock()


def show(*words):
    with printing:
        print(*words, flush=True)


def record(number, size):
    value = os.urandom(size)
    return {"key": f"{number}:{zlib.crc32(value):08x}", "value": value}


def until(what, holds):
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not within {PATIENCE_S} s")
        time.sleep(0.01)


class Writer:
    """Produces a small record every few milliseconds and never gives one up."""

    def __init__(self):
        self.producer = Producer({**OFTEN, "enable.idempotence": True, "linger.ms": 2, "delivery.timeout.ms": GIVE_UP_MS})
        self.stopped = threading.Event()
        self.produced = self.acked = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def delivered(self, error, message):
        key = message.key().decode()
        if error:
            show("refused", KEPT, error.name(), key)
        else:
            self.acked += 1
            show("acked", KEPT, message.offset(), key)

    def run(self):
        while not self.stopped.is_set():
            self.producer.produce(KEPT, partition=0, on_delivery=self.delivered, **record(self.produced, 1000))
            self.produced += 1
            self.producer.poll(0.005)

    def until_acked(self, what):
        wanted = self.produced
        until(what, lambda: self.acked >= wanted)

    def stop(self):
        self.stopped.set()
        self.thread.join()
        until("the writer's last records", lambda: self.producer.flush(1) == 0)


class Filler:
    """Produces as fast as it can and is told of each refusal: it never tries twice."""

    def __init__(self, topic, retries):
        self.topic, self.number, self.refused_in_a_row = topic, 0, 0
        self.producer = Producer({**OFTEN, "acks": "all", "retries": retries, "linger.ms": 2, "queue.buffering.max.kbytes": 8_000})

    def delivered(self, error, message):
        key = message.key().decode()
        if error:
            self.refused_in_a_row += 1
            show("refused", self.topic, error.name(), key)
        else:
            self.refused_in_a_row = 0
            show("acked", self.topic, message.offset(), key)

    def produce(self, size):
        while True:
            try:
                self.producer.produce(self.topic, partition=0, on_delivery=self.delivered, **record(self.number, size))
                break
            except BufferError:
                self.producer.poll(0.01)
        self.number += 1
        self.producer.poll(0)

    def until_refused(self, size):
        deadline = time.monotonic() + PATIENCE_S
        self.refused_in_a_row = 0
        while self.refused_in_a_row < REFUSALS_IN_A_ROW:
            if time.monotonic() > deadline:
                sys.exit(f"{self.topic}: records of {size} bytes are not refused")
            self.produce(size)
            if self.refused_in_a_row:
                self.producer.flush(1)
        self.producer.flush(PATIENCE_S)


class Member:
    """A member of a group on the writer's topic, which commits by hand."""

    def __init__(self):
        self.next = 0
        self.consumer = Consumer({
            **OFTEN,
            "group.id": "readers",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 10_000,
            "heartbeat.interval.ms": 500,
            "fetch.wait.max.ms": 100,
        })
        self.consumer.subscribe([KEPT])

    def read_up_to(self, end):
        deadline = time.monotonic() + PATIENCE_S
        while self.next < end:
            if time.monotonic() > deadline:
                sys.exit(f"the group's member is at {self.next} and does not get to {end}")
            for message in self.consumer.consume(500, 0.1):
                if not message.error():
                    show_read(message)
                    self.next = message.offset() + 1

    def commit(self):
        for _ in range(COMMITS):
            self.consumer.commit(offsets=[TopicPartition(KEPT, 0, self.next)], asynchronous=False)
        (stored,) = self.consumer.committed([TopicPartition(KEPT, 0)], PATIENCE_S)
        if stored.offset != self.next:
            sys.exit(f"committed {self.next}, and {stored.offset} is what is stored")
        show("committed", self.next)


def show_read(message):
    key = message.key().decode()
    whole = key.endswith(f":{zlib.crc32(message.value()):08x}")
    show("read" if whole else "broken", message.topic(), message.offset(), key)


def done(futures):
    for future in futures.values():
        future.result(PATIENCE_S)


admin = AdminClient(OFTEN)
done(admin.create_topics([NewTopic(topic, 1, 1) for topic in [KEPT, AFTER]], operation_timeout=10))
writer, member = Writer(), Member()
for number, spell in enumerate(SPELLS):
    topic = f"filler-{number}"
    done(admin.create_topics([NewTopic(topic, 1, 1)], operation_timeout=10))
    writer.until_acked("the writer before it is full")
    filler = Filler(topic, 0)
    filler.until_refused(LARGE_BYTES)
    show("smaller", topic)
    filler.until_refused(SMALL_BYTES)
    if spell == "r":
        show("full", number)
        sys.stdin.readline()
    member.read_up_to(writer.acked)
    member.commit()
    show("waiting", writer.produced - writer.acked)
    began = time.monotonic()
    done(admin.delete_topics([topic], operation_timeout=10))
    show("deleted", topic)
    member.commit()
    writer.until_acked("the writer after a topic was deleted")
    show("relieved", number, round((time.monotonic() - began) * 1000))
    member.read_up_to(writer.acked)
    member.commit()
    again = Filler(AFTER, 1_000_000)
    for _ in range(100):
        again.produce(LARGE_BYTES)
    again.producer.flush(PATIENCE_S)
writer.stop()
member.read_up_to(writer.acked)
member.commit()
member.consumer.close()
print("done", flush=True)
