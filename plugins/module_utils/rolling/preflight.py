# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against an upgrade, all of it at once, and in which order it would be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .gate import Goal, brokers_left, same_protocol
from .observation import BrokerState, Observation, shortened
from .releases import Target, hop_problem, line_of
from .zookeeper import Quorum

_OPERATIONS = {"describe": "to see brokers and partitions", "describe_configs": "to read inter.broker.protocol.version"}


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    expected: tuple[int, ...]
    target: Target
    accepted: frozenset[str] = frozenset()  # topics that may be unavailable for a while
    balanced: bool = False
    first: int | None = None  # the broker that a run was working on when it was broken off


@dataclass(frozen=True)
class Outlook:
    """What was found out. ``problems`` must be solved first; ``remarks`` are for people to know; ``not_checked`` could not be looked at."""

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    not_checked: tuple[str, ...]
    pin: str  # the protocol that is kept while the binaries change
    binaries: tuple[int, ...]  # brokers whose binaries are still to change, in order
    protocol: tuple[int, ...]  # brokers whose protocol is still to be raised, in order
    fragile: Mapping[str, str] = field(default_factory=dict)


def look_ahead(request: Request, seen: Observation, operations: Collection[str], zookeepers: Quorum | None = None) -> Outlook:
    """What speaks against it, and what would be done.

    :param operations: what the user may do on the cluster itself.
    :param zookeepers: None when no ZooKeeper was named.
    """
    pin = _pin(seen)
    states = [seen.brokers[broker] for broker in request.expected if broker in seen.brokers]
    moved = bool(states) and all(state.release == request.target.kafka for state in states) and len(states) == len(request.expected)
    goal, final = Goal(request.target.kafka, pin), Goal(request.target.kafka, request.target.kafka)
    finished = [state.id for state in states if is_final(state, request.target)]
    binaries = [] if moved and (finished or not brokers_left(seen, request.expected, goal)) else brokers_left(seen, request.expected, goal, request.first)
    protocol = [broker for broker in brokers_left(seen, request.expected, final, request.first) if broker not in finished]
    problems = [*_brokers(request, seen), *_versions(request, seen, moved), *_partitions(request, seen), *_rights(request, operations)]
    remarks = [f"topic {name}, accepted: {reason}" for name, reason in seen.fragile_topics().items() if name in request.accepted]
    formats = sorted({state.message_format for state in states if state.message_format is not None})
    if formats:
        remarks.append(f"log.message.format.version {', '.join(formats)} is set: from the protocol 3.0 on it is ignored, and can be taken out")
    not_checked = ["ZooKeeper: none is named in zookeepers"] if zookeepers is None else []
    if zookeepers is not None:
        problems += zookeepers.problems()
        remarks += zookeepers.remarks(request.target.zookeeper)
    return Outlook(tuple(problems), tuple(remarks), tuple(not_checked), pin, tuple(binaries), tuple(protocol), seen.fragile_topics())


def is_final(state: BrokerState, target: Target) -> bool:
    """Whether the broker speaks the target's protocol, after which there is no way back."""
    return state.release == target.kafka and line_of(state.protocol) == line_of(target.kafka)


def _pin(seen: Observation) -> str:
    """The oldest protocol that a broker speaks: what all of them understand."""
    known = [state.protocol for state in seen.brokers.values() if state.protocol is not None and line_of(state.protocol) is not None]
    return min(known, key=lambda protocol: line_of(protocol) or (0, 0), default="")


def _brokers(request: Request, seen: Observation) -> Iterator[str]:
    absent = [broker for broker in request.expected if broker not in seen.brokers and broker != request.first]
    foreign = sorted(set(seen.brokers) - set(request.expected))
    silent = [state for state in seen.brokers.values() if state.release is None and state.id in request.expected and state.id != request.first]
    if absent:
        yield f"not registered: broker {', '.join(map(str, absent))}. Start it, or take it out of the list of brokers"
    if foreign:
        yield f"broker {', '.join(map(str, foreign))} is registered and not in the list of brokers: it would stay on the old version"
    for state in silent:
        yield f"broker {state.id} at {state.address} does not tell its version: {state.problem}"
    for state in seen.brokers.values():
        if state.is_kraft:
            yield f"broker {state.id} runs without ZooKeeper (KRaft): its protocol is raised by kafka-features, not by this role"
    if seen.controller is None:
        yield "there is no active controller"


def _versions(request: Request, seen: Observation, moved: bool) -> Iterator[str]:
    states = [state for state in seen.brokers.values() if state.release is not None and not state.is_kraft]
    releases: dict[str, list[int]] = {}
    for state in states:
        releases.setdefault(str(state.release), []).append(state.id)
    for release in sorted(releases, key=lambda release: line_of(release) or (0, 0)):
        problem = hop_problem(release, request.target)
        if problem:
            yield f"broker {', '.join(map(str, releases[release]))}: {problem}"
    old = [release for release in releases if release != request.target.kafka]
    if len(old) > 1:
        yield f"brokers of several releases ({', '.join(sorted(old))}): finish the earlier upgrade first"
    unknown = [state.id for state in states if state.protocol is None]
    if unknown:
        yield f"broker {', '.join(map(str, unknown))} does not tell its inter.broker.protocol.version"
    protocols = {state.protocol for state in states if state.protocol is not None}
    differ = any(not same_protocol(one, other) for one in protocols for other in protocols)
    if differ and not moved:
        yield f"brokers speak several protocols ({', '.join(sorted(map(str, protocols)))}) before all of them run the target: set one of them for all"


def _partitions(request: Request, seen: Observation) -> Iterator[str]:
    # While the broker of a broken-off run is down, what it holds is under-replicated because of that; the gates wait for it.
    waiting = request.first is not None
    offline, behind = seen.offline(request.accepted), seen.under_replicated(request.accepted)
    if offline and not waiting:
        yield f"{len(offline)} offline: {shortened(offline)}"
    if behind and not waiting:
        yield f"{len(behind)} under-replicated: {shortened(behind)}"
    for name, reason in seen.fragile_topics().items():
        if name not in request.accepted:
            yield f"topic {name}: {reason}. Give it more replicas, or accept it"


def _rights(request: Request, operations: Collection[str]) -> Iterator[str]:
    wanted: Sequence[tuple[str, str]] = [*_OPERATIONS.items(), *([("alter", "to elect preferred leaders")] if request.balanced else [])]
    for operation, why in wanted:
        if operation not in operations:
            yield f"the user may not {operation.upper()} the cluster, {why}"


def accepted_of(seen: Observation, patterns: Sequence[str]) -> frozenset[str]:
    """The fragile topics whose whole name matches one of the patterns."""
    return frozenset(name for name in seen.fragile_topics() if any(re.fullmatch(pattern, name) for pattern in patterns))
