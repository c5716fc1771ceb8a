# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ClickHouse engine's statements on chdb, the SQL engine of a modern ClickHouse in this process: no server, no users, no HTTP.

chdb takes 900 MB, so it is not part of the tool chain: `make test` and `make faults` install it (tests/requirements-chdb.txt).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chdb import session as chdb_session

from ansible_collections.streamops.kafka.plugins.module_utils.databases.clickhouse import ClickHouse
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError

DICTIONARY = "(i Int32, s String) PRIMARY KEY i SOURCE(CLICKHOUSE(DB 'd' TABLE 'a')) LAYOUT(FLAT()) LIFETIME(0)"
CONTENTS = (
    "CREATE DATABASE d ENGINE = Atomic COMMENT 'the experiment''s'",
    "CREATE TABLE d.a (i Int32, s String) ENGINE = MergeTree ORDER BY i",
    "INSERT INTO d.a VALUES (1, 'x'), (2, 'y')",
    "CREATE MATERIALIZED VIEW d.mv ENGINE = MergeTree ORDER BY i AS SELECT * FROM d.a",
    "CREATE VIEW d.v AS SELECT * FROM d.a",
    f"CREATE DICTIONARY d.dict {DICTIONARY}",
    "CREATE TABLE d.uses (i UInt64, s String DEFAULT dictGet('d.dict', 's', i)) ENGINE = MergeTree ORDER BY i",
    "CREATE TABLE d.`o'd\\\\d ``` (i Int32) ENGINE = Memory",
    f"CREATE DATABASE e; CREATE DICTIONARY e.outside {DICTIONARY}",
)


class ChdbSession:
    def __init__(self, path: Path) -> None:
        self._session = chdb_session.Session(str(path))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            text = str(self._session.query(statement, "JSONCompact"))
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            raise SqlError(code[1] if code else "", str(error)) from error
        return [tuple(row) for row in json.loads(text)["data"]] if text.strip() else []

    def run(self, statement: str) -> None:
        self.rows(statement)

    def close(self) -> None:
        self._session.close()


def test_a_modern_database_is_emptied_in_an_order_that_the_server_accepts(tmp_path: Path) -> None:
    session = ChdbSession(tmp_path / "data")
    try:
        for statement in CONTENTS:
            for each in statement.split("; "):
                session.run(each)
        engine = ClickHouse(session, Login("clickhouse", "chdb", 1, "default"))
        assert engine.version >= (24, 8)
        with pytest.raises(OperationError, match=r"needs some of it: e\.outside"):
            engine.read("d")
        session.run("DROP DICTIONARY e.outside")
        found = engine.read("d")
        assert found is not None
        assert found.counts == {"tables": 3, "views": 1, "materialized_views": 1, "dictionaries": 1}
        assert found.held["rows"] == 2
        assert engine.empty(found) == found.counts
        again = engine.read("d")
        assert again is not None
        assert (again.counts, again.kept) == ({}, found.kept)
        assert session.rows("SHOW TABLES FROM d") == []
        assert ("COMMENT 'the experiment\\'s'") in session.rows("SHOW CREATE DATABASE d")[0][0]
    finally:
        session.close()
