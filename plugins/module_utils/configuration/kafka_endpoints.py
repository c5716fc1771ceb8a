# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of Kafka in any configuration, and whether clients log in there by SASL. Pure.

Home-made configurations have no common form, so everything that may be an address of Kafka counts as one: a key that speaks of
bootstrap servers or brokers, host and port below something called kafka, and an address of the cluster under whatever key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .keys import FAILED, NOT_CHECKED, VERIFIED

_ADDRESS_KEY = re.compile(r"(kafka\.?)?(bootstrap(\.?servers?)?|broker\.?list|brokers)$")
_PROTOCOL_KEY = re.compile(r"security\.?protocol$")
_PORT_KEY = re.compile(r"(^|\.)(kafka)?port$")
_HOST_KEY = re.compile(r"(^|\.)(kafka)?(host|hostname|server|address)$")
_ADDRESS = re.compile(r"(?:[a-z_]+://)?((?:\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5}))(?![\w.])", re.IGNORECASE)
_LOGIN = re.compile(r"//[^/@\s]*@")
NO_ADDRESS = "(no host:port)"


@dataclass(frozen=True)
class KafkaListener:
    """A listener of the cluster: its port inside, the addresses that lead to it, whether it wants a SASL login."""

    name: str
    port: int
    sasl: bool
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClusterListeners:
    """All of them, and the names by which the cluster is reached inside of Kubernetes: ``experiment-kafka-bootstrap``."""

    listeners: Sequence[KafkaListener]
    service: str = ""

    def at(self, address: str) -> KafkaListener | None:
        """The listener that an address leads to, as far as that is known. An address without a host is a port."""
        host, dummy, port = address.rpartition(":")
        for each in self.listeners:
            if address in each.addresses:
                return each
        is_ours = not host or host == self.service or (bool(self.service) and host.startswith(f"{self.service}."))
        return next((each for each in self.listeners if is_ours and str(each.port) == port), None)


@dataclass(frozen=True)
class FoundEndpoint:
    """Where an address of Kafka stands. ``protocols``: by their keys, the security protocols that go with it."""

    key: str
    address: str
    protocols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Whether clients log in by SASL there."""

    file: str
    endpoint: FoundEndpoint
    state: str
    reason: str = ""

    def as_result(self) -> dict[str, str]:
        return {"file": self.file, "key": self.endpoint.key, "address": self.endpoint.address, "state": self.state, "reason": self.reason}


def find_endpoints(tree: Any, cluster: ClusterListeners, keys: Iterable[str] = ()) -> list[FoundEndpoint]:
    """Every address of Kafka in a configuration.

    :param keys: further keys that hold one.
    """
    values = dict(_scalars(tree))
    plain = {key: _plain(key) for key in values}
    named = [key for key in values if _ADDRESS_KEY.search(plain[key]) or key in keys]
    found = [FoundEndpoint(key, address, _protocols(key, values, plain)) for key in named for address in _addresses(values[key]) or [NO_ADDRESS]]
    ports = [key for key in values if "kafka" in plain[key] and _PORT_KEY.search(plain[key]) and values[key].isdigit()]
    found += [FoundEndpoint(key, f"{_host_beside(key, values, plain)}:{values[key]}", _protocols(key, values, plain)) for key in ports]
    seen = {(each.key, each.address) for each in found}
    for key, value in values.items():
        found += [FoundEndpoint(key, each, _protocols(key, values, plain)) for each in _addresses(value) if cluster.at(each) and (key, each) not in seen]
    return found


def judge(file: str, endpoint: FoundEndpoint, cluster: ClusterListeners, ask: Callable[[str], str]) -> Judged:
    """By the listener that the address leads to, and by the protocol that is set beside it: both must be SASL.

    :param ask: what listens at an address: a security protocol, or why that cannot be told.
    """
    plain = {key: value for key, value in endpoint.protocols.items() if not value.lower().startswith("sasl_")}
    if plain:
        key, value = next(iter(plain.items()))
        if "${" in value or "{{" in value:
            return Judged(file, endpoint, NOT_CHECKED, f"{key} is {value}, which is not known here")
        return Judged(file, endpoint, FAILED, f"{key} is {value}")
    listener = cluster.at(endpoint.address)
    if listener is not None:
        return Judged(file, endpoint, VERIFIED if listener.sasl else FAILED, f"listener {listener.name} {'wants' if listener.sasl else 'has no'} SASL login")
    told = ask(endpoint.address)
    if told.startswith("sasl_"):
        return Judged(file, endpoint, VERIFIED, f"a {told} listener answers there")
    if told in ("plaintext", "ssl"):
        return Judged(file, endpoint, FAILED, f"a {told} listener answers there, without SASL")
    if endpoint.protocols:
        return Judged(file, endpoint, VERIFIED, f"{next(iter(endpoint.protocols))} is {next(iter(endpoint.protocols.values()))}")
    return Judged(file, endpoint, NOT_CHECKED, f"it is no address of this cluster, no security protocol stands beside it, and {told}")


def no_endpoint(file: str) -> Judged:
    """A file in which nothing was found: that is not the same as all being well."""
    return Judged(file, FoundEndpoint("", ""), NOT_CHECKED, "no address of Kafka was found in it, name its keys in endpoint_keys")


def _scalars(tree: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Every value with its path. A list of texts is one value."""
    if isinstance(tree, Mapping):
        for name, item in tree.items():
            yield from _scalars(item, f"{above}.{name}" if above else str(name))
    elif isinstance(tree, list):
        if all(not isinstance(item, (Mapping, list)) for item in tree):
            yield above, ",".join(str(item) for item in tree)
        else:
            for number, item in enumerate(tree):
                yield from _scalars(item, f"{above}.{number}")
    elif tree is not None:
        yield above, str(tree)


def _plain(key: str) -> str:
    """``metrics.kafkaBootstrap_servers`` as ``metrics.kafkabootstrapservers``: names are told apart by dots only."""
    return re.sub(r"[-_]", "", key).lower()


def _addresses(value: str) -> list[str]:
    return [found.group(1) for found in _ADDRESS.finditer(_LOGIN.sub("//", value))]


def _parents(key: str) -> list[str]:
    """What stands above a key, nearest first; what is called kafka or bootstrap is part of the name."""
    parts = key.split(".")[:-1]
    while parts and parts[-1].lower() in ("bootstrap", "broker"):
        parts.pop()
    own = ".".join(parts)
    above = ".".join(parts[:-1]) if parts and parts[-1].lower() == "kafka" else own
    return list(dict.fromkeys((own, above)))


def _protocols(key: str, values: Mapping[str, str], plain: Mapping[str, str]) -> dict[str, str]:
    """The security protocols beside or below an address."""
    for parent in _parents(key):
        found = {each: values[each] for each in values if (not parent or each.startswith(f"{parent}.")) and _PROTOCOL_KEY.search(plain[each])}
        if found:
            return found
    return {}


def _host_beside(key: str, values: Mapping[str, str], plain: Mapping[str, str]) -> str:
    parent = key.rpartition(".")[0]
    return next((values[each] for each in values if each.rpartition(".")[0] == parent and _HOST_KEY.search(plain[each])), "")
