# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries what a user can do with topics and groups, as that user, and leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from ..errors import OperationError
from ..module import LibraryMissing
from .access import (
    Answer,
    Trial,
    WantedAccess,
    create_trial,
    existence,
    group_trial,
    principal_of,
    problems,
    read_trial,
    state_of,
    told,
    transactional_trial,
    untried,
    write_trial,
)
from .acls import Acl, AclFilter
from .acls_client import read_acls
from .client import KafkaClient, LoginRefused
from .connection import Connection
from .names import matching
from .offsets import TopicPartitionKey
from .refusal import Refusal, refusal_from
from .topics_client import list_topic_names
from .trial_client import TrialClient
from .users_client import read_users

try:
    from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicCollection, TopicPartition
    from confluent_kafka.admin import NewTopic
except ImportError:
    pass  # KafkaClient says so

_DONE = Answer("NO_ERROR")
_SILENT = Answer("_TIMED_OUT", "no answer in time")
# Never joined, and nothing is committed: a consumer must just have one.
_READER_GROUP = "streamops.kafka-preflight"


@dataclass
class Tried:
    """Everything that was tried as one user."""

    principal: str
    cluster_id: str | None
    trials: list[Trial] = field(default_factory=list)
    acls: frozenset[Acl] | None = None

    def as_result(self) -> dict[str, Any]:
        lacking = [{"principal": self.principal, "resource_type": trial.resource_type, "name": trial.name, "operation": trial.operation}
                   for trial in self.trials if trial.lacks]  # fmt: skip
        return {"principal": self.principal, "cluster_id": self.cluster_id, "state": state_of(self.trials), "missing": lacking,
                "trials": [trial.as_result() for trial in self.trials]}  # fmt: skip


@dataclass(frozen=True)
class Topics:
    """The topics as the user sees them: the leader of each partition, what it may do as the broker says, and what is hidden."""

    leaders: Mapping[TopicPartitionKey, int | None]
    operations: Mapping[str, frozenset[str] | None]
    refused: Mapping[str, Answer]

    def keys(self, name: str) -> list[TopicPartitionKey]:
        return [key for key in self.leaders if key[0] == name]


def check_access(connection: Connection, administrator: Connection | None, wanted: WantedAccess) -> Tried:
    """Try everything.

    :param administrator: who may see topics and ACLs that the user may not; only asked, nothing is changed.
    :raises OperationError: when the user cannot log in, or cannot do something; what was tried is in ``partial``.
    """
    with ExitStack() as open_clients:
        admin = open_clients.enter_context(KafkaClient(administrator)) if administrator is not None else None
        client = open_clients.enter_context(_logged_in(connection, admin))
        return _checked(client, admin, wanted)


def _checked(client: KafkaClient, admin: KafkaClient | None, wanted: WantedAccess) -> Tried:
    tried = Tried(principal_of(client.connection), client.cluster.id)
    seen_by_admin = None if admin is None else frozenset(list_topic_names(admin))
    names = [*wanted.topics, *_matching(client, wanted, seen_by_admin)]
    if wanted.pattern and not names:
        tried.trials.append(untried("topic", wanted.pattern, "exists", "no topic of such a name is to be seen"))
    topics = _described(client, names)
    there = _add_existence(tried, topics, names, seen_by_admin)
    if wanted.consume:
        _add_reads(tried, client, topics, there)
    _add_requests(tried, client, topics, there if wanted.produce else [], wanted.groups)
    _add_creations(tried, client, wanted.new_topics)
    tried.trials += [transactional_trial(name, _begin(client, name)) for name in wanted.transactional_ids]
    if state_of(tried.trials) == "failed":
        raise _failure(tried, client, admin)
    return tried


def _logged_in(connection: Connection, admin: KafkaClient | None) -> KafkaClient:
    """:raises LoginRefused: which also says whether there is such a user at all, where the administrator can tell."""
    try:
        return KafkaClient(connection)
    except LoginRefused as error:
        user = str(connection.config.get("sasl.username", ""))
        known = None
        if admin is not None and str(connection.config.get("sasl.mechanism", "")).startswith("SCRAM"):
            with suppress(OperationError):  # it may not be allowed to ask: then it stays with what is known
                known = bool(read_users(admin, [user]))
        if known is None:
            raise
        why = "the user exists, so the password is wrong" if known else f"there is no SCRAM user '{user}' on this cluster"
        raise LoginRefused(error.attempted, error.on, f"{error.answered}: {why}", error.advice) from None


def _matching(client: KafkaClient, wanted: WantedAccess, seen_by_admin: frozenset[str] | None) -> list[str]:
    if wanted.pattern is None:
        return []
    names = seen_by_admin if seen_by_admin is not None else list_topic_names(client)
    return [name for name in matching(wanted.pattern, names) if name not in wanted.topics]


def _described(client: KafkaClient, names: list[str]) -> Topics:
    """One request."""
    if not names:
        return Topics({}, {}, {})
    futures = client.admin.describe_topics(TopicCollection(names), include_authorized_operations=True, request_timeout=client.timeout)
    found, refused = client.refusals(futures)
    leaders = {(name, part.id): part.leader.id if part.leader is not None else None for name, topic in found.items() for part in topic.partitions}
    operations = {
        name: None if topic.authorized_operations is None else frozenset(each.name.lower() for each in topic.authorized_operations)
        for name, topic in found.items()
    }
    return Topics(leaders, operations, {name: _as_answer(refusal) for name, refusal in refused.items()})


