# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what is asked about a cluster: each subset with as few requests as the protocol allows, all subsets at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from .acls import AclFilter
from .acls_client import read_acls
from .api_versions import ApiVersions, read_api_versions
from .client import Broker, KafkaClient
from .refusal import Refusal
from .groups_client import list_group_names, try_committed, try_groups
from .info import Gathered, Partition, brokers_info, cluster_info, group_info, lag_info, matches, offsets_info, topic_info
from .offsets import Log, TopicPartitionKey, all_partitions, partition_name
from .offsets_client import try_offsets
from .retry import send_until_settled
from .users_client import read_users

try:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import ConfigResource, ConfigSource, ResourceType
except ImportError:  # KafkaClient says so
    pass

if TYPE_CHECKING:
    from confluent_kafka.admin import ConfigEntry

_NEEDS_TOPICS = frozenset({"topics", "configs", "offsets", "lag"})
_NEEDS_GROUPS = frozenset({"groups", "lag"})
_MOST_BROKERS_AT_ONCE = 16


@dataclass(frozen=True)
class Question:
    """What is asked, and what more than one subset needs to know first."""

    client: KafkaClient
    pattern: str | None
    every_config: bool
    topics: Mapping[str, list[Partition]] = field(default_factory=dict)  # every topic, whatever the pattern
    groups: tuple[str, ...] = ()  # those that the pattern matches
    groups_error: str = ""

    def chosen_topics(self) -> list[str]:
        """The topics that the pattern matches."""
        return [name for name in self.topics if matches(self.pattern, name)]


def gather(client: KafkaClient, subsets: Iterable[str], pattern: str | None, every_config: bool) -> dict[str, Gathered]:
    """Every subset that is asked for.

    :raises OperationError: when not even the cluster's metadata can be read.
    :raises LibraryMissing: when a subset needs the second library and it is not there.
    """
    wanted = list(dict.fromkeys(subsets))
    topics = read_partitions(client) if _NEEDS_TOPICS & set(wanted) else {}
    groups, groups_error = _group_names(client, pattern) if _NEEDS_GROUPS & set(wanted) else ((), "")
    question = Question(client, pattern, every_config, topics, groups, groups_error)
    with ThreadPoolExecutor(max_workers=max(len(wanted), 1)) as pool:
        answers = {name: pool.submit(_answered, _SUBSETS[name], question) for name in wanted}
    return {name: answer.result() for name, answer in answers.items()}


def read_partitions(client: KafkaClient) -> dict[str, list[Partition]]:
    """Every partition of every topic that the user may describe. One request.

    :raises OperationError: when the brokers do not answer.
    """
    try:
        topics = client.admin.list_topics(timeout=client.timeout).topics
    except KafkaException as error:
        raise client.failure("read the metadata of the topics", Refusal(error.args[0].name(), error.args[0].str())) from None
    return {
        name: [Partition(p.id, None if p.leader < 0 else p.leader, tuple(p.replicas), tuple(p.isrs)) for p in topic.partitions.values()]
        for name, topic in sorted(topics.items())
    }


def try_logs(client: KafkaClient, keys: Iterable[TopicPartitionKey]) -> tuple[dict[TopicPartitionKey, Log], tuple[str, ...]]:
    """Start and end of every partition that answers, and why others do not. Two requests at the same time."""
    keys = list(keys)
    with ThreadPoolExecutor(max_workers=2) as pool:
        (starts, no_start), (ends, no_end) = pool.map(lambda spec: try_offsets(client, keys, spec), ("earliest", "latest"))
    logs = {key: Log(starts[key], ends[key]) for key in keys if key in starts and key in ends}
    return logs, _errors("partition", {partition_name(key): refusal for key, refusal in (no_start | no_end).items()})


def _answered(subset: Callable[[Question], Gathered], question: Question) -> Gathered:
    try:
        return subset(question)
    except OperationError as error:
        return Gathered(None, (str(error),))


def _group_names(client: KafkaClient, pattern: str | None) -> tuple[tuple[str, ...], str]:
    try:
        return tuple(name for name in list_group_names(client) if matches(pattern, name)), ""
    except OperationError as error:
        return (), str(error)


def _errors(kind: str, refused: Mapping[str, Refusal]) -> tuple[str, ...]:
    return tuple(f"{kind} '{name}': {refusal}" for name, refusal in sorted(refused.items()))


def _cluster(question: Question) -> Gathered:
    return Gathered(cluster_info(question.client.cluster))


def _brokers(question: Question) -> Gathered:
    return Gathered(brokers_info(question.client.cluster))


def _topics(question: Question) -> Gathered:
    return Gathered({name: topic_info(name, question.topics[name]) for name in question.chosen_topics()})


def _configs(question: Question) -> Gathered:
    """One request for all topics and one for each broker, as a broker tells only of itself."""
    client = question.client
    topics, no_topics = _read_configs(client, "TOPIC", question.chosen_topics())
    brokers, no_brokers = _read_configs(client, "BROKER", [str(broker.id) for broker in client.cluster.brokers])
    shown = {
        kind: {name: {entry.name: entry.value for entry in sorted(entries.values(), key=lambda e: e.name) if question.every_config or is_own(entry)}
               for name, entries in sorted(found.items())}
        for kind, found, is_own in (("topics", topics, _is_set_on_topic), ("brokers", brokers, _is_set_on_broker))
    }
    return Gathered(shown, _errors("topic", no_topics) + _errors("broker", no_brokers))


