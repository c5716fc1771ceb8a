# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a cluster that is upgraded: one request for its metadata, and what each broker says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import OperationError
from ..kafka.api_versions import read_api_versions
from ..kafka.client import KafkaClient
from ..kafka.refusal import refusal_from
from ..kafka.retry import send_until_settled
from .observation import BrokerState, Observation, Replicas
from .releases import release_of

try:
    from confluent_kafka import ElectionType, KafkaException
    from confluent_kafka.admin import ConfigResource, ConfigSource, ResourceType
except ImportError:  # KafkaClient says so
    pass

if TYPE_CHECKING:
    from confluent_kafka.admin import ClusterMetadata, ConfigEntry

PROTOCOL_KEY = "inter.broker.protocol.version"
MESSAGE_FORMAT_KEY = "log.message.format.version"
_MOST_BROKERS_AT_ONCE = 16
_PROBE_SECONDS = 5.0


@dataclass(frozen=True)
class _Answer:
    """What a broker understands. Only brokers with ZooKeeper take LeaderAndIsr, from the controller."""

    release: str | None
    problem: str
    is_kraft: bool = False


@dataclass(frozen=True)
class _Settings:
    """What a broker's configuration says of its protocol."""

    protocol: str | None = None
    is_set: bool = False
    message_format: str | None = None


@dataclass
class ClusterEyes:
    """Looks at one cluster again and again. ``min.insync.replicas`` of a topic is asked once."""

    client: KafkaClient
    _least: dict[str, int] = field(default_factory=dict)

    def look(self) -> Observation:
        """The cluster now. What a broker does not tell stands in its ``problem``.

        :raises OperationError: when no broker tells the metadata.
        """
        metadata = self._metadata()
        addresses = {broker.id: f"{broker.host}:{broker.port}" for broker in metadata.brokers.values()}
        partitions = tuple(
            Replicas(name, each.id, None if each.leader < 0 else each.leader, tuple(each.replicas), tuple(each.isrs))
            for name, topic in sorted(metadata.topics.items()) for each in sorted(topic.partitions.values(), key=lambda each: each.id))
        with ThreadPoolExecutor(max_workers=_MOST_BROKERS_AT_ONCE) as pool:
            releases = dict(zip(addresses, pool.map(self._release, addresses.values())))
        up = [broker for broker, answer in releases.items() if answer.release]
        protocols = self._protocols(up)
        brokers = {broker: _state(broker, address, releases[broker], protocols.get(broker)) for broker, address in sorted(addresses.items())}
        controller = metadata.controller_id if metadata.controller_id in addresses else None
        return Observation(brokers, controller, partitions, self._min_in_sync(metadata.topics))

    def elect_preferred(self) -> None:
        """Let the first replica of every partition lead it. What needs no election is no failure.

        :raises OperationError: when the cluster refuses.
        """
        # confluent-kafka 2.16 takes no request_timeout here: "more argument specifiers than keyword list entries".
        self.client.result("elect the preferred leaders", self.client.admin.elect_leaders(ElectionType.PREFERRED, None))

    def _metadata(self) -> ClusterMetadata:
        try:
            return self.client.admin.list_topics(timeout=self.client.attempt_timeout)
        except KafkaException as error:
            raise self.client.failure("read the metadata of the cluster", refusal_from(error)) from None

    def _release(self, address: str) -> _Answer:
        try:
            ranges = read_api_versions(address, self.client.connection, _PROBE_SECONDS).ranges
        except OperationError as error:
            return _Answer(None, error.answered)
        return _Answer(release_of(ranges), "its requests are those of no release that is known", is_kraft="LeaderAndIsr" not in ranges)

    def _protocols(self, brokers: Iterable[int]) -> Mapping[int, _Settings]:
        answers, dummy = self._configs("BROKER", [str(broker) for broker in brokers])
        return {int(broker): _settings(entries) for broker, entries in answers.items()}

    def _min_in_sync(self, topics: Iterable[str]) -> dict[str, int]:
        unknown = [name for name in topics if name not in self._least]
        if unknown:
            answers, dummy = self._configs("TOPIC", unknown)
            for name, entries in answers.items():
                entry = entries.get("min.insync.replicas")
                if entry is not None and entry.value is not None:
                    self._least[name] = int(entry.value)
        return dict(self._least)

    def _configs(self, kind: str, names: list[str]) -> tuple[dict[str, dict[str, ConfigEntry]], Mapping[str, object]]:
        """Brokers that do not answer are left out: the next look asks again."""
        def send(left: list[str]) -> dict[str, Future[dict[str, ConfigEntry]]]:
            resources = [ConfigResource(ResourceType[kind], name) for name in left]
            requests = [resources] if kind == "TOPIC" else [[resource] for resource in resources]
            answers = [self.client.admin.describe_configs(request, request_timeout=self.client.attempt_timeout) for request in requests if request]
            return {resource.name: future for answer in answers for resource, future in answer.items()}

        return send_until_settled(self.client, names, send, passes=lambda refusal: kind == "TOPIC" and refusal.is_transient)


def _is_set(entry: ConfigEntry) -> bool:
    source: object = entry.source  # the number of it, though confluent-kafka declares the enumeration
    return getattr(source, "value", source) != ConfigSource.DEFAULT_CONFIG.value


def _settings(entries: Mapping[str, ConfigEntry]) -> _Settings:
    protocol, message_format = entries.get(PROTOCOL_KEY), entries.get(MESSAGE_FORMAT_KEY)
    return _Settings(protocol.value if protocol else None, protocol is not None and _is_set(protocol),
                     message_format.value if message_format and _is_set(message_format) else None)  # fmt: skip


def _state(broker: int, address: str, answer: _Answer, settings: _Settings | None) -> BrokerState:
    known = settings or _Settings()
    return BrokerState(broker, address, answer.release, known.protocol, known.is_set, answer.is_kraft, known.message_format,
                       "" if answer.release else answer.problem)  # fmt: skip
