# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new name alone would get wrong: names of topics and schemas, truncates, signals, MariaDB."""

from __future__ import annotations

import re

from .debezium_draft import Draft
from .debezium_request import Request
from .debezium_rules import (
    HISTORY_CLASSES,
    MARIADB,
    MONGODB,
    MYSQL,
    NEW_HISTORY,
    ORACLE,
    POSTGRESQL,
    UNKNOWN,
    V2_3,
    V2_5,
    V2_7,
    V3_0,
    V3_1,
    WITH_SCHEMA_HISTORY,
)
from .debezium_values import is_true

MARIADB_CONNECTOR = "io.debezium.connector.mariadb.MariaDbConnector"
SERVER_NAMES = ("database.server.name", "mongodb.name")
_LEGAL_PREFIX = re.compile(r"[A-Za-z0-9._-]+")


def move_to_mariadb(draft: Draft, request: Request, family: str) -> str:
    """MySqlConnector on a MariaDB server: an adapter in 2.5 and 2.6, a connector of its own since. Returns the family from here on."""
    adapter = str(draft.config.get("connector.adapter", "")).strip().lower()
    if family != MYSQL or not (request.mariadb or adapter == MARIADB):
        return family
    if request.target < V2_5:
        draft.ask(f"connector.class: MySqlConnector of {request.target} does not support MariaDB. Support begins with 2.5.")
        return family
    if request.target < V2_7:
        draft.add("connector.adapter", MARIADB, "the server is MariaDB, which MySqlConnector reads through this adapter in 2.5 and 2.6")
        return family
    draft.ask(
        "connector.class: MariaDbConnector names its source schema differently (io.debezium.connector.mariadb.Source), so value schemas change; its GTIDs "
        "are MariaDB's. Rehearse it, and compare the source offset before and after."
    )
    if str(draft.config.get("snapshot.locking.mode", "")).strip().lower() == "minimal_percona":
        draft.ask("snapshot.locking.mode: MariaDbConnector has no minimal_percona. Choose minimal, extended or none.")
    draft.rewrite("connector.class", MARIADB_CONNECTOR, "MariaDB has a connector of its own since 2.7")
    return family if draft.side_by_side else MARIADB


def tell_of_mariadb_tls(draft: Draft, request: Request, family: str) -> None:
    mode = str(draft.config.get("database.ssl.mode", "")).strip().lower()
    if family == MARIADB and mode == "preferred" and request.target >= V3_1:
        draft.ask("database.ssl.mode: MariaDbConnector has no `preferred`. Choose disable, trust, verify-ca or verify-full.")
    elif family == MARIADB and mode in ("disabled", "preferred", "required", "verify_ca", "verify_identity") and request.target == V3_0:
        draft.ask("database.ssl.mode: from 3.0.8 MariaDbConnector calls its modes disable, trust, verify-ca, verify-full. Use the new name there.")


def keep_server_name(draft: Draft, family: str) -> None:
    """The server's name becomes ``topic.prefix``, whatever else is there: topics and source offsets hang on it."""
    present = [key for key in (SERVER_NAMES[::-1] if family == MONGODB else SERVER_NAMES) if key in draft.config]
    named = [key for key in present if draft.config[key] not in (None, "")]
    for key in present:
        if key not in named:
            draft.drop(key, "it is empty")
        elif key != named[0]:
            draft.drop(key, f"topic.prefix has the name of the server, from {named[0]}")
        else:
            _move_server_name(draft, key)
    prefix = draft.config.get("topic.prefix")
    if prefix in (None, ""):
        draft.ask("topic.prefix is missing, and there is no server name to take it from. It must be the old server name: topics and offsets hang on it.")
    elif isinstance(prefix, str) and "${" not in prefix and not _LEGAL_PREFIX.fullmatch(prefix):
        draft.ask("topic.prefix: the server's name has characters that Debezium 2.0 refuses (allowed: letters, digits, dot, underscore, hyphen).")


def _move_server_name(draft: Draft, key: str) -> None:
    name, present = draft.config[key], draft.config.pop("topic.prefix", None)
    if present not in (None, "") and str(present) != str(name):
        draft.ask(f"topic.prefix differed from {key}, whose value it now has. If the connector already ran with the other one, put that back.")
    if str(present) == str(name):
        draft.config["topic.prefix"] = present
        draft.drop(key, "replaced by topic.prefix, which is set already")
    else:
        draft.rename(key, "topic.prefix", name)


def keep_transaction_topic(draft: Draft) -> None:
    """``transaction.topic`` was a full name, ``topic.transaction`` is what follows the prefix and the delimiter."""
    old, new = "transaction.topic", "topic.transaction"
    if old not in draft.config:
        return
    prefix, delimiter = draft.config.get("topic.prefix"), str(draft.config.get("topic.delimiter", "."))
    topic = str(draft.config[old])
    starts = [f"${{{key}}}{delimiter}" for key in SERVER_NAMES] + ([] if prefix in (None, "") else [f"{prefix}{delimiter}"])
    start = next((start for start in starts if topic.startswith(start) and len(topic) > len(start)), None)
    if start:
        draft.rename(old, new, topic[len(start) :])
        return
    draft.ask(
        f"{old}: this name cannot be kept, because it does not begin with the server's name and the delimiter. The topic is now called topic.prefix, "
        f"delimiter, {new} (default `transaction`): tell its readers, or route it back by a transform."
    )
    draft.drop(old, f"removed in 2.0: {new} is only the end of the name, and this name cannot be made with it")


