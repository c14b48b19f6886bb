"""Scenarios with aiokafka: `scenarios.py BOOTSTRAP SCENARIO` prints one JSON line per step.

A line holds only what any correct broker must answer alike: offsets, keys, headers, timestamps that the scenario set,
names of errors. Ids, ports and the broker's own clock never leave this file. A step's name is unique in its scenario.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, for_code
from aiokafka.structs import OffsetAndMetadata

BOOTSTRAP, SCENARIO = sys.argv[1], sys.argv[2]
PREFIX = f"aiokafka-{SCENARIO}".replace("_", "-")
# Recent, because a broker may delete what is older than its retention at any moment; printed times are relative to it.
T0 = int(time.time() - 3600) * 1000
PATIENCE_S = 40
CREATE_TIME, APPEND_TIME = 0, 1


def out(step, **fields):
    print(json.dumps({"step": step, **fields}, sort_keys=True, ensure_ascii=False), flush=True)


def text(value):
    return None if value is None else value.decode("utf-8", "backslashreplace")


def error_name(code):
    return None if code == 0 else for_code(code).__name__


async def attempt(step, call):
    try:
        out(step, value=await call)
    except KafkaError as error:
        out(step, error=type(error).__name__)


class Clients:
    """The clients of one scenario; all are closed at its end."""

    def __init__(self, stack):
        self.stack = stack

    async def open(self, client, close):
        await client.start()
        self.stack.push_async_callback(close)
        return client

    async def admin(self):
        client = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
        return await self.open(client, client.close)

    async def producer(self, **settings):
        client = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, linger_ms=20, **settings)
        return await self.open(client, client.stop)

    async def consumer(self, *topics, group=None, **settings):
        base = {"enable_auto_commit": False, "auto_offset_reset": "none", "fetch_max_wait_ms": 100}
        speed = {"session_timeout_ms": 6000, "heartbeat_interval_ms": 300} if group else {}
        client = AIOKafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, group_id=group, **{**base, **speed, **settings})
        return await self.open(client, client.stop)

    async def member(self, topic, **settings):
        return await self.consumer(topic, **{"group": f"{PREFIX}-group", "auto_offset_reset": "earliest", **settings})

    async def reader(self, topic, offset, partition=0, **settings):
        client = await self.consumer(**settings)
        client.assign([TopicPartition(topic, partition)])
        client.seek(TopicPartition(topic, partition), offset)
        return client

    async def create(self, name, partitions=1, **configs):
        admin = await self.admin()
        answer = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        code = answer.topic_errors[0][1]
        if code:
            raise for_code(code)
        # Kafka's controller answers before its broker knows: without this moment, a scenario would record that race.
        await asyncio.sleep(0.3)
        return name


async def produce(client, topic, records):
    """Sends all and returns, in order, [partition, offset] or the error's name."""
    answers = []
    futures = []
    for fields in records:
        try:
            futures.append(await client.send(topic, **fields))
        except KafkaError as error:
            futures.append(error)
    for future in futures:
        try:
            if isinstance(future, KafkaError):
                raise future
            done = await future
            answers.append([done.partition, done.offset] if done else "sent")
        except KafkaError as error:
            answers.append(type(error).__name__)
    return answers


def numbered(count, partition=0):
    return [
        {"key": b"k%d" % i, "value": b"v%d" % i, "partition": partition, "timestamp_ms": T0 + i * 1000} for i in range(count)
    ]


async def read(client, count):
    """The next `count` records, ordered by partition and offset."""
    records = []
    deadline = time.monotonic() + PATIENCE_S
    while len(records) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(records)} of {count} records")
        for some in (await client.getmany(timeout_ms=200)).values():
            records.extend(some)
    return sorted(records, key=lambda record: (record.partition, record.offset))


def described(record):
    line = {
        "partition": record.partition,
        "offset": record.offset,
        "key": text(record.key),
        "value": text(record.value),
        "headers": [[name, text(value)] for name, value in record.headers],
        "timestamp_type": record.timestamp_type,
    }
    if record.timestamp_type == CREATE_TIME:
        line["timestamp"] = record.timestamp - T0
    return line


def places(records):
    return [[record.partition, record.offset] for record in records]


