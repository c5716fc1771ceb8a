# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the resources that are there to those that are wanted. Pure.

What the API server would make of each step is asked of itself afterwards (a dry run); here it is only found which
resources need one, and everything that would not work though the API server accepts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Tuple

from .ownership import is_owned_by_others, owned_spec
from .resources import (
    CLUSTER_LABEL,
    GROUP,
    MANAGED,
    PAUSED,
    Kind,
    Resource,
    cluster_of,
    is_paused,
    is_unmanaged,
    name_of,
    paused_by,
    resource_name_problem,
    subject_of,
)
from .wishes import Wish

_BY_KEY = ("config", "quotas")  # what is not named in these stays; everything else is replaced as a whole


@dataclass(frozen=True)
class Place:
    """Where resources of one kind are, and in which version they are written."""

    kind: Kind
    api_version: str
    namespace: str
    cluster: str


@dataclass(frozen=True)
class Step:
    """One request. ``is_merge``: a merge patch, the only way to take away what others own too."""

    subject: str
    name: str
    action: str
    before: Resource | None = None
    body: Mapping[str, Any] | None = None
    is_merge: bool = False


@dataclass(frozen=True)
class Found:
    """The resources of a wish, and what is to be done about them."""

    wish: Wish
    resource: Resource | None
    step: Step | None


def plan(place: Place, resources: Iterable[Resource], wanted: Iterable[Wish]) -> tuple[list[Found], list[str]]:
    """What is there of each wish and the step that it needs, and why some cannot be made."""
    present = list(resources)
    by_subject: dict[str, list[Resource]] = {}
    for resource in present:
        if cluster_of(resource) == place.cluster:
            by_subject.setdefault(subject_of(place.kind, resource), []).append(resource)
    by_name = {name_of(resource): resource for resource in present}
    found, problems = [], []
    for wish in wanted:
        mine = by_subject.get(wish.subject, [])
        problem = _problem(place, wish, mine, by_name.get(wish.name))
        step = None if problem else _step(place, wish, mine[0] if mine else None)
        if step is not None and mine:
            problem = _unmovable(place, wish, mine[0])
        problems += [f"{place.kind.what} '{wish.subject}': {problem}"] if problem else []
        found.append(Found(wish, mine[0] if mine else None, step))
    return found, problems


def _problem(place: Place, wish: Wish, mine: list[Resource], namesake: Resource | None) -> str:
    if len(mine) > 1:
        names = ", ".join(sorted(name_of(each) for each in mine))
        return f"the resources {names} all stand for it, and the operator heeds only the oldest: delete the others"
    if wish.spec is None:
        return ""
    if not mine and namesake is not None:
        owner = cluster_of(namesake)
        if owner != place.cluster:
            return f"a resource named {wish.name} belongs to {f'cluster {owner}' if owner else 'no cluster'}, not to {place.cluster}"
        return f"a resource named {wish.name} stands for {place.kind.what} '{subject_of(place.kind, namesake)}': give another resource_name"
    if not mine and wish.only_adds_rights:
        return f"it has no {place.kind.name}, and exclusive_acls: false only adds rights to one that is there"
    if not mine and resource_name_problem(wish.name):
        return resource_name_problem(wish.name)
    wanted, there = wish.spec.get("partitions"), (mine[0].get("spec") or {}).get("partitions") if mine else None
    if wanted and there and wanted < there:
        return f"it has {there} partitions and Kafka cannot take any away, {wanted} are wanted"
    return ""


def _unmovable(place: Place, wish: Wish, resource: Resource) -> str:
    """Why the operator would not carry a step out."""
    if is_paused(resource):
        paused = f"the reconciliation of its resource {name_of(resource)} is paused{paused_by(resource)}"
        return f"{paused}, so the operator would not do it: take {PAUSED} away first"
    if is_unmanaged(resource) and wish.spec is not None:
        return f"its resource {name_of(resource)} is not managed ({MANAGED}: \"false\"), so the operator would not do it"
    return ""


