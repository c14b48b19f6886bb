"""Scenarios with confluent-kafka (librdkafka): `scenarios.py BOOTSTRAP SCENARIO` prints one JSON line per step.

A line holds only what any correct broker must answer alike: offsets, keys, headers, timestamps that the scenario set,
names of errors. Ids, ports and the broker's own clock never leave this file. A step's name is unique in its scenario.
"""

import functools
import json
import sys
import time

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

BOOTSTRAP, SCENARIO = sys.argv[1], sys.argv[2]
PREFIX = f"confluent-{SCENARIO}".replace("_", "-")
# Recent, because a broker may delete what is older than its retention at any moment; printed times are relative to it.
T0 = int(time.time() - 3600) * 1000
PATIENCE_S = 40
GROUP_SPEED = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 300}


def out(step, **fields):
    print(json.dumps({"step": step, **fields}, sort_keys=True, ensure_ascii=False), flush=True)


def text(value):
    return None if value is None else value.decode("utf-8", "backslashreplace")


def error_name(error):
    if error is None:
        return None
    if isinstance(error, KafkaException):
        error = error.args[0]
    return error.name()


def record(message, timestamp=True):
    kind, at = message.timestamp()
    line = {
        "partition": message.partition(),
        "offset": message.offset(),
        "key": text(message.key()),
        "value": text(message.value()),
        "headers": [[k, text(v)] for k, v in message.headers() or []],
        "timestamp_type": {0: "none", 1: "create", 2: "append"}[kind],
    }
    if timestamp:
        line["timestamp"] = at - T0
    return line


@functools.cache
def admin():
    """One client for all: its answers end with it."""
    return AdminClient({"bootstrap.servers": BOOTSTRAP})


def create(name, partitions=1, **config):
    answer = admin().create_topics([NewTopic(name, partitions, 1, config=config)], operation_timeout=10)
    for future in answer.values():
        future.result(20)
    # Kafka's controller answers before its broker knows: without this moment, a scenario would record that race.
    time.sleep(0.3)
    return name


def producer(**settings):
    settings = {key.replace("_", "."): value for key, value in settings.items()}
    return Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": False, "linger.ms": 20, **settings})


def produce(client, topic, records):
    """Produces and returns, in order, [partition, offset] or the error's name."""
    answers = [None] * len(records)

    def delivered(index):
        def callback(error, message):
            answers[index] = error.name() if error else [message.partition(), message.offset()]

        return callback

    for index, fields in enumerate(records):
        client.produce(topic, on_delivery=delivered(index), **fields)
    client.flush(PATIENCE_S)
    return answers


def numbered(count, partition=0):
    return [
        {"key": f"k{i}", "value": f"v{i}", "partition": partition, "timestamp": T0 + i * 1000} for i in range(count)
    ]


def consumer(**settings):
    settings = {key.replace("_", "."): value for key, value in settings.items()}
    base = {"bootstrap.servers": BOOTSTRAP, "group.id": f"{PREFIX}-unused", "enable.auto.commit": False}
    return Consumer({**base, "auto.offset.reset": "error", "fetch.wait.max.ms": 100, **settings})


def read(client, count, timestamp=True):
    """The next `count` records, ordered by partition and offset."""
    records = []
    deadline = time.monotonic() + PATIENCE_S
    while len(records) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(records)} of {count} records")
        message = client.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        records.append(record(message, timestamp))
    return sorted(records, key=lambda r: (r["partition"], r["offset"]))


def read_from(topic, offset, count, partition=0, **settings):
    client = consumer(**settings)
    client.assign([TopicPartition(topic, partition, offset)])
    records = read(client, count)
    client.close()
    return records


def codecs():
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        topic = create(f"{PREFIX}-{codec}")
        records = numbered(5) + [{"key": "big", "value": "x" * 20_000, "timestamp": T0, "partition": 0}]
        out(f"produced {codec}", acks=produce(producer(**{"compression_type": codec}), topic, records))
        got = read_from(topic, 0, 6)
        got[5]["value"] = [got[5]["value"][:1], len(got[5]["value"])]
        out(f"consumed {codec}", records=got)


