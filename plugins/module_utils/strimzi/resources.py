# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's resources as the API gives them: what they are called, whose they are, how far the operator is. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError

GROUP = "kafka.strimzi.io"
KNOWN_VERSIONS = ("v1", "v1beta2")  # the best one first; v1beta2 is gone in Strimzi 1.0, v1 came with 0.49
CLUSTER_LABEL = "strimzi.io/cluster"
PAUSED = "strimzi.io/pause-reconciliation"
MANAGED = "strimzi.io/managed"
LONGEST_RESOURCE_NAME = 253
_RESOURCE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of resource, and the operator that turns it into something of Kafka."""

    name: str
    plural: str
    what: str
    operator: str


TOPIC = Kind("KafkaTopic", "kafkatopics", "topic", "topicOperator")
USER = Kind("KafkaUser", "kafkausers", "user", "userOperator")
KAFKA = Kind("Kafka", "kafkas", "cluster", "")
NODE_POOL = Kind("KafkaNodePool", "kafkanodepools", "node pool", "")


def resource_name_problem(name: str) -> str:
    """Why ``name`` cannot be the name of a resource; empty when it can."""
    if len(name) > LONGEST_RESOURCE_NAME:
        return f"'{name[:40]}...' has {len(name)} characters, a resource's name may have {LONGEST_RESOURCE_NAME}"
    if not _RESOURCE_NAME.fullmatch(name):
        return f"'{name}' is no name of a resource: lower case letters, digits, '-' and '.' are allowed, at both ends letters or digits"
    return ""


def topic_resource_name(topic: str) -> str:
    """What the resource of a topic is called: as the topic where that is legal, else what is legal of it and its SHA-1, as Strimzi itself did."""
    if not resource_name_problem(topic):
        return topic
    digest = hashlib.sha1(topic.encode()).hexdigest()  # noqa: S324  # a name, not a secret
    legal = re.sub(r"[^a-z0-9.-]", "-", topic.lower())
    legal = re.sub(r"[-.]*\.[-.]*", ".", legal).strip("-.")[: LONGEST_RESOURCE_NAME - len(digest) - 3].rstrip("-.")
    return f"{legal}---{digest}" if legal else digest


def subject_of(kind: Kind, resource: Resource) -> str:
    """The topic or user that a resource stands for."""
    spec = resource.get("spec") or {}
    return str(kind is TOPIC and spec.get("topicName") or name_of(resource))


def name_of(resource: Resource) -> str:
    return str(resource["metadata"]["name"])


def cluster_of(resource: Resource) -> str:
    return str((resource["metadata"].get("labels") or {}).get(CLUSTER_LABEL, ""))


def annotation(resource: Resource, key: str) -> str:
    return str((resource["metadata"].get("annotations") or {}).get(key, ""))


def is_paused(resource: Resource) -> bool:
    return annotation(resource, PAUSED).lower() == "true"


def is_unmanaged(resource: Resource) -> bool:
    return annotation(resource, MANAGED).lower() == "false"


@dataclass(frozen=True)
class Progress:
    """How far the operator is with a resource: ``ready``, ``not_ready``, ``paused``, ``pending`` or ``gone``, and its own words."""

    state: str
    says: str = ""

    @property
    def is_settled(self) -> bool:
        return self.state != "pending"


def progress_of(resource: Resource | None) -> Progress:
    """A condition counts when it is about the resource as it is now (observedGeneration), not about an earlier one.

    The topic operator says Ready=False of what it cannot do, the other two operators NotReady=True.
    """
    if resource is None:
        return Progress("gone")
    meta, status = resource["metadata"], resource.get("status") or {}
    says = conditions_text(status.get("conditions") or [])
    if meta.get("deletionTimestamp"):
        return Progress("pending", f"is being deleted, its finalizers are {', '.join(meta.get('finalizers') or []) or 'none'}; {says}")
    if is_paused(resource):
        return Progress("paused", f"its reconciliation is paused by the annotation {PAUSED}{paused_by(resource)}")
    observed = status.get("observedGeneration")
    if observed is None or int(observed) < int(meta.get("generation", 0)):
        return Progress("pending", f"the operator has not looked at generation {meta.get('generation', 0)} yet; {says}")
    ready: Mapping[str, Any] = next((each for each in status.get("conditions") or [] if each.get("type") in ("Ready", "Unmanaged")), {})
    if ready.get("status") == "True":
        return Progress("ready", says)
    failed = ready.get("status") == "False" or any(each.get("type") == "NotReady" and each.get("status") == "True" for each in status.get("conditions") or [])
    return Progress("not_ready" if failed else "pending", says)


def conditions_text(conditions: Sequence[Mapping[str, Any]]) -> str:
    """The operator's conditions as people read them."""
    return "; ".join(_condition_text(each) for each in conditions) or "no condition yet"


def _condition_text(condition: Mapping[str, Any]) -> str:
    why = ": ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))
    return f"{condition.get('type')}={condition.get('status')}" + (f" ({why})" if why else "")


def paused_by(resource: Resource) -> str:
    """Who put the annotation there and when, as far as Kubernetes recorded it."""
    for entry in resource["metadata"].get("managedFields") or []:
        annotations = ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:annotations") or {}
        if f"f:{PAUSED}" in annotations:
            return f" (set by {entry.get('manager', 'somebody')}, {entry.get('time', 'time unknown')})"
    return ""


def choose_version(kind: Kind, served: Mapping[str, Sequence[str]], wanted: str | None) -> str:
    """The API version to use.

    :param served: by plural name, what the cluster serves.
    :raises OperationError: when the definition is missing, or serves nothing that is known here, or not the wanted one.
    """
    versions = served.get(kind.plural, ())
    attempted = f"find the definition of {kind.name}"
    if not versions:
        advice = "Install Strimzi's resource definitions (CRDs) and its cluster operator, or choose another cluster by kubeconfig and context."
        raise OperationError(attempted, GROUP, f"the cluster has no resource {kind.plural}.{GROUP}", advice)
    known = [version for version in KNOWN_VERSIONS if version in versions]
    if wanted and wanted not in versions:
        raise OperationError(attempted, GROUP, f"version {wanted} is not served, {', '.join(versions)} is", "Leave api_version out to take what is served.")
    if not wanted and not known:
        raise OperationError(attempted, GROUP, f"it is served as {', '.join(versions)} only; {' and '.join(KNOWN_VERSIONS)} are known here")
    return wanted or known[0]


def operator_warning(kind: Kind, cluster: str, namespace: str, kafkas: Iterable[Resource]) -> str:
    """Why nobody may work on these resources; empty when nothing speaks for that."""
    kafka = next((each for each in kafkas if name_of(each) == cluster), None)
    if kafka is None:
        return f"There is no Kafka resource {cluster} in namespace {namespace}: unless an operator runs by itself, nobody works on its {kind.what}s."
    operators = (kafka.get("spec") or {}).get("entityOperator") or {}
    if kind.operator not in operators:
        return f"The Kafka resource {cluster} has no entityOperator.{kind.operator}: nobody works on its {kind.what}s."
    watched = (operators[kind.operator] or {}).get("watchedNamespace", namespace)
    if watched != namespace:
        return f"The operator of cluster {cluster} watches namespace {watched}, not {namespace}: it does not see these {kind.what}s."
    return ""
