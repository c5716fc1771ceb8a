# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ZooKeeper says of itself through its four-letter words (https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_4lw)."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..kafka.listener import split_address

_VERSION = re.compile(r"Zookeeper version: (\d+\.\d+\.\d+)")
_MODE = re.compile(r"^Mode: (\w+)", re.MULTILINE)
_MOST_BYTES = 65536


@dataclass(frozen=True)
class ZooKeeper:
    """One server. ``mode`` is standalone, leader or follower (or observer); ``problem`` why it is not known."""

    address: str
    version: str = ""
    mode: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Quorum:
    """The servers that were asked."""

    servers: tuple[ZooKeeper, ...]

    def problems(self) -> list[str]:
        """What is wrong with the quorum."""
        found = [f"ZooKeeper {server.address}: {server.problem}" for server in self.servers if server.problem]
        modes = [server.mode for server in self.servers if not server.problem]
        if len(self.servers) > 1 and modes.count("leader") != 1:
            found.append(f"ZooKeeper has {modes.count('leader')} leaders among {len(self.servers)} servers ({', '.join(modes) or 'none answers'})")
        return found

    def remarks(self, wanted: str) -> list[str]:
        """What is good to know, such as a version that is not the one of the target."""
        versions = sorted({server.version for server in self.servers if server.version})
        differs = f", the target is built with {wanted}" if wanted and versions != [wanted] else ""
        found = [f"ZooKeeper is {', '.join(versions)}{differs}"] if versions else []
        if len(self.servers) == 1:
            found.append("ZooKeeper is one server: when it restarts, no leader can change for as long")
        return found

    def older_than(self, wanted: str) -> list[str]:
        """Addresses of servers that are older than ``wanted``."""
        return [server.address for server in self.servers if wanted and server.version and _line(server.version) < _line(wanted)]

    def left(self, wanted: str) -> list[str]:
        """The same, in the order in which they are to be restarted: the leader last, so that it changes once."""
        leaders = {server.address for server in self.servers if server.mode == "leader"}
        return sorted(self.older_than(wanted), key=lambda address: address in leaders)

    def holds_up(self, restarted: str, wanted: str) -> list[str]:
        """What is not yet as it must be. A server that was just restarted must have come to the version."""
        return self.problems() + [f"ZooKeeper {address} is still older than {wanted}" for address in self.older_than(wanted) if address == restarted]


def ask_quorum(addresses: Iterable[str], timeout: float = 5.0) -> Quorum:
    """Ask all servers at the same time."""
    addresses = list(addresses)
    with ThreadPoolExecutor(max_workers=max(len(addresses), 1)) as pool:
        return Quorum(tuple(pool.map(lambda address: ask_server(address, timeout), addresses)))


def ask_server(address: str, timeout: float = 5.0) -> ZooKeeper:
    """One server's answer to ``srvr``."""
    try:
        answer = _four_letters(address, b"srvr", timeout)
    except (OSError, ValueError) as error:
        return ZooKeeper(address, problem=f"does not answer: {getattr(error, 'strerror', None) or error}")
    return read_answer(address, answer)


def read_answer(address: str, answer: str) -> ZooKeeper:
    """What an answer to ``srvr`` says."""
    if "not in the whitelist" in answer:
        return ZooKeeper(address, problem="does not allow srvr: add it to 4lw.commands.whitelist")
    version, mode = _VERSION.search(answer), _MODE.search(answer)
    if version is None or mode is None:
        first = answer.strip().splitlines()[0] if answer.strip() else "nothing"
        return ZooKeeper(address, version[1] if version else "", problem=f"serves nobody, its answer to srvr is: {first}")
    return ZooKeeper(address, version[1], mode[1])


def _four_letters(address: str, word: bytes, timeout: float) -> str:
    with socket.create_connection(split_address(address), timeout) as connection:
        connection.sendall(word)
        answer = b""
        while len(answer) < _MOST_BYTES:
            part = connection.recv(4096)
            if not part:
                break
            answer += part
    return answer.decode("utf-8", "replace")


def _line(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
