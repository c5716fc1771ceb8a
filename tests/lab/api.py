# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests use: start, stop, kill and look at the servers of the lab. Names are those of servers (`kafka_three`)
or of single processes (`kafka_three-2`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from lab import lifecycle, places, registry, supervision
from lab.errors import LabError
from lab.server import Server
from lab.waiting import wait_until

ENDING_SIGNALS = ("KILL", "TERM", "INT", "QUIT", "ABRT")


def start(names: str | Iterable[str]) -> dict[str, str]:
    """Make sure that these servers run and answer (a dead broker is started again); returns their LAB_* values."""
    wanted = [names] if isinstance(names, str) else list(names)
    servers = lifecycle.up(dict.fromkeys(_server_of(name).name for name in wanted))
    return _endpoints(servers)


def endpoints(names: str | Iterable[str] | None = None) -> dict[str, str]:
    """LAB_* values of these servers, by default of those named by the environment variable LAB. Starts nothing."""
    if names is None:
        names = os.environ.get("LAB", "").split()
    return _endpoints(registry.find([names] if isinstance(names, str) else names))


def processes(name: str) -> tuple[str, ...]:
    """`kafka_three` -> its three processes; `kafka_three-2` -> itself."""
    server = _server_of(name)
    return server.processes() if name == server.name else (name,)


def is_running(name: str) -> bool:
    """True when every process of it runs."""
    return set(processes(name)) <= supervision.running()


def stop_server(name: str) -> None:
    """Stop in order and wait until it has ended. Its data stays; start() brings it back."""
    supervision.stop(processes(name), _server_of(name).needed_to_stop())


def renew_server(name: str) -> dict[str, str]:
    """Stop it, forget its data, and start it as a new lab would, with the same ports and passwords. For servers that a
    test leaves in a state without a way back, as a cluster that was upgraded."""
    server = _server_of(name)
    kill_server(server.name)
    for home in (server.name, *server.processes()):
        shutil.rmtree(places.home_of(home), ignore_errors=True)
    return start(server.name)


def kill_server(name: str, signal: str = "KILL") -> None:
    """Send a signal (`KILL`, `STOP`, `CONT`, ...). After one that ends a process, wait until it has ended."""
    wanted = set(processes(name)) & supervision.running()
    for process in sorted(wanted):
        supervision.signal(process, signal)
    if signal in ENDING_SIGNALS:
        wait_until(f"{name} ended", lambda: ", ".join(sorted(supervision.alive(wanted))) or None, 30)


def pid(process: str) -> int | None:
    """Process id, or None when it does not run."""
    info = supervision.states().get(process)
    return int(info["pid"]) or None if info else None


def log_path(name: str) -> Path:
    """The log of a process; of a server with several, that of the first."""
    return supervision.log_path(processes(name)[0])


def logs_directory() -> Path:
    return places.logs()


def _server_of(name: str) -> Server:
    for server in registry.everything():
        if name == server.name or name in server.processes():
            return server
    raise LabError(f"The lab has neither a server nor a process named {name}.", exit_code=2)


def _endpoints(servers: Iterable[Server]) -> dict[str, str]:
    return {key: value for server in servers for key, value in server.endpoints().items()}
