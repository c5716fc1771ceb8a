# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset for CockroachDB, of which no server is to be had: the lab's PostgreSQL stands in for it.

Real here: the wire, the login, TLS refusals, the catalogs, the order and the effect of the DROP statements. Not real: the
text of ``version()`` and what only CockroachDB can show (``[SHOW ...]``), which a stand-in answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import exports
from databases import Endpoint, PostgreSqlAdmin, closing, endpoint, killed_before
from run_module import run_module

from ansible_collections.streamops.kafka.plugins.module_utils.databases.cockroachdb import CockroachDb
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_client import PsycopgSession

CONTENTS = (
    "CREATE TYPE public.mood AS ENUM ('good', 'bad')",
    "CREATE TABLE public.t (id SERIAL PRIMARY KEY, m public.mood)",
    "CREATE TABLE public.child (id INT REFERENCES public.t (id))",
    'CREATE VIEW public."v \'""x" AS SELECT id FROM public.t',
    "CREATE VIEW public.w AS SELECT id FROM public.\"v '\"\"x\"",
    "CREATE MATERIALIZED VIEW public.mv AS SELECT id FROM public.w",
    "CREATE SEQUENCE public.s",
    "CREATE FUNCTION public.f(a INT, b public.mood) RETURNS INT LANGUAGE SQL AS 'SELECT 1'",
    "CREATE FUNCTION public.f(a TEXT) RETURNS INT LANGUAGE SQL AS 'SELECT 1'",
    "CREATE SCHEMA extra",
    "CREATE TABLE extra.e (id INT)",
)
COUNTS = {"types": 1, "tables": 3, "views": 2, "materialized_views": 1, "sequences": 2, "functions": 2, "schemas": 1}


class StandIn(PsycopgSession):
    """A session with PostgreSQL that calls itself CockroachDB."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        if "SELECT version()" in statement:
            return [("CockroachDB CCL v24.1.0",)]
        if "[SHOW GRANTS" in statement:
            return [("app", "CONNECT")]
        if "[SHOW ZONE" in statement:
            return [("ALTER DATABASE x CONFIGURE ZONE USING gc.ttlseconds = 600",)]
        return super().rows(statement)


@pytest.fixture(scope="module")
def server() -> Endpoint:
    return endpoint("postgresql", exports("postgresql"))


@pytest.fixture
def database(server: Endpoint) -> Iterator[str]:
    name = f"t-{uuid.uuid4().hex[:8]}"
    with closing(PostgreSqlAdmin(server)) as admin:
        admin(f'CREATE DATABASE "{name}"')
        yield name
        admin(f'DROP DATABASE "{name}"')


@pytest.fixture
def calling_itself_cockroachdb(server: Endpoint, database: str) -> Iterator[dict[str, Any]]:
    """Options that reach the database as a user for whom the server calls itself CockroachDB: another version() comes first."""
    user, password = database.replace("-", "_"), "x 4711"
    version = "CREATE FUNCTION crdb_internal.version() RETURNS text LANGUAGE sql AS $$SELECT 'CockroachDB (a stand-in)'$$"
    with closing(PostgreSqlAdmin(server)) as admin:
        admin(f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'", f"ALTER ROLE {user} SET search_path = crdb_internal, pg_catalog, public")
        admin("DROP DATABASE IF EXISTS defaultdb", "CREATE DATABASE defaultdb")
        for each in ("defaultdb", database):
            with closing(PostgreSqlAdmin(server, each)) as inside:
                inside("CREATE SCHEMA crdb_internal", version)
        yield server.options(engine="cockroachdb", name=database, username=user, password=password, tls={"enabled": False})
        admin("DROP DATABASE defaultdb", f"DROP ROLE {user}")


def test_killed_before_any_statement_the_next_run_completes(server: Endpoint, database: str, calling_itself_cockroachdb: dict[str, Any]) -> None:
    with closing(PostgreSqlAdmin(server, database)) as inside:
        inside(*CONTENTS)
    options = calling_itself_cockroachdb
    assert run_module("db_reset", options, check=True)["removed"] == COUNTS
    steps = 0
    while killed_before(steps, options):
        steps += 1
        with closing(PostgreSqlAdmin(server, database)) as inside:
            assert inside.column("SELECT count(*) FROM pg_namespace WHERE nspname = 'crdb_internal'") == [1]
    assert steps > 3  # each run gets one statement further, and finds less to drop
    again = run_module("db_reset", options)
    assert (again["rc"], again["changed"], again["state"]) == (0, False, "reset")


def login(server: Endpoint) -> Login:
    return Login("cockroachdb", server.host, server.port, server.user, server.password, Tls(enabled=False))


def test_everything_in_a_database_is_dropped(server: Endpoint, database: str) -> None:
    with closing(PostgreSqlAdmin(server, database)) as inside:
        inside(*CONTENTS)
    engine = CockroachDb(StandIn, login(server))
    try:
        found = engine.read(database)
        assert found is not None
        assert found.counts == COUNTS
        assert found.kept["owner"] == server.user
        assert found.kept["grants"] == ["app: CONNECT"]
        assert engine.empty(found) == COUNTS
        again = engine.read(database)
        assert again is not None
        assert (again.counts, again.kept) == ({}, found.kept)
        assert engine.read("streamops-no-such") is None
    finally:
        engine.close()


def test_one_schema(server: Endpoint, database: str) -> None:
    with closing(PostgreSqlAdmin(server, database)) as inside:
        inside(*CONTENTS)
        engine = CockroachDb(StandIn, login(server), schema="extra")
        try:
            found = engine.read(database)
            assert found is not None
            assert found.counts == {"tables": 1}
            assert engine.empty(found) == {"tables": 1}
            assert CockroachDb(StandIn, login(server), schema="nope").read(database) is None
        finally:
            engine.close()
        assert inside.column("SELECT count(*) FROM pg_namespace WHERE nspname = 'extra'") == [1]
        assert inside.column("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [2]


def refused(server: Endpoint, **options: Any) -> str:
    given = {**server.options(engine="cockroachdb", name="app"), **options}
    result = run_module("db_reset", {name: value for name, value in given.items() if value is not None})
    assert result["rc"] != 0, result
    assert str(options.get("password", server.password)) not in str(result["output"])
    return str(result["msg"])


def test_it_never_goes_without_tls_silently(server: Endpoint, tmp_path: Path) -> None:
    told = refused(server)
    assert "Failed to set up TLS on cockroachdb" in told
    assert "tls.enabled to false" in told
    assert "holds no ca.crt" in refused(server, certs_dir=str(tmp_path))
    (tmp_path / "ca.crt").write_text("no certificate", encoding="utf-8")
    assert "Failed to set up TLS" in refused(server, certs_dir=str(tmp_path))


def test_only_a_cockroachdb_is_reset(server: Endpoint) -> None:
    assert "this server is not CockroachDB, it calls itself PostgreSQL" in refused(server, tls={"enabled": False})


def test_refusals(server: Endpoint) -> None:
    insecure = {"tls": {"enabled": False}}
    assert f"Failed to log in as {server.user} on cockroachdb" in refused(server, password="wrong 4711", **insecure)
    assert "Failed to reach the server" in refused(server, port=1, **insecure)
    for name in ("defaultdb", "postgres", "system", "crdb_internal"):
        assert f"{name} is one of the server's own databases" in refused(server, name=name)
    assert "matches everything" in refused(server, name=None, pattern="*")
    assert "certs_dir and tls.enabled: false exclude each other" in refused(server, certs_dir="/nowhere", **insecure)
