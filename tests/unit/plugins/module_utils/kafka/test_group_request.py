# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.group_request import (
    Selection,
    request_from,
    selected_partitions,
    selections_from,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Position

OPTIONS: dict[str, object] = {
    "groups": ["app"], "pattern": None, "state": "reset", "to": "earliest", "offset": None, "timestamp": None, "duration": None, "shift": None,
    "topics": None, "must_exist": False,
}


@pytest.mark.parametrize(
    ("entry", "selection"),
    [
        ("orders", Selection("orders")),
        ("orders:0", Selection("orders", (0,))),
        ("orders:0,2", Selection("orders", (0, 2))),
        ("orders: 0, 2", Selection("orders", (0, 2))),
        ({"name": "orders"}, Selection("orders")),
        ({"name": "orders", "partitions": [0, "2"]}, Selection("orders", (0, 2))),
        ({"name": "orders", "partitions": "0,2"}, Selection("orders", (0, 2))),
        ({"name": "orders", "partitions": 2}, Selection("orders", (2,))),
        ({"name": "orders", "partitions": [0], "offset": 5}, Selection("orders", (0,), 5)),
        ({"name": "orders", "offset": "0"}, Selection("orders", None, 0)),
    ],
)
def test_topics_are_named_in_every_spelling(entry: object, selection: Selection) -> None:
    assert selections_from([entry]) == ([selection], [])


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (["orders:"], "'' is no partition"),
        (["orders:a"], "'a' is no partition"),
        (["orders:-1"], "'-1' is no partition"),
        ([{"name": "orders", "partitions": [True]}], "'True' is no partition"),
        ([{"name": "orders", "partitions": []}], "empty list of partitions"),
        ([{"name": "orders", "offset": -1}], "'-1' is no offset"),
        ([{"topic": "orders"}], "this one has topic"),
        ([{}], "this one has nothing"),
        ([5], "5 is neither text nor a mapping"),
        (["or ders"], "characters other than"),
        ([""], "a topic name is empty"),
        (["orders", "orders"], "'orders' is chosen twice"),
        (["orders:0,0"], "'orders' is chosen twice"),
        (["orders", "orders:1"], "'orders' is chosen twice"),
    ],
)
def test_wrong_topics_are_said(entries: list[object], problem: str) -> None:
    assert problem in "; ".join(selections_from(entries)[1])


def test_parts_of_one_topic_can_stand_apart() -> None:
    assert selections_from([{"name": "orders", "partitions": [0], "offset": 3}, {"name": "orders", "partitions": [1], "offset": 4}])[1] == []


def test_selected_partitions_are_those_that_exist() -> None:
    chosen, problems = selected_partitions([Selection("orders"), Selection("bills", (1, 4), 9), Selection("gone")], {"orders": [0, 1], "bills": [0, 1]})
    assert chosen == {("orders", 0): None, ("orders", 1): None, ("bills", 1): 9}
    assert problems == ["topic 'bills' has no partition 4, it has 2", "topic 'gone' does not exist"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"groups": []}, "neither groups nor pattern is given"),
        ({"groups": ["app", " "]}, "a name is empty"),
        ({"groups": [], "pattern": ""}, "the pattern is empty"),
        ({"groups": [], "pattern": ".*"}, "matches everything"),
        ({"groups": [], "pattern": "("}, "no regular expression"),
        ({"topics": []}, "topics is empty"),
        ({"offset": 5}, "offset is given, but to is earliest"),
        ({"to": "offset"}, "offset is needed"),
        ({"to": "offset", "offset": -1}, "offset must be 0 or more"),
        ({"to": "offset", "topics": [{"name": "a", "offset": 1}, "b"]}, "offset is needed"),
        ({"topics": [{"name": "a", "offset": 1}]}, "'a' has an offset, but to is earliest"),
        ({"state": "absent"}, "to says where to reset to, but state is absent"),
        ({"state": "drained", "to": None, "topics": [{"name": "a", "offset": 1}]}, "'a' has an offset, but state is drained"),
        ({"to": "timestamp", "timestamp": "soon"}, "neither ISO 8601"),
        ({"to": "duration", "duration": "long"}, "neither ISO 8601"),
    ],
)
def test_what_can_never_work_is_refused(options: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match="nothing was changed") as refused:
        request_from({**OPTIONS, **options}, now=0)
    assert problem in str(refused.value)


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        request_from({**OPTIONS, "groups": [""], "pattern": ".*", "offset": 1, "topics": ["a:x"]}, now=0)
    assert len(refused.value.problems) == 4


def test_a_partition_with_an_offset_of_its_own_goes_there() -> None:
    request = request_from({**OPTIONS, "to": "offset", "offset": 5}, now=0)
    assert (request.position_of(None), request.position_of(7)) == (Position("offset", 5), Position("offset", 7))


def test_groups_named_twice_are_one() -> None:
    assert request_from({**OPTIONS, "groups": ["b", "a", "b"]}, now=0).names == ("b", "a")
