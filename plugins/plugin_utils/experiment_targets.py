# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of an experiment reset: what is wrong with what was asked, and the lanes that each stage runs.

A target is what the role's users write (``experiment_reset_targets``), a lane is what the action ``parallel`` runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Target = Mapping[str, Any]
Lane = dict[str, Any]

# Engines of db_reset, and what a target calls the object that it names literally.
DATABASES = {"mariadb": "database", "postgresql": "database", "redis": "key"}
KAFKA = "kafka"

_CONNECTION = (
    "bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password", "ssl_ca_location",
    "ssl_certificate_location", "ssl_key_location", "ssl_key_password", "client_config", "request_timeout",
)  # fmt: skip
_PURGE = ("topics", "topic_pattern", "purge_strategy", "purge_timeout")
_GROUPS = ("groups", "group_pattern", "group_action", "group_to")
_RIGHTS = ("principal", "acl_prefix", "acl_operations")
_KAFKA_OPTIONS = (*_CONNECTION, "known_listeners", *_PURGE, *_GROUPS, *_RIGHTS)
_DATABASE_OPTIONS = ("host", "port", "username", "password", "tls", "timeout", "pattern", "schema", "must_exist")
_COMMON = ("name", "type")
_CHOICES = {"group_action": ("reset", "absent", "keep"), "group_to": ("earliest", "latest")}


def chosen(targets: Sequence[Target], only: str | Iterable[str]) -> list[Target]:
    """The targets that are meant: all of them unless ``only`` names some. Enums are spelled in lower case from here on."""
    names = names_in(only)
    return [_spelled(target) for target in targets if not names or target.get("name") in names]


def names_in(only: str | Iterable[str]) -> list[str]:
    """``-e only=kafka,redis`` comes as text."""
    return [name.strip() for name in (only.split(",") if isinstance(only, str) else only) if name.strip()]


def _spelled(target: Target) -> dict[str, Any]:
    return {option: value.lower() if option in ("type", *_CHOICES) and isinstance(value, str) else value for option, value in target.items()}


def problems(targets: Sequence[Target], only: str | Iterable[str] = ()) -> list[dict[str, str]]:
    """Everything that cannot be meant, before any server is asked: the ``target`` (empty: all of it) and the ``problem`` in words."""
    known = [str(target.get("name")) for target in targets]
    found = [("", f"experiment_reset_only names {name}, which is no target. There are {', '.join(known)}.") for name in names_in(only) if name not in known]
    found += [(name, "this name is used for more than one target.") for name in dict.fromkeys(known) if known.count(name) > 1]
    if not targets:
        found.append(("", "experiment_reset_targets is empty: there is nothing to reset."))
    for target in chosen(targets, only):
        found += [(str(target.get("name")), problem) for problem in _problems_of(target)]
    return [{"target": name, "problem": problem} for name, problem in found]


def lanes(targets: Sequence[Target], stage: str, only: str | Iterable[str] = (), leave_out: Iterable[str] = ()) -> list[Lane]:
    """One lane a target. ``preflight`` and ``verify`` are meant to be run in check mode: they look, and touch nothing."""
    left_out = set(leave_out)
    return [{"name": target["name"], "steps": steps(target, stage)} for target in chosen(targets, only) if target["name"] not in left_out]


def steps(target: Target, stage: str) -> list[dict[str, Any]]:
    """The steps of one target. A preflight goes on after a failed step, so that it finds all problems at once."""
    if target["type"] != KAFKA:
        return [_step("database", "db_reset", _database_args(target))]
    wanted = [*_purge_steps(target), *_group_steps(target), *_right_steps(target)]
    if stage == "reset":
        return wanted
    for step in wanted:
        step["stop_on_failure"] = False
    if stage == "verify":
        return wanted
    return [_step("connection", "kafka_connection_check", {**_connection(target), **_given(target, {"known_listeners": "known_listeners"})}), *wanted]


def _problems_of(target: Target) -> list[str]:
    kind = target.get("type")
    if kind == KAFKA:
        return [*_foreign_options(target, _KAFKA_OPTIONS), *_kafka_problems(target)]
    if kind in DATABASES:
        return [*_foreign_options(target, (DATABASES[kind], *_DATABASE_OPTIONS)), *_database_problems(target, DATABASES[kind])]
    return [f"its type {kind} is none of {', '.join([KAFKA, *DATABASES])}."]


