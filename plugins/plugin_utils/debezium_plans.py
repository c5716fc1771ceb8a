# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role debezium_upgrade is about to do with each connector, made of its backup and its settings. Pure.

Every run makes the same plans of the same backup, so a run that was broken off goes on with what it had begun.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils.connect.debezium import upgrade
from ..module_utils.connect.debezium_request import request_from
from .debezium_rehearsal import rehearsal_of

Backup = Mapping[str, Mapping[str, Any]]  # name: {config, state}
Plan = dict[str, Any]

CONNECTOR_OPTIONS = ("name", "options", "set", "database", "rehearsal")
UNREADABLE = "old records become unreadable"
MARIADB = "io.debezium.connector.mariadb.MariaDbConnector"
MYSQL = "io.debezium.connector.mysql.MySqlConnector"


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the role's variables, before anything is looked at."""
    found: list[str] = []
    connectors = settings["connectors"]
    if not connectors:
        found.append("debezium_upgrade_connectors is empty")
    names = [str(each.get("name") or "") for each in connectors]
    found += [f"debezium_upgrade_connectors: {name} is listed twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for each in connectors:
        unknown = sorted(set(each) - set(CONNECTOR_OPTIONS))
        if unknown:
            found.append(f"debezium_upgrade_connectors, {each.get('name')}: there is no {', '.join(unknown)}, only {', '.join(CONNECTOR_OPTIONS)}")
    if settings["confirm"] != settings["name"]:
        found.append(f"this upgrades '{settings['name']}', and debezium_upgrade_confirm says '{settings['confirm']}'")
    if not settings["connect"].get("url"):
        found.append("debezium_upgrade_connect has no url")
    removes = bool(settings["subjects"] or settings["subject_pattern"])
    if removes and not settings["registry"].get("url"):
        found.append("subjects are to be removed, and debezium_upgrade_registry has no url")
    if removes and settings["sinks"] and not settings["kafka"].get("bootstrap_servers"):
        found.append("sinks are to be drained before subjects are removed, and debezium_upgrade_kafka has no bootstrap_servers")
    if settings["offsets_topic"] and not settings["kafka"].get("bootstrap_servers"):
        found.append("debezium_upgrade_offsets_topic is to be read, and debezium_upgrade_kafka has no bootstrap_servers")
    if settings["permanent"] and settings["permanent_confirm"] != UNREADABLE:
        found.append(f"debezium_upgrade_permanent makes old records unreadable for ever: say so in debezium_upgrade_permanent_confirm ('{UNREADABLE}')")
    return found


def plan(settings: Mapping[str, Any], backup: Backup, loaded: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All that is going to be done.

    :param loaded: versions of the worker's plugins by class; then ``old_plugins`` says why it cannot run the new configurations yet.
    """
    made = {each["name"]: _plan(backup[each["name"]], each, settings) for each in settings["connectors"] if each["name"] in backup}
    todo = [name for name, one in made.items() if one["changes"]]
    prefix = settings["rehearsal_prefix"] if settings["drift_by_rehearsal"] else ""
    return {
        "connectors": made,
        "todo": todo,
        "decide": [f"{name}: {text}" for name in todo for text in made[name]["decide"]],
        "drift": [_for_drift(name, made[name], prefix) for name in todo],
        "put": [{"name": name, "config": made[name]["after"]} for name in todo],
        "resume": [{"name": name, "state": made[name]["state"]} for name in todo],
        "gtids": [{"name": name, "database": made[name]["database"]} for name in todo if made[name]["needs_gtid"]],
        "rehearsals": _rehearsals(made, settings),
        "old_plugins": _old_plugins(made, loaded, settings["target"]) if loaded is not None else [],
    }


def _plan(entry: Mapping[str, Any], connector: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    before = dict(entry["config"])
    rewritten = upgrade(before, request_from(before, {**settings["options"], **(connector.get("options") or {}), "target": settings["target"]}))
    config: Any = rewritten["config"]
    after = {key: value for key, value in {**config, **(connector.get("set") or {})}.items() if value is not None}
    return {
        **{key: rewritten[key] for key in ("renamed", "dropped", "added", "rewritten", "decide")},
        "before": before, "after": after, "state": entry.get("state", "running"), "changes": _texts(before) != _texts(after),
        "needs_gtid": before.get("connector.class") == MYSQL and after.get("connector.class") == MARIADB,
        "database": connector.get("database") or {},
    }  # fmt: skip


def _for_drift(name: str, made: Plan, rehearsal_prefix: str) -> dict[str, Any]:
    """As the module schema_drift takes it."""
    connector = {"name": name, "before": made["before"], "after": made["after"]}
    return {**connector, "rehearsal_prefix": rehearsal_prefix + str(made["after"].get("topic.prefix") or "")} if rehearsal_prefix else connector


def _rehearsals(made: Mapping[str, Plan], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rehearsals as connect_connector takes them."""
    own = {each["name"]: each.get("rehearsal") or {} for each in settings["connectors"]}
    common = {"prefix": settings["rehearsal_prefix"], "snapshot_mode": settings["rehearsal_snapshot_mode"],
              "bootstrap_servers": settings["rehearsal_bootstrap_servers"]}  # fmt: skip
    return [rehearsal_of(name, one["after"], **{**common, **own[name]}) for name, one in made.items()]


def _old_plugins(made: Mapping[str, Plan], loaded: Mapping[str, str], target: str) -> list[str]:
    """Why the worker cannot run the new configurations yet: plugins that are not there, or older than the target."""
    found: dict[str, str] = {}
    for one in made.values():
        plugin = str(one["after"].get("connector.class"))
        if one["changes"] and plugin not in loaded:
            found[plugin] = f"{plugin} is not loaded"
        elif one["changes"] and _version(loaded[plugin]) < (2, 0):
            found[plugin] = f"{plugin} is {loaded[plugin]}, the target is {target}"
    return sorted(found.values())


def _version(text: str) -> tuple[int, int]:
    """A version that cannot be read counts as new: the validation by the plugin will tell."""
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found.group(1)), int(found.group(2))) if found else (99, 0)


