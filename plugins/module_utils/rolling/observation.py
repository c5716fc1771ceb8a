# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a cluster that is upgraded, and what is wrong with it. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Replicas:
    """One partition as the brokers' metadata has it; ``leader`` is None while it has none."""

    topic: str
    number: int
    leader: int | None
    assigned: tuple[int, ...]
    in_sync: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True)
class BrokerState:
    """What one broker says of itself. ``release`` is the line of Kafka by the requests that it understands, None when it does not answer;
    ``protocol`` is its inter.broker.protocol.version."""

    id: int
    address: str = ""
    release: str | None = None
    protocol: str | None = None
    protocol_is_set: bool = False
    is_kraft: bool = False
    message_format: str | None = None  # log.message.format.version where it is set
    problem: str = ""

    def as_result(self) -> dict[str, object]:
        """The broker as it is returned."""
        return {"address": self.address, "release": self.release, "protocol": self.protocol, "protocol_is_set": self.protocol_is_set,
                "message_format": self.message_format}


@dataclass(frozen=True)
class Observation:
    """The cluster at one moment."""

    brokers: Mapping[int, BrokerState]
    controller: int | None
    partitions: tuple[Replicas, ...]
    min_in_sync: Mapping[str, int] = field(default_factory=dict)  # min.insync.replicas by topic

    def fragile_topics(self) -> dict[str, str]:
        """Topics that cannot do without any one of their replicas, each with the reason. They are not available while it restarts."""
        found: dict[str, str] = {}
        for each in self.partitions:
            least = self.min_in_sync.get(each.topic, 1)
            if len(each.assigned) == 1:
                found[each.topic] = "replication factor 1: it cannot be read or written while its broker restarts"
            elif least >= len(each.assigned):
                found[each.topic] = (f"min.insync.replicas {least} of replication factor {len(each.assigned)}: "
                                     "producers with acks=all are refused while any of its brokers restarts")
        return dict(sorted(found.items()))

    def offline(self, accepted: Collection[str] = ()) -> list[str]:
        """Partitions without a leader, by name. Those of accepted topics count only if they have more than one replica."""
        return [each.name for each in self.partitions if each.leader is None and not _is_let_go(each, accepted)]

    def under_replicated(self, accepted: Collection[str] = ()) -> list[str]:
        """Partitions that have a leader and fewer replicas in sync than are assigned. When there is none, every partition of a topic that is
        not fragile can do without one replica: it has more than min.insync.replicas in sync."""
        return [each.name for each in self.partitions
                if each.leader is not None and len(each.in_sync) < len(each.assigned) and not _is_let_go(each, accepted)]

    def away_from_preferred(self) -> list[str]:
        """Partitions that are led by another replica than their first, which is in sync."""
        return [each.name for each in self.partitions
                if each.assigned and each.leader not in (None, each.assigned[0]) and each.assigned[0] in each.in_sync]


def _is_let_go(each: Replicas, accepted: Collection[str]) -> bool:
    return len(each.assigned) == 1 and each.topic in accepted


def shortened(names: Iterable[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    names = list(names)
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
