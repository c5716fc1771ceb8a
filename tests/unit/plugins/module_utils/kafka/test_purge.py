# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which topics a purge takes, by which route, and what a run leaves in the ledger."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.ledger import (
    Entry,
    Owner,
    Saved,
    blockers,
    entry_from,
    is_abandoned,
    new_entry,
    process_start,
    this_machine,
    to_put_back,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.purge import (
    Span,
    Target,
    overrides_during,
    plan_purge,
    route_of,
    select_topics,
    strategy_problems,
)

FOREIGN = Owner("elsewhere", 7, "another machine", "1")


@pytest.mark.parametrize(("strategy", "policy", "route"), [
    ("auto", "delete", "delete_records"), ("auto", "compact", "policy_flip"), ("auto", "compact,delete", "delete_records"),
    ("auto", " compact ", "policy_flip"), ("delete_records", "delete", "delete_records"), ("retention", "compact", "retention"),
])
def test_the_route_depends_on_strategy_and_policy(strategy: str, policy: str, route: str) -> None:
    assert route_of(strategy, policy) == route


def test_while_the_policy_is_flipped_retention_takes_nothing_by_itself() -> None:
    during = overrides_during("policy_flip", "compact")
    assert during["retention.ms"] == during["retention.bytes"] == "-1"


def test_only_partitions_with_something_to_lose_are_purged() -> None:
    target = Target("t", "delete", {0: Span(0, 10), 1: Span(5, 5), 2: Span(3, 8)}, {0: 10, 1: 5, 2: 2})
    assert (target.removable, target.records) == ({0: 10}, 10)
    plan = plan_purge([target, Target("empty", "delete", {0: Span(4, 4)}, {0: 4})], "auto")
    assert [(change.name, change.before, change.after) for change in plan] == [("t", {"records": 15}, {"records": 5})]


def test_names_may_be_internal_patterns_may_not() -> None:
    existing = ["__consumer_offsets", "exp-1", "exp-2", "connect-offsets"]
    assert select_topics(existing, ["__consumer_offsets"], "exp-.") == (["__consumer_offsets", "exp-1", "exp-2"], [])
    assert "matches internal topics: connect-offsets" in select_topics(existing, [], "connect-.*")[1][0]


def test_every_problem_of_a_selection_is_listed() -> None:
    problems = select_topics(["a"], ["b", "c d", "__streamops_purges"], ".*")[1]
    assert len(problems) == 5 and any("does not exist" in problem for problem in problems)


def test_retention_cannot_keep_to_a_timestamp_and_compacted_topics_refuse_deletion() -> None:
    assert strategy_problems("retention", {"t": "delete"}, has_before=True)
    assert strategy_problems("delete_records", {"t": "compact"}, has_before=False)
    assert not strategy_problems("auto", {"t": "compact"}, has_before=True)


def test_an_entry_survives_the_log() -> None:
    entry = replace(new_entry(["b", "a"]), saved={"a": Saved({"retention.ms": None}, {"retention.ms": "1"})})
    read = entry_from(entry.run, entry.to_json(), offset=12, timestamp=99)
    assert read == replace(entry, claimed_at=12, heartbeat=(12, 99))
    assert entry_from(entry.run, read.to_json(), offset=40, timestamp=100).claimed_at == 12 and read.held is None
    held = new_entry(["a"], {"namespace": "kafka", "cluster": "experiment"})
    assert entry_from(held.run, held.to_json(), offset=13, timestamp=99).held == {"namespace": "kafka", "cluster": "experiment"}


@pytest.mark.parametrize("text", ["[]", "{}", '{"owner": 1}', "nonsense"])
def test_a_foreign_record_in_the_ledger_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        entry_from("run", text, 0, 0)


def test_the_older_claim_goes_first_and_two_runs_never_wait_for_each_other() -> None:
    first = Entry("first", FOREIGN, ("a", "b"), claimed_at=1)
    second = Entry("second", FOREIGN, ("b", "c"), claimed_at=2)
    assert blockers(second, [first, second]) == [first] and blockers(first, [first, second]) == []
    assert blockers(Entry("third", FOREIGN, ("z",), claimed_at=3), [first, second]) == []


def test_a_dead_process_of_this_machine_is_known_one_of_another_is_waited_for() -> None:
    mine = Owner("here", os.getpid(), this_machine(), process_start(os.getpid()))
    assert not mine.is_known_dead and replace(mine, started="0").is_known_dead and not FOREIGN.is_known_dead
    entry = Entry("run", FOREIGN, ("a",), heartbeat=(0, 1_000_000))
    assert not is_abandoned(entry, 1_030_000) and is_abandoned(entry, 1_100_000)


@pytest.mark.parametrize(("current", "put_back"), [
    ({"retention.ms": "1"}, {"retention.ms": "500"}),  # as the purge left it
    ({"retention.ms": "500"}, {}),  # the change was recorded, but not made
    ({"retention.ms": "777"}, {}),  # somebody changed it since
])
def test_only_what_the_purge_changed_is_put_back(current: dict, put_back: dict) -> None:
    assert to_put_back(Saved({"retention.ms": "500"}, {"retention.ms": "1"}), current) == put_back


def test_an_override_that_did_not_exist_is_removed_again() -> None:
    assert to_put_back(Saved({"retention.ms": None}, {"retention.ms": "1"}), {"retention.ms": "1"}) == {"retention.ms": None}
