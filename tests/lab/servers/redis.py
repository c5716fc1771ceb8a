# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis cluster of three masters without replicas."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import redis

from lab import files, places, ports
from lab.packages import Requirement
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program

MASTERS = 3
SLOTS = 16384


class RedisCluster(Server):
    name = "redis"
    requirements = (Requirement("redis-server", lambda: shutil.which("redis-server") is not None),)

    def processes(self) -> tuple[str, ...]:
        return tuple(f"redis-{number}" for number in range(1, MASTERS + 1))

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        return [self._prepare_node(process) for process in processes]

    def settle(self) -> str | None:
        """Give each empty node its third of the slots and introduce it to the first; what is done stays as it is."""
        meeting = ports.of(self.processes()[0])
        try:
            for number, process in enumerate(self.processes()):
                node = self._connect(process)
                if not _owns_slots(node):
                    first, last = SLOTS * number // MASTERS, SLOTS * (number + 1) // MASTERS - 1
                    node.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
                if number and not _knows_others(node):
                    node.execute_command("CLUSTER MEET", ports.HOST, meeting["client"], meeting["bus"])
        except redis.RedisError as error:
            return str(error)
        return None

    def check(self) -> str | None:
        try:
            for process in self.processes():
                seen = _cluster_info(self._connect(process))
                if seen["cluster_state"] != "ok" or seen["cluster_known_nodes"] != str(MASTERS):
                    return f"{process}: cluster_state {seen['cluster_state']}, {seen['cluster_known_nodes']} nodes"
        except redis.RedisError as error:
            return str(error)
        return None

    def endpoints(self) -> dict[str, str]:
        return {
            "LAB_REDIS_HOST": ports.HOST,
            "LAB_REDIS_PORT": str(ports.of("redis-1")["client"]),
            "LAB_REDIS_USER": "default",
            "LAB_REDIS_PASSWORD": self._password(),
        }

    def _prepare_node(self, process: str) -> Program:
        user = files.account("redis")
        home = files.private_directory(places.home_of(process), user)
        own = ports.of(process)
        settings = {
            "bind": ports.HOST,
            "port": own["client"],
            "cluster-port": own["bus"],
            "cluster-enabled": "yes",
            "cluster-config-file": "nodes.conf",
            "cluster-node-timeout": 2000,
            "dir": home,
            "requirepass": self._password(),
            "masterauth": self._password(),
            "save": '""',
            "appendonly": "yes",  # keys survive a killed server
            "daemonize": "no",
        }
        path = files.write(home / "redis.conf", "".join(f"{key} {value}\n" for key, value in settings.items()), user)
        return Program(process, [shutil.which("redis-server") or "redis-server", path], user)

    def _connect(self, process: str) -> Any:  # redis-py leaves execute_command untyped
        return redis.Redis(
            host=ports.HOST, port=ports.of(process)["client"], username="default", password=self._password(),
            socket_timeout=3, socket_connect_timeout=3, decode_responses=True,
        )  # fmt: skip

    def _password(self) -> str:
        return password("redis.default")


def _cluster_info(node: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in node.execute_command("CLUSTER INFO").items()}


def _knows_others(node: Any) -> bool:
    return int(_cluster_info(node)["cluster_known_nodes"]) > 1


def _owns_slots(node: Any) -> bool:
    nodes = node.execute_command("CLUSTER NODES")
    own = next(flags for flags in nodes.values() if "myself" in flags["flags"])
    return bool(own["slots"])


SERVER = RedisCluster()
