# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling upgrades that are broken off: by a broker that does not come back, by a partition that stays behind, by SIGKILL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import lab
import pytest
from connect_workers import until
from playbooks import play, start
from under_load import under_load
from zookeeper_clusters import (
    BROKERS,
    ROLLBACK,
    UPGRADE,
    ZookeeperCluster,
    fresh_processes,
    killed_at,
    order,
    processes_variables,
    state,
    times,
    until_in_sync,
    upgrade,
)

RESTART = "Wait until the broker is back"
DRIVER = "Restart it with"  # for the first time in the preflight, where the driver only looks
BROKEN = """#!/bin/sh
# Starts what is not there in the place of the new version, as long as the file `broken` names the broker.
if [ "$2" = 3.7.2 ] && [ "$1" = "$(cat {directory}/broken)" ]; then set -- "$1" 9.9.9 "$3"; fi
exec {commands}/restart_broker "$@"
"""


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("zookeeper_three")


def configured(cluster: ZookeeperCluster, broker: int) -> str:
    """Version and protocol that the broker was last started with; 3.1-IV0 is the same as 3.1."""
    command = [f"{cluster.value('COMMANDS')}/broker_settings", str(broker)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip().removesuffix("-IV0")


def test_a_killed_run_goes_on_a_broker_that_does_not_come_back_stops_it_and_all_is_rolled_back(tmp_path: Path) -> None:
    cluster = fresh_processes()
    controller = cluster.controller()
    first, second = (broker for broker in BROKERS if broker != controller)
    variables = processes_variables(cluster, gate_timeout=25, commands=breaking_commands(tmp_path, cluster, second))
    with under_load(tmp_path / "load", cluster.clients()) as load:
        killed_at(RESTART, tmp_path, variables | {"confluent_rolling_upgrade_gate_timeout": 240})
        assert state(tmp_path)["working_on"]["broker"] == first

        stopped = upgrade(tmp_path, variables)
        assert stopped.code != 0 and f"not registered: broker {second}" in stopped.output, stopped.output
        assert [configured(cluster, broker) for broker in (first, second, controller)] == ["3.7.2 3.1", "9.9.9 3.1", "3.1.2 -"]

        back = play(ROLLBACK, tmp_path, variables=variables | {"confluent_rolling_upgrade_gate_timeout": 240})
        assert back.code == 0, back.output
    assert {configured(cluster, broker) for broker in BROKERS} <= {"3.1.2 3.1", "3.1.2 -"}
    assert cluster.protocols() == {1: "3.1", 2: "3.1", 3: "3.1"}
    verdict = load.verdict()
    print(verdict.line())
    assert verdict.nothing_lost() and verdict.acknowledged > 200, verdict.line()


@pytest.mark.long
def test_a_partition_that_stays_behind_stops_the_roll_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """Much is written while it is away, and a throttle of replication lets it catch up with a byte per second."""
    cluster = fresh_processes()
    controller = cluster.controller()
    first = next(broker for broker in BROKERS if broker != controller)
    topic = cluster.create("behind", partitions=1, **{"follower.replication.throttled.replicas": "*"})
    cluster.throttle(first, 1)
    variables = processes_variables(cluster, gate_timeout=75, commands=breaking_commands(tmp_path, cluster, first))
    with under_load(tmp_path / "load", cluster.clients()) as load:
        run = start(UPGRADE, tmp_path, variables=variables)
        until(lambda: times(tmp_path, RESTART) >= 1 or run.poll() is not None, 120)
        cluster.fill(topic, 40_000_000)
        subprocess.run([f"{cluster.value('COMMANDS')}/restart_broker", str(first), "3.7.2"], check=True, timeout=120)
        (tmp_path / "broken").write_text("", encoding="utf-8")
        assert run.wait(300) != 0
        output = (tmp_path / "output").read_text(encoding="utf-8")
        assert "1 under-replicated: behind-0" in output, output
        assert [configured(cluster, broker)[:5] for broker in BROKERS if broker != first] == ["3.1.2", "3.1.2"]
        cluster.throttle(first, None)
        until_in_sync(cluster, topic)
        done = upgrade(tmp_path, variables, gate_timeout=240)
        assert done.code == 0, done.output
    assert sorted(broker for broker, _controller in order(tmp_path, "binaries")) == list(BROKERS)  # the one that was mended by hand as well
    assert {configured(cluster, broker) for broker in BROKERS} == {"3.7.2 3.1"}
    assert load.verdict().nothing_lost(), load.verdict().line()


@pytest.mark.long
def test_a_run_that_is_killed_in_each_phase_is_gone_on_with(tmp_path: Path) -> None:
    cluster = fresh_processes()
    variables = processes_variables(cluster)
    with under_load(tmp_path / "load", cluster.clients()) as load:
        for task in ("Look at the cluster", "Read configurations, access control lists", "Write down which broker", DRIVER, RESTART):
            killed_at(task, tmp_path, variables, nth=1 + (task == DRIVER))
        done = upgrade(tmp_path, variables)
        assert done.code == 0 and cluster.protocols() == {1: "3.1", 2: "3.1", 3: "3.1"}, done.output
        for task in ("Write down which broker", DRIVER, RESTART):
            killed_at(task, tmp_path, variables | {"confluent_rolling_upgrade_finalize": True}, nth=1 + (task == DRIVER))
        lab.stop_server(f"zookeeper_three-{state(tmp_path)['working_on']['broker']}")  # so that it is not even registered
        done = upgrade(tmp_path, variables, finalize=True)
        assert done.code == 0 and cluster.protocols() == {1: "3.7", 2: "3.7", 3: "3.7"}, done.output
        again = upgrade(tmp_path, variables, finalize=True)
        assert again.code == 0 and "changed=0" in again.output, again.output
    assert all({broker for broker, _controller in order(tmp_path, phase)} == set(BROKERS) for phase in ("binaries", "finalize")), state(tmp_path)
    assert load.verdict().nothing_lost(), load.verdict().line()


def breaking_commands(directory: Path, cluster: ZookeeperCluster, broker: int) -> dict[str, str]:
    """Commands that start this broker with a version that is not there."""
    (directory / "broken").write_text(f"{broker}\n", encoding="utf-8")
    script = directory / "restart"
    script.write_text(BROKEN.format(directory=directory, commands=cluster.value("COMMANDS")), encoding="utf-8")
    script.chmod(0o700)
    return {"broker": f"{script} {{id}} {{version}} {{protocol}}"}
