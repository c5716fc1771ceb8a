# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about topics: read them, try a plan on the broker, carry it out, see it done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future

from ..plan import Change, Plan
from ..wait import wait_until
from .client import KafkaClient
from .refusal import Refusal, refusal_from
from .retry import send_until_settled
from .topics import ClusterDefaults, Topic

try:
    from confluent_kafka import KafkaException, TopicCollection
    from confluent_kafka.admin import AclOperation, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic, ResourceType
except ImportError:  # KafkaClient says so
    pass

# One CreateTopics request must stay below the 10,000 records that a KRaft controller writes at once.
_RECORDS_PER_REQUEST = 5000
_ABSENT = frozenset({"UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID"})


def read_topics(client: KafkaClient, names: Iterable[str]) -> dict[str, Topic]:
    """The topics of these names that exist, with the configuration that is set on them. Two requests."""
    shapes = read_shapes(client, names)
    configs = _read_configs(client, shapes)
    return {
        name: Topic(name, partitions, replicas, _overrides(configs.get(name, {})), frozenset(configs.get(name, ())))
        for name, (partitions, replicas) in shapes.items()
    }


def read_shapes(client: KafkaClient, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Partitions and replication factor of the topics that exist. One request.

    :raises OperationError: for what the user may not describe.
    """
    shapes, refused = try_shapes(client, names)
    _raise_unless_absent(client, "describe the topics", refused)
    return shapes


def try_shapes(client: KafkaClient, names: Iterable[str]) -> tuple[dict[str, tuple[int, int]], dict[str, Refusal]]:
    """As read_shapes, but what the user may not describe comes back beside what is answered. Topics that do not exist are refused too."""
    wanted = sorted(set(names))
    if not wanted:
        return {}, {}
    found, refused = send_until_settled(
        client, wanted, lambda names: client.admin.describe_topics(TopicCollection(names), request_timeout=client.attempt_timeout), _passes)
    return {name: (len(topic.partitions), len(topic.partitions[0].replicas)) for name, topic in found.items() if topic.partitions}, refused


def is_absent(refusal: Refusal) -> bool:
    """Whether it says that there is no such topic."""
    return refusal.code in _ABSENT


def list_topic_names(client: KafkaClient) -> list[str]:
    """The names of every topic that the user may describe. One request.

    :raises OperationError: when no broker answers.
    """
    try:
        return sorted(client.admin.list_topics(timeout=client.timeout).topics)
    except KafkaException as error:
        raise client.failure("list the topics", refusal_from(error)) from None


def read_overrides(client: KafkaClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is set on each topic itself, without the defaults that it inherits. One request."""
    return {name: _overrides(entries) for name, entries in _read_configs(client, names).items()}


def read_effective(client: KafkaClient, names: Iterable[str], key: str) -> dict[str, str]:
    """The value of one configuration key that holds for each topic, wherever it is set. One request."""
    return {name: entries[key].value or "" for name, entries in _read_configs(client, names).items() if key in entries}


def _overrides(entries: Mapping[str, ConfigEntry]) -> dict[str, str]:
    return {entry.name: entry.value for entry in entries.values() if _is_override(entry) and entry.value is not None}


def _is_override(entry: ConfigEntry) -> bool:
    source: object = entry.source  # the number of it, though confluent-kafka declares the enumeration
    return source in (ConfigSource.DYNAMIC_TOPIC_CONFIG, ConfigSource.DYNAMIC_TOPIC_CONFIG.value)


def try_effective(client: KafkaClient, names: Iterable[str], keys: Iterable[str]) -> tuple[dict[str, dict[str, str]], dict[str, Refusal]]:
    """The values of some configuration keys that hold for each topic, and what is refused. One request."""
    found, refused = _try_configs(client, names)
    chosen = list(keys)
    return {name: {key: entries[key].value or "" for key in chosen if key in entries} for name, entries in found.items()}, refused


def _read_configs(client: KafkaClient, names: Iterable[str]) -> dict[str, dict[str, ConfigEntry]]:
    found, refused = _try_configs(client, names)
    _raise_unless_absent(client, "read the configuration of the topics", refused)
    return found


def _try_configs(client: KafkaClient, names: Iterable[str]) -> tuple[dict[str, dict[str, ConfigEntry]], dict[str, Refusal]]:
    def send(left: list[str]) -> dict[str, Future[dict[str, ConfigEntry]]]:
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in left]
        return {resource.name: future for resource, future in client.admin.describe_configs(resources, request_timeout=client.attempt_timeout).items()}

    return send_until_settled(client, names, send, _passes)


