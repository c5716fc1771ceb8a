# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of listeners that no lab has: hung, closed, and no Kafka at all. The real ones are asked in tests/faults."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.listener import probe_listener, split_address


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    servers: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def accept() -> None:
            while True:
                try:
                    connection, _peer = server.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


def test_a_closed_port_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    assert probe_listener(address).protocol == "down"


def test_a_server_that_never_answers_is_silent(serve: Callable) -> None:
    released = threading.Event()
    assert probe_listener(serve(lambda connection: released.wait(5)), timeout=0.2).protocol == "silent"
    released.set()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x00\x00\x00\x0aabcdefghij"])
def test_another_protocol_is_no_kafka(serve: Callable, answer: bytes) -> None:
    assert probe_listener(serve(lambda connection: (connection.recv(100), connection.sendall(answer))), timeout=1).protocol == "not kafka"


@pytest.mark.parametrize(("address", "pair"), [("a:1", ("a", 1)), ("[::1]:9092", ("::1", 9092)), ("SSL://b-1.example.com:9094", ("b-1.example.com", 9094))])
def test_addresses(address: str, pair: tuple[str, int]) -> None:
    assert split_address(address) == pair


@pytest.mark.parametrize("address", ["", "host", ":9092", "host:", "host:0", "host:70000", "host:x"])
def test_wrong_addresses(address: str) -> None:
    with pytest.raises(ValueError):
        split_address(address)
