# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From listings of records to what is lost, extra, duplicated, changed and moved. DuckDB groups them, on disk when memory ends.

The listings hold hashes, offsets and timestamps, never content. No request is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..library import Library
from .pairing import Place, paired
from .sql import COMPACTED, COUNTS, COUNTS_COMPACTED, DUPLICATES, LISTED, LISTED_COMPACTED, PLAIN, ROWS
from .tasks import Pair

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = Library("duckdb")

# Beyond so many of a partition, which lost and which extra record belong together is not looked for one by one.
_MOST_PAIRED = 10_000


@dataclass
class Differences:
    """What differs in one partition. Numbers are exact, lists of offsets end at the limit that was asked for.

    ``missing`` are offsets of the source; ``extra`` and ``duplicated`` of the destination; ``changed`` is (source, destination);
    ``moved`` (source, partition and offset at the destination). Of a compacted topic the records are the last ones of their keys.
    """

    counts: dict[str, int] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    duplicated: list[int] = field(default_factory=list)
    changed: list[tuple[int, int]] = field(default_factory=list)
    moved: list[tuple[int, int, int]] = field(default_factory=list)
    source_keys: int | None = None
    destination_keys: int | None = None


KINDS = ("missing", "extra", "duplicated", "changed", "moved", "expired")


def find_differences(
    listings: Sequence[Path], pairs: Iterable[Pair], folder: Path, limit: int, with_duplicates: bool, memory_mib: int = 256
) -> dict[int, Differences]:
    """The differences of every pair, by its id.

    :param listings: files that replication_read wrote; none is a comparison of nothing.
    :param folder: where DuckDB may put what does not fit into ``memory_mib``.
    :param limit: the longest list of offsets per partition and kind.
    """
    known = {pair.id: pair for pair in pairs}
    found = {number: Differences(dict.fromkeys(KINDS, 0)) for number in known}
    if not known:
        return found
    connection = duckdb.connect()
    try:
        _prepare(connection, listings, known, folder, memory_mib)
        _read_counts(connection, found)
        _read_lists(connection, known, found, limit, with_duplicates)
    finally:
        connection.close()
    return found


def _prepare(connection: duckdb.DuckDBPyConnection, listings: Sequence[Path], known: dict[int, Pair], folder: Path, memory_mib: int) -> None:
    connection.execute(f"SET memory_limit = '{memory_mib}MB'; SET threads = 2; SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{str(folder).replace(chr(39), chr(39) * 2)}'")
    topics = {name: number for number, name in enumerate(sorted({pair.topic for pair in known.values()}))}
    connection.execute("CREATE TABLE pairs (pair INTEGER, topic INTEGER, number INTEGER, first_timestamp BIGINT, compacted BOOLEAN)")
    rows = [(pair.id, topics[pair.topic], pair.number, pair.first_timestamp, pair.compacted) for pair in known.values()]
    for start in range(0, len(rows), 1000):  # executemany sends a statement for each row
        some = rows[start:start + 1000]
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(some))
        connection.execute(f"INSERT INTO pairs VALUES {marks}", [value for row in some for value in row])
    if listings:
        names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in listings)
        connection.execute(f"CREATE VIEW rows AS {ROWS.format(files=names)}")
    else:
        connection.execute("CREATE TABLE rows (pair INTEGER, side VARCHAR, position BIGINT, ts BIGINT, dead BOOLEAN, record UHUGEINT, key UHUGEINT)")
    for statement in (*PLAIN, *COMPACTED):
        connection.execute(statement)


def _read_counts(connection: duckdb.DuckDBPyConnection, found: dict[int, Differences]) -> None:
    for kind, query in COUNTS.items():
        for pair, number in connection.execute(query).fetchall():
            found[pair].counts[kind] += int(number)
    for pair, source, destination in connection.execute(COUNTS_COMPACTED).fetchall():
        found[pair].source_keys, found[pair].destination_keys = int(source), int(destination)


def _read_lists(connection: duckdb.DuckDBPyConnection, known: dict[int, Pair], found: dict[int, Differences], limit: int, with_duplicates: bool) -> None:
    bound = limit or 2**62
    lost: dict[int, list[Place]] = {}
    new: dict[int, list[Place]] = {}
    for side, query in LISTED.items():
        for pair, position, ts, record, key in connection.execute(query, [max(_MOST_PAIRED, limit) if limit else bound]).fetchall():
            (lost if side == "lost" else new).setdefault(pair, []).append(Place(known[pair].number, position, ts, record, key))
    topics: dict[str, list[int]] = {}
    for number in {*lost, *new}:
        topics.setdefault(known[number].topic, []).append(number)
    for numbers in topics.values():
        by_partition = {known[number].number: number for number in numbers}
        starts = {known[number].number: (known[number].source.start, known[number].destination.start) for number in numbers}
        result = paired([p for n in numbers for p in lost.get(n, [])], [p for n in numbers for p in new.get(n, [])], starts)
        for one, other in result.moved:
            found[by_partition[one.partition]].moved.append((one.position, other.partition, other.position))
        for one, other in result.changed:
            found[by_partition[one.partition]].changed.append((one.position, other.position))
        for place in result.missing:
            found[by_partition[place.partition]].missing.append(place.position)
        for place in result.extra:
            found[by_partition[place.partition]].extra.append(place.position)
    for kind, query in LISTED_COMPACTED.items():
        for pair, one, other in connection.execute(query).fetchall():
            target = found[pair]
            if kind == "changed":
                target.changed.append((one, other))
            else:
                (target.missing if kind == "missing" else target.extra).append(one if kind == "missing" else other)
    if with_duplicates:
        for pair, position in connection.execute(DUPLICATES, [bound]).fetchall():
            found[pair].duplicated.append(position)
    for each in found.values():
        for positions in (each.missing, each.extra, each.duplicated, each.changed, each.moved):
            positions.sort()
            if limit:
                del positions[limit:]