def keep_history_class(draft: Draft) -> None:
    """The schema history's class, which may have arrived under the new key in its old spelling."""
    value = str(draft.config.get(NEW_HISTORY, ""))
    if value in HISTORY_CLASSES:
        draft.rewrite(NEW_HISTORY, HISTORY_CLASSES[value], "the classes of the schema history moved in 2.0")
    elif value.endswith("DatabaseHistory"):
        draft.ask(f"{NEW_HISTORY}: this class is not Debezium's Kafka, file or memory history. It must be ported to the interface SchemaHistory.")


def keep_truncates(draft: Draft, request: Request, family: str, was_before_2_0: bool | None) -> None:
    """Since 2.0 truncates are skipped unless ``skipped.operations`` says otherwise; PostgreSQL had a key of its own for that."""
    _move_truncate_handling(draft)
    if "skipped.operations" in draft.config:
        _tell_of_skipped_operations(draft, family, was_before_2_0)
    elif request.keep_truncates:
        draft.add("skipped.operations", "none", "since 2.0 truncates are skipped by default, and keep_truncates was asked for")
    elif request.keep_truncates is None and was_before_2_0 is not False and family in (MYSQL, MARIADB, ORACLE):
        draft.ask("skipped.operations: truncates are skipped by default since 2.0. If consumers want them, ask for keep_truncates (`none`).")


def _move_truncate_handling(draft: Draft) -> None:
    old, new = "truncate.handling.mode", "skipped.operations"
    if old not in draft.config:
        return
    skip = {"skip": True, "include": False}.get(str(draft.config[old]).strip().lower())
    if skip is None:
        draft.ask(f"{old}: its value is neither `skip` nor `include`. Set {new} to `t` (skip truncates) or `none` instead.")
    elif new not in draft.config:
        draft.rename(old, new, "t" if skip else "none")
    else:
        skipped = [part.strip() for part in str(draft.config[new]).split(",") if part.strip() not in ("", "none")]
        if skip and "t" not in skipped:
            draft.rewrite(new, ",".join([*skipped, "t"]), f"{old}=skip also skipped truncates")
        draft.drop(old, f"replaced by {new}, which is set already")


def _tell_of_skipped_operations(draft: Draft, family: str, was_before_2_0: bool | None) -> None:
    done = {*draft.rewritten, *draft.renamed.values()}
    if family != POSTGRESQL or was_before_2_0 is not True or "skipped.operations" in done or "truncate.handling.mode" in draft.dropped:
        return
    if "t" not in str(draft.config["skipped.operations"]).replace(" ", "").split(","):
        draft.ask("skipped.operations: before 2.0 PostgreSQL's truncates were skipped besides (truncate.handling.mode). Add `t` if they must stay so.")


def keep_schema_names(draft: Draft, request: Request, was_before_2_0: bool | None) -> None:
    key = "schema.name.adjustment.mode"
    if key in draft.config or not request.keep_schema_names:
        return
    if was_before_2_0:
        draft.add(key, "avro", "the default is `none` since 2.0: schemas would get other names (dashes for underscores), and keys other bytes")
    elif was_before_2_0 is None:
        draft.ask(f"{key}: old and new keys stand side by side. If the connector never ran on 2.0 or later, set it to `avro`, else schemas change names.")


def keep_signals(draft: Draft, request: Request, family: str, was_before_2_0: bool | None) -> None:
    """Before 2.3 MySQL's Kafka signals were on as soon as their topic was set."""
    topic, channels = "signal.kafka.topic", "signal.enabled.channels"
    came_from_before = was_before_2_0 if request.source is None else request.source < V2_3
    if topic in draft.config and channels not in draft.config and request.target >= V2_3 and family in (MYSQL, MARIADB, UNKNOWN):
        if came_from_before:
            draft.add(channels, "source,kafka", f"since 2.3 {topic} does not turn on Kafka signals, and the default is `source` alone")
        elif request.source is None:
            draft.ask(f"{channels}: since 2.3 {topic} has no effect unless `kafka` is listed here (default `source`).")
    has_signals = topic in draft.config or "signal.data.collection" in draft.config
    if has_signals and request.target >= V3_0 and (was_before_2_0 is not False if request.source is None else request.source < V3_0):
        draft.ask("Signals: whoever sends them must write `additional-conditions` (a list) for `additional-condition`, which 3.0 no longer reads.")


def store_only_captured_tables(draft: Draft, request: Request, family: str) -> None:
    key = f"{NEW_HISTORY}.store.only.captured.tables.ddl"
    if not request.store_only_captured_tables_ddl or family not in WITH_SCHEMA_HISTORY:
        return
    if key not in draft.config:
        draft.add(key, "true", "asked for in store_only_captured_tables_ddl")
    elif is_true(draft.config[key]) is not True:
        draft.config[key] = "true"
        draft.rewritten[key] = "asked for in store_only_captured_tables_ddl"


def replace_route(draft: Draft, request: Request) -> None:
    if request.route_replacement is None:
        return
    key = f"transforms.{request.route_transform}.replacement"
    names = draft.config.get("transforms", "")
    listed = [str(name).strip() for name in (names if isinstance(names, list) else str(names).split(","))]
    if key in draft.config:
        draft.rewrite(key, request.route_replacement, "asked for in route_replacement")
    elif request.route_transform not in listed:
        draft.ask(f"{key}: route_replacement was given, but the connector has no transform of that name. Nothing was set.")
    elif draft.side_by_side:
        draft.ask(f"{key}: left for the upgrade itself, since this would change what the running version does.")
    else:
        draft.add(key, request.route_replacement, "asked for in route_replacement")


def tell_of_oracle_offsets(draft: Draft, family: str, was_before_2_0: bool | None) -> None:
    if family == ORACLE and was_before_2_0:
        draft.ask("Oracle: the source offset's `scn` gets a format that 1.9 cannot read. Back up the offsets: there is no way back without them.")
