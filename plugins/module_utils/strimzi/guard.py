# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators of a Strimzi cluster would undo when it is changed in Kafka itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .pauses import managing
from .resources import TOPIC, USER, Kind, Resource, name_of

IGNORED_USERS_VARIABLE = "STRIMZI_IGNORED_USERS_PATTERN"
_NEVER_TOUCHED = ("*", "ANONYMOUS")  # the user operator leaves their ACLs alone


@dataclass(frozen=True)
class Guard:
    """Who owns what in one cluster.

    :param topics: by topic, the KafkaTopic that the topic operator makes it from.
    :param ignored: users that the user operator leaves alone; it has none of its own without ``has_user_operator``.
    """

    namespace: str
    cluster: str
    topics: Mapping[str, str]
    has_user_operator: bool = True
    owns_acls: bool = True
    ignored: tuple[re.Pattern[str], ...] = ()

    def topic_problems(self, changed: Iterable[str]) -> list[str]:
        """Why these topics are not changed in Kafka. One without a KafkaTopic is nobody's."""
        return [
            f"topic '{topic}' is made from KafkaTopic {self.namespace}/{self.topics[topic]}, and the topic operator of cluster {self.cluster} would undo "
            "this change: change the resource, with streamops.kafka.strimzi_topic"
            for topic in changed if topic in self.topics
        ]  # fmt: skip

    def acl_problems(self, principals: Iterable[str]) -> list[str]:
        """Why the ACLs of these principals (``User:name``) are not changed in Kafka."""
        return self._user_problems("the ACLs of", principals) if self.owns_acls else []

    def user_problems(self, what: str, users: Iterable[str]) -> list[str]:
        """Why what these users have (``the credentials of``) is not changed in Kafka."""
        return self._user_problems(what, (f"User:{user}" for user in users))

    def _user_problems(self, what: str, principals: Iterable[str]) -> list[str]:
        owned = [principal for principal in dict.fromkeys(principals) if self.has_user_operator and self._is_owned(principal)]
        return [
            f"{what} {principal} belong to the user operator of cluster {self.namespace}/{self.cluster}, whether there is a KafkaUser or not, and it would "
            "undo this change: use streamops.kafka.strimzi_user"
            for principal in owned
        ]  # fmt: skip

    def _is_owned(self, principal: str) -> bool:
        kind, _separator, name = principal.partition(":")
        name = name.removeprefix("CN=") if "," not in name else name
        return kind == "User" and name not in _NEVER_TOUCHED and not any(pattern.fullmatch(name) for pattern in self.ignored)


def guard_from(namespace: str, cluster: str, kafka: Resource | None, topics: Iterable[Resource], ignored: Iterable[str]) -> Guard:
    """What the Kafka resource and the KafkaTopics say. Without the first, which may not be readable, both operators are taken to be there.

    :param ignored: patterns of users that the user operator is known to leave alone.
    :raises ValueError: when one of them is no regular expression.
    """
    patterns = [*ignored, *([] if kafka is None else _ignored_in(kafka))]
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise ValueError(f"'{pattern}', which says what users the user operator ignores, is no regular expression: {error}") from error
    managed = managing(topics, cluster) if kafka is None or _has(kafka, TOPIC) else {}
    authorization = {} if kafka is None else ((kafka.get("spec") or {}).get("kafka") or {}).get("authorization") or {}
    return Guard(
        namespace, cluster, {topic: name_of(resources[0]) for topic, resources in managed.items()},
        has_user_operator=kafka is None or _has(kafka, USER),
        owns_acls=kafka is None or authorization.get("type") == "simple",
        ignored=tuple(compiled),
    )  # fmt: skip


def _has(kafka: Resource, kind: Kind) -> bool:
    return kind.operator in ((kafka.get("spec") or {}).get("entityOperator") or {})


def _ignored_in(kafka: Resource) -> list[str]:
    """From the environment that the resource gives to the container of the user operator."""
    template: Mapping[str, Any] = ((kafka.get("spec") or {}).get("entityOperator") or {}).get("template") or {}
    environment = (template.get("userOperatorContainer") or {}).get("env") or []
    return [str(each["value"]) for each in environment if each.get("name") == IGNORED_USERS_VARIABLE and each.get("value")]
