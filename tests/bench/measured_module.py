# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one module of the collection, and tells what it took: python measured_module.py MODULE FILE < arguments.

The peak is read from inside, at the very end: ru_maxrss of a waited child begins with the memory of its parent.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
from pathlib import Path


def main() -> None:
    name, told = sys.argv[1], Path(sys.argv[2])
    sys.argv = [name]
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    finally:
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
        assert peak is not None
        times = os.times()
        told.write_text(json.dumps({"peak": int(peak[1]) / 1024, "cpu": times.user + times.system}), encoding="utf-8")


if __name__ == "__main__":
    main()
