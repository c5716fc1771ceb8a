# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reset and the database's own tool took, side by side in one run."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from run_module import MODULES

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
# A module says nothing for 10 s in each of its phases (count, remove, count again); longer than this it must have spoken.
SILENT_SECONDS = 30
# What the allocator, a fuller page and a longer list of names may add; a module that held everything would need hundreds.
SLACK_MIB = 32


@dataclass(frozen=True)
class Measured:
    """One run of a module. ``peak`` in MiB, ``cpu`` of its own process in seconds."""

    seconds: float
    cpu: float
    peak: float
    result: Mapping[str, Any]
    progress: list[str]


def scaled(full: int, at_least: int = 20) -> int:
    """So many of it, at the scale that BENCH_SCALE asks for."""
    return max(at_least, round(full * SCALE))


def is_whole() -> bool:
    """Whether this is the real thing, and not the hundredth that CI runs."""
    return SCALE >= 1


def reset(options: Mapping[str, Any], check: bool = False) -> Measured:
    """db_reset as Ansible runs it."""
    return measured("db_reset", {"timeout": 600, **options}, check)


def measured(module: str, options: Mapping[str, Any], check: bool = False) -> Measured:
    """A module as Ansible runs it: a process of its own that gets its options on stdin."""
    internal = {"_ansible_check_mode": check, "_ansible_module_name": f"streamops.kafka.{module}"}
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        told, progress = Path(folder) / "told.json", Path(folder) / "progress"
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("measured_module.py")), f"{MODULES}.{module}", str(told)],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}}),
            env={**os.environ, "PYTHONPATH": path, "STREAMOPS_PROGRESS_FILE": str(progress)},
            capture_output=True, text=True, check=False, timeout=3600,
        )  # fmt: skip
        seconds = time.monotonic() - started
        assert done.returncode == 0, done.stdout + done.stderr
        lines = progress.read_text(encoding="utf-8").splitlines() if progress.exists() else []
        own = json.loads(told.read_text(encoding="utf-8"))
        return Measured(seconds, own["cpu"], own["peak"], json.loads(done.stdout), lines)


def tool(command: str, env: Mapping[str, str], allowed_to_fail: bool = False) -> tuple[float, str]:
    """A user's command line: its seconds, and the last line that it wrote to stderr."""
    started = time.monotonic()
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], env={**os.environ, **env}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=3600)  # fmt: skip
    last = (done.stderr.strip().splitlines() or [""])[-1]
    assert allowed_to_fail or done.returncode == 0, f"{command}\n{done.stderr[-2000:]}"
    return time.monotonic() - started, last


def children_cpu() -> float:
    """CPU seconds of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rounds(whole: int) -> int:
    """How often each side takes its turn; once is enough where nobody reads the figures."""
    return whole if is_whole() else 1


def side_by_side(
    what: str, removed: Mapping[str, int], fill: Callable[[], None], options: Mapping[str, Any], name_of_tool: str, by_tool: Callable[[], float], rounds: int
) -> list[Measured]:
    """Fill and reset, by us and by the tool in turns, who begins changes; print medians and their ratio.

    :param removed: what exactly each of our resets must report.
    :return: our runs.
    """
    ours: list[Measured] = []
    theirs: list[float] = []
    for number in range(rounds):
        for side in ("ours", "tool") if number % 2 == 0 else ("tool", "ours"):
            fill()
            if side == "tool":
                theirs.append(by_tool())
            else:
                ours.append(reset(options))
    for run in ours:
        checked(run, removed)
    mine, other = statistics.median(run.seconds for run in ours), statistics.median(theirs)
    print(f"{what}: ours {mine:.2f} s, {name_of_tool} {other:.2f} s, ratio {mine / other:.2f} "
          f"(our own CPU {statistics.median(run.cpu for run in ours):.2f} s, peak {max(run.peak for run in ours):.0f} MiB, {load()})")  # fmt: skip
    return ours


def checked(run: Measured, removed: Mapping[str, int]) -> None:
    """It removed exactly this, counted again, and was not silent for long."""
    assert run.result["removed"] == dict(removed)
    assert run.result["verified"] == "verified"
    assert run.progress or run.seconds < SILENT_SECONDS, f"no progress line in {run.seconds:.0f} s"


def bounded(what: str, small: Measured, large: Measured) -> None:
    """A reset of ten times as much needs hardly more memory."""
    print(f"{what}: peak {small.peak:.0f} MiB for a tenth, {large.peak:.0f} MiB for all of it")
    assert large.peak < small.peak + SLACK_MIB


def load() -> str:
    """How busy the machine is with whatever else, for the reader of the figures."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
