"""Scenarios with Kafka's own tools: `scenarios.py JARS BOOTSTRAP SCENARIO` prints one JSON line per step.

Each tool is run by its class as Kafka's scripts run it; a line holds what it printed, without ids, ports and speeds.
"""

import json
import re
import subprocess
import sys

JARS, BOOTSTRAP, SCENARIO = sys.argv[1:4]
PREFIX = f"tools-{SCENARIO}".replace("_", "-")
SECONDS_MAX = 60
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]


def out(step, **fields):
    print(json.dumps({"step": step, **fields}, sort_keys=True, ensure_ascii=False), flush=True)


def tool(name, *arguments, stdin=""):
    """The lines that it printed, and its exit code."""
    command = [*JAVA, "-cp", f"{JARS}/*", f"org.apache.kafka.tools.{name}", "--bootstrap-server", BOOTSTRAP, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.stderr:
        print(f"{name} {' '.join(arguments)}\n{done.stderr}", file=sys.stderr)
    return done.stdout.splitlines(), done.returncode


def plain(line):
    """Without what only one broker, or one moment, can know."""
    line = line.replace(BOOTSTRAP, "BROKER")
    line = re.sub(r"TopicId: [\w-]{22}", "TopicId: ID", line)
    line = re.sub(r"(Leader|Replicas|Isr): \d+", r"\1: NODE", line)
    line = re.sub(r"BROKER\s+\(\d+\)", "BROKER (NODE)", line)
    line = re.sub(r"console-consumer-\d+|consumer-[\w-]*-[0-9a-f]{8}-[0-9a-f-]{27}", "MEMBER", line)
    return re.sub(r"\s+", " ", line).strip()


def told(step, name, *arguments, stdin=""):
    lines, code = tool(name, *arguments, stdin=stdin)
    # The tools put the time before an error and the Java trace after it.
    lines = [plain(line) for line in lines if not re.match(r"^\s+at |^\[?\d{4}-\d\d-\d\d", line)]
    # What follows is the broker's own text.
    lines = [re.sub(r"^(Error while executing topic command).*", r"\1", line) for line in lines if line]
    out(step, printed=lines[:1] + sorted(lines[1:]) if name.endswith("GroupCommand") else lines, exit=code)


def topics():
    topic = "TopicCommand"
    told("create", topic, "--create", "--topic", PREFIX, "--partitions", "3", "--config", "retention.ms=3600000")
    told("create again", topic, "--create", "--topic", PREFIX)
    told("create if not there", topic, "--create", "--topic", PREFIX, "--if-not-exists")
    told("create with a bad config", topic, "--create", "--topic", f"{PREFIX}-bad", "--config", "segment.bytes=-5")
    told("describe", topic, "--describe", "--topic", PREFIX)
    told("describe nothing", topic, "--describe", "--topic", f"{PREFIX}-nothing")
    told("under-replicated", topic, "--describe", "--topic", PREFIX, "--under-replicated-partitions")
    told("delete", topic, "--delete", "--topic", PREFIX)
    told("delete again", topic, "--delete", "--topic", PREFIX)
    told("list", topic, "--list", "--topic", PREFIX)


def console():
    lines = "h1:1,h2:2\tk0\tv0\nh1:\tk1\tv1\nh:1,h:2\tk2\t\n"
    properties = ["--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"]
    told("produced", "ConsoleProducer", "--topic", PREFIX, *properties, "--compression-codec", "lz4", stdin=lines)
    shown = [part for name in ["key", "offset", "partition", "headers"] for part in ["--formatter-property", f"print.{name}=true"]]
    reader = ["consumer.ConsoleConsumer", "--topic", PREFIX, *shown]
    told("consumed", *reader, "--from-beginning", "--max-messages", "3")
    told("from an offset", *reader, "--partition", "0", "--offset", "1", "--max-messages", "2")
    told("read committed", *reader, "--from-beginning", "--isolation-level", "read_committed", "--max-messages", "3")
    told("nothing more", *reader, "--partition", "0", "--offset", "3", "--timeout-ms", "1500")


def console_group():
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--partitions", "1")
    told("produced", "ConsoleProducer", "--topic", PREFIX, stdin="one\ntwo\nthree\n")
    reader = ["consumer.ConsoleConsumer", "--topic", PREFIX, "--group", f"{PREFIX}-group"]
    told("first", *reader, "--from-beginning", "--max-messages", "3")
    told("produced more", "ConsoleProducer", "--topic", PREFIX, "--command-property", "enable.idempotence=false", stdin="four\n")
    told("then", *reader, "--max-messages", "1")
    told("group", "consumer.group.ConsumerGroupCommand", "--describe", "--group", f"{PREFIX}-group")


def groups():
    group, command = f"{PREFIX}-group", "consumer.group.ConsumerGroupCommand"
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--partitions", "2")
    told("produced", "ConsoleProducer", "--topic", PREFIX, stdin="one\ntwo\nthree\n")
    told("set", command, "--reset-offsets", "--group", group, "--topic", PREFIX, "--to-earliest", "--execute")
    told("described", command, "--describe", "--group", group, "--state")
    told("shifted", command, "--reset-offsets", "--group", group, "--topic", f"{PREFIX}:0", "--to-offset", "0", "--execute")
    told("members", command, "--describe", "--group", group, "--members")
    told("forget one", command, "--delete-offsets", "--group", group, "--topic", f"{PREFIX}:1")
    told("deleted", command, "--delete", "--group", group)
    told("deleted again", command, "--delete", "--group", group)


def offsets():
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--partitions", "1")
    told("produced", "ConsoleProducer", "--topic", PREFIX, stdin="one\ntwo\nthree\n")
    for time in ["latest", "earliest", "max-timestamp", "earliest-local", "latest-tiered", "1", "4102444800000"]:
        lines, code = tool("GetOffsetShell", "--topic", PREFIX, "--time", time)
        # Which of the three got the largest timestamp is the producer's clock's business.
        lines = [re.sub(r"[012]$", "ONE", line) for line in lines] if time == "max-timestamp" else lines
        out(time, printed=lines, exit=code)


def configs():
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--config", "retention.ms=3600000")
    told("described", "ConfigCommand", "--describe", "--topic", PREFIX)
    told("nothing", "ConfigCommand", "--describe", "--topic", f"{PREFIX}-nothing")


def performance():
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--partitions", "3")
    for codec in ["none", "lz4"]:
        arguments = ["--topic", PREFIX, "--num-records", "20000", "--record-size", "500", "--throughput", "-1"]
        lines, code = tool("ProducerPerformance", *arguments, "--command-property", f"compression.type={codec}")
        sent = [match.group(1) for line in lines if (match := re.match(r"^(\d+) records sent, .* 99.9th", line))]
        out(f"produced {codec}", sent=sent, exit=code)
    lines, code = tool("ConsumerPerformance", "--topic", PREFIX, "--num-records", "40000", "--hide-header")
    out("consumed", records=[int(line.split(",")[4]) for line in lines if line.count(",") >= 9], exit=code)


def verifiable():
    told("created", "TopicCommand", "--create", "--topic", PREFIX, "--partitions", "1")
    lines, code = tool("VerifiableProducer", "--topic", PREFIX, "--max-messages", "500")
    events = [json.loads(line) for line in lines if line.startswith("{")]
    acknowledged = [event for event in events if event["name"] == "producer_send_success"]
    summary = [[event["sent"], event["acked"]] for event in events if event["name"] == "tool_data"]
    out("produced", summary=summary, offsets=[event["offset"] for event in acknowledged] == list(range(500)), exit=code)
    group = f"{PREFIX}-group"
    arguments = ["--topic", PREFIX, "--group-id", group, "--max-messages", "500", "--reset-policy", "earliest"]
    lines, code = tool("VerifiableConsumer", *arguments)
    events = [json.loads(line) for line in lines if line.startswith("{")]
    consumed = sum(event["count"] for event in events if event["name"] == "records_consumed")
    committed = [event["success"] for event in events if event["name"] == "offsets_committed"]
    out("consumed", count=consumed, committed=all(committed), exit=code)


SCENARIOS = [topics, console, console_group, groups, offsets, configs, performance, verifiable]

{scenario.__name__: scenario for scenario in SCENARIOS}[SCENARIO]()
