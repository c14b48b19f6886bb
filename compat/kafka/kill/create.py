"""Creates the topic of a kill run: `create.py BOOTSTRAP TOPIC PARTITIONS`."""

import sys

from confluent_kafka.admin import AdminClient, NewTopic

admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for future in admin.create_topics([NewTopic(sys.argv[2], int(sys.argv[3]), 1)], operation_timeout=10).values():
    future.result(20)