def headers():
    topic = create(PREFIX)
    client = producer()
    records = [
        {"key": "a", "value": "both", "headers": [("h", b"1"), ("h", b"2"), ("other", b"3")]},
        {"key": "b", "value": "null header", "headers": [("h", None), ("empty", b"")]},
        {"key": "c", "value": None},
        {"key": None, "value": "no key"},
        {"key": "", "value": ""},
        {"key": "ключ", "value": "значение", "headers": [("имя", "значение".encode())]},
        {"key": None, "value": None, "headers": [("only", b"headers")]},
    ]
    records = [{**r, "partition": 0, "timestamp": T0 + i} for i, r in enumerate(records)]
    out("produced", acks=produce(client, topic, records))
    for line in read_from(topic, 0, len(records)):
        out(f"record {line['offset']}", **line)


def partitions():
    topic = create(PREFIX, 3)
    records = [{**r, "partition": i % 3} for i, r in enumerate(numbered(12))]
    out("produced", acks=produce(producer(), topic, records))
    keyed = produce(producer(partitioner="murmur2_random"), topic, [{"key": f"key-{i}", "value": "x"} for i in range(9)])
    out("by key", partitions=[partition for partition, _ in keyed])
    client = consumer()
    client.assign([TopicPartition(topic, p, 0) for p in range(3)])
    out("consumed", records=[[r["partition"], r["offset"], r["key"]] for r in read(client, 21)])
    client.close()
    out("beyond the last partition", acks=produce(producer(), topic, [{"value": "x", "partition": 7}]))


