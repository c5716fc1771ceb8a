# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debezium connectors on workers that a rolling upgrade changes: debezium_upgrade rewrites them before the new plugins start them.

The brokers are one cluster of the lab and the worker works on another, because the lab's old Debezium is there: the role does not mind.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import lab
import pytest
import test_debezium_upgrade
from playbooks import TOP
from test_debezium_upgrade import World, arrived
from zookeeper_clusters import BROKERS, fresh_processes, killed_at, order, processes_variables, state, upgrade

world = test_debezium_upgrade.world  # the fixture
RESTART = """#!{python}
import lab
lab.stop_server("connect_old")
lab.start("connect_upgraded")
"""


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("zookeeper_three")


@pytest.mark.long
def test_debezium_is_upgraded_with_its_worker_and_every_row_arrives_once(world: World, tmp_path: Path) -> None:
    cluster = fresh_processes()
    restart = tmp_path / "restart_worker"
    restart.write_text(RESTART.format(python=sys.executable), encoding="utf-8")
    restart.chmod(0o700)
    with one_address(lambda: int(world.worker.url.rpartition(":")[2])) as port:
        url = f"http://127.0.0.1:{port}"
        variables = world.variables()
        connect = variables["debezium_upgrade_connect"] = variables["debezium_upgrade_connect"] | {"url": url}
        variables |= processes_variables(cluster, connect=connect, debezium=True, workers=[{"service": "connect", "url": url, "release": "4.3"}])
        variables["confluent_rolling_upgrade_commands"]["connect"] = str(restart)
        variables["confluent_rolling_upgrade_command_environment"] = {"PYTHONPATH": str(TOP / "tests")}
        killed_at("Come to the resumption", tmp_path, variables)
        world.write()  # while nobody reads
        done = upgrade(tmp_path, variables)
    assert done.code == 0, done.output
    assert {broker for broker, _controller in order(tmp_path, "binaries")} == set(BROKERS) and state(tmp_path)["done"] == ["connect"]
    assert world.worker is world.workers["connect_upgraded"] and world.states() == ["RUNNING"] * 4, done.output
    assert all("topic.prefix" in world.worker.config(name) for name in world.captured.connectors.values())
    world.write()
    for engine in world.captured.connectors:
        assert arrived(world, engine) == list(range(1, world.last + 1))


@contextmanager
def one_address(port: Callable[[], int]) -> Iterator[int]:
    """A port that leads to whichever worker runs, as a name in the DNS would."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accepted, args=(server, port), daemon=True).start()
        yield server.getsockname()[1]


def accepted(server: socket.socket, port: Callable[[], int]) -> None:
    with suppress(OSError):  # at the end
        while True:
            client, _address = server.accept()
            try:
                worker = socket.create_connection(("127.0.0.1", port()), timeout=60)
            except OSError:
                client.close()
                continue
            for pair in ((client, worker), (worker, client)):
                threading.Thread(target=passed_on, args=pair, daemon=True).start()


def passed_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
