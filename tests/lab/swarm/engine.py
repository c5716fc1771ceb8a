# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon with a swarm of one node: nothing but loopback, no rule in iptables, no bridge that stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from lab import commands, files, places, ports
from lab.errors import LabError
from lab.kubernetes import cgroups
from lab.kubernetes.node import KILLED_AS_A_WHOLE
from lab.packages import Requirement
from lab.supervision import Program

GROUP = "-swarm"  # of control groups, beside those of the lab's pods
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
REQUIREMENT = Requirement("docker.io", lambda: all(shutil.which(name, path=PATH) for name in ("dockerd", "docker", "containerd", "runc")))
SECONDS = 60
GOSSIP_PORT = 7946  # Swarm's own, which cannot be changed
PORTS_OF_A_LAB = 1000
FILES = Path(__file__).with_name("files")


class Engine:
    """The daemon of this lab and its command line."""

    def __init__(self, process: str) -> None:
        self._process = process

    @property
    def home(self) -> Path:
        return places.home_of(self._process)

    @property
    def socket(self) -> Path:
        return self.home / "docker.sock"

    def address(self) -> str:
        """The second lab of a machine takes the next loopback address, since all swarms gossip on the same port."""
        return f"127.0.0.{1 + ports.offset() // PORTS_OF_A_LAB}"

    def program(self) -> Program:
        home = files.private_directory(self.home)
        node = files.write(home / "node", (FILES / "node").read_text(encoding="utf-8"), mode=0o700)
        settings = files.write(home / "daemon.json", json.dumps(self._settings(), indent=1) + "\n")
        kept = [places.state(), places.cache()]
        # In order would take longer, and its data survives this.
        return Program(self._process, ["unshare", *KILLED_AS_A_WHOLE, node, home / "stage", settings, *kept], stop_signal="KILL")

    def answers(self) -> bool:
        return self.socket.exists() and self.ask("info", "--format", "{{.ServerVersion}}") is not None

    def is_swarm(self) -> bool:
        return self.ask("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}") == "active true"

    def make_swarm(self) -> None:
        """Its own network for published ports is not used here, and would need the kernel's load balancer: it goes, and
        so does the bridge that came with it, which has a name of this lab's own as long as it is there."""
        if not self.ask("network", "ls", "--quiet", "--filter", "name=docker_gwbridge"):
            self.run("make the bridge of Swarm", "network", "create", "--internal", "--subnet", "10.255.255.0/24",
                     "--opt", f"com.docker.network.bridge.name={self._bridge()}", "docker_gwbridge")  # fmt: skip
        own, host = ports.of(self._process), self.address()
        self.run("make a swarm", "swarm", "init", "--advertise-addr", host, "--listen-addr", f"{host}:{own['manager']}",
                 "--data-path-addr", host, "--data-path-port", str(own["overlay"]), "--task-history-limit", "3")  # fmt: skip

    def unused_networks(self) -> str | None:
        """Take away what make_swarm() left; None when it is gone. The daemon still sets up its network for published ports then, with an end of it in
        the bridge, which it would make anew: so that network goes first, and what it left in the bridge before the bridge."""
        there = (self.ask("network", "ls", "--format", "{{.Name}}") or "").split()
        for network in ("ingress", "docker_gwbridge"):
            if network in there:
                if network == "docker_gwbridge":
                    self._quietly("network", "disconnect", "--force", network, "gateway_ingress-sbox")
                self._quietly("network", "rm", network)
                return f"the network {network} is still there"
        return None

    def clean(self) -> None:
        """After it has ended."""
        if (Path("/sys/class/net") / self._bridge()).exists():
            subprocess.run(["ip", "link", "delete", self._bridge()], env={"PATH": PATH}, capture_output=True, timeout=SECONDS, check=False)
        cgroups.remove(GROUP)

    def run(self, attempt: str, *arguments: str | Path) -> None:
        commands.run(attempt, self._command(*arguments), places.logs() / f"{self._process}.docker.log", env=self.environment(), seconds=300)

    def ask(self, *arguments: str) -> str | None:
        """What it printed; None when it failed."""
        done = self._quietly(*arguments)
        return done.stdout.strip() if done.returncode == 0 else None

    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own Docker: neither its contexts nor its logins."""
        return {"PATH": PATH, "HOME": str(self.home), "DOCKER_CONFIG": str(self.home / "client"), "DOCKER_HOST": f"unix://{self.socket}"}

    def _quietly(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(self._command(*arguments), env=self.environment(), input="y\n", capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            return subprocess.CompletedProcess(error.cmd, 1, "", "")

    def _command(self, *arguments: str | Path) -> list[str]:
        found = shutil.which("docker", path=PATH)
        if found is None:
            raise LabError("The command `docker` was not found.")
        return [found, *(str(argument) for argument in arguments)]

    def _bridge(self) -> str:
        return f"so-{cgroups.name().rpartition('-')[2]}"  # a name of an interface has 15 characters at most

    def _settings(self) -> dict[str, object]:
        return {
            "hosts": [f"unix://{self.socket}"],
            "group": "root",
            "data-root": str(self.home / "docker"),
            "exec-root": "/run/docker",  # its own /run
            "pidfile": "/run/docker.pid",
            "cgroup-parent": f"/{cgroups.name(GROUP)}",
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "shutdown-timeout": 5,
            "log-opts": {"max-size": "20m", "max-file": "2"},
            # the machine's network stays as it is
            "bridge": "none",
            "iptables": False,
            "ip6tables": False,
            "ip-forward": False,
            "ip-masq": False,
            "userland-proxy": False,
        }
