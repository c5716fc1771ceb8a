# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What librdkafka has no request for, asked through kafka-python: log directories, client quotas, deletion of group offsets.

Only this file and trial_client.py, which builds on it, import kafka-python. It is an optional library: whoever opens a SecondClient without it is told so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import OperationError
from ..module import LibraryMissing
from ..wait import wait_until
from .client import KafkaClient
from .connection import Connection
from .quotas import DEFAULT, Entity, Quota
from .refusal import Refusal
from .tls import tls_context

try:
    from kafka import KafkaAdminClient, TopicPartition
    from kafka.errors import BrokerResponseError, KafkaError, for_code
    from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest, DescribeLogDirsRequest

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = f"version 3.0 or newer is needed: {error}"

if TYPE_CHECKING:
    from typing import Self  # Python 3.11

Answer = TypeVar("Answer")

_BOOTSTRAP_SECONDS = 10.0
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_ENTITY_TYPES = {"user": "user", "client_id": "client-id", "ip": "ip"}  # our field, Kafka's entity type (KIP-546, KIP-612)


@dataclass(frozen=True)
class LogDir:
    """One directory of one broker. Sizes are in bytes, None where the broker is older than Kafka 3.3 (KIP-827)."""

    broker: int
    path: str
    total_bytes: int | None
    usable_bytes: int | None
    partitions: Mapping[tuple[str, int], int] = field(default_factory=dict)
    problem: str = ""  # why the broker cannot use this directory; empty when it can


class SecondClient:
    """A connection through kafka-python, for the length of a ``with`` block."""

    def __init__(self, connection: Connection) -> None:
        if IMPORT_ERROR:
            raise LibraryMissing("kafka-python", IMPORT_ERROR)
        self.connection = connection
        self.timeout = connection.timeout
        logger = logging.getLogger("kafka")  # it warns on stderr, and would show its whole configuration at debug level
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        options = second_options(connection)
        try:
            self._admin = KafkaAdminClient(**options)
        except (KafkaError, OSError, ValueError) as error:
            KafkaClient(connection).close()  # the same connection through librdkafka, which says why nothing comes about
            raise OperationError("connect to Kafka with kafka-python", ",".join(connection.bootstrap), self._clean(str(error))) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(KafkaError, OSError):
            self._admin.close()

    def describe_log_dirs(self) -> list[LogDir]:
        """Every log directory of every broker with the size of each partition in it. One request a broker."""
        brokers = sorted(broker.node_id for broker in self._admin._manager.cluster.brokers())
        answers = self._ask("read the log directories of the brokers", lambda: {b: DescribeLogDirsRequest(topics=None) for b in brokers})
        found = []
        for broker, answer in answers.items():
            self._raise_for(answer.error_code, "read the log directories", f"broker {broker}")
            if not answer.results:  # before version 3 of the request this is how brokers refuse
                raise OperationError("read the log directories", f"broker {broker}", "no directory is shown",
                                     "The user needs DESCRIBE on the cluster (module kafka_acl).")
            found += [_log_dir(broker, result) for result in answer.results]
        return found

    def describe_quotas(self) -> list[Quota]:
        """Every client quota of the cluster, default entities included. One request."""
        answer = self._ask_one("read the client quotas", lambda: DescribeClientQuotasRequest(components=[], strict=False))
        self._raise_for(answer.error_code, "read the client quotas", text=answer.error_message)
        return [Quota(_entity(entry.entity), {value.key: value.value for value in entry.values}) for entry in answer.entries or []]

    def alter_quotas(self, wanted: Mapping[Entity, Mapping[str, float | None]], validate_only: bool = False) -> dict[Entity, Refusal]:
        """Set (or, with None, remove) single quotas of entities; others stay as they are. One request.

        :returns: what was refused, by entity. Each entity is changed as a whole or not at all.
        """
        if not wanted:
            return {}
        entry = AlterClientQuotasRequest.EntryData
        entries = [
            entry(entity=[entry.EntityData(entity_type=kind, entity_name=name) for kind, name in _wire_names(entity)],
                  ops=[entry.OpData(key=key, value=value or 0.0, remove=value is None) for key, value in quotas.items()])
            for entity, quotas in wanted.items()
        ]
        answer = self._ask_one("change the client quotas", lambda: AlterClientQuotasRequest(entries=entries, validate_only=validate_only))
        return {_entity(result.entity): _refusal_of(result.error_code, result.error_message) for result in answer.entries if result.error_code}

    def delete_group_offsets(self, group: str, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Refusal]:
        """Delete what a group has committed for these partitions. One request.

        :returns: what was refused, by partition (a partition that the group still reads: GROUP_SUBSCRIBED_TO_TOPIC).
        :raises OperationError: when the group as a whole is refused.
        """
        wanted = [TopicPartition(topic, partition) for topic, partition in partitions]
        answers = self._retried("delete committed offsets", f"group '{group}'", lambda: self._admin.delete_group_offsets(group, wanted))
        return {(key.topic, key.partition): _refusal_of(kind.errno) for key, kind in answers.items() if kind.errno}

    def _ask_one(self, attempted: str, request: Callable[[], Any]) -> Any:
        return self._ask(attempted, lambda: {None: request()})[None]

    def _ask(self, attempted: str, requests: Callable[[], Mapping[int | None, Any]]) -> dict[int | None, Any]:
        """The answers to one request a broker (None: any broker), all sent at once."""
        manager = self._admin._manager  # kafka-python has these messages, but no public method that sends them

        async def ask_all() -> dict[int | None, Any]:
            sent = {broker: manager.send(request, node_id=broker) for broker, request in requests().items()}
            return {broker: await future for broker, future in sent.items()}

        return self._retried(attempted, "", lambda: manager.run(ask_all))

    def _retried(self, attempted: str, on: str, call: Callable[[], Answer]) -> Answer:
        """The answer of ``call``, which is made again while the cluster moves leaders or coordinators."""

        def observe() -> tuple[Answer | None, KafkaError | None]:
            try:
                return call(), None
            except KafkaError as error:
                return None, error
            except (OSError, ValueError) as error:
                raise OperationError(attempted, on, self._clean(str(error))) from None

        answer, error = wait_until(attempted, observe, lambda seen: seen[1] is None or not seen[1].retriable, self.timeout, on,
                                   describe=lambda seen: self._clean(str(seen[1])))
        if error is not None:
            refusal = _refusal_of(error.errno) if isinstance(error, BrokerResponseError) else Refusal(type(error).__name__, str(error))
            raise OperationError(attempted, on, self._clean(str(refusal)), refusal.advice)
        return answer  # type: ignore[return-value]  # there is an answer where there is no error

    def _raise_for(self, code: int, attempted: str, on: str = "", text: str | None = None) -> None:
        if code:
            refusal = _refusal_of(code, text)
            raise OperationError(attempted, on, str(refusal), refusal.advice)

    def _clean(self, text: str) -> str:
        for secret in self.connection.secrets:
            text = text.replace(secret, "********")
        return text


