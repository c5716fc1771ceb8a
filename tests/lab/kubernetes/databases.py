# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of pods that run the machine's own database servers, and of a pod that is none.

Each listens on the loopback of its own pod, on the port that everybody knows, with the environment variables and the
container name of the image that people usually run. Its password comes from a Secret; none is in an argument list.
`more` overrides any field of the description: labels, kind, sidecar, ready, container, ...
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab import minio_programs, packages
from lab.kubernetes import images, pki
from lab.kubernetes.descriptions import Description, Login
from lab.lock import locked
from lab.server import Server
from lab.servers import clickhouse as clickhouse_server
from lab.servers import mariadb as mariadb_server
from lab.servers import postgresql as postgresql_server
from lab.servers import redis as redis_server

FILES = Path(__file__).with_name("files")
SYSTEM_PATH = images.PATH


def mariadb(name: str, password: str | None = None, **more: Any) -> Description:
    _install(mariadb_server.MariaDB)
    return _database(
        name, "mariadb", "root", password, more, user="mysql", port=3306,
        password_variable="MARIADB_ROOT_PASSWORD", scratch=("/data", "/run/mysqld"),
        probe='MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb --user=root --execute="SELECT 1"',
    )  # fmt: skip


def postgresql(name: str, password: str | None = None, **more: Any) -> Description:
    _install(postgresql_server.PostgreSQL)
    return _database(
        name, "postgresql", "postgres", password, more, user="postgres", port=5432,
        password_variable="POSTGRES_PASSWORD", scratch=("/data", "/run/postgresql"), environment=_postgresql_path(),
        probe='PGPASSWORD="$POSTGRES_PASSWORD" psql --host=127.0.0.1 --username=postgres --command="SELECT 1"',
    )  # fmt: skip


def redis(name: str, password: str | None = None, **more: Any) -> Description:
    _install(redis_server.RedisCluster)
    return _database(
        name, "redis", "default", password, more, user="redis", port=6379,
        password_variable="REDIS_PASSWORD", scratch=("/data",), environment={"REDIS_CLUSTER": "no"},
        probe='REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli PING | grep -q PONG',
    )  # fmt: skip


def redis_cluster(name: str, password: str | None = None, **more: Any) -> Description:
    """Three masters, which know each other by the addresses of their pods: NAME-0, NAME-1, NAME-2."""
    more = {"kind": "StatefulSet", "replicas": redis_server.MASTERS, "environment": {"REDIS_CLUSTER": "yes"}} | more
    return redis(name, password, **more)


def clickhouse(name: str, password: str | None = None, username: str = "admin", others: Mapping[str, str] | None = None, **more: Any) -> Description:
    """`others`: further users, name -> password, to try a fallback login."""
    _install(clickhouse_server.ClickHouse)
    password = password or _new_password()
    data = Path("/data")
    settings = {
        "users.xml": clickhouse_server.users_xml({username: password} | dict(others or {})),
        "config.xml": clickhouse_server.config_xml(data, 8123, 9000),
    }
    query = "SELECT 1 FROM system.databases LIMIT 1"
    client = f'clickhouse-client --user="$CLICKHOUSE_USER" --config-file=/tmp/probe.xml --query="{query}"'
    escaped = r's/&/\&amp;/g; s/</\&lt;/g'
    write_login = f'umask 077; printf "<config><password>%s</password></config>" "$(sed "{escaped}" <<<"$CLICKHOUSE_PASSWORD")" >/tmp/probe.xml'
    return _database(
        name, "clickhouse", username, password, more, user="clickhouse", port=8123,
        password_variable="CLICKHOUSE_PASSWORD", environment={"CLICKHOUSE_USER": username},
        scratch=(str(data),), files={"/settings": settings}, probe=f"{write_login}; {client}",
    )  # fmt: skip


