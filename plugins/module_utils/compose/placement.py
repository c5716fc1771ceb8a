# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement of a rehearsal's services: the hosts of production become those of the rehearsal."""

from __future__ import annotations

import re

from ..errors import InputError
from .document import Mapping, Scalar, Sequence, target_of, walk
from .draft import Draft
from .edits import Edit
from .rehearsal_request import Rehearsal
from .stack import KAFKA, ZOOKEEPER, Service, effective

_ON_HOST = re.compile(r"(?P<before>\bnode\.hostname\s*[=!]=\s*)(?P<host>[^\s'\"]+)")
_ON_OTHER = re.compile(r"\bnode\.(id|labels\.[\w.-]+|platform\.\w+|role)\b|\bengine\.labels\.")


def place_on_nodes(draft: Draft, request: Rehearsal) -> None:
    """Writes the rehearsal's hosts into all constraints.

    :raises InputError: when the file places services on hosts and the rehearsal's are not named: it would be deployed on production's.
    """
    written = [node for node in walk(draft.document.root) if isinstance(node, Scalar) and _ON_HOST.search(node.value)]
    hosts = list(dict.fromkeys(found["host"] for scalar in written if (found := _ON_HOST.search(scalar.value))))
    if hosts and not request.nodes:
        raise InputError([f"rehearsal.nodes is missing: services are placed on {', '.join(hosts)}, which would be used for the rehearsal"])
    new = _given(hosts, request) if request.node_of else _given_out(draft, hosts, request.nodes)
    for scalar in written:
        found = _ON_HOST.search(draft.document.raw(scalar))
        if found and new[found["host"]] != found["host"]:
            at = scalar.start + found.start("host")
            draft.edits.append(Edit(at, at + len(found["host"]), new[found["host"]]))
            draft.record(scalar.start, "placement", f"{found['host']} becomes {new[found['host']]}", "a host of the rehearsal")
    others = sorted({found[0] for scalar in _constraints(draft) if (found := _ON_OTHER.search(scalar.value))})
    if others:
        draft.ask(f"Rehearsal: services are placed by {', '.join(others)} as well. See that the rehearsal's hosts have them.")


def _given(hosts: list[str], request: Rehearsal) -> dict[str, str]:
    """Each old host has its new one; the rehearsal's own stay, as in a file that was cut before."""
    missing = [host for host in hosts if host not in request.node_of and host not in request.nodes]
    if missing:
        raise InputError([f"rehearsal.nodes does not say what {', '.join(missing)} become"])
    return {host: request.node_of.get(host, host) for host in hosts}


def _given_out(draft: Draft, hosts: list[str], nodes: tuple[str, ...]) -> dict[str, str]:
    """New hosts in turn: no two brokers that were apart come together, and no two ZooKeepers."""
    new = {host: host for host in hosts if host in nodes}
    for kind in (KAFKA, ZOOKEEPER):
        of_kind = list(dict.fromkeys(host for service in draft.stack.of_kind(kind) for host in hosts_of(service)))
        for host in of_kind:
            taken = {new[other] for other in of_kind if other in new}
            free = [node for node in nodes if node not in taken]
            if host not in new:
                new[host] = free[0] if free else nodes[len(new) % len(nodes)]
    for index, host in enumerate(host for host in hosts if host not in new):
        new[host] = nodes[index % len(nodes)]
    return new


def hosts_of(service: Service) -> list[str]:
    """The hosts that a service is placed on by name."""
    node = service.node
    for key in ("deploy", "placement", "constraints"):
        found = effective(node).get(key)
        value = target_of(found.entry.value) if found else None
        if isinstance(value, Sequence):
            scalars = [item for item in map(target_of, value.items) if isinstance(item, Scalar)]
            return [match["host"] for item in scalars if (match := _ON_HOST.search(item.value)) and "!" not in match["before"]]
        if not isinstance(value, Mapping):
            return []
        node = value
    return []


def _constraints(draft: Draft) -> list[Scalar]:
    lists = [
        target_of(entry.value)
        for node in walk(draft.document.root)
        if isinstance(node, Mapping)
        for entry in node.entries
        if entry.name == "constraints"
    ]
    return [item for node in lists if isinstance(node, Sequence) for item in map(target_of, node.items) if isinstance(item, Scalar)]
