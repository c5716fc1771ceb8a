# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preflight looks at: the checks that its settings mean, what is wrong with the settings, and the lanes that check.

The targets are those of an experiment reset, and their lanes are the reset's own preflight: it foresees what the reset will meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..module_utils.databases.login import DEFAULT_PORTS
from . import experiment_problems, experiment_targets
from .experiment_targets import KAFKA, Target, is_inside

Settings = Mapping[str, Any]
Entry = Mapping[str, Any]

_CONNECTION = (
    "bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password", "ssl_ca_location",
    "ssl_certificate_location", "ssl_key_location", "ssl_key_password", "client_config", "request_timeout",
)  # fmt: skip
# Of the target's connection, what holds for every user of its listener.
_OF_THE_LISTENER = ("bootstrap_servers", "security_protocol", "sasl_mechanism", "ssl_ca_location", "request_timeout")
_ACCESS = {"topics": "topics", "pattern": "topic_pattern", "groups": "groups", "new_topics": "new_topics", "produce": "produce", "consume": "consume"}
_HTTP = ("url", "url_username", "url_password", "validate_certs", "client_cert", "client_key", "ca_path", "timeout", "status_codes")
KNOWN = {
    "access": ("name", "target", *_CONNECTION, *_ACCESS.values()),
    "configurations": ("name", "first", "second", "keys"),
    "kubernetes": ("name", "namespace", "pod", "kubeconfig", "context", "transport", "credentials_secret", "rights"),
    "endpoints": ("name", "addresses", *_HTTP),
    "disk": ("name", "path", "minimum_free", "minimum_free_files"),
    "clock": ("urls", "maximum_skew", "validate_certs", "ca_path", "timeout"),
}
_NEEDED = {"configurations": ("first", "second", "keys"), "disk": ("path", "minimum_free")}
_MAXIMUM_SKEW = 5.0
_TELLS_THE_TIME = [200, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405]  # who is refused is told it as well


@dataclass(frozen=True)
class Check:
    """One row of the report. Without steps it cannot be made, for the reason ``why_not``."""

    name: str
    kind: str
    steps: list[dict[str, Any]] = field(default_factory=list, repr=False)  # passwords are in them
    why_not: str = ""


def checks(settings: Settings) -> list[Check]:
    """Everything that the settings mean, in the order of the report. Names are unique."""
    targets = experiment_targets.chosen(settings["targets"], ())
    found = [Check(str(target["name"]), str(target["type"]), target_steps(target)) for target in targets]
    found += [_access(entry, targets) for entry in settings["access"]]
    found += [_untried(target) for target in targets if _has_untried_principal(target, settings["access"])]
    found += [_kubernetes(entry) for entry in [*settings["kubernetes"], *_places(targets)]]
    found += [_endpoint(entry) for entry in settings["endpoints"]]
    found += [_configuration(entry) for entry in settings["configurations"]]
    found += [_disk(entry) for entry in settings["disk"]]
    found += _clocks(settings["clock"])
    return _uniquely_named(found)


def lanes(settings: Settings) -> list[dict[str, Any]]:
    """One lane a check, for the action ``parallel``, in check mode."""
    return [{"name": check.name, "steps": check.steps} for check in checks(settings) if check.steps]


def problems(settings: Settings) -> list[dict[str, str]]:
    """Everything that cannot be meant, before any server is asked: the ``target`` (empty: all of it) and the ``problem`` in words."""
    found = list(experiment_problems.problems(settings["targets"])) if settings["targets"] else []
    found += [{"target": "", "problem": problem} for problem in _entry_problems(settings)]
    names = [str(target.get("name")) for target in settings["targets"] if target.get("type", "").lower() == KAFKA]
    found += [{"target": "", "problem": problem} for entry in settings["access"] for problem in _access_problems(entry, names)]
    if not found and not any(settings[part] for part in ("targets", *KNOWN)):
        found.append({"target": "", "problem": "nothing is set: there is nothing to look at. Set kafka_preflight_targets, or another of its variables."})
    return found


