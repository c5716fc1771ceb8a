# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics are changed key by key, and what Kafka cannot do is said before anything is done."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics import (
    ClusterDefaults,
    Topic,
    WantedTopic,
    config_text,
    input_problems,
    plan_topics,
    wanted_topics,
)
from hypothesis import given
from hypothesis import strategies as st

ORDERS = Topic("orders", 3, 1, {"retention.ms": "1000"}, frozenset({"retention.ms", "cleanup.policy"}))


def test_a_new_topic_shows_the_defaults_that_it_gets() -> None:
    plan, problems = plan_topics({}, [WantedTopic("orders", config={"retention.ms": "1", "cleanup.policy": None})], ClusterDefaults(6, 3))
    assert not problems
    assert [change.as_result() for change in plan] == [
        {"name": "orders", "action": "created", "before": None, "after": {"partitions": 6, "replication_factor": 3, "config": {"retention.ms": "1"}}}]


def test_a_topic_that_is_as_wanted_stays() -> None:
    plan, problems = plan_topics({"orders": ORDERS}, [WantedTopic("orders", partitions=3, config={"retention.ms": "1000"})])
    assert (bool(plan), problems) == (False, [])


def test_configuration_that_is_not_named_stays() -> None:
    plan, _problems = plan_topics({"orders": ORDERS}, [WantedTopic("orders", config={"cleanup.policy": "compact"})])
    assert plan.changes[0].after == {"partitions": 3, "replication_factor": 1, "config": {"cleanup.policy": "compact", "retention.ms": "1000"}}


def test_null_takes_an_override_away_once() -> None:
    plan, _problems = plan_topics({"orders": ORDERS}, [WantedTopic("orders", config={"retention.ms": None})])
    assert plan.changes[0].after == {"partitions": 3, "replication_factor": 1, "config": {}}
    plan, problems = plan_topics({"orders": Topic("orders", 3, 1, {}, ORDERS.known_keys)}, [WantedTopic("orders", config={"retention.ms": None})])
    assert (bool(plan), problems) == (False, [])


def test_null_for_a_key_that_does_not_exist_is_a_problem() -> None:
    _plan, problems = plan_topics({"orders": ORDERS}, [WantedTopic("orders", config={"retention_ms": None})])
    assert problems == ["topic 'orders': there is no configuration key 'retention_ms'"]


def test_what_kafka_cannot_do_is_a_problem_of_every_topic_that_asks_for_it() -> None:
    plan, problems = plan_topics(
        {"orders": ORDERS, "other": ORDERS}, [WantedTopic("orders", partitions=2), WantedTopic("other", replication_factor=3), WantedTopic("new")])
    assert ["cannot take any away" in problems[0], "reassignment" in problems[1]] == [True, True]
    assert [change.name for change in plan] == ["new"]


def test_a_topic_that_is_absent_is_not_deleted_again() -> None:
    assert not plan_topics({}, [WantedTopic("orders", "absent")])[0]
    assert plan_topics({"orders": ORDERS}, [WantedTopic("orders", "absent")])[0].changes[0].action == "deleted"


@pytest.mark.parametrize(("topic", "problem"), [
    (WantedTopic("a/b"), "characters other than"),
    (WantedTopic("x" * 250), "249 are allowed"),
    (WantedTopic(".."), "no legal topic name"),
    (WantedTopic(""), "name is empty"),
    (WantedTopic("a", partitions=0), "1 or more, not 0"),
    (WantedTopic("a", replication_factor=-1), "1 or more, not -1"),
    (WantedTopic("__consumer_offsets", "absent"), "internal"),
    (WantedTopic("_schemas", "absent"), "internal"),
])
def test_what_cannot_be_meant_is_refused(topic: WantedTopic, problem: str) -> None:
    assert problem in "; ".join(input_problems([topic], protect_internal=True))


def test_internal_topics_are_deleted_only_without_protection() -> None:
    assert not input_problems([WantedTopic("_schemas", "absent")], protect_internal=False)


def test_a_topic_is_listed_once() -> None:
    assert input_problems([WantedTopic("a"), WantedTopic("a", "absent")], True) == ["topic 'a' is listed twice"]


@pytest.mark.parametrize(("value", "text"), [
    (True, "true"), (False, "false"), (604800000, "604800000"), (0.5, "0.5"), (["compact", "delete"], "compact,delete"), (None, None), ("x", "x"),
])
def test_values_are_spelled_as_the_broker_stores_them(value: object, text: str | None) -> None:
    assert config_text(value) == text


def test_a_topic_may_have_a_state_of_its_own() -> None:
    wanted = wanted_topics({"topics": [{"name": "a"}, {"name": "b", "state": "absent"}], "state": "present"})
    assert [topic.state for topic in wanted] == ["present", "absent"]


configs = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12"))
topics = st.dictionaries(st.sampled_from("xyz"), st.builds(Topic, st.just(""), st.integers(1, 4), st.just(1), configs))
requests = st.lists(st.builds(
    WantedTopic, st.sampled_from("xyz"), st.sampled_from(["present", "absent"]), st.none() | st.integers(1, 4), st.none(),
    st.dictionaries(st.sampled_from("abcd"), st.none() | st.sampled_from("12"))), unique_by=lambda topic: topic.name)


@given(topics, requests)
def test_after_the_plan_nothing_is_left_to_do(current: dict[str, Topic], wanted: list[WantedTopic]) -> None:
    current = {name: Topic(name, topic.partitions, 1, topic.config) for name, topic in current.items()}
    plan, problems = plan_topics(current, wanted, ClusterDefaults(1, 1))
    after = dict(current)
    for change in plan:
        if change.after is None:
            del after[change.name]
        else:
            after[change.name] = Topic(change.name, change.after["partitions"], 1, change.after["config"])  # type: ignore[arg-type]
    again, still = plan_topics(after, wanted, ClusterDefaults(1, 1))
    assert (bool(again), still) == (False, problems)
