# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request to one broker, against small servers of its own: what the lab's brokers answer is in tests/faults/test_kafka_info.py."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.api_versions import ApiVersions, api_name, decoded, read_api_versions
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import Connection

CORRELATION = 11


def answer_of(*ranges: tuple[int, int, int], code: int = 0, correlation: int = CORRELATION) -> bytes:
    return struct.pack(">ihi", correlation, code, len(ranges)) + b"".join(struct.pack(">hhh", *entry) for entry in ranges)


@contextmanager
def server(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Listens for one client and gives it ``answer`` as one frame, or hangs up when there is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve() -> None:
            connection, _address = listener.accept()
            try:
                with (context.wrap_socket(connection, server_side=True) if context else connection) as client:
                    client.recv(4096)
                    if answer:
                        client.sendall(struct.pack(">i", len(answer)) + answer)
            except OSError:
                pass  # the client refused our certificate

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test broker")])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1)).not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "broker.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


def connection(protocol: str = "plaintext", **config: object) -> Connection:
    return Connection({"bootstrap.servers": "127.0.0.1:1", "security.protocol": protocol, **config}, 5)


def test_versions_are_told_by_the_name_of_the_request() -> None:
    with server(answer_of((18, 0, 4), (1, 4, 16))) as address:
        told = read_api_versions(address, connection())
    assert told.as_result() == {"newest": "ApiVersions", "apis": {"Fetch": {"min": 4, "max": 16}, "ApiVersions": {"min": 0, "max": 4}}}


def test_requests_that_are_younger_than_this_collection_have_a_number() -> None:
    assert (api_name(0), api_name(74), api_name(92), api_name(20_000)) == ("Produce", "ListConfigResources", "DeleteShareGroupOffsets", "Api20000")


def test_a_broker_that_tells_nothing_has_no_newest_request() -> None:
    assert ApiVersions().newest == ""


@pytest.mark.parametrize("protocol", ["ssl", "sasl_ssl"])
def test_a_tls_listener_is_asked_over_tls(certificate: Path, protocol: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with server(answer_of((0, 3, 13)), context) as address:
        told = read_api_versions(address, connection(protocol, **{"ssl.ca.location": str(certificate)}))
    assert told.ranges == {"Produce": (3, 13)}


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with server(answer_of((0, 3, 13)), context) as address, pytest.raises(OperationError, match="CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
        read_api_versions(address, connection("ssl"))


def test_certificates_that_cannot_be_read_are_named() -> None:
    with server(b"") as address:
        with pytest.raises(OperationError, match="read the certificates on /nowhere/ca.pem"):
            read_api_versions(address, connection("ssl", **{"ssl.ca.location": "/nowhere/ca.pem"}))
        socket.create_connection(("127.0.0.1", int(address.split(":")[1]))).close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b"", "hung up"), (b"HTTP/1.1 400 Bad Request\r\n", "not that of a Kafka broker"), (answer_of(code=35), "error 35"),
     (answer_of(correlation=1), "not that of a Kafka broker"), (answer_of((0, 0, 0))[:-2], "not that of a Kafka broker")],
)
def test_whatever_else_answers_is_an_error_that_names_the_address(answer: bytes, said: str) -> None:
    with server(answer) as address, pytest.raises(OperationError, match=said) as refused:
        read_api_versions(address, connection())
    assert address in str(refused.value)


def test_a_closed_port_is_an_error_that_names_the_address() -> None:
    with server(b"") as address:
        socket.create_connection(("127.0.0.1", int(address.split(":")[1]))).close()
    with pytest.raises(OperationError, match=f"read the API versions on {address}: Connection refused"):
        read_api_versions(address, connection())


def test_an_answer_is_decoded_by_key() -> None:
    assert decoded(answer_of((3, 0, 13), (0, 0, 12))) == {3: (0, 13), 0: (0, 12)}
