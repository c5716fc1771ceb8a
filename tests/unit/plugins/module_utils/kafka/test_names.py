# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be named, what is internal, what is too wide to be destroyed by."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.names import is_internal_topic, matching, pattern_problem, topic_name_problem


@pytest.mark.parametrize("name", ["orders", "a.b_c-D9", "x" * 249])
def test_legal_names(name: str) -> None:
    assert not topic_name_problem(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "ä", "a/b", "x" * 250])
def test_illegal_names(name: str) -> None:
    assert topic_name_problem(name)


@pytest.mark.parametrize("name", [
    "__consumer_offsets", "__transaction_state", "_schemas", "_confluent-metrics", "connect-configs", "connect-offsets", "connect-status",
    "connect-statuses", "connect-cluster-offsets", "prod.connect-configs", "mm2-configs.a.internal", "a.checkpoints.internal",
])
def test_internal_topics(name: str) -> None:
    assert is_internal_topic(name)


@pytest.mark.parametrize("name", ["orders", "_mine", "connections", "disconnect-statistics", "reconnect", "offsets"])
def test_topics_of_users(name: str) -> None:
    assert not is_internal_topic(name)


@pytest.mark.parametrize("pattern", [
    "", "  ", ".*", ".+", "^.*$", "(.*)", ".{1,}", "[a-z]*", "[\\s\\S]*", "\\w+", "(?s).*", ".*?", "[^_].*", "*", "(", "%", "?*", "**",
])
def test_patterns_that_match_everything_or_nothing_legal_are_refused(pattern: str) -> None:
    assert pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["exp-.*", ".*-events", "(a|b)-[0-9]+", "orders", "t-[a-z]+"])
def test_patterns_that_mean_something_are_accepted(pattern: str) -> None:
    assert not pattern_problem(pattern)


def test_a_pattern_matches_the_whole_name() -> None:
    assert matching("exp-.", ["exp-a", "exp-ab", "my-exp-a"]) == ["exp-a"]
