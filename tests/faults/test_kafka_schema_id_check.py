# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kafka_schema_id_check on a real registry: ids in records that it has, and one that it does not have."""

from __future__ import annotations

import uuid
from typing import Any

from confluent_kafka import Producer
from conftest import exports
from registry_subjects import record, register
from run_module import run_module
from two_clusters import Clusters


def test_ids_are_looked_up_where_consumers_will_ask(registry_url: str, own: str) -> None:
    clusters = Clusters.of(exports("kafka_three kafka_destination"), "KAFKA_THREE")
    try:
        look_up(clusters, registry_url, own)
    finally:
        clusters.remove()


def look_up(clusters: Clusters, registry_url: str, own: str) -> None:
    side, unique = clusters.destination, clusters.prefix
    number = register(registry_url, f"{own}orders-value", record(f"Order{uuid.uuid4().hex[:6]}", "id"))
    good, bad, plain = (f"{unique}-{name}" for name in ("good", "bad", "plain"))
    for name in (good, bad, plain):
        side.create(name, 2)
    producer = Producer(side.config)
    for topic, value in ((good, b"\0" + number.to_bytes(4, "big") + b"x"), (bad, b"\0\x7f\xff\xff\xf0x"), (plain, b"no schema")):
        producer.produce(topic, value, b"key")
    assert producer.flush(30) == 0
    options = {"cluster": side.options, "topics": [good, bad, plain, f"{unique}-absent"], "destination_registry": {"url": registry_url}}
    found: dict[str, Any] = run_module("kafka_schema_id_check", options)
    assert found["rc"] == 1 and "has no schema 2147483632" in found["msg"]
    assert {name[len(unique) + 1:]: (each["state"], each["ids"]) for name, each in found["topics"].items()} == {
        "good": ("verified", [number]), "bad": ("failed", [2147483632]), "plain": ("verified", []), "absent": ("not_checked", [])}
    both = run_module("kafka_schema_id_check", {**options, "topics": [good, bad], "source_registry": {"url": registry_url}})
    assert both["rc"] == 0, "what the source's registry does not know either is no id"
