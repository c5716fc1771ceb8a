# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration makes at its destination: topics and ACLs, in the words of kafka_topic and kafka_acl. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..module_utils.kafka.acls import Acl
from ..module_utils.migration.acl_translation import KINDS, readers_without_group, translate_acls
from ..module_utils.migration.destinations import DESTINATIONS
from ..module_utils.migration.topic_settings import map_settings

Json = dict[str, Any]


def topics(assessment: Mapping[str, Any], source_now: Mapping[str, Any], settings: Mapping[str, Any]) -> Json:
    """The topics of the destination, as kafka_topic takes them, and what is other than when it was assessed.

    :param source_now: the source's topics, as kafka_info shows them.
    :param settings: ``destination_type``, ``replication_factor`` (0: the cluster's own) and ``topic_configs`` (by topic, ``*`` for all).
    """
    destination = DESTINATIONS[settings["destination_type"]]
    factor = int(settings["replication_factor"]) or None
    entries, rows = [], []
    there = [topic for topic in assessment["topics"] if topic["name"] in source_now]
    for topic in there:
        own = {**settings["topic_configs"].get("*", {}), **settings["topic_configs"].get(topic["name"], {})}
        mapped = map_settings(topic["config"] or {}, destination, factor, {key: _text(value) for key, value in own.items()})
        entry = {"name": topic["name"], "partitions": source_now[topic["name"]]["partitions"], "config": dict(mapped.config)}
        entries.append({**entry, "replication_factor": factor} if factor else entry)
        rows += [f"{topic['name']}: {key} is left out: {why}" for key, why in mapped.dropped.items()]
        rows += [f"{topic['name']}: {key} {old} becomes {new}: {why}" for key, (old, new, why) in mapped.adjusted.items()]
    return {
        "topics": entries, "settings": rows,
        "gone": [topic["name"] for topic in assessment["topics"] if topic["name"] not in source_now],
        "grown": [f"{topic['name']} has {source_now[topic['name']]['partitions']} partitions, {topic['partitions']} when it was assessed"
                  for topic in there if source_now[topic["name"]]["partitions"] != topic["partitions"]],
    }  # fmt: skip


def acls(source: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> Json:
    """The ACLs of the destination, as kafka_acl takes them, and what cannot be said there.

    :param source: the source's ACLs, as kafka_info shows them.
    :param settings: ``destination_type``, ``principals``, ``accounts`` (principals of service accounts by name; empty: not made yet),
        ``topics`` (those that are named) and ``accept``.
    """
    accounts = {name: principal or f"User:{name}" for name, principal in settings.get("accounts", {}).items()}
    principals = {old: accounts.get(new, new) for old, new in settings["principals"].items()}
    is_cloud = DESTINATIONS[settings["destination_type"]].is_cloud
    seen = translate_acls([Acl(**acl) for acl in source], principals, is_cloud, settings["topics"])
    return {
        "acls": _entries(seen.acls),
        "not_expressed": [each.as_result() for each in seen.not_expressed],
        "unaccepted": [each.as_result() for each in seen.unaccepted(settings["accept"])],
        "left_out": [{"acl": str(acl), "reason": reason} for acl, reason in seen.left_out],
        "without_group": readers_without_group(seen.acls),
    }


def obstacles(assessment: Mapping[str, Any], translated: Mapping[str, Any] | None, accept: Collection[str], no_acls_because: str = "") -> list[str]:
    """Everything that must be solved or accepted before anything is made."""
    found = [f"{each['text']}: {', '.join(each['topics'][:10]) or 'solve it'} (or accept '{each['limit']}')"
             for each in assessment["limits"] if each["blocks"] and each["limit"] not in accept]
    if no_acls_because and "acls" not in accept:
        found.append(f"the ACLs of the source cannot be read: {no_acls_because} (or accept 'acls')")
    unaccepted = (translated or {}).get("unaccepted", [])
    for kind in KINDS:
        those = [each for each in unaccepted if each["kind"] == kind]
        if those:
            shown = "; ".join(f"{each['acl']} ({each['reason']})" for each in those[:3])
            more = " ..." if len(those) > 3 else ""
            found.append(f"{len(those)} ACLs cannot be said at the destination as they are: {shown}{more} (accept '{kind}' or single ids)")
    return found


def secrets_text(secrets: Mapping[str, Any]) -> str:
    """A file of properties as FileConfigProvider reads it (java.util.Properties, UTF-8)."""
    return "".join(f"{_escaped(key, ' =:#!')}={_escaped(str(value), '')}\n" for key, value in sorted(secrets.items()))


def _entries(wanted: Iterable[Acl]) -> list[Json]:
    """One entry for all operations of the same principal on the same thing."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for acl in wanted:
        grouped.setdefault((acl.principal, acl.host, acl.resource_type, acl.name, acl.pattern_type, acl.permission), []).append(acl.operation)
    names = ("principal", "host", "resource_type", "name", "pattern_type", "permission")
    return [{**dict(zip(names, key)), "operations": sorted(operations)} for key, operations in sorted(grouped.items())]


def _escaped(text: str, more: str) -> str:
    known = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"} | {letter: f"\\{letter}" for letter in more}
    escaped = "".join(known.get(letter, letter) for letter in text)
    return f"\\{escaped}" if escaped.startswith(" ") else escaped  # Java skips white space before a value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
