# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of listener answers at an address, asked in Kafka's own protocol before any login.

Clients report a SASL login sent to a plain listener, a plain client at a SASL listener and TLS mixed up all as
"brokers are down". A SaslHandshake request (https://kafka.apache.org/protocol#The_Messages_SaslHandshake) tells them
apart: a plain listener answers ILLEGAL_SASL_STATE, a SASL listener refuses the made-up mechanism and lists its own.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_SASL_HANDSHAKE, _CORRELATION = 17, 7
_ILLEGAL_SASL_STATE = 34
_LONGEST_ANSWER = 65536


@dataclass(frozen=True)
class Listener:
    """What answered at ``address``: a security protocol, ``down``, ``silent`` or ``not kafka``."""

    address: str
    protocol: str
    mechanisms: tuple[str, ...] = ()
    detail: str = ""

    @property
    def is_kafka(self) -> bool:
        return self.protocol in ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")

    def __str__(self) -> str:
        if self.protocol == "down":
            return f"nothing listens at {self.address} ({self.detail})"
        if self.protocol == "silent":
            return f"{self.address} accepts connections but does not answer ({self.detail})"
        if not self.is_kafka:
            return f"{self.address} is no Kafka listener"
        mechanisms = f" with {', '.join(self.mechanisms)}" if self.mechanisms else ""
        return f"{self.address} is a {self.protocol} listener{mechanisms}"


def split_address(address: str) -> tuple[str, int]:
    """``host:port``, ``[::1]:port`` or ``SSL://host:port`` as a pair.

    :raises ValueError: when there is no port, or it is none.
    """
    host, separator, port = address.split("://")[-1].rpartition(":")
    if not separator or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"'{address}' is no address of the form host:port")
    return host.strip("[]"), int(port)


def address_problems(addresses: Sequence[str]) -> list[str]:
    """What is wrong with ``bootstrap_servers``, in words."""
    problems = []
    for address in addresses:
        try:
            split_address(address)
        except ValueError as error:
            problems.append(str(error))
    return problems if addresses else ["bootstrap_servers is empty"]


def probe_listener(address: str, timeout: float = 3.0) -> Listener:
    """Ask ``address`` what it is; takes at most about three times ``timeout`` seconds and sends no credentials."""
    host, port = split_address(address)
    try:
        with socket.create_connection((host, port), timeout) as connection:
            plain = _handshake(connection)
    except (ConnectionResetError, BrokenPipeError):
        plain = None  # the listener hung up on what it could not read: TLS does that
    except TimeoutError:
        return Listener(address, "silent", detail=f"no answer within {timeout:.0f} s")
    except OSError as error:
        return Listener(address, "down", detail=error.strerror or str(error))
    if plain is not None:
        return _classified(address, plain, "plaintext")
    return _probe_tls(address, host, port, timeout)


def _probe_tls(address: str, host: str, port: int, timeout: float) -> Listener:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only the kind of listener is asked for; nothing secret is sent
    try:
        with socket.create_connection((host, port), timeout) as raw, context.wrap_socket(raw, server_hostname=host) as connection:
            answer = _handshake(connection)
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):  # it speaks TLS and wants, for example, a client certificate
            return Listener(address, "ssl", detail=str(error.reason))
        return Listener(address, "not kafka")
    except OSError:
        return Listener(address, "not kafka")
    if answer is None:  # TLS 1.3 reports a missing client certificate only now, by hanging up
        return Listener(address, "ssl", detail="it hung up after the TLS handshake, it may want a client certificate")
    return _classified(address, answer, "ssl")


def _handshake(connection: socket.socket) -> tuple[int, tuple[str, ...]] | None:
    """Send SaslHandshake v1 with a mechanism that nobody has; the error code and the mechanisms, None if hung up."""
    mechanism = b"STREAMOPS-PROBE"
    body = struct.pack(">hhih", _SASL_HANDSHAKE, 1, _CORRELATION, -1) + struct.pack(">h", len(mechanism)) + mechanism
    connection.sendall(struct.pack(">i", len(body)) + body)
    head = _read(connection, 4)
    if len(head) < 4:
        return None
    size = struct.unpack(">i", head)[0]
    if not 10 <= size <= _LONGEST_ANSWER:
        return None
    answer = _read(connection, size)
    if len(answer) < size or struct.unpack_from(">i", answer)[0] != _CORRELATION:
        return None
    try:
        return _mechanisms(answer)
    except struct.error:
        return None


def _mechanisms(answer: bytes) -> tuple[int, tuple[str, ...]]:
    code, count = struct.unpack_from(">hi", answer, 4)
    mechanisms, offset = [], 10
    for _item in range(count):
        length = struct.unpack_from(">h", answer, offset)[0]
        mechanisms.append(answer[offset + 2:offset + 2 + length].decode("utf-8", "replace"))
        offset += 2 + length
    return code, tuple(mechanisms)


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            break
        data += part
    return data


def _classified(address: str, answer: tuple[int, tuple[str, ...]], transport: str) -> Listener:
    code, mechanisms = answer
    if code == _ILLEGAL_SASL_STATE:
        return Listener(address, transport)
    return Listener(address, "sasl_plaintext" if transport == "plaintext" else "sasl_ssl", mechanisms)
