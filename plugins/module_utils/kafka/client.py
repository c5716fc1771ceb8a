# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a cluster: options, login, and the words for what a cluster refuses."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import InputError, OperationError
from ..module import LibraryMissing
from .listener import Listener, probe_listener, split_address

try:
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.admin import AdminClient, DescribeClusterResult

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = str(error)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

PROTOCOLS = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "gssapi"]

CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "bootstrap_servers": {"type": "list", "elements": "str", "required": True},
    "security_protocol": {"type": "str", "choices": PROTOCOLS, "default": "plaintext"},
    "sasl_mechanism": {"type": "str", "choices": MECHANISMS, "default": "scram-sha-512"},
    "sasl_username": {"type": "str"},
    "sasl_password": {"type": "str", "no_log": True},
    "ssl_ca_location": {"type": "path"},
    "ssl_certificate_location": {"type": "path"},
    "ssl_key_location": {"type": "path", "no_log": False},
    "ssl_key_password": {"type": "str", "no_log": True},
    "client_config": {"type": "dict", "default": {}},
    "request_timeout": {"type": "float", "default": 30},
}

# Each option and the librdkafka property that it sets (https://github.com/confluentinc/librdkafka CONFIGURATION.md).
_PROPERTIES = {
    "sasl_username": "sasl.username",
    "sasl_password": "sasl.password",
    "ssl_ca_location": "ssl.ca.location",
    "ssl_certificate_location": "ssl.certificate.location",
    "ssl_key_location": "ssl.key.location",
    "ssl_key_password": "ssl.key.password",
}
_SECRET_WORDS = ("password", "secret", "jaas", "token", ".pem", "oauthbearer.config")
_CONNECT_SECONDS = 10.0  # a cluster that nobody answers for is given up sooner than a slow request
_ATTEMPT_SECONDS = 5.0
_OFFSET_INVALID = -1001

# What the cluster means, for the codes whose own text leaves an operator guessing.
_ADVICE = {
    "TOPIC_AUTHORIZATION_FAILED": "The user may not do this with the topic: add an ACL (module kafka_acl).",
    "GROUP_AUTHORIZATION_FAILED": "The user may not do this with the group: add an ACL (module kafka_acl).",
    "CLUSTER_AUTHORIZATION_FAILED": "The user may not do this with the cluster: use a super user or add a cluster ACL (module kafka_acl).",
    "POLICY_VIOLATION": "A policy of the cluster forbids it.",
    "INVALID_REPLICATION_FACTOR": "There are fewer brokers than replicas.",
    "NON_EMPTY_GROUP": "The group has live members: stop its consumers first.",
    "UNKNOWN_MEMBER_ID": "The group has live members: stop its consumers first.",
    "SECURITY_DISABLED": "The brokers have no authorizer (authorizer.class.name).",
    "UNSUPPORTED_VERSION": "The brokers are too old for this request.",
    "_TIMED_OUT": "Nothing answered in time: look at the brokers' health, or raise request_timeout.",
}
# Passing faults: the metadata of KRaft brokers lags behind the controller, leaders and coordinators move.
TRANSIENT = frozenset({
    "NOT_LEADER_FOR_PARTITION", "NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID",
    "NOT_CONTROLLER", "NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "REQUEST_TIMED_OUT",
    "OFFSET_NOT_AVAILABLE", "NETWORK_EXCEPTION", "BROKER_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "KAFKA_STORAGE_ERROR",
    "_DESTROY_BROKER", "_ALL_BROKERS_DOWN", "REPLICA_NOT_AVAILABLE", "PREFERRED_LEADER_NOT_AVAILABLE", "_TRANSPORT", "_WAIT_COORD", "_TIMED_OUT",
})


class LoginRefused(OperationError):
    """The cluster answers, but not to this user with this password."""


@dataclass(frozen=True)
class Refusal:
    """What the cluster answered instead of doing it: ``code`` is Kafka's name of the error."""

    code: str
    text: str

    @property
    def is_transient(self) -> bool:
        return self.code in TRANSIENT

    @property
    def advice(self) -> str:
        return _ADVICE.get(self.code, "")

    def __str__(self) -> str:
        return f"{self.text} ({self.code})"


