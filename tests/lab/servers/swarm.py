# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A swarm of one node with a stack as upgrades find it: a ZooKeeper, three brokers of Kafka 3.1, two Connect workers."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from lab import commands, files, java, places, ports, supervision, zookeeper_kafka
from lab.errors import LabError
from lab.kubernetes import images as machine_images
from lab.packages import Requirement
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program
from lab.swarm import images, stack
from lab.swarm import engine as swarm_engine
from lab.zookeeper_kafka import ADMINISTRATOR, APPLICATION, RELEASES

RIGHTS = Path(__file__).parents[1] / "swarm/files/rights.yml"


class Swarm(Server):
    name = "swarm"
    requirements = (
        java.JAVA,
        *(java.maven_for(pom) for pom in RELEASES.values()),
        swarm_engine.REQUIREMENT,
        machine_images.REQUIREMENT,
        Requirement("iproute2", lambda: bool(shutil.which("ip", path=swarm_engine.PATH))),
    )
    ready_seconds = 300

    def __init__(self) -> None:
        self.engine = swarm_engine.Engine(self.name)

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def validate(self) -> None:
        if not places.is_root():
            raise LabError("The lab can start swarm only as root: Docker's daemon makes namespaces, mounts and control groups.")
        if self.name not in supervision.running():
            self._require_gossip_port()

    def fetch(self) -> None:
        images.ensure()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        self.engine.clean()
        return [self.engine.program()]

    def settle(self) -> str | None:
        """Each step only where it is not done yet: a stack that was upgraded stays as it is."""
        engine = self.engine
        if not engine.answers():
            return "Docker's daemon does not answer"
        if not engine.is_swarm():
            engine.make_swarm()
        if left := engine.unused_networks():
            return left
        if engine.ask("image", "inspect", images.BROKEN) is None:  # the last of the archive
            engine.run("load the images", "load", "--quiet", "--input", images.ensure())
        if engine.ask("secret", "inspect", stack.SECRET) is None:
            login = files.write(self.engine.home / "jaas.conf", zookeeper_kafka.jaas(self._passwords()))
            engine.run("make the secret of the brokers", "secret", "create", stack.SECRET, login)
        if not engine.ask("stack", "services", "--quiet", stack.NAME):
            self._deploy()
        return self._zookeeper_and_brokers_left() or self._give_rights()

    def check(self) -> str | None:
        return self._services_left() or self._zookeeper_and_brokers_left() or self._workers_left()

    def clean(self) -> None:
        self.engine.clean()

    def endpoints(self) -> dict[str, str]:
        own = self._ports()
        prefix = f"LAB_{self.name.upper()}"
        return zookeeper_kafka.endpoints(prefix, own["zookeeper"], stack.broker_ports(own), self._passwords()) | {
            f"{prefix}_DOCKER_HOST": f"unix://{self.engine.socket}",
            f"{prefix}_STACK": stack.NAME,
            f"{prefix}_STACK_FILE": str(self._stack_file()),
            f"{prefix}_CONNECT_URLS": ",".join(self._worker_urls()),
            f"{prefix}_PROPERTIES": str(self._properties_file()),
            f"{prefix}_FILES": str(self._data() / "files"),
        }

    def _deploy(self) -> None:
        for directory in stack.directories():
            (self._data() / directory).mkdir(parents=True, exist_ok=True)
        files.write(self._stack_file(), stack.text(self._ports(), str(self._data())))
        self.engine.run("deploy the stack", "stack", "deploy", "--resolve-image", "never", "--compose-file", self._stack_file(), stack.NAME)

    def _services_left(self) -> str | None:
        listed = self.engine.ask("stack", "services", "--format", "{{.Name}} {{.Replicas}}", stack.NAME)
        if listed is None:
            return "Docker's daemon does not answer"
        running = {line.split()[0] for line in listed.splitlines() if line.split()[1] == "1/1"}
        left = [service for service in stack.services() if f"{stack.NAME}_{service}" not in running]
        if not left:
            return None
        told = self.engine.ask("service", "ps", "--no-trunc", "--format", "{{.CurrentState}} {{.Error}}", f"{stack.NAME}_{left[0]}") or "no task"
        return f"{', '.join(left)} not running; {left[0]}: {told.splitlines()[0]}"

    def _zookeeper_and_brokers_left(self) -> str | None:
        own = self._ports()
        return zookeeper_kafka.refusal(own["zookeeper"], stack.broker_ports(own), self._passwords()[ADMINISTRATOR])

    def _give_rights(self) -> str | None:
        """Connect logs in without a name, and its workers do not start before such clients have rights. They are given as a user
        of the collection would, by its own module."""
        if self._properties_file().exists():
            return None
        values = {"bootstrap": self.endpoints()["LAB_SWARM_SASL_EXTERNAL"], "password": self._passwords()[ADMINISTRATOR], "file": str(self._properties_file())}
        variables = files.write(self.engine.home / "rights.json", json.dumps(values))
        commands.run("give the cluster's own clients their rights", ["ansible-playbook", RIGHTS, "-e", f"@{variables}"], places.logs() / "swarm.rights.log")
        return None

    def _workers_left(self) -> str | None:
        for url in self._worker_urls():
            try:
                with urllib.request.urlopen(f"{url}/connectors", timeout=20):
                    pass
            except OSError as error:
                return f"{url}: {error}"
        return None

    def _require_gossip_port(self) -> None:
        address = self.engine.address(), swarm_engine.GOSSIP_PORT
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError:
                raise LabError(f"Another process holds port {address[1]} on {address[0]}, which Docker Swarm cannot do without. Nothing was started.") from None

    def _worker_urls(self) -> list[str]:
        return [f"http://{ports.HOST}:{self._ports()[f'connect_{number}']}" for number in stack.WORKERS]

    def _ports(self) -> dict[str, int]:
        return ports.of(self.name)

    def _data(self) -> Path:
        return self.engine.home / "data"

    def _properties_file(self) -> Path:
        return self.engine.home / "auth.props"

    def _stack_file(self) -> Path:
        return self.engine.home / "stack.yml"

    def _passwords(self) -> dict[str, str]:
        return {user: password(f"{self.name}.{user}") for user in (ADMINISTRATOR, APPLICATION)}


SERVER = Swarm()
