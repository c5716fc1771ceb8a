# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far connectors are, from what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Log
from ansible_collections.streamops.kafka.plugins.module_utils.migration.copy_progress import Copier, Look, paces, positions_from, progress_line, spoken
from ansible_collections.streamops.kafka.plugins.module_utils.migration.copy_progress_client import Watch, once_started, wait_until_copied
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.rest import RestError

LOGS = {("a", 0): Log(100, 1100), ("a", 1): Log(0, 0), ("b", 0): Log(0, 500)}
COPIERS = [Copier("m-01", ("a",)), Copier("m-02", ("b", "gone"))]


def test_rate_and_time_left_are_those_since_the_first_look() -> None:
    first = Look(10.0, LOGS, {("a", 0): 100})
    now = Look(20.0, LOGS, {("a", 0): 600, ("b", 0): 500}, {"m-01": "running", "m-02": "running"}, gone=frozenset({"gone"}))
    one, two = paces(COPIERS, first, now)
    assert (one.behind, one.copied, one.rate, one.seconds_left, one.partitions_behind) == (500, 500, 50.0, 11, 1)
    assert (two.behind, two.seconds_left, two.gone) == (0, 0, ("gone",))
    assert progress_line([one, two]) == "500 records behind (50/s, 11 s left): m-01 500 behind (50/s, 11 s left)"


def test_without_positions_all_that_the_source_has_is_to_be_copied() -> None:
    look = Look(0.0, LOGS, {})
    assert look.partitions_behind() == [("a", 0), ("b", 0)]
    (one, two) = paces(COPIERS, look, look)
    assert (one.behind, one.rate, one.seconds_left, one.state) == (1000, None, None, "absent")
    assert two.copied == 0


def test_a_rate_of_nothing_promises_no_end() -> None:
    (one, _two) = paces(COPIERS, Look(0.0, LOGS, {}), Look(5.0, LOGS, {}))
    assert one.rate == 0 and one.seconds_left is None


def test_where_only_markers_are_left_everything_is_copied() -> None:
    look = Look(0.0, {("a", 0): Log(0, 10)}, {("a", 0): 9}, nothing_left=frozenset({("a", 0)}))
    assert look.partitions_behind() == [] and progress_line(paces(COPIERS[:1], look, look)) == "everything is copied"


def test_mirrormaker_commits_the_last_record_that_it_copied() -> None:
    entries = [{"partition": {"cluster": "source", "partition": 0, "topic": "a"}, "offset": {"offset": 41}}, {"partition": {"other": 1}, "offset": {}},
               {"partition": {"partition": 1, "topic": "a"}, "offset": None}]  # fmt: skip
    assert positions_from(entries) == {("a", 0): 42}


def test_durations_as_people_say_them() -> None:
    assert [spoken(40), spoken(800), spoken(11_100)] == ["40 s", "13 min", "3 h 05 min"]


def test_a_source_that_is_written_to_is_copied_up_to_where_it_was() -> None:
    first = Look(0.0, {("a", 0): Log(0, 10)}, {("a", 0): 4})
    assert Look(1.0, {("a", 0): Log(0, 30)}, {("a", 0): 9}).left_of(first) == [("a", 0)]
    assert Look(1.0, {("a", 0): Log(0, 30), ("a", 1): Log(0, 5)}, {("a", 0): 10}).left_of(first) == []


class Started(Watch):
    """Its worker answers the first requests with these statuses, then that there is nothing to copy."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(cast(KafkaClient, None), [], "mirrormaker2", 0)
        self.statuses = list(statuses)

    def _see(self, topics: Sequence[str]) -> Look:
        if self.statuses:
            raise RestError("read the offsets of m-01", "GET offsets", "refused", status=self.statuses.pop(0))
        return Look(0.0, {}, {})


def test_a_worker_that_was_just_started_may_not_know_its_connectors_yet() -> None:
    started = Started(404, 404)
    assert wait_until_copied(started, ["a"], 20, Progress("test")).logs == {} and not started.statuses
    with pytest.raises(RestError, match="refused"):
        wait_until_copied(Started(401), ["a"], 20, Progress("test"))


def test_a_worker_that_does_not_listen_yet_is_waited_for_but_not_for_ever() -> None:
    answers = iter([RestError("ask", "GET /", "connection refused", nothing_sent=True), RestError("ask", "GET /", "broken", nothing_sent=True)])

    def ask() -> str:
        refused = next(answers, None)
        if refused is not None:
            raise refused
        return "reached"

    assert once_started("reach the workers", ask, 20, Progress("test")) == "reached"
    answers = iter([RestError("ask", "GET /", "connection refused", nothing_sent=True)])
    with pytest.raises(OperationError, match="gave up after 0 s; last seen: .*connection refused"):
        once_started("reach the workers", ask, 0, Progress("test"))
