# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about consumer groups: list and describe them, read, write and delete what they have committed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError, OperationError
from ..module import LibraryMissing
from ..plan import Plan
from ..progress import Progress
from ..wait import wait_until
from .client import KafkaClient
from .refusal import Refusal
from .group_request import Selection, selected_partitions
from .groups import (
    Committed,
    Group,
    GroupOutcome,
    Lag,
    Member,
    Row,
    drain_scope,
    plan_of,
    shortened,
    with_read_back,
)
from .names import matching
from .offsets import Log, TopicPartitionKey, partition_name
from .offsets_client import partitions_of, read_logs
from .retry import send_until_settled

try:
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
except ImportError:  # KafkaClient says so
    pass

if TYPE_CHECKING:
    from confluent_kafka.admin import ConsumerGroupDescription


@dataclass(frozen=True)
class Snapshot:
    """Groups at one moment: what they committed, and the partitions and logs of every topic that matters.

    ``selected`` holds the partitions that the user names, each with its own offset or None.
    """

    groups: Mapping[str, Group]
    committed: Mapping[str, Committed]
    existing: Mapping[str, list[int]]
    selected: Mapping[TopicPartitionKey, int | None]
    logs: Mapping[TopicPartitionKey, Log]


def list_group_names(client: KafkaClient) -> list[str]:
    """The names of every consumer group that the user may describe. One request a broker.

    :raises OperationError: when a broker does not tell, as the list would lack its groups.
    """
    answer = client.result("list the consumer groups", client.admin.list_consumer_groups(request_timeout=client.timeout))
    for error in answer.errors or ():
        raise OperationError("list the consumer groups", answered=str(error))
    return sorted(listing.group_id for listing in answer.valid or ())


def choose_groups(client: KafkaClient, names: Iterable[str], pattern: str | None) -> list[str]:
    """The groups that are named, and those that the pattern matches as a whole."""
    return sorted({*names, *(matching(pattern, list_group_names(client)) if pattern else ())})


def read_groups(client: KafkaClient, names: Iterable[str]) -> dict[str, Group]:
    """Each group with its live members.

    :raises OperationError: for what the user may not describe.
    """
    done, refused = try_groups(client, names)
    if refused:
        raise client.failure_of_many("describe the consumer groups", refused)
    return done


def try_groups(client: KafkaClient, names: Iterable[str]) -> tuple[dict[str, Group], dict[str, Refusal]]:
    """As read_groups, but what is refused comes back beside what is answered."""
    done, refused = send_until_settled(
        client, sorted(set(names)), lambda left: client.admin.describe_consumer_groups(left, request_timeout=client.attempt_timeout))
    return {name: _group(name, description) for name, description in done.items()}, refused


def read_committed(client: KafkaClient, names: Iterable[str]) -> dict[str, Committed]:
    """Every offset that each group has committed. One request a group, all of them at once.

    :raises OperationError: for what the user may not read.
    """
    done, refused = try_committed(client, names)
    if refused:
        raise client.failure_of_many("read the committed offsets", refused)
    return done


def try_committed(client: KafkaClient, names: Iterable[str]) -> tuple[dict[str, Committed], dict[str, Refusal]]:
    """As read_committed, but what is refused comes back beside what is answered."""

    def send(left: list[str]) -> dict[str, Future[ConsumerGroupTopicPartitions]]:
        return {name: client.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)], request_timeout=client.attempt_timeout)[name]
                for name in left}

    done, refused = send_until_settled(client, sorted(set(names)), send)
    return {name: {(p.topic, p.partition): p.offset for p in answer.topic_partitions or () if p.offset >= 0 and p.error is None}
            for name, answer in done.items()}, refused


