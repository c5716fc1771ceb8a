# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZooKeeper and three brokers of Kafka 3.1 as plain processes, with the scripts that people upgrade such a cluster by.

What a broker runs stands in the files VERSION and PROTOCOL of its directory; a start reads them. So an upgrade outlives
a broker that is killed, and `make lab-down` brings the old release back.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import files, java, places, ports, supervision, zookeeper_kafka
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program
from lab.zookeeper_kafka import BROKERS, OLD, RELEASES

COMMANDS = Path(__file__).parents[1] / "zookeeper_commands"
START = "start.py"  # among the commands: what the supervisor runs, not for people


class ZooKeeperThree(Server):
    name = "zookeeper_three"
    requirements = (java.JAVA, *(java.maven_for(pom) for pom in RELEASES.values()))
    ready_seconds = 150

    def processes(self) -> tuple[str, ...]:
        return self._zookeeper(), *(self._broker(number) for number in BROKERS)

    def needed_to_stop(self) -> tuple[str, ...]:
        return (self._zookeeper(),)

    def fetch(self) -> None:
        for pom in RELEASES.values():
            java.libraries(pom)

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        self._write_commands()
        # ZooKeeper first: processes are started in this order
        return [self._prepare_zookeeper() if each == self._zookeeper() else self._prepare_broker(each) for each in processes]

    def check(self) -> str | None:
        return zookeeper_kafka.refusal(self._zookeeper_port(), self._broker_ports(), self._passwords()[zookeeper_kafka.ADMINISTRATOR])

    def endpoints(self) -> dict[str, str]:
        prefix = f"LAB_{self.name.upper()}"
        values = zookeeper_kafka.endpoints(prefix, self._zookeeper_port(), self._broker_ports(), self._passwords())
        return values | {f"{prefix}_COMMANDS": str(self._commands())}

    def _prepare_zookeeper(self) -> Program:
        process = self._zookeeper()
        home = self._prepare_home(process)
        settings = zookeeper_kafka.zookeeper_settings(self._zookeeper_port(), str(home / "data"))
        path = files.write(home / "zookeeper.properties", zookeeper_kafka.properties(settings))
        return self._program(process, home, "org.apache.zookeeper.server.quorum.QuorumPeerMain", "128m", path)

    def _prepare_broker(self, process: str) -> Program:
        home = self._prepare_home(process)
        own = ports.of(process)
        settings = zookeeper_kafka.broker_settings(_number(process), own, self._zookeeper_port(), str(home / "data"))
        path = files.write(home / "server.properties", zookeeper_kafka.properties(settings))
        login = files.write(home / "jaas.conf", zookeeper_kafka.jaas(self._passwords()))
        options = (f"-Djava.security.auth.login.config={login}",)
        return self._program(process, home, "kafka.Kafka", zookeeper_kafka.HEAP, path, options)

    def _prepare_home(self, process: str) -> Path:
        """A directory with the releases to choose from; what it runs already stays chosen."""
        home = files.private_directory(places.home_of(process))
        releases = files.private_directory(home / "releases")
        for version, pom in RELEASES.items():
            (releases / version).unlink(missing_ok=True)
            (releases / version).symlink_to(java.libraries(pom))
        if not (home / "VERSION").exists():
            files.write(home / "VERSION", f"{OLD}\n")
        return home

    def _program(self, process: str, home: Path, main: str, heap: str, settings: Path, options: tuple[str, ...] = ()) -> Program:
        log = java.old_log_configuration(home)
        command = java.command(home / "current", main, heap, settings, options=(log, *options))
        return Program(process, [sys.executable, self._commands() / START, home, *command])

    def _write_commands(self) -> None:
        """Copies, because the servers outlive the checkout."""
        commands = self._commands()
        files.private_directory(places.home_of(self.name))
        shutil.rmtree(commands, ignore_errors=True)
        shutil.copytree(COMMANDS, commands)
        values = {"SERVERS": places.home_of(self.name).parent, "CLUSTER": self.name, "PYTHON": sys.executable, "SOCKET": supervision.socket_path()}
        files.write(commands / "settings", "".join(f"{key}='{value}'\n" for key, value in values.items()))

    def _commands(self) -> Path:
        return places.home_of(self.name) / "commands"

    def _zookeeper(self) -> str:
        return f"{self.name}-zookeeper"

    def _broker(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _zookeeper_port(self) -> int:
        return ports.of(self._zookeeper())["client"]

    def _broker_ports(self) -> dict[int, dict[str, int]]:
        return {number: ports.of(self._broker(number)) for number in BROKERS}

    def _passwords(self) -> dict[str, str]:
        return {user: password(f"{self.name}.{user}") for user in (zookeeper_kafka.ADMINISTRATOR, zookeeper_kafka.APPLICATION)}


def _number(process: str) -> int:
    return int(process.rpartition("-")[2])


SERVER = ZooKeeperThree()
