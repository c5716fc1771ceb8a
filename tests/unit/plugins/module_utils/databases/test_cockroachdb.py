# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements, as CockroachDB's documentation spells them (DROP VIEW, DROP TABLE, DROP SEQUENCE, DROP FUNCTION, DROP TYPE, DROP SCHEMA)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.cockroachdb_client import secured
from ansible_collections.streamops.kafka.plugins.module_utils.databases.cockroachdb_objects import DatabaseObject, drops
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError

LOGIN = Login("cockroachdb", "h", 26257, "root")


def test_statements_follow_the_documented_grammar() -> None:
    objects = [
        DatabaseObject("views", "public", 'v"1'),
        DatabaseObject("materialized_views", "public", "mv"),
        DatabaseObject("tables", "public", "a"),
        DatabaseObject("tables", "extra", "b"),
        DatabaseObject("sequences", "public", "s"),
        DatabaseObject("functions", "public", "f", "a INT8"),
        DatabaseObject("functions", "public", "f", ""),
        DatabaseObject("procedures", "public", "p", "x STRING"),
        DatabaseObject("types", "public", "t"),
        DatabaseObject("schemas", "", "extra"),
    ]
    assert [statement for _batch, statement in drops(objects)] == [
        'DROP VIEW IF EXISTS "public"."v""1" CASCADE',
        'DROP MATERIALIZED VIEW IF EXISTS "public"."mv" CASCADE',
        'DROP TABLE IF EXISTS "public"."a", "extra"."b" CASCADE',
        'DROP SEQUENCE IF EXISTS "public"."s" CASCADE',
        'DROP FUNCTION IF EXISTS "public"."f"(a INT8)',
        'DROP FUNCTION IF EXISTS "public"."f"()',
        'DROP PROCEDURE IF EXISTS "public"."p"(x STRING)',
        'DROP TYPE IF EXISTS "public"."t"',
        'DROP SCHEMA IF EXISTS "extra"',
    ]


def test_many_tables_go_in_batches() -> None:
    tables = [DatabaseObject("tables", "public", f"t{number}") for number in range(120)]
    assert [len(batch) for batch, _statement in drops(tables)] == [50, 50, 20]


def test_tls_is_never_left_to_chance(tmp_path: Path) -> None:
    assert secured(LOGIN, None).tls == Tls()
    assert secured(Login("cockroachdb", "h", 1, "root", tls=Tls(enabled=False)), None).tls == Tls(enabled=False)
    with pytest.raises(InputError, match="holds no ca.crt"):
        secured(LOGIN, str(tmp_path))
    (tmp_path / "ca.crt").touch()
    with pytest.raises(InputError, match="holds no client.root.crt with its key, and there is no password"):
        secured(LOGIN, str(tmp_path))
    assert secured(Login("cockroachdb", "h", 1, "root", "p"), str(tmp_path)).tls == Tls(ca=str(tmp_path / "ca.crt"))
    for name in ("client.root.crt", "client.root.key"):
        (tmp_path / name).touch()
    tls = secured(LOGIN, str(tmp_path)).tls
    assert tls == Tls(ca=str(tmp_path / "ca.crt"), cert=str(tmp_path / "client.root.crt"), key=str(tmp_path / "client.root.key"))
