# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a topic gets at the destination. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .destinations import Bounds, Destination

# What belongs to one cluster and means nothing in another.
_OF_THE_CLUSTER = {
    "follower.replication.throttled.replicas": "names brokers of the source",
    "leader.replication.throttled.replicas": "names brokers of the source",
    "message.format.version": "ignored since Kafka 3.0 and removed in 4.0",
    "message.downconversion.enable": "removed in Kafka 4.0",
    "remote.storage.enable": "tiered storage of the source",
    "local.retention.ms": "tiered storage of the source",
    "local.retention.bytes": "tiered storage of the source",
    "remote.log.copy.disable": "tiered storage of the source",
    "remote.log.delete.on.disable": "tiered storage of the source",
    "unclean.leader.election.enable": "a decision about the source's brokers: decide it anew",
}
_OLD_RECORDS = ("message.timestamp.before.max.ms", "message.timestamp.difference.max.ms")


@dataclass(frozen=True)
class Mapped:
    """``dropped``: why a setting is not given. ``adjusted``: what it was, what it becomes, and why."""

    config: Mapping[str, str]
    dropped: Mapping[str, str] = field(default_factory=dict)
    adjusted: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


def map_settings(settings: Mapping[str, str], destination: Destination, replication_factor: int | None, own: Mapping[str, str] | None = None) -> Mapped:
    """What a topic with these ``settings`` at the source gets.

    :param settings: what is set on the topic, or on the source's brokers and holds for it.
    :param own: what the user wants instead, or besides. It is given as it is.
    """
    config: dict[str, str] = {}
    dropped: dict[str, str] = {}
    adjusted: dict[str, tuple[str, str, str]] = {}
    for key, value in sorted(settings.items()):
        if own and key in own:
            continue
        reason = _why_dropped(key, destination)
        if reason:
            dropped[key] = reason
            continue
        new, why = _fitting(key, value, destination, replication_factor)
        config[key] = new
        if why:
            adjusted[key] = (value, new, why)
    return Mapped({**config, **(own or {})}, dropped, adjusted)


def _why_dropped(key: str, destination: Destination) -> str:
    if key in _OF_THE_CLUSTER:
        return _OF_THE_CLUSTER[key]
    if key.startswith("confluent.") and not destination.is_cloud:
        return "a setting of Confluent's brokers"
    if key in _OLD_RECORDS:
        return "old records would be refused while they are copied: set it after the cutover"
    if destination.settings is not None and key not in destination.settings:
        return "cannot be set on Confluent Cloud"
    return ""


def _fitting(key: str, value: str, destination: Destination, replication_factor: int | None) -> tuple[str, str]:
    """The value, or the nearest that fits, and why."""
    if key == "message.timestamp.type" and value == "LogAppendTime":
        return "CreateTime", "the copies would get the time of the copying: set LogAppendTime after the cutover"
    bounds = (destination.settings or {}).get(key, Bounds())
    number = _number(value)
    if number is None:
        return value, ""
    if key == "min.insync.replicas" and replication_factor is not None and number >= replication_factor > 1:
        number = replication_factor - 1
        if bounds.most is None or number <= bounds.most:
            return str(number), f"with {replication_factor} replicas no broker could be restarted"
    if bounds.least is not None and number < bounds.least:
        return str(bounds.least), f"{bounds.least} is the least that the destination takes"
    if bounds.most is not None and number > bounds.most:
        return str(bounds.most), f"{bounds.most} is the most that the destination takes"
    return value, ""


def _number(value: str) -> int | None:
    try:
        return int(value)
    except ValueError:
        return None