def _step(place: Place, wish: Wish, resource: Resource | None) -> Step | None:
    if wish.spec is None:
        return None if resource is None or resource["metadata"].get("deletionTimestamp") else Step(wish.subject, name_of(resource), "deleted", resource)
    if resource is None:
        return Step(wish.subject, wish.name, "created", None, _manifest(place, wish.name, wish.spec))
    spec: Mapping[str, Any] = resource.get("spec") or {}
    wanted = {**wish.spec, "authorization": with_rights_of(wish.spec["authorization"], spec.get("authorization"))} if wish.only_adds_rights else wish.spec
    # A resource that is there keeps its name, and with it its topicName.
    fragment = {key: _as_there(key, value, spec.get(key)) for key, value in wanted.items() if key != "topicName"}
    removed = [key for key in wish.removals if key in (spec.get("config") or {})]
    if not removed and all(_is_part(value, spec.get(key), key in _BY_KEY) for key, value in fragment.items()):
        return None
    name = name_of(resource)
    if any(is_owned_by_others(resource, "config", key) for key in removed):
        config = {**fragment.get("config", {}), **dict.fromkeys(removed)}
        return Step(wish.subject, name, "altered", resource, _manifest(place, name, {**fragment, "config": config}), is_merge=True)
    whole = _merged(owned_spec(resource), fragment)
    if removed:
        whole["config"] = {key: value for key, value in whole.get("config", {}).items() if key not in removed}
    return Step(wish.subject, name, "altered", resource, _manifest(place, name, whole))


def _manifest(place: Place, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/{place.api_version}",
        "kind": place.kind.name,
        "metadata": {"name": name, "namespace": place.namespace, "labels": {CLUSTER_LABEL: place.cluster}},
        "spec": dict(spec),
    }


def _merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {**base, **{key: {**base.get(key, {}), **value} if key in _BY_KEY else value for key, value in above.items()}}


def _is_part(value: Any, there: Any, by_key: bool) -> bool:
    if by_key:
        return all(key in (there or {}) and there[key] == each for key, each in value.items())
    return bool(value == there)


def _as_there(key: str, value: Any, there: Any) -> Any:
    """The wanted value in the spelling of the one that is there, when both mean the same."""
    if key == "config" and isinstance(there, Mapping):
        return {name: there[name] if name in there and _text(there[name]) == text else text for name, text in value.items()}
    if key == "authorization" and isinstance(there, Mapping):
        same = (value.get("type"), rules_of(value)) == (there.get("type"), rules_of(there))
        return there if same else value
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


Rule = Tuple[Any, ...]  # permission, host, resource type, name, pattern type, operation


def rules_of(authorization: Mapping[str, Any] | None) -> frozenset[Rule]:
    """What the ACLs mean, whatever their order and however they are grouped."""
    return frozenset(rule for acl in (authorization or {}).get("acls") or [] for rule in _rules_of(acl))


def with_rights_of(wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What is there, and behind it what of the wanted it lacks."""
    known = rules_of(there)
    added = []
    for acl in wanted["acls"]:
        lacking = sorted(rule[-1] for rule in _rules_of(acl) if rule not in known and (*rule[:-1], "All") not in known)
        added += [{**acl, "operations": lacking}] if lacking else []
    return {**(there or {"type": wanted["type"]}), "acls": [*((there or {}).get("acls") or []), *added]}


def _rules_of(acl: Mapping[str, Any]) -> list[Rule]:
    resource = acl.get("resource") or {}
    named = (resource.get("type"), resource.get("name"), resource.get("patternType", "literal") if resource.get("type") != "cluster" else None)
    return [(acl.get("type", "allow"), acl.get("host", "*"), *named, operation) for operation in acl.get("operations") or [acl.get("operation", "All")]]


def spec_side(resource: Resource | None) -> dict[str, Any] | None:
    """A resource as one side of a change: its name and its spec, without what servers add."""
    return None if resource is None else {"resource": name_of(resource), "spec": dict(resource.get("spec") or {})}