def _texts(config: Mapping[str, Any]) -> dict[str, str]:
    """As Connect keeps it."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items() if key != "name"}


def rollback(
    backup: Backup, there: Sequence[str] = (), loaded: Mapping[str, str] | None = None, subjects: Mapping[str, Mapping[str, Any]] | None = None,
    existing: Sequence[str] = (),
) -> dict[str, Any]:
    """What puts a backup back.

    A worker with the new plugin refuses configurations of the old one, and a worker with the old plugin cannot even list connectors of a
    class that it does not have. So those are deleted on the new worker, which keeps their offsets, and made anew on the old one.

    :param there: the connectors that exist now; ``loaded``: versions of the worker's plugins by class.
    :param existing: the subjects that exist now.
    """
    refused = {name: entry for name, entry in backup.items() if _is_refused(entry["config"], loaded or {})}
    gone = {name: entry["versions"][-1] for name, entry in (subjects or {}).items() if name not in existing and entry.get("versions")}
    return {
        "there": [name for name in backup if name in there],
        "delete": [name for name in refused if name in there],
        "positions": [name for name, entry in refused.items() if name in there and entry["config"].get("connector.class") == MYSQL],
        "waits": sorted(refused),
        "put": [{"name": name, "config": entry["config"], "state": entry.get("state", "running")} for name, entry in backup.items() if name not in refused],
        "subjects": [{"name": name, **{key: version[key] for key in ("schema", "schema_type", "references")}} for name, version in gone.items()],
    }


def _is_refused(config: Mapping[str, Any], loaded: Mapping[str, str]) -> bool:
    """Whether the worker's plugin is newer than the configuration: it asks for topic.prefix."""
    plugin = str(config.get("connector.class"))
    return plugin.startswith("io.debezium.") and not config.get("topic.prefix") and (plugin not in loaded or _version(loaded[plugin]) >= (2, 0))
