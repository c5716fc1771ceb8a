# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tools log in: the options as the properties of a Java client. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..connection import is_secret
from ..listener import address_problems

_MODULES = {
    "plain": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "scram-sha-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "scram-sha-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_REQUEST_MS = 15_000  # one request; the client tries again until the time of the call is over


@dataclass(frozen=True)
class ToolLogin:
    """Where the tools connect to, as seen from the pod, and how."""

    servers: tuple[str, ...]
    properties: Mapping[str, str] = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not be shown, and what is quoted in them: a JAAS configuration holds the password."""
        values = {value for name, value in self.properties.items() if is_secret(name)}
        quoted = {text for value in values for text in _QUOTED.findall(value)}
        return frozenset((values | quoted | {self.password}) - {"", self.username})

    def masked(self, text: str) -> str:
        """The text without any of them."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "********")
        return text

    def as_file(self) -> str:
        """The content of a properties file, as java.util.Properties reads it (ISO 8859-1 with escapes)."""
        return properties_text(self.properties)


def needs_login(options: Mapping[str, Any]) -> bool:
    """Whether a user name and a password are needed: with SASL, unless client_config logs in otherwise."""
    is_sasl = str(options["security_protocol"]).startswith("sasl_")
    return is_sasl and options["sasl_mechanism"] in _MODULES and "sasl.jaas.config" not in (options["client_config"] or {})


def addresses_in(entries: list[str]) -> list[str]:
    """Each address of ``bootstrap_servers``, which may hold several in one text."""
    return [part.strip() for entry in entries for part in entry.split(",") if part.strip()]


def login_problems(options: Mapping[str, Any]) -> list[str]:
    """What can never work, before anybody is asked."""
    addresses = addresses_in(options["bootstrap_servers"])
    problems = address_problems(addresses)
    protocol, mechanism = options["security_protocol"], options["sasl_mechanism"]
    if not protocol.startswith("sasl_"):
        given = [name for name in ("sasl_username", "sasl_password", "credentials_secret") if options[name] is not None]
        problems += [f"{name} is given but security_protocol is {protocol}, so it would never log in: set sasl_plaintext or sasl_ssl" for name in given]
    elif mechanism not in _MODULES and "sasl.jaas.config" not in options["client_config"]:
        problems.append(f"sasl_mechanism {mechanism} needs sasl.jaas.config in client_config")
    librdkafka = sorted(name for name in options["client_config"] if name.startswith("ssl.") and name.endswith(("ca.location", "certificate.location")))
    problems += [f"client_config has {name}, a property of librdkafka: the tools are Java clients (ssl.truststore.location, ...)" for name in librdkafka]
    return problems


def tool_login(options: Mapping[str, Any], username: str | None, password: str | None, timeout: float) -> ToolLogin:
    """The login that the options describe. ``client_config`` wins.

    :param timeout: seconds that one call may take.
    """
    protocol, mechanism = options["security_protocol"], options["sasl_mechanism"]
    call_ms = int(min(30.0, timeout) * 1000)
    properties = {
        "client.id": "streamops.kafka",
        "security.protocol": protocol.upper(),
        "request.timeout.ms": str(min(_REQUEST_MS, call_ms)),
        "default.api.timeout.ms": str(call_ms),
    }
    if protocol.startswith("sasl_"):
        properties["sasl.mechanism"] = mechanism.upper()
    if needs_login(options):
        properties["sasl.jaas.config"] = jaas_configuration(mechanism, username or "", password or "")
    properties.update({str(name): str(value).lower() if isinstance(value, bool) else str(value) for name, value in options["client_config"].items()})
    return ToolLogin(tuple(addresses_in(options["bootstrap_servers"])), properties, username or "", password or "")


def jaas_configuration(mechanism: str, username: str, password: str) -> str:
    """The value of ``sasl.jaas.config``."""
    return f"{_MODULES[mechanism]} required username={_quoted(username)} password={_quoted(password)};"


def properties_text(properties: Mapping[str, str]) -> str:
    """A properties file, as java.util.Properties reads it."""
    return "".join(f"{_escaped(name, is_key=True)}={_escaped(value)}\n" for name, value in properties.items())


def _quoted(text: str) -> str:
    """A value in a JAAS configuration, which is read by java.io.StreamTokenizer."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'


def _escaped(text: str, is_key: bool = False) -> str:
    special = "=: #!" if is_key else ""
    out = []
    for position, letter in enumerate(text):
        if letter == "\\" or letter in special or (letter == " " and position == 0):
            out.append("\\" + letter)
        elif letter in "\n\r\t\f":
            out.append({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}[letter])
        elif " " <= letter <= "~":
            out.append(letter)
        else:
            utf16 = letter.encode("utf-16-be")
            out += [f"\\u{utf16[at:at + 2].hex()}" for at in range(0, len(utf16), 2)]
    return "".join(out)
