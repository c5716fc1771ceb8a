# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse import ClickHouse, log_in, version_of
from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse_client import connect_error, refusal
from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse_objects import (
    Entry,
    drop_statement,
    droppable,
    identifier,
    literal,
    outside_dependents,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login
from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import Selection
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError

from collections.abc import Callable
from typing import Any

LOGIN = Login("clickhouse", "h", 8123, "admin", "secret")
MODERN = [("tables", column) for column in ("uuid", "total_rows", "total_bytes", "loading_dependent_table")] + [("databases", "comment")]


def row(name: str, engine: str = "MergeTree", uuid: str = "", is_dictionary: int = 0, dependents: list[str] | None = None) -> tuple[Any, ...]:
    return (name, engine, uuid, is_dictionary, "5", "50", ["d"] * len(dependents or []), dependents or [])


class FakeServer:
    """Answers the engine's queries from lists; drops succeed unless another table still needs the object."""

    def __init__(self, version: str = "24.8.4.13", tables: list[tuple[Any, ...]] | None = None, engine: str = "Atomic", **settings: str) -> None:
        self.version, self.tables, self.engine, self.settings = version, tables or [], engine, settings
        self.needs: dict[str, str] = {}  # an object and what must be dropped before it
        self.granted: Callable[[str], bool] = lambda _statement: True
        self.ran: list[str] = []
        self.asked: list[str] = []

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        self.asked.append(statement)
        answers: list[tuple[str, Callable[[], list[tuple[Any, ...]]]]] = [
            ("version()", lambda: [(self.version,)]),
            ("system.columns", lambda: list(MODERN)),
            ("system.clusters", lambda: [("lab",)]),
            ("system.settings", lambda: list(self.settings.items())),
            ("system.grants", lambda: [("app", "INSERT, SELECT", "*"), ("app", "DROP TABLE", "t")]),
            ("CHECK GRANT", lambda: [(int(self.granted(statement)),)]),
            ("SELECT DISTINCT name", lambda: [("default",), ("system",), ("lab_1",)]),
            ("system.databases", lambda: [(self.engine, "note")]),
            ("system.tables", lambda: list(self.tables)),
        ]
        return next(answer() for part, answer in answers if part in statement)

    def run(self, statement: str) -> None:
        self.ran.append(statement)
        name = statement.split("`")[3]
        if any(each[0] == self.needs.get(name) for each in self.tables):
            raise SqlError("630", f"{name} is needed")
        self.tables = [each for each in self.tables if each[0] != name]

    def close(self) -> None:
        pass


def test_names_and_texts_are_quoted() -> None:
    assert identifier("a`b\\c'd") == "`a\\`b\\\\c'd`"
    assert literal("a'b\\c`d") == "'a\\'b\\\\c`d'"


def test_inner_tables_go_with_their_views() -> None:
    entries = [Entry(".inner.m"), Entry("m", "MaterializedView"), Entry(".inner_id.u-1"), Entry(".inner_id.data.u-2")]
    entries += [Entry("n", "MaterializedView", "u-1"), Entry("ts", "TimeSeries", "u-2")]
    assert [each.name for each in droppable(entries, lambda _name: True)] == ["m", "n", "ts"]
    orphans = [Entry(".inner.m"), Entry(".inner_id.u-1")]
    assert droppable(orphans, lambda _name: True) == orphans
    assert droppable(entries, lambda name: name.startswith(".inner")) == []


def test_views_go_first_and_dictionaries_last() -> None:
    entries = [Entry("a"), Entry("b", "Dictionary", is_dictionary=True), Entry("c", "View"), Entry("d", "MaterializedView"), Entry("e", "Dictionary")]
    assert [(each.name, each.kind) for each in droppable(entries, lambda _name: True)] == [
        ("d", "materialized_views"), ("c", "views"), ("a", "tables"), ("e", "tables"), ("b", "dictionaries"),
    ]  # fmt: skip


def test_statements_follow_version_and_cluster() -> None:
    table, dictionary = Entry("t"), Entry("t", "Dictionary", is_dictionary=True)
    assert drop_statement("d", table, None, (18, 16, 1)) == "DROP TABLE `d`.`t`"
    assert drop_statement("d", table, None, (24, 8)) == "DROP TABLE `d`.`t` SYNC"
    assert drop_statement("d", dictionary, None, (24, 8)) == "DROP DICTIONARY `d`.`t` SYNC"
    assert drop_statement("d", table, "lab", (24, 8)) == "DROP TABLE IF EXISTS `d`.`t` ON CLUSTER `lab` SYNC"


def test_dependents_of_the_same_reset_are_none() -> None:
    chosen = [Entry("t", dependents=(("d", "u"), ("e", "x"))), Entry("u")]
    assert outside_dependents("d", chosen) == ["e.x"]
    assert outside_dependents("d", chosen[:1]) == ["d.u", "e.x"]


def test_what_others_need_is_dropped_after_them() -> None:
    server = FakeServer(tables=[row("a"), row("dict", "Dictionary", is_dictionary=1), row("v", "View")])
    server.needs = {"a": "dict"}
    engine = ClickHouse(server, LOGIN)
    found = engine.read("d")
    assert found is not None
    assert found.counts == {"tables": 1, "views": 1, "dictionaries": 1}
    assert found.kept == {"engine": "Atomic", "comment": "note", "grants": ["app: INSERT, SELECT on `d`.*", "app: DROP TABLE on `d`.`t`"]}
    assert found.held == {"rows": 15, "bytes": 150}
    assert engine.empty(found) == {"tables": 1, "views": 1, "dictionaries": 1}
    assert [statement.split("`")[3] for statement in server.ran] == ["v", "a", "dict", "a"]


def test_a_circle_ends_with_what_was_removed() -> None:
    server = FakeServer(tables=[row("a"), row("b"), row("v", "View")])
    server.needs = {"a": "b", "b": "a"}
    engine = ClickHouse(server, LOGIN)
    found = engine.read("d")
    assert found is not None
    with pytest.raises(OperationError, match="is needed") as caught:
        engine.empty(found)
    assert caught.value.partial == {"removed": {"views": 1}}


def test_what_would_fail_is_known_before() -> None:
    with pytest.raises(OperationError, match="read-only"):
        ClickHouse(FakeServer(readonly="1"), LOGIN).read("d")
    with pytest.raises(OperationError, match="its engine is MySQL: its tables are not its own"):
        ClickHouse(FakeServer(engine="MySQL('h:3306', 'd', 'u', '[HIDDEN]')"), LOGIN).read("d")
    with pytest.raises(OperationError, match="needs some of it: d.u"):
        ClickHouse(FakeServer(tables=[row("t", dependents=["u"])]), LOGIN).read("d")
    server = FakeServer(tables=[row("t"), row("u")])
    server.granted = lambda statement: statement.endswith("`t`")
    with pytest.raises(OperationError, match="the user has no DROP TABLE"):
        ClickHouse(server, LOGIN).read("d")
    assert ClickHouse(server, LOGIN, tables="t*").read("d") is not None
    with pytest.raises(OperationError, match="the user has no DROP TABLE on `d`.`u`"):
        ClickHouse(server, LOGIN, tables="[tu]").read("d")


def test_a_cluster_is_asked_as_a_whole() -> None:
    server = FakeServer(tables=[row("t"), row("t")])
    found = ClickHouse(server, LOGIN, cluster="lab").read("d")
    assert found is not None
    assert (found.counts, found.held) == ({"tables": 1}, {"rows": 10, "bytes": 100})
    assert any("clusterAllReplicas('lab', system.tables)" in statement for statement in server.asked)
    with pytest.raises(InputError, match="the server knows no cluster other, only lab"):
        ClickHouse(server, LOGIN, cluster="other")


def test_the_servers_own_databases_are_no_pattern_s_business() -> None:
    engine = ClickHouse(FakeServer(), LOGIN)
    assert engine.targets(Selection(pattern="lab*")) == ["lab_1"]
    with pytest.raises(InputError, match="the server's own system"):
        engine.targets(Selection(pattern="s*"))
    with pytest.raises(InputError, match="Give it as name"):
        engine.targets(Selection(pattern="def*"))
    assert engine.targets(Selection(name="default")) == ["default"]


def test_only_a_refused_login_falls_back() -> None:
    def connect(login: Login) -> FakeServer:
        if login.username == "admin":
            raise SqlError("516", "wrong password")
        if login.username == "full":
            raise SqlError("202", "too many queries")
        return FakeServer()

    spare = Login("clickhouse", "h", 8123, "spare")
    assert log_in(connect, LOGIN, spare)[1] is spare
    with pytest.raises(OperationError, match="log in as admin"):
        log_in(connect, LOGIN, None)
    with pytest.raises(OperationError, match="too many queries"):
        log_in(connect, Login("clickhouse", "h", 8123, "full"), spare)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("Code: 193, e.displayText() = DB::Exception: Wrong password for user x, e.what() = DB::Exception", "193", "Wrong password for user x"),
        ("Code: 60. DB::Exception: No d.t. (UNKNOWN_TABLE) (version 24.8.4.13 (official build))\n", "60", "No d.t. (UNKNOWN_TABLE)"),
    ],
)
def test_error_texts_of_old_and_new_servers(text: str, code: str, told: str) -> None:
    error = refusal(LOGIN, 500, text)
    assert isinstance(error, SqlError)
    assert (error.code, error.text) == (code, told)


def test_who_answers_is_told() -> None:
    assert isinstance(refusal(LOGIN, 401, "Unauthorized"), SqlError)
    assert "HTTP interface" in str(refusal(LOGIN, 400, "Port 9000 is for clickhouse-client program"))
    assert "Failed to reach the server" in str(connect_error(LOGIN, ConnectionRefusedError("refused")))
    assert "The server wants TLS" in str(connect_error(LOGIN, ConnectionResetError("reset")))


def test_versions_compare() -> None:
    assert version_of("24.8.4.13-lts") == (24, 8, 4, 13)
    assert version_of("18.16.1") < (20, 3)
