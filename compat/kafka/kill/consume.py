"""A consumer that outlives its broker: `consume.py BOOTSTRAP TOPIC PARTITIONS group|all`.

`group` is a member of a group, commits, and reads until its input ends; `all` reads every partition from its start to the
end it has now. Prints `read PARTITION OFFSET KEY` for every record; `all` also `ends PARTITION LOW HIGH`.
"""

import sys
import threading
import time

from confluent_kafka import Consumer, TopicPartition

BOOTSTRAP, TOPIC, PARTITIONS, MODE = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
PATIENCE_S = 60

consumer = Consumer({
    "bootstrap.servers": BOOTSTRAP,
    "group.id": f"{TOPIC}-group",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": MODE == "group",
    "auto.commit.interval.ms": 200,
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 500,
    "fetch.wait.max.ms": 100,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "log_level": 2,
})


def show(messages):
    for message in messages:
        if not message.error():
            print("read", message.partition(), message.offset(), message.key().decode())
    sys.stdout.flush()


if MODE == "group":
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    consumer.subscribe([TOPIC])
    while not stop.is_set():
        show(consumer.consume(500, 0.1))
else:
    missing = {}
    for partition in range(PARTITIONS):
        low, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=PATIENCE_S)
        print("ends", partition, low, high)
        if high > low:
            missing[partition] = high
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
    deadline = time.monotonic() + PATIENCE_S
    while missing:
        if time.monotonic() > deadline:
            sys.exit(f"never read up to {missing}")
        messages = consumer.consume(1000, 0.5)
        show(messages)
        for message in messages:
            if not message.error() and message.offset() + 1 >= missing.get(message.partition(), 0):
                missing.pop(message.partition(), None)
consumer.close()
print("done", flush=True)
