# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases in pods, each with an experiment to reset; CockroachDB is PostgreSQL in its place (pods.secure_cockroachdb)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from databases import AWKWARD_PASSWORD
from run_module import run_module

from lab import pods

EXEC, FORWARD = "kubernetes_exec", "kubernetes_port_forward"
SECONDS = 30
ENGINES = ("mariadb", "postgresql", "redis", "clickhouse", "cockroachdb", "minio")

LOGIN = {
    "mariadb": 'export MYSQL_PWD="$MARIADB_ROOT_PASSWORD"; ask() { mariadb --host=127.0.0.1 --user=root "$@"; }; ',
    "postgresql": 'export PGPASSWORD="$POSTGRES_PASSWORD"; ask() { psql --quiet --host=127.0.0.1 --username=postgres "$@"; }; ',
    "redis": 'export REDISCLI_AUTH="$REDIS_PASSWORD"; ',
    "clickhouse": 'ask() { clickhouse-client --config-file=/tmp/probe.xml --user="$CLICKHOUSE_USER" --multiquery --query="$1"; }; ',
    "cockroachdb": 'ask() { cockroach sql --certs-dir=/cockroach/cockroach-certs "$@"; }; ',
    "minio": "",
}
# PostgreSQL calls itself CockroachDB, in a schema that db_reset takes for CockroachDB's own.
COCKROACH = "CREATE SCHEMA crdb_internal; CREATE FUNCTION crdb_internal.version() RETURNS text LANGUAGE sql AS \\$\\$SELECT 'CockroachDB (a stand-in)'\\$\\$"
CREATE = {
    "mariadb": "ask --execute=\"CREATE DATABASE exp CHARACTER SET latin1 COMMENT 'NULL'\"",
    "postgresql": "ask --command='CREATE DATABASE exp'",
    "clickhouse": "ask 'CREATE DATABASE exp'",
    "cockroachdb": f'for each in defaultdb template1; do ask --database=$each --execute="{COCKROACH}"; done >/dev/null; '
    "ask --execute='ALTER ROLE root SET search_path = crdb_internal, pg_catalog, public' && ask --execute='CREATE DATABASE exp'",
    "minio": 'mc alias set t http://127.0.0.1:9000 admin "$MINIO_ROOT_PASSWORD" && mc mb t/exp && mc version enable t/exp',
}
FILL = {
    "mariadb": "ask --execute='CREATE TABLE exp.a (i int); CREATE TABLE exp.`b c` (j int)'",
    "postgresql": "ask --dbname=exp --command='CREATE TABLE a (); CREATE TABLE b (); CREATE VIEW v AS SELECT 1'",
    "redis": "for i in $(seq 60); do echo SET exp:$i x; echo SET other:$i x; done | redis-cli -c >/dev/null",
    "clickhouse": 'ask "CREATE TABLE exp.a (i Int32) ENGINE = Log; CREATE VIEW exp.v AS SELECT 1; '
    "CREATE TABLE exp.\\`b 'c' \\\\\\\\\\` (i Int32) ENGINE = Log\"; ask 'INSERT INTO exp.a VALUES (1), (2)'",
    "cockroachdb": 'ask --database=exp --execute=\'CREATE TABLE public.a (i int); INSERT INTO public.a VALUES (1); CREATE TABLE public."b, ""c"" " (i int); '
    "CREATE VIEW public.v AS SELECT i FROM public.a'",
    "minio": "for each in a a 'd/b c' gone; do echo $RANDOM | mc pipe \"t/exp/$each\"; done; mc rm t/exp/gone",
}
REMOVED = {
    "mariadb": {"tables": 2},
    "postgresql": {"tables": 2, "views": 1},
    "redis": {"keys": 60},
    "clickhouse": {"tables": 2, "views": 1},
    "cockroachdb": {"tables": 2, "views": 1},
    "minio": {"objects": 2, "versions": 2, "delete_markers": 1},
}
PASSWORDS = {"mariadb": AWKWARD_PASSWORD, "postgresql": secrets.token_urlsafe(18), "clickhouse": AWKWARD_PASSWORD, "minio": "a:b/c'd\"e @%s1"}


@dataclass
class PodDatabases:
    """Pods of several engines in one namespace."""

    space: pods.Space
    by_engine: dict[str, pods.Pod]

    def options(self, engine: str, transport: str = EXEC, kubernetes: Mapping[str, Any] | None = None, **others: Any) -> dict[str, Any]:
        """What resets the experiment of this engine; its credentials come from the pod's Secret."""
        pod = self.by_engine[engine]
        assert pod.login is not None
        place = {"namespace": self.space.name, "kubeconfig": self.space.kubeconfig, **(kubernetes or {"selector": f"app={engine}"})}
        selection = {"pattern": "exp:*"} if engine == "redis" else {"name": "exp"}
        options = {"engine": engine, "transport": transport, "kubernetes": place, "credentials_secret": {"name": pod.login.secret}, "timeout": SECONDS}
        return {**options, **selection, **others}

    def execute(self, engine: str, command: str) -> str:
        """A shell command in the pod, with ``ask`` as the client program where there is one."""
        done = self.by_engine[engine].execute(["bash", "-c", LOGIN[engine] + command])
        assert done.code == 0, done
        return done.output

    def refusal(self, engine: str, **others: Any) -> str:
        """Why the module does not do it; nothing was removed, and no password shows."""
        result = run_module("db_reset", self.options(engine, **others))
        assert result["rc"] != 0 and not result.get("changed"), result
        assert self.by_engine[engine].login.password not in str(result["output"])  # type: ignore[union-attr]
        return str(result["msg"])


def started(space: pods.Space, engines: Sequence[str], *others: pods.Description) -> PodDatabases:
    """All of them at once, each with an empty experiment."""
    described = {
        "mariadb": lambda: pods.mariadb("maria", PASSWORDS["mariadb"], labels={"app": "mariadb", "app.kubernetes.io/part-of": "lab"}, sidecar="metrics"),
        "postgresql": lambda: pods.postgresql("postgres", PASSWORDS["postgresql"], labels={"app": "postgresql"}),
        "redis": lambda: pods.redis_cluster("redis", labels={"app": "redis"}),
        "clickhouse": lambda: pods.clickhouse("clickhouse", PASSWORDS["clickhouse"], others={"default": ""}, labels={"app": "clickhouse"}),
        "cockroachdb": lambda: pods.secure_cockroachdb("cockroach", labels={"app": "cockroachdb"}),
        "minio": lambda: pods.minio("minio", PASSWORDS["minio"], labels={"app": "minio"}),
    }
    running = space.run_all(*(described[engine]() for engine in engines), *others)
    found = PodDatabases(space, {engine: next(pod for pod in running if pod.labels.get("app") == engine) for engine in engines})
    for engine in engines:
        if engine in CREATE:
            found.execute(engine, CREATE[engine])
    return found