def _add_existence(tried: Tried, topics: Topics, names: Iterable[str], seen_by_admin: frozenset[str] | None) -> list[str]:
    """Which of them are worth a trial: all that may be there."""
    there = []
    for name in names:
        trial = existence(name, topics.refused.get(name), None if seen_by_admin is None else name in seen_by_admin)
        tried.trials.append(trial)
        there += [name] if trial.state != "failed" else []
    return there


def _add_reads(tried: Tried, client: KafkaClient, topics: Topics, names: Iterable[str]) -> None:
    keys = {name: topics.keys(name) for name in names}
    answers = fetch(client, [key for each in keys.values() for key in each])
    for name, each in keys.items():
        # librdkafka waits for ever for a topic that it may not even see: then the refusal to show it is the answer.
        seen = {partition: answers[(topic, partition)] for topic, partition in each} if each else {0: topics.refused[name]}
        tried.trials.append(read_trial(name, seen))


def _add_requests(tried: Tried, client: KafkaClient, topics: Topics, names: list[str], groups: Iterable[str]) -> None:
    """What the second library is needed for. Where it cannot be used, the trials are not made, and nobody is told otherwise."""
    groups = list(groups)
    if not names and not groups:
        return
    try:
        with TrialClient(client.connection) as second:
            leaders = _leaders_now(client, topics, names)
            answers = second.try_writes(leaders) if names else {}
            tried.trials += [write_trial(name, {partition: answer for (topic, partition), answer in answers.items() if topic == name}) for name in names]
            tried.trials += [group_trial(name, answer) for name, answer in second.try_groups(groups).items()]
    except (LibraryMissing, OperationError) as error:
        why = "the Python library kafka-python (3.0 or newer) is missing" if isinstance(error, LibraryMissing) else error.answered
        tried.trials += [told(untried("topic", name, "write", why), topics.operations.get(name)) for name in names]
        tried.trials += [untried("group", name, "read", why) for name in groups]


def _leaders_now(client: KafkaClient, topics: Topics, names: Iterable[str]) -> Callable[[], dict[TopicPartitionKey, int | None]]:
    """At first as they were just described; a hidden topic is asked of any broker. Later calls look again."""
    calls = 0

    def leaders() -> dict[TopicPartitionKey, int | None]:
        nonlocal calls
        calls += 1
        now = topics if calls == 1 else _described(client, [name for name in names if topics.keys(name)])
        return {key: now.leaders.get(key) for name in names for key in (topics.keys(name) or [(name, 0)])}

    return leaders


def _add_creations(tried: Tried, client: KafkaClient, names: Iterable[str]) -> None:
    """The brokers check the request and do nothing."""
    new = [NewTopic(name, -1, -1) for name in names]
    if not new:
        return
    _done, refused = client.refusals(client.admin.create_topics(new, validate_only=True, request_timeout=client.timeout))
    tried.trials += [create_trial(name, _as_answer(refused[name]) if name in refused else _DONE) for name in names]


def _begin(client: KafkaClient, name: str) -> Answer:
    """What a producer with this transactional id is told when it begins."""
    producer = Producer(client.config({"transactional.id": name}), logger=client.logger)
    try:
        producer.init_transactions(client.timeout)
    except KafkaException as error:
        return _as_answer(refusal_from(error))
    return _DONE


def fetch(client: KafkaClient, keys: list[TopicPartitionKey]) -> dict[TopicPartitionKey, Answer]:
    """What a consumer gets from the end of each partition: a record or the end of the partition are both an answer."""
    if not keys:
        return {}
    answers: dict[TopicPartitionKey, Answer] = {}
    consumer = Consumer(client.config({
        "group.id": _READER_GROUP, "enable.auto.commit": False, "enable.auto.offset.store": False, "enable.partition.eof": True,
        "allow.auto.create.topics": False, "auto.offset.reset": "latest", "fetch.wait.max.ms": 10,
    }), logger=client.logger)  # fmt: skip
    try:
        consumer.assign([TopicPartition(topic, partition, OFFSET_END) for topic, partition in keys])
        deadline = time.monotonic() + client.timeout
        while len(answers) < len(keys) and time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is None or message.topic() is None or message.partition() is None:
                continue  # not about a partition: librdkafka asks for the group's coordinator too, which is no question here
            error = message.error()
            is_answer = error is None or error.name() == "_PARTITION_EOF"
            answers.setdefault((str(message.topic()), int(message.partition() or 0)), _DONE if is_answer else _as_answer(refusal_from(KafkaException(error))))
    except KafkaException as error:
        return {key: answers.get(key, _as_answer(refusal_from(error))) for key in keys}
    finally:
        consumer.close()
    return {key: answers.get(key, _SILENT) for key in keys}


def _failure(tried: Tried, client: KafkaClient, admin: KafkaClient | None) -> OperationError:
    if admin is not None and any(trial.lacks for trial in tried.trials):
        with suppress(OperationError):  # who has the right instead is only a hint
            tried.acls = read_acls(admin, [AclFilter()])
    lacks = any(trial.lacks for trial in tried.trials)
    advice = f"Give {tried.principal} what it lacks (module kafka_acl)." if lacks else ""
    on = ",".join(client.connection.bootstrap)
    return OperationError(f"use Kafka as {tried.principal}", on, "; ".join(problems(tried.trials, tried.principal, tried.acls)), advice, tried.as_result())


def _as_answer(refusal: Refusal) -> Answer:
    return Answer(refusal.code, refusal.text)
