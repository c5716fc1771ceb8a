# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions in the logs of partitions: how a user writes them and what they mean. Pure: no request is made here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, Union

TopicPartitionKey = tuple[str, int]
"""A partition: the name of its topic and its number."""

OffsetSpec = Union[Literal["earliest", "latest", "max_timestamp"], int]
"""A position to ask the brokers for. A number is a point in time in milliseconds."""

_MILLISECONDS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
_ISO_DURATION = re.compile(r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)
_SHORT_DURATION = re.compile(r"(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.IGNORECASE)
_EARLIEST_PLAUSIBLE = 100_000_000_000  # March 1973 in milliseconds; as seconds it is the year 5138


@dataclass(frozen=True)
class Log:
    """The offsets of the first record of a partition and of the next one that will be written."""

    start: int
    end: int

    def clamped(self, offset: int) -> int:
        """The nearest offset that the partition has."""
        return min(max(offset, self.start), self.end)

    def lag(self, committed: int | None) -> int:
        """Records that a group still has to read. Without a committed offset that is every record there is."""
        return self.end - self.start if committed is None else max(0, self.end - max(committed, self.start))


@dataclass(frozen=True)
class Position:
    """Where a group is to be set. ``value`` is an offset, a point in time (ms) or a signed number of records."""

    to: Literal["earliest", "latest", "offset", "time", "shift"]
    value: int | None = None


def position_from(options: Mapping[str, Any], now: float) -> Position:
    """The position that a module's options describe; ``now`` is in seconds since the epoch.

    :raises ValueError: for a point in time or a duration that cannot be read.
    """
    to = options["to"]
    if to == "timestamp":
        return Position("time", timestamp_ms(options["timestamp"]))
    if to == "duration":
        return Position("time", int(now * 1000) - duration_ms(options["duration"]))
    return Position(to, options[to] if to in ("offset", "shift") else None)


def timestamp_ms(text: str) -> int:
    """Milliseconds since the epoch; without a zone the time is in UTC.

    :raises ValueError: when it is neither ISO 8601 nor a plausible number of milliseconds.
    """
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        if int(text) < _EARLIEST_PLAUSIBLE:
            raise ValueError(f"timestamp {text} is before 1973: it counts milliseconds since 1970, not seconds")
        return int(text)
    try:
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except ValueError:
        raise ValueError(f"timestamp '{text}' is neither ISO 8601 (2026-01-31T08:00:00Z) nor milliseconds since 1970") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000)


def duration_ms(text: str) -> int:
    """Milliseconds of ``PT1H30M``, ``P7D``, ``1h30m`` or ``7d``.

    :raises ValueError: for anything else.
    """
    match = _ISO_DURATION.fullmatch(text.strip()) or _SHORT_DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"duration '{text}' is neither ISO 8601 (PT1H30M) nor of the form 1h30m (w, d, h, m, s)")
    return sum(int(number) * unit for number, unit in zip(match.groups(), _MILLISECONDS.values()) if number)


def partition_name(key: TopicPartitionKey) -> str:
    """The partition as messages show it: ``orders-0``."""
    return f"{key[0]}-{key[1]}"


def all_partitions(topics: Iterable[tuple[str, Iterable[int]]]) -> list[TopicPartitionKey]:
    """Every partition of the given topics, in order."""
    return sorted((topic, number) for topic, numbers in topics for number in numbers)
