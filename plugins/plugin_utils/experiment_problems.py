# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the targets of an experiment reset, before any server is asked.

What a module would refuse for its options alone is found here by the same functions as there, so that one run tells all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..module_utils.databases.engine_options import ENGINE_SPEC, engine_options_from, engine_options_problems
from ..module_utils.databases.engines import SQL_ENGINES
from ..module_utils.databases.login import DEFAULT_PORTS, Login, Tls, login_problems
from ..module_utils.databases.selection import Selection, selection_problems
from ..module_utils.databases.transports import TRANSPORTS, transport_problems
from ..module_utils.files.names import directory_problem, system_problem
from ..module_utils.kubernetes.pods import selector_problem
from ..module_utils.strimzi.resources import resource_name_problem
from .experiment_targets import (
    CHOICES,
    COMMON,
    DATABASE_OPTIONS,
    DATABASES,
    DIRECT,
    EXEC,
    INSIDE_OPTIONS,
    KAFKA,
    KAFKA_OPTIONS,
    PORT_FORWARD,
    STRIMZI_OPTIONS,
    Checkpoints,
    Target,
    chosen,
    is_inside,
    names_in,
    user_of,
)

_POD_OPTIONS = ("namespace", "selector", "pod", "container", "kubeconfig", "context")
_SECRET_OPTIONS = ("name", "namespace", "username_key", "password_key")
_GLOB = "*?[]\\"


def problems(targets: Sequence[Target], only: str | Iterable[str] = (), checkpoint_dir: str = "") -> list[dict[str, str]]:
    """Everything that cannot be meant: the ``target`` (empty: all of it) and the ``problem`` in words."""
    known = [str(target.get("name")) for target in targets]
    found = [("", f"experiment_reset_only names {name}, which is no target. There are {', '.join(known)}.") for name in names_in(only) if name not in known]
    found += [(name, "this name is used for more than one target.") for name in dict.fromkeys(known) if known.count(name) > 1]
    if not targets:
        found.append(("", "experiment_reset_targets is empty: there is nothing to reset."))
    for target in chosen(targets, only):
        found += [(str(target.get("name")), problem) for problem in _problems_of(target)]
    found += _checkpoint_problems(chosen(targets, only), Checkpoints(checkpoint_dir))
    return [{"target": name, "problem": problem} for name, problem in found]


def _problems_of(target: Target) -> list[str]:
    kind = target.get("type")
    if kind == KAFKA:
        return _kafka_problems(target)
    if kind in DATABASES:
        return [*_foreign_options(target, (*DATABASES[kind].options, *DATABASE_OPTIONS)), *_database_problems(target)]
    return [f"its type {kind} is none of {', '.join([KAFKA, *DATABASES])}."]


def _foreign_options(target: Target, known: Iterable[str], where: str = "") -> list[str]:
    foreign = sorted(option for option, value in target.items() if value is not None and option not in (*COMMON, *known))
    return [f"a target of type {target['type']}{where} has no option {option}." for option in foreign]


def _checkpoint_problems(targets: Sequence[Target], checkpoints: Checkpoints) -> list[tuple[str, str]]:
    if not checkpoints.directory:
        return []
    is_resolved_later = checkpoints.directory[0] in "~$"  # by the module, where it runs
    wrong = "" if is_resolved_later else directory_problem(checkpoints.directory)
    found = [("", f"experiment_reset_checkpoint_dir: {wrong}.")] if wrong else []
    systems = {str(target.get("name")): checkpoints.system_of(target) for target in targets}
    for name, system in systems.items():
        if system and system_problem(system):
            found.append((name, f"its checkpoints: {system_problem(system)}. Set checkpoints to the name of a directory, or to false."))
        shared = [other for other, its in systems.items() if its == system and other != name]
        if system and shared:
            found.append((name, f"its checkpoints {system} are those of {', '.join(shared)} too."))
    return found


def _kafka_problems(target: Target) -> list[str]:
    transport = target.get("transport") or DIRECT
    if transport not in (DIRECT, EXEC):
        return [_transport_of_kafka(transport)]
    if is_inside(target):
        found = [*_foreign_options(target, INSIDE_OPTIONS, f" with transport {EXEC}"), *_pod_problems(target)]
    else:
        found = _foreign_options(target, KAFKA_OPTIONS)
        if not target.get("bootstrap_servers"):
            found.append("bootstrap_servers is missing.")
    if not any(target.get(option) for option in ("topics", "topic_pattern", "groups", "group_pattern", "principal")):
        found.append("neither topics, nor groups, nor a principal is given: there is nothing to reset.")
    for option, choices in CHOICES.items():
        if target.get(option) not in (None, *choices):
            found.append(f"{option} is {target[option]}, it must be one of {', '.join(choices)}.")
    return [*found, *_principal_problems(target), *_strimzi_problems(target)]


