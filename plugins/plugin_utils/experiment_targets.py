# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of an experiment reset, and the lanes that each stage runs.

A target is what the role's users write (``experiment_reset_targets``), a lane is what the action ``parallel`` runs. What is
wrong with a target is found in experiment_problems.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Target = Mapping[str, Any]
Lane = dict[str, Any]

KAFKA = "kafka"
DIRECT, EXEC, PORT_FORWARD = "direct", "kubernetes_exec", "kubernetes_port_forward"


@dataclass(frozen=True)
class Database:
    """An engine of db_reset: what a target calls the object that it names literally, and the options that only some engines have.

    ``own`` options are passed on under their name; ``begins`` is an option that says what names begin with.
    """

    literal: str
    own: tuple[str, ...] = ()
    begins: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        return (self.literal, *self.own, *([self.begins] if self.begins else []))


DATABASES: dict[str, Database] = {
    "mariadb": Database("database"),
    "postgresql": Database("database", ("schema",)),
    "redis": Database("key"),
    "clickhouse": Database("database", ("tables", "cluster", "fallback_username", "fallback_password")),
    "cockroachdb": Database("database", ("schema", "certs_dir")),
    "minio": Database("bucket", ("recreate",), "prefix"),
}

_LOGIN = ("bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password", "client_config")
_CONNECTION = (*_LOGIN, "ssl_ca_location", "ssl_certificate_location", "ssl_key_location", "ssl_key_password", "request_timeout")
_PURGE = ("topics", "topic_pattern", "purge_timeout")
_GROUPS = ("groups", "group_pattern", "group_action", "group_to")
_RIGHTS = ("principal", "acl_prefix", "acl_operations")
_IN_A_POD = ("kubernetes", "credentials_secret")
# Of a Kafka target that is reached from here, and of one whose tools run in a pod.
KAFKA_OPTIONS = ("transport", *_CONNECTION, "known_listeners", *_PURGE, "purge_strategy", *_GROUPS, *_RIGHTS, "strimzi")
INSIDE_OPTIONS = ("transport", *_IN_A_POD, *_LOGIN, *_PURGE, *_GROUPS, *_RIGHTS, "strimzi")
STRIMZI_PLACE = ("namespace", "cluster", "kubeconfig", "context")
STRIMZI_OPTIONS = (*STRIMZI_PLACE, "force_conflicts")
DATABASE_OPTIONS = ("host", "port", "username", "password", "tls", "timeout", "pattern", "must_exist", "transport", *_IN_A_POD)
COMMON = ("name", "type", "checkpoints")
CHOICES = {"group_action": ("reset", "absent", "keep"), "group_to": ("earliest", "latest")}
_ENUMS = ("type", "transport", *CHOICES)


@dataclass(frozen=True)
class Checkpoints:
    """Where the targets' systems keep how far they have got. Without a ``directory`` there is nothing to wipe."""

    directory: str = ""
    cross_filesystems: bool = False

    def system_of(self, target: Target) -> str:
        """The directory below that belongs to the target: its own name unless it says otherwise, empty for none."""
        wanted = target.get("checkpoints")
        if not self.directory or wanted is False:
            return ""
        return str(target.get("name") if wanted in (None, True) else wanted)


NO_CHECKPOINTS = Checkpoints()


def chosen(targets: Sequence[Target], only: str | Iterable[str]) -> list[Target]:
    """The targets that are meant: all of them unless ``only`` names some. Enums are spelled in lower case from here on."""
    names = names_in(only)
    return [_spelled(target) for target in targets if not names or target.get("name") in names]


def names_in(only: str | Iterable[str]) -> list[str]:
    """``-e only=kafka,redis`` comes as text."""
    return [name.strip() for name in (only.split(",") if isinstance(only, str) else only) if name.strip()]


def _spelled(target: Target) -> dict[str, Any]:
    return {option: value.lower() if option in _ENUMS and isinstance(value, str) else value for option, value in target.items()}


def lanes(
    targets: Sequence[Target],
    stage: str,
    only: str | Iterable[str] = (),
    leave_out: Iterable[str] = (),
    checkpoint_dir: str = "",
    cross_filesystems: bool = False,
) -> list[Lane]:
    """One lane a target. ``preflight`` and ``verify`` are meant to be run in check mode: they look, and touch nothing."""
    left_out, checkpoints = set(leave_out), Checkpoints(checkpoint_dir, cross_filesystems)
    return [
        {"name": target["name"], "steps": steps(target, stage, checkpoints)}
        for target in chosen(targets, only)
        if target["name"] not in left_out
    ]  # fmt: skip


