# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole rolling upgrade, 3.1 to 3.7 and then the protocol, while producers, transactions and a consumer group work."""

from __future__ import annotations

from pathlib import Path

from under_load import under_load
from zookeeper_clusters import fresh_processes, processes_variables, upgrade


def test_plain_processes_are_upgraded_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    cluster = fresh_processes()
    single = cluster.create("single-replica", replicas=1)
    variables = processes_variables(cluster, accepted_topics=[single], finalize=True)
    with under_load(tmp_path / "load", cluster.clients()) as load:
        done = upgrade(tmp_path, variables)
        assert done.code == 0, done.output
    verdict = load.verdict()
    print(verdict.line())
    assert cluster.protocols() == {1: "3.7", 2: "3.7", 3: "3.7"}
    assert verdict.nothing_lost() and verdict.acknowledged > 500 and verdict.committed > 20, verdict.line()
