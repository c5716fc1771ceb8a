# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether names resolve and addresses answer, before anybody logs in."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .kafka.listener import split_address

_AT_ONCE = 16


@dataclass(frozen=True)
class Endpoint:
    """One address: where its name leads, and which of these answered. ``problem`` says what is wrong, empty when nothing is."""

    address: str
    resolved: tuple[str, ...] = ()
    answering: tuple[str, ...] = ()
    seconds: float | None = None
    problem: str = ""

    def as_result(self) -> dict[str, Any]:
        return {"address": self.address, "resolved": list(self.resolved), "answering": list(self.answering), "seconds": self.seconds,
                "state": "failed" if self.problem else "verified", "reason": self.problem}  # fmt: skip


def look_at_all(addresses: Sequence[str], connect: bool, timeout: float) -> list[Endpoint]:
    """Every address, all at the same time."""
    if not addresses:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(addresses))) as pool:
        return list(pool.map(lambda address: look_at(address, connect, timeout), addresses))


def look_at(address: str, connect: bool, timeout: float) -> Endpoint:
    """Where one address leads, and with ``connect`` whether somebody answers there (TCP, within ``timeout`` seconds each)."""
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        why = error.strerror if isinstance(error, socket.gaierror) else str(error)
        return Endpoint(address, problem=f"the name {host} does not resolve ({why})")
    numbers = tuple(dict.fromkeys(str(place[0]) for _family, _kind, _protocol, _name, place in found))
    if not connect:
        return Endpoint(address, numbers)
    answering, refusals, began = [], [], time.monotonic()
    for number in numbers:
        why = _refusal(number, port, timeout)
        if why:
            refusals.append(why if _is_number(host) else f"{why} at {number}")
        else:
            answering.append(number)
    seconds = round(time.monotonic() - began, 3)
    # Clients try one after the other: localhost is ::1 and 127.0.0.1, and a server at one of them is enough.
    problem = "" if answering else f"nothing answers at {address} ({', '.join(refusals)})"
    return Endpoint(address, numbers, tuple(answering), seconds, problem)


def _refusal(number: str, port: int, timeout: float) -> str:
    """Why nobody can be reached there, empty when somebody can."""
    try:
        with socket.create_connection((number, port), timeout):
            return ""
    except TimeoutError:
        return f"no answer within {timeout:g} s, a firewall may drop the packets"
    except OSError as error:
        return error.strerror or str(error)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Skew:
    """How far this host's clock is ahead of a server's, in seconds: somewhere between ``least`` and ``most``."""

    least: float
    most: float

    @property
    def middle(self) -> float:
        return (self.least + self.most) / 2

    @property
    def uncertainty(self) -> float:
        return (self.most - self.least) / 2

    def state(self, maximum: float) -> str:
        """``verified`` when it is surely within ``maximum``, ``failed`` when it surely is not, ``not_checked`` when that cannot be told."""
        if -maximum <= self.least and self.most <= maximum:
            return "verified"
        return "failed" if self.least > maximum or self.most < -maximum else "not_checked"

    def __str__(self) -> str:
        return f"this host's clock is {abs(self.middle):.1f} s {'ahead' if self.middle > 0 else 'behind'} (give or take {self.uncertainty:.1f} s)"


def skew_of(sent: float, received: float, stamp: float) -> Skew:
    """The skew against a server that stamped its answer, in whole seconds, between these two moments of our clock."""
    return Skew(sent - (stamp + 1), received - stamp)
