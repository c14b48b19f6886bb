"""Clients of a broker whose disk is recorded: `clients.py BOOTSTRAP`, until their input ends.

Two idempotent producers number their records; a member of a group reads them and commits; topics are created, filled and
deleted. Prints, with the nanoseconds of the monotonic clock at which a client knew it: `TIME acked TOPIC PARTITION OFFSET KEY`,
`TIME read TOPIC PARTITION OFFSET KEY`, `TIME committed TOPIC PARTITION OFFSET`, `TIME created TOPIC`, `TIME deleting TOPIC`
before that is asked for, `TIME deleted TOPIC`, and at the end `done`.
"""

import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

BOOTSTRAP = sys.argv[1]
TOPIC, PARTITIONS, GROUP = "kept", 4, "readers"
VALUE_BYTES_MAX = 1500
RECORDS_PER_TURN = 10
RECORDS_PER_BRIEF_TOPIC = 200
PATIENCE_S = 30
OFTEN = {
    "bootstrap.servers": BOOTSTRAP,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 200,
    "log_level": 2,
}

stop = threading.Event()
printing = threading.Lock()
failures = []


def show(*words, at=None):
    at = at or time.monotonic_ns()
    with printing:
        print(at, *words)


def value_of(name, number):
    key = f"{name}:{number}"
    return (key * VALUE_BYTES_MAX)[: number * 37 % VALUE_BYTES_MAX]


def delivered(error, message):
    at = time.monotonic_ns()
    if error:
        failures.append(f"{message.topic()} {message.key().decode()}: {error}")
    else:
        show("acked", message.topic(), message.partition(), message.offset(), message.key().decode(), at=at)


def new_producer():
    return Producer({**OFTEN, "enable.idempotence": True, "linger.ms": 2, "batch.num.messages": 20})


def send(producer, topic, partition, name, number):
    key, value = f"{name}:{number}", value_of(name, number)
    producer.produce(topic, partition=partition, key=key, value=value, on_delivery=delivered)


def produce(name):
    producer, number = new_producer(), 0
    while not stop.is_set():
        for _ in range(RECORDS_PER_TURN):
            send(producer, TOPIC, number % PARTITIONS, name, number)
            number += 1
        # An acknowledgement wakes this at once: it is known when it comes.
        until = time.monotonic() + 0.01
        while (left := until - time.monotonic()) > 0:
            producer.poll(left)
    if producer.flush(PATIENCE_S):
        failures.append(f"{name} could not flush")


def consume():
    consumer = Consumer({
        **OFTEN,
        "group.id": GROUP,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 500,
        "fetch.wait.max.ms": 50,
    })
    consumer.subscribe([TOPIC])
    while not stop.is_set():
        messages = [message for message in consumer.consume(100, 0.05) if not message.error()]
        at = time.monotonic_ns()
        for message in messages:
            show("read", TOPIC, message.partition(), message.offset(), message.key().decode(), at=at)
        ends = {message.partition(): message.offset() + 1 for message in messages}
        if ends:
            try:
                consumer.commit(offsets=[TopicPartition(TOPIC, *end) for end in ends.items()], asynchronous=False)
            except KafkaException:
                # The broker is being started anew: nothing is known of this commit.
                continue
            at = time.monotonic_ns()
            for partition, end in ends.items():
                show("committed", TOPIC, partition, end, at=at)
    consumer.close()


def again(do):
    """Does what a broker that is being started anew may not have answered."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return do()
        except KafkaException as error:
            names = ["TOPIC_ALREADY_EXISTS", "UNKNOWN_TOPIC_OR_PART"]
            if error.args[0].name() in names:
                return None
            if time.monotonic() > deadline:
                raise


def create(admin, topic, partitions):
    again(lambda: admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(PATIENCE_S))
    show("created", topic)


def come_and_go(admin):
    producer, number = new_producer(), 0
    while not stop.is_set():
        topic = f"brief-{number}"
        create(admin, topic, 1 + number % 3)
        for record in range(RECORDS_PER_BRIEF_TOPIC):
            send(producer, topic, record % (1 + number % 3), "c", number * RECORDS_PER_BRIEF_TOPIC + record)
        if producer.flush(PATIENCE_S):
            failures.append(f"{topic} could not be filled")
        if number % 4:
            show("deleting", topic)
            again(lambda: admin.delete_topics([topic])[topic].result(PATIENCE_S))
            show("deleted", topic)
        number += 1


def guarded(work, *arguments):
    try:
        work(*arguments)
    except Exception as error:
        failures.append(f"{work.__name__}: {error!r}")


admin = AdminClient(OFTEN)
create(admin, TOPIC, PARTITIONS)
works = [(produce, "a"), (produce, "b"), (consume,), (come_and_go, admin)]
threads = [threading.Thread(target=guarded, args=work) for work in works]
for thread in threads:
    thread.start()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.wait(0.05) and not failures:
    with printing:
        sys.stdout.flush()
stop.set()
for thread in threads:
    thread.join()
if failures:
    sys.exit("\n".join(failures[:8]))
print("done", flush=True)
