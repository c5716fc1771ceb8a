# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kafka broker in a pod, which can be reached from inside only, with Kafka's own tools where its images have them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from lab import java, packages
from lab.kafka_cluster import POM
from lab.kubernetes import images
from lab.kubernetes.descriptions import Description, Login
from lab.lock import locked

START = Path(__file__).with_name("files") / "databases" / "kafka"
HOME = "/opt/kafka"
TOOLS = {
    "acls": "org.apache.kafka.tools.AclCommand",
    "broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "configs": "kafka.admin.ConfigCommand",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "features": "org.apache.kafka.tools.FeatureCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "server-start": "kafka.Kafka",
    "storage": "kafka.tools.StorageTool",
    "topics": "org.apache.kafka.tools.TopicCommand",
}
# As Kafka's config/tools-log4j2.yaml: what matters goes to stderr.
LOGGING = """status=error
appender.stderr.type=Console
appender.stderr.name=stderr
appender.stderr.target=SYSTEM_ERR
appender.stderr.layout.type=PatternLayout
appender.stderr.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.stderr.ref=stderr
"""


def kafka(name: str, password: str | None = None, **more: Any) -> Description:
    """Listeners as on Strimzi: 9092 without login, 9094 with SCRAM-SHA-512. A client that gets in through a forwarded
    port is told to go on to the name of the pod, which nobody else can resolve. `admin` and who does not log in are super users;
    any other user has the rights that ACLs give.

    /opt/kafka/bin is not on PATH. `/data/admin.properties` is the administrator's login for `--command-config`.
    """
    ours: dict[str, Any] = {
        "container": "kafka",
        "kind": "StatefulSet",
        "image": images.HOST,
        "command": ("/bin/bash", "-euc", START.read_text(encoding="utf-8")),
        "login": Login(f"{name}-login", "admin", password or secrets.token_urlsafe(18)),
        "password_variable": "KAFKA_PASSWORD",
        "port": 9092,
        "scratch": ("/data",),
        "host_paths": {"/usr": "/usr", "/etc": "/etc", f"{HOME}/libs": str(libraries())},
        "files": files(),
        # Once it answers, it gets its user.
        "probe": f"unset JMX_PORT; : </dev/tcp/127.0.0.1/9092 && {HOME}/bin/kafka-configs.sh --bootstrap-server 127.0.0.1:9092 "
        "--alter --entity-type users --entity-name admin --add-config-file /data/scram.properties",
    }
    return Description(**{"name": name} | ours | more)


def files() -> dict[str, dict[str, str]]:
    """The wrappers, as Kafka's distribution has them. The jars come from Maven, which has none."""
    logging = {"tools-log4j2.properties": LOGGING}
    return {f"{HOME}/bin": {f"kafka-{tool}.sh": _script(main) for tool, main in TOOLS.items()}, f"{HOME}/config": logging}


def libraries() -> Path:
    requirements = (java.JAVA, java.maven_for(POM))
    with locked():
        packages.ensure(requirements)
        return java.libraries(POM)


def _script(main: str) -> str:
    """What kafka-run-class.sh does for one tool: it takes the same variables, and has the same defaults but for a small heap."""
    program = java.java() or "java"
    return f"""#!/bin/bash
# Written for the lab: the few lines of Kafka's kafka-run-class.sh that matter here.
[ -n "$KAFKA_JMX_OPTS" ] || KAFKA_JMX_OPTS="-Dcom.sun.management.jmxremote -Dcom.sun.management.jmxremote.authenticate=false"
[ -z "$JMX_PORT" ] || KAFKA_JMX_OPTS="$KAFKA_JMX_OPTS -Dcom.sun.management.jmxremote.ssl=false -Dcom.sun.management.jmxremote.port=$JMX_PORT"
[ -n "$KAFKA_LOG4J_OPTS" ] || KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile={HOME}/config/tools-log4j2.properties"
[ -n "$KAFKA_HEAP_OPTS" ] || KAFKA_HEAP_OPTS="-Xmx256M"
[ -n "$KAFKA_JVM_PERFORMANCE_OPTS" ] || KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
exec {program} $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_JMX_OPTS $KAFKA_LOG4J_OPTS -cp "{HOME}/libs/*" $KAFKA_OPTS {main} "$@"
"""
