# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long waits are seen while they last, not afterwards."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from confluent_kafka.admin import AdminClient
from test_kafka_topic_retention_purge import create, fill, in_the_future


def test_a_waiting_purge_prints_a_line_before_it_ends(kafka: dict, admin: AdminClient, client_config: dict, unique: str, tmp_path: Path) -> None:
    create(admin, {unique: {}})
    fill(client_config, unique, timestamp=in_the_future())  # retention never takes it: the purge waits until its time-out
    play = [{
        "hosts": "localhost", "connection": "local", "gather_facts": False,
        "tasks": [{"name": "Purge", "streamops.kafka.kafka_topic_retention_purge": {**kafka, "topics": [unique], "strategy": "retention", "timeout": 20}}],
    }]
    playbook = tmp_path / "purge.yml"
    playbook.write_text(json.dumps(play))
    playbook.chmod(0o600)
    running = subprocess.Popen(["ansible-playbook", "-i", "localhost,", str(playbook)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert running.stdout is not None
    shown: dict[str, float] = {}
    for line in running.stdout:
        shown.setdefault(line.strip(), time.monotonic())
    assert running.wait(30) == 2
    ended = time.monotonic()
    progress = [line for line in shown if line.startswith("purge: 1 topics are not empty") and f"{unique} has 500 records" in line]
    assert progress, list(shown)
    # The line is due 10 s after the wait began and the wait lasts 20: even a machine that is busy leaves seconds between the two.
    assert ended - shown[progress[0]] > 2, "the line came only with the result"