def _read_configs(client: KafkaClient, kind: str, names: list[str]) -> tuple[dict[str, dict[str, ConfigEntry]], dict[str, Refusal]]:
    def send(left: list[str]) -> dict[str, Future[dict[str, ConfigEntry]]]:
        resources = [ConfigResource(ResourceType[kind], name) for name in left]
        requests = [resources] if kind == "TOPIC" else [[resource] for resource in resources]
        answers = [client.admin.describe_configs(request, request_timeout=client.attempt_timeout) for request in requests if request]
        return {resource.name: future for answer in answers for resource, future in answer.items()}

    return send_until_settled(client, names, send)


def _is_set_on_topic(entry: ConfigEntry) -> bool:
    return _source(entry) == ConfigSource.DYNAMIC_TOPIC_CONFIG.value


def _is_set_on_broker(entry: ConfigEntry) -> bool:
    return _source(entry) in (ConfigSource.DYNAMIC_BROKER_CONFIG.value, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.value,
                              ConfigSource.STATIC_BROKER_CONFIG.value)


def _source(entry: ConfigEntry) -> object:
    source: Any = entry.source  # the number of it, though confluent-kafka declares the enumeration
    return getattr(source, "value", source)


def _acls(question: Question) -> Gathered:
    return Gathered([acl.as_result() for acl in sorted(read_acls(question.client, [AclFilter()]))])


def _groups(question: Question) -> Gathered:
    if question.groups_error:
        return Gathered(None, (question.groups_error,))
    groups, refused = try_groups(question.client, question.groups)
    return Gathered({name: group_info(group) for name, group in sorted(groups.items())}, _hidden_groups(question) + _errors("group", refused))


def _lag(question: Question) -> Gathered:
    if question.groups_error:
        return Gathered(None, (question.groups_error,))
    committed, refused = try_committed(question.client, question.groups)
    existing = {(name, partition.number) for name, partitions in question.topics.items() for partition in partitions}
    logs, errors = try_logs(question.client, {key for offsets in committed.values() for key in offsets} & existing)
    lag = {name: lag_info(offsets, logs) for name, offsets in sorted(committed.items())}
    return Gathered(lag, _hidden_groups(question) + _errors("group", refused) + errors)


def _hidden_groups(question: Question) -> tuple[str, ...]:
    """Brokers list every group only to those who may describe the cluster, and to others without a word fewer of them."""
    if "describe" in question.client.cluster.operations:
        return ()
    return ("the user may not DESCRIBE the cluster, so groups that it may not describe by name are left out",)


def _log_dirs(question: Question) -> Gathered:
    from .second_client import SecondClient  # here, as its import takes half a second that few calls need

    brokers: dict[str, list[dict[str, object]]] = {str(broker.id): [] for broker in question.client.cluster.brokers}
    with SecondClient(question.client.connection) as second:
        found = second.describe_log_dirs()
    for directory in found:
        sizes = [{"topic": topic, "partition": number, "bytes": size}
                 for (topic, number), size in sorted(directory.partitions.items()) if matches(question.pattern, topic)]
        brokers.setdefault(str(directory.broker), []).append({
            "path": directory.path, "total_bytes": directory.total_bytes, "usable_bytes": directory.usable_bytes,
            "partition_bytes": sum(directory.partitions.values()), "partitions": sizes})
    problems = tuple(f"broker {directory.broker}, directory {directory.path}: {directory.problem}" for directory in found if directory.problem)
    silent = tuple(f"broker {broker}: told of no directory" for broker, directories in brokers.items() if not directories)
    return Gathered(brokers, problems + silent)


def _users(question: Question) -> Gathered:
    users: dict[str, list[dict[str, object]]] = {}
    for name, iterations in sorted(read_users(question.client).items(), key=lambda item: (item[0].user, item[0].mechanism)):
        users.setdefault(name.user, []).append({"mechanism": name.mechanism, "iterations": iterations})
    return Gathered(users)


def _offsets(question: Question) -> Gathered:
    keys = all_partitions((name, [partition.number for partition in question.topics[name]]) for name in question.chosen_topics())
    logs, errors = try_logs(question.client, keys)
    return Gathered(offsets_info(keys, logs), errors)


def _quotas(question: Question) -> Gathered:
    from .second_client import SecondClient

    with SecondClient(question.client.connection) as second:
        quotas = second.describe_quotas()
    return Gathered([
        {"user": quota.entity.user, "client_id": quota.entity.client_id, "ip": quota.entity.ip, "quotas": dict(quota.limits)}
        for quota in sorted(quotas, key=lambda quota: str(quota.entity))])


def _api_versions(question: Question) -> Gathered:
    client = question.client

    def ask(broker: Broker) -> ApiVersions | OperationError:
        try:
            return read_api_versions(broker.address, client.connection, min(client.timeout, 10.0))
        except OperationError as error:
            return error

    brokers = client.cluster.brokers
    with ThreadPoolExecutor(max_workers=_MOST_BROKERS_AT_ONCE) as pool:
        answers = dict(zip((str(broker.id) for broker in brokers), pool.map(ask, brokers)))
    known = {broker: answer.as_result() for broker, answer in answers.items() if isinstance(answer, ApiVersions)}
    return Gathered(known, tuple(f"broker {broker}: {answer}" for broker, answer in answers.items() if isinstance(answer, OperationError)))


_SUBSETS: dict[str, Callable[[Question], Gathered]] = {
    "cluster": _cluster, "brokers": _brokers, "topics": _topics, "configs": _configs, "acls": _acls, "groups": _groups, "lag": _lag,
    "log_dirs": _log_dirs, "users": _users, "offsets": _offsets, "quotas": _quotas, "api_versions": _api_versions,
}
