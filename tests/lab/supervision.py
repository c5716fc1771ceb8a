# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one supervisord of the machine: it starts, stops and signals the servers and keeps their logs.

It never restarts anything by itself: that would undo the tests which kill a server.
"""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import subprocess
import sys
import threading
import xmlrpc.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport  # type: ignore[import-untyped]

from lab import commands, files, places
from lab.errors import LabError
from lab.waiting import wait_until

MAXIMUM_SOCKET_PATH = 107
STOP_SECONDS = 20
_definitions = threading.Lock()


@dataclass(frozen=True)
class Program:
    """One process as the supervisor runs it, in the foreground."""

    name: str
    command: Sequence[str | Path]
    user: str | None = None
    stop_signal: str = "TERM"

    def section(self) -> str:
        lines = {
            "command": shlex.join(_dies_with_supervisor([str(word) for word in self.command])),
            "directory": "/",
            "autostart": "false",
            "autorestart": "false",
            "startsecs": "0",
            "startretries": "0",
            "stopsignal": self.stop_signal,
            "stopwaitsecs": str(STOP_SECONDS),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(log_path(self.name)),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "2",
        }
        if self.user:
            lines["user"] = self.user
        return _ini(f"program:{self.name}", lines)


def log_path(process: str) -> Path:
    return places.logs() / f"{process}.log"


def is_up() -> bool:
    try:
        return bool(_supervisor().getState()["statename"] == "RUNNING")
    except (OSError, xmlrpc.client.Error):
        return False


def ensure() -> None:
    """Start supervisord unless it runs."""
    if is_up():
        return
    if len(str(socket_path())) > MAXIMUM_SOCKET_PATH:
        raise LabError(f"The path {socket_path()} is too long for a socket: choose a shorter STREAMOPS_LAB_STATE.")
    for stale in places.programs().glob("*.conf"):
        stale.unlink()
    configuration = files.write(places.state() / "supervisord.conf", _configuration())
    # A clean environment: what the caller exported (PYTHONPATH of a checkout, LAB, secrets of a CI job) is not for servers.
    clean = {"PATH": os.defpath + ":/usr/sbin:/sbin", "LANG": "C.UTF-8", "HOME": str(Path.home())}
    with (places.logs() / "supervisord.start.log").open("wb") as output:
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", env=clean, timeout=30, check=False,
        )  # fmt: skip
    try:
        wait_until("the supervisor answers", lambda: None if is_up() else "no answer", 15)
    except LabError as error:
        log = places.logs() / "supervisord.start.log"
        raise LabError(f"{error}. {log} ends with:\n{commands.tail(log)}") from None


def pid() -> int:
    return int(_supervisor().getPID())


def states() -> dict[str, dict[str, Any]]:
    """What supervisor knows about each process (`statename`, `pid`, `description`, ...); empty when it is not up."""
    try:
        return {str(info["name"]): info for info in _supervisor().getAllProcessInfo()}
    except OSError:
        return {}


def running() -> set[str]:
    return {name for name, info in states().items() if info["statename"] in ("RUNNING", "STARTING")}


def start(programs: Iterable[Program]) -> None:
    for program in programs:
        with _definitions:
            _define(program)
        _supervisor().startProcess(program.name, False)


def stop(processes: Iterable[str], last: Iterable[str] = ()) -> None:
    """Stop in order, each by its own stop signal, killed when that does not help; those that are in `last` after the others."""
    named, kept = set(processes), set(last)
    for group in (named - kept, named & kept):
        _stop_together(running() & group)


def _stop_together(wanted: set[str]) -> None:
    if not wanted:
        return
    for process in sorted(wanted):
        _tolerating(Faults.NOT_RUNNING, "stopProcess", process, False)
    wait_until(
        f"{', '.join(sorted(wanted))} stopped",
        lambda: ", ".join(sorted(alive(wanted))) or None,
        STOP_SECONDS + 10,
    )


def signal(process: str, name: str) -> None:
    _supervisor().signalProcess(process, name)


def alive(processes: Iterable[str]) -> set[str]:
    """Those that have a process, also while they are stopping."""
    return {name for name, info in states().items() if name in set(processes) and info["pid"]}


def shutdown(last: Iterable[str] = ()) -> None:
    """Stop all processes, then supervisord, and wait until it is gone."""
    if not is_up():
        return
    stop(list(states()), last)
    process = Path(f"/proc/{pid()}")
    _supervisor().shutdown()
    wait_until("the supervisor ended", lambda: f"{process} exists" if process.exists() else None, 30)


def _define(program: Program) -> None:
    files.write(places.programs() / f"{program.name}.conf", program.section())
    _supervisor().reloadConfig()
    _tolerating(Faults.BAD_NAME, "removeProcessGroup", program.name)  # it may be defined with older settings
    _supervisor().addProcessGroup(program.name)


def _tolerating(fault: int, method: str, *arguments: object) -> None:
    try:
        getattr(_supervisor(), method)(*arguments)
    except xmlrpc.client.Fault as error:
        if error.faultCode != fault:
            raise


def _dies_with_supervisor(command: list[str]) -> list[str]:
    """If supervisord is killed, the kernel ends its servers too: nobody else knows them, so none must be orphaned."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else command


def socket_path() -> Path:
    return places.state() / "supervisor.sock"


def _supervisor() -> Any:
    transport = SupervisorTransport(None, None, f"unix://{socket_path()}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def _configuration() -> str:
    state = places.state()
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return "\n".join([
        _ini("unix_http_server", {"file": str(socket_path()), "chmod": "0700"}),
        _ini("supervisord", {
            "logfile": str(places.logs() / "supervisord.log"),
            "logfile_maxbytes": "5MB",
            "pidfile": str(state / "supervisord.pid"),
            "directory": "/",
            # A broker with 3,000 partitions has some 10,000 files open.
            "minfds": str(65536 if most_files == resource.RLIM_INFINITY else min(65536, most_files)),
            "nocleanup": "true",
        } | ({"user": "root"} if places.is_root() else {})),
        _ini("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}),
        _ini("include", {"files": str(places.programs() / "*.conf")}),
    ])  # fmt: skip


def _ini(section: str, lines: dict[str, str]) -> str:
    body = "\n".join(f"{key}={value.replace('%', '%%')}" for key, value in lines.items())
    return f"[{section}]\n{body}\n"
