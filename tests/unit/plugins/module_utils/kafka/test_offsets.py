# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import (
    Log,
    Position,
    all_partitions,
    duration_ms,
    position_from,
    timestamp_ms,
)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1h", 3_600_000), ("90s", 90_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("1w", 604_800_000), ("2D3H", 183_600_000),
        ("PT1H", 3_600_000), ("pt90s", 90_000), ("P7D", 604_800_000), ("P1DT12H", 129_600_000), ("P2W", 1_209_600_000), (" 1h ", 3_600_000),
    ],
)
def test_durations_are_read_in_both_spellings(text: str, milliseconds: int) -> None:
    assert duration_ms(text) == milliseconds


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1", "h", "1x", "-1h", "1.5h", "1h 30m", "P1M", "PT1D"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither ISO 8601"):
        duration_ms(text)


@pytest.mark.parametrize(
    "text", ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-14 22:13:20", "2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20.000Z", "1700000000000"])
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str) -> None:
    assert timestamp_ms(text) == 1_700_000_000_000


def test_seconds_taken_for_milliseconds_are_refused() -> None:
    with pytest.raises(ValueError, match="milliseconds since 1970, not seconds"):
        timestamp_ms("1700000000")


@pytest.mark.parametrize("text", ["", "yesterday", "2023-13-01", "-5", "14.11.2023"])
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither ISO 8601"):
        timestamp_ms(text)


@pytest.mark.parametrize(
    ("options", "position"),
    [
        ({"to": "earliest"}, Position("earliest")),
        ({"to": "latest"}, Position("latest")),
        ({"to": "offset", "offset": 7}, Position("offset", 7)),
        ({"to": "shift", "shift": -7}, Position("shift", -7)),
        ({"to": "timestamp", "timestamp": "1700000000000"}, Position("time", 1_700_000_000_000)),
        ({"to": "duration", "duration": "1h"}, Position("time", 1_699_996_400_000)),
    ],
)
def test_positions_are_what_the_options_say(options: dict[str, object], position: Position) -> None:
    assert position_from(options, now=1_700_000_000) == position


@pytest.mark.parametrize(("wanted", "nearest"), [(-5, 10), (10, 10), (15, 15), (20, 20), (99, 20)])
def test_an_offset_that_a_log_does_not_have_becomes_the_nearest(wanted: int, nearest: int) -> None:
    assert Log(10, 20).clamped(wanted) == nearest


@pytest.mark.parametrize(("committed", "lag"), [(None, 10), (5, 10), (10, 10), (14, 6), (20, 0), (25, 0)])
def test_lag_counts_only_records_that_are_there(committed: int | None, lag: int) -> None:
    assert Log(10, 20).lag(committed) == lag


def test_partitions_are_listed_in_order() -> None:
    assert all_partitions([("b", [1, 0]), ("a", [0])]) == [("a", 0), ("b", 0), ("b", 1)]
