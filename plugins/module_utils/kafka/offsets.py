# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets of partitions: the words for a position in a log. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

TopicPartitionKey = tuple[str, int]
"""A partition: the name of its topic and its number."""

OffsetSpec = Union[str, int]
"""A position to ask for: ``earliest``, ``latest``, ``max_timestamp``, or the milliseconds of a point in time."""


def partition_name(key: TopicPartitionKey) -> str:
    """The partition as messages show it: ``orders-0``."""
    return f"{key[0]}-{key[1]}"


def all_partitions(partitions: Iterable[tuple[str, Iterable[int]]]) -> list[TopicPartitionKey]:
    """Every partition of the given topics, in order."""
    return sorted((topic, number) for topic, numbers in partitions for number in numbers)
