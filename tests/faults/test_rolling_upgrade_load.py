# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole rolling upgrade, 3.1 to 3.7 and then the protocol, while producers, transactions and a consumer group work."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import lab
import pytest
from connect_workers import until
from playbooks import start
from under_load import under_load
from zookeeper_clusters import BROKERS, TARGET, UPGRADE, fresh_processes, order, processes_variables, times


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("zookeeper_three")


@pytest.mark.long
def test_plain_processes_are_upgraded_while_the_controller_moves_and_zookeeper_restarts(tmp_path: Path) -> None:
    cluster = fresh_processes()
    single = cluster.create("single-replica", replicas=1)
    variables = processes_variables(cluster, accepted_topics=[single], finalize=True)
    with under_load(tmp_path / "load", cluster.clients()) as load:
        run = start(UPGRADE, tmp_path, variables=variables)
        until(lambda: times(tmp_path, "Wait until the broker is back") >= 1 or run.poll() is not None, 120)
        before, now = cluster.move_controller()
        until(lambda: times(tmp_path, "Wait until the broker is back") >= 4 or run.poll() is not None, 240)
        restart_zookeeper(cluster.value("COMMANDS"))
        code = run.wait(600)
    output = (tmp_path / "output").read_text(encoding="utf-8")
    assert code == 0 and before != now, output
    for phase in ("binaries", "finalize"):
        restarted = order(tmp_path, phase)
        assert sorted(broker for broker, _controller in restarted) == list(BROKERS)
        assert all(broker != controller for broker, controller in restarted[:-1]), f"{phase}: the controller was not the last: {restarted}"
    assert cluster.protocols() == {1: "3.7", 2: "3.7", 3: "3.7"}
    verdict = load.verdict()
    print(verdict.line())
    assert verdict.nothing_lost() and verdict.acknowledged > 500 and verdict.committed > 20, verdict.line()


def restart_zookeeper(commands: str) -> None:
    subprocess.run([f"{commands}/restart_zookeeper", TARGET], check=True, timeout=60)
