# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal is cut down to, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_KNOWN = ("brokers", "zookeepers", "connect_workers", "nodes", "addresses", "remove")


@dataclass(frozen=True)
class Rehearsal:
    """How much of the cluster a rehearsal keeps.

    :param connect_workers: ``None`` keeps all.
    :param nodes: the hosts of the rehearsal, in the order in which they are given out.
    :param node_of: for hosts whose place is given, old and new.
    :param addresses: addresses that clients outside are told, old and new.
    :param remove: globs of services that the rehearsal does without.
    """

    brokers: int
    zookeepers: int
    connect_workers: int | None = None
    nodes: tuple[str, ...] = ()
    node_of: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


def rehearsal_from(value: object, problems: list[str]) -> Rehearsal | None:
    """The rehearsal that is asked for, ``None`` when none is. Adds what is wrong with it to ``problems``."""
    if value in (None, {}, ""):
        return None
    if not isinstance(value, Mapping):
        problems.append("rehearsal must be a dictionary such as {'brokers': 5, 'zookeepers': 1, 'nodes': ['lab-1', 'lab-2']}")
        return None
    unknown = sorted(str(name) for name in value if name not in _KNOWN)
    if unknown:
        problems.append(f"rehearsal has no {', '.join(unknown)}. It has {', '.join(_KNOWN)}")
    brokers = _count(value.get("brokers"), "brokers", problems)
    zookeepers = _count(value.get("zookeepers"), "zookeepers", problems)
    workers = None if value.get("connect_workers") is None else _count(value["connect_workers"], "connect_workers", problems, least=0)
    nodes, node_of = _nodes(value.get("nodes"), problems)
    addresses = _pairs(value.get("addresses"), "addresses", problems)
    remove = value.get("remove") or []
    if not _is_texts(remove):
        problems.append("rehearsal.remove must be a list of names or globs of services")
        remove = []
    if nodes and len(set(nodes)) < max(brokers, zookeepers):
        problems.append(
            f"rehearsal.nodes names {len(set(nodes))} nodes for {brokers} brokers and {zookeepers} ZooKeepers: "
            "two on one node would share a directory of data"
        )
    return Rehearsal(brokers, zookeepers, workers, nodes, node_of, addresses, tuple(remove))


def _count(value: object, name: str, problems: list[str], least: int = 1) -> int:
    text = str(value).strip()
    if not text.isdigit() or int(text) < least:
        problems.append(f"rehearsal.{name} must be a number of at least {least}")
        return 0
    return int(text)


def _nodes(value: object, problems: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    if value in (None, [], {}):
        return (), {}
    if isinstance(value, Mapping):
        pairs = _pairs(value, "nodes", problems)
        return tuple(pairs.values()), pairs
    if not _is_texts(value):
        problems.append("rehearsal.nodes must be a list of hosts, or a dictionary of old and new ones")
        return (), {}
    return (tuple(value) if isinstance(value, (list, tuple)) else ()), {}


def _pairs(value: object, name: str, problems: list[str]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(part, str) and part for pair in value.items() for part in pair):
        problems.append(f"rehearsal.{name} must be a dictionary of old and new texts")
        return {}
    return {str(old): str(new) for old, new in value.items()}


def _is_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(part, str) and part for part in value)
