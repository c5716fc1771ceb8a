# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to a database server: straight from here, through a port-forward, or by its own client program inside a pod.

Whatever the way, the engines are the same: they are given functions that open sessions (``Connectors``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import InputError, OperationError
from ..kubernetes import access, secrets
from ..kubernetes.client import Cluster
from ..kubernetes.place import CREDENTIALS_SECRET, POD_PLACE
from ..kubernetes.pods import Choice, Pod, Wanted, choose, selector_problem
from ..kubernetes.port_forward import PortForward
from . import drivers, redis_keys
from .login import Login
from .redis_client import RedisCluster
from .sql import Session, SqlError

if TYPE_CHECKING:
    from .minio_buckets import Store

DIRECT, EXEC, PORT_FORWARD = "direct", "kubernetes_exec", "kubernetes_port_forward"
TRANSPORTS = [DIRECT, EXEC, PORT_FORWARD]

TRANSPORT_SPEC: dict[str, dict[str, Any]] = {
    "transport": {"type": "str", "choices": TRANSPORTS, "default": DIRECT},
    "kubernetes": POD_PLACE,
    "credentials_secret": CREDENTIALS_SECRET,
}

# What names, images and commands of an engine's container contain, and how else it is called by habit.
_WORDS = {
    "mariadb": (("mariadb", "mysql", "galera"), ("db", "database")),
    "postgresql": (("postgres", "pgsql", "spilo", "timescale", "postgis"), ("db", "database")),
    "redis": (("redis", "valkey", "keydb"), ()),
    "clickhouse": (("clickhouse",), ()),
    "cockroachdb": (("cockroach",), ("db",)),
    "minio": (("minio",), ()),
}
NEEDS_A_USER = ("mariadb", "postgresql", "clickhouse", "cockroachdb", "minio")


class RedisPrimaries(redis_keys.Cluster, Protocol):
    """The nodes that hold keys, connected."""

    def close(self) -> None: ...


class SessionWith(Protocol):
    """Opens a session with one database of a PostgreSQL server."""

    def __call__(self, login: Login, database: str) -> Session: ...


@dataclass(frozen=True)
class Connectors:
    """How each engine opens its connections; by default with a driver, from here."""

    mariadb: Callable[[Login], Session] = drivers.mariadb
    postgresql: SessionWith = drivers.postgresql
    clickhouse: Callable[[Login], Session] = drivers.clickhouse
    redis: Callable[[Login], RedisPrimaries] = drivers.redis
    cockroachdb: SessionWith = drivers.postgresql
    minio: Callable[[Login], Store] = drivers.minio
    cockroachdb_login: Callable[[Login, str | None], Login] = drivers.cockroachdb_login


@dataclass(frozen=True)
class Way:
    """A server that can be reached now."""

    login: Login
    connect: Connectors = field(default_factory=Connectors)
    sources: Mapping[str, str] = field(default_factory=dict)
    pod: str = ""

    def as_result(self) -> dict[str, object]:
        """What of it belongs into the module's return value. Sources, never values."""
        return {"credentials": dict(self.sources), **({"pod": self.pod} if self.pod else {})}


def transport_problems(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with the options, in words, before anybody is asked."""
    transport, place = options["transport"], options["kubernetes"] or {}
    if transport == DIRECT:
        pointless = [name for name in ("selector", "pod", "container") if place.get(name)]
        return [f"kubernetes.{name} is an option of the two Kubernetes transports, not of direct" for name in pointless]
    problems = []
    if not place.get("pod") and place.get("selector") is None:
        problems.append(f"transport {transport} needs kubernetes.selector or kubernetes.pod")
    elif place.get("pod") and place.get("selector"):
        problems.append("kubernetes.selector and kubernetes.pod exclude each other")
    elif not place.get("pod") and (wrong := selector_problem(place["selector"])):
        problems.append(wrong)
    return problems


@contextmanager
def reach(options: Mapping[str, Any], login: Login) -> Iterator[Way]:
    """Find the credentials and the way that the options describe; whatever was opened is closed at the end of the ``with`` block.

    :raises OperationError: when the Secret, the pod or a right is missing: before any database is touched.
    """
    transport, place = options["transport"], options["kubernetes"] or {}
    wants_secret = options["credentials_secret"] is not None and None in (login.username, login.password)
    cluster = Cluster(place.get("kubeconfig"), place.get("context")) if transport != DIRECT or wants_secret else None
    namespace = place.get("namespace") or (cluster.namespace if cluster else "")
    reference = _reference(options["credentials_secret"], namespace) if wants_secret else None
    if cluster is not None:
        secret = (reference.namespace, reference.name) if reference else None
        access.demand(cluster, access.rights_for(transport, namespace, secret, place.get("pod")))
    login, sources = _with_credentials(login, reference, cluster)
    if cluster is None or transport == DIRECT:
        yield Way(login, sources=sources)
        return
    choices = choose(_pods(cluster, namespace, place.get("pod")), _wanted(login.engine, namespace, place))
    with ExitStack() as opened:
        way_to = partial(_forwarded, opened, cluster, login) if transport == PORT_FORWARD else partial(_inside, cluster, login, options)
        yield replace(_writable(choices, way_to, login), sources=sources)


def _reference(given: Mapping[str, Any], namespace: str) -> secrets.SecretReference:
    keys = {key: given[key] for key in ("username_key", "password_key") if given.get(key)}
    return secrets.SecretReference(given.get("namespace") or namespace, given["name"], **keys)


def _with_credentials(login: Login, reference: secrets.SecretReference | None, cluster: Cluster | None) -> tuple[Login, Mapping[str, str]]:
    given = {"username": login.username, "password": login.password}
    needs_user = login.engine in NEEDS_A_USER
    found = secrets.resolve(given, reference, cluster.secret if cluster else _no_secret, os.environ, login.engine, needs_user)
    if needs_user and not found.username:
        variable = secrets.environment_names(login.engine)["username"]
        raise InputError([f"{login.engine} needs a username: give username, or credentials_secret, or {variable} in the environment"])
    return replace(login, username=found.username, password=found.password), found.sources


def _no_secret(_namespace: str, _name: str) -> Mapping[str, str]:
    return {}


def _pods(cluster: Cluster, namespace: str, name: str | None) -> list[Pod]:
    """One pod by its name where nothing more may be seen, else all of the namespace, to be able to say what is there instead."""
    if name and access.missing_rights(cluster, [access.Right(namespace, "list", "pods")]):
        return [cluster.pod(namespace, name)]
    return cluster.pods(namespace)


def _wanted(engine: str, namespace: str, place: Mapping[str, Any]) -> Wanted:
    words, names = _WORDS[engine]
    return Wanted(engine, namespace, place.get("selector"), place.get("pod"), place.get("container"), words, names)


def _writable(choices: Sequence[Choice], way_to: Callable[[Choice], Way], login: Login) -> Way:
    """The way to the one that takes writes. Where several would do, the databases themselves are asked.

    :raises OperationError: when none takes writes, or when several do that do not belong together.
    """
    if len(choices) == 1:
        return way_to(choices[0])
    found: list[tuple[Choice, Way]] = []
    refused, problem = [], None
    for choice in choices:
        try:
            way = way_to(choice)
            role = _role_of(way)
        except OperationError as error:
            refused.append(f"{choice.pod.name}: {error.answered}")
            problem = error
            continue
        if role:
            refused.append(f"{choice.pod.name}: {role}")
        else:
            found.append((choice, way))
    if not found:
        if problem is not None and len(refused) == len(choices):
            raise problem
        raise OperationError("find the pod that takes writes", login.engine, f"none of {len(choices)} does: {'; '.join(refused)}")
    owners = {choice.pod.owner or choice.pod.name for choice, _way in found}
    if len(owners) > 1:
        told = ", ".join(f"{choice.pod.name} ({choice.pod.owner or 'a pod of its own'})" for choice, _way in found)
        advice = "Narrow kubernetes.selector, or name the pod."
        raise OperationError("find the pod that takes writes", login.engine, f"these take writes and do not belong together: {told}", advice)
    return found[0][1]


def _role_of(way: Way) -> str:
    """Why this server takes no writes, empty when it does."""
    engine = way.login.engine
    if engine == "mariadb":
        return _asked(way.connect.mariadb(way.login), _mariadb_role)
    if engine == "postgresql":
        return _asked(way.connect.postgresql(way.login, "postgres"), _postgresql_role)
    if engine == "redis":
        primaries = way.connect.redis(way.login)
        try:
            role = getattr(primaries, "role", None)  # of those that are reached in pods
            return str(role()) if role is not None else ""
        finally:
            primaries.close()
    return ""  # every server of these engines takes writes


def _asked(session: Session, question: Callable[[Session], str]) -> str:
    try:
        return question(session)
    except SqlError as error:
        return str(error)
    finally:
        session.close()


def _mariadb_role(session: Session) -> str:
    if str(session.rows("SELECT @@global.read_only")[0][0]) != "0":
        return "it is read_only"
    with suppress(SqlError):  # not every administrator may see the replication
        if session.rows("SHOW SLAVE STATUS"):
            return "it is a replica"
    return ""


def _postgresql_role(session: Session) -> str:
    return "it is in recovery, a replica" if str(session.rows("SELECT pg_is_in_recovery()::int")[0][0]) != "0" else ""


def _forwarded(opened: ExitStack, cluster: Cluster, login: Login, choice: Choice) -> Way:
    forwards = opened.enter_context(Forwards(cluster, choice.pod))
    port = forwards.to(choice.pod, login.port)
    connect = Connectors(redis=lambda each: ForwardedRedisCluster(each, forwards))
    return Way(replace(login, host="127.0.0.1", port=port, line=forwards), connect, pod=choice.pod.path)


def _inside(cluster: Cluster, login: Login, options: Mapping[str, Any], choice: Choice) -> Way:
    from .clickhouse_exec import NATIVE_PORT, NATIVE_TLS_PORT, ClickHouseProgram
    from .cockroachdb_exec import CockroachProgram
    from .mariadb_exec import MariaDbProgram
    from .minio_exec import McStore
    from .postgresql_exec import PsqlProgram
    from .redis_exec import RedisPrograms

    connect = Connectors(
        mariadb=partial(MariaDbProgram, cluster, choice),
        postgresql=partial(PsqlProgram, cluster, choice),
        clickhouse=partial(ClickHouseProgram, cluster, choice),
        redis=partial(RedisPrograms, cluster, choice),
        cockroachdb=partial(CockroachProgram, cluster, choice, options["certs_dir"]),
        minio=partial(McStore, cluster, choice),
        cockroachdb_login=lambda login, _certs_dir: login,  # its certificates are in the pod
    )
    if login.engine == "clickhouse" and options["port"] is None:  # its client does not speak HTTP
        login = replace(login, port=NATIVE_TLS_PORT if login.tls is not None and login.tls.enabled else NATIVE_PORT)
    return Way(replace(login, line=InPod(choice)), connect, pod=choice.pod.path)


class InPod:
    """The line of the exec transport: addresses are those that the pod sees."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice

    def describe(self, host: str, port: int) -> str:
        return f"{host}:{port} in pod {self._choice.pod.path}, container {self._choice.container}"

    def trouble(self, host: str, port: int) -> str:
        return ""


class Forwards:
    """The forwards of one reset, each to a port of a pod, by their local ports."""

    def __init__(self, cluster: Cluster, pod: Pod) -> None:
        self._cluster = cluster
        self._pod = pod
        self._opened: dict[int, PortForward] = {}
        self._by_target: dict[tuple[str, int], PortForward] = {}

    def __enter__(self) -> Forwards:
        return self

    def __exit__(self, *_error: object) -> None:
        for forward in self._opened.values():
            forward.close()

    def to(self, pod: Pod, port: int) -> int:
        """The local port that leads to this port of this pod."""
        target = (pod.name, port)
        if target not in self._by_target:
            forward = PortForward(self._cluster, pod, port)
            self._by_target[target] = self._opened[forward.port] = forward
        return self._by_target[target].port

    def to_address(self, address: str, port: int) -> int:
        """The local port that leads to an address which only pods can reach."""
        pods = [self._pod, *self._cluster.pods(self._pod.namespace)]
        found = next((pod for pod in pods if address in (pod.address, pod.name, *_names_of(pod))), None)
        if found is None:
            advice = "Use transport kubernetes_exec: from inside a pod all nodes can be reached."
            raise OperationError("forward to a node of the cluster", f"{address}:{port}", f"no pod in namespace {self._pod.namespace} has this address", advice)
        return self.to(found, port)

    def describe(self, host: str, port: int) -> str:
        return f"{self._opened[port].place} (port-forward)" if port in self._opened else f"{host}:{port}"

    def trouble(self, host: str, port: int) -> str:
        return self._opened[port].trouble if port in self._opened else ""


def _names_of(pod: Pod) -> list[str]:
    """Names in DNS of a StatefulSet's pod, as far as they follow from the pod itself."""
    service = pod.owner.partition("/")[2]
    headless = [f"{pod.name}.{service}{suffix}" for suffix in ("", "-headless")]
    return [f"{name}.{pod.namespace}{end}" for name in headless for end in ("", ".svc", ".svc.cluster.local")]


class ForwardedRedisCluster(RedisCluster):
    """Its nodes tell addresses that only pods can reach: each gets a forward of its own."""

    def __init__(self, login: Login, forwards: Forwards) -> None:
        self._forwards = forwards
        super().__init__(login)

    def role(self) -> str:
        """Why this server takes no writes, empty when it does."""
        if self._ranges:
            return ""
        return redis_role(self._first.ask("INFO", "replication"))

    def _address(self, primary: Sequence[Any]) -> tuple[str, int]:
        host, port = primary[0].decode() if isinstance(primary[0], bytes) else primary[0], int(primary[1])
        if not host:
            return self._first.login.host, self._first.login.port
        return "127.0.0.1", self._forwards.to_address(host, port)


def redis_role(information: Any) -> str:
    """Why a server takes no writes, from the answer to INFO replication."""
    role = information.get("role") if isinstance(information, Mapping) else ""
    return f"it is a {role}" if role and role != "master" else ""