def minio(name: str, password: str | None = None, **more: Any) -> Description:
    """With `mc` beside it, as in MinIO's own image. Both are built when they are needed for the first time."""
    request = r"GET /minio/health/cluster HTTP/1.1\r\nHost: minio\r\nConnection: close\r\n\r\n"
    health = f"exec 3<>/dev/tcp/127.0.0.1/9000; printf '{request}' >&3; read -r _ code _ <&3; test $code = 200"
    return _database(
        name, "minio", "admin", password, more, port=9000,
        password_variable="MINIO_ROOT_PASSWORD",
        environment={"MINIO_ROOT_USER": "admin", "MINIO_BROWSER": "off", "HOME": "/tmp", "PATH": f"/opt/bin:{SYSTEM_PATH}"},
        scratch=("/data",),
        host_paths={"/opt/bin/minio": str(minio_programs.server()), "/opt/bin/mc": str(minio_programs.client())},
        probe=health,
    )  # fmt: skip


def secure_cockroachdb(name: str, **more: Any) -> Description:
    """NOT CockroachDB but PostgreSQL in its place: its port, its user and database, its certificates (of the node and
    of `root`) where its image has them, no login without TLS, and a `cockroach sql` that asks psql. Good for
    wire, login and the choice of a pod; nothing about its SQL is proved by it."""
    _install(postgresql_server.PostgreSQL)
    authority = pki.Authority()
    certificates = {"ca.crt": pki.pem(authority.certificate)}
    for file, owner in {"node": "node", "client.root": "root"}.items():
        key = pki.new_key()
        certificates |= {f"{file}.crt": pki.pem(authority.issue(key, owner, "Cockroach")), f"{file}.key": pki.private_pem(key)}
    program = {"cockroach": (FILES / "cockroach").read_text(encoding="utf-8")}
    return _database(
        name, "db", "root", None, more, user="postgres", port=26257,
        password_variable="COCKROACH_PASSWORD", environment=_postgresql_path("/cockroach"), scratch=("/data",),
        files={"/cockroach": program | {f"cockroach-certs/{file}": content for file, content in certificates.items()}},
        probe='cockroach sql --certs-dir=/cockroach/cockroach-certs --execute="SELECT 1"',
        script="secure_cockroachdb",
    )  # fmt: skip


def operator(name: str, **more: Any) -> Description:
    """What a careless selector finds beside a database: the manager of its operator, which holds no database."""
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "operator"}
    return Description(**{"name": name, "container": "manager", "kind": "Deployment", "labels": labels} | more)


def shell(name: str, **more: Any) -> Description:
    """A container with busybox that does nothing until something is executed in it."""
    return Description(**{"name": name, "container": "shell"} | more)


def host_shell(name: str, **more: Any) -> Description:
    """The same with whatever is installed on the machine: bash, the clients of the databases, Java."""
    paths = {"/usr": "/usr", "/etc": "/etc"}
    return Description(**{"name": name, "container": "shell", "image": images.HOST, "command": ("sleep", "infinity"), "host_paths": paths} | more)


def _database(
    name: str, container: str, username: str, password: str | None, more: Mapping[str, Any], script: str | None = None, **fields: Any
) -> Description:
    """`more` is what the test wants otherwise; environment and host paths are added to what the server needs."""
    login = Login(f"{name}-login", username, password or _new_password())
    start = (FILES / "databases" / (script or container)).read_text(encoding="utf-8")
    ours: dict[str, Any] = {
        "name": name,
        "container": container,
        "image": images.HOST,
        "command": ("/bin/bash", "-euc", start),
        "login": login,
        "host_paths": {},
        "environment": {},
    } | fields
    ours["host_paths"] = {"/usr": "/usr", "/etc": "/etc"} | ours["host_paths"] | dict(more.get("host_paths", {}))
    ours["environment"] = ours["environment"] | dict(more.get("environment", {}))
    rest = {key: value for key, value in more.items() if key not in ("host_paths", "environment")}
    return Description(**ours | rest)


def _postgresql_path(*first: str) -> dict[str, str]:
    """Debian keeps the programs of each version off PATH, and wraps the clients; an image has them on PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return {"PATH": ":".join([*first, str(versions[-1]), SYSTEM_PATH])}


def _install(server: type[Server]) -> None:
    """The pod runs what the machine has."""
    if not all(requirement.is_met() for requirement in server.requirements):
        with locked():
            packages.ensure(server.requirements)


def _new_password() -> str:
    return secrets.token_urlsafe(18)
