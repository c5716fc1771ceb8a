# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options to tools that can be run: rights, credentials, pod and container."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ...kubernetes import access, secrets
from ...kubernetes.client import Cluster
from ...kubernetes.place import CREDENTIALS_SECRET, POD_PLACE
from ...kubernetes.pods import Choice, Pod, Wanted, choose, selector_problem
from .launcher import PodTools
from .login import addresses_in, needs_login, tool_login

PLACE_SPEC: dict[str, dict[str, Any]] = {"kubernetes": {**POD_PLACE, "required": True}, "credentials_secret": CREDENTIALS_SECRET}

_WORDS, _NAMES = ("kafka",), ("broker",)
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
# Pods of a Kafka cluster that are no brokers; their images are often the same.
_OTHER_PARTS = ("zookeeper", "connect", "cruise-control", "exporter", "bridge", "mirror", "registry", "ksql", "rest-proxy", "ui")


@dataclass(frozen=True)
class Found:
    """Tools that can be run, the pod in which, and from where the credentials are."""

    tools: PodTools
    pod: str
    container: str
    sources: Mapping[str, str]

    def as_result(self) -> dict[str, object]:
        ran = {"programs": sorted(self.tools.programs), "tool_calls": self.tools.calls}
        return {"pod": self.pod, "container": self.container, "credentials": dict(self.sources), **ran}


def place_problems(place: Mapping[str, Any]) -> list[str]:
    """What is wrong with the option ``kubernetes``."""
    if not place.get("pod") and place.get("selector") is None:
        return ["kubernetes.selector or kubernetes.pod is needed"]
    if place.get("pod") and place.get("selector"):
        return ["kubernetes.selector and kubernetes.pod exclude each other"]
    wrong = "" if place.get("pod") else selector_problem(place["selector"])
    return [wrong] if wrong else []


def find(options: Mapping[str, Any]) -> Found:
    """The tools in the pod that the options describe. No tool has run yet.

    :raises OperationError: when a right, the Secret or the pod is missing.
    """
    place = options["kubernetes"]
    cluster = Cluster(place.get("kubeconfig"), place.get("context"))
    namespace = place.get("namespace") or cluster.namespace
    reference = _reference(options, namespace)
    secret = (reference.namespace, reference.name) if reference else None
    access.demand(cluster, access.rights_for("kubernetes_exec", namespace, secret, place.get("pod")))
    found = _credentials(options, reference, cluster)
    login = tool_login(options, found.username, found.password, options["timeout"])
    wanted = Wanted("kafka", namespace, place.get("selector"), place.get("pod"), place.get("container"), _WORDS, _NAMES)
    choice = preferred(choose(_pods(cluster, namespace, place.get("pod")), wanted), addresses_in(options["bootstrap_servers"]))
    tools = PodTools(cluster, choice, login, options["timeout"], options["heap"])
    return Found(tools, choice.pod.path, choice.container, found.sources)


def preferred(choices: Sequence[Choice], servers: Sequence[str]) -> Choice:
    """Of several pods that will do: a broker's when the tools connect to its own loopback, else one that is no broker's."""
    is_local = any(server.rpartition(":")[0].split("://")[-1] in _LOCAL for server in servers)

    def rank(choice: Choice) -> int:
        kind = _kind(choice.pod)
        return 2 if kind == "other" else int((kind == "broker") != is_local)

    return min(choices, key=rank)  # the first of equals


def _kind(pod: Pod) -> str:
    labels = {key: value.lower() for key, value in pod.labels.items()}
    told = " ".join(labels.get(key, "") for key in ("app.kubernetes.io/name", "app.kubernetes.io/component", "strimzi.io/component-type", "app"))
    if labels.get("strimzi.io/broker-role") == "false" or any(part in told for part in _OTHER_PARTS):
        return "other"
    is_broker = labels.get("strimzi.io/broker-role") == "true" or pod.owner.startswith(("StatefulSet/", "StrimziPodSet/"))
    return "broker" if is_broker else "admin"


def _reference(options: Mapping[str, Any], namespace: str) -> secrets.SecretReference | None:
    given = options["credentials_secret"]
    if given is None or not needs_login(options) or None not in (options["sasl_username"], options["sasl_password"]):
        return None
    keys = {key: given[key] for key in ("username_key", "password_key") if given.get(key)}
    return secrets.SecretReference(given.get("namespace") or namespace, given["name"], **keys)


def _credentials(options: Mapping[str, Any], reference: secrets.SecretReference | None, cluster: Cluster) -> secrets.Credentials:
    if not needs_login(options):
        return secrets.Credentials(sources={"username": secrets.NOWHERE, "password": secrets.NOWHERE})
    given = {"username": options["sasl_username"], "password": options["sasl_password"]}
    found = secrets.resolve(given, reference, cluster.secret, os.environ, "kafka")
    missing = [half for half in ("username", "password") if getattr(found, half) is None]
    if missing:
        raise InputError([f"security_protocol is {options['security_protocol']} but there is no {half}: give sasl_{half}, credentials_secret, "
                          f"or {secrets.environment_names('kafka')[half]} in the environment" for half in missing])
    return found


def _pods(cluster: Cluster, namespace: str, name: str | None) -> list[Pod]:
    """One pod by its name where nothing more may be seen, else all of the namespace, to be able to say what is there instead."""
    if name and access.missing_rights(cluster, [access.Right(namespace, "list", "pods")]):
        return [cluster.pod(namespace, name)]
    return cluster.pods(namespace)
