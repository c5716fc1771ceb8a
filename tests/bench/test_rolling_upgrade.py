# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three brokers from Kafka 3.1 to 3.7 and then the protocol, by the playbook: how much of the time no broker was waited for.

A broker is waited for from the moment that it begins to stop until every replica is in sync again; what is left is ours, Ansible's, and the
second look that a gate takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lab
import pytest
from broker_watch import BrokerWatch
from zookeeper_clusters import BROKERS, fresh_processes, processes_variables, upgrade

pytestmark = pytest.mark.long  # a small one would measure nothing, and tests/faults upgrades under load in CI


@pytest.fixture(autouse=True)
def memory_is_given_back() -> Iterator[None]:
    yield
    lab.kill_server("zookeeper_three")


def test_most_of_a_rolling_upgrade_is_waiting_for_brokers(tmp_path: Path) -> None:
    cluster = fresh_processes()
    topics = [cluster.create(f"topic-{number}", partitions=20) for number in range(5)]
    for topic in topics:
        cluster.fill(topic, 10_000_000)
    with BrokerWatch(cluster.client(), len(BROKERS)) as watch:
        done = upgrade(tmp_path, processes_variables(cluster), finalize=True)
    assert done.code == 0 and cluster.protocols() == dict.fromkeys(BROKERS, "3.7"), done.output
    print(f"two rolls of {len(BROKERS)} brokers: {watch.line()}")
