# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000,000 files in a directory of checkpoints: one checkpoint_wipe call beside ``rm -rf DIRECTORY/*``, which neither counts nor looks again."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measuring import MODULES, SLACK_MIB, Measured, load, scaled, tool

FILES = scaled(1_000_000)
ROUNDS = 2


def test_a_million_files(tmp_path: Path) -> None:
    ours: list[Measured] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        for side in ("ours", "tool") if number % 2 == 0 else ("tool", "ours"):
            files = _filled(tmp_path / "large", FILES)
            if side == "ours":
                ours.append(_wiped(tmp_path, "large", files))
            else:
                theirs.append(tool(f"find {tmp_path}/large -mindepth 1 -maxdepth 1 -print0 | xargs -0 rm -rf", {})[0])
    small = _wiped(tmp_path, "small", _filled(tmp_path / "small", FILES // 10))
    mine, other = statistics.median(run.seconds for run in ours), statistics.median(theirs)
    largest = max(run.peak for run in ours)
    print(f"checkpoint_wipe of {FILES:,} files: ours {mine:.2f} s, rm -rf {other:.2f} s, ratio {mine / other:.2f} "
          f"(our own CPU {statistics.median(run.cpu for run in ours):.2f} s, "
          f"peak {small.peak:.0f} MiB for a tenth and {largest:.0f} MiB, {load()})")  # fmt: skip
    assert largest < small.peak + SLACK_MIB


def _filled(place: Path, number: int) -> int:
    """So many files: nine of ten in one directory, the others in directories of a hundred."""
    flat = number * 9 // 10
    script = "import os, sys\n" \
             "place, flat, rest = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])\n" \
             "os.makedirs(place + '/flat', exist_ok=True)\n" \
             "for each in range(flat): os.close(os.open(f'{place}/flat/{each}', os.O_CREAT))\n" \
             "for each in range(rest):\n" \
             "    os.makedirs(f'{place}/d{each // 100}', exist_ok=True)\n" \
             "    os.close(os.open(f'{place}/d{each // 100}/{each}', os.O_CREAT))\n"  # fmt: skip
    subprocess.run([sys.executable, "-c", script, str(place), str(flat), str(number - flat)], check=True)
    return number


def _wiped(place: Path, system: str, files: int) -> Measured:
    """As Ansible runs it: a process of its own that gets its options on stdin."""
    told, progress = place / "told.json", place / "progress"
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("measured_module.py")), f"{MODULES}.checkpoint_wipe", str(told)],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"directory": str(place), "systems": [system]}}),
        env={**os.environ, "PYTHONPATH": path, "STREAMOPS_PROGRESS_FILE": str(progress)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - started
    result = json.loads(done.stdout[done.stdout.index("{"):])
    assert (result["removed"]["files"], result["verified"]) == (files, "verified"), done
    own = json.loads(told.read_text(encoding="utf-8"))
    lines = progress.read_text(encoding="utf-8").splitlines() if progress.exists() else []
    return Measured(seconds, own["cpu"], own["peak"], result, lines)