def read_snapshot(client: KafkaClient, groups: Mapping[str, Group], selections: Iterable[Selection] = ()) -> Snapshot:
    """What the groups have committed, and the logs of every topic that is selected or, without selections, committed or assigned.

    :raises InputError: when a selected topic or partition does not exist.
    """
    selections = list(selections)
    committed = read_committed(client, groups)
    topics = {selection.topic for selection in selections}
    if not selections:
        topics = {topic for offsets in committed.values() for topic, _number in offsets}
        topics |= {topic for group in groups.values() for member in group.members for topic, _number in member.partitions}
    existing = partitions_of(client, topics)
    selected, problems = selected_partitions(selections, existing)
    if problems:
        raise InputError(problems)
    wanted = set(selected) if selections else {key for name in groups for key in drain_scope(groups[name], committed[name], existing)}
    return Snapshot(groups, committed, existing, selected, read_logs(client, wanted))


def foreign_groups(client: KafkaClient, groups: Iterable[Group]) -> list[str]:
    """Which of the groups that the coordinators do not know as consumer groups exist all the same: share and streams groups.

    librdkafka's newer requests pass over them in silence, and yet its deletion would delete them.
    """
    unknown = {group.name for group in groups if not group.exists}
    if not unknown:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # no other call lists groups of every type
        try:
            listed = client.admin.list_groups(timeout=client.timeout)
        except KafkaException as error:
            raise OperationError("list the groups of every type", answered=str(error.args[0])) from None
    return sorted(unknown & {str(group.id) for group in listed})


def require_offset_deletion() -> None:
    """Deleting the offsets of single topics needs the second library.

    :raises LibraryMissing: when it is not installed; check mode then fails as the real run would.
    """
    from .second_client import IMPORT_ERROR  # here, as its import takes half a second that few calls need

    if IMPORT_ERROR:
        raise LibraryMissing("kafka-python", IMPORT_ERROR)


def apply_outcomes(client: KafkaClient, outcomes: Iterable[GroupOutcome]) -> list[GroupOutcome]:
    """Make every change, all groups at once, and read back what the cluster then has.

    :raises OperationError: when some groups failed; ``partial`` tells of every group how it went.
    """
    outcomes = list(outcomes)
    refused = _write(client, {o.group.name: _targets(o) for o in outcomes if o.action == "reset"})
    refused |= _delete(client, [o.group.name for o in outcomes if o.action == "deleted"])
    refused |= _delete_offsets(client, {o.group.name: [row.key for row in o.rows] for o in outcomes if o.action == "offsets_deleted"})
    committed, unreadable = try_committed(client, [o.group.name for o in outcomes if o.changes])
    reasons = {name: str(refusal) for name, refusal in (unreadable | refused).items()}
    results = [with_read_back(o, committed.get(o.group.name), reasons.get(o.group.name, "")) if o.changes else o for o in outcomes]
    failed = [outcome for outcome in results if outcome.action == "failed"]
    if failed:
        raise OperationError("change the consumer groups", answered="; ".join(f"group '{o.group.name}': {o.reason}" for o in failed),
                             advice=next((refusal.advice for refusal in refused.values()), ""), partial=result_of(results))
    return results


def result_of(outcomes: Iterable[GroupOutcome]) -> dict[str, object]:
    """What the module returns."""
    outcomes = list(outcomes)
    plan: Plan = plan_of(outcomes)
    return {"changed": bool(plan), "groups": {outcome.group.name: outcome.as_result() for outcome in outcomes}, "diff": plan.diff()}


def wait_until_drained(client: KafkaClient, names: Iterable[str], selections: Iterable[Selection], timeout: float, progress: Progress) -> Lag:
    """Wait until the groups have read everything that is there.

    :raises OperationError: at the deadline; ``partial`` holds the lag that was last seen.
    """
    names, selections = list(names), list(selections)
    first = last = read_lag(client, names, selections)

    def observe() -> Lag:
        nonlocal last
        last = read_lag(client, names, selections, first)
        return last

    try:
        return wait_until("see the consumer groups drained", observe, lambda seen: seen.is_drained, timeout, progress=progress)
    except OperationError as error:
        error.partial.update(result_of(last.outcomes))
        raise