def steps(target: Target, stage: str, checkpoints: Checkpoints = NO_CHECKPOINTS) -> list[dict[str, Any]]:
    """The steps of one target. Checkpoints go last, as they say what a system that is not empty has done.

    A preflight goes on after a failed step, so that it finds all problems at once; only without a connection it is no use.
    """
    wanted = [*(_kafka_steps(target) if target["type"] == KAFKA else _database_steps(target)), *_checkpoint_steps(target, checkpoints)]
    if stage == "reset":
        return wanted
    for step in wanted:
        step["stop_on_failure"] = False
    if stage == "verify" or target["type"] != KAFKA or is_inside(target):
        return wanted
    connection = _step("connection", "kafka_connection_check", {**_connection(target), **_given(target, {"known_listeners": "known_listeners"})})
    first = [step for step in wanted if step["name"] == "checkpoints"]
    return [*first, connection, *(step for step in wanted if step not in first)]


def is_inside(target: Target) -> bool:
    """Whether Kafka's own tools in a pod do it, as no listener can be reached from here."""
    return target["type"] == KAFKA and target.get("transport") == EXEC


def _step(name: str, module: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "module": f"streamops.kafka.{module}", "args": args, "stop_on_failure": True}


def _given(target: Target, options: Mapping[str, str]) -> dict[str, Any]:
    """The options of a module, ``{module's: target's}``, as far as the target gives them."""
    return {option: target[own] for option, own in options.items() if target.get(own) is not None}


def _connection(target: Target) -> dict[str, Any]:
    return _given(target, {option: option for option in (_LOGIN + _IN_A_POD if is_inside(target) else _CONNECTION)})


def _kafka_steps(target: Target) -> list[dict[str, Any]]:
    """Three steps, by a module each or, inside, each by its part of one module. The rights of a user of Strimzi are in its KafkaUser."""
    strimzi = target.get("strimzi")
    parts = [
        ("topics", "kafka_topic_retention_purge", _purge(target)),
        ("groups", "kafka_consumer_group", _groups(target)),
        *([] if strimzi else [("rights", "kafka_acl", _rights(target))]),
    ]
    found = [
        _step(name, "kafka_pod_reset" if is_inside(target) else module, {**_connection(target), **options})
        for name, module, options in parts
        if options
    ]  # fmt: skip
    if strimzi and target.get("principal"):
        found.append(_step("rights", "strimzi_user", {**strimzi, "users": [_user(target)]}))
    return found


def _purge(target: Target) -> dict[str, Any]:
    options = _given(target, {"topics": "topics", "pattern": "topic_pattern", "strategy": "purge_strategy", "timeout": "purge_timeout"})
    if not options.get("topics") and not options.get("pattern"):
        return {}
    if not target.get("strimzi") or is_inside(target):  # from inside no configuration is changed
        return options
    return {**options, "strimzi": {option: value for option, value in target["strimzi"].items() if option in STRIMZI_PLACE}}


def _groups(target: Target) -> dict[str, Any]:
    is_in_pod = is_inside(target)
    options = _given(target, {"groups": "groups", "group_pattern" if is_in_pod else "pattern": "group_pattern"})
    if target.get("group_action") == "keep" or not any(options.values()):
        return {}
    state, to = ("group_state", "group_to") if is_in_pod else ("state", "to")
    if target.get("group_action") == "absent":
        return {**options, state: "absent"}
    return {**options, state: "reset", to: target.get("group_to") or "earliest"}


def _rights(target: Target) -> dict[str, Any]:
    """Its own topics by name, and topics and groups by what their names begin with."""
    principal, prefix = target.get("principal"), target.get("acl_prefix")
    if not principal:
        return {}
    operations = target.get("acl_operations") or ["all"]
    wanted = [("topic", name, "literal", operations) for name in target.get("topics") or []]
    if prefix:
        wanted += [("topic", prefix, "prefixed", operations), ("group", prefix, "prefixed", ["all"])]
    return {
        "acls": [
            {"principal": principal, "resource_type": kind, "name": name, "pattern_type": pattern, "operations": list(allowed)}
            for kind, name, pattern, allowed in wanted
        ]
    }


def user_of(principal: str) -> str:
    """The KafkaUser that a principal belongs to: that of a certificate is called C(CN=name)."""
    return principal.removeprefix("User:").removeprefix("CN=")


def _user(target: Target) -> dict[str, Any]:
    """The same rights as the KafkaUser takes them, beside those that it has."""
    acls = [{option: value for option, value in acl.items() if option != "principal"} for acl in _rights(target).get("acls", [])]
    return {"name": user_of(target["principal"]), "acls": acls, "exclusive_acls": False}


def _database_steps(target: Target) -> list[dict[str, Any]]:
    database = DATABASES[target["type"]]
    options = {**{option: option for option in (*DATABASE_OPTIONS, *database.own)}, "name": database.literal}
    args = {"engine": target["type"], **_given(target, options)}
    if database.begins and target.get(database.begins):
        args["pattern"] = f"{target[database.begins]}*"
    return [_step("database", "db_reset", args)]


def _checkpoint_steps(target: Target, checkpoints: Checkpoints) -> list[dict[str, Any]]:
    system = checkpoints.system_of(target)
    if not system:
        return []
    args = {"directory": checkpoints.directory, "systems": [system], "cross_filesystems": checkpoints.cross_filesystems}
    return [_step("checkpoints", "checkpoint_wipe", args)]