async def codecs(clients):
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        name = codec or "none"
        topic = await clients.create(f"{PREFIX}-{name}")
        records = [*numbered(5), {"key": b"big", "value": b"x" * 20_000, "timestamp_ms": T0, "partition": 0}]
        out(f"produced {name}", acks=await produce(await clients.producer(compression_type=codec), topic, records))
        got = await read(await clients.reader(topic, 0), 6)
        out(f"consumed {name}", records=[described(record) for record in got[:5]], big=len(got[5].value))


async def headers(clients):
    topic = await clients.create(PREFIX)
    records = [
        {"key": b"a", "value": b"both", "headers": [("h", b"1"), ("h", b"2"), ("other", b"3")]},
        {"key": b"b", "value": b"empty header", "headers": [("empty", b""), ("", b"no name")]},
        {"key": b"c", "value": None},
        {"key": None, "value": b"no key"},
        {"key": b"", "value": b""},
        {"key": "ключ".encode(), "value": "значение".encode(), "headers": [("имя", "значение".encode())]},
    ]
    records = [{**record, "partition": 0, "timestamp_ms": T0 + i} for i, record in enumerate(records)]
    out("produced", acks=await produce(await clients.producer(), topic, records))
    for record in await read(await clients.reader(topic, 0), len(records)):
        out(f"record {record.offset}", **described(record))


async def partitions(clients):
    topic = await clients.create(PREFIX, 3)
    client = await clients.producer()
    keyed = await produce(client, topic, [{"key": b"key-%d" % i, "value": b"x"} for i in range(12)])
    out("by key", acks=keyed)
    out("known", partitions=sorted(await client.partitions_for(topic)))
    reader = await clients.consumer()
    reader.assign([TopicPartition(topic, partition) for partition in range(3)])
    await reader.seek_to_beginning()
    out("consumed", places=places(await read(reader, 12)))


async def timestamps(clients):
    topic = await clients.create(PREFIX)
    client = await clients.producer()
    ats = [0, 1000, 5000, 2000, 9000, 3000]
    await produce(client, topic, [{"value": b"%d" % at, "timestamp_ms": T0 + at, "partition": 0} for at in ats])
    reader = await clients.reader(topic, 0)
    of = TopicPartition(topic, 0)
    for at in [-1000, 0, 500, 2500, 5001, 9000, 9001]:
        found = (await reader.offsets_for_times({of: T0 + at}))[of]
        out(f"at {at}", found=found and [found.offset, found.timestamp - T0])
    append = await clients.create(f"{PREFIX}-append", **{"message.timestamp.type": "LogAppendTime"})
    before = time.time() * 1000
    done = await (await client.send(append, b"x", partition=0, timestamp_ms=T0))
    got = await read(await clients.reader(append, 0), 1)
    out("log append time", type=done.timestamp_type, now=done.timestamp >= before - 1, same=got[0].timestamp == done.timestamp)


async def acks(clients):
    topic = await clients.create(PREFIX)
    for level in [0, 1, "all"]:
        out(f"acks {level}", acks=await produce(await clients.producer(acks=level), topic, numbered(2)))
        await asyncio.sleep(0.3)
    out("consumed", records=[described(record) for record in await read(await clients.reader(topic, 0), 6)])


