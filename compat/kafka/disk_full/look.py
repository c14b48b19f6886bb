"""What is there: `look.py BOOTSTRAP TOPIC ...`.

Prints `read TOPIC OFFSET KEY` for every record (`broken` when its value is not what its key says), `ends TOPIC LOW HIGH`
and `committed OFFSET` of the group, and at the end `done`.
"""

import faulthandler
import sys
import time
import zlib

from confluent_kafka import Consumer, TopicPartition

BOOTSTRAP, TOPICS = sys.argv[1], sys.argv[2:]
PATIENCE_S = 15

# One that hangs says where before whoever started it gives up.
faulthandler.dump_traceback_later(5 * PATIENCE_S, exit=True)
consumer = Consumer({
    "bootstrap.servers": BOOTSTRAP,
    "group.id": "readers",
    "enable.auto.commit": False,
    "auto.offset.reset": "error",
    "log_level": 2,
})
missing = {}
for topic in TOPICS:
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=PATIENCE_S)
    print("ends", topic, low, high)
    if high > low:
        missing[topic] = high
(stored,) = consumer.committed([TopicPartition("kept", 0)], PATIENCE_S)
print("committed", stored.offset)
consumer.assign([TopicPartition(topic, 0, 0) for topic in missing])
deadline = time.monotonic() + PATIENCE_S
while missing:
    if time.monotonic() > deadline:
        sys.exit(f"never read up to {missing}")
    for message in consumer.consume(1000, 0.5):
        if message.error():
            sys.exit(f"{message.topic()}: {message.error()}")
        key = message.key().decode()
        whole = key.endswith(f":{zlib.crc32(message.value()):08x}")
        print("read" if whole else "broken", message.topic(), message.offset(), key)
        if message.offset() + 1 >= missing.get(message.topic(), 0):
            missing.pop(message.topic(), None)
consumer.close()
print("done", flush=True)
