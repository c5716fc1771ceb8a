# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line of Kafka a broker runs, by what it says of itself, and which way leads from one line to another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..compose.versions import TARGETS, kafka_of, version_of

# What each line understands that the one before it did not: a request and the highest version of it. Newest first. Read from
# org.apache.kafka.common.protocol.ApiKeys of each kafka-clients, and seen on brokers of 3.1.2, 3.7.2 and 4.3.1. Brokers tell these whatever their
# inter.broker.protocol.version is, so that they show the binaries, not the protocol.
SIGNS: tuple[tuple[str, str, int], ...] = (
    ("4.0", "ConsumerGroupHeartbeat", 1),
    ("3.9", "Fetch", 17),
    ("3.8", "Produce", 11),
    ("3.7", "Fetch", 16),
    ("3.6", "AddPartitionsToTxn", 4),
    ("3.5", "Fetch", 15),
    ("3.4", "StopReplica", 4),
    ("3.3", "DescribeAcls", 3),
    ("3.2", "JoinGroup", 9),
    ("3.1", "Fetch", 13),
    ("3.0", "ListOffsets", 7),
    ("2.8", "Produce", 9),
    ("2.7", "Fetch", 12),
    ("2.6", "ListGroups", 4),
    ("2.5", "JoinGroup", 7),
    ("2.4", "Produce", 8),
    ("2.3", "Fetch", 11),
)
# ZooKeeper's client in Kafka before 2.4 is older than 3.5, which does not go with ZooKeeper 3.8.
_OLDEST_IN_ONE_HOP = (2, 4)
_LINE = re.compile(r"(\d+)\.(\d+)(?:\.\d+)?")


def release_of(ranges: Mapping[str, tuple[int, int]]) -> str | None:
    """The line (``3.7``) of a broker that understands these requests, None when that is older than all that are known here.

    :param ranges: lowest and highest version by the name of the request, as a broker's answer to ApiVersions has them.
    """
    return next((line for line, request, highest in SIGNS if request in ranges and ranges[request][1] >= highest), None)


@dataclass(frozen=True)
class Target:
    """Where an upgrade leads: a version of Confluent Platform or Kafka, and the line of Kafka in it."""

    version: str
    kafka: str

    @property
    def zookeeper(self) -> str:
        """The version of ZooKeeper that this Kafka is built with; empty when it is not known here."""
        return next((release.zookeeper for release in TARGETS.values() if release.kafka == self.kafka), "")


def target_of(text: str) -> Target | None:
    """The target of this name: ``7.7.1`` and ``3.7.2`` are both Kafka 3.7. None when it is no target that is known."""
    version = version_of(text)
    if version is None:
        return None
    line = kafka_of(version) if version.major >= 5 else f"{version.major}.{version.minor}"
    return Target(text, line) if any(release.kafka == line for release in TARGETS.values()) else None


def hop_problem(current: str, target: Target) -> str:
    """Why the target cannot be reached from this line in one go. Empty when it can."""
    here, there = line_of(current), line_of(target.kafka)
    if here is None or there is None:
        return f"'{current}' is no line of Kafka"
    if here > there:
        return f"Kafka {current} runs, which is newer than {target.kafka} in {target.version}"
    if here < _OLDEST_IN_ONE_HOP:
        return f"Kafka {current} runs: go to 2.8 first, as its ZooKeeper client is too old for ZooKeeper {target.zookeeper}"
    return ""


def line_of(text: str | None) -> tuple[int, int] | None:
    """A version or a protocol as the numbers of its line."""
    found = _LINE.match(text or "")
    return (int(found[1]), int(found[2])) if found else None
