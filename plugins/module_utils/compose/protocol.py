# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins the version of the protocol between brokers, and raises it when all brokers are upgraded.

Brokers of two versions understand each other only while this is the older one's; what the newer one writes to disk the older one cannot read.
"""

from __future__ import annotations

import re

from ..errors import InputError
from .draft import Draft
from .images import version_in
from .places import add_variable
from .request import Request
from .stack import KAFKA, Service, Variable, names_of
from .versions import kafka_of, protocol_of

NAME = "KAFKA_INTER_BROKER_PROTOCOL_VERSION"
_LISTENER = "KAFKA_INTER_BROKER_LISTENER_NAME"
_DEFAULT = re.compile(r"\$\{(\w+)(?::?-([^{}]*))?\}|\$(\w+)")
_WHY = "brokers of both versions must understand each other until all are upgraded"


def pin_protocol(draft: Draft, request: Request, moving: list[Service]) -> None:
    """Writes the wanted version for every broker that has ZooKeeper.

    :param moving: services whose image changes in the same run.
    :raises InputError: when the version is not known, would go back, or would be raised before the binaries are.
    """
    brokers = [broker for broker in draft.stack.of_kind(KAFKA) if not broker.value("KAFKA_PROCESS_ROLES")]
    for broker in draft.stack.of_kind(KAFKA):
        if broker not in brokers:
            draft.ask(f"{broker.name} runs without ZooKeeper: it does not read {NAME}. Its `metadata.version` is raised with kafka-features.")
    if not draft.stack.of_kind(KAFKA):
        raise InputError(["no service is a Kafka broker: none has KAFKA_BROKER_ID or KAFKA_ADVERTISED_LISTENERS"], "Say which ones are with `kinds`.")
    wanted = {broker.name: wanted_for(broker, brokers, request) for broker in brokers}
    problems = [problem for broker in brokers for problem in _problems(broker, wanted[broker.name], broker in moving)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    for broker in brokers:
        if broker.value("KAFKA_LOG_MESSAGE_FORMAT_VERSION"):
            draft.ask("KAFKA_LOG_MESSAGE_FORMAT_VERSION is ignored from protocol 3.0 on; it can be removed when the protocol has been raised.")
    missing = [broker for broker in brokers if NAME not in broker.variables]
    for broker in missing:
        if broker.has_env_file:
            draft.ask(f"{broker.name}: its env_file may set {NAME} as well. What the stack file says wins; look whether that is right.")
    add_variable(draft, missing, NAME, lambda broker: f'"{wanted[broker.name]}"', _WHY, _LISTENER)
    _raise_pinned(draft, [broker for broker in brokers if broker not in missing], wanted)


def wanted_for(broker: Service, brokers: list[Service], request: Request) -> str:
    """What the caller says, else what is pinned, else the version of the image; empty when nothing tells it."""
    if request.protocol_text:
        return request.protocol_text
    pinned = _plain(broker.value(NAME))
    if pinned:
        return pinned
    version = version_in(_image(broker))
    from_others = {_plain(other.value(NAME)) for other in brokers} - {""}
    return from_others.pop() if len(from_others) == 1 else kafka_of(version) if version else ""


def _image(broker: Service) -> str:
    scalar = broker.scalar("image")
    return scalar.value.strip() if scalar else ""


def _plain(value: str) -> str:
    """The value, or the default of the variable that it comes from."""
    variable = _DEFAULT.fullmatch(value.strip())
    return (variable[2] or "") if variable else value.strip()


def _problems(broker: Service, text: str, moves: bool) -> list[str]:
    wanted = protocol_of(text)
    if not wanted:
        return ["the version of the protocol is not known: no broker's image tells its version, and none is pinned. Set inter_broker_protocol"
                " to the one that runs, such as '3.1'"]  # fmt: skip
    pinned_text = _plain(broker.value(NAME))
    pinned = protocol_of(pinned_text)
    if pinned and wanted < pinned:
        return [f"inter_broker_protocol {text} is older than {pinned_text}, which the file pins. There is no way back from a protocol version"]
    if pinned and wanted > pinned and moves:
        return [f"inter_broker_protocol {text} is newer than {pinned_text}, which the file pins, and the images are not upgraded yet. First upgrade"
                f" with inter_broker_protocol {pinned_text}, roll all brokers, then raise it in a second run"]  # fmt: skip
    version = version_in(_image(broker))
    runs = kafka_of(version) if version else ""
    newest = protocol_of(runs)
    if pinned and newest and pinned < wanted and wanted > newest:
        return [f"inter_broker_protocol {text} is newer than the images of brokers, which are {version} with Kafka {runs}. First upgrade these"]
    if not pinned and runs and wanted != protocol_of(runs):
        return [f"inter_broker_protocol {text} is not the one that runs: the images are {version}, which is Kafka {runs}, and none is pinned. Use '{runs}'"]
    return []


def _raise_pinned(draft: Draft, brokers: list[Service], wanted: dict[str, str]) -> None:
    done: list[Variable] = []
    for broker in brokers:
        variable, text = broker.variables[NAME], wanted[broker.name]
        if variable.is_from_shell:
            draft.ask(f"{NAME} of {broker.name} comes from the shell that deploys: it must be {text} there.")
            continue
        if any(variable.name_at is other.name_at for other in done) or protocol_of(_plain(variable.value or "")) == protocol_of(text):
            continue
        done.append(variable)
        users = [user for user in brokers if user.variables[NAME].name_at is variable.name_at]
        from_variable = _DEFAULT.fullmatch((variable.value or "").strip())
        if from_variable:
            draft.variables[from_variable[1] or from_variable[3]] = text
            draft.ask(f"{variable.value} must be {text} where it is defined: {NAME} of {names_of(users)} comes from it.")
        old = _plain(variable.value or "")
        if variable.value_at is not None and old:
            draft.replace(variable.value_at, old, text, names_of(users), f"{NAME} {old} becomes {text}", "all brokers are upgraded; there is no way back")
