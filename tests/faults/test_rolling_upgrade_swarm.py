# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole stack on a real swarm: ZooKeeper, brokers and Connect workers from 7.1 to 7.7, then the protocol, under load."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import lab
import pytest
from connect_workers import SINK, SOURCE, Login, ask, state_of, until
from lab.swarm import images, stack
from playbooks import start
from under_load import under_load
from zookeeper_clusters import BROKERS, ROLLBACK, UPGRADE, ZookeeperCluster, fresh_swarm, killed_at, order, state, swarm_variables, upgrade

LINES = 200


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("swarm")


def docker(cluster: ZookeeperCluster, *arguments: str) -> str:
    env = {**os.environ, "DOCKER_HOST": cluster.value("DOCKER_HOST")}
    return subprocess.run(["docker", *arguments], env=env, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def tasks(cluster: ZookeeperCluster) -> dict[str, str]:
    """Id of the task that each service runs: another one after every restart."""
    rows = docker(cluster, "stack", "ps", "--no-trunc", "--filter", "desired-state=running", "--format", "{{.Name}} {{.ID}}", stack.NAME)
    return {row.split()[0].partition(".")[0].removeprefix(f"{stack.NAME}_"): row.split()[1] for row in rows.splitlines()}


def running_images(cluster: ZookeeperCluster) -> dict[str, str]:
    rows = docker(cluster, "stack", "services", "--format", "{{.Name}} {{.Image}}", stack.NAME)
    return {row.split()[0].removeprefix(f"{stack.NAME}_"): row.split()[1] for row in rows.splitlines()}


def worker_version(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(json.load(answer)["version"])


def test_a_stack_is_upgraded_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    cluster = fresh_swarm()
    single, lines = cluster.create("single-replica", replicas=1), cluster.create("lines", partitions=1)
    worker, written, copied = Login(cluster.value("CONNECT_URLS").split(",")[0]), Path(cluster.value("FILES")) / "in", Path(cluster.value("FILES")) / "out"
    connect(worker, lines)
    variables = swarm_variables(cluster, accepted_topics=[single])
    old = tasks(cluster)

    absent = upgrade(tmp_path, variables, images={"kafka": ":7.7.9"})
    assert absent.code != 0 and "there is no image localhost/lab/kafka:7.7.9" in absent.output, absent.output
    planned = upgrade(tmp_path, variables, "--check")
    assert planned.code == 0 and tasks(cluster) == old, planned.output

    with under_load(tmp_path / "load", cluster.clients()) as load:
        append(written, 0, LINES)
        until(lambda: copied.exists() and len(copied.read_text(encoding="utf-8").splitlines()) == LINES, 60)
        run = start(UPGRADE, tmp_path, variables=variables | {"confluent_rolling_upgrade_finalize": True})
        until(lambda: "Wait until the broker is back" in output(tmp_path) or run.poll() is not None, 240)
        before, now = cluster.move_controller()
        assert run.wait(900) == 0 and before != now, output(tmp_path)
        append(written, LINES, 2 * LINES)
        until(lambda: len(set(copied.read_text(encoding="utf-8").splitlines())) == 2 * LINES, 120)
    verdict = load.verdict()
    print(verdict.line())
    assert verdict.nothing_lost() and verdict.acknowledged > 500 and verdict.committed > 20, verdict.line()

    for phase in ("binaries", "finalize"):
        restarted = order(tmp_path, phase)
        assert sorted(broker for broker, _controller in restarted) == list(BROKERS)
        assert all(broker != controller for broker, controller in restarted[:-1]), f"{phase}: the controller was not the last: {restarted}"
    assert cluster.protocols() == {1: "3.7", 2: "3.7", 3: "3.7"}
    assert {image.rpartition(":")[2] for image in running_images(cluster).values()} == {"7.7.1"}
    assert [worker_version(url) for url in cluster.value("CONNECT_URLS").split(",")] == ["3.7.2", "3.7.2"]
    assert [state_of(worker, name) for name in ("reader", "writer")] == [("RUNNING", ["RUNNING"])] * 2

    after = tasks(cluster)
    (tmp_path / "clients.json").write_text(verdict.line(), encoding="utf-8")
    again = upgrade(tmp_path, variables, finalize=True, clients_file=str(tmp_path / "clients.json"))
    assert again.code == 0 and "changed=0" in again.output and tasks(cluster) == after, again.output
    report = json.loads((tmp_path / "reports/confluent_rolling_upgrade/latest/report.json").read_text(encoding="utf-8"))
    clients = next(row for row in report["results"] if row["target"] == "clients")
    assert clients["verified"] == "verified" and f"longest_stall: {verdict.longest_stall}" in clients["what"], clients


@pytest.mark.long
def test_a_broken_image_stops_the_roll_at_the_first_broker_and_is_rolled_back(tmp_path: Path) -> None:
    cluster = fresh_swarm()
    variables = swarm_variables(cluster, gate_timeout=45, images={"kafka": f":{images.BROKEN.rpartition(':')[2]}"})
    before = tasks(cluster)
    with under_load(tmp_path / "load", cluster.clients()) as load:
        stopped = upgrade(tmp_path, variables)
        assert stopped.code != 0, stopped.output
        broken = [f"kafka-0{number}" for number in BROKERS if running_images(cluster)[f"kafka-0{number}"] == images.BROKEN]
        left = {service: task for service, task in before.items() if service.startswith("kafka") and service not in broken}
        assert len(broken) == 1 and left.items() <= tasks(cluster).items(), stopped.output
        back = upgrade(tmp_path, variables, gate_timeout=240, playbook=ROLLBACK)
        assert back.code == 0, back.output
    assert cluster.protocols() == {1: "3.1", 2: "3.1", 3: "3.1"}
    assert load.verdict().nothing_lost(), load.verdict().line()


@pytest.mark.long
def test_a_run_that_is_killed_while_connectors_and_workers_change_is_gone_on_with(tmp_path: Path) -> None:
    """The quiet window stops the connectors before the brokers; whatever ends the run, they run again when it is done."""
    cluster = fresh_swarm()
    lines = cluster.create("lines", partitions=1)
    worker, written, copied = Login(cluster.value("CONNECT_URLS").split(",")[0]), Path(cluster.value("FILES")) / "in", Path(cluster.value("FILES")) / "out"
    connect(worker, lines)
    append(written, 0, LINES)
    until(lambda: copied.exists() and len(copied.read_text(encoding="utf-8").splitlines()) == LINES, 60)
    variables = swarm_variables(cluster, quiet={"connectors": True})
    killed_at("Write down that it is done", tmp_path, variables)  # that it is quiet
    assert [state_of(worker, name)[0] for name in ("reader", "writer")] == ["PAUSED"] * 2
    append(written, LINES, 2 * LINES)
    killed_at("Wait until the worker answers", tmp_path, variables)
    assert len(copied.read_text(encoding="utf-8").splitlines()) == LINES
    killed_at("Resume the connectors", tmp_path, variables)
    done = upgrade(tmp_path, variables)
    assert done.code == 0, done.output
    assert [worker_version(url) for url in cluster.value("CONNECT_URLS").split(",")] == ["3.7.2", "3.7.2"]
    until(lambda: [state_of(worker, name) for name in ("reader", "writer")] == [("RUNNING", ["RUNNING"])] * 2, 60)
    until(lambda: len(set(copied.read_text(encoding="utf-8").splitlines())) == 2 * LINES, 120)
    assert state(tmp_path)["done"] == ["quiet_begun", "quiet", "connect", "deployed", "resumed"]


def output(directory: Path) -> str:
    return (directory / "output").read_text(encoding="utf-8")


def connect(worker: Login, topic: str) -> None:
    """A connector that writes the lines of a file into a topic, and one that writes them into another file."""
    for name, config in {
        "reader": {"connector.class": SOURCE, "topic": topic, "file": "/files/in"},
        "writer": {"connector.class": SINK, "topics": topic, "file": "/files/out"},
    }.items():
        converter = {"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.storage.StringConverter"}
        status, answer = ask(worker, "PUT", f"connectors/{name}/config", {**config, **converter, "tasks.max": "1"})
        assert status in (200, 201), answer


def append(file: Path, first: int, end: int) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write("".join(f"line {number}\n" for number in range(first, end)))


def test_the_swarm_of_the_lab_leaves_the_machine_as_it_is() -> None:
    lab.start("swarm")
    family = descendants(int(lab.pid("swarm") or 0))
    sockets = ["ss", "--no-header", "--listening", "--tcp", "--udp", "--numeric", "--processes"]
    listening = subprocess.run(sockets, capture_output=True, text=True, check=True).stdout
    own = [line.split() for line in listening.splitlines() if set(map(int, re.findall(r"pid=(\d+)", line))) & family]
    assert len(own) > 12 and [row for row in own if not row[4].removeprefix("[::ffff:").startswith("127.")] == []
    assert not (Path("/sys/class/net/docker_gwbridge").exists() or Path("/sys/class/net/docker0").exists() or list(Path("/sys/class/net").glob("so-*")))
    lab.kill_server("swarm")
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 30)


def descendants(pid: int) -> set[int]:
    found = [pid]
    for each in found:  # grows while it is read
        found += [int(child) for children in Path(f"/proc/{each}/task").glob("*/children") for child in children.read_text(encoding="utf-8").split()]
    return set(found)
