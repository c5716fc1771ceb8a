# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for Strimzi's operators (see strimzi_operators/): three processes that work on the cluster's resources and on kafka_strimzi."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import files, kafka_cluster, places, ports, supervision
from lab.errors import LabError
from lab.passwords import password
from lab.server import Server
from lab.servers import kafka_strimzi
from lab.supervision import Program

CODE = Path(__file__).parent.parent / "strimzi_operators"
OPERATORS = ("cluster", "topic", "user")
INTERVAL = "LAB_STRIMZI_INTERVAL"  # seconds between two full reconciliations; STRIMZI_FULL_RECONCILIATION_INTERVAL_MS is 120 s
DEFAULT_INTERVAL = 3.0
IGNORED_USERS = f"{kafka_cluster.ADMINISTRATOR}|{kafka_cluster.BROKER_USER}"  # STRIMZI_IGNORED_USERS_PATTERN


class StrimziOperators(Server):
    name = "strimzi_operators"
    needs = ("strimzi", "kafka_strimzi")

    def processes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{operator}" for operator in OPERATORS)

    def validate(self) -> None:
        """Those of another checkout's code, or with another interval, make room for ours."""
        wanted = self._interval()
        if supervision.running() & set(self.processes()) and self._mark().exists() and self._mark().read_text(encoding="utf-8") != self._version(wanted):
            supervision.stop(self.processes())

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        home = files.private_directory(places.home_of(self.name))
        interval = self._interval()
        code = home / "code" / CODE.name
        shutil.rmtree(code.parent, ignore_errors=True)
        shutil.copytree(CODE, code, ignore=shutil.ignore_patterns("__pycache__"))
        settings = files.write(home / "settings.json", json.dumps(self._settings(interval)))
        files.write(self._mark(), self._version(interval))
        python = ["/usr/bin/env", f"PYTHONPATH={code.parent}", "PYTHONDONTWRITEBYTECODE=1", sys.executable]
        for name in processes:
            self._ready(name).unlink(missing_ok=True)
        return [Program(name, [*python, "-m", CODE.name, name.rpartition("-")[2], settings, self._ready(name)]) for name in processes]

    def settle(self) -> str | None:
        """Those that a killed test has left stopped (SIGSTOP) go on."""
        for process in self._stopped():
            supervision.signal(process, "CONT")
        return None

    def check(self) -> str | None:
        """They run and have seen every resource; that they work shows in what they do."""
        absent = set(self.processes()) - supervision.running()
        if absent:
            return f"{', '.join(sorted(absent))} does not run"
        if self._stopped():
            return f"{', '.join(self._stopped())} is stopped"
        waiting = [name for name in self.processes() if not self._ready(name).exists()]
        return f"{', '.join(waiting)} has not read the resources yet" if waiting else None

    def endpoints(self) -> dict[str, str]:
        return {INTERVAL: str(self._interval())}

    def _settings(self, interval: float) -> dict[str, object]:
        broker = kafka_strimzi.SERVER
        own = ports.of(broker.processes()[0])
        kubernetes = places.home_of("kubernetes") / "kubeconfig"
        return {
            "kubeconfig": str(kubernetes),
            "kafka": {
                "bootstrap.servers": f"{ports.HOST}:{own['scram']}",
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": kafka_cluster.ADMINISTRATOR,
                "sasl.password": password(f"{broker.name}.{kafka_cluster.ADMINISTRATOR}"),
                "reconnect.backoff.max.ms": 500,
            },
            "listeners": {use: f"{ports.HOST}:{port}" for use, port in own.items() if use not in ("controller", "internal")},
            "certificates": str(broker.certificates()),
            "interval": interval,
            "ignored_users": IGNORED_USERS,
        }

    def _interval(self) -> float:
        text = os.environ.get(INTERVAL) or str(DEFAULT_INTERVAL)
        try:
            return float(text)
        except ValueError:
            raise LabError(f"{INTERVAL} must be a number of seconds, not {text!r}.", exit_code=2) from None

    def _stopped(self) -> list[str]:
        pids = {name: int(info["pid"]) for name, info in supervision.states().items() if name in self.processes()}
        return [name for name, pid in pids.items() if pid and Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"]

    def _ready(self, process: str) -> Path:
        return places.home_of(self.name) / f"{process}.ready"

    def _mark(self) -> Path:
        return places.home_of(self.name) / "version"

    def _version(self, interval: float) -> str:
        code = b"".join(path.read_bytes() for path in sorted(CODE.glob("*.py")))
        return f"{hashlib.sha256(code).hexdigest()} every {interval} s"


SERVER = StrimziOperators()
