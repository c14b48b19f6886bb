"""Scenarios with kcat: `scenarios.py BOOTSTRAP SCENARIO` prints one JSON line per step.

kcat is run as a person runs it; a line holds what it printed, without what only one broker can know (ports, node ids).
"""

import json
import subprocess
import sys

BOOTSTRAP, SCENARIO = sys.argv[1], sys.argv[2]
PREFIX = f"kcat-{SCENARIO}".replace("_", "-")
SECONDS_MAX = 40


def out(step, **fields):
    print(json.dumps({"step": step, **fields}, sort_keys=True, ensure_ascii=False), flush=True)


def kcat(*arguments, stdin=""):
    """What it printed, and its exit code."""
    done = subprocess.run(["kcat", "-b", BOOTSTRAP, *arguments], input=stdin, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.stderr:
        print(done.stderr, file=sys.stderr)
    return done.stdout, done.returncode, done.stderr


def produce(topic, lines, *arguments):
    return kcat("-P", "-t", topic, "-K", ":", *arguments, stdin="\n".join(lines) + "\n")[1]


def consume(topic, *arguments, form="%p %o [%k] [%s] [%h]\\n"):
    return kcat("-C", "-q", "-e", "-t", topic, "-f", form, *arguments)[0].splitlines()


def codecs():
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        topic = f"{PREFIX}-{codec}"
        out(f"produced {codec}", exit=produce(topic, [f"k{i}:v{i}" for i in range(5)], "-z", codec))
        out(f"consumed {codec}", lines=consume(topic))


def headers():
    out("produced", exit=produce(PREFIX, ["a:1", ":empty key", "b:"], "-H", "h=1", "-H", "h=2", "-H", "none", "-Z"))
    out("consumed", lines=consume(PREFIX), nulls=consume(PREFIX, "-Z", form="%K %S\\n"))


def partitions():
    for partition in range(2):
        out(f"produced {partition}", exit=produce(PREFIX, [f"k{i}:{partition}" for i in range(3)], "-p", str(partition)))
    out("consumed", lines=sorted(consume(PREFIX)))


def offsets():
    produce(PREFIX, [f"k{i}:v{i}" for i in range(10)], "-p", "0")
    for offset in ["beginning", "7", "-2", "end", "1000"]:
        out(f"from {offset}", lines=consume(PREFIX, "-p", "0", "-o", offset))
    out("three", lines=consume(PREFIX, "-p", "0", "-c", "3"))


def timestamps():
    produce(PREFIX, ["k:v"], "-p", "0")
    for at in ["-1", "-2", "1", "4102444800000"]:
        printed, code, _ = kcat("-Q", "-t", f"{PREFIX}:0:{at}")
        out(f"query {at}", printed=printed.split(), exit=code)
    out("from a time", lines=consume(PREFIX, "-p", "0", "-o", "s@1"))


def metadata():
    produce(PREFIX, ["k:v"])
    found = json.loads(kcat("-L", "-J", "-t", PREFIX)[0])
    out("brokers", hosts=[broker["name"].rsplit(":", 1)[0] for broker in found["brokers"]],
        controls=found["controllerid"] == found["brokers"][0]["id"])
    for topic in found["topics"]:
        out(topic["topic"], partitions=[
            [p["partition"], p["leader"] == p["replicas"][0]["id"], len(p["replicas"]), len(p["isrs"])] for p in topic["partitions"]
        ])


def auto_create():
    out("produced", exit=produce(PREFIX, ["k:v"]))
    out("consumed", lines=consume(PREFIX))
    _, code, said = kcat("-C", "-e", "-q", "-t", f"{PREFIX}-absent", "-X", "allow.auto.create.topics=false")
    out("a consumer of nothing", exit=code, unknown="Unknown topic" in said)


def errors():
    printed, code, said = kcat("-P", "-t", PREFIX, "-X", "message.max.bytes=20000000", "-D", "~", stdin="x" * 2_000_000)
    out("too large", exit=code, too_large="too large" in said)
    printed, code, said = kcat("-C", "-e", "-q", "-t", "not a name")
    out("bad name", exit=code, invalid="Invalid topic" in said)


def idempotent():
    lines = [f"k{i}:{i}" for i in range(2000)]
    arguments = ["-X", "enable.idempotence=true", "-X", "batch.num.messages=20", "-X", "linger.ms=0"]
    out("produced", exit=produce(PREFIX, lines, "-p", "0", *arguments))
    got = consume(PREFIX, form="%o %s\\n")
    out("consumed", exact=got == [f"{i} {i}" for i in range(2000)], count=len(got))


def group():
    produce(PREFIX, [f"k{i}:v{i}" for i in range(6)])
    base = ["-G", f"{PREFIX}-group", "-q", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-f", "%o %s\\n"]
    out("first", lines=kcat(*base, "-c", "4", PREFIX)[0].splitlines())
    out("then", lines=kcat(*base, "-c", "2", PREFIX)[0].splitlines())
    out("nothing more", lines=kcat(*base, "-e", PREFIX)[0].splitlines())


SCENARIOS = [codecs, headers, partitions, offsets, timestamps, metadata, auto_create, errors, idempotent, group]

{scenario.__name__: scenario for scenario in SCENARIOS}[SCENARIO]()
