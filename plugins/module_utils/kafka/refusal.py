# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster answers instead of doing what it was asked, in words that help."""

from __future__ import annotations

from dataclasses import dataclass

try:
    from confluent_kafka import KafkaError
except ImportError:  # KafkaClient says so
    pass

_OFFSET_INVALID = -1001

# What the cluster means, for the codes whose own text leaves an operator guessing.
_ADVICE = {
    "TOPIC_AUTHORIZATION_FAILED": "The user may not do this with the topic: add an ACL (module kafka_acl).",
    "GROUP_AUTHORIZATION_FAILED": "The user may not do this with the group: add an ACL (module kafka_acl).",
    "CLUSTER_AUTHORIZATION_FAILED": "The user may not do this with the cluster: use a super user or add a cluster ACL (module kafka_acl).",
    "POLICY_VIOLATION": "A policy of the cluster forbids it.",
    "INVALID_REPLICATION_FACTOR": "There are fewer brokers than replicas.",
    "NON_EMPTY_GROUP": "The group has live members: stop its consumers first.",
    "UNKNOWN_MEMBER_ID": "The group has live members: stop its consumers first.",
    "SECURITY_DISABLED": "The brokers have no authorizer (authorizer.class.name).",
    "UNSUPPORTED_VERSION": "The brokers are too old for this request.",
    "_TIMED_OUT": "Nothing answered in time: look at the brokers' health, or raise request_timeout.",
}
# Passing faults: the metadata of KRaft brokers lags behind the controller, leaders and coordinators move.
TRANSIENT = frozenset({
    "NOT_LEADER_FOR_PARTITION", "NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID",
    "NOT_CONTROLLER", "NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "REQUEST_TIMED_OUT",
    "OFFSET_NOT_AVAILABLE", "NETWORK_EXCEPTION", "BROKER_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "KAFKA_STORAGE_ERROR",
    "_DESTROY_BROKER", "_ALL_BROKERS_DOWN", "REPLICA_NOT_AVAILABLE", "PREFERRED_LEADER_NOT_AVAILABLE", "_TRANSPORT", "_WAIT_COORD", "_TIMED_OUT",
})


@dataclass(frozen=True)
class Refusal:
    """What the cluster answered instead of doing it: ``code`` is Kafka's name of the error."""

    code: str
    text: str

    @property
    def is_transient(self) -> bool:
        return self.code in TRANSIENT

    @property
    def advice(self) -> str:
        return _ADVICE.get(self.code, "")

    def __str__(self) -> str:
        return f"{self.text} ({self.code})"


def unanswered(offset: int) -> Refusal | None:
    """The refusal behind an offset that is none: for a partition whose leader did not answer, librdkafka 2.16 reports success
    with OFFSET_INVALID (-1001)."""
    return Refusal("LEADER_NOT_AVAILABLE", "the leader of the partition does not answer") if offset == _OFFSET_INVALID else None


def refusal_from(error: Exception) -> Refusal:
    """What a client library's error says."""
    reason = error.args[0] if error.args else error
    if isinstance(reason, KafkaError):
        text = reason.str()
        if text.startswith("Request Request("):  # a KRaft controller prints its whole request when it refuses one
            text = KafkaError(reason.code()).str().removeprefix("Broker: ")
        return Refusal(reason.name(), text)
    return Refusal(type(error).__name__, str(error))
