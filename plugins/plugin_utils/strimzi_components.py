# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster has besides brokers: entity operator, Cruise Control, exporter, certificate authorities."""

from __future__ import annotations

from typing import Any

from . import strimzi_logging
from .strimzi_profiles import Entry, Settings, brokers, unknown, without_none

OPERATORS = {
    "topic_operator": ("enabled", "watched_namespace", "reconciliation_interval", "resources", "jvm", "logging"),
    "user_operator": ("enabled", "watched_namespace", "reconciliation_interval", "resources", "jvm", "logging", "secret_prefix"),
}
_FIELDS = {"topic_operator": "topicOperator", "user_operator": "userOperator"}
CRUISE_CONTROL = ("enabled", "config", "capacity", "resources", "jvm", "logging", "auto_rebalance")
_CAPACITY = ("cpu", "inbound_network", "outbound_network")
EXPORTER = ("enabled", "group_regex", "topic_regex", "resources")
AUTHORITIES = {"cluster": "clusterCa", "clients": "clientsCa"}
AUTHORITY = ("generate", "validity_days", "renewal_days", "expiration_policy")
JVM = ("xms", "xmx", "options", "gc_logging", "system_properties")
_FEWEST_FOR_CRUISE_CONTROL = 2


def jvm_options(jvm: Entry | None) -> dict[str, Any] | None:
    """``jvmOptions``."""
    if not jvm:
        return None
    properties = [{"name": str(name), "value": str(value)} for name, value in (jvm.get("system_properties") or {}).items()]
    return without_none({
        "-Xms": jvm.get("xms"),
        "-Xmx": jvm.get("xmx"),
        "-XX": {str(key): _text(value) for key, value in jvm["options"].items()} if jvm.get("options") else None,
        "gcLoggingEnabled": jvm.get("gc_logging"),
        "javaSystemProperties": properties or None,
    })  # fmt: skip


def has_operator(whole: Settings, name: str) -> bool:
    return bool((whole["entity_operator"].get(name) or {}).get("enabled", True))


def entity_operator(whole: Settings) -> dict[str, Any] | None:
    """``entityOperator`` with those of its two operators that are not switched off."""
    found = {}
    for name, field in _FIELDS.items():
        if has_operator(whole, name):
            options: Entry = whole["entity_operator"].get(name) or {}
            seconds = options.get("reconciliation_interval")
            found[field] = without_none({
                "watchedNamespace": options.get("watched_namespace"),
                "reconciliationIntervalMs": None if seconds is None else int(float(seconds) * 1000),
                "resources": options.get("resources"),
                "jvmOptions": jvm_options(options.get("jvm")),
                "logging": strimzi_logging.inline(options["logging"], is_log4j2=True) if options.get("logging") else None,
                "secretPrefix": options.get("secret_prefix"),
            })  # fmt: skip
    return found or None


def cruise_control(whole: Settings) -> dict[str, Any] | None:
    options: Entry = whole["cruise_control"]
    if not options.get("enabled"):
        return None
    capacity: Entry = options.get("capacity") or {}
    fields = {"cpu": "cpu", "inbound_network": "inboundNetwork", "outbound_network": "outboundNetwork"}
    return without_none({
        "config": options.get("config"),
        "brokerCapacity": {fields[key]: str(value) for key, value in capacity.items()} or None,
        "resources": options.get("resources"),
        "jvmOptions": jvm_options(options.get("jvm")),
        "logging": strimzi_logging.inline(options["logging"], is_log4j2=True) if options.get("logging") else None,
        "autoRebalance": options.get("auto_rebalance"),
    })  # fmt: skip


def exporter(whole: Settings) -> dict[str, Any] | None:
    options: Entry = whole["exporter"]
    if not options.get("enabled"):
        return None
    return without_none({
        "groupRegex": str(options.get("group_regex", ".*")), "topicRegex": str(options.get("topic_regex", ".*")), "resources": options.get("resources"),
    })  # fmt: skip


def authorities(whole: Settings) -> dict[str, Any]:
    """``clusterCa`` and ``clientsCa``, as far as something is said of them."""
    found = {}
    for name, field in AUTHORITIES.items():
        options: Entry = whole["certificate_authorities"].get(name) or {}
        found[field] = without_none({
            "generateCertificateAuthority": options.get("generate"),
            "validityDays": options.get("validity_days"),
            "renewalDays": options.get("renewal_days"),
            "certificateExpirationPolicy": options.get("expiration_policy"),
        })  # fmt: skip
    return {field: options for field, options in found.items() if options}


def problems(whole: Settings) -> list[str]:
    found = unknown("entity_operator", whole["entity_operator"], tuple(OPERATORS))
    if not found:
        for name, known in OPERATORS.items():
            options = whole["entity_operator"].get(name) or {}
            found += unknown(f"entity_operator.{name}", options, known) or _jvm_and_logging(f"entity_operator.{name}", options)
    found += unknown("cruise_control", whole["cruise_control"], CRUISE_CONTROL) or _cruise_control(whole)
    found += unknown("exporter", whole["exporter"], EXPORTER)
    found += unknown("certificate_authorities", whole["certificate_authorities"], tuple(AUTHORITIES)) or [
        problem for name in AUTHORITIES for problem in unknown(f"certificate_authorities.{name}", whole["certificate_authorities"].get(name) or {}, AUTHORITY)
    ]
    return found


def _cruise_control(whole: Settings) -> list[str]:
    options: Entry = whole["cruise_control"]
    found = _jvm_and_logging("cruise_control", options) + unknown("cruise_control.capacity", options.get("capacity") or {}, _CAPACITY)
    if options.get("enabled") and brokers(whole) < _FEWEST_FOR_CRUISE_CONTROL:
        there = f"there is {brokers(whole)}: set strimzi_setup_cruise_control.enabled: false"
        found.append(f"cruise_control needs {_FEWEST_FOR_CRUISE_CONTROL} brokers or more, {there}")
    return found


def _jvm_and_logging(where: str, options: Entry) -> list[str]:
    found = unknown(f"{where}.jvm", options.get("jvm") or {}, JVM)
    return found + (strimzi_logging.problems(f"{where}.logging", options["logging"]) if options.get("logging") else [])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
