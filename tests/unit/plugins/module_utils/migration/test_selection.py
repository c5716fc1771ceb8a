# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to the platform stays where it is, with the reason; what the user says wins, but for what no engine copies."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.migration.selection import select_groups, select_topics, selection_problems


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("__consumer_offsets", "kafka"), ("__transaction_state", "kafka"), ("__consumer_timestamps", "replicator"), ("__amazon_msk_canary", "msk"),
        ("__amazon_msk_connect_offsets_sink_1a2b", "msk"), ("__msk_connect_status_x", "msk"), ("_confluent-metrics", "confluent"), ("_schemas", "registry"),
        ("connect-offsets", "connect"), ("team-connect-configs", "connect"), ("mm2-offset-syncs.target.internal", "mirrormaker"), ("heartbeats", "mirrormaker"),
        ("source.checkpoints.internal", "mirrormaker"), ("__KafkaCruiseControlMetrics", "cruise_control"), ("__debezium-heartbeat.cdc", "debezium"),
        ("app-store-changelog", "streams"), ("app-by-key-repartition", "streams"), ("__mine", "internal"), ("__connect_offset", "internal"),
        ("__connect_status", "connect"), ("__mm2-topics", "mirrormaker"),
    ],
)  # fmt: skip
def test_topics_of_the_platform_are_left_out_with_a_reason(name: str, rule: str) -> None:
    seen = select_topics([name, "orders"], [], "", [])
    assert seen.chosen == ("orders",)
    assert [(each.name, each.rule) for each in seen.left_out] == [(name, rule)] and seen.left_out[0].reason


@pytest.mark.parametrize("name", ["orders", "heartbeats-of-patients", "connectivity", "schemas", "changelog", "team.amazon-orders", "mm2"])
def test_names_that_only_look_like_it_are_migrated(name: str) -> None:
    assert select_topics([name], [], "", []).chosen == (name,)


def test_a_topic_that_is_named_is_migrated_unless_it_is_excluded_or_no_engine_copies_it() -> None:
    names = ["app-store-changelog", "__mine", "__consumer_offsets", "temp-1"]
    seen = select_topics(names, names, "", ["temp-.*"])
    assert seen.chosen == ("__mine", "app-store-changelog")
    assert {each.name: each.rule for each in seen.left_out} == {"__consumer_offsets": "kafka", "temp-1": "exclude"}


def test_names_alone_mean_no_others_and_a_pattern_means_its_own() -> None:
    existing = ["orders", "payments", "users"]
    assert select_topics(existing, ["orders"], "", []).chosen == ("orders",)
    assert select_topics(existing, ["orders"], "pay.*", []).chosen == ("orders", "payments")
    assert select_topics(existing, [], "pay", []).chosen == ()
    assert select_topics(existing, ["gone"], "", []).missing == ("gone",)


def test_groups_of_the_platform_are_left_out() -> None:
    seen = select_groups(["amazon.msk.canary.group.broker-1", "billing", "connect-sink"])
    assert seen.chosen == ("billing", "connect-sink") and [each.rule for each in seen.left_out] == ["msk"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert len(selection_problems(["a b", "ok"], "(", ["[", "fine.*"])) == 3
