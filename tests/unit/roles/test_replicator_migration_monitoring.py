# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alerts ask for metrics that the exporter's settings make of what a worker shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

TEMPLATES = Path(__file__).resolve().parents[3] / "roles/replicator_migration/templates"
RULES = yaml.safe_load((TEMPLATES / "jmx_exporter.yml.j2").read_text(encoding="utf-8"))["rules"]
ALERTS = (TEMPLATES / "prometheus_rules.yml.j2").read_text(encoding="utf-8")

# As the exporter writes what it matches against: domain<properties><>attribute: value
# (https://kafka.apache.org/documentation/#connect_monitoring).
SHOWN = [
    "kafka.connect<type=connector-task-metrics, connector=replicator-01, task=0><>status: failed",
    "kafka.connect<type=source-task-metrics, connector=replicator-01, task=0><>source-record-write-total: 5.0",
    "kafka.connect<type=connect-worker-rebalance-metrics><>completed-rebalances-total: 3.0",
    "kafka.connect.mirror<type=MirrorSourceConnector, target=destination, topic=orders, partition=0><>replication-latency-ms-max: 4.0",
    "kafka.producer<type=producer-metrics, client-id=connector-producer-replicator-01-0><>record-error-rate: 0.0",
]


def made_of(shown: str) -> str:
    """The name of the metric, as the exporter makes it: the first rule that matches."""
    for rule in RULES:
        match = re.match(rule["pattern"], shown)
        if match:
            name = re.sub(r"\$(\d)", lambda number: match[int(number[1])], rule["name"])
            return re.sub(r"[^a-z0-9_]", "_", name.lower())
    return ""


@pytest.mark.parametrize("shown", SHOWN)
def test_what_a_worker_shows_becomes_a_metric(shown: str) -> None:
    assert made_of(shown)


def test_every_metric_of_an_alert_is_one_that_is_made() -> None:
    asked = set(re.findall(r"\b(kafka_[a-z_]+)\b", ALERTS))
    assert len(asked) == 4 and asked <= {made_of(shown) for shown in SHOWN}
