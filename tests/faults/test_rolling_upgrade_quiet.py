# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quiet window around a rolling upgrade, and further services after it: real clients are stopped by commands, as a user would."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import lab
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from playbooks import play
from under_load import MEMBERS, Load, under_load
from zookeeper_clusters import BROKERS, OLD, ROLLBACK, TARGET, ZookeeperCluster, fresh_processes, killed_at, processes_variables, upgrade

# Each writes down that it ran. A load generator has ended once its summary is there, also when an earlier run has ended it.
STOP = """#!/bin/sh
echo "stop $1" >> {directory}/journal
shift
for client in "$@"; do
    kill -TERM "${{client#*:}}" || true
    while [ ! -e "{directory}/load/${{client%:*}}/summary.json" ]; do sleep 0.1; done
done
"""
GO_ON = """#!/bin/sh
echo "start $1" >> {directory}/journal
"""
BROKER = """#!/bin/sh
echo "broker $2" >> {directory}/journal
exec {commands}/restart_broker "$@"
"""
SERVICE = """#!/bin/sh
echo "$1 $2 $3" >> {directory}/journal
if [ -e {directory}/service.pid ]; then kill -TERM "$(cat {directory}/service.pid)" || true; fi
setsid {python} {directory}/service.py {port} "$3" > {directory}/service.log 2>&1 < /dev/null &
echo $! > {directory}/service.pid
"""
# It is up at once, well after some requests, and says which version it is.
SERVER = """
import http.server, sys, time

class Answer(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Answer.asked += 1
        self.send_response(200 if Answer.asked > 2 else 503)
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())

for attempt in range(100):
    try:
        server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
        break
    except OSError:  # the one before it still ends
        time.sleep(0.1)
server.serve_forever()
"""


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("zookeeper_three")


@pytest.mark.long
def test_clients_stop_when_all_is_read_and_go_on_at_the_end_also_after_a_failure(tmp_path: Path) -> None:
    cluster = fresh_processes()
    forgotten = group_that_nobody_reads(cluster)
    with a_service(tmp_path) as (service, version), under_load(tmp_path / "load", cluster.clients()) as load:
        variables = processes_variables(cluster, services=[service], **commands(tmp_path, cluster, load))
        quiet = variables["confluent_rolling_upgrade_quiet"]
        behind = upgrade(tmp_path, variables, quiet=quiet | {"groups": [*quiet["groups"], forgotten]}, gate_timeout=15)
        assert behind.code != 0 and forgotten in behind.output and "Clients are stopped for the quiet window" in behind.output, behind.output
        assert journal(tmp_path) == ["stop producers"]
        back = play(ROLLBACK, tmp_path, variables=variables)
        assert back.code == 0 and journal(tmp_path)[1:] == ["start consumers", "start producers"], back.output

        killed_at("Wait until it answers", tmp_path, variables)
        assert journal(tmp_path)[3:] == ["stop producers", "stop consumers", *[f"broker {TARGET}"] * len(BROKERS), f"registry schema_registry {TARGET}"]
        done = upgrade(tmp_path, variables)
        assert done.code == 0 and service_row(tmp_path) == ("ok", "verified"), done.output
        assert journal(tmp_path)[9:] == [f"registry schema_registry {TARGET}", "start consumers", "start producers"]
        assert version() == TARGET != OLD
    verdict = load.verdict()
    assert verdict.nothing_lost() and verdict.acknowledged > 0, verdict.line()  # the group was ended by the window: it had read everything by then


def group_that_nobody_reads(cluster: ZookeeperCluster) -> str:
    topic = cluster.create("unread", partitions=1)
    cluster.fill(topic, 20_000)
    with cluster.admin() as admin:
        admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions("forgotten", [TopicPartition(topic, 0, 0)])])["forgotten"].result(timeout=60)
    return "forgotten"


def commands(directory: Path, cluster: ZookeeperCluster, load: Load) -> dict[str, Any]:
    """The user's own, for clients, brokers and a service."""
    stop, go_on = script(directory, "stop", STOP), script(directory, "go_on", GO_ON)
    restart = script(directory, "restart_broker", BROKER, commands=cluster.value("COMMANDS"))
    producers, consumers = (" ".join(f"{name}:{load.pid(name)}" for name in names) for names in (("producer", "transactions"), MEMBERS))
    return {
        "quiet": {
            "stop_producers": f"{stop} producers {producers}", "groups": [load.group], "stop_consumers": f"{stop} consumers {consumers}",
            "start_consumers": f"{go_on} consumers", "start_producers": f"{go_on} producers",
        },
        "commands": {"broker": f"{restart} {{id}} {{version}} {{protocol}}", "service": f"{directory}/restart_service {{service}} {{kind}} {{version}}"},
    }  # fmt: skip


def script(directory: Path, name: str, text: str, **values: str) -> Path:
    file = directory / name
    file.write_text(text.format(directory=directory, **values), encoding="utf-8")
    file.chmod(0o700)
    return file


def journal(directory: Path) -> list[str]:
    return (directory / "journal").read_text(encoding="utf-8").splitlines()


def service_row(directory: Path) -> tuple[str, str]:
    report = json.loads((directory / "reports/confluent_rolling_upgrade/latest/report.json").read_text(encoding="utf-8"))
    row = next(row for row in report["results"] if row["target"] == "registry")
    return row["state"], row["verified"]


@contextmanager
def a_service(directory: Path) -> Iterator[tuple[dict[str, str], Callable[[], str]]]:
    """As the role takes it, and what tells the version that runs; its process ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}/"
    (directory / "service.py").write_text(SERVER, encoding="utf-8")
    script(directory, "restart_service", SERVICE, python=sys.executable, port=port)
    try:
        yield {"service": "registry", "url": url, "kind": "schema_registry"}, lambda: asked(url)
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((directory / "service.pid").read_text(encoding="utf-8")), signal.SIGKILL)


def asked(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())
