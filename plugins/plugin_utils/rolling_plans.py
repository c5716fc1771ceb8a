# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role confluent_rolling_upgrade is about to do, made of its variables and of what was seen. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DRIVERS = ("swarm", "command", "systemd")
KINDS = ("broker", "zookeeper", "connect", "service")
PLACEHOLDERS = ("id", "service", "host", "image", "version", "protocol", "kind")
BROKER_OPTIONS = ("id", "service", "host", "image")
ZOOKEEPER_OPTIONS = ("address", "service", "host", "image")
WORKER_OPTIONS = ("service", "host", "image", "url", "release")
SERVICE_OPTIONS = ("service", "host", "image", "url", "kind")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LISTS = (("brokers", BROKER_OPTIONS, ("id", "service")), ("zookeepers", ZOOKEEPER_OPTIONS, ("address",)),
          ("workers", WORKER_OPTIONS, ("service", "url")), ("services", SERVICE_OPTIONS, ("service",)))  # fmt: skip


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the role's variables, before anything is looked at."""
    found: list[str] = []
    if settings["confirm"] != settings["name"]:
        found.append(f"this upgrades '{settings['name']}', and confluent_rolling_upgrade_confirm says '{settings['confirm']}'")
    if not settings["target"]:
        found.append("confluent_rolling_upgrade_target is empty: name a version, such as 7.7.1")
    if not settings["brokers"]:
        found.append("confluent_rolling_upgrade_brokers is empty")
    if not settings["kafka"].get("bootstrap_servers"):
        found.append("confluent_rolling_upgrade_kafka has no bootstrap_servers")
    if settings["driver"] not in DRIVERS:
        found.append(f"confluent_rolling_upgrade_driver is '{settings['driver']}', not one of {', '.join(DRIVERS)}")
    for name, options, required in _LISTS:
        found += [f"confluent_rolling_upgrade_{name}: {text}" for text in _entry_problems(settings[name], options, required)]
    ids = [each.get("id") for each in settings["brokers"]]
    found += [f"confluent_rolling_upgrade_brokers: {each} is listed twice" for each in sorted({str(each) for each in ids if ids.count(each) > 1})]
    if settings["workers"] and not settings["connect"].get("url"):
        found.append("there are confluent_rolling_upgrade_workers, and confluent_rolling_upgrade_connect has no url")
    if settings["driver"] == "swarm" and not settings["stack_file"]:
        found += [f"broker {each.get('service')} has no image, and there is no confluent_rolling_upgrade_stack_file"
                  for each in settings["brokers"] if not each.get("image")]
    if settings["driver"] == "systemd":
        found += _systemd_problems(settings)
    if settings["driver"] == "command":
        found += _command_problems(settings)
    return found


def _entry_problems(entries: Sequence[Mapping[str, Any]], options: Sequence[str], required: Sequence[str]) -> Iterator[str]:
    for number, each in enumerate(entries, start=1):
        unknown, absent = sorted(set(each) - set(options)), [name for name in required if each.get(name) in (None, "")]
        if unknown:
            yield f"entry {number} has {', '.join(unknown)}, only {', '.join(options)} are known"
        if absent:
            yield f"entry {number} has no {', '.join(absent)}"


def _systemd_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    if not settings["from"]:
        yield "confluent_rolling_upgrade_from is empty: name the version that the cluster runs now, which a rollback goes back to"
    for kind, name in (("broker", "brokers"), ("connect", "workers"), ("service", "services")):
        if settings[name] and not settings["packages"].get(kind):
            yield f"confluent_rolling_upgrade_packages has no {kind}"
        yield from (f"{each.get('service')} has no host" for each in settings[name] if not each.get("host"))


def _command_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    commands = settings["commands"]
    unknown = sorted(set(commands) - {*KINDS, "present"})
    if unknown:
        yield f"confluent_rolling_upgrade_commands has {', '.join(unknown)}, only {', '.join((*KINDS, 'present'))} are known"
    if not commands.get("broker"):
        yield "confluent_rolling_upgrade_commands has no broker: the command that restarts one broker with another version"
    for kind, text in commands.items():
        wrong = sorted(set(_PLACEHOLDER.findall(str(text))) - set(PLACEHOLDERS))
        if wrong:
            yield f"confluent_rolling_upgrade_commands, {kind}: {{{wrong[0]}}} is no placeholder, only {', '.join(PLACEHOLDERS)} are"
    if not settings["from"]:
        yield "confluent_rolling_upgrade_from is empty: name the version that the cluster runs now, which a rollback goes back to"
    if commands.get("broker") and "{protocol}" not in commands["broker"]:
        yield "confluent_rolling_upgrade_commands, broker: {protocol} is missing, which is what inter.broker.protocol.version is to be set to"


def command(template: str, values: Mapping[str, Any]) -> list[str]:
    """The words of a command with its placeholders filled in. A value is never split into words, and never seen by a shell."""
    return [_PLACEHOLDER.sub(lambda found: str(values.get(found[1]) or ""), word) for word in shlex.split(template)]


def plan_lines(outlook: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """The whole plan, a line for each step, as people read it before they say yes."""
    services = {each["id"]: each["service"] for each in settings["brokers"]}
    lines = [f"from Kafka {_releases(outlook)} to {settings['target']} (Kafka {outlook['release']}) by the driver {settings['driver']}"]
    if outlook["zookeepers_to_upgrade"]:
        can = "restart, one at a time" if settings["moves_zookeeper"] else "left to you, before the brokers"
        lines.append(f"ZooKeeper {', '.join(outlook['zookeepers_to_upgrade'])}: {can}")
    if outlook["binaries"]:
        lines.append(f"keep inter.broker.protocol.version {outlook['pin']} while the brokers change")
        lines += [_broker_line(broker, services, outlook, f"run {settings['target']}") for broker in outlook["binaries"]]
    else:
        lines.append(f"all brokers run Kafka {outlook['release']} already")
    for kind, name in (("Connect worker", "workers"), ("service", "services")):
        lines += [f"{kind} {each['service']}: run {settings['target']}" for each in settings[name]]
    if not outlook["protocol"]:
        lines.append(f"all brokers speak the protocol {outlook['release']} already")
    elif settings["finalize"]:
        lines += [_broker_line(broker, services, outlook, f"speak the protocol {outlook['release']}, no way back") for broker in outlook["protocol"]]
    else:
        lines.append(f"hold: all of this can be rolled back. The protocol is raised to {outlook['release']} by confluent_rolling_upgrade_finalize: true")
    return lines


def _broker_line(broker: int, services: Mapping[int, str], outlook: Mapping[str, Any], what: str) -> str:
    note = " (the active controller, asked again before each step)" if broker == outlook["controller"] else ""
    return f"broker {broker}, {services.get(broker, '')}: restart, {what}{note}"


def _releases(outlook: Mapping[str, Any]) -> str:
    return " and ".join(sorted({str(each["release"]) for each in outlook["brokers"].values() if each["release"]})) or "?"