def target_steps(target: Target) -> list[dict[str, Any]]:
    """Where its names lead, then what a reset of it would meet. Without an address that is there, the rest is not even tried."""
    steps: list[dict[str, Any]] = experiment_targets.steps(target, "preflight")
    if target["type"] == KAFKA and not is_inside(target):
        # Whether somebody answers is for the step after this one, which also says what kind of listener it is.
        first = [_step("endpoint", "endpoint_check", {"addresses": _listed(target["bootstrap_servers"]), "connect": False})]
    elif target["type"] != KAFKA and target.get("transport", "direct") == "direct":
        first = [_step("endpoint", "endpoint_check", {"addresses": [_address(target)]})]
    else:
        first = []
    return [*first, *steps]


def _entry_problems(settings: Settings) -> list[str]:
    found = []
    for part, known in KNOWN.items():
        entries: Sequence[Entry] = settings[part] if part != "clock" else [settings[part]] if settings[part] else []
        for number, entry in enumerate(entries, 1):
            where = f"kafka_preflight_{part}" + (f" ({entry.get('name') or f'entry {number}'})" if part != "clock" else "")
            found += [f"{where} has no option {option}." for option in sorted(set(entry) - set(known))]
            found += [f"{where} needs {option}." for option in _NEEDED.get(part, ()) if not entry.get(option)]
            if part == "endpoints" and bool(entry.get("addresses")) == bool(entry.get("url")):
                found.append(f"{where} needs exactly one of addresses and url.")
            if part == "kubernetes" and not any(entry.get(option) for option in ("transport", "credentials_secret", "rights")):
                found.append(f"{where} needs one of transport, credentials_secret and rights.")
    return found


def _access_problems(entry: Entry, kafka_targets: Sequence[str]) -> list[str]:
    where = f"kafka_preflight_access ({entry.get('name') or entry.get('sasl_username') or 'unnamed'})"
    target = entry.get("target")
    if target is not None and target not in kafka_targets:
        return [f"{where}: {target} is no Kafka target. There are {', '.join(kafka_targets) or 'none'}."]
    if target is None and not entry.get("bootstrap_servers"):
        return [f"{where} needs a target, or bootstrap_servers of its own."]
    return []


def _access(entry: Entry, targets: Sequence[Target]) -> Check:
    target: Target = next((each for each in targets if each["name"] == entry.get("target")), {})
    args = {option: target[option] for option in _OF_THE_LISTENER if target.get(option) is not None}
    user = str(target.get("principal") or "").partition(":")[2]
    args |= {"sasl_username": user} if user and entry.get("sasl_password") is not None else {}
    args |= {option: entry[option] for option in _CONNECTION if entry.get(option) is not None}
    args |= {option: entry[own] for option, own in _ACCESS.items() if entry.get(own) is not None}
    principal = f"User:{args['sasl_username']}" if args.get("sasl_username") else "a user without login"
    name = str(entry.get("name") or f"{principal} on {entry.get('target') or ','.join(_listed(args['bootstrap_servers']))}")
    if target and is_inside(target) and not entry.get("bootstrap_servers"):
        return Check(name, "access", why_not=f"{target['name']} is reached only from inside its pod: there nobody can log in as this user.")
    if target:
        args = {**_of_target(target, entry), **args}
        if not is_inside(target):
            args["administrator"] = {option: target[option] for option in _CONNECTION if target.get(option) is not None}
    return Check(name, "access", [_step("access", "kafka_access_check", args)])


def _of_target(target: Target, entry: Entry) -> dict[str, Any]:
    """The topics and groups that the target's user needs, as far as the entry does not name its own."""
    args: dict[str, Any] = {}
    if not any(entry.get(option) for option in ("topics", "topic_pattern", "new_topics")):
        args |= {option: target[own] for option, own in (("topics", "topics"), ("pattern", "topic_pattern")) if target.get(own)}
    if not entry.get("groups"):
        groups = [*(target.get("groups") or []), *([f"{target['acl_prefix']}preflight"] if target.get("acl_prefix") else [])]
        args |= {"groups": groups} if groups else {}
    return args


def _has_untried_principal(target: Target, access: Iterable[Entry]) -> bool:
    return bool(target.get("principal")) and not any(entry.get("target") == target["name"] for entry in access)


def _untried(target: Target) -> Check:
    why = f"Nobody can log in as {target['principal']} without its password: give it in kafka_preflight_access."
    return Check(f"{target['principal']} on {target['name']}", "access", why_not=why)


