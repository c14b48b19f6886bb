"""A worker of a consumer group: what it has done is committed after it was done, so that nothing is lost when it dies.

python worker.py HOST:PORT TOPIC COUNT
"""

import sys

from confluent_kafka import Consumer, Producer

bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])

producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": "shop",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([topic])
done = 0
while done < count:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise SystemExit(message.error())
    order = message.value().decode()
    producer.produce(f"{topic}.shipped", key=message.key(), value=f"shipped {order}")
    # First the result is stored, then the progress: a crash between the two repeats an order and forgets none.
    producer.flush()
    consumer.commit(message, asynchronous=False)
    done += 1
consumer.close()
print(f"{done} orders shipped")
