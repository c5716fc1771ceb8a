# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab asks a Kafka cluster, through confluent-kafka."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from lab import ports

REQUEST_SECONDS = 4
SCRAM_ITERATIONS = 4096

_silent = logging.getLogger("lab.librdkafka")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@dataclass(frozen=True)
class Login:
    """Where and as whom; without a user it is the listener that asks for no login."""

    addresses: str
    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: str = ""

    def client(self) -> AdminClient:
        """To be closed by ``with``. One that is left to the garbage collector may be destroyed by a thread of librdkafka's own, which
        ends the process (confluent-kafka-python, pull requests 2129 and 2131)."""
        settings: dict[str, Any] = {
            "bootstrap.servers": self.addresses,
            "socket.timeout.ms": REQUEST_SECONDS * 1000,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 500,
            "logger": _silent,
        }
        if self.user:
            settings |= {
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.user,
                "sasl.password": self.password,
            }
        return AdminClient(settings)


def refusal(login: Login, brokers: int) -> str | None:
    """None when the cluster answers this login with so many brokers, otherwise what it did instead."""
    closed = [address for address in login.addresses.split(",") if not ports.is_open(int(address.rpartition(":")[2]))]
    if closed:
        return f"{', '.join(closed)} not open"
    try:
        with login.client() as client:
            seen = len(client.list_topics(timeout=REQUEST_SECONDS).brokers)
    except KafkaException as error:
        return f"{login.addresses} as {login.user or 'anonymous'}: {_reason(error)}"
    return None if seen == brokers else f"{seen} of {brokers} brokers registered"


def set_scram_password(login: Login, user: str, secret: str) -> str | None:
    """None when it is set, otherwise what the cluster said."""
    wanted = UserScramCredentialUpsertion(
        user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS), secret.encode()
    )
    try:
        with login.client() as client:
            client.alter_user_scram_credentials([wanted], request_timeout=REQUEST_SECONDS)[user].result()
    except KafkaException as error:
        return _reason(error)
    return None


def _reason(error: KafkaException) -> str:
    reason = error.args[0]
    return str(reason.str() if isinstance(reason, KafkaError) else reason)
