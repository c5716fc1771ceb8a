# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""10,000 tables: one db_reset call beside what a user types into the database's own client.

Only ``DROP DATABASE`` and ``CREATE DATABASE`` again, with which owner, grants and settings are lost, do it in one statement each.
PostgreSQL cannot drop a schema with 10,000 tables in one: it runs out of locks ("out of shared memory"). There the user lets
psql drop table by table (``\\gexec``).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import table_data
from databases import Endpoint, endpoint
from measuring import bounded, is_whole, reset, rounds, scaled, side_by_side, tool

TABLES = scaled(10_000)
FEW = max(20, TABLES // 10)  # of which DROP SCHEMA CASCADE can take the locks
ROUNDS = rounds(2)


@pytest.fixture
def name() -> str:
    return f"bench_{uuid.uuid4().hex[:8]}"


def test_mariadb(every_env: Mapping[str, str], name: str) -> None:
    server = endpoint("mariadb", every_env)
    client = f"mariadb --host={server.host} --port={server.port} --user={server.user}"

    def by_client(statements: str) -> float:
        return tool(f"{client} --execute='{statements}'", {"MYSQL_PWD": server.password})[0]

    try:
        table_data.mariadb(server, name, FEW)
        foretold, small = reset(server.options(name=name), check=True), reset(server.options(name=name))
        assert foretold.result["removed"] == small.result["removed"] == {"tables": FEW}
        runs = side_by_side(
            f"{TABLES} MariaDB tables", {"tables": TABLES}, lambda: table_data.mariadb(server, name, TABLES), server.options(name=name),
            "DROP DATABASE; CREATE DATABASE", lambda: by_client(f"DROP DATABASE {name}; CREATE DATABASE {name}"), ROUNDS,
        )  # fmt: skip
        bounded(f"{TABLES} MariaDB tables", small, runs[0])
        assert table_data.mariadb_tables(server, name) == 0
    finally:
        by_client(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture
def postgresql(every_env: Mapping[str, str], name: str) -> Iterator[Endpoint]:
    """The server, with the databases NAME_few and NAME_many to copy from."""
    server = endpoint("postgresql", every_env)
    try:
        table_data.postgresql(server, f"{name}_few", FEW, "public")
        table_data.postgresql(server, f"{name}_many", TABLES, "public")
        yield server
    finally:
        table_data.postgresql_without(server, name, f"{name}_few", f"{name}_many")


def by_psql(server: Endpoint, database: str, *statements: str, allowed_to_fail: bool = False) -> tuple[float, str]:
    login = {"PGHOST": server.host, "PGPORT": str(server.port), "PGUSER": server.user, "PGPASSWORD": server.password, "PGDATABASE": database}
    words = " ".join(f'-c "${{STATEMENT_{number}}}"' for number in range(len(statements)))
    texts = {f"STATEMENT_{number}": statement for number, statement in enumerate(statements)}
    return tool(f"psql -X -q -v ON_ERROR_STOP=1 {words}", {**login, **texts}, allowed_to_fail)


def test_postgresql_database(postgresql: Endpoint, name: str) -> None:
    options = postgresql.options(name=name)
    table_data.postgresql_copy(postgresql, f"{name}_few", name)
    foretold, small = reset(options, check=True), reset(options)
    assert foretold.result["removed"] == small.result["removed"] == {"tables": FEW}
    runs = side_by_side(
        f"PostgreSQL database of {TABLES} tables", {"tables": TABLES}, lambda: table_data.postgresql_copy(postgresql, f"{name}_many", name), options,
        "DROP DATABASE; CREATE DATABASE",
        lambda: by_psql(postgresql, "postgres", f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE template0")[0], ROUNDS,
    )  # fmt: skip
    bounded(f"PostgreSQL database of {TABLES} tables", small, runs[0])
    assert table_data.postgresql_tables(postgresql, name, "public") == 0


def test_postgresql_schema(postgresql: Endpoint, name: str) -> None:
    options = postgresql.options(name=name, schema="public")
    in_one = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    one_by_one = r"SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' \gexec"
    (small,) = side_by_side(
        f"PostgreSQL schema of {FEW} tables", {"tables": FEW}, lambda: table_data.postgresql_copy(postgresql, f"{name}_few", name), options,
        "DROP SCHEMA CASCADE; CREATE SCHEMA", lambda: by_psql(postgresql, name, *in_one)[0], 1,
    )  # fmt: skip
    runs = side_by_side(
        f"PostgreSQL schema of {TABLES} tables", {"tables": TABLES}, lambda: table_data.postgresql_copy(postgresql, f"{name}_many", name), options,
        "DROP TABLE for each by psql", lambda: in_script(postgresql, name, one_by_one), ROUNDS,
    )  # fmt: skip
    bounded(f"PostgreSQL schema of {TABLES} tables", small, runs[0])
    assert table_data.postgresql_tables(postgresql, name, "public") == 0
    if is_whole():  # fewer tables fit into the server's table of locks
        table_data.postgresql_copy(postgresql, f"{name}_many", name)
        _seconds, told = by_psql(postgresql, name, *in_one, allowed_to_fail=True)
        print(f"PostgreSQL schema of {TABLES} tables: DROP SCHEMA CASCADE says {told}")
        assert table_data.postgresql_tables(postgresql, name, "public") == TABLES


def in_script(server: Endpoint, database: str, script: str) -> float:
    """psql reads a script from stdin: there a query may end with a command of psql's own."""
    login = {"PGHOST": server.host, "PGPORT": str(server.port), "PGUSER": server.user, "PGPASSWORD": server.password, "PGDATABASE": database}
    return tool("psql -X -q -v ON_ERROR_STOP=1 <<<\"$SCRIPT\"", {**login, "SCRIPT": script})[0]


def test_clickhouse(every_env: Mapping[str, str], name: str, tmp_path: Path) -> None:
    server = endpoint("clickhouse", every_env)
    login = tmp_path / "login.xml"
    login.touch(mode=0o600)
    login.write_text(f"<config><user>{server.user}</user><password>{server.password}</password></config>", encoding="utf-8")
    client = f"clickhouse-client --config-file={login} --host={server.host} --port={every_env['LAB_CLICKHOUSE_NATIVE_PORT']}"

    def by_client(*statements: str) -> float:
        return tool(" && ".join(f"{client} --query='{statement}'" for statement in statements), dict(os.environ))[0]

    try:
        table_data.clickhouse(server, name, FEW)
        foretold, small = reset(server.options(name=name), check=True), reset(server.options(name=name))
        assert foretold.result["removed"] == small.result["removed"] == {"tables": FEW}
        runs = side_by_side(
            f"{TABLES} ClickHouse tables", {"tables": TABLES}, lambda: table_data.clickhouse(server, name, TABLES), server.options(name=name),
            "DROP DATABASE; CREATE DATABASE", lambda: by_client(f"DROP DATABASE {name}", f"CREATE DATABASE {name}"), ROUNDS,
        )  # fmt: skip
        bounded(f"{TABLES} ClickHouse tables", small, runs[0])
        assert table_data.clickhouse_ask(server, f"SELECT count() FROM system.tables WHERE database = '{name}'") == "0"
    finally:
        table_data.clickhouse_ask(server, f"DROP DATABASE IF EXISTS {name}")
