# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An experiment on all seven systems that a reset knows, with checkpoints beside them: the four of demo_experiment, ClickHouse,
MinIO, and CockroachDB.

**CockroachDB is PostgreSQL here**, as none is to be had: a user for whom the lab's PostgreSQL calls itself CockroachDB. It
proves that the target gets through role, lane and module to a server that speaks its protocol, and nothing about its SQL.

Also a command: python -m lab.whole_experiment fill|contents|rights|remove PREFIX CHECKPOINTS
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minio import Minio

from lab import demo_data
from lab.demo_experiment import EMPTY, FULL, Experiment, act

TARGETS = ("kafka", "mariadb", "postgresql", "redis", "clickhouse", "cockroachdb", "minio")
OBJECTS, ENTRIES = 5, 3
WHOLE_EMPTY = {**EMPTY, "clickhouse": 0, "cockroachdb": 0, "minio": 0, "checkpoints": 0}
WHOLE_FULL = {**FULL, "clickhouse": 2, "cockroachdb": 2, "minio": OBJECTS, "checkpoints": ENTRIES * len(TARGETS)}


@dataclass(frozen=True)
class WholeExperiment(Experiment):
    """Its checkpoints are in ``checkpoints``, a directory for each target."""

    checkpoints: Path

    @property
    def bucket(self) -> str:
        return f"{self.prefix}-data"

    @property
    def stand_in(self) -> str:
        """The user, the database, and the schema that makes one server look like another."""
        return f"{self.database}_cockroach"

    def targets(self, **changes: dict[str, Any]) -> list[dict[str, Any]]:
        logins = {
            name: {"host": self.env[f"LAB_{name.upper()}_HOST"], "port": int(self.env[f"LAB_{name.upper()}_PORT"]),
                   "username": self.env[f"LAB_{name.upper()}_USER"], "password": self.env[f"LAB_{name.upper()}_PASSWORD"]}
            for name in ("clickhouse", "postgresql", "minio")
        }  # fmt: skip
        more: list[dict[str, Any]] = [
            {"name": "clickhouse", "type": "clickhouse", **logins["clickhouse"], "database": self.database},
            {"name": "cockroachdb", "type": "cockroachdb", **logins["postgresql"], "username": self.stand_in, "database": self.stand_in,
             "tls": {"enabled": False}},
            {"name": "minio", "type": "minio", **logins["minio"], "prefix": f"{self.prefix}-"},
        ]  # fmt: skip
        return [*super().targets(**changes), *({**target, **changes.get(target["name"], {})} for target in more)]

    def fill(self) -> None:
        super().fill()
        self._ask_clickhouse(f"CREATE DATABASE `{self.database}`")
        for table in ("a", "b"):
            self._ask_clickhouse(f"CREATE TABLE `{self.database}`.{table} (i Int32) ENGINE = TinyLog")
        self._make_stand_in()
        store = self._store()
        store.make_bucket(bucket_name=self.bucket)
        for number in range(OBJECTS):
            store.put_object(bucket_name=self.bucket, object_name=f"runs/{number}", data=io.BytesIO(b"x"), length=1)
        for name in TARGETS:
            (self.checkpoints / name / "run").mkdir(parents=True)
            (self.checkpoints / name / "offset").write_text("12345", encoding="ascii")
            (self.checkpoints / name / "run" / "state").write_text("1234567", encoding="ascii")

    def contents(self) -> dict[str, int]:
        tables = self._ask_clickhouse(f"SELECT count() FROM system.tables WHERE database = '{self.database}'")
        with demo_data.postgresql(self.env, self.stand_in) as session:
            cockroachdb = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() or (0,)
        return {
            **super().contents(),
            "clickhouse": int(tables),
            "cockroachdb": int(str(cockroachdb[0])),
            "minio": sum(1 for _each in self._store().list_objects(bucket_name=self.bucket, recursive=True)),
            "checkpoints": sum(1 for name in TARGETS for _each in (self.checkpoints / name).rglob("*")),
        }

    def remove(self) -> None:
        super().remove()
        self._ask_clickhouse(f"DROP DATABASE IF EXISTS `{self.database}`")
        with demo_data.postgresql(self.env) as session:
            session.execute(f'DROP DATABASE IF EXISTS "{self.stand_in}" WITH (FORCE)'.encode())
            session.execute(f'DROP SCHEMA IF EXISTS "{self.stand_in}" CASCADE'.encode())
            session.execute(f'DROP ROLE IF EXISTS "{self.stand_in}"'.encode())
        store = self._store()
        if store.bucket_exists(bucket_name=self.bucket):
            for each in store.list_objects(bucket_name=self.bucket, recursive=True):
                store.remove_object(bucket_name=self.bucket, object_name=str(each.object_name))
            store.remove_bucket(bucket_name=self.bucket)
        for path in sorted((path for name in TARGETS for path in (self.checkpoints / name).rglob("*")), reverse=True):
            _remove(path)
        for name in TARGETS:
            if (self.checkpoints / name).is_dir():
                (self.checkpoints / name).rmdir()

    def _make_stand_in(self) -> None:
        """version() of this user's sessions with the maintenance database is its own, as its schema comes before that of the server."""
        name = self.stand_in
        with demo_data.postgresql(self.env) as session:
            password = self.env["LAB_POSTGRESQL_PASSWORD"].replace("'", "''")
            session.execute(f"CREATE ROLE \"{name}\" SUPERUSER LOGIN PASSWORD '{password}'".encode())
            session.execute(f'CREATE SCHEMA "{name}"'.encode())
            told = "CockroachDB (PostgreSQL stands in for it)"
            session.execute(f"CREATE FUNCTION \"{name}\".version() RETURNS text LANGUAGE sql AS $$SELECT '{told}'$$".encode())
            session.execute(f'ALTER ROLE "{name}" IN DATABASE postgres SET search_path = "{name}", pg_catalog'.encode())
            session.execute(f'CREATE DATABASE "{name}" OWNER "{name}"'.encode())
        with demo_data.postgresql(self.env, name) as session:
            session.execute("CREATE TABLE a (id int); CREATE TABLE b (id int)")

    def _ask_clickhouse(self, statement: str) -> str:
        credentials = base64.b64encode(f"{self.env['LAB_CLICKHOUSE_USER']}:{self.env['LAB_CLICKHOUSE_PASSWORD']}".encode()).decode()
        url = f"http://{self.env['LAB_CLICKHOUSE_HOST']}:{self.env['LAB_CLICKHOUSE_PORT']}/"
        request = urllib.request.Request(url, statement.encode(), {"Authorization": f"Basic {credentials}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return str(answer.read().decode())

    def _store(self) -> Any:
        place = f"{self.env['LAB_MINIO_HOST']}:{self.env['LAB_MINIO_PORT']}"
        return Minio(endpoint=place, access_key=self.env["LAB_MINIO_USER"], secret_key=self.env["LAB_MINIO_PASSWORD"], secure=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(prog="lab.whole_experiment", description="An experiment on seven systems of the lab, whose LAB_* are in the environment.")
    parser.add_argument("command", choices=("fill", "contents", "rights", "remove"))
    parser.add_argument("prefix")
    parser.add_argument("checkpoints", type=Path)
    arguments = parser.parse_args()
    act(WholeExperiment(arguments.prefix, os.environ, arguments.checkpoints), arguments.command)


if __name__ == "__main__":
    main()
