# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners: where clients find the cluster, and how they log in there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .strimzi_oauth import CUSTOM, OAUTH, as_custom, oauth_problems
from .strimzi_profiles import Entry, Facts, Settings, unknown

TYPES = ("internal", "route", "tlsroute", "loadbalancer", "nodeport", "cluster-ip", "ingress")
AUTHENTICATIONS = ("none", "scram-sha-512", "tls", OAUTH, CUSTOM)
KNOWN = ("name", "port", "type", "tls", "authentication", "network_policy_peers", "configuration")
_PASS_THROUGH = ("route", "tlsroute", "ingress")  # they tell brokers apart by the name in the TLS handshake
_NAME = re.compile(r"[a-z0-9]{1,11}")
_FIRST_PORT = 9092
_TAKEN = {9404: "metrics", 9999: "JMX"}


def listeners(whole: Settings, facts: Facts) -> list[dict[str, Any]]:
    """``spec.kafka.listeners``. What is said in ``configuration`` and ``network_policy_peers`` is in Strimzi's own words."""
    return [_listener(each, facts) for each in whole["listeners"]]


def authentication_of(listener: Entry) -> str:
    given = listener.get("authentication") or "none"
    return str(given.get("type", "") if isinstance(given, Mapping) else given).lower()


def uses_oauth(whole: Settings) -> bool:
    return any(authentication_of(each) == OAUTH for each in whole["listeners"])


def _listener(each: Entry, facts: Facts) -> dict[str, Any]:
    listener: dict[str, Any] = {"name": each["name"], "port": int(each["port"]), "type": str(each["type"]).lower(), "tls": bool(each.get("tls", False))}
    kind = authentication_of(each)
    if kind == OAUTH:
        listener["authentication"] = as_custom(each["authentication"]) if facts.api_version == "v1" else dict(each["authentication"])
    elif kind != "none":
        listener["authentication"] = {**each["authentication"], "type": kind} if isinstance(each["authentication"], Mapping) else {"type": kind}
    for option, field in (("network_policy_peers", "networkPolicyPeers"), ("configuration", "configuration")):
        if each.get(option) is not None:
            listener[field] = each[option]
    return listener


def problems(whole: Settings, facts: Facts) -> list[str]:
    """What is wrong with them, whatever the cluster holds."""
    found = []
    for number, each in enumerate(whole["listeners"], 1):
        where = f"listener {each.get('name') or number}" if isinstance(each, Mapping) else f"listener {number}"
        lacks = unknown(where, each, KNOWN) or [f"{where} needs {key}" for key in ("name", "port", "type") if each.get(key) is None]
        found += lacks or _problems(where, each, facts)
    sound = [each for each in whole["listeners"] if isinstance(each, Mapping)]
    for option in ("name", "port"):
        values = [str(each.get(option)) for each in sound if each.get(option) is not None]
        found += [f"two listeners have the {option} {value}" for value in sorted({each for each in values if values.count(each) > 1})]
    return found


def _problems(where: str, each: Entry, facts: Facts) -> list[str]:
    found, kind, login, tls = [], str(each["type"]).lower(), authentication_of(each), bool(each.get("tls", False))
    if not _NAME.fullmatch(str(each["name"])):
        found.append(f"{where}: a name has 1 to 11 lower case letters and digits")
    if not str(each["port"]).isdigit() or int(each["port"]) < _FIRST_PORT:
        found.append(f"{where}: port {each['port']} is not {_FIRST_PORT} or higher")
    elif int(each["port"]) in _TAKEN:
        found.append(f"{where}: port {each['port']} is for {_TAKEN[int(each['port'])]}")
    if kind not in TYPES:
        found.append(f"{where}: there is no type {each['type']}; there are {', '.join(TYPES)}")
    if login not in AUTHENTICATIONS:
        found.append(f"{where}: there is no authentication {login}; there are {', '.join(AUTHENTICATIONS)}")
    if kind in _PASS_THROUGH and not tls:
        found.append(f"{where}: type {kind} needs tls: true")
    if login == "tls" and not tls:
        found.append(f"{where}: authentication tls needs tls: true")
    if kind == "route" and facts.is_openshift is False:
        found.append(f"{where}: type route is for OpenShift, and this cluster serves no routes")
    if kind == "ingress" and not ((each.get("configuration") or {}).get("bootstrap") or {}).get("host"):
        found.append(f"{where}: type ingress needs configuration.bootstrap.host, and a host for each broker in configuration.brokers (or a hostTemplate)")
    if login in (OAUTH, CUSTOM) and not isinstance(each["authentication"], Mapping):
        found.append(f"{where}: authentication {login} needs more than its type, see strimzi_setup_listeners")
    elif login == OAUTH and facts.api_version == "v1":
        found += [f"{where}: {problem}" for problem in oauth_problems(each["authentication"])]
    elif login in ("tls", "scram-sha-512") and isinstance(each["authentication"], Mapping):
        found += unknown(f"{where}.authentication", each["authentication"], ("type",))
    return found
