# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites the configuration of a Debezium 1.9 (or newer) connector for a newer version. Pure: asks no server, changes no argument."""

from __future__ import annotations

from collections.abc import Mapping

from . import debezium_semantics as semantics
from .debezium_draft import Draft
from .debezium_request import Request, is_before_2_0
from .debezium_rules import (
    DROPS,
    HISTORY,
    HISTORY_CLASSES,
    MARIADB,
    MONGODB,
    MYSQL,
    NEW_HISTORY,
    ORACLE,
    OTHER,
    POSTGRESQL,
    RELATIONAL,
    RENAMES,
    REWRITES,
    SQLSERVER,
    UNKNOWN,
    V2_0,
    applies,
    is_for_jdbc_driver,
)
from .debezium_transforms import upgrade_transforms
from .debezium_values import CONVERSIONS
from .debezium_worker import move_worker_keys, tell_of_policy

_FAMILIES = {
    "mysql": MYSQL,
    "mariadb": MARIADB,
    "postgresql": POSTGRESQL,
    "postgres": POSTGRESQL,
    "sqlserver": SQLSERVER,
    "oracle": ORACLE,
    "mongodb": MONGODB,
}
_PACKAGE = "io.debezium.connector."


def upgrade(config: Mapping[str, object], request: Request) -> dict[str, object]:
    """The new configuration and what was done: ``config, renamed, dropped, added, rewritten, decide``."""
    draft = Draft(config, request.side_by_side)
    family = family_of(config.get("connector.class"))
    if family is None or (family == UNKNOWN and not _has_debezium_keys(config)):
        draft.ask("connector.class: not a Debezium source connector. Nothing was changed.")
        return draft.result()
    if family == UNKNOWN:
        draft.ask("connector.class is missing: what only one of Debezium's connectors has was left alone.")
    was_before_2_0 = _was_before_2_0(config, request, family)
    family = semantics.move_to_mariadb(draft, request, family)
    semantics.keep_server_name(draft, family)
    _apply_rows(draft, request, family, was_before_2_0)
    semantics.keep_history_class(draft)
    semantics.keep_transaction_topic(draft)
    semantics.keep_truncates(draft, request, family, was_before_2_0)
    semantics.keep_schema_names(draft, request, was_before_2_0)
    semantics.keep_signals(draft, request, family, was_before_2_0)
    semantics.tell_of_mariadb_tls(draft, request, family)
    semantics.tell_of_oracle_offsets(draft, family, was_before_2_0)
    upgrade_transforms(draft, request, was_before_2_0)
    semantics.store_only_captured_tables(draft, request, family)
    semantics.replace_route(draft, request)
    move_worker_keys(draft, request)
    tell_of_policy(draft, request)
    return draft.result()


def family_of(connector_class: object) -> str | None:
    """Which of Debezium's source connectors this is, by its class or the short name that Connect accepts; ``None``: none of them."""
    if connector_class in (None, ""):
        return UNKNOWN
    name = str(connector_class).strip()
    if name.endswith("SinkConnector"):
        return None
    if name.startswith(_PACKAGE):
        return _FAMILIES.get(name[len(_PACKAGE) :].partition(".")[0], OTHER)
    if "." in name:
        return None
    short = name[: -len("Connector")] if name.endswith("Connector") else name
    return _FAMILIES.get(short.lower())


def _was_before_2_0(config: Mapping[str, object], request: Request, family: str) -> bool | None:
    """Whether the configuration served a version before 2.0. ``None``: it has a ``topic.prefix`` and old keys besides, so it may be either."""
    known = is_before_2_0(request.source)
    if known is not None:
        return known
    if config.get("topic.prefix") in (None, ""):
        return True
    return None if any(_is_of_1_9(key, family) for key in config) else False


def _has_debezium_keys(config: Mapping[str, object]) -> bool:
    rows = {row.old for row in RENAMES} | {row.key for row in DROPS}
    return any(key in rows or key in ("topic.prefix", "snapshot.mode") or _is_of_1_9(key, UNKNOWN) for key in config)


def _is_of_1_9(key: str, family: str) -> bool:
    """Whether only versions before 2.0 read this key."""
    if key == HISTORY or key.startswith(f"{HISTORY}.") or key in (*semantics.SERVER_NAMES, "transaction.topic", "truncate.handling.mode"):
        return True
    return any(key == row.old and row.gone == V2_0 and applies(row.families, family) for row in RENAMES) or any(
        key == row.key and row.gone == V2_0 and applies(row.families, family) for row in DROPS
    )


def _apply_rows(draft: Draft, request: Request, family: str, was_before_2_0: bool | None) -> None:
    _move_history(draft)
    if family in RELATIONAL and was_before_2_0 is not False:
        for key in [key for key in draft.config if is_for_jdbc_driver(key)]:
            draft.rename(key, "driver." + key.partition(".")[2], draft.config[key])
    _apply_renames(draft, request, family)
    for drop in DROPS:
        if drop.key in draft.config and request.target >= drop.gone and applies(drop.families, family):
            if draft.drop(drop.key, drop.reason) and drop.ask:
                draft.ask(drop.ask)
    _apply_rewrites(draft, request, family)


def _move_history(draft: Draft) -> None:
    """Everything under the history's prefix moves along: its topic, and the security keys of its own clients."""
    exact = {row.old for row in RENAMES}
    for key in [key for key in draft.config if key.startswith(f"{HISTORY}.") and key not in exact]:
        draft.rename(key, NEW_HISTORY + key[len(HISTORY) :], draft.config[key])
    if HISTORY in draft.config:
        value = draft.config[HISTORY]
        draft.rename(HISTORY, NEW_HISTORY, HISTORY_CLASSES.get(str(value), value))


def _apply_renames(draft: Draft, request: Request, family: str) -> None:
    for row in RENAMES:
        if row.old not in draft.config or request.target < row.gone or not applies(row.families, family):
            continue
        value = CONVERSIONS[row.convert](draft.config[row.old])
        if value is None:
            draft.ask(f"{row.old}: its value cannot be translated here. Set {row.new} by hand, and remove the old key.")
        elif draft.side_by_side and not row.side_by_side:
            draft.ask(f"{row.old}: left for the upgrade itself, since the running version would read {row.new} as well.")
        elif draft.rename(row.old, row.new, value) and row.ask:
            draft.ask(row.ask)


def _apply_rewrites(draft: Draft, request: Request, family: str) -> None:
    for row in REWRITES:
        if row.key not in draft.config or request.target < row.gone or not applies(row.families, family):
            continue
        value = str(draft.config[row.key]).strip().lower()
        if value == row.old or (row.old.endswith("*") and value.startswith(row.old[:-1])):
            draft.rewrite(row.key, row.new, f"`{row.old}` is called or replaced by `{row.new}`")
            if row.ask:
                draft.ask(row.ask)
