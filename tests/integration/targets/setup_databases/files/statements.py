# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs statements, given with the connection as JSON on stdin, and prints the first column of the last answer as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any


def mariadb(login: dict[str, Any], statements: list[str]) -> list[Any]:
    import pymysql

    with pymysql.connect(autocommit=True, **login) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def postgresql(login: dict[str, Any], statements: list[str], database: str) -> list[Any]:
    import psycopg

    with psycopg.connect(autocommit=True, dbname=database, **login) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def redis(login: dict[str, Any], statements: list[str]) -> list[Any]:
    from redis.cluster import RedisCluster

    with RedisCluster(host=login["host"], port=login["port"], username=login["user"], password=login["password"], decode_responses=True) as cluster:
        answers = [cluster.execute_command(*statement.split()) for statement in statements]
    return [answers[-1]]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    login = {**given["login"], "port": int(given["login"]["port"])}
    if given["engine"] == "postgresql":
        answer = postgresql(login, given["statements"], given["database"])
    else:
        answer = {"mariadb": mariadb, "redis": redis}[given["engine"]](login, given["statements"])
    print(json.dumps(answer))
