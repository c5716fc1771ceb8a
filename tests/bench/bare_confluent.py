# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of one kafka_topic or kafka_acl call, sent by confluent-kafka alone: what the modules are measured against.

Reads {"config", "job", "prefix", "count"} as JSON from stdin, does the job and ends. Nothing is decided or reported here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

PARTITIONS = 3
REMOVALS_PER_REQUEST = 100


def done(futures: dict[Any, Any]) -> None:
    for future in futures.values():
        future.result(timeout=60)


def count(futures: dict[Any, Any]) -> int:
    return sum(future.exception(timeout=60) is None for future in futures.values())


def until(observe: Callable[[], int], wanted: int) -> None:
    pause = 0.05
    while observe() != wanted:
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)


def topics(admin: AdminClient, job: str, names: list[str]) -> None:
    collection = TopicCollection(names)
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    new = [NewTopic(name, PARTITIONS, 1) for name in names]
    count(admin.describe_topics(collection))
    if job == "create":
        done(admin.create_topics(new, validate_only=True))
        done(admin.create_topics(new))
        until(lambda: count(admin.describe_topics(collection)), len(names))
        return
    done(admin.describe_configs(resources))
    if job == "delete":
        count(admin.describe_topics(collection, include_authorized_operations=True))
        done(admin.delete_topics(names, operation_timeout=60))
        until(lambda: count(admin.describe_topics(collection)), 0)


def acls(admin: AdminClient, job: str, names: list[str], principal: str) -> None:
    def terms(name: str) -> tuple[Any, ...]:
        return (ResourceType.TOPIC, name, ResourcePatternType.LITERAL, principal, "*", AclOperation.READ, AclPermissionType.ALLOW)

    any_of_it: tuple[Any, ...] = (ResourceType.ANY, None, ResourcePatternType.ANY, principal, None, AclOperation.ANY, AclPermissionType.ANY)

    def seen() -> int:
        return len(admin.describe_acls(AclBindingFilter(*any_of_it)).result(timeout=60))

    seen()
    if job == "create":
        done(admin.create_acls([AclBinding(*terms(name)) for name in names]))
        until(seen, len(names))
    if job == "delete":
        for part in chunks([AclBindingFilter(*terms(name)) for name in names]):
            done(admin.delete_acls(part))
        until(seen, 0)


def chunks(filters: list[AclBindingFilter]) -> Iterable[list[AclBindingFilter]]:
    return (filters[start:start + REMOVALS_PER_REQUEST] for start in range(0, len(filters), REMOVALS_PER_REQUEST))


def main() -> None:
    request = json.load(sys.stdin)
    admin = AdminClient(request["config"])
    names = [f"{request['prefix']}-{number}" for number in range(request["count"])]
    kind, job = request["job"].split(" ")
    if kind == "topics":
        topics(admin, job, names)
    else:
        acls(admin, job, names, f"User:{request['prefix']}")


if __name__ == "__main__":
    main()
