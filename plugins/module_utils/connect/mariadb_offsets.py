# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets of a MariaDB source that MySqlConnector has written, for MariaDbConnector. Pure: no request is made here.

Seen with Debezium 1.9.8 and 3.5 on MariaDB 10.11: MySqlConnector notes file and position and, in the middle of a transaction, how many
events and rows of it to skip. MariaDbConnector goes by GTID only. Without one its task fails (``this.gtidSet is null``). With one and
the numbers to skip, which count other events there, it skips rows of the *next* transaction, silently: they are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SKIPS = ("event", "row")


@dataclass(frozen=True)
class Conversion:
    """What an offset becomes. ``repeats``: its last transaction is sent again, because it may not have been read to its end."""

    partition: Mapping[str, object]
    before: Mapping[str, object]
    after: Mapping[str, object]
    repeats: bool

    def as_result(self) -> dict[str, object]:
        return {"partition": dict(self.partition), "before": dict(self.before), "after": dict(self.after), "repeats_transaction": self.repeats}


def needs_gtid(offset: Mapping[str, object]) -> bool:
    """Whether MariaDbConnector cannot go on from it."""
    return bool(offset.get("file")) and not offset.get("gtids")


def place(offset: Mapping[str, object]) -> tuple[str, int]:
    """File and position where reading goes on: the beginning of a transaction."""
    return str(offset["file"]), int(str(offset["pos"]))


def converted(partition: Mapping[str, object], offset: Mapping[str, object], gtids: str) -> Conversion:
    """The same place by GTID.

    :param gtids: what the server's ``BINLOG_GTID_POS(file, position)`` says: all that is before this place.
    """
    after = {key: value for key, value in offset.items() if key not in _SKIPS}
    return Conversion(partition, offset, {**after, "gtids": gtids}, any(offset.get(key) for key in _SKIPS))


def needs_position(offset: Mapping[str, object]) -> bool:
    """Whether MySqlConnector cannot go on from it: it would look for MySQL's GTIDs."""
    return bool(offset.get("file")) and bool(offset.get("gtids"))


def back_to_position(partition: Mapping[str, object], offset: Mapping[str, object]) -> Conversion:
    """The same place by file and position, for MySqlConnector."""
    after = {key: value for key, value in offset.items() if key not in (*_SKIPS, "gtids")}
    return Conversion(partition, offset, after, any(offset.get(key) for key in _SKIPS))