async def idempotent(clients):
    topic = await clients.create(PREFIX, 2)
    client = await clients.producer(enable_idempotence=True, max_batch_size=300)
    answers = await produce(client, topic, [{"value": b"%d" % i, "partition": i % 2} for i in range(400)])
    out("produced", dense=answers == [[i % 2, i // 2] for i in range(400)])
    for partition in range(2):
        got = await read(await clients.reader(topic, 0, partition), 200)
        out(f"consumed {partition}", in_order=[int(record.value) for record in got] == list(range(partition, 400, 2)))


async def too_large(clients):
    topic = await clients.create(PREFIX)
    client = await clients.producer(max_request_size=20_000_000, max_batch_size=20_000_000)
    out("2 MB", acks=await produce(client, topic, [{"value": b"x" * 2_000_000, "partition": 0}]))
    out("900 KB", acks=await produce(client, topic, [{"value": b"x" * 900_000, "partition": 0}]))
    small = await clients.create(f"{PREFIX}-small", **{"max.message.bytes": "1000"})
    out("small topic", acks=await produce(client, small, [{"value": b"x" * 2000, "partition": 0}]))
    out("fits", acks=await produce(client, small, [{"value": b"x" * 200, "partition": 0}]))


async def middle_of_a_batch(clients):
    topic = await clients.create(PREFIX)
    await produce(await clients.producer(compression_type="gzip"), topic, numbered(10))
    reader = await clients.reader(topic, 7)
    out("from 7", records=[described(record) for record in await read(reader, 3)])
    reader.seek(TopicPartition(topic, 0), 2)
    out("after the seek", places=places(await read(reader, 8)))
    small = await clients.reader(topic, 0, max_partition_fetch_bytes=1, fetch_max_bytes=1)
    out("one byte at a time", places=places(await read(small, 10)))


async def out_of_range(clients):
    topic = await clients.create(PREFIX)
    await produce(await clients.producer(), topic, numbered(3))
    try:
        out("reset none", places=places(await read(await clients.reader(topic, 1000), 1)))
    except OffsetOutOfRangeError as error:
        out("reset none", error=type(error).__name__, offsets=list(error.args[0].values()))
    out("reset earliest", places=places(await read(await clients.reader(topic, 1000, auto_offset_reset="earliest"), 3)))


async def ends(clients):
    topic = await clients.create(PREFIX)
    of = TopicPartition(topic, 0)
    reader = await clients.reader(topic, 0)
    out("empty", beginning=(await reader.beginning_offsets([of]))[of], end=(await reader.end_offsets([of]))[of])
    await produce(await clients.producer(), topic, numbered(4))
    await read(reader, 4)
    out("four", beginning=(await reader.beginning_offsets([of]))[of], end=(await reader.end_offsets([of]))[of],
        highwater=reader.highwater(of), stable=reader.last_stable_offset(of), position=await reader.position(of))


async def auto_create(clients):
    client = await clients.producer()
    out("produced", acks=await produce(client, PREFIX, [{"value": b"made it"}]))
    admin = await clients.admin()
    await asyncio.sleep(0.3)
    out("listed", names=sorted(name for name in await admin.list_topics() if name.startswith(PREFIX)))


async def created(admin, step, name, partitions=1, replicas=1, validate=False, **configs):
    answer = await admin.create_topics([NewTopic(name, partitions, replicas, topic_configs=configs)], validate_only=validate)
    out(step, error=error_name(answer.topic_errors[0][1]))


async def topic_errors(clients):
    admin = await clients.admin()
    await created(admin, "create", PREFIX)
    await created(admin, "create again", PREFIX)
    await created(admin, "bad name", "not/a name")
    await created(admin, "empty name", "")
    await created(admin, "long name", "n" * 250)
    await created(admin, "no partitions", f"{PREFIX}-zero", 0)
    await created(admin, "three replicas", f"{PREFIX}-three", 1, 3)
    await created(admin, "two partitions", f"{PREFIX}-default", 2)
    await created(admin, "unknown config", f"{PREFIX}-c", **{"no.such.setting": "1"})
    await created(admin, "bad config", f"{PREFIX}-c", **{"retention.ms": "soon"})
    await created(admin, "validate only", f"{PREFIX}-validated", validate=True)
    await asyncio.sleep(0.3)
    out("listed", names=sorted(name for name in await admin.list_topics() if name.startswith(PREFIX)))
    for name in [f"{PREFIX}-default", f"{PREFIX}-nothing"]:
        answer = await admin.delete_topics([name])
        out(f"delete {name}", error=error_name(answer.topic_error_codes[0][1]))


async def describe(clients):
    topic = await clients.create(PREFIX, 3)
    admin = await clients.admin()
    [found] = await admin.describe_topics([topic])
    out("topic", name=found["topic"], internal=found["is_internal"], error=error_name(found["error_code"]))
    for one in sorted(found["partitions"], key=lambda one: one["partition"]):
        out(f"partition {one['partition']}", leads=one["leader"] == one["replicas"][0], replicas=len(one["replicas"]),
            isr=len(one["isr"]), offline=len(one["offline_replicas"]), error=error_name(one["error_code"]))
    cluster = await admin.describe_cluster()
    out("cluster", hosts=[broker["host"] for broker in cluster["brokers"]], id_length=len(cluster["cluster_id"]))


async def configs(clients):
    topic = await clients.create(PREFIX, **{"retention.ms": "3600000"})
    admin = await clients.admin()
    names = {"retention.ms": None, "cleanup.policy": None, "max.message.bytes": None}
    for name in [topic, f"{PREFIX}-nothing"]:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, names)])
        code, _, _, _, entries = answer.resources[0][:5]
        out(name, error=error_name(code), entries=sorted(list(entry[:5]) for entry in entries))


