# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import Broker, Cluster
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.info import (
    Partition,
    brokers_info,
    cluster_info,
    lag_info,
    matches,
    offsets_info,
    pattern_error,
    topic_info,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Log

CLUSTER = Cluster("abc", 2, (Broker(1, "a:9092", "r1"), Broker(2, "b:9092")), frozenset({"describe", "alter"}))


def test_the_cluster_is_told_with_what_the_user_may_do() -> None:
    assert cluster_info(CLUSTER) == {"id": "abc", "controller": 2, "brokers": 2, "authorized_operations": ["alter", "describe"]}


def test_brokers_are_told_by_id() -> None:
    assert brokers_info(CLUSTER)["2"] == {"address": "b:9092", "rack": None, "is_controller": True}


def test_a_topic_counts_what_it_lacks() -> None:
    told = topic_info("orders", [Partition(1, None, (1, 2), ()), Partition(0, 1, (1, 2), (1, 2)), Partition(2, 2, (1, 2), (2,))])
    assert (told["partitions"], told["replication_factor"], told["under_replicated"], told["offline"]) == (3, 2, 2, 1)
    assert [entry["partition"] for entry in told["assignment"]] == [0, 1, 2]
    assert not told["internal"] and topic_info("__consumer_offsets", [])["internal"]


def test_lag_of_a_deleted_topic_is_not_known_and_not_counted() -> None:
    told = lag_info({("orders", 0): 4, ("gone", 0): 1}, {("orders", 0): Log(0, 10)})
    assert told["lag"] == 6
    assert told["partitions"][0] == {"topic": "gone", "partition": 0, "committed": 1, "start": None, "end": None, "lag": None}


def test_a_partition_that_does_not_answer_is_left_out_of_the_offsets() -> None:
    told = offsets_info([("orders", 0), ("orders", 1), ("empty", 0)], {("orders", 1): Log(5, 10), ("empty", 0): Log(0, 0)})
    assert told == {"empty": {"records": 0, "partitions": [{"partition": 0, "start": 0, "end": 0}]},
                    "orders": {"records": 5, "partitions": [{"partition": 1, "start": 5, "end": 10}]}}


def test_a_pattern_matches_whole_names_and_may_match_all() -> None:
    assert matches(None, "x") and matches(".*", "x") and matches("or.*", "orders") and not matches("or", "orders")
    assert pattern_error(".*") == "" and "no regular expression" in pattern_error("[")