def _foreign_options(target: Target, known: Iterable[str]) -> list[str]:
    foreign = sorted(option for option, value in target.items() if value is not None and option not in (*_COMMON, *known))
    return [f"a target of type {target['type']} has no option {option}." for option in foreign]


def _kafka_problems(target: Target) -> list[str]:
    found = []
    if not target.get("bootstrap_servers"):
        found.append("bootstrap_servers is missing.")
    if not any(target.get(option) for option in ("topics", "topic_pattern", "groups", "group_pattern", "principal")):
        found.append("neither topics, nor groups, nor a principal is given: there is nothing to reset.")
    for option, choices in _CHOICES.items():
        if target.get(option) not in (None, *choices):
            found.append(f"{option} is {target[option]}, it must be one of {', '.join(choices)}.")
    return [*found, *_principal_problems(target)]


def _principal_problems(target: Target) -> list[str]:
    principal = target.get("principal")
    if principal is None:
        return ["acl_prefix is given without principal: whose rights are meant?"] if target.get("acl_prefix") else []
    kind, _separator, name = str(principal).partition(":")
    if not name or not kind:
        return [f"principal {principal} is not of the form User:name."]
    if name in ("ANONYMOUS", "*"):
        who = "everybody who reaches a listener without login" if name == "ANONYMOUS" else "everybody"
        return [f"principal {principal} would give the experiment's rights to {who}. Name the user that the experiment logs in as."]
    if not target.get("acl_prefix") and not target.get("topics"):
        return ["principal is given, but neither topics nor acl_prefix: rights on what?"]
    if str(target.get("acl_prefix") or "-") == "*":
        return ["acl_prefix is the beginning of names, * would be taken literally."]
    return []


def _database_problems(target: Target, literal: str) -> list[str]:
    if bool(target.get(literal)) == bool(target.get("pattern")):
        return [f"exactly one of {literal} and pattern says what to empty."]
    if target.get("schema") and target["type"] != "postgresql":
        return ["only PostgreSQL has schema."]
    return []


def _step(name: str, module: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "module": f"streamops.kafka.{module}", "args": args, "stop_on_failure": True}


def _given(target: Target, options: Mapping[str, str]) -> dict[str, Any]:
    """The options of a module, ``{module's: target's}``, as far as the target gives them."""
    return {option: target[own] for option, own in options.items() if target.get(own) is not None}


def _connection(target: Target) -> dict[str, Any]:
    return _given(target, {option: option for option in _CONNECTION})


def _purge_steps(target: Target) -> list[dict[str, Any]]:
    options = _given(target, {"topics": "topics", "pattern": "topic_pattern", "strategy": "purge_strategy", "timeout": "purge_timeout"})
    if not options.get("topics") and not options.get("pattern"):
        return []
    return [_step("topics", "kafka_topic_retention_purge", {**_connection(target), **options})]


def _group_steps(target: Target) -> list[dict[str, Any]]:
    options = _given(target, {"groups": "groups", "pattern": "group_pattern"})
    if target.get("group_action") == "keep" or not any(options.values()):
        return []
    if target.get("group_action") == "absent":
        options["state"] = "absent"
    else:
        options.update(state="reset", to=target.get("group_to") or "earliest")
    return [_step("groups", "kafka_consumer_group", {**_connection(target), **options})]


def _right_steps(target: Target) -> list[dict[str, Any]]:
    """Its own topics by name, and topics and groups by what their names begin with."""
    principal, prefix = target.get("principal"), target.get("acl_prefix")
    if not principal:
        return []
    operations = target.get("acl_operations") or ["all"]
    wanted = [("topic", name, "literal", operations) for name in target.get("topics") or []]
    if prefix:
        wanted += [("topic", prefix, "prefixed", operations), ("group", prefix, "prefixed", ["all"])]
    acls = [
        {"principal": principal, "resource_type": kind, "name": name, "pattern_type": pattern, "operations": list(allowed)}
        for kind, name, pattern, allowed in wanted
    ]
    return [_step("rights", "kafka_acl", {**_connection(target), "acls": acls})]


def _database_args(target: Target) -> dict[str, Any]:
    options = {option: option for option in _DATABASE_OPTIONS}
    return {"engine": target["type"], **_given(target, {**options, "name": DATABASES[target["type"]]})}