def read_lag(client: KafkaClient, names: Iterable[str], selections: Iterable[Selection], since: Lag | None = None) -> Lag:
    """How far each group is; what it had committed ``since`` an earlier look is its ``before``."""
    selections = list(selections)
    now = read_snapshot(client, read_groups(client, names), selections)
    earlier = {(o.group.name, row.key): row.after for o in (since.outcomes if since else ()) for row in o.rows}
    outcomes = []
    for name, group in sorted(now.groups.items()):
        committed = now.committed[name]
        keys = sorted(now.selected) if selections else drain_scope(group, committed, now.existing)
        rows = tuple(Row(key, earlier.get((name, key), committed.get(key)), committed.get(key), now.logs[key]) for key in keys)
        lag = Lag((GroupOutcome(group, "drained", rows),))
        outcomes.append(GroupOutcome(group, "drained" if lag.is_drained else "behind", rows))
    return Lag(tuple(outcomes))


def _targets(outcome: GroupOutcome) -> dict[TopicPartitionKey, int]:
    return {row.key: row.after for row in outcome.rows if row.changes and row.after is not None}


def _write(client: KafkaClient, wanted: Mapping[str, Mapping[TopicPartitionKey, int]]) -> dict[str, Refusal]:
    def send(left: list[str]) -> dict[str, Future[ConsumerGroupTopicPartitions]]:
        requests = {name: [TopicPartition(*key, offset) for key, offset in wanted[name].items()] for name in left}
        return {name: client.admin.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(name, partitions)], request_timeout=client.attempt_timeout)[name] for name, partitions in requests.items()}

    return send_until_settled(client, wanted, send, refusal_in=_refusal_in)[1]


def _refusal_in(answer: ConsumerGroupTopicPartitions) -> Refusal | None:
    """The first refusal of the answer's partitions, with the partitions that have the same."""
    refused = {(p.topic, p.partition): p.error for p in answer.topic_partitions or () if p.error is not None}
    if not refused:
        return None
    first = next(iter(refused.values()))
    names = [partition_name(key) for key, error in sorted(refused.items(), key=lambda pair: pair[0]) if error.name() == first.name()]
    return Refusal(first.name(), f"{shortened(names)}: {first.str()}")


def _delete(client: KafkaClient, names: list[str]) -> dict[str, Refusal]:
    _done, refused = send_until_settled(
        client, names, lambda left: client.admin.delete_consumer_groups(left, request_timeout=client.attempt_timeout))
    return {name: refusal for name, refusal in refused.items() if refusal.code != "GROUP_ID_NOT_FOUND"}


def _delete_offsets(client: KafkaClient, wanted: Mapping[str, list[TopicPartitionKey]]) -> dict[str, Refusal]:
    if not wanted:
        return {}
    from .second_client import SecondClient

    refused: dict[str, Refusal] = {}
    with SecondClient(client.connection) as second:
        for name, keys in wanted.items():
            try:
                refusals = second.delete_group_offsets(name, keys)
            except OperationError as error:
                refused[name] = Refusal("", error.answered)
                continue
            for key, refusal in refusals.items():
                refused[name] = Refusal(refusal.code, f"{partition_name(key)}: {refusal.text}")
    return refused


def _group(name: str, description: ConsumerGroupDescription) -> Group:
    members = [Member(m.member_id, m.client_id, m.host.lstrip("/"), tuple(sorted((p.topic, p.partition) for p in m.assignment.topic_partitions or ())))
               for m in description.members or ()]
    return Group(name, _spelled(description.state), _spelled(description.type), tuple(sorted(members, key=lambda member: (member.client_id, member.id))))


def _spelled(value: object) -> str:
    """An enum's value in our spelling; what a newer client makes of it, whatever that is, as text."""
    return str(getattr(value, "name", value)).lower()