def second_options(connection: Connection) -> dict[str, object]:
    """The options of kafka-python that mean what the librdkafka properties of ``connection`` mean.

    :raises OperationError: for a login that kafka-python cannot make without further code.
    """
    config = connection.config
    protocol = connection.protocol.upper()
    options: dict[str, object] = {
        "bootstrap_servers": list(connection.bootstrap),
        "client_id": config.get("client.id", "streamops.kafka"),
        "security_protocol": protocol,
        "request_timeout_ms": int(connection.timeout * 1000),
        "bootstrap_timeout_ms": int(min(connection.timeout, _BOOTSTRAP_SECONDS) * 1000),
    }
    if protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(config)
    if protocol.startswith("SASL"):
        mechanism = str(config.get("sasl.mechanism", config.get("sasl.mechanisms", ""))).upper()
        if mechanism not in _MECHANISMS:
            raise OperationError("connect to Kafka with kafka-python", answered=f"it is not set up for a login with {mechanism.lower()}",
                                 advice=f"Log in with one of {', '.join(_MECHANISMS).lower()} for this.")
        user = str(config["sasl.username"])
        if mechanism != "PLAIN":  # RFC 5802 wants these two escaped in the user name; kafka-python sends it as it is
            user = user.replace("=", "=3D").replace(",", "=2C")
        options |= {"sasl_mechanism": mechanism, "sasl_plain_username": user, "sasl_plain_password": config["sasl.password"]}
    return options


def _log_dir(broker: int | None, result: Any) -> LogDir:
    sizes = {(topic.name, part.partition_index): part.partition_size for topic in result.topics for part in topic.partitions}
    problem = str(_refusal_of(result.error_code)) if result.error_code else ""
    return LogDir(broker if broker is not None else -1, result.log_dir, _known(result.total_bytes), _known(result.usable_bytes), sizes, problem)


def _known(size: int) -> int | None:
    return size if size >= 0 else None


def _entity(components: Iterable[Any]) -> Entity:
    names = {component.entity_type: DEFAULT if component.entity_name is None else component.entity_name for component in components}
    return Entity(**{name: names.get(kind) for name, kind in _ENTITY_TYPES.items()})


def _wire_names(entity: Entity) -> list[tuple[str, str | None]]:
    names = ((kind, getattr(entity, name)) for name, kind in _ENTITY_TYPES.items())
    return [(kind, None if name == DEFAULT else name) for kind, name in names if name is not None]


def _refusal_of(code: int, text: str | None = None) -> Refusal:
    kind = for_code(code)
    name = kind.message if kind.errno == code and kind.message != "UNKNOWN" else f"error {code}"
    return Refusal(name, text or kind.description or "refused")