def timestamps():
    topic = create(PREFIX)
    records = [{"value": f"{at}", "timestamp": T0 + at, "partition": 0} for at in [0, 1000, 5000, 2000, 9000, 3000]]
    produce(producer(), topic, records)
    client = consumer()
    for at in [-1000, 0, 500, 1000, 2500, 5001, 9000, 9001]:
        found = client.offsets_for_times([TopicPartition(topic, 0, T0 + at)], 10)[0]
        out(f"at {at}", offset=found.offset, error=error_name(found.error))
    client.close()
    specs = {"earliest": OffsetSpec.earliest(), "latest": OffsetSpec.latest(), "max": OffsetSpec.max_timestamp()}
    for name, spec in specs.items():
        partition = TopicPartition(topic, 0)
        result = admin().list_offsets({partition: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        found = result[partition].result(20)
        out(name, offset=found.offset, timestamp=found.timestamp - T0 if found.timestamp > 0 else found.timestamp)
    append = create(f"{PREFIX}-append", **{"message.timestamp.type": "LogAppendTime"})
    produce(producer(), append, numbered(2))
    client = consumer()
    client.assign([TopicPartition(append, 0, 0)])
    out("log append time", records=read(client, 2, timestamp=False))
    client.close()
    unknown = list(admin().list_offsets({TopicPartition(f"{PREFIX}-none", 0): OffsetSpec.latest()}).values())[0]
    try:
        out("unknown topic", offset=unknown.result(20).offset)
    except KafkaException as error:
        out("unknown topic", error=error_name(error))


def middle_of_a_batch():
    topic = create(PREFIX)
    produce(producer(**{"linger_ms": 200}), topic, numbered(10))
    out("from 7", records=read_from(topic, 7, 3))
    out("from 9", records=read_from(topic, 9, 1))
    client = consumer()
    client.assign([TopicPartition(topic, 0, 4)])
    out("before the seek", records=read(client, 6))
    client.seek(TopicPartition(topic, 0, 2))
    out("after the seek", offsets=[r["offset"] for r in read(client, 8)])
    client.close()


def out_of_range():
    topic = create(PREFIX)
    produce(producer(), topic, numbered(3))
    for reset, expect in [("error", None), ("earliest", 3), ("latest", 0)]:
        client = consumer(**{"auto_offset_reset": reset})
        client.assign([TopicPartition(topic, 0, 1000)])
        if expect is None:
            message = client.poll(PATIENCE_S)
            out(f"reset {reset}", error=message.error().name())
        elif expect:
            out(f"reset {reset}", offsets=[r["offset"] for r in read(client, expect)])
        else:
            time.sleep(1.5)
            client.poll(0.5)
            produce(producer(), topic, [{"value": "later", "partition": 0}])
            out(f"reset {reset}", offsets=[r["offset"] for r in read(client, 1)])
        client.close()


def idempotent():
    topic = create(PREFIX, 2)
    client = producer(**{"enable_idempotence": True, "batch_num_messages": 7, "linger_ms": 0})
    records = [{"key": f"{i}", "value": f"{i}", "partition": i % 2} for i in range(200)]
    acks = produce(client, topic, records)
    out("produced", dense=acks == [[i % 2, i // 2] for i in range(200)])
    for partition in range(2):
        got = read_from(topic, 0, 100, partition)
        out(f"consumed {partition}", in_order=[r["value"] for r in got] == [str(i) for i in range(partition, 200, 2)])


def acks():
    topic = create(PREFIX)
    for level in ["0", "1", "all"]:
        answers = produce(producer(acks=level), topic, numbered(2))
        if level == "0":
            answers = ["sent" for _ in answers]
        out(f"acks {level}", acks=answers)
        time.sleep(0.3)
    out("consumed", records=read_from(topic, 0, 6))


def create_error(name, partitions=1, replication=1, config=None, validate=False):
    topic = NewTopic(name, partitions, replication, config=config or {})
    try:
        list(admin().create_topics([topic], validate_only=validate).values())[0].result(20)
        return None
    except KafkaException as error:
        return error_name(error)


def topic_errors():
    out("create", error=create_error(PREFIX))
    out("create again", error=create_error(PREFIX))
    out("bad name", error=create_error("not/a name"))
    out("empty name", error=create_error(""))
    out("dot", error=create_error("."))
    out("long name", error=create_error("n" * 250))
    out("no partitions", error=create_error(f"{PREFIX}-zero", 0))
    out("three replicas", error=create_error(f"{PREFIX}-three", 1, 3))
    out("default replicas", error=create_error(f"{PREFIX}-default", 2, -1))
    out("default partitions", error=create_error(f"{PREFIX}-default-partitions", -1, 1))
    out("unknown config", error=create_error(f"{PREFIX}-unknown", config={"no.such.setting": "1"}))
    out("bad config", error=create_error(f"{PREFIX}-bad", config={"retention.ms": "soon"}))
    out("bad policy", error=create_error(f"{PREFIX}-bad", config={"cleanup.policy": "burn"}))
    out("validate only", error=create_error(f"{PREFIX}-validated", validate=True))
    time.sleep(0.3)
    names = sorted(n for n in admin().list_topics(timeout=10).topics if n.startswith(PREFIX))
    out("listed", names=names)
    for name in [f"{PREFIX}-default", f"{PREFIX}-nothing"]:
        try:
            list(admin().delete_topics([name], operation_timeout=10).values())[0].result(20)
            out(f"delete {name}", error=None)
        except KafkaException as error:
            out(f"delete {name}", error=error_name(error))
    try:
        result = list(admin().describe_topics(TopicCollection([f"{PREFIX}-nothing"])).values())[0].result(20)
        out("describe nothing", partitions=len(result.partitions))
    except KafkaException as error:
        out("describe nothing", error=error_name(error))


def topic_ids(*names):
    described = admin().describe_topics(TopicCollection(list(names)))
    return [str(described[name].result(20).topic_id) for name in names]


def recreate():
    topic = create(PREFIX)
    produce(producer(), topic, numbered(3))
    first = topic_ids(topic)
    list(admin().delete_topics([topic], operation_timeout=10).values())[0].result(20)
    deadline = time.monotonic() + PATIENCE_S
    while topic in admin().list_topics(timeout=10).topics and time.monotonic() < deadline:
        time.sleep(0.05)
    create(topic)
    out("new id", differs=first != topic_ids(topic))
    client = consumer()
    out("empty", watermarks=client.get_watermark_offsets(TopicPartition(topic, 0), timeout=10))
    client.close()
    out("produced", acks=produce(producer(), topic, numbered(2)))
    out("consumed", records=read_from(topic, 0, 2))


def describe():
    topic = create(PREFIX, 3, **{"retention.ms": "3600000", "max.message.bytes": "2000000"})
    described = admin().describe_topics(TopicCollection([topic]))[topic].result(20)
    for p in described.partitions:
        out(f"partition {p.id}", leader_is_a_replica=p.leader.id in [n.id for n in p.replicas],
            replicas=len(p.replicas), in_sync=len(p.isr))
    out("topic", name=described.name, internal=described.is_internal, partitions=len(described.partitions))
    cluster = admin().describe_cluster().result(20)
    out("cluster", id_length=len(cluster.cluster_id), nodes=len(cluster.nodes), has_controller=cluster.controller is not None,
        host=cluster.nodes[0].host)
    resource = ConfigResource(ResourceType.TOPIC, topic)
    configs = list(admin().describe_configs([resource]).values())[0].result(20)
    for name, entry in sorted(configs.items()):
        out(f"config {name}", value=entry.value, source=entry.source, default=entry.is_default,
            read_only=entry.is_read_only, sensitive=entry.is_sensitive)
    broker = ConfigResource(ResourceType.BROKER, str(cluster.nodes[0].id))
    configs = list(admin().describe_configs([broker]).values())[0].result(20)
    for name in ["auto.create.topics.enable", "default.replication.factor", "log.retention.hours", "message.max.bytes",
                 "num.partitions", "group.initial.rebalance.delay.ms", "offsets.retention.minutes"]:
        entry = configs.get(name)
        out(f"broker {name}", value=entry.value if entry else "absent")
    missing = ConfigResource(ResourceType.TOPIC, f"{PREFIX}-none")
    try:
        list(admin().describe_configs([missing]).values())[0].result(20)
        out("config of nothing", error=None)
    except KafkaException as error:
        out("config of nothing", error=error_name(error))


def auto_create():
    acks = produce(producer(), PREFIX, [{"value": "made it", "timestamp": T0}])
    out("produced", acks=acks)
    out("partitions", count=len(admin().list_topics(PREFIX, timeout=10).topics[PREFIX].partitions))
    out("consumed", records=read_from(PREFIX, 0, 1))
    client = consumer(group_id=f"{PREFIX}-group", **{"allow_auto_create_topics": False})
    client.subscribe([f"{PREFIX}-absent"])
    message = client.poll(PATIENCE_S)
    client.close()
    names = admin().list_topics(timeout=10).topics
    out("not by a consumer", error=message.error().name(), there=f"{PREFIX}-absent" in names)
    bad = f"{PREFIX}-bad name"
    out("bad name", acks=produce(producer(), bad, [{"value": "x"}]))


def member(group, topic, **settings):
    client = consumer(group_id=group, auto_offset_reset="earliest", **{k.replace(".", "_"): v for k, v in GROUP_SPEED.items()},
                      **settings)
    client.subscribe([topic])
    return client


def group_resumes():
    topic, group = create(PREFIX, 2), f"{PREFIX}-group"
    produce(producer(), topic, [{**r, "partition": i % 2} for i, r in enumerate(numbered(10))])
    client = member(group, topic)
    out("first", records=[[r["partition"], r["offset"]] for r in read(client, 10)])
    offsets = [TopicPartition(topic, 0, 3, metadata="half way"), TopicPartition(topic, 1, 5)]
    client.commit(offsets=offsets, asynchronous=False)
    committed = client.committed([TopicPartition(topic, p) for p in range(2)], timeout=10)
    out("committed", offsets=[[c.partition, c.offset, c.metadata] for c in committed])
    client.close()
    client = member(group, topic)
    out("resumed", records=[[r["partition"], r["offset"]] for r in read(client, 2)])
    produce(producer(), topic, numbered(1, 1))
    out("live", records=[[r["partition"], r["offset"]] for r in read(client, 1)])
    client.commit(asynchronous=False)
    client.close()
    client = member(group, topic)
    produce(producer(), topic, numbered(1, 0))
    out("again", records=[[r["partition"], r["offset"]] for r in read(client, 1)])
    client.close()
    client = consumer(group_id=f"{PREFIX}-empty")
    committed = client.committed([TopicPartition(topic, 0)], timeout=10)
    out("nothing committed", offset=committed[0].offset)
    client.close()


def settle(members, sizes):
    """Polls all members until their assignments have these sizes."""
    deadline = time.monotonic() + PATIENCE_S
    while sorted(len(m.assignment()) for m in members) != sorted(sizes):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{[len(m.assignment()) for m in members]} partitions, not {sizes}")
        for one in members:
            one.poll(0.05)
    return sorted(sorted(tp.partition for tp in m.assignment()) for m in members)


def group_of_two():
    topic, group = create(PREFIX, 4), f"{PREFIX}-group"
    first = member(group, topic)
    out("alone", assignment=settle([first], [4]))
    second = member(group, topic)
    out("together", assignment=settle([first, second], [2, 2]))
    second.close()
    out("after one left", assignment=settle([first], [4]))
    produce(producer(), topic, numbered(1, 3))
    out("consumed", records=[[r["partition"], r["offset"]] for r in read(first, 1)])
    first.close()


def group_cooperative():
    topic, group = create(PREFIX, 4), f"{PREFIX}-group"
    sticky = {"partition_assignment_strategy": "cooperative-sticky"}
    first = member(group, topic, **sticky)
    settle([first], [4])
    second = member(group, topic, **sticky)
    out("together", sizes=sorted(len(a) for a in settle([first, second], [2, 2])))
    third = member(group, topic, **sticky)
    out("three", sizes=sorted(len(a) for a in settle([first, second, third], [1, 1, 2])))
    first.close()
    out("after one left", sizes=sorted(len(a) for a in settle([second, third], [2, 2])))
    second.close()
    third.close()


def group_static():
    topic, group = create(PREFIX, 2), f"{PREFIX}-group"
    first = member(group, topic, group_instance_id="one")
    before = settle([first], [2])
    first.close()
    started = time.monotonic()
    again = member(group, topic, group_instance_id="one")
    out("back without a rebalance", assignment=settle([again], [2]) == before, quick=time.monotonic() - started < 2.5)
    described = admin().describe_consumer_groups([group])[group].result(20)
    out("described", instances=[m.group_instance_id for m in described.members])
    again.close()


def groups_admin():
    topic, group = create(PREFIX, 2), f"{PREFIX}-group"
    produce(producer(), topic, numbered(2))
    client = member(group, topic, client_id="the-client")
    settle([client], [2])
    read(client, 2)
    client.commit(asynchronous=False)
    listed = admin().list_consumer_groups().result(20)
    mine = [g for g in listed.valid if g.group_id == group]
    out("listed", groups=[[g.group_id, g.state.name, g.is_simple_consumer_group] for g in mine], errors=len(listed.errors))
    described = admin().describe_consumer_groups([group])[group].result(20)
    out("described", state=described.state.name, assignor=described.partition_assignor,
        coordinator=described.coordinator is not None,
        members=[[m.client_id, sorted(tp.partition for tp in m.assignment.topic_partitions)] for m in described.members])
    try:
        admin().delete_consumer_groups([group])[group].result(20)
        out("delete while live", error=None)
    except KafkaException as error:
        out("delete while live", error=error_name(error))
    client.close()
    described = admin().describe_consumer_groups([group])[group].result(20)
    out("described empty", state=described.state.name, members=len(described.members))
    request = ConsumerGroupTopicPartitions(group)
    offsets = admin().list_consumer_group_offsets([request])[group].result(20)
    out("offsets", offsets=sorted([tp.partition, tp.offset] for tp in offsets.topic_partitions))
    admin().delete_consumer_groups([group])[group].result(20)
    out("listed after delete", groups=len([g for g in admin().list_consumer_groups().result(20).valid if g.group_id == group]))
    try:
        admin().delete_consumer_groups([group])[group].result(20)
        out("delete again", error=None)
    except KafkaException as error:
        out("delete again", error=error_name(error))


def too_large():
    topic = create(PREFIX)
    client = producer(**{"message_max_bytes": 20_000_000})
    out("2 MB", acks=produce(client, topic, [{"value": b"x" * 2_000_000, "partition": 0}]))
    out("900 KB", acks=produce(client, topic, [{"value": b"x" * 900_000, "partition": 0}]))
    small = create(f"{PREFIX}-small", **{"max.message.bytes": "1000"})
    out("small topic", acks=produce(client, small, [{"value": b"x" * 2000, "partition": 0}]))
    out("fits", acks=produce(client, small, [{"value": b"x" * 200, "partition": 0}]))


def leader_epoch():
    topic, group = create(PREFIX), f"{PREFIX}-group"
    produce(producer(), topic, numbered(3))
    client = consumer(group_id=group)
    client.assign([TopicPartition(topic, 0, 1, leader_epoch=0)])
    out("from a position with an epoch", offsets=[r["offset"] for r in read(client, 2)])
    client.commit(asynchronous=False)
    committed = client.committed([TopicPartition(topic, 0)], timeout=10)[0]
    out("committed", offset=committed.offset, leader_epoch=committed.leader_epoch)
    client.close()


def watermarks():
    topic = create(PREFIX)
    client = consumer()
    out("empty", watermarks=client.get_watermark_offsets(TopicPartition(topic, 0), timeout=10))
    produce(producer(), topic, numbered(4))
    out("four", watermarks=client.get_watermark_offsets(TopicPartition(topic, 0), timeout=10))
    client.assign([TopicPartition(topic, 0, 0)])
    read(client, 4)
    out("cached", watermarks=client.get_watermark_offsets(TopicPartition(topic, 0), cached=True))
    client.close()


def delete_records():
    topic = create(PREFIX)
    produce(producer(), topic, numbered(5))
    try:
        done = list(admin().delete_records([TopicPartition(topic, 0, 3)]).values())[0].result(20)
        out("deleted", low_watermark=done.low_watermark)
    except KafkaException as error:
        out("deleted", error=error_name(error))
    client = consumer()
    out("watermarks", watermarks=client.get_watermark_offsets(TopicPartition(topic, 0), timeout=10))
    client.close()


def transactions():
    topic = create(PREFIX)
    client = producer(**{"transactional_id": f"{PREFIX}-id", "enable_idempotence": True})
    try:
        client.init_transactions(15)
        out("init", error=None)
        client.begin_transaction()
        produce(client, topic, numbered(2))
        client.commit_transaction(15)
        out("commit", error=None)
        out("committed", offsets=[r["offset"] for r in read_from(topic, 0, 2, isolation_level="read_committed")])
    except KafkaException as error:
        out("init", error=error_name(error), retriable=error.args[0].retriable(), fatal=error.args[0].fatal())


def compacted():
    out("create", error=create_error(PREFIX, config={"cleanup.policy": "compact"}))


SCENARIOS = [codecs, headers, partitions, timestamps, middle_of_a_batch, out_of_range, idempotent, acks, topic_errors,
             recreate, describe, auto_create, group_resumes, group_of_two, group_cooperative, group_static, groups_admin,
             too_large, leader_epoch, watermarks, delete_records, transactions, compacted]

{scenario.__name__: scenario for scenario in SCENARIOS}[SCENARIO]()
