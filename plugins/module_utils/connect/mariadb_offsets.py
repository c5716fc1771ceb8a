# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets of a MariaDB source that MySqlConnector has written, for MariaDbConnector, and back. Pure: no request is made here.

Seen with Debezium 1.9.8 and 3.5 on MariaDB 10.11: MySqlConnector notes file and position and, in the middle of a transaction, how many
events of it (``event``) and how many rows of the next one (``row``) are sent. MariaDbConnector goes by GTID; without one its task fails
(``this.gtidSet is null``). Both count the events from the transaction's first one, but not the same ones: MariaDB sends the statement's text
(``Annotate_rows``) to a client of MySQL as an empty event, and leaves it out for MariaDbConnector. With the number as it was that one skips
an event too many, and then rows of the *next* transaction, silently: they are lost. So the number is counted anew on the server's own list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ANNOTATION = "Annotate_rows"
_SKIPS = ("event", "row")
# What begins a transaction, and what ends it, in SHOW BINLOG EVENTS.
_BEGIN, _ENDS = "Gtid", ("Gtid", "Xid")


@dataclass(frozen=True)
class Conversion:
    """What an offset becomes. ``repeats``: its last transaction is sent again, because how much of it was sent is not carried over."""

    partition: Mapping[str, object]
    before: Mapping[str, object]
    after: Mapping[str, object]
    repeats: bool

    def as_result(self) -> dict[str, object]:
        return {"partition": dict(self.partition), "before": dict(self.before), "after": dict(self.after), "repeats_transaction": self.repeats}


def needs_gtid(offset: Mapping[str, object]) -> bool:
    """Whether MariaDbConnector cannot go on from it."""
    return bool(offset.get("file")) and not offset.get("gtids")


def needs_position(offset: Mapping[str, object]) -> bool:
    """Whether MySqlConnector cannot go on from it: it would look for MySQL's GTIDs."""
    return bool(offset.get("file")) and bool(offset.get("gtids"))


def is_inside(offset: Mapping[str, object]) -> bool:
    """Whether it is in the middle of a transaction, of which a part is sent."""
    return any(offset.get(key) for key in _SKIPS)


def place(offset: Mapping[str, object]) -> tuple[str, int]:
    """File and position where reading goes on: the beginning of a transaction."""
    return str(offset["file"]), int(str(offset["pos"]))


def events_sent(offset: Mapping[str, object]) -> int:
    """How many of the transaction's events are sent wholly."""
    return int(str(offset.get("event") or 0))


def converted(
    partition: Mapping[str, object], offset: Mapping[str, object], gtids: str, kinds: Sequence[str] = (), reads_annotations: bool = False
) -> Conversion:
    """The same place by GTID.

    :param gtids: what the server's ``BINLOG_GTID_POS(file, position)`` says: all that is before this place.
    :param kinds: the kinds of the transaction's events (``SHOW BINLOG EVENTS``), at least those that are sent; not needed between transactions.
    :param reads_annotations: whether the new connector asks for the statements' texts (``include.query=true``) and so counts them.
    :raises ValueError: when these are not the events of a transaction that the offset can be in.
    """
    after = {**{key: value for key, value in offset.items() if key not in _SKIPS}, "gtids": gtids}
    if not is_inside(offset):
        return Conversion(partition, offset, after, False)
    sent = _sent(kinds, events_sent(offset))
    events = len(sent) if reads_annotations else len(sent) - sent.count(ANNOTATION)
    return Conversion(partition, offset, {**after, **_skips(events, offset)}, False)


def back_to_position(
    partition: Mapping[str, object], offset: Mapping[str, object], kinds: Sequence[str] | None = None, reads_annotations: bool = False
) -> Conversion:
    """The same place by file and position, for MySqlConnector.

    :param kinds: as in :func:`converted`, but of the whole transaction. Without them (``None``) the transaction is sent again.
    """
    after = {key: value for key, value in offset.items() if key not in (*_SKIPS, "gtids")}
    if not is_inside(offset) or kinds is None:
        return Conversion(partition, offset, after, is_inside(offset))
    seen, events = events_sent(offset), 0
    # The event after those that were seen, and all that MySqlConnector is sent before it.
    for kind in kinds:
        if not reads_annotations and kind == ANNOTATION:
            events += 1
        elif seen:
            seen, events = seen - 1, events + 1
        else:
            break
    return Conversion(partition, offset, {**after, **_skips(len(_sent(kinds, events)), offset)}, False)


def _sent(kinds: Sequence[str], count: int) -> list[str]:
    sent = list(kinds[:count])
    if not kinds or kinds[0] != _BEGIN:
        raise ValueError(f"no transaction begins there, but {kinds[0] if kinds else 'nothing'}")
    if len(sent) < count or any(kind in _ENDS for kind in sent[1:]):
        raise ValueError(f"the transaction that begins there has fewer than {count} events")
    return sent


def _skips(events: int, offset: Mapping[str, object]) -> dict[str, object]:
    """As Debezium writes them: what is zero is left out."""
    return {**({"event": events} if events else {}), **({"row": offset["row"]} if offset.get("row") else {})}