def unanswered(offset: int) -> Refusal | None:
    """The refusal behind an offset that is none: for a partition whose leader did not answer, librdkafka 2.16 reports success
    with OFFSET_INVALID (-1001)."""
    return Refusal("LEADER_NOT_AVAILABLE", "the leader of the partition does not answer") if offset == _OFFSET_INVALID else None


@dataclass(frozen=True)
class Broker:
    """One broker as the cluster advertises it."""

    id: int
    address: str
    rack: str | None = None


@dataclass(frozen=True)
class Cluster:
    """The cluster as its first answer describes it. ``controller`` is None where KRaft hides it.

    ``operations`` are those that the user may do on the cluster itself; empty when it may not even DESCRIBE it.
    """

    id: str | None
    controller: int | None
    brokers: tuple[Broker, ...]
    operations: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster: the librdkafka configuration and the seconds a request may take."""

    config: Mapping[str, Any]
    timeout: float
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)

    @property
    def bootstrap(self) -> tuple[str, ...]:
        return tuple(str(self.config["bootstrap.servers"]).split(","))

    @property
    def protocol(self) -> str:
        return str(self.config.get("security.protocol", "plaintext")).lower()


def connection_from(options: Mapping[str, Any]) -> Connection:
    """The connection that a module's options (CONNECTION_SPEC) describe.

    :raises InputError: for addresses and combinations that can never work, all of them at once.
    """
    addresses = [part.strip() for entry in options["bootstrap_servers"] for part in entry.split(",") if part.strip()]
    protocol = (options.get("security_protocol") or "plaintext").lower()
    config: dict[str, object] = {
        "bootstrap.servers": ",".join(addresses),
        "security.protocol": protocol,
        "client.id": "streamops.kafka",
    }
    if protocol.startswith("sasl_"):
        config["sasl.mechanism"] = (options.get("sasl_mechanism") or "scram-sha-512").upper()
    for option, name in _PROPERTIES.items():
        if options.get(option) is not None:
            config[name] = options[option]
    config.update({name: _as_property(value) for name, value in (options.get("client_config") or {}).items()})
    secrets = frozenset(str(value) for name, value in config.items() if is_secret(name) and value not in (None, ""))
    _check_connection(addresses, config)
    return Connection(config, float(options.get("request_timeout") or 30), secrets)


def is_secret(name: str) -> bool:
    """Whether a property of this name holds something that must not be shown."""
    return any(word in name.lower() for word in _SECRET_WORDS) and not name.lower().endswith(".location")


def _as_property(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _check_connection(addresses: list[str], config: Mapping[str, object]) -> None:
    problems = [] if addresses else ["bootstrap_servers is empty"]
    for address in addresses:
        try:
            split_address(address)
        except ValueError as error:
            problems.append(str(error))
    protocol, mechanism = str(config["security.protocol"]).lower(), str(config.get("sasl.mechanism", "")).lower()
    has_login = config.get("sasl.username") is not None
    if has_login and not protocol.startswith("sasl_"):
        problems.append(f"sasl_username is given but security_protocol is {protocol}, so it would never log in: set sasl_plaintext or sasl_ssl")
    if protocol.startswith("sasl_") and (mechanism == "plain" or mechanism.startswith("scram")):
        problems += [f"security_protocol is {protocol} but {option} is not given" for option, name in
                     (("sasl_username", "sasl.username"), ("sasl_password", "sasl.password")) if config.get(name) is None]
    if problems:
        raise InputError(problems)


class KafkaClient:
    """One connection. ``admin`` is confluent-kafka's client; what its futures refuse comes back as Refusal."""

    def __init__(self, connection: Connection) -> None:
        if IMPORT_ERROR:
            raise LibraryMissing("confluent-kafka", IMPORT_ERROR)
        self.connection = connection
        self.timeout = connection.timeout
        self._said: dict[str, str] = {}  # what librdkafka's error callback told, by code
        self.logger = logging.getLogger("streamops.kafka.librdkafka")  # librdkafka's lines on stderr would only confuse
        self.logger.addHandler(logging.NullHandler())
        self.logger.propagate = False
        try:
            self.admin = AdminClient(self.config({"error_cb": self._on_error}), logger=self.logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise OperationError("configure the Kafka client", answered=self._clean(_refusal(error).text)) from None
        self.cluster = self._connect()

    @property
    def attempt_timeout(self) -> float:
        """Seconds for one attempt of a request that can be sent again. librdkafka waits for a dead broker as long as it is allowed
        to, and looks for the new leader only afterwards."""
        return min(self.timeout / 3, _ATTEMPT_SECONDS)

    def config(self, more: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration of a librdkafka client of this connection, with more properties."""
        return {**self.connection.config, **more}

    def refusals(self, futures: Mapping[Key, Future[Value]]) -> tuple[dict[Key, Value], dict[Key, Refusal]]:
        """Wait for every future: what was done, and what was refused."""
        self._await(list(futures.values()))
        done: dict[Key, Value] = {}
        refused: dict[Key, Refusal] = {}
        for key, future in futures.items():
            try:
                done[key] = future.result(timeout=0)
            except (KafkaException, ValueError, TypeError) as error:
                refused[key] = _refusal(error)
            except TimeoutError:
                refused[key] = Refusal("_TIMED_OUT", f"no answer within {self.timeout:.0f} s")
        return done, refused

    def look_again(self) -> None:
        """Learn where controller and leaders are now. librdkafka waits for a dead one without asking whether it was replaced."""
        with suppress(KafkaException):
            self.admin.list_topics(timeout=self.attempt_timeout)

    def result(self, attempted: str, future: Future[Value], on: str = "") -> Value:
        """The value of one future.

        :raises OperationError: with the words of ``attempted`` and ``on`` when it is refused.
        """
        done, refused = self.refusals({0: future})
        if refused:
            raise self.failure(attempted, refused[0], on)
        return done[0]

    def results(self, attempted: str, futures: Mapping[Key, Future[Value]]) -> dict[Key, Value]:
        """The values of all futures.

        :raises OperationError: when any is refused; lists every one that is.
        """
        done, refused = self.refusals(futures)
        if refused:
            raise self.failure_of_many(attempted, {str(key): refusal for key, refusal in refused.items()})
        return done

    def require(self, operation: str, attempted: str) -> None:
        """Fail unless the user may do ``operation`` (``describe``, ``alter``) on the cluster itself. No request.

        To be asked where librdkafka 2.16 hides the refusal: an unauthorised describe_acls answers with an empty list, an
        unauthorised describe_user_scram_credentials ends the process ("munmap_chunk(): invalid pointer").
        """
        if operation not in self.cluster.operations:
            raise OperationError(attempted, answered=f"the user may not {operation.upper()} the cluster", advice=_ADVICE["CLUSTER_AUTHORIZATION_FAILED"])

    def failure(self, attempted: str, refusal: Refusal, on: str = "") -> OperationError:
        """The error for one refusal; a time-out names the brokers that cannot be reached at their advertised address."""
        if refusal.code in ("_TIMED_OUT", "_TRANSPORT"):
            unreachable = [str(seen) for seen in self._probe(tuple(b.address for b in self.cluster.brokers)) if not seen.is_kafka]
            if unreachable:
                return OperationError(attempted, on, f"{refusal}; of the advertised brokers {'; '.join(unreachable)}",
                                      "Start these brokers, or make their advertised addresses reachable from here.")
        return OperationError(attempted, on, str(refusal), refusal.advice)

    def failure_of_many(self, attempted: str, refused: Mapping[str, Refusal], partial: Mapping[str, object] | None = None) -> OperationError:
        """The error for several refusals: each distinct answer once, with the objects that got it."""
        by_answer: dict[Refusal, list[str]] = {}
        for name, refusal in sorted(refused.items()):
            by_answer.setdefault(refusal, []).append(name)
        first = self.failure(attempted, next(iter(by_answer)))
        answered = [first.answered if number == 0 else str(refusal) for number, refusal in enumerate(by_answer)]
        answers = [f"{_shortened(names)}: {answer}" for answer, names in zip(answered, by_answer.values())]
        return OperationError(attempted, answered="; ".join(answers), advice=first.advice, partial=partial)

    def _await(self, futures: list[Future[Any]]) -> None:
        # poll() serves the error callback; waiting for the futures, not in poll(), costs no latency.
        deadline = time.monotonic() + self.timeout + 1
        while wait(futures, timeout=0.2).not_done and time.monotonic() < deadline:
            self.admin.poll(0)

    def _connect(self) -> Cluster:
        started = time.monotonic()
        probed: list[Listener] = []
        heard = 0
        # While one broker answers, the cluster is worth the full time: for some seconds after a crash its metadata still
        # names the dead broker. One that nobody answers for is given up sooner.
        while time.monotonic() - started < (self.timeout if any(seen.is_kafka for seen in probed) else min(self.timeout, _CONNECT_SECONDS)):
            future = self.admin.describe_cluster(include_authorized_operations=True, request_timeout=self.attempt_timeout)
            while not wait([future], timeout=0.05).done:
                self.admin.poll(0)
                if len(self._said) > heard:
                    heard = len(self._said)
                    probed = self._probe(self.connection.bootstrap)
                    self._raise_if_hopeless(probed)
            if future.exception() is None:
                return _cluster(future.result())
            self.look_again()
        self.admin.poll(0)
        probed = self._probe(self.connection.bootstrap)
        self._raise_if_hopeless(probed)
        raise self._connect_failure("; ".join([*map(str, probed), *self._said.values()]), "Check bootstrap_servers, and that the brokers run.")

    def _raise_if_hopeless(self, probed: list[Listener]) -> None:
        """Fail at once where waiting cannot help: the wrong kind of listener, a refused login, a bad certificate."""
        wanted = self.connection.protocol
        answering = [listener for listener in probed if listener.is_kafka]
        if answering and all(listener.protocol != wanted for listener in answering):
            raise self._connect_failure(
                f"the client is set to {wanted}, but {'; '.join(map(str, answering))}",
                f"This is the wrong listener, not a broker that is down: set security_protocol to {answering[0].protocol}, "
                f"or bootstrap_servers to the address of the {wanted} listener.")
        if "_AUTHENTICATION" in self._said and answering:
            self._raise_login_refused(answering[0])
        if "_SSL" in self._said and answering:
            raise self._connect_failure(self._said["_SSL"], "Check ssl_ca_location and the client's certificate.")

    def _raise_login_refused(self, listener: Listener) -> None:
        mechanism = str(self.connection.config.get("sasl.mechanism", ""))
        if listener.mechanisms and mechanism not in listener.mechanisms:
            raise self._connect_failure(f"{listener}, not {mechanism}", f"Set sasl_mechanism to {listener.mechanisms[0].lower()}.")
        user = self.connection.config.get("sasl.username", "the client")
        raise self._connect_failure(f"login refused for user '{user}' with {mechanism}", "Check sasl_username and sasl_password.", LoginRefused)

    def _connect_failure(self, answered: str, advice: str, kind: type[OperationError] = OperationError) -> OperationError:
        return kind("connect to Kafka", ",".join(self.connection.bootstrap), self._clean(answered), advice)

    def _probe(self, addresses: tuple[str, ...]) -> list[Listener]:
        return [probe_listener(address) for address in addresses[:3]]

    def _on_error(self, error: KafkaError) -> None:
        self._said[error.name()] = self._clean(error.str())

    def _clean(self, text: str) -> str:
        for secret in self.connection.secrets:
            text = text.replace(secret, "********")
        return text


def _cluster(answer: DescribeClusterResult) -> Cluster:
    controller = answer.controller.id if answer.controller is not None else None
    brokers = tuple(Broker(node.id, f"{node.host}:{node.port}", node.rack) for node in answer.nodes)
    operations = frozenset(operation.name.lower() for operation in answer.authorized_operations or ())
    return Cluster(answer.cluster_id, controller, tuple(sorted(brokers, key=lambda broker: broker.id)), operations)


def _refusal(error: Exception) -> Refusal:
    reason = error.args[0] if error.args else error
    if isinstance(reason, KafkaError):
        text = reason.str()
        if text.startswith("Request Request("):  # a KRaft controller prints its whole request when it refuses one
            text = KafkaError(reason.code()).str().removeprefix("Broker: ")
        return Refusal(reason.name(), text)
    return Refusal(type(error).__name__, str(error))


def _shortened(names: list[str], most: int = 10) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


@contextmanager
def open_client(options: Mapping[str, Any]) -> Iterator[KafkaClient]:
    """The connection that a module's options describe, for the length of a ``with`` block."""
    yield KafkaClient(connection_from(options))
