# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which listener is meant, what is written for it, and what of an endpoint's certificates is trusted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.certificates.endpoint import fingerprint, to_trust, unknown
from ansible_collections.streamops.kafka.plugins.module_utils.certificates.pem import Certificate
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_access import Access, Login, listener_of
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_files import Stores, java_properties, librdkafka_properties, needed, texts

SCRAM = Access("broker:9094", True, (), Login("anna", 'a"b\\c'))
STORES = Stores("pkcs12", "of-the-store")


def kafka(*listeners: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "experiment"}, "spec": {"kafka": {"listeners": list(listeners)}}, "status": status}


def certificate(subject: str, issuer: str, is_authority: bool) -> Certificate:
    return Certificate(b"", subject, issuer, f"AA:{len(subject):02X}", "2030-01-01T00:00:00Z", is_authority)


def test_the_only_listener_is_meant_and_of_several_one_must_be_named() -> None:
    one = {"name": "scram", "port": 9094, "type": "internal", "tls": False, "authentication": {"type": "scram-sha-512"}}
    found = listener_of(kafka(one, listeners=[{"name": "scram", "addresses": [{"host": "broker", "port": 9094}]}]), None)
    assert (found.name, found.tls, found.authentication, found.bootstrap) == ("scram", False, "scram-sha-512", "broker:9094")
    with pytest.raises(InputError, match=r"not said which is meant: scram \(no TLS, scram-sha-512\), plain \(no TLS, no login\)"):
        listener_of(kafka(one, {"name": "plain", "tls": False}), None)


def test_a_certificate_of_its_own_is_taken_from_the_status() -> None:
    own = {"name": "route", "tls": True, "configuration": {"brokerCertChainAndKey": {"secretName": "x"}}}
    assert listener_of(kafka(own, listeners=[{"name": "route", "certificates": ["A", "B"]}]), "route").certificates == "A\nB"
    assert listener_of(kafka({"name": "route", "tls": True}, listeners=[{"name": "route", "certificates": ["A"]}]), "route").certificates == ""


@pytest.mark.parametrize("given, expected", [
    ({"type": "custom", "sasl": True}, "custom"),
    ({"type": "custom", "sasl": False, "listenerConfig": {"ssl.client.auth": "required"}}, "tls"),
    ({"type": "custom", "sasl": False}, ""),
    (None, ""),
])  # fmt: skip
def test_authentication_of_a_custom_listener(given: Any, expected: str) -> None:
    assert listener_of(kafka({"name": "x", "tls": True, "authentication": given}), "x").authentication == expected


def test_a_configuration_brings_what_it_refers_to() -> None:
    assert needed(["java"], SCRAM) == ["truststore", "java"]
    assert needed(["kcat"], Access("b:1", True, (), Login("anna", key=b"k"))) == ["ca", "user", "kcat"]
    assert needed(["java", "librdkafka"], Access("b:1", False)) == ["java", "librdkafka"]


def test_passwords_with_quotes_are_written_as_java_and_librdkafka_read_them() -> None:
    java = java_properties(SCRAM, STORES, "/client")
    assert java["sasl.jaas.config"].endswith(r'''username="anna" password="a\"b\\c";''') and java["security.protocol"] == "SASL_SSL"
    assert librdkafka_properties(SCRAM, "/client")["sasl.password"] == 'a"b\\c'
    with pytest.raises(OperationError, match="begins or ends with a blank"):
        texts(["kcat"], Access("b:1", False, (), Login("anna", " secret")), STORES, "/client")


def test_authorities_are_trusted_rather_than_the_servers_own_certificate() -> None:
    server, middle, root = certificate("CN=b", "CN=middle", False), certificate("CN=middle", "CN=root", True), certificate("CN=root", "CN=root", True)
    assert to_trust([server, middle, root]) == [middle, root] and to_trust([server]) == [server] and to_trust([]) == []


def test_fingerprints_are_the_same_however_they_are_written() -> None:
    assert fingerprint("sha256 Fingerprint=aa:0f") == fingerprint("AA0F") == "AA:0F"
    one = certificate("CN=b", "CN=b", True)
    assert unknown([one], ["aa04"]) == [] and unknown([one], ["aa05"]) == [one]
