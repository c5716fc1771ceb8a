# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories of killed processes are removed, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible_collections.streamops.kafka.plugins.module_utils.files.leftovers import own_directory, sweep_leftovers

SCRIPT = """
import os, signal, sys
from ansible_collections.streamops.kafka.plugins.module_utils.files.leftovers import own_directory
with own_directory("verify-", sys.argv[1]) as folder:
    (folder / "differences").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], check=False, env={"PYTHONPATH": ":".join(sys.path)})
    (left,) = tmp_path.iterdir()
    (tmp_path / "verify-elsewhere-1-x").mkdir()
    (tmp_path / "mine").mkdir()
    with own_directory("verify-", str(tmp_path)) as folder:
        assert not left.exists() and folder.exists()
        assert sweep_leftovers("verify-", str(tmp_path)) == [], "one that runs is not removed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "verify-elsewhere-1-x"]
