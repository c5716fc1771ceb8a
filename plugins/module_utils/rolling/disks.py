# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the brokers' disks have room, as far as brokers tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import OperationError
from ..kafka.connection import Connection
from ..kafka.second_client import LogDir, SecondClient
from ..module import LibraryMissing
from .observation import Observation

# A broker that comes back first copies what it missed; with less room than this it would be close to its end without an upgrade.
_LEAST_FREE = 0.05


@dataclass(frozen=True)
class Disks:
    """What was found out about the disks."""

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


def disks_of(connection: Connection, seen: Observation) -> Disks:
    """Ask every broker for its log directories."""
    try:
        with SecondClient(connection) as second:
            return judged(second.describe_log_dirs(), seen)
    except LibraryMissing:
        return Disks(not_checked=("disks: the Python library kafka-python 3.0 or newer is not installed",))
    except OperationError as error:
        return Disks(not_checked=(f"disks: {error}",))


def judged(directories: Iterable[LogDir], seen: Observation) -> Disks:
    """What the directories say."""
    problems: list[str] = []
    remarks: list[str] = []
    not_checked: list[str] = []
    for each in directories:
        where = f"disk of broker {each.broker}, {each.path}"
        if each.problem:
            problems.append(f"{where}: {each.problem}")
        elif each.usable_bytes is None or not each.total_bytes:
            state = seen.brokers.get(each.broker)
            not_checked.append(f"{where}: Kafka {state.release if state else ''} does not tell its size (3.3 or newer does)")
        else:
            free = each.usable_bytes / each.total_bytes
            text = f"{where}: {each.usable_bytes / 2**30:.1f} of {each.total_bytes / 2**30:.1f} GiB are free"
            (problems if free < _LEAST_FREE else remarks).append(text)
    return Disks(tuple(problems), tuple(remarks), tuple(not_checked))
