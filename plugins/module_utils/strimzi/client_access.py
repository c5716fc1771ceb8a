# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client of a Strimzi cluster needs: the address of a listener, whom to trust, and who logs in. Read from the Kubernetes API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..certificates.pem import Certificate, certificates_in
from ..errors import InputError, OperationError
from ..kubernetes.client import NotThere
from .client import StrimziClient
from .kafka_resource import bootstrap
from .resources import KAFKA, Resource, choose_version, conditions_text, name_of

SCRAM, TLS = "scram-sha-512", "tls"
_SCRAM_KEYS, _TLS_KEYS = ("password",), ("user.crt", "user.key")


@dataclass(frozen=True)
class Listener:
    """One listener, as a client sees it. ``authentication``: ``scram-sha-512``, ``tls``, ``oauth``, ``custom``, or empty.

    :param certificates: PEM of the chain that its brokers show, when that is not issued by the cluster's own CA.
    """

    name: str
    tls: bool
    authentication: str
    bootstrap: str
    certificates: str = ""


@dataclass(frozen=True)
class Login:
    """Who logs in: with a password, or with a certificate and its key."""

    username: str = ""
    password: str = field(default="", repr=False)
    chain: tuple[Certificate, ...] = ()
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Access:
    """All of it."""

    bootstrap: str
    tls: bool
    trusted: tuple[Certificate, ...] = ()
    login: Login = field(default_factory=Login)
    listener: str = ""

    @property
    def protocol(self) -> str:
        wire = "ssl" if self.tls else "plaintext"
        return f"sasl_{wire}" if self.login.password else wire

    @property
    def mechanism(self) -> str:
        return SCRAM if self.login.password else ""


def listener_of(kafka: Resource, wanted: str | None) -> Listener:
    """The listener of this name, or the only one.

    :raises InputError: when it is not there, or it is not said which.
    """
    spec = {str(each["name"]): each for each in ((kafka.get("spec") or {}).get("kafka") or {}).get("listeners") or []}
    status = {str(each.get("name") or each.get("type")): each for each in (kafka.get("status") or {}).get("listeners") or []}
    there = ", ".join(f"{name} ({_words(each)})" for name, each in spec.items()) or "none"
    if wanted is None and len(spec) != 1:
        raise InputError([f"listener: cluster {name_of(kafka)} has several, and it is not said which is meant: {there}"])
    if wanted is not None and wanted not in spec:
        raise InputError([f"listener: cluster {name_of(kafka)} has no listener {wanted}, it has {there}"])
    name = wanted or next(iter(spec))
    own = ((spec[name].get("configuration") or {}).get("brokerCertChainAndKey")) is not None
    seen = status.get(name, {})
    chain = "\n".join(seen.get("certificates") or []) if own else ""
    return Listener(name, bool(spec[name].get("tls")), _authentication(spec[name]), bootstrap(seen) or "", chain)


def _authentication(listener: Mapping[str, Any]) -> str:
    given = listener.get("authentication") or {}
    if given.get("type") == "custom" and not given.get("sasl"):
        return TLS if (given.get("listenerConfig") or {}).get("ssl.client.auth") == "required" else ""
    return str(given.get("type") or "")


def _words(listener: Mapping[str, Any]) -> str:
    return f"{'TLS' if listener.get('tls') else 'no TLS'}, {_authentication(listener) or 'no login'}"


class AccessReader:
    """Reads it from one cluster."""

    def __init__(self, client: StrimziClient, cluster: str, api_version: str | None) -> None:
        self._client = client
        self._cluster = cluster
        version = choose_version(KAFKA, client.served(), api_version)
        self.kafka = client.resource(KAFKA, version, cluster)

    def authorities(self, listener: Listener) -> list[Certificate]:
        """Whom clients of this listener have to trust: the CA of the cluster, with those before it as long as Strimzi keeps them."""
        if listener.certificates:
            return certificates_in(listener.certificates.encode(), f"the status of listener {listener.name}")
        name = f"{self._cluster}-cluster-ca-cert"
        content = self._secret(name, "its cluster operator writes it when it sets the cluster up")
        texts = [self._value(name, content, key) for key in sorted(content, key=lambda key: (key != "ca.crt", key)) if key.endswith(".crt")]
        if not texts:
            self._value(name, content, "ca.crt")
        return certificates_in(b"\n".join(texts), f"Secret {self._client.namespace}/{name}")

    def login(self, user: str, authentication: str) -> Login:
        """The login of a KafkaUser, by the listener's kind of authentication; where that does not tell, by what its Secret holds."""
        prefix = (((self.kafka.get("spec") or {}).get("entityOperator") or {}).get("userOperator") or {}).get("secretPrefix") or ""
        name = f"{prefix}{user}"
        content = self._secret(name, "the user operator writes it for a KafkaUser that is Ready")
        if authentication == TLS or (authentication != SCRAM and "user.key" in content):
            where = f"Secret {self._client.namespace}/{name}"
            certificate, key = (self._value(name, content, each) for each in _TLS_KEYS)
            return Login(user, chain=tuple(certificates_in(certificate, where)), key=key)
        return Login(user, self._value(name, content, _SCRAM_KEYS[0]).decode())

    def not_ready(self) -> str:
        """The operator's words on why there is no address yet."""
        return conditions_text((self.kafka.get("status") or {}).get("conditions") or [])

    def _secret(self, name: str, who_writes_it: str) -> Mapping[str, str]:
        try:
            return self._client.cluster.secret(self._client.namespace, name)
        except NotThere:
            raise NotThere("read the Secret", f"{self._client.namespace}/{name}", f"there is none; {who_writes_it}") from None

    def _value(self, name: str, content: Mapping[str, str], key: str) -> bytes:
        where = f"{self._client.namespace}/{name}"
        if key not in content:
            raise OperationError("read the Secret", where, f"it has no key {key}, it has {', '.join(sorted(content)) or 'none'}")
        try:
            return base64.b64decode(content[key], validate=True)
        except binascii.Error as error:
            raise OperationError("read the Secret", where, f"the value of {key} is not in base64") from error
