# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Confluent Platform, of the Kafka in them, and of the protocol between brokers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class Release:
    """A line of Confluent Platform: its Kafka, and the ZooKeeper that this Kafka is shipped with."""

    kafka: str
    zookeeper: str


# The lines that an upgrade may lead to, with the ZooKeeper that their Kafka is built with.
TARGETS = {(7, 7): Release("3.7", "3.8.4"), (7, 8): Release("3.8", "3.8.4")}
# The last version of the protocol within a Kafka, which a bare "3.7" means (MetadataVersion of Kafka); other ones have IV0 only.
_LAST = {"2.3": 1, "2.4": 1, "2.7": 2, "2.8": 1, "3.0": 1, "3.3": 3, "3.5": 2, "3.6": 2, "3.7": 4}
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_PROTOCOL = re.compile(r"(\d+)\.(\d+)(?:-IV(\d+))?")


def version_of(text: str) -> Version | None:
    found = _VERSION.fullmatch(text)
    return Version(int(found[1]), int(found[2]), int(found[3])) if found else None


def release_of(target: Version) -> Release | None:
    return TARGETS.get((target.major, target.minor))


def kafka_of(version: Version) -> str:
    """The Kafka in a version of Confluent Platform, such as 3.1 in 7.1.x; empty when that is not known here."""
    if version.major == 7:
        return f"3.{version.minor}"
    if version.major == 6:
        return f"2.{6 + version.minor}"
    return f"2.{version.minor}" if version.major == 5 and version.minor >= 3 else ""


class Protocol(NamedTuple):
    """A version of the inter-broker protocol. ``3.1`` and ``3.1-IV0`` are the same."""

    major: int
    minor: int
    revision: int


def protocol_of(text: str) -> Protocol | None:
    found = _PROTOCOL.fullmatch(text.strip())
    if not found:
        return None
    last = _LAST.get(f"{found[1]}.{found[2]}", 0)
    return Protocol(int(found[1]), int(found[2]), last if found[3] is None else int(found[3]))
