# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands for an admin pod: Kafka's own tools, each told how to log in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..kafka.pod_tools.login import ToolLogin, jaas_configuration
from .client_access import Access

LOGIN = "/dev/fd/3"  # what the launcher fills with the properties of the login
_USUAL = "--command-config"
# Tools that call the option otherwise. Newer releases take --command-config as well, and all of these still take the old one.
_OPTIONS = {
    "kafka-console-consumer": "--consumer.config",
    "kafka-console-producer": "--producer.config",
    "kafka-producer-perf-test": "--producer.config",
    "kafka-consumer-perf-test": "--consumer.config",
    "kafka-verifiable-producer": "--producer.config",
    "kafka-verifiable-consumer": "--consumer.config",
    "kafka-leader-election": "--admin.config",
    "kafka-streams-application-reset": "--config-file",
}
_UNCONNECTED = frozenset({"kafka-storage", "kafka-dump-log", "kafka-run-class"})
_FORBIDDEN = ("--bootstrap-server", "--broker-list", "--zookeeper", "--command-config", "--consumer.config", "--producer.config", "--admin.config")


@dataclass(frozen=True)
class Command:
    """One call of a tool."""

    tool: str
    arguments: tuple[str, ...]
    input: str = ""
    config_option: str = _USUAL
    connects: bool = True
    codes: tuple[int, ...] = (0,)
    changes: bool = True

    def words(self, servers: Sequence[str]) -> list[str]:
        """Its arguments. Those for the connection come first: some tools have commands of their own behind their options."""
        connection = ["--bootstrap-server", ",".join(servers), self.config_option, LOGIN] if self.connects else []
        return [*connection, *self.arguments]


def commands_from(entries: Iterable[Mapping[str, Any]]) -> list[Command]:
    """The option ``commands``."""
    return [_command(entry) for entry in entries]


def _command(entry: Mapping[str, Any]) -> Command:
    tool = entry["tool"].removesuffix(".sh")
    connects = tool not in _UNCONNECTED if entry["connects"] is None else entry["connects"]
    option = entry["config_option"] or _OPTIONS.get(tool, _USUAL)
    return Command(tool, tuple(entry["arguments"]), entry["input"] or "", option, connects, tuple(entry["exit_codes"]), entry["changes"])


def command_problems(commands: Sequence[Command]) -> list[str]:
    """What can never work."""
    problems = [] if commands else ["commands is empty: there is nothing to run"]
    for number, command in enumerate(commands, 1):
        where = f"commands[{number}] ({command.tool})"
        if "/" in command.tool or not command.tool.strip() or "\n" in command.tool:
            problems.append(f"{where}: the tool is a name such as kafka-topics, without a path")
        problems += [f"{where}: an argument is empty or has several lines, which the launcher cannot pass on"
                     for each in command.arguments if not each or "\n" in each]  # fmt: skip
        given = [each for each in command.arguments if command.connects and each.split("=")[0] in _FORBIDDEN]
        problems += [f"{where}: {each} is added by the module, from cluster, listener and user" for each in given]
    return problems


def login_of(access: Access) -> ToolLogin:
    """The login as properties of a Java client, complete in themselves: certificates are in them as PEM (Kafka 2.7, KIP-651)."""
    properties = {"client.id": "streamops.kafka", "security.protocol": access.protocol.upper()}
    if access.mechanism:
        properties["sasl.mechanism"] = access.mechanism.upper()
        properties["sasl.jaas.config"] = jaas_configuration(access.mechanism, access.login.username, access.login.password)
    if access.tls:
        properties |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": _pem(each.pem for each in access.trusted)}
    if access.login.key:
        chain = _pem(each.pem for each in access.login.chain)
        properties |= {"ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": chain, "ssl.keystore.key": access.login.key.decode()}
    return ToolLogin(tuple(access.bootstrap.split(",")), properties, access.login.username, access.login.password)


def _pem(parts: Iterable[bytes]) -> str:
    return b"".join(parts).decode()