def _passes(refusal: Refusal) -> bool:
    return refusal.is_transient and refusal.code not in _ABSENT


def _raise_unless_absent(client: KafkaClient, attempted: str, refused: Mapping[str, Refusal]) -> None:
    lasting = {name: refusal for name, refusal in refused.items() if refusal.code not in _ABSENT}
    if lasting:
        raise client.failure_of_many(attempted, lasting)


def read_defaults(client: KafkaClient) -> ClusterDefaults:
    """Partitions and replication factor of new topics, as far as the user may ask."""
    if not client.cluster.brokers:
        return ClusterDefaults()
    resource = ConfigResource(ResourceType.BROKER, str(client.cluster.brokers[0].id))
    done, _refused = client.refusals(client.admin.describe_configs([resource], request_timeout=client.timeout))
    entries: dict[str, ConfigEntry] = next(iter(done.values()), {})
    numbers = {name: int(entries[name].value or 0) for name in ("num.partitions", "default.replication.factor") if name in entries}
    return ClusterDefaults(numbers.get("num.partitions"), numbers.get("default.replication.factor"))


def try_plan(client: KafkaClient, plan: Plan) -> list[str]:
    """Have the brokers check every change without making it; what they object to, one sentence each."""
    refused = _send(client, plan, validate_only=True) | _undeletable(client, [change.name for change in plan.with_action("deleted")])
    return [f"topic '{name}': {'. '.join(filter(None, [str(refusal), refusal.advice.rstrip('.')]))}" for name, refusal in sorted(refused.items())]


def _undeletable(client: KafkaClient, names: list[str]) -> dict[str, Refusal]:
    """The topics that the user may not delete: of deletions the brokers check nothing beforehand."""
    if not names:
        return {}
    futures = client.admin.describe_topics(TopicCollection(names), include_authorized_operations=True, request_timeout=client.timeout)
    allowed = {name: topic.authorized_operations for name, topic in client.refusals(futures)[0].items()}
    return {name: Refusal("TOPIC_AUTHORIZATION_FAILED", "the user may not DELETE it")
            for name, operations in allowed.items() if operations is not None and AclOperation.DELETE not in operations}


def apply_plan(client: KafkaClient, plan: Plan) -> None:
    """Make every change, and wait until the brokers show it.

    :raises OperationError: when some are refused.
    """
    refused = apply_changes(client, plan)
    if refused:
        raise client.failure_of_many("change the topics", refused)


def apply_changes(client: KafkaClient, plan: Plan) -> dict[str, Refusal]:
    """As apply_plan, but returns what was refused, by the topic's name."""
    refused = _send(client, plan, validate_only=False)
    wait_until_visible(client, Plan(tuple(change for change in plan if change.name not in refused)))
    return refused


def alter_overrides(
    client: KafkaClient, wanted: Mapping[str, Mapping[str, str | None]], validate_only: bool = False
) -> dict[str, Refusal]:
    """Set (or, with None, delete) single overrides of topics; others stay as they are. One request."""

    def send(names: list[str]) -> dict[str, Future[None]]:
        resources = [ConfigResource(ResourceType.TOPIC, name, incremental_configs=_entries(wanted[name])) for name in names]
        futures = client.admin.incremental_alter_configs(resources, validate_only=validate_only, request_timeout=client.attempt_timeout)
        return {resource.name: future for resource, future in futures.items()}

    _done, refused = send_until_settled(client, wanted, send, _passes)
    return refused


def _entries(config: Mapping[str, str | None]) -> list[ConfigEntry]:
    return [
        ConfigEntry(key, value or "", incremental_operation=AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET)
        for key, value in config.items()
    ]


