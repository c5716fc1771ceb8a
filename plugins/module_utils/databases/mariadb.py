# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB: a database is replaced by an empty one with the same settings, in one statement.

``CREATE OR REPLACE DATABASE`` (MariaDB 10.1.3) waits for every lock before it drops anything, and the server goes through
with it when the client is killed: at no moment are the character set, the collation or the comment known to the client
alone. Grants belong to names, so they survive; dropping routines one by one would revoke the grants on them
(https://mariadb.com/kb/en/create-database/, https://mariadb.com/kb/en/server-system-variables/#automatic_sp_privileges).
"""

from __future__ import annotations

import re

from ..errors import InputError, OperationError
from ..progress import Progress
from .heartbeat import shown_as_working
from .login import ConnectionLost, Login, locked, not_permitted
from .reset import Counts, Found, in_words
from .selection import Selection, glob_regex, is_system
from .sql import Session, SqlError

_LOCKED = "1205"
_DENIED = ("1044", "1142", "1227")
_UNKNOWN_DATABASE = "1049"
_REFERENCED = ("1217", "1451")
_RIGHTS = ("CREATE", "DROP")

# Literals are then quoted by doubling quotes alone; and a limit of the account must not cut a reset in two.
_SESSION = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', lock_wait_timeout = {seconds}, max_statement_time = 0"

# information_schema compares without regard to case, and a server may hold both `app` and `APP`: hence BINARY.
_COUNTS = """
SELECT kind, COUNT(*) FROM (
  SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 'views' WHEN 'SEQUENCE' THEN 'sequences' ELSE 'tables' END AS kind
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = {name} AND BINARY TABLE_SCHEMA = {name}
  UNION ALL SELECT CASE ROUTINE_TYPE WHEN 'FUNCTION' THEN 'functions' WHEN 'PROCEDURE' THEN 'procedures' ELSE 'packages' END
    FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {name} AND BINARY ROUTINE_SCHEMA = {name} AND ROUTINE_TYPE <> 'PACKAGE BODY'
  UNION ALL SELECT 'events' FROM information_schema.EVENTS WHERE EVENT_SCHEMA = {name} AND BINARY EVENT_SCHEMA = {name}
) AS objects GROUP BY kind"""
_SETTINGS = "SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name} AND BINARY SCHEMA_NAME = {name}"
_GRANTS = """
SELECT CONCAT(GRANTEE, ': ', GROUP_CONCAT(DISTINCT PRIVILEGE_TYPE ORDER BY PRIVILEGE_TYPE SEPARATOR ', '), ' on ', object) FROM (
  SELECT GRANTEE, PRIVILEGE_TYPE, TABLE_SCHEMA AS object FROM information_schema.SCHEMA_PRIVILEGES WHERE {name} LIKE TABLE_SCHEMA ESCAPE '\\'
  UNION SELECT GRANTEE, PRIVILEGE_TYPE, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLE_PRIVILEGES
    WHERE TABLE_SCHEMA = {name} AND BINARY TABLE_SCHEMA = {name}
) AS grants GROUP BY GRANTEE, object"""
_REFERRING_TABLES = """
SELECT FOR_NAME, REF_NAME FROM information_schema.INNODB_SYS_FOREIGN
WHERE SUBSTRING_INDEX(REF_NAME, '/', 1) = CAST(CONVERT({name} USING filename) AS BINARY)
  AND SUBSTRING_INDEX(FOR_NAME, '/', 1) <> CAST(CONVERT({name} USING filename) AS BINARY)"""
_OPEN_TRANSACTIONS = """
SELECT p.ID, p.USER, p.HOST, p.TIME FROM information_schema.PROCESSLIST p
WHERE p.ID <> CONNECTION_ID() AND (p.DB = {name} OR p.ID IN (SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX))"""
_SESSIONS = "SELECT ID, USER, HOST, TIME FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND DB = {name}"


def quoted(text: str) -> str:
    """``text`` as a string literal, for a session without backslash escapes."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """``name`` as an identifier, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def with_settings(statement: str, found: Found) -> str:
    """``CREATE OR REPLACE DATABASE`` or ``ALTER DATABASE`` with the settings that were found."""
    kept = found.kept
    statement = f"{statement} {identifier(found.name)} CHARACTER SET {kept['character_set']} COLLATE {kept['collation']}"
    return f"{statement} COMMENT {quoted(str(kept['comment']))}" if kept["comment"] else statement


def missing_rights(grants: list[str], database: str) -> list[str]:
    """Which of the rights that a reset needs no line of ``SHOW GRANTS`` gives on the whole database."""
    given: set[str] = set()
    for grant in grants:
        parts = re.match(r"GRANT (.+?) ON (\*|`(?:[^`]|``)+`)\.\* TO ", grant)
        if parts and (parts[2] == "*" or _like_regex(parts[2][1:-1].replace("``", "`")).match(database)):
            given.update(right.strip() for right in parts[1].split(","))
    return [] if "ALL PRIVILEGES" in given else [right for right in _RIGHTS if right not in given]


def _like_regex(pattern: str) -> re.Pattern[str]:
    """The database part of a grant is a LIKE pattern."""
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.compile("".join({"%": ".*", "_": "."}.get(piece, re.escape(piece[-1])) for piece in pieces) + r"\Z", re.DOTALL)


class MariaDb:
    """The databases of one MariaDB server."""

    def __init__(self, session: Session, login: Login) -> None:
        self._session = session
        self._login = login
        version = str(session.rows("SELECT VERSION()")[0][0])
        if "MariaDB" not in version:
            raise OperationError("reset a database", str(login), f"this server is not MariaDB, it calls itself {version}")
        session.run(_SESSION.format(seconds=login.timeout))

    def targets(self, selection: Selection) -> list[str]:
        if selection.pattern is None:
            return [selection.name or ""]
        matches = glob_regex(selection.pattern).match
        try:
            names = sorted(name for (name,) in self._session.rows("SHOW DATABASES") if matches(name))
        except SqlError as error:
            raise self._refused(error, "list the databases", str(selection)) from error
        system = [name for name in names if is_system(name)]
        if system:
            raise InputError([f"pattern {selection.pattern} matches the server's own {', '.join(system)}"])
        return names

    def read(self, name: str) -> Found | None:
        attempted = "read the database"
        try:
            settings = self._session.rows(_SETTINGS.format(name=quoted(name)))
            if not settings:
                self._session.run(f"USE {identifier(name)}")  # tells what does not exist from what the user may not see
                raise OperationError(attempted, f"{name} ({self._login})", "the server spells it otherwise", "Write it as SHOW DATABASES does.")
            self._refuse_without_rights(name)
            self._refuse_referenced(name)
            counts = dict(self._session.rows(_COUNTS.format(name=quoted(name))))
            grants = sorted(grant for (grant,) in self._session.rows(_GRANTS.format(name=quoted(name))))
        except SqlError as error:
            if error.code == _UNKNOWN_DATABASE:
                return None
            raise self._refused(error, attempted, name) from error
        _catalog, _name, character_set, collation, _path, *comment = settings[0]
        kept = {"character_set": character_set, "collation": collation, "comment": comment[0] if comment else "", "grants": grants}
        return Found(name, {kind: int(count) for kind, count in counts.items()}, kept)

    def empty(self, found: Found) -> Counts:
        try:
            with shown_as_working(Progress(f"reset of {found.name}"), f"dropping {in_words(found.counts)}"):
                self._session.run(with_settings("CREATE OR REPLACE DATABASE", found))
        except SqlError as error:
            refusal = self._refused(error, "reset the database", found.name)
            refusal.partial["removed"] = self._half_removed(found)
            raise refusal from error
        return found.counts

    def _refuse_without_rights(self, name: str) -> None:
        missing = missing_rights([grant for (grant,) in self._session.rows("SHOW GRANTS")], name)
        if missing:
            raise self._not_permitted("reset the database", name, f"the user has no {' and no '.join(missing)} on it")

    def _refuse_referenced(self, name: str) -> None:
        """Tables of other databases that refer to this one would stop the server half-way through the drop."""
        try:
            referring = self._session.rows(_REFERRING_TABLES.format(name=quoted(name)))
        except SqlError as error:
            if error.code in _DENIED:  # only visible with the right PROCESS; then the server says so during the drop
                return
            raise
        if referring:
            tables = sorted({str(table).replace("/", ".") for table, _to in referring})
            raise self._still_referenced(name, f"foreign keys of other databases refer to it: {', '.join(tables[:10])}")

    def _half_removed(self, found: Found) -> Counts:
        """What the server had removed when it gave up. A file that is not its own stops it so late that the settings are gone (error 1010)."""
        try:
            left = dict(self._session.rows(_COUNTS.format(name=quoted(found.name))))
            self._session.run(with_settings("ALTER DATABASE", found))
        except (SqlError, ConnectionLost):
            return {}
        gone = {kind: count - int(left.get(kind, 0)) for kind, count in found.counts.items()}
        return {kind: count for kind, count in gone.items() if count > 0}

    def _refused(self, error: SqlError, attempted: str, name: str) -> OperationError:
        if error.code in _DENIED:
            return self._not_permitted(attempted, name, error.text)
        if error.code == _LOCKED:
            answered = f"a lock was not free within {self._login.timeout} s"
            return locked(self._login, attempted, name, answered, self._sessions(name))
        if error.code in _REFERENCED:
            return self._still_referenced(name, error.text)
        return OperationError(attempted, f"{name} ({self._login})", str(error))

    def _not_permitted(self, attempted: str, name: str, answered: str) -> OperationError:
        needs = f"CREATE and DROP on the database, for example: GRANT ALL ON {identifier(name)}.* TO the user"
        return not_permitted(self._login, attempted, name, answered, needs)

    def _still_referenced(self, name: str, answered: str) -> OperationError:
        advice = "Drop these foreign keys, or reset the databases that hold them first."
        return OperationError("reset the database", f"{name} ({self._login})", answered, advice)

    def _sessions(self, name: str) -> list[str]:
        for statement in (_OPEN_TRANSACTIONS, _SESSIONS):
            try:
                rows = self._session.rows(statement.format(name=quoted(name)))
            except (SqlError, ConnectionLost):
                continue
            return [f"session {number} of {user}@{host}, {seconds} s in its present state" for number, user, host, seconds in rows]
        return []
