# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse_drops import Drops
from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse_objects import Entry
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError

MANY = 1000


class Server:
    """Knows what is there; ``refuses`` says with which error code an object cannot be dropped."""

    def __init__(self, entries: list[Entry], refuses: dict[str, str] | None = None) -> None:
        self.there = {entry.name for entry in entries}
        self.dropped: list[str] = []
        self.threads: set[int] = set()
        self.open = 0
        self._refuses = refuses or {}
        self._lock = threading.Lock()

    def connect(self) -> Any:
        self.open += 1
        return Connection(self)

    def drop(self, name: str) -> None:
        with self._lock:
            self.threads.add(threading.get_ident())
            if name in self._refuses:
                raise SqlError(self._refuses[name], f"{name} cannot go")
            self.there.discard(name)
            self.dropped.append(name)


class Connection:
    def __init__(self, server: Server) -> None:
        self._server = server

    def run(self, statement: str) -> None:
        self._server.drop(statement)

    def rows(self, _statement: str) -> list[tuple[Any, ...]]:
        return []

    def close(self) -> None:
        self._server.open -= 1


def drops(server: Server) -> Drops:
    return Drops(Connection(server), lambda entry: entry.name, server.connect)


def test_many_go_over_several_connections_and_views_before_tables() -> None:
    entries = [Entry(f"v{number}", "View") for number in range(200)] + [Entry(f"t{number}") for number in range(MANY)]
    server = Server(entries)
    assert {entry.name for entry in drops(server).all(entries)} == {entry.name for entry in entries}
    assert server.there == set() and server.open == 0
    assert {name[0] for name in server.dropped[:200]} == {"v"}


def test_few_go_over_the_one_that_there_is() -> None:
    entries = [Entry(f"t{number}") for number in range(50)]
    server = Server(entries)
    assert len(list(drops(server).all(entries))) == 50
    assert server.threads == {threading.get_ident()}


@pytest.mark.parametrize("many", [50, MANY])
def test_whatever_is_gone_before_an_error_is_told_before_it(many: int) -> None:
    entries = [Entry(f"t{number}") for number in range(many)]
    server = Server(entries, {"t20": "497", "t5": "60"})
    gone = []
    with pytest.raises(SqlError, match="t20 cannot go"):
        for entry in drops(server).all(entries):
            gone.append(entry.name)
    assert sorted(gone) == sorted(server.dropped)
    assert 0 < len(gone) < many and server.open == 0


def test_what_nobody_can_drop_ends_it() -> None:
    entries = [Entry(f"t{number}") for number in range(MANY)]
    server = Server(entries, {"t1": "630", "t2": "630"})
    with pytest.raises(SqlError, match="630"):
        list(drops(server).all(entries))
    assert server.there == {"t1", "t2"}