def _strimzi_problems(target: Target) -> list[str]:
    place = target.get("strimzi")
    if place is None:
        return []
    if not isinstance(place, Mapping):
        return ["strimzi is no dictionary."]
    found = [f"strimzi has no option {name}." for name in sorted(set(place) - set(STRIMZI_OPTIONS))]
    found += [] if place.get("cluster") else ["strimzi.cluster, the name of the Kafka resource, is missing."]
    principal = str(target.get("principal") or "")
    wrong = resource_name_problem(user_of(principal)) if principal.startswith("User:") and user_of(principal) else ""
    if wrong:
        found.append(f"principal {principal} cannot have a KafkaUser: {wrong}.")
    return found


def _transport_of_kafka(transport: str) -> str:
    if transport == PORT_FORWARD:
        return (f"transport {PORT_FORWARD} cannot reach Kafka: a broker sends its clients on to its advertised address, which leads nowhere from here. "
                f"Use {EXEC}, which runs Kafka's own tools in a pod.")  # fmt: skip
    return f"transport is {transport}, it must be one of {DIRECT}, {EXEC}."


def _pod_problems(target: Target) -> list[str]:
    """As those of db_reset (``transport_problems``), which is told about databases only."""
    place = target.get("kubernetes") or {}
    if not place.get("pod") and not place.get("selector"):
        return [f"transport {EXEC} needs kubernetes.selector or kubernetes.pod.", *_nested_problems(target)]
    if place.get("pod") and place.get("selector"):
        return ["kubernetes.selector and kubernetes.pod exclude each other.", *_nested_problems(target)]
    wrong = selector_problem(place["selector"]) if place.get("selector") else ""
    return [*([f"{wrong}."] if wrong else []), *_nested_problems(target)]


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


def _database_problems(target: Target) -> list[str]:
    """What db_reset would refuse before it asks a server."""
    database = DATABASES[target["type"]]
    ways = [option for option in (database.literal, database.begins, "pattern") if option]
    if sum(1 for option in ways if target.get(option)) != 1:
        return [f"exactly one of {' and '.join(ways) if len(ways) == 2 else ', '.join(ways)} says what to empty."]
    begins = str(target.get(database.begins) or "")
    if any(character in begins for character in _GLOB):
        return [f"{database.begins} is the beginning of names, {begins} is a pattern."]
    pattern = f"{begins}*" if begins else target.get("pattern")
    own = {option: target[option] for option in database.own if target.get(option) is not None}
    selection = Selection(_text(target.get(database.literal)), _text(pattern), own.pop("schema", None))
    found = selection_problems(selection, has_system_databases=target["type"] in SQL_ENGINES)
    found += _login_problems(target)
    found += engine_options_problems(target["type"], engine_options_from({**_defaults(ENGINE_SPEC), **own}))
    found += _transport_problems(target)
    return [*(f"{problem.rstrip('.')}." for problem in found), *_nested_problems(target)]


def _login_problems(target: Target) -> list[str]:
    numbers = {option: target.get(option) for option in ("port", "timeout") if target.get(option) is not None}
    wrong = [f"{option} is {value}, which is no number" for option, value in numbers.items() if not str(value).isdecimal()]
    tls = target.get("tls")
    if wrong:
        return wrong
    if isinstance(tls, Mapping) and set(tls) - set(Tls.__dataclass_fields__):
        return [f"tls has no option {option}" for option in sorted(set(tls) - set(Tls.__dataclass_fields__))]
    engine = target["type"]
    login = Login(engine, "", int(str(numbers.get("port", DEFAULT_PORTS[engine]))), tls=Tls(**tls) if isinstance(tls, Mapping) else None)
    return login_problems(Login(login.engine, login.host, login.port, tls=login.tls, timeout=int(str(numbers.get("timeout", login.timeout)))))


def _transport_problems(target: Target) -> list[str]:
    transport = target.get("transport") or DIRECT
    if transport not in TRANSPORTS:
        return [f"transport is {transport}, it must be one of {', '.join(TRANSPORTS)}"]
    place = target.get("kubernetes")
    return transport_problems({"engine": target["type"], "transport": transport, "kubernetes": place if isinstance(place, Mapping) else {}})


def _nested_problems(target: Target) -> list[str]:
    """Misspelled options of the dictionaries."""
    found = []
    for option, known in (("kubernetes", _POD_OPTIONS), ("credentials_secret", _SECRET_OPTIONS)):
        given = target.get(option)
        if given is None:
            continue
        if not isinstance(given, Mapping):
            found.append(f"{option} is no dictionary.")
            continue
        found += [f"{option} has no option {name}." for name in sorted(set(given) - set(known))]
        if option == "credentials_secret" and not given.get("name"):
            found.append("credentials_secret.name is missing.")
    return found


def _defaults(spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {option: each.get("default") for option, each in spec.items()}


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
