# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A million Redis keys in seconds: the inline form of the protocol, node by node, thousands of commands a write."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from itertools import islice

import redis
from databases import Endpoint
from redis.crc import key_slot

_CHUNK = 5000
_OK = b"+OK\r\n"


def primaries(server: Endpoint) -> dict[tuple[str, int], range]:
    """The address of each primary and its slots; of a single server, that one with all of them."""
    with redis.Redis(server.host, server.port, username=server.user, password=server.password) as node:
        try:
            slots = node.execute_command("CLUSTER", "SLOTS")
        except redis.ResponseError:
            return {(server.host, server.port): range(16384)}
    return {(primary[0].decode(), int(primary[1])): range(first, last + 1) for first, last, primary, *_rest in slots}


def fill(server: Endpoint, prefix: str, keys: int) -> None:
    """The keys ``prefix:0`` and so on, each on the node of its slot."""
    nodes = primaries(server)
    by_node: dict[tuple[str, int], list[bytes]] = {address: [] for address in nodes}
    owner = {slot: by_node[address] for address, slots in nodes.items() for slot in slots}
    for number in range(keys):
        key = f"{prefix}:{number}".encode()
        owner[key_slot(key)].append(b"SET %b x\r\n" % key)
    for address, commands in by_node.items():
        _sent(address, server, commands)


def count(server: Endpoint, prefix: str) -> int:
    """How many keys begin with this, seen past our code."""
    total = 0
    for host, port in primaries(server):
        with redis.Redis(host, port, username=server.user, password=server.password) as node:
            total += sum(1 for _key in node.scan_iter(f"{prefix}:*", count=5000))
    return total


def _sent(address: tuple[str, int], server: Endpoint, commands: Iterable[bytes]) -> None:
    with socket.create_connection(address, timeout=60) as line:
        _told(line, [f"AUTH {server.user} {server.password}\r\n".encode()] if server.password else [])
        for chunk in _chunks(commands):
            _told(line, chunk)


def _told(line: socket.socket, commands: list[bytes]) -> None:
    line.sendall(b"".join(commands))
    left = len(_OK) * len(commands)
    while left:
        answer = line.recv(1 << 16)
        assert answer and answer.lstrip(b"+OK\r\n") == b"", answer[:200]
        left -= len(answer)


def _chunks(commands: Iterable[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(commands)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