def wait_until_visible(client: KafkaClient, plan: Plan) -> None:
    """Wait until the brokers' metadata shows the plan; KRaft answers a change before every broker has applied it."""
    if not plan:
        return
    names = [change.name for change in plan]
    reconfigured = [change.name for change in plan.with_action("altered") if _changed_keys(change)]  # a new topic comes with its configuration

    def unseen() -> list[str]:
        shapes = read_shapes(client, names)
        configs = read_overrides(client, [name for name in reconfigured if name in shapes])
        return [change.name for change in plan if not (
            _has_shape(change, shapes.get(change.name)) and (change.name not in reconfigured or _has_config(change, configs.get(change.name, {}))))]

    wait_until("see the changed topics in the cluster's metadata", unseen, lambda left: not left, client.timeout,
               describe=lambda left: f"not yet visible: {', '.join(left[:10])}")


def _has_shape(change: Change, shape: tuple[int, int] | None) -> bool:
    if change.after is None or shape is None:
        return change.after is None and shape is None
    return shape[0] >= _or_default(change.after["partitions"])


def _has_config(change: Change, config: Mapping[str, str]) -> bool:
    return all(config.get(key) == value for key, value in _changed_keys(change).items())


def _send(client: KafkaClient, plan: Plan, validate_only: bool) -> dict[str, Refusal]:
    refused: dict[str, Refusal] = {}
    if not validate_only:
        refused |= _delete(client, [change.name for change in plan.with_action("deleted")])
    for chunk in _chunks(plan.with_action("created")):
        refused |= _create(client, chunk, validate_only)
    altered = plan.with_action("altered")
    refused |= _grow(client, altered, validate_only)
    overrides = {change.name: _changed_keys(change) for change in altered if change.name not in refused}
    refused |= alter_overrides(client, {name: keys for name, keys in overrides.items() if keys}, validate_only)
    return refused


def _delete(client: KafkaClient, names: list[str]) -> dict[str, Refusal]:
    if not names:
        return {}
    _done, refused = client.refusals(client.admin.delete_topics(names, operation_timeout=client.timeout, request_timeout=client.timeout))
    return {name: refusal for name, refusal in refused.items() if refusal.code != "UNKNOWN_TOPIC_OR_PART"}


def _create(client: KafkaClient, changes: Sequence[Change], validate_only: bool) -> dict[str, Refusal]:
    new = []
    for change in changes:
        after = change.after or {}
        new.append(NewTopic(change.name, num_partitions=_or_default(after["partitions"]),
                            replication_factor=_or_default(after["replication_factor"]), config=dict(_mapping(after["config"]))))
    futures: dict[str, Future[None]] = client.admin.create_topics(
        new, operation_timeout=client.timeout, request_timeout=client.timeout, validate_only=validate_only)
    _done, refused = client.refusals(futures)
    return refused


def _grow(client: KafkaClient, changes: Iterable[Change], validate_only: bool) -> dict[str, Refusal]:
    grown = [
        NewPartitions(change.name, _or_default(change.after["partitions"]))
        for change in changes
        if change.before and change.after and change.before["partitions"] != change.after["partitions"]
    ]
    if not grown:
        return {}
    _done, refused = client.refusals(client.admin.create_partitions(
        grown, operation_timeout=client.timeout, request_timeout=client.timeout, validate_only=validate_only))
    return refused


def _changed_keys(change: Change) -> dict[str, str | None]:
    before, after = _mapping((change.before or {})["config"]), _mapping((change.after or {})["config"])
    removed: dict[str, str | None] = {key: None for key in before if key not in after}
    return removed | {key: value for key, value in after.items() if before.get(key) != value}


def _chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    chunk: list[Change] = []
    records = 0
    for change in changes:
        after = change.after or {}
        weight = 1 + max(_or_default(after["partitions"]), 1) + len(_mapping(after["config"]))
        if chunk and records + weight > _RECORDS_PER_REQUEST:
            yield chunk
            chunk, records = [], 0
        chunk.append(change)
        records += weight
    if chunk:
        yield chunk


def _or_default(value: object) -> int:
    return value if isinstance(value, int) else -1  # -1 asks the broker for its own default


def _mapping(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a topic's config is a mapping, not {type(value).__name__}")
    return value
