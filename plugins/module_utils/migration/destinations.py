# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kinds of destination allow: data with its source. Not run against Confluent Cloud; an owner's own figures win over these.

The source of a figure is the page that has the current one. The pages themselves could not be opened here, only older copies of them, and Confluent
changes the figures (a Basic cluster had 2,048 partitions once): take them for a first warning, and look the limits of your cluster up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ["kafka", "confluent_cloud_basic", "confluent_cloud_standard", "confluent_cloud_enterprise", "confluent_cloud_dedicated", "confluent_cloud_freight"]
_TYPES = "https://docs.confluent.io/cloud/current/clusters/cluster-types.html"
_TOPICS = "https://docs.confluent.io/cloud/current/topics/manage.html"
_MIB = 1024 * 1024
_HOUR = 3_600_000


@dataclass(frozen=True)
class Bounds:
    """What a topic's setting may be; None where there is no bound."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Destination:
    """``partitions``: of the whole cluster; for a dedicated one of each CKU. ``settings``: those that can be given to a topic, None: all of them."""

    kind: str
    partitions: int | None = None
    transactions: bool = True
    quotas: bool = True
    settings: Mapping[str, Bounds] | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_cloud(self) -> bool:
        return self.kind != "kafka"


def _settings(message_bytes: int, compaction_lag: int, segment_ms: int) -> dict[str, Bounds]:
    return {
        "cleanup.policy": Bounds(),
        "delete.retention.ms": Bounds(0, 60_566_400_000),
        "max.compaction.lag.ms": Bounds(compaction_lag),
        "max.message.bytes": Bounds(0, message_bytes),
        "message.timestamp.after.max.ms": Bounds(0),
        "message.timestamp.before.max.ms": Bounds(0),
        "message.timestamp.difference.max.ms": Bounds(0),
        "message.timestamp.type": Bounds(),
        "min.compaction.lag.ms": Bounds(0),
        "min.insync.replicas": Bounds(1, 2),
        "retention.bytes": Bounds(-1),
        "retention.ms": Bounds(-1),
        "segment.bytes": Bounds(50 * _MIB, 1024 * _MIB),
        "segment.ms": Bounds(segment_ms),
    }


_SOURCES = {"partitions": _TYPES, "transactions": _TYPES, "settings": _TOPICS, "quotas": _TYPES}
_SHARED = _settings(8 * _MIB, 7 * 24 * _HOUR, 4 * _HOUR)
_OWN = _settings(20 * _MIB, 6 * _HOUR, 600_000)

DESTINATIONS: Mapping[str, Destination] = {each.kind: each for each in (
    Destination("kafka"),
    Destination("confluent_cloud_basic", 4096, quotas=False, settings=_SHARED, sources=_SOURCES),
    Destination("confluent_cloud_standard", 4096, quotas=False, settings=_SHARED, sources=_SOURCES),
    Destination("confluent_cloud_enterprise", 30_000, settings=_SHARED, sources=_SOURCES),
    Destination("confluent_cloud_dedicated", 4500, settings=_OWN, sources=_SOURCES),
    Destination("confluent_cloud_freight", 50_000, transactions=False, settings=_SHARED, sources=_SOURCES),
)}
