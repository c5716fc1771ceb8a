# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster can be used with these settings, and if not, which of the many reasons it is.

Every address is asked what it is before anybody logs in. What was seen is judged by pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ..errors import OperationError
from .client import Broker, KafkaClient
from .connection import Connection
from .listener import Listener, probe_listener, split_address

try:
    from confluent_kafka.admin import ConfigResource, ResourceType
except ImportError:
    pass  # open_client says so

WRONG_LISTENER = "this is the wrong listener, not a broker that is down"


@dataclass
class Checked:
    """What was seen: the bootstrap addresses, other listeners that were tried, and the cluster behind them."""

    wanted: str
    bootstrap: list[Listener] = field(default_factory=list)
    others: list[Listener] = field(default_factory=list)
    brokers: tuple[Broker, ...] = ()
    advertised: list[Listener] = field(default_factory=list)
    cluster_id: str | None = None

    def as_result(self) -> dict[str, Any]:
        return {
            "cluster_id": self.cluster_id,
            "brokers": [{"id": broker.id, "address": broker.address, "rack": broker.rack} for broker in self.brokers],
            "listeners": {seen.address: {"protocol": seen.protocol, "mechanisms": list(seen.mechanisms)} for seen in [*self.bootstrap, *self.others]},
        }


def probe_all(addresses: Iterable[str], timeout: float) -> list[Listener]:
    """What each address is, all asked at once."""
    wanted = list(dict.fromkeys(addresses))
    if not wanted:
        return []
    with ThreadPoolExecutor(max_workers=min(16, len(wanted))) as pool:
        return list(pool.map(lambda address: probe_listener(address, timeout), wanted))


def usual_addresses(bootstrap: Iterable[str], ports: Iterable[int]) -> list[str]:
    """The usual ports on the hosts of the bootstrap addresses."""
    hosts = dict.fromkeys(split_address(address)[0] for address in bootstrap)
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts for port in ports]


def bootstrap_problems(checked: Checked) -> list[str]:
    """What keeps a client with these settings from getting in; empty when at least one address is what it should be and none is of another kind."""
    wrong = [seen for seen in checked.bootstrap if seen.is_kafka and seen.protocol != checked.wanted]
    problems = [f"the client is set to {checked.wanted}, but {seen}: {WRONG_LISTENER}" for seen in wrong]
    if not wrong and not any(seen.is_kafka for seen in checked.bootstrap):
        problems = [str(seen) for seen in checked.bootstrap]
    return problems


def unreachable(checked: Checked) -> list[Listener]:
    """Bootstrap addresses that do not answer while others do: the client gets in through the others."""
    return [seen for seen in checked.bootstrap if not seen.is_kafka]


def advice_for(checked: Checked) -> str:
    """Which setting to change: the listener that does match, if one was seen, or the protocol of the one that answered."""
    fitting = [seen for seen in checked.bootstrap if seen.protocol == checked.wanted]
    wrong = [seen for seen in checked.bootstrap if seen.is_kafka and seen.protocol != checked.wanted]
    matching = [seen for seen in checked.others if seen.protocol == checked.wanted]
    if fitting:
        return f"Take {_addresses(wrong)} out of bootstrap_servers: {_addresses(fitting)} is what the client is set to."
    if matching:
        stronger = f", or security_protocol to {wrong[0].protocol}" if wrong and wrong[0].protocol != "plaintext" else ""
        return f"{' and '.join(map(str, matching))}: set bootstrap_servers to {_addresses(matching)}{stronger}."
    if wrong:
        return f"Set security_protocol to {wrong[0].protocol}, or bootstrap_servers to the address of the {checked.wanted} listener."
    if checked.others:
        return f"{' and '.join(map(str, checked.others))}. Check bootstrap_servers and security_protocol."
    return "Check bootstrap_servers, and that the brokers run."


def advertised_problems(checked: Checked) -> list[str]:
    """Brokers that tell clients an address which cannot be used from here."""
    problems = []
    for broker, seen in zip(checked.brokers, checked.advertised):
        if not seen.is_kafka:
            problems.append(f"broker {broker.id} tells its clients to use {broker.address}, but {seen}")
        elif seen.protocol != checked.wanted:
            problems.append(f"broker {broker.id} tells its clients to use {broker.address}, but {seen}, not {checked.wanted}")
    return problems


def listeners_of_brokers(client: KafkaClient) -> list[str]:
    """The addresses of all listeners, from the brokers' configuration. Empty where the user may not read it."""
    brokers: Sequence[Broker] = client.cluster.brokers[:3]
    futures = client.admin.describe_configs([ConfigResource(ResourceType.BROKER, str(broker.id)) for broker in brokers])
    configs, _refused = client.refusals(futures)
    texts = [str(config["advertised.listeners"].value or "") for config in configs.values() if "advertised.listeners" in config]
    return [address for text in texts for address in text.split(",") if "://" in address]


def look_further(checked: Checked, connection: Connection, known: Iterable[str], ports: Iterable[int], timeout: float) -> None:
    """Fill ``checked.others``: known listeners, the usual ports, and what a plain listener tells of the cluster without login."""
    told: list[str] = []
    open_ones = [seen.address for seen in checked.bootstrap if seen.protocol == "plaintext"]
    if open_ones:
        try:
            anonymous = Connection({"bootstrap.servers": ",".join(open_ones), "security.protocol": "plaintext"}, min(connection.timeout, 5.0))
            with KafkaClient(anonymous) as client:
                told = [address.split("://")[1] for address in listeners_of_brokers(client)]
        except OperationError:
            pass  # it was only a chance to learn more
    asked = {seen.address for seen in checked.bootstrap}
    addresses = [*known, *told, *usual_addresses(connection.bootstrap, ports)]
    seen = probe_all((address for address in addresses if address not in asked), timeout)
    checked.others = [listener for listener in seen if listener.is_kafka]


def check_connection(connection: Connection, known: Sequence[str], ports: Sequence[int], probe_timeout: float) -> Checked:
    """Ask every address what it is, log in, and ask the advertised addresses.

    :raises OperationError: with every problem; what was seen is in ``partial``.
    """
    checked = Checked(connection.protocol, probe_all(connection.bootstrap, probe_timeout))
    problems = bootstrap_problems(checked)
    if problems:
        look_further(checked, connection, known, ports, probe_timeout)
        raise _failure(connection, problems, advice_for(checked), checked)
    with KafkaClient(connection) as client:
        checked.cluster_id, checked.brokers = client.cluster.id, client.cluster.brokers
    checked.advertised = probe_all((broker.address for broker in checked.brokers), probe_timeout)
    problems = advertised_problems(checked)
    if problems:
        advice = "Make these addresses reachable from here, or use the listener that is meant for clients outside of the cluster."
        raise _failure(connection, problems, advice, checked)
    return checked


def _addresses(listeners: Iterable[Listener]) -> str:
    return ",".join(seen.address for seen in listeners)


def _failure(connection: Connection, problems: list[str], advice: str, checked: Checked) -> OperationError:
    return OperationError("connect to Kafka", ",".join(connection.bootstrap), "; ".join(problems), advice, checked.as_result())
