# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pod is meant, decided from what the pods are. Pure functions."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import OperationError

_SHOWN = 20
# How operators and their helpers are labelled: the recommended labels, and kubebuilder's own.
_MANAGER_LABELS = {
    "app.kubernetes.io/name": ("*operator*", "*controller-manager*"),
    "app.kubernetes.io/component": ("operator", "*-operator", "manager", "controller", "controller-manager", "webhook"),
    "control-plane": ("*manager*", "*operator*"),
    "app": ("*-operator", "*-controller-manager"),
    "name": ("*-operator",),
}
_MANAGER_OWNERS = ("*operator*", "*controller-manager*")
_MANAGER_IMAGE = re.compile(r"operator|controller-manager|kube-rbac-proxy")
_MANAGER_COMMAND = re.compile(r"(^|/)(manager|[\w-]*operator|controller-manager)$")
_SELECTOR_PART = re.compile(r"\s*(?:(!)\s*([\w./-]+)|([\w./-]+)(?:\s*(==|=|!=)\s*([\w.-]*)|\s+(in|notin)\s*\(([^)]*)\))?)\s*(?:,|$)")


@dataclass(frozen=True)
class Container:
    """One container of a pod."""

    name: str
    image: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pod:
    """What of a pod matters for the choice. ``owner`` is ``Kind/name``, empty for a pod of its own; ``uid`` tells it from others of its name."""

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    owner: str = ""
    phase: str = "Running"
    is_ready: bool = True
    is_ending: bool = False
    address: str = ""
    uid: str = ""

    @property
    def path(self) -> str:
        return f"{self.namespace}/{self.name}"

    def container(self, name: str) -> Container | None:
        return next((each for each in self.containers if each.name == name), None)


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for: by ``pod`` or by ``selector``, and what kind of container it has to be.

    :param container: its name; without it, the one that looks like ``what``.
    :param words: what names, images and commands of such a container contain: ``("mariadb", "mysql")``.
    :param names: further names that such a container has by habit: ``("db",)``.
    """

    what: str
    namespace: str
    selector: str | None = None
    pod: str | None = None
    container: str | None = None
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"pod {self.namespace}/{self.pod}" if self.pod else f"selector {self.selector} in namespace {self.namespace}"


@dataclass(frozen=True)
class Choice:
    """A pod that will do, and its container."""

    pod: Pod
    container: str


def pod_from(item: Mapping[str, Any]) -> Pod:
    """A pod as the API writes it."""
    meta, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    owner = next((each for each in meta.get("ownerReferences") or [] if each.get("controller")), None)
    ready: Mapping[str, Any] = next((each for each in status.get("conditions") or [] if each["type"] == "Ready"), {})
    return Pod(
        namespace=meta["namespace"],
        name=meta["name"],
        labels=meta.get("labels") or {},
        containers=tuple(_container_from(each) for each in spec.get("containers") or []),
        owner=f"{owner['kind']}/{owner['name']}" if owner else "",
        phase=status.get("phase", "Unknown"),
        is_ready=ready.get("status") == "True",
        is_ending=bool(meta.get("deletionTimestamp")),
        address=status.get("podIP") or "",
        uid=meta.get("uid") or "",
    )


def _container_from(item: Mapping[str, Any]) -> Container:
    return Container(item["name"], item.get("image") or "", (*(item.get("command") or ()), *(item.get("args") or ())))


def choose(pods: Sequence[Pod], wanted: Wanted) -> list[Choice]:
    """Every pod that will do, in the order of their names; at least one.

    :raises OperationError: says of each pod that was meant why it will not do, or which pods there are instead.
    """
    meant = sorted((pod for pod in pods if _is_meant(pod, wanted)), key=lambda pod: _natural(pod.name))
    if not meant:
        raise OperationError("find the pod", str(wanted), f"there is none. {_inventory(pods)}", _suggestion(pods, wanted))
    choices, refused = [], []
    for pod in meant:
        problem = unsuitable(pod, wanted)
        if problem:
            refused.append(f"{pod.name} {problem}")
        else:
            choices.append(Choice(pod, container_of(pod, wanted)))
    if not choices:
        advice = _suggestion([pod for pod in pods if not unsuitable(pod, wanted)], wanted) or "Name another pod, selector or container."
        raise OperationError("find the pod", str(wanted), f"{len(refused)} found, none will do: {'; '.join(refused[:_SHOWN])}", advice)
    return choices


def unsuitable(pod: Pod, wanted: Wanted) -> str:
    """Why this pod will not do, to be read after its name; empty when it will."""
    manager = sign_of_a_manager(pod)
    if manager:
        return f"is no {wanted.what} but an operator or manager ({manager})"
    if pod.owner.startswith("Job/"):
        return f"belongs to {pod.owner}, which ends by itself"
    if pod.is_ending:
        return "is being deleted"
    if not container_of(pod, wanted):
        there = ", ".join(each.name for each in pod.containers)
        missing = f"has no container {wanted.container}" if wanted.container else f"has no container that looks like {wanted.what}, set kubernetes.container"
        return f"{missing} (it has {there})"
    return "" if pod.is_ready else f"is not Ready ({pod.phase})"


def sign_of_a_manager(pod: Pod) -> str:
    """What shows that this pod manages others, empty for all others. Its name is no proof: people call databases anything."""
    for label, patterns in _MANAGER_LABELS.items():
        value = pod.labels.get(label, "").lower()
        if any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns):
            return f"label {label}={pod.labels[label]}"
    owner = pod.owner.lower()
    if any(fnmatch.fnmatchcase(owner, f"*/{pattern}") for pattern in _MANAGER_OWNERS):
        return f"owner {pod.owner}"
    for each in pod.containers:
        program = each.command[0] if each.command else ""
        if len(pod.containers) == 1 and (each.name == "manager" or _MANAGER_COMMAND.search(program) or _MANAGER_IMAGE.search(each.image)):
            return f"container {each.name}, image {each.image}" + (f", command {program}" if program else "")
    return ""


def container_of(pod: Pod, wanted: Wanted) -> str:
    """The container that is meant, empty when the pod has none."""
    if wanted.container:
        return wanted.container if pod.container(wanted.container) else ""
    by_habit = [each.name for each in pod.containers if each.name in (*wanted.words, *wanted.names)]
    by_name = [each.name for each in pod.containers if _contains(each.name, wanted)]
    by_looks = [each.name for each in pod.containers if _contains(each.image.rsplit("/", 1)[-1], wanted) or _contains(" ".join(each.command), wanted)]
    helpers = ("exporter", "metrics", "backup", "sidecar", "agent", "proxy")
    found = [name for name in (*by_habit, *by_name, *by_looks) if not any(helper in name for helper in helpers)]
    return found[0] if found else ""


def _contains(text: str, wanted: Wanted) -> bool:
    return any(word in text.lower() for word in wanted.words)


def _is_meant(pod: Pod, wanted: Wanted) -> bool:
    if pod.namespace != wanted.namespace or pod.phase in ("Succeeded", "Failed"):
        return False
    return pod.name == wanted.pod if wanted.pod else matches(pod.labels, wanted.selector or "")


def selector_problem(selector: str) -> str:
    """What is wrong with the spelling of a selector, empty when nothing is."""
    if not selector.strip():
        return "kubernetes.selector is empty: it would mean every pod"
    return "" if _parts(selector) is not None else f"kubernetes.selector {selector} is no label selector: write key=value,key in (a,b),!key"


def matches(labels: Mapping[str, str], selector: str) -> bool:
    """Whether a label selector means these labels."""
    return all(_matches_part(labels, *part) for part in _parts(selector) or [])


def _parts(selector: str) -> list[tuple[str, str, tuple[str, ...]]] | None:
    """Key, operator and values of each part; None when it is no selector."""
    parts: list[tuple[str, str, tuple[str, ...]]] = []
    position = 0
    while position < len(selector):
        found = _SELECTOR_PART.match(selector, position)
        if not found or found.end() == position:
            return None
        negated, absent, key, sign, value, set_sign, values = found.groups()
        if negated:
            parts.append((absent, "absent", ()))
        elif set_sign:
            parts.append((key, set_sign, tuple(each.strip() for each in values.split(","))))
        else:
            parts.append((key, {"=": "in", "==": "in", "!=": "notin", None: "present"}[sign], (value or "",)))
        position = found.end()
    return parts


def _matches_part(labels: Mapping[str, str], key: str, sign: str, values: tuple[str, ...]) -> bool:
    if sign in ("present", "absent"):
        return (key in labels) == (sign == "present")
    return (labels.get(key) in values) == (sign == "in")


def _inventory(pods: Iterable[Pod]) -> str:
    alive = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]
    if not alive:
        return "No pod at all runs in this namespace"
    told = [f"{pod.name} [{', '.join(f'{key}={value}' for key, value in sorted(pod.labels.items()))}]" for pod in alive]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return f"These pods are there: {'; '.join(told[:_SHOWN])}{more}"


def _suggestion(pods: Iterable[Pod], wanted: Wanted) -> str:
    """The closest that exists to what was asked for."""
    usable = [pod for pod in pods if not sign_of_a_manager(pod)]
    if wanted.pod:
        close = difflib.get_close_matches(wanted.pod, [pod.name for pod in usable], 1)
        return f"The closest is pod {close[0]}." if close else ""
    pairs = sorted({f"{key}={value}" for pod in usable for key, value in pod.labels.items() if key != "pod-template-hash"})
    asked = re.sub(r"\s", "", wanted.selector or "")
    found = max(pairs, key=lambda pair: _likeness(asked, pair, wanted), default="")
    return f"The closest selector is {found}." if found and _likeness(asked, found, wanted) > 0.4 else ""


def _likeness(asked: str, pair: str, wanted: Wanted) -> float:
    """Labels that say the same under another key come close too: ``app.kubernetes.io/name=minio`` and ``app=minio``."""
    whole = difflib.SequenceMatcher(None, asked, pair).ratio()
    value = difflib.SequenceMatcher(None, asked.partition("=")[2], pair.partition("=")[2]).ratio()
    return max(whole, 0.9 * value) + (0.1 if _contains(pair, wanted) else 0.0)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
