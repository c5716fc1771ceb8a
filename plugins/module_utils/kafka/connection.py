# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach a cluster: the options of every Kafka module, checked and turned into librdkafka's properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from .listener import address_problems

PROTOCOLS = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "gssapi"]

CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "bootstrap_servers": {"type": "list", "elements": "str", "required": True},
    "security_protocol": {"type": "str", "choices": PROTOCOLS, "default": "plaintext"},
    "sasl_mechanism": {"type": "str", "choices": MECHANISMS, "default": "scram-sha-512"},
    "sasl_username": {"type": "str"},
    "sasl_password": {"type": "str", "no_log": True},
    "ssl_ca_location": {"type": "path"},
    "ssl_certificate_location": {"type": "path"},
    "ssl_key_location": {"type": "path", "no_log": False},
    "ssl_key_password": {"type": "str", "no_log": True},
    "client_config": {"type": "dict", "default": {}},
    "request_timeout": {"type": "float", "default": 30},
}

# Each option and the librdkafka property that it sets (https://github.com/confluentinc/librdkafka CONFIGURATION.md).
_PROPERTIES = {
    "sasl_username": "sasl.username",
    "sasl_password": "sasl.password",
    "ssl_ca_location": "ssl.ca.location",
    "ssl_certificate_location": "ssl.certificate.location",
    "ssl_key_location": "ssl.key.location",
    "ssl_key_password": "ssl.key.password",
}
_SECRET_WORDS = ("password", "secret", "jaas", "token", ".pem", "oauthbearer.config")


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster: the librdkafka configuration and the seconds a request may take."""

    config: Mapping[str, Any]
    timeout: float
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)

    @property
    def bootstrap(self) -> tuple[str, ...]:
        return tuple(str(self.config["bootstrap.servers"]).split(","))

    @property
    def protocol(self) -> str:
        return str(self.config.get("security.protocol", "plaintext")).lower()


def connection_from(options: Mapping[str, Any]) -> Connection:
    """The connection that a module's options (CONNECTION_SPEC) describe.

    :raises InputError: for addresses and combinations that can never work, all of them at once.
    """
    addresses = [part.strip() for entry in options["bootstrap_servers"] for part in entry.split(",") if part.strip()]
    protocol = (options.get("security_protocol") or "plaintext").lower()
    config: dict[str, object] = {
        "bootstrap.servers": ",".join(addresses),
        "security.protocol": protocol,
        "client.id": "streamops.kafka",
    }
    if protocol.startswith("sasl_"):
        config["sasl.mechanism"] = (options.get("sasl_mechanism") or "scram-sha-512").upper()
    for option, name in _PROPERTIES.items():
        if options.get(option) is not None:
            config[name] = options[option]
    config.update({name: _as_property(value) for name, value in (options.get("client_config") or {}).items()})
    secrets = frozenset(str(value) for name, value in config.items() if is_secret(name) and value not in (None, ""))
    _check_connection(addresses, config)
    return Connection(config, float(options.get("request_timeout") or 30), secrets)


def is_secret(name: str) -> bool:
    """Whether a property of this name holds something that must not be shown."""
    return any(word in name.lower() for word in _SECRET_WORDS) and not name.lower().endswith(".location")


def _as_property(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _check_connection(addresses: list[str], config: Mapping[str, object]) -> None:
    problems = address_problems(addresses)
    protocol, mechanism = str(config["security.protocol"]).lower(), str(config.get("sasl.mechanism", "")).lower()
    has_login = config.get("sasl.username") is not None
    if has_login and not protocol.startswith("sasl_"):
        problems.append(f"sasl_username is given but security_protocol is {protocol}, so it would never log in: set sasl_plaintext or sasl_ssl")
    if protocol.startswith("sasl_") and (mechanism == "plain" or mechanism.startswith("scram")):
        problems += [f"security_protocol is {protocol} but {option} is not given" for option, name in
                     (("sasl_username", "sasl.username"), ("sasl_password", "sasl.password")) if config.get(name) is None]
    if problems:
        raise InputError(problems)
