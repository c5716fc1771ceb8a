# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every topic is planned once, loads are even, and small changes stay small."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.replicator_plan import replicator_plan
from hypothesis import given, settings
from hypothesis import strategies as st

Topic = dict[str, Any]
Plan = Sequence[Mapping[str, Any]]


def topic(name: str, partitions: int = 3, size: int = 1_000_000, rate: float = 0, policy: str = "delete", **more: Any) -> Topic:
    return {"name": name, "partitions": partitions, "bytes": size, "rate": rate, "cleanup_policy": policy, **more}


def many(count: int, seed: int = 1) -> list[Topic]:
    """Sizes as on a real cluster: a few topics hold most of it."""
    chance = random.Random(seed)
    return [topic(f"team-{number % 17}.topic-{number}", chance.choice([1, 3, 6, 12]), int(chance.paretovariate(1.2) * 1_000_000),
                  chance.randrange(1000), chance.choice(["delete"] * 8 + ["compact", "compact,delete"])) for number in range(count)]  # fmt: skip


def where(plan: Plan) -> dict[str, str]:
    return {name: connector["name"] for connector in plan for name in connector["topics"]}


TOPICS = st.lists(
    st.builds(topic, st.text("abc-", min_size=1, max_size=6), st.integers(1, 50), st.integers(0, 10**12), st.floats(0, 10**8),
              st.sampled_from(["delete", "compact", "compact,delete"]), transactional=st.booleans()),
    max_size=40, unique_by=lambda each: each["name"])  # fmt: skip


@settings(deadline=None)
@given(TOPICS, st.integers(1, 12), st.randoms())
def test_every_topic_is_planned_once_whatever_the_order(topics: list[Topic], connectors: int, chance: random.Random) -> None:
    plan = replicator_plan(topics, connectors=connectors, prefix="move")
    planned = [name for connector in plan for name in connector["topics"]]
    assert sorted(planned) == sorted(each["name"] for each in topics)
    by_name = {each["name"]: each for each in topics}
    for connector in plan:
        own = [by_name[name] for name in connector["topics"]]
        assert connector["topics"] == sorted(connector["topics"]) and own
        assert connector["partitions"] == sum(each["partitions"] for each in own)
        assert connector["bytes"] == sum(each["bytes"] for each in own)
        assert 1 <= connector["tasks_max"] <= min(8, connector["partitions"])
        if connectors >= 3:
            assert len({"transactional" if each["transactional"] else "compacted" if "compact" in each["cleanup_policy"] else "plain" for each in own}) == 1
    names = [connector["name"] for connector in plan]
    assert names == sorted(set(names)) and set(names) <= {f"move-{number:02d}" for number in range(1, connectors + 1)}
    shuffled = list(topics)
    chance.shuffle(shuffled)
    assert replicator_plan(shuffled, connectors=connectors, prefix="move") == plan


@settings(deadline=None)
@given(TOPICS, TOPICS, st.integers(1, 12))
def test_what_is_running_stays_where_it_is(topics: list[Topic], others: list[Topic], connectors: int) -> None:
    before = replicator_plan(topics, connectors=connectors)
    known = {each["name"] for each in topics}
    after = replicator_plan([*topics, *(each for each in others if each["name"] not in known)], connectors=connectors, current=before)
    assert {name: connector for name, connector in where(after).items() if name in known} == where(before)
    assert len(where(after)) == len(known | {each["name"] for each in others})


def test_three_thousand_topics_are_planned_evenly_and_at_once() -> None:
    topics = many(3000)
    started = time.process_time()
    plan = replicator_plan(topics, connectors=12)
    assert time.process_time() - started < 1
    plain = [connector["bytes"] + 3600 * connector["rate"] for connector in plan if connector["kind"] == "plain"]
    assert len(plan) == 12 and max(plain) < 1.12 * sum(plain) / len(plain)
    assert {connector["kind"] for connector in plan} == {"plain", "compacted"}


@pytest.mark.parametrize("seed", range(5))
def test_a_small_change_moves_hardly_any_other_topic(seed: int) -> None:
    topics = many(3000, seed)
    before = where(replicator_plan(topics, connectors=12))
    grown = [{**each, "bytes": each["bytes"] * 2} if number == 1500 else each for number, each in enumerate(topics)]
    for changed in ([*topics, topic("new", 6, 5_000_000)], topics[:700] + topics[701:], grown):
        after = where(replicator_plan(changed, connectors=12))
        moved = [name for name in before if name in after and after[name] != before[name]]
        assert len(moved) <= 20, f"{len(moved)} of 3,000 moved"


def test_one_huge_topic_does_not_take_others_with_it() -> None:
    plan = replicator_plan([topic("huge", 100, 10**12), *(topic(f"small-{number}", 1, 1000) for number in range(70))], connectors=8)
    assert next(connector for connector in plan if "huge" in connector["topics"])["topics"] == ["huge"]
    assert len(plan) == 8


def test_few_connectors_keep_transactional_topics_apart_as_long_as_they_can() -> None:
    topics = [topic("a"), topic("b", policy="compact"), topic("c", transactional=True)]
    assert [connector["kind"] for connector in replicator_plan(topics, connectors=2)] == ["mixed", "transactional"]
    assert [connector["kind"] for connector in replicator_plan(topics, connectors=1)] == ["mixed"]
    assert replicator_plan([], connectors=3) == []


def test_tasks_and_time_follow_from_the_duration() -> None:
    one = [topic("a", 20, 100_000_000_000, 5_000_000)]
    (relaxed,) = replicator_plan(one, connectors=1, duration=10_000, max_tasks=30)
    assert (relaxed["tasks_max"], relaxed["seconds"], relaxed["memory"]) == (2, 6667, 2 * 512 * 1024 * 1024)
    (hurried,) = replicator_plan(one, connectors=1, duration=600, max_tasks=30)
    assert (hurried["tasks_max"], hurried["seconds"]) == (18, 572)
    (swamped,) = replicator_plan(one, connectors=1, max_tasks=1, task_rate=1_000_000)
    assert (swamped["tasks_max"], swamped["seconds"]) == (1, None)


def test_all_problems_are_named_at_once() -> None:
    bad = [topic("twice"), topic("twice"), topic("a b"), topic("minus", size=-1), topic("none", partitions=0), {**topic("text"), "rate": "fast"},
           {"name": "half", "partitions": 1}, 5, topic("odd", policy="shred")]  # fmt: skip
    with pytest.raises(AnsibleFilterError) as caught:
        replicator_plan(bad, connectors=3)
    for part in ("'twice' is given more than once", "'a b'", "'minus': bytes is -1", "'none': partitions is 0", "'text': rate is no number",
                 "'half' lacks bytes, rate, cleanup_policy", "entry 8 is no dictionary", "'odd': cleanup_policy is 'shred'"):  # fmt: skip
        assert part in str(caught.value)


@pytest.mark.parametrize(("options", "said"), [
    ({"connectors": 0}, "connectors is 0, 1 or more is needed"), ({"connectors": None}, "connectors is no whole number"),
    ({"connectors": 2, "max_tasks": 0}, "max_tasks is 0"), ({"connectors": 2, "task_rate": 0}, "task_rate is 0, it must be more than 0"),
    ({"connectors": 2, "prefix": "-"}, "prefix '-'"), ({"connectors": 2, "tasks": 3}, "no option tasks"),
    ({"connectors": 2, "current": [{"name": "other-01", "topics": ["a"]}]}, "copied again from the start"),
])  # fmt: skip
def test_options_that_cannot_be_meant(options: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        replicator_plan([topic("a")], **options)
