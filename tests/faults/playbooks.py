# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook as a user would, for tests of roles and action plugins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connect_workers import until

TOP = Path(__file__).resolve().parents[2]
QUIET = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false", "ANSIBLE_DEPRECATION_WARNINGS": "false"}


@dataclass(frozen=True)
class Played:
    """How a playbook ended and everything that it printed."""

    code: int
    output: str
    directory: Path

    def report(self) -> dict[str, Any]:
        """The record of the newest experiment reset."""
        return dict(json.loads((self.directory / "reports/experiment_reset/latest/report.json").read_text(encoding="utf-8")))

    def results(self) -> dict[str, dict[str, Any]]:
        """The record's results, by target."""
        return {row["target"]: row for row in self.report()["results"]}


def play(playbook: str | Path | Sequence[Mapping[str, Any]], directory: Path, *arguments: str, variables: Mapping[str, Any] | None = None) -> Played:
    """Run a playbook (a path, or its plays) in ``directory``; ``variables`` become extra variables by way of a file."""
    command, env = command_for(playbook, directory, *arguments, variables=variables)
    done = subprocess.run(command, cwd=directory, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600)
    return Played(done.returncode, done.stdout, directory)


def start(playbook: str | Path, directory: Path, *arguments: str, variables: Mapping[str, Any] | None = None) -> subprocess.Popen[bytes]:
    """Start a playbook and return at once; its output goes to ``directory/output``."""
    command, env = command_for(playbook, directory, *arguments, variables=variables)
    with open(directory / "output", "wb") as output:
        return subprocess.Popen(command, cwd=directory, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def kill_when(seen: Callable[[], bool], playbook: str | Path, directory: Path, *, variables: Mapping[str, Any], seconds: float = 300) -> None:
    """Start a playbook, and SIGKILL it with all that it started as soon as ``seen``; it must not have ended before. Its output is in ``directory/output``."""
    running = start(playbook, directory, variables=variables)
    until(lambda: seen() or running.poll() is not None, seconds)
    assert running.poll() is None, (directory / "output").read_text(encoding="utf-8")
    kill_tree(running.pid)
    assert running.wait(60) == -signal.SIGKILL


def command_for(
    playbook: str | Path | Sequence[Mapping[str, Any]], directory: Path, *arguments: str, variables: Mapping[str, Any] | None = None
) -> tuple[list[str], dict[str, str]]:
    if not isinstance(playbook, (str, Path)):
        written = directory / "playbook.json"
        written.write_text(json.dumps(playbook), encoding="utf-8")
        playbook = written
    command = ["ansible-playbook", str(playbook), *arguments]
    if variables:
        file = directory / "variables.json"
        file.write_text(json.dumps(variables), encoding="utf-8")
        command += ["-e", f"@{file}"]
    return command, {**os.environ, **QUIET}


def kill_tree(pid: int) -> None:
    """SIGKILL for a process and all that it started. Ansible runs modules in sessions of their own, so that no signal to a group reaches them."""
    doomed = [pid]
    for each in doomed:  # grows while it is read
        doomed += [int(child) for tasks in Path(f"/proc/{each}/task").glob("*/children") for child in tasks.read_text(encoding="utf-8").split()]
    for each in doomed:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
