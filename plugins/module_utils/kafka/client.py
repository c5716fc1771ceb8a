# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of one cluster: it connects, waits for answers, and says in words what went wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import OperationError
from ..module import LibraryMissing
from .connection import Connection, connection_from
from .listener import Listener, probe_listener
from .refusal import Refusal, refusal_from

try:
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.admin import AdminClient, DescribeClusterResult

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = str(error)

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self  # Python 3.11

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_CONNECT_SECONDS = 10.0  # a cluster that nobody answers for is given up sooner than a slow request
_ATTEMPT_SECONDS = 5.0


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


class LoginRefused(OperationError):
    """The cluster answers, but not to this user with this password."""


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
            raise OperationError("configure the Kafka client", answered=self._clean(refusal_from(error).text)) from None
        try:
            self.cluster = self._connect()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Not left to the garbage collector: when that runs inside of a callback, a thread of librdkafka's would destroy its own client,
        which ends the process (confluent-kafka-python, pull requests 2129 and 2131)."""
        if hasattr(self.admin, "__exit__"):  # older ones can only be left
            self.admin.__exit__(None, None, None)

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
                refused[key] = refusal_from(error)
            except FutureTimeout:
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
            refusal = Refusal("CLUSTER_AUTHORIZATION_FAILED", f"the user may not {operation.upper()} the cluster")
            raise OperationError(attempted, answered=refusal.text, advice=refusal.advice)

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


def _shortened(names: list[str], most: int = 10) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


@contextmanager
def open_client(options: Mapping[str, Any]) -> Iterator[KafkaClient]:
    """The connection that a module's options describe, for the length of a ``with`` block."""
    with KafkaClient(connection_from(options)) as client:
        yield client