async def recreate(clients):
    topic = await clients.create(PREFIX)
    client = await clients.producer()
    await produce(client, topic, numbered(3))
    admin = await clients.admin()
    await admin.delete_topics([topic])
    await asyncio.sleep(0.3)
    await clients.create(topic)
    out("produced", acks=await produce(client, topic, numbered(2)))
    out("consumed", places=places(await read(await clients.reader(topic, 0), 2)))


async def group_resumes(clients):
    topic = await clients.create(PREFIX, 2)
    client = await clients.producer()
    await produce(client, topic, [*numbered(5), *numbered(5, 1)])
    zero, one = TopicPartition(topic, 0), TopicPartition(topic, 1)
    first = await clients.member(topic)
    out("first", places=places(await read(first, 10)))
    await first.commit({zero: OffsetAndMetadata(3, "half way"), one: OffsetAndMetadata(5, "")})
    out("committed", offsets=[await first.committed(zero), await first.committed(one)])
    admin = await clients.admin()
    listed = await admin.list_consumer_group_offsets(f"{PREFIX}-group")
    out("listed", offsets=sorted([of.partition, *found] for of, found in listed.items()))
    await first.stop()
    second = await clients.member(topic)
    out("resumed", places=places(await read(second, 2)))
    await produce(client, topic, numbered(1, 1))
    out("live", places=places(await read(second, 1)))
    empty = await clients.consumer(group=f"{PREFIX}-empty")
    out("nothing committed", offset=await empty.committed(zero))


async def settle(members, sizes):
    """Polls all members until their assignments have these sizes."""
    deadline = time.monotonic() + PATIENCE_S
    while sorted(len(member.assignment()) for member in members) != sorted(sizes):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{[len(member.assignment()) for member in members]} partitions, not {sizes}")
        for member in members:
            await member.getmany(timeout_ms=50)
    return sorted(of.partition for member in members for of in member.assignment())


async def group_of_two(clients):
    topic = await clients.create(PREFIX, 4)
    first = await clients.member(topic)
    out("alone", assigned=await settle([first], [4]))
    second = await clients.member(topic)
    out("together", assigned=await settle([first, second], [2, 2]))
    await second.stop()
    out("after one left", assigned=await settle([first], [4]))
    await produce(await clients.producer(), topic, numbered(1, 3))
    out("consumed", places=places(await read(first, 1)))


async def group_static(clients):
    topic = await clients.create(PREFIX, 2)
    first = await clients.member(topic, group_instance_id="one")
    await settle([first], [2])
    await first.stop()
    started = time.monotonic()
    again = await clients.member(topic, group_instance_id="one")
    out("back without a rebalance", assigned=await settle([again], [2]), quick=time.monotonic() - started < 2.5)


async def groups_admin(clients):
    topic = await clients.create(PREFIX, 2)
    group = f"{PREFIX}-group"
    member = await clients.member(topic, client_id="the-client")
    await settle([member], [2])
    admin = await clients.admin()
    out("listed", groups=[list(one) for one in await admin.list_consumer_groups() if one[0] == group])
    for step in ["described", "described empty"]:
        [answer] = await admin.describe_consumer_groups([group])
        code, _, state, kind, protocol, members = answer.groups[0][:6]
        out(step, error=error_name(code), state=state, kind=kind, protocol=protocol,
            members=[member.client_id if hasattr(member, "client_id") else len(member) for member in members])
        if step == "described":
            await member.stop()
    out("coordinator", found=await admin.find_coordinator(group) > 0)


async def delete_records(clients):
    topic = await clients.create(PREFIX)
    await produce(await clients.producer(), topic, numbered(5))
    admin = await clients.admin()
    of = TopicPartition(topic, 0)

    async def delete():
        return list((await admin.delete_records({of: RecordsToDelete(3)})).values())

    await attempt("deleted", delete())


async def transactions(clients):
    topic = await clients.create(PREFIX)

    async def run():
        client = await clients.producer(transactional_id=f"{PREFIX}-id")
        async with client.transaction():
            await produce(client, topic, numbered(2))
        return "committed"

    await attempt("transaction", asyncio.wait_for(run(), PATIENCE_S))


async def compacted(clients):
    await created(await clients.admin(), "create", PREFIX, **{"cleanup.policy": "compact"})


async def main():
    logging.disable(logging.ERROR)
    async with contextlib.AsyncExitStack() as stack:
        await globals()[SCENARIO](Clients(stack))


asyncio.run(main())
