# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ClickHouse: the objects of a database are dropped, each by a statement of its own, the database itself is not touched.

So its engine, its comment and the grants on it, which belong to names, are never in danger, and a killed reset leaves
fewer objects for the next one. What depends on what is left to the server: an object that another one still needs is
refused by it, and tried again after the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..errors import InputError, OperationError
from ..progress import Progress
from .clickhouse_drops import Drops
from .clickhouse_objects import Entry, drop_statement, droppable, identifier, literal, outside_dependents
from .login import ConnectionLost, Login, locked, login_refused, not_permitted
from .reset import Counts, Found, telling_removed
from .selection import Selection, glob_regex, is_system
from .sql import Session, SqlError

# https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
_LOGIN_REFUSED = ("192", "193", "194", "195", "516")
_DENIED = ("164", "291", "392", "497")
_NEEDED = "630"
_LOCKED = "473"
_TOO_LARGE = "359"
_NO_SUCH_STATEMENT = ("47", "60", "62")  # what a server answers that is too old for a query

# Engines whose tables are the database's own. The others show tables of another server, or of files.
_OWN_ENGINES = ("Atomic", "Lazy", "Memory", "Ordinary", "Replicated", "Shared")
NAMED_ONLY = "default"  # a database like any other, and one that every server has

_SETTINGS = "SELECT name, value FROM system.settings WHERE name IN ('readonly', 'allow_ddl')"
_COLUMNS = "SELECT table, name FROM system.columns WHERE database = 'system' AND table IN ('tables', 'databases')"
_OLD_SIZES = "SELECT table, sum(rows), sum(bytes_on_disk) FROM {parts} WHERE database = {name} AND active GROUP BY table"
_GRANTS = """
SELECT coalesce(user_name, role_name), arrayStringConcat(arraySort(groupUniqArray(toString(access_type))), ', '), coalesce(table, '*')
FROM system.grants WHERE database = {name} GROUP BY user_name, role_name, table ORDER BY 1, 3"""


def log_in(connect: Callable[[Login], Session], login: Login, fallback: Login | None) -> tuple[Session, Login]:
    """A session as the user of ``login`` or, when the server refuses that one, of ``fallback``; and which of them it is.

    :raises OperationError: when the server refuses both.
    """
    try:
        return connect(login), login
    except SqlError as error:
        refused = login_refused(login, error.text) if error.code in _LOGIN_REFUSED else OperationError("log in", str(login), str(error))
        if fallback is None or error.code not in _LOGIN_REFUSED:
            raise refused from error
    try:
        return connect(fallback), fallback
    except SqlError as error:
        second = login_refused(fallback, f"{error.text}. Before, {login.who} was refused too: {refused.answered}")
        raise second from error