def _places(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """What the targets need in Kubernetes, an entry for each place that they share."""
    places: dict[str, dict[str, Any]] = {}
    for target in targets:
        where, secret, transport = target.get("kubernetes") or {}, target.get("credentials_secret"), target.get("transport", "direct")
        if transport == "direct" and not secret:
            continue
        place = {option: where[option] for option in ("namespace", "kubeconfig", "context") if where.get(option)}
        key = repr((sorted(place.items()), secret and sorted(secret.items())))
        entry = places.setdefault(key, {**place, "transport": [], **({"credentials_secret": _secret(secret)} if secret else {})})
        entry["transport"] += [transport] if transport != "direct" and transport not in entry["transport"] else []
    return list(places.values())


def _secret(secret: Mapping[str, Any]) -> dict[str, Any]:
    return {option: secret[option] for option in ("name", "namespace") if secret.get(option)}


def _kubernetes(entry: Entry) -> Check:
    place = {option: entry[option] for option in ("namespace", "pod", "kubeconfig", "context") if entry.get(option)}
    args = {option: entry[option] for option in ("transport", "credentials_secret", "rights") if entry.get(option)}
    where = f"in {entry['namespace']}" if entry.get("namespace") else "in the default namespace"
    return Check(str(entry.get("name") or f"rights {where}"), "kubernetes", [_step("rights", "kubernetes_access_check", {**args, "kubernetes": place})])


def _endpoint(entry: Entry) -> Check:
    if entry.get("url"):
        args = {option: entry[option] for option in _HTTP if entry.get(option) is not None}
        return Check(str(entry.get("name") or entry["url"]), "http", [_step("http", "http_endpoint_check", args)])
    addresses = _listed(entry["addresses"])
    return Check(str(entry.get("name") or ", ".join(addresses)), "endpoint", [_step("endpoint", "endpoint_check", {"addresses": addresses})])


def _configuration(entry: Entry) -> Check:
    sides = " and ".join(_side(entry[side]) for side in ("first", "second"))
    args = {option: entry[option] for option in ("first", "second", "keys")}
    return Check(str(entry.get("name") or f"{sides} in step"), "configuration", [_step("configuration", "config_files_check", args)])


def _side(side: Mapping[str, Any]) -> str:
    return str(side.get("path") or f"ConfigMap {side.get('config_map')}")


def _disk(entry: Entry) -> Check:
    args = {option: entry[option] for option in ("path", "minimum_free", "minimum_free_files") if entry.get(option) is not None}
    return Check(str(entry.get("name") or f"room in {entry['path']}"), "disk", [_step("disk", "disk_space_check", args)])


def _clocks(clock: Entry) -> list[Check]:
    urls = _listed(clock.get("urls") or [])
    if not urls:
        why = "Kafka and the databases do not tell their time before something is written: name a server with HTTP in kafka_preflight_clock."
        return [Check("clock", "clock", why_not=why)]
    args = {option: clock[option] for option in ("validate_certs", "ca_path", "timeout") if clock.get(option) is not None}
    args |= {"maximum_clock_skew": clock.get("maximum_skew") or _MAXIMUM_SKEW, "status_codes": _TELLS_THE_TIME}
    return [Check(f"clock against {url}", "clock", [_step("clock", "http_endpoint_check", {**args, "url": url})]) for url in urls]


def _uniquely_named(found: Iterable[Check]) -> list[Check]:
    unique: dict[str, Check] = {}
    for check in found:
        name, number = check.name, 2
        while name in unique:
            name, number = f"{check.name} ({number})", number + 1
        unique[name] = Check(name, check.kind, check.steps, check.why_not)
    return list(unique.values())


def _address(target: Target) -> str:
    host = str(target.get("host") or "127.0.0.1")
    return f"{f'[{host}]' if ':' in host else host}:{target.get('port') or DEFAULT_PORTS[target['type']]}"


def _listed(value: str | Iterable[str]) -> list[str]:
    entries = [value] if isinstance(value, str) else list(value)
    return [part.strip() for entry in entries for part in str(entry).split(",") if part.strip()]


def _step(name: str, module: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "module": f"streamops.kafka.{module}", "args": args, "stop_on_failure": True}
