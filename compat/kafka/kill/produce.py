"""An idempotent producer that outlives its broker: `produce.py BOOTSTRAP TOPIC PARTITIONS NAME`, until its input ends.

Prints `acked PARTITION OFFSET NAME:NUMBER` or `failed PARTITION ERROR NAME:NUMBER` for every record and `done COUNT` at
the end. The numbers of one partition are produced in rising order, with several requests in flight.
"""

import sys
import threading
import time

from confluent_kafka import Producer

BOOTSTRAP, TOPIC, PARTITIONS, NAME = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
RECORDS_PER_TURN = 40
TURN_S = 0.02
# Longer than any run: a record is given up only when the broker says so.
GIVE_UP_MS = 600_000

stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()

producer = Producer({
    "bootstrap.servers": BOOTSTRAP,
    "enable.idempotence": True,
    "max.in.flight.requests.per.connection": 5,
    "linger.ms": 2,
    "batch.num.messages": 20,
    "delivery.timeout.ms": GIVE_UP_MS,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 200,
    "log_level": 2,
})


def delivered(error, message):
    what = ["failed", message.partition(), error.name()] if error else ["acked", message.partition(), message.offset()]
    print(*what, message.key().decode())


number = 0
while not stop.is_set():
    for _ in range(RECORDS_PER_TURN):
        padding = bytes(str(number), "ascii") * (number % 97)
        try:
            producer.produce(TOPIC, key=f"{NAME}:{number}", value=padding, partition=number % PARTITIONS, on_delivery=delivered)
            number += 1
        except BufferError:
            break
    producer.poll(0)
    sys.stdout.flush()
    time.sleep(TURN_S)
producer.flush(60)
print("done", number, flush=True)
