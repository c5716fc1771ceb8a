# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas of users, through kafka-python: confluent-kafka has no requests for them. kafka-python has the messages, but no method that sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest

from .loop import OperatorError

SECONDS = 20
USER = "user"
KEYS = {
    "producerByteRate": "producer_byte_rate",
    "consumerByteRate": "consumer_byte_rate",
    "requestPercentage": "request_percentage",
    "controllerMutationRate": "controller_mutation_rate",
}
Limits = dict[str, float]


def limits_of(spec: Mapping[str, Any]) -> Limits:
    """The quotas of a KafkaUser, in Kafka's words."""
    return {KEYS[key]: float(value) for key, value in (spec.get("quotas") or {}).items() if key in KEYS and value is not None}


class Quotas:
    def __init__(self, settings: Mapping[str, str]) -> None:
        """`settings`: those of librdkafka for the same connection."""
        self._options = {
            "bootstrap_servers": settings["bootstrap.servers"],
            "security_protocol": settings["security.protocol"],
            "sasl_mechanism": settings["sasl.mechanism"],
            "sasl_plain_username": settings["sasl.username"],
            "sasl_plain_password": settings["sasl.password"],
            "request_timeout_ms": SECONDS * 1000,
        }
        self._admin: Any = None

    def read(self) -> dict[str, Limits]:
        """By user. Those of a user together with a client id are nobody's here."""
        answer = self._ask(DescribeClientQuotasRequest(components=[], strict=False))
        found = {}
        for entry in answer.entries or []:
            if [each.entity_type for each in entry.entity] == [USER] and entry.entity[0].entity_name is not None:
                found[str(entry.entity[0].entity_name)] = {value.key: float(value.value) for value in entry.values}
        return found

    def write(self, wanted: Mapping[str, Limits]) -> None:
        """Exactly these limits for these users; nothing is sent for what is so already."""
        current = self.read()
        entry = AlterClientQuotasRequest.EntryData
        entries = []
        for user, limits in wanted.items():
            there = current.get(user, {})
            changes = [entry.OpData(key=key, value=value, remove=False) for key, value in limits.items() if there.get(key) != value]
            changes += [entry.OpData(key=key, value=0.0, remove=True) for key in there if key not in limits]
            if changes:
                entries.append(entry(entity=[entry.EntityData(entity_type=USER, entity_name=user)], ops=changes))
        if entries:
            answer = self._ask(AlterClientQuotasRequest(entries=entries, validate_only=False))
            refused = [str(result.error_message or result.error_code) for result in answer.entries if result.error_code]
            if refused:
                raise OperatorError("; ".join(refused))

    def _ask(self, request: Any) -> Any:
        try:
            if self._admin is None:
                self._admin = KafkaAdminClient(**self._options)
            manager = self._admin._manager

            async def ask() -> Any:
                return await manager.send(request, node_id=None)

            return manager.run(ask)
        except (KafkaError, OSError) as error:
            self._admin = None
            raise OperatorError(str(error)) from error
