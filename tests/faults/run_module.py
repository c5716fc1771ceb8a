# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one module of the collection as Ansible would, without the seconds that ansible-playbook takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

MODULES = "ansible_collections.streamops.kafka.plugins.modules"


@dataclass
class RunningModule:
    """A module in a process of its own, for tests that kill it."""

    process: subprocess.Popen[str]
    command: list[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as the kernel or an impatient operator would; children die with it."""
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def result(self, timeout: float = 120) -> dict[str, object]:
        """Wait for the end and return what the module reported, with ``rc`` and the raw ``output``."""
        try:
            output, errors = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        text = output.strip()
        try:
            report = json.loads(text[text.index("{"):])
        except ValueError:
            raise AssertionError(f"{self.command[-1]} ended with {self.process.returncode} and no report:\n{output}\n{errors}") from None
        return {**report, "rc": self.process.returncode, "output": output + errors}


def start_module(
    name: str, args: Mapping[str, object], check: bool = False, diff: bool = False, env: Mapping[str, str] | None = None
) -> RunningModule:
    """Start the module ``name`` (``db_reset``) with its arguments on stdin and return at once."""
    internal = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_module_name": f"streamops.kafka.{name}"}
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", f"{MODULES}.{name}"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, **(env or {})},
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": {**args, **internal}}))
    process.stdin.close()
    process.stdin = None
    return RunningModule(process, command)


def run_module(
    name: str,
    args: Mapping[str, object],
    check: bool = False,
    diff: bool = False,
    timeout: float = 120,
    env: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """The module's report. It has not failed unless ``rc`` is not 0 (then ``msg`` says why)."""
    return start_module(name, args, check=check, diff=diff, env=env).result(timeout)
