# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases import postgresql_client
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql import REPLACEMENT_PREFIX, identifier, literal
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_client import connect_error, connect_options
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_database import (
    is_half_exchanged,
    note_for,
    noted,
    replaced,
    replacement_of,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_grants import (
    DefaultPrivileges,
    Grant,
    default_privilege_statements,
    grant_statements,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_objects import SchemaObject
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_schema import dropped
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_settings import (
    DatabaseRow,
    DatabaseSettings,
    Parameter,
    PublicSchema,
    creation,
    inside_statements,
    outside_statements,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError
from ansible_collections.streamops.kafka.plugins.module_utils.module import LibraryMissing

OWN = frozenset({Grant("app", None, "CONNECT", False), Grant("app", "app", "CREATE", False)})
PLAIN = DatabaseSettings(
    owner="app", encoding="UTF8", collation="C", ctype="C.UTF-8", provider="libc", locale=None, icu_rules=None, tablespace="pg_default",
    connection_limit=-1, grants=OWN, parameters=frozenset(), public=PublicSchema("pg_database_owner", frozenset()), default_privileges=frozenset(),
)  # fmt: skip


def test_names_and_texts_are_quoted() -> None:
    assert identifier('a"b') == '"a""b"'
    assert literal("it's") == "'it''s'"
    assert literal(r"a\'b") == r"E'a\\''b'"


def test_equal_settings_need_no_statement() -> None:
    assert outside_statements("new", PLAIN, PLAIN) + inside_statements(PLAIN, PLAIN) == []


def test_a_database_is_created_with_what_cannot_be_said_later() -> None:
    assert creation('a"b', PLAIN) == """CREATE DATABASE "a""b" OWNER "app" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"""


@pytest.mark.parametrize(
    ("settings", "ending"),
    [
        (replace(PLAIN, provider="icu", locale="de-DE"), "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"),
        (replace(PLAIN, provider="icu", locale="de-DE", icu_rules="&a<b"), "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ICU_RULES '&a<b'"),
        (replace(PLAIN, provider="builtin", locale="C.UTF-8"), "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"),
        (replace(PLAIN, tablespace="fast disk"), 'TABLESPACE "fast disk"'),
    ],
)
def test_locale_providers_and_tablespaces_are_kept(settings: DatabaseSettings, ending: str) -> None:
    assert creation("app", settings).endswith(ending)


def test_grants_are_taken_and_given() -> None:
    wanted = frozenset({Grant("app", "app", "CREATE", False), Grant("app", 'read"er', "CONNECT", True)})
    assert grant_statements(OWN, wanted, 'DATABASE "x"', "app") == [
        'REVOKE CONNECT ON DATABASE "x" FROM PUBLIC',
        'GRANT CONNECT ON DATABASE "x" TO "read""er" WITH GRANT OPTION',
    ]


def test_grants_that_were_passed_on_are_made_by_their_grantor_and_last() -> None:
    passed_on = Grant("aa_reader", "guest", "CONNECT", False)
    statements = grant_statements(OWN, OWN | {passed_on, Grant("app", "aa_reader", "CONNECT", True)}, 'DATABASE "x"', "app")
    assert statements == [
        'GRANT CONNECT ON DATABASE "x" TO "aa_reader" WITH GRANT OPTION',
        'SET ROLE "aa_reader"',
        'GRANT CONNECT ON DATABASE "x" TO "guest"',
        "RESET ROLE",
    ]


def test_default_privileges_begin_with_what_the_server_grants_anyway() -> None:
    execute = Grant("app", None, "EXECUTE", False)
    own = Grant("app", "app", "EXECUTE", False)
    everywhere = DefaultPrivileges("app", None, "f", frozenset({own}), frozenset({execute, own}))
    in_public = DefaultPrivileges("app", "public", "r", frozenset({Grant("app", "reader", "SELECT", False)}), frozenset())
    assert default_privilege_statements([in_public, everywhere]) == [
        'ALTER DEFAULT PRIVILEGES FOR ROLE "app" REVOKE EXECUTE ON ROUTINES FROM PUBLIC',
        'ALTER DEFAULT PRIVILEGES FOR ROLE "app" IN SCHEMA "public" GRANT SELECT ON TABLES TO "reader"',
    ]


@pytest.mark.parametrize(
    ("parameter", "statement"),
    [
        (Parameter(None, "work_mem", "8MB"), """ALTER DATABASE "x" SET "work_mem" TO '8MB'"""),
        (Parameter("app", "app.key", "a, b's"), """ALTER ROLE "app" IN DATABASE "x" SET "app"."key" TO 'a, b''s'"""),
        (Parameter(None, "search_path", '"$user", "My ""x""", public'), """ALTER DATABASE "x" SET "search_path" TO '$user', 'My "x"', 'public'"""),
        (Parameter(None, "search_path", '""'), """ALTER DATABASE "x" SET "search_path" TO ''"""),
    ],
)
def test_parameters_are_set_again(parameter: Parameter, statement: str) -> None:
    assert outside_statements("x", PLAIN, replace(PLAIN, parameters=frozenset({parameter}))) == [statement]


def test_connection_limit_comes_last_as_it_may_shut_us_out() -> None:
    wanted = replace(PLAIN, connection_limit=0, parameters=frozenset({Parameter(None, "work_mem", "8MB")}))
    assert outside_statements("x", PLAIN, wanted)[-1] == 'ALTER DATABASE "x" CONNECTION LIMIT 0'


def test_public_keeps_its_owner_its_grants_and_its_absence() -> None:
    have = replace(PLAIN, public=PublicSchema("pg_database_owner", frozenset({Grant("pg_database_owner", "pg_database_owner", "USAGE", False)})))
    own = Grant("app", "app", "USAGE", False)
    assert inside_statements(have, replace(PLAIN, public=PublicSchema("app", frozenset({own})))) == ['ALTER SCHEMA public OWNER TO "app"']
    assert inside_statements(have, replace(PLAIN, public=PublicSchema("app", frozenset()))) == [
        'ALTER SCHEMA public OWNER TO "app"',
        'REVOKE USAGE ON SCHEMA public FROM "app"',
    ]
    assert inside_statements(have, replace(PLAIN, public=None)) == ["DROP SCHEMA public"]


def test_values_of_parameters_are_never_shown() -> None:
    settings = replace(PLAIN, parameters=frozenset({Parameter(None, "app.secret", "geheim")}))
    assert "geheim" not in f"{settings!r} {settings.as_kept('')}"
    assert settings.as_kept("")["parameters"] == ["app.secret"]


def row(comment: str = "", limit: int = -1) -> DatabaseRow:
    return DatabaseRow("app", "UTF8", "pg_default", comment, OWN, frozenset(), {"datconnlimit": limit})


NOTE = note_for("app", "mine")


@pytest.mark.parametrize(
    ("database", "replacement", "is_half"),
    [
        (row(), None, False),
        (None, None, False),
        (row(), row(), False),
        (row(), row(NOTE), False),
        (None, row(), False),
        (None, row(NOTE), True),
        (row(limit=-2), row(NOTE), True),
        (row(limit=-2), row(), False),
    ],
)
def test_only_a_complete_replacement_of_what_is_gone_is_taken_over(database: DatabaseRow | None, replacement: DatabaseRow | None, is_half: bool) -> None:
    assert is_half_exchanged(database, replacement) is is_half


def test_the_note_on_a_replacement_says_what_it_replaces() -> None:
    assert noted(note_for('ä"p', "c'")) == {"replaces": 'ä"p', "comment": "c'"}
    assert replaced(replacement_of("app"), note_for("app", "")) == "app"
    assert replaced(replacement_of("app"), None) is None
    assert replaced(REPLACEMENT_PREFIX + "made by somebody", note_for("app", "")) is None


def test_names_of_replacements_fit_whatever_the_name_of_the_database() -> None:
    assert len(replacement_of("x" * 63).encode()) < 64
    assert replacement_of("a") != replacement_of("b")


class Narrow:
    """A session with room for the locks of so many tables; the table ``t13`` is always locked by somebody else."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.dropped: list[str] = []

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return []

    def run(self, statement: str) -> None:
        drops = statement.split("; ")
        if len(drops) > self.room:
            raise SqlError("53200", "out of shared memory")
        if any("t13 " in drop for drop in drops):
            raise SqlError("55P03", "canceling statement due to lock timeout")
        self.dropped += drops

    def close(self) -> None:
        return


def some(tables: int) -> list[SchemaObject]:
    return [SchemaObject("tables", "table", f"app.t{number}", True) for number in range(20, 20 + tables)]


def test_objects_are_dropped_in_batches_that_shrink_where_locks_run_out() -> None:
    session = Narrow(room=30)
    assert sum(len(batch) for batch in dropped(session, some(500))) == 500
    assert session.dropped == [each.drop for each in some(500)]
    assert session.dropped[0] == "DROP table IF EXISTS app.t20 CASCADE"


def test_a_single_object_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(SqlError, match="out of shared memory"):
        list(dropped(Narrow(room=0), some(3)))


def test_what_was_dropped_before_a_refusal_is_known() -> None:
    locked = SchemaObject("tables", "table", "app.t13", True)
    batches = []
    with pytest.raises(SqlError, match="lock timeout"):
        for batch in dropped(Narrow(room=300), [*some(200), locked]):
            batches.append(batch)
    assert [len(batch) for batch in batches] == [200]


def test_statistics_are_dropped_under_the_name_that_drop_knows() -> None:
    assert SchemaObject("statistics", "statistics object", "app.s", True).drop == "DROP statistics IF EXISTS app.s CASCADE"


LOGIN = Login("postgresql", "db", 5432, "app", "se cret")


@pytest.mark.parametrize(
    ("tls", "options"),
    [
        (None, {}),
        (Tls(enabled=False), {"sslmode": "disable"}),
        (Tls(ca="/ca"), {"sslmode": "verify-full", "sslrootcert": "/ca"}),
        (Tls(ca="/ca", verify_hostname=False), {"sslmode": "verify-ca", "sslrootcert": "/ca"}),
        (Tls(verify=False), {"sslmode": "require", "sslrootcert": "/dev/null/none"}),
        (Tls(ca="/ca", cert="/cert", key="/key"), {"sslmode": "verify-full", "sslrootcert": "/ca", "sslcert": "/cert", "sslkey": "/key"}),
    ],
)
def test_tls_options(tls: Tls | None, options: dict[str, str]) -> None:
    given = connect_options(replace(LOGIN, tls=tls), "app")
    assert {option: value for option, value in given.items() if option.startswith("ssl")} == options


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        ('connection to server at "db", port 1 failed: Connection refused', "Failed to reach the server"),
        ('FATAL:  password authentication failed for user "app"', "Failed to log in as app"),
        ("fe_sendauth: no password supplied", "Failed to log in as app"),
        ("server does not support SSL, but SSL was required", "Failed to set up TLS"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "app", database "x", no encryption', "The server wants TLS"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "app", database "x", SSL encryption', "Failed to log in as app"),
        ("SSL error: certificate verify failed", "Failed to set up TLS"),
        ('FATAL:  database "no password" does not exist', "3D000"),
        ('FATAL:  permission denied for database "app"', "42501"),
    ],
)
def test_why_there_is_no_connection(answered: str, told: str) -> None:
    error = connect_error(LOGIN, answered)
    assert told in str(error)
    assert "se cret" not in str(error)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LibraryMissing):
        postgresql_client.PsycopgSession(LOGIN, "app")
