# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.streamops.kafka.plugins.module_utils.databases.heartbeat import shown_as_working
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress


def test_a_long_statement_is_shown_and_a_short_one_is_not(tmp_path: Path) -> None:
    lines = tmp_path / "progress"
    lines.touch()
    with shown_as_working(Progress("reset of app", interval=60, path=str(lines)), "dropping 3 tables"):
        time.sleep(0.05)
    assert lines.read_text() == ""
    with shown_as_working(Progress("reset of app", interval=0.02, path=str(lines)), "dropping 3 tables"):
        deadline = time.monotonic() + 10
        while not lines.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert lines.read_text().startswith("reset of app: dropping 3 tables, for 0 s\n")
