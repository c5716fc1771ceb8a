# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand tables in each SQL server, over several connections or from a template, and how many are left."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pymysql
from databases import Endpoint, PostgreSqlAdmin, closing
from pymysql.constants import CLIENT

_AT_ONCE = 4
_TOGETHER = 100  # statements that one message holds
_PG_TOGETHER = 500  # a transaction that makes 10,000 tables runs out of locks, as one that drops them does


def mariadb(server: Endpoint, database: str, tables: int) -> None:
    """InnoDB tables with an index each. The database is made if it is missing, and must be empty."""

    def create(first: int) -> None:
        with _mariadb(server) as ask:
            for start in range(first, tables, _TOGETHER * _AT_ONCE):
                numbers = range(start, min(start + _TOGETHER, tables))
                ask(";".join(f"CREATE TABLE `{database}`.`t{n}` (id INT PRIMARY KEY, v VARCHAR(20), INDEX (v))" for n in numbers))

    with _mariadb(server) as ask:
        ask(f"CREATE DATABASE IF NOT EXISTS `{database}`")
    _at_once(create, _TOGETHER)


def mariadb_ask(server: Endpoint, statement: str) -> None:
    with _mariadb(server) as ask:
        ask(statement)


def mariadb_tables(server: Endpoint, database: str) -> int:
    with _mariadb(server) as ask:
        return int(ask(f"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}'")[0][0])


@contextmanager
def _mariadb(server: Endpoint) -> Iterator[Callable[[str], Any]]:
    connection = pymysql.connect(host=server.host, port=server.port, user=server.user, password=server.password.encode(),
                                 autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS)  # fmt: skip
    with connection, connection.cursor() as cursor:

        def ask(statements: str) -> Any:
            cursor.execute(statements)
            rows = cursor.fetchall()
            while cursor.nextset():
                pass
            return rows

        yield ask


def postgresql(server: Endpoint, database: str, tables: int, schema: str) -> None:
    """A database with tables in one schema, each with a primary key: table, index, and with ``text`` a TOAST table with its index."""
    with closing(PostgreSqlAdmin(server)) as admin:
        admin(f'CREATE DATABASE "{database}"')
    with closing(PostgreSqlAdmin(server, database)) as inside:
        inside(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        for start in range(0, tables, _PG_TOGETHER):
            last = min(start + _PG_TOGETHER, tables) - 1
            inside(f"""DO $$ BEGIN FOR n IN {start}..{last} LOOP
              EXECUTE format('CREATE TABLE "{schema}".t%s (id int PRIMARY KEY, v text)', n); END LOOP; END $$""")


def postgresql_copy(server: Endpoint, template: str, database: str) -> None:
    """The same database once more; copying files is much faster than making tables."""
    with closing(PostgreSqlAdmin(server)) as admin:
        admin(f'DROP DATABASE IF EXISTS "{database}"', f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')


def postgresql_tables(server: Endpoint, database: str, schema: str) -> int:
    with closing(PostgreSqlAdmin(server, database)) as inside:
        return int(inside.column(f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'")[0])


def postgresql_without(server: Endpoint, *databases: str) -> None:
    with closing(PostgreSqlAdmin(server)) as admin:
        for database in databases:
            admin(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def clickhouse(server: Endpoint, database: str, tables: int) -> None:
    """Tables of the MergeTree family, as everybody has them."""

    def create(first: int) -> None:
        with _clickhouse(server) as ask:
            for number in range(first, tables, _AT_ONCE):
                ask(f"CREATE TABLE {database}.t{number} (d Date, id UInt32, v String) ENGINE = MergeTree(d, id, 8192)")

    with _clickhouse(server) as ask:
        ask(f"CREATE DATABASE IF NOT EXISTS {database}")
    _at_once(create, 1)


def clickhouse_ask(server: Endpoint, statement: str) -> str:
    with _clickhouse(server) as ask:
        return ask(statement)


@contextmanager
def _clickhouse(server: Endpoint) -> Iterator[Callable[[str], str]]:
    login = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=600)

    def ask(statement: str) -> str:
        connection.request("POST", "/", statement.encode(), {"Authorization": f"Basic {login}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
        return text.strip()

    try:
        yield ask
    finally:
        connection.close()


def _at_once(work: Callable[[int], None], step: int) -> None:
    """``work`` in several threads, each told where it begins."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(work, number * step) for number in range(_AT_ONCE)]:
            done.result()