class ClickHouse:
    """The databases of one ClickHouse server, or of a cluster of them.

    :param tables: a glob that narrows each database to some of its objects.
    :param cluster: do it on all hosts of this cluster.
    :param more: opens a further connection, where that costs little.
    """

    def __init__(
        self, session: Session, login: Login, tables: str | None = None, cluster: str | None = None, more: Callable[[], Session] | None = None
    ) -> None:
        self._session = session
        self.login = login
        self._is_meant: Callable[[str], object] = glob_regex(tables).match if tables is not None else lambda _name: True
        self._is_narrowed = tables is not None
        self._cluster = cluster
        self._more = more if cluster is None else None  # ON CLUSTER is a queue anyway
        self._progress_subject = f"tables {tables} of " if tables is not None else ""
        try:
            self.version = version_of(str(session.rows("SELECT version()")[0][0]))
            self._columns = {(str(table), str(column)) for table, column in session.rows(_COLUMNS)}
            self._check_cluster()
        except SqlError as error:
            raise self._refused(error, "look at the server", "system tables") from error

    def targets(self, selection: Selection) -> list[str]:
        if selection.pattern is None:
            return [selection.name or ""]
        matches = glob_regex(selection.pattern).match
        try:
            rows = self._session.rows(f"SELECT DISTINCT name FROM {self._system('databases')}")
        except SqlError as error:
            raise self._refused(error, "list the databases", str(selection)) from error
        names = sorted(str(name) for (name,) in rows if matches(str(name)))
        system = [name for name in names if is_system(name)]
        if system:
            raise InputError([f"pattern {selection.pattern} matches the server's own {', '.join(system)}"])
        if NAMED_ONLY in names:
            raise InputError([f"pattern {selection.pattern} matches the database {NAMED_ONLY}, which every server has"], "Give it as name to empty it.")
        return names

    def read(self, name: str) -> Found | None:
        try:
            kept = self._settings(name)
            if kept is None:
                return None
            entries = self._chosen(name)
            self._refuse_what_would_fail(name, str(kept["engine"]), entries)
        except SqlError as error:
            raise self._refused(error, "read the database", name) from error
        held = {"rows": sum(each.rows for each in entries), "bytes": sum(each.bytes for each in entries)} if entries else {}
        return Found(name, dict(Counter(each.kind for each in entries)), kept, held=held)

    def empty(self, found: Found) -> Counts:
        removed: Counter[str] = Counter()
        progress = Progress(f"reset of {self._progress_subject}{found.name}")
        with telling_removed(removed):
            try:
                entries = self._chosen(found.name)
                drops = Drops(self._session, lambda entry: drop_statement(found.name, entry, self._cluster, self.version), self._more)
                for entry in drops.all(entries):
                    removed[entry.kind] += 1
                    progress.say(f"{sum(removed.values())} of {len(entries)} objects dropped")
            except SqlError as error:
                raise self._refused(error, "reset the database", found.name) from error
        return removed

    def _settings(self, name: str) -> dict[str, object] | None:
        engine = "engine_full" if ("databases", "engine_full") in self._columns else "engine"
        comment = "comment" if ("databases", "comment") in self._columns else "''"
        rows = self._session.rows(f"SELECT DISTINCT {engine}, {comment} FROM {self._system('databases')} WHERE name = {literal(name)} ORDER BY 1, 2")
        if not rows:
            return None
        kept: dict[str, object] = {"engine": " / ".join(sorted({str(engine) for engine, _comment in rows})), "comment": str(rows[0][1])}
        with suppress(SqlError):  # servers before 20.4 have no grants, and not everybody may read them
            grants = self._session.rows(_GRANTS.format(name=literal(name)))
            kept["grants"] = [f"{who}: {rights} on {identifier(name)}.{'*' if table == '*' else identifier(str(table))}" for who, rights, table in grants]
        return kept

    def _chosen(self, name: str) -> list[Entry]:
        return droppable(self._entries(name).values(), self._is_meant)

    def _entries(self, name: str) -> Mapping[str, Entry]:
        """Everything in the database by name. An object that several hosts of a cluster have is one, with the size of all."""
        has = self._columns.__contains__
        query = "SELECT name, engine, {}, startsWith(create_table_query, 'CREATE DICTIONARY'), {}, {}, {}, {} FROM {} WHERE database = {}".format(
            "toString(uuid)" if has(("tables", "uuid")) else "''",
            "ifNull(total_rows, 0)" if has(("tables", "total_rows")) else "0",
            "ifNull(total_bytes, 0)" if has(("tables", "total_bytes")) else "0",
            *(("loading_dependent_database", "loading_dependent_table") if has(("tables", "loading_dependent_table")) else ("[]", "[]")),
            self._system("tables"),
            literal(name),
        )
        sizes = {} if has(("tables", "total_rows")) else self._old_sizes(name)
        entries: dict[str, Entry] = {}
        for table, engine, uuid, is_dictionary, rows, size, databases, tables in self._session.rows(query):
            before = entries.get(str(table))
            old_rows, old_bytes = sizes.get(str(table), (0, 0))
            entries[str(table)] = Entry(
                str(table),
                str(engine),
                str(uuid).replace("00000000-0000-0000-0000-000000000000", ""),
                bool(int(is_dictionary)),
                int(rows) + (before.rows if before else old_rows),
                int(size) + (before.bytes if before else old_bytes),
                tuple(zip(map(str, databases), map(str, tables), strict=True)),
            )
        return entries

    def _old_sizes(self, name: str) -> dict[str, tuple[int, int]]:
        rows = self._session.rows(_OLD_SIZES.format(parts=self._system("parts"), name=literal(name)))
        return {str(table): (int(count), int(size)) for table, count, size in rows}

    def _system(self, table: str) -> str:
        """The system table of this server, or of all hosts of the cluster."""
        if self._cluster is None:
            return f"system.{table}"
        function = "clusterAllReplicas" if self.version >= (20, 3) else "cluster"
        return f"{function}({literal(self._cluster)}, system.{table})"

    def _check_cluster(self) -> None:
        if self._cluster is None:
            return
        known = sorted(str(cluster) for (cluster,) in self._session.rows("SELECT DISTINCT cluster FROM system.clusters"))
        if self._cluster not in known:
            raise InputError([f"the server knows no cluster {self._cluster}, only {', '.join(known) or 'none'} (system.clusters)"])

    def _refuse_what_would_fail(self, name: str, engine: str, entries: list[Entry]) -> None:
        kind = engine.partition("(")[0].strip()
        if not all(part.partition("(")[0].strip() in _OWN_ENGINES for part in engine.split(" / ")):
            advice = "Reset what it shows at its source."
            raise OperationError("reset the database", self._on(name), f"its engine is {kind}: its tables are not its own", advice)
        settings = {str(setting): str(value) for setting, value in self._session.rows(_SETTINGS)}
        if settings.get("readonly", "0") != "0" or settings.get("allow_ddl", "1") == "0":
            raise self._not_permitted("reset the database", name, "the user's profile is read-only, or forbids DDL")
        self._refuse_without_rights(name, entries)
        outside = outside_dependents(name, entries)
        if outside:
            what = "what is not reset here needs some of it"
            raise OperationError("reset the database", self._on(name), f"{what}: {', '.join(outside[:10])}", "Drop that first, or reset it as well.")

    def _refuse_without_rights(self, name: str, entries: list[Entry]) -> None:
        """As far as the server can tell: CHECK GRANT came with 24.10."""
        rights = {"dictionaries": "DROP DICTIONARY", "tables": "DROP TABLE", "views": "DROP VIEW", "materialized_views": "DROP VIEW"}
        try:
            missing = {each for each in {rights[entry.kind] for entry in entries} if not self._is_granted(each, f"{identifier(name)}.*")}
            if missing and self._is_narrowed:
                objects = [(rights[entry.kind], f"{identifier(name)}.{identifier(entry.name)}") for entry in entries if rights[entry.kind] in missing]
                missing = {f"{right} on {on}" for right, on in objects if not self._is_granted(right, on)}
        except SqlError as error:
            if error.code not in _NO_SUCH_STATEMENT:
                raise
            return
        if missing:
            raise self._not_permitted("reset the database", name, f"the user has no {', no '.join(sorted(missing)[:10])}")

    def _is_granted(self, right: str, on: str) -> bool:
        return bool(int(self._session.rows(f"CHECK GRANT {right} ON {on}")[0][0]))

    def _refused(self, error: SqlError, attempted: str, name: str) -> OperationError:
        if error.code in _DENIED:
            return self._not_permitted(attempted, name, error.text)
        if error.code == _LOCKED:
            return locked(self.login, attempted, name, error.text, self._queries())
        advice = {
            _NEEDED: "Drop what needs it first, or reset that as well.",
            _TOO_LARGE: "The server guards large tables: raise max_table_size_to_drop, or create the file force_drop_table that it names.",
        }.get(error.code, "")
        if self._cluster is not None and "DDL background" in error.text:
            advice = "ON CLUSTER needs ZooKeeper or ClickHouse Keeper: configure one, or reset the hosts one by one without cluster."
        return OperationError(attempted, self._on(name), str(error), advice)

    def _not_permitted(self, attempted: str, name: str, answered: str) -> OperationError:
        needs = f"the right to drop what is in it, for example: GRANT SHOW, DROP TABLE, DROP VIEW, DROP DICTIONARY ON {identifier(name)}.* TO the user"
        return not_permitted(self.login, attempted, name, answered, needs)

    def _queries(self) -> list[str]:
        with suppress(SqlError, ConnectionLost):
            rows: list[tuple[Any, ...]] = self._session.rows("SELECT user, query_id, round(elapsed) FROM system.processes LIMIT 10")
            return [f"query {query} of {user}, running for {seconds} s" for user, query, seconds in rows]
        return []

    def _on(self, name: str) -> str:
        return f"{name} ({self.login})"


def version_of(text: str) -> tuple[int, ...]:
    """``24.8.4.13-lts`` as numbers, so that versions compare."""
    return tuple(int(part) for part in text.split("-")[0].split(".") if part.isdigit())
