# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty connectors in one connect_connector call, beside a call for one of them, and beside a call for each, one after another.

Each is created, seen running with its task, changed, and deleted. What one call for one takes is what the slowest of twenty takes.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from connect_workers import Login, names, sink
from measuring import is_whole, rounds, scaled
from run_module import run_module

COUNT = scaled(20, at_least=3)
ROUNDS = rounds(3)
JOBS = ("create", "again", "change", "delete")


def call(worker: Login, job: str, connectors: list[dict[str, Any]]) -> float:
    """Seconds of one run of the module."""
    shape = {
        "change": lambda each: {**each, "config": {**each["config"], "errors.log.enable": True}},
        "delete": lambda each: {"name": each["name"], "state": "absent"},
    }
    started = time.monotonic()
    done = run_module("connect_connector", {**worker.options(), "connectors": [shape.get(job, dict)(each) for each in connectors]}, timeout=300)
    seconds = time.monotonic() - started
    assert done["rc"] == 0 and done["changed"] is (job != "again"), done.get("msg")
    return seconds


def test_twenty_connectors_take_about_as_long_as_one(worker: Login, mine: str, tmp_path: Path) -> None:
    seconds: dict[tuple[str, str], list[float]] = {(job, side): [] for job in JOBS for side in ("all", "one", "serial")}
    for turn in range(ROUNDS):
        for job in JOBS:
            wanted = {side: [{"name": f"{mine}{turn}-{side}-{number}", "config": sink(tmp_path, f"{side}-{number}")} for number in range(COUNT)]
                      for side in ("all", "one", "serial")}
            seconds[job, "all"].append(call(worker, job, wanted["all"]))
            seconds[job, "one"].append(call(worker, job, wanted["one"][:1]))
            if is_whole() and turn == 0:  # minutes: once
                seconds[job, "serial"].append(sum(call(worker, job, [each]) for each in wanted["serial"]))
    assert names(worker, mine) == []
    for job in JOBS:
        together, one = statistics.median(seconds[job, "all"]), statistics.median(seconds[job, "one"])
        serial = f", one after another {seconds[job, 'serial'][0]:.1f} s" if seconds[job, "serial"] else ""
        print(f"{COUNT} connectors, {job}: ours {together:.1f} s, one alone {one:.1f} s, ratio {together / one:.2f}{serial}")
