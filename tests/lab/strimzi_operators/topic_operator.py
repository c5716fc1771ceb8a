# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Strimzi's topic operator does: one topic for each KafkaTopic, with exactly its configuration. One way only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic, ResourceType

from .loop import Loop, OperatorError
from .resources import Api, Key, Resource, Watched, annotation, cluster_key, condition, is_news, is_paused

PLURAL = "kafkatopics"
FINALIZER = "strimzi.io/topic-operator"
SECONDS = 30


class Refused(Exception):
    """Why a resource is not carried out: the reason and message of its condition."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class TopicOperator:
    def __init__(self, api: Api, admin: AdminClient, interval: float) -> None:
        self._api, self._admin = api, admin
        self._loop = Loop(interval, self._reconcile, self._all)
        self._kafkas = Watched(api, "kafkas", self._cluster_changed)
        self._topics = Watched(api, PLURAL, lambda key, resource: self._loop.offer(key))

    def run(self, ready: Path) -> None:
        self._kafkas.start()
        self._topics.start()
        self._loop.run(lambda: self._kafkas.is_complete and self._topics.is_complete, ready)

    def _cluster_changed(self, cluster: Key, kafka: Resource) -> None:
        for key, resource in list(self._topics.items.items()):
            if cluster_key(resource) == cluster:
                self._loop.offer(key)

    def _all(self) -> Iterable[Key]:
        return list(self._topics.items)

    def _has_operator(self, resource: Resource) -> bool:
        kafka = self._kafkas.items.get(cluster_key(resource))
        return kafka is not None and "topicOperator" in ((kafka.get("spec") or {}).get("entityOperator") or {})

    def _reconcile(self, keys: list[Key]) -> None:
        there = [self._topics.items[key] for key in keys if key in self._topics.items]
        self._delete([each for each in there if each["metadata"].get("deletionTimestamp") and FINALIZER in (each["metadata"].get("finalizers") or [])])
        alive = [each for each in there if not each["metadata"].get("deletionTimestamp") and self._has_operator(each)]
        to_do = []
        for resource in alive:
            if annotation(resource, "managed") == "false":
                self._set_finalizer(resource, wanted=False)
                self._write(resource, condition("Unmanaged"))
            elif (refused := self._conflict(resource)) is not None:
                self._write(resource, condition("Ready", "False", refused.reason, refused.message))
            elif is_paused(resource):
                self._write(resource, condition("ReconciliationPaused"))
            else:
                self._set_finalizer(resource, wanted=True)
                to_do.append(resource)
        for resource, outcome in self._carry_out(to_do):
            if isinstance(outcome, Refused):
                self._write(resource, condition("Ready", "False", outcome.reason, outcome.message))
            else:
                self._write(resource, condition("Ready"), topicName=topic_of(resource), topicId=outcome)

    def _conflict(self, resource: Resource) -> Refused | None:
        known = (resource.get("status") or {}).get("topicName")
        if known and known != topic_of(resource):
            return Refused("NotSupported", "Changing spec.topicName is not supported")
        rivals = [each for each in list(self._topics.items.values()) if topic_of(each) == topic_of(resource) and self._has_operator(each)]
        oldest = min(rivals, key=lambda each: (each["metadata"]["creationTimestamp"], not _is_ready(each), each["metadata"]["uid"]))["metadata"]
        if oldest["uid"] == resource["metadata"]["uid"]:
            return None
        return Refused("ResourceConflict", f"Managed by Ref{{namespace='{oldest['namespace']}', name='{oldest['name']}'}}")

    def _delete(self, resources: Sequence[Resource]) -> None:
        """Here also when the Kafka resource is gone, where Strimzi's operator would be gone too and the namespace would never end."""
        managed = [each for each in resources if annotation(each, "managed") != "false" and self._conflict_free(each)]
        futures = self._admin.delete_topics([topic_of(each) for each in managed], operation_timeout=SECONDS) if managed else {}
        failed = {name: refused for name, future in futures.items() if (refused := _refusal(future, KafkaError.UNKNOWN_TOPIC_OR_PART))}
        for resource in resources:
            if topic_of(resource) in failed:
                self._write(resource, condition("Ready", "False", failed[topic_of(resource)].reason, failed[topic_of(resource)].message))
            else:
                self._set_finalizer(resource, wanted=False)

    def _conflict_free(self, resource: Resource) -> bool:
        """The younger of two resources for one topic takes nothing with it."""
        others = [each for each in list(self._topics.items.values()) if topic_of(each) == topic_of(resource)]
        return all(each["metadata"]["uid"] == resource["metadata"]["uid"] or not _is_ready(each) for each in others)

    def _carry_out(self, resources: Sequence[Resource]) -> list[tuple[Resource, str | Refused]]:
        """The id of each topic, or why it is not as it should be."""
        if not resources:
            return []
        found = self._describe([topic_of(each) for each in resources])
        missing = [each for each in resources if topic_of(each) not in found]
        outcomes: dict[str, str | Refused] = {}
        for name, refused in self._create(missing).items():
            outcomes[name] = refused or ""
        created = self._describe([topic_of(each) for each in missing if outcomes[topic_of(each)] == ""])
        outcomes |= {name: topic_id for name, (topic_id, dummy) in created.items()}
        present = [each for each in resources if topic_of(each) in found]
        refusals = self._alter(present, found)
        outcomes |= {topic_of(each): refusals.get(topic_of(each)) or found[topic_of(each)][0] for each in present}
        return [(each, outcomes[topic_of(each)]) for each in resources]

    def _describe(self, names: Sequence[str]) -> dict[str, tuple[str, Any]]:
        if not names:
            return {}
        found: dict[str, tuple[str, Any]] = {}
        for name, future in self._admin.describe_topics(TopicCollection(list(names)), request_timeout=SECONDS).items():
            try:
                description = future.result()
            except KafkaException as error:
                if error.args[0].code() not in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_EXCEPTION):
                    raise OperatorError(str(error)) from error
            else:
                found[name] = (str(description.topic_id), description)
        return found

    def _create(self, resources: Sequence[Resource]) -> dict[str, Refused | None]:
        if not resources:
            return {}
        wanted = []
        for resource in resources:
            spec = resource.get("spec") or {}
            config = {key: text_of(value) for key, value in (spec.get("config") or {}).items()}
            wanted.append(NewTopic(topic_of(resource), spec.get("partitions") or -1, spec.get("replicas") or -1, config=config))
        futures = self._admin.create_topics(wanted, operation_timeout=SECONDS, request_timeout=SECONDS)
        return {name: _refusal(future, KafkaError.TOPIC_ALREADY_EXISTS) for name, future in futures.items()}

    def _alter(self, resources: Sequence[Resource], found: Mapping[str, tuple[str, Any]]) -> dict[str, Refused]:
        refusals: dict[str, Refused] = {}
        if not resources:
            return refusals
        changes, more = [], []
        asked = [ConfigResource(ResourceType.TOPIC, topic_of(each)) for each in resources]
        configs = {each.name: future.result() for each, future in self._admin.describe_configs(asked, request_timeout=SECONDS).items()}
        for resource in resources:
            name, spec = topic_of(resource), resource.get("spec") or {}
            wanted = {key: text_of(value) for key, value in (spec.get("config") or {}).items()}
            entries = config_changes(wanted, configs[name])
            changes += [ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)] if entries else []
            partitions = len(found[name][1].partitions)
            replicas = len(found[name][1].partitions[0].replicas)
            if spec.get("partitions") and spec["partitions"] < partitions:
                refusals[name] = Refused("NotSupported", "Decreasing partitions not supported")
            elif spec.get("partitions") and spec["partitions"] > partitions:
                more.append(NewPartitions(name, spec["partitions"]))
            if spec.get("replicas") and spec["replicas"] != replicas:
                numbers = ", ".join(str(number) for number in range(partitions))
                refusals[name] = Refused("NotSupported", f"Replication factor change not supported, but required for partitions [{numbers}]")
        for change, future in (self._admin.incremental_alter_configs(changes).items() if changes else ()):
            refusals |= {change.name: refused for refused in [_refusal(future)] if refused}
        for name, future in (self._admin.create_partitions(more, operation_timeout=SECONDS).items() if more else ()):
            refusals |= {name: refused for refused in [_refusal(future)] if refused}
        return refusals

    def _set_finalizer(self, resource: Resource, wanted: bool) -> None:
        there = list(resource["metadata"].get("finalizers") or [])
        if (FINALIZER in there) != wanted:
            others = [each for each in there if each != FINALIZER]
            self._api.patch_metadata(PLURAL, resource, {"finalizers": [*others, *([FINALIZER] if wanted else [])]})

    def _write(self, resource: Resource, said: Mapping[str, str], **more: str) -> None:
        status = {"conditions": [dict(said)], "observedGeneration": resource["metadata"]["generation"], **more}
        if is_news(resource, status):
            self._api.patch_status(PLURAL, resource, status)


def topic_of(resource: Resource) -> str:
    return str((resource.get("spec") or {}).get("topicName") or resource["metadata"]["name"])


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(text_of(each) for each in value) if isinstance(value, list) else str(value)


def config_changes(wanted: Mapping[str, str], current: Mapping[str, ConfigEntry]) -> list[ConfigEntry]:
    """What is wanted is set; whatever else was set on the topic is taken away."""
    changes = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        for key, value in wanted.items() if key not in current or current[key].value != value
    ]  # fmt: skip
    return changes + [
        ConfigEntry(key, None, incremental_operation=AlterConfigOpType.DELETE)
        for key, entry in current.items() if key not in wanted and entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    ]  # fmt: skip


def _is_ready(resource: Resource) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in (resource.get("status") or {}).get("conditions") or [])


def _refusal(future: Any, *fine: int) -> Refused | None:
    try:
        future.result()
    except KafkaException as error:
        return None if error.args[0].code() in fine else Refused("KafkaError", error.args[0].str())
    return None
