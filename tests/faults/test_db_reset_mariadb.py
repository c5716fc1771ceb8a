# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset against the lab's MariaDB."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import AWKWARD_PASSWORD, Endpoint, MariaDbAdmin, admin_fixture, closing, eventually, killed_before, server_fixture
from run_module import run_module, start_module

KEPT = {"character_set": "latin1", "collation": "latin1_german1_ci", "comment": "it's `mine` \\ 100%"}
CREATE = "CREATE DATABASE `{}` CHARACTER SET latin1 COLLATE latin1_german1_ci COMMENT 'it''s `mine` \\\\ 100%'"
server = server_fixture("mariadb")
admin = admin_fixture(MariaDbAdmin)


@pytest.fixture
def name(admin: MariaDbAdmin) -> Iterator[str]:
    """A database of this test alone. What begins with its name is removed afterwards."""
    prefix = f"t_{uuid.uuid4().hex[:8]}"
    admin(CREATE.format(prefix))
    yield prefix
    admin("SET SESSION foreign_key_checks = 0")
    for database in admin.column(f"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{prefix}%'"):
        admin(f"DROP DATABASE `{database.replace('`', '``')}`")
    admin("SET SESSION foreign_key_checks = 1")
    for user in admin.column(f"SELECT User FROM mysql.global_priv WHERE User LIKE '{prefix}%'"):
        admin(f"DROP USER `{user}`@`%`")


def fill(admin: MariaDbAdmin, name: str, tables: int = 3) -> dict[str, int]:
    """Some of everything; returns how many of each kind."""
    quoted = f"`{name.replace('`', '``')}`"
    admin(*(f"CREATE TABLE {quoted}.t{number} (id INT PRIMARY KEY)" for number in range(tables)))
    admin(
        f"INSERT INTO {quoted}.t0 VALUES (1), (2)",
        f"CREATE TABLE {quoted}.child (id INT, FOREIGN KEY (id) REFERENCES {quoted}.t0 (id))",
        f"CREATE VIEW {quoted}.v AS SELECT * FROM {quoted}.t0",
        f"CREATE SEQUENCE {quoted}.s",
        f"CREATE PROCEDURE {quoted}.p() SELECT 1",
        f"CREATE FUNCTION {quoted}.f() RETURNS INT RETURN 1",
        f"CREATE EVENT {quoted}.e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        f"CREATE TRIGGER {quoted}.g BEFORE INSERT ON {quoted}.t0 FOR EACH ROW SET NEW.id = 1",
    )
    return {"tables": tables + 1, "views": 1, "sequences": 1, "procedures": 1, "functions": 1, "events": 1}


def settings(admin: MariaDbAdmin, name: str) -> dict[str, str] | None:
    rows = admin(f"SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{name}'")
    return dict(zip(KEPT, rows[0], strict=True)) if rows else None


def tables(admin: MariaDbAdmin, name: str) -> int:
    return int(admin(f"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{name}'")[0][0])


def test_a_reset_removes_everything_and_keeps_the_rest(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    counts = fill(admin, name)
    admin(
        f"CREATE USER {name}_u IDENTIFIED BY 'x-{name}'",
        f"GRANT SELECT, INSERT, CREATE ON {name}.* TO {name}_u",
        f"GRANT UPDATE ON {name}.t0 TO {name}_u",
        f"GRANT DELETE, UPDATE (id) ON {name}.t1 TO {name}_u",
        f"GRANT EXECUTE ON PROCEDURE {name}.p TO {name}_u",
    )
    grants = admin(f"SHOW GRANTS FOR {name}_u")

    foretold = run_module("db_reset", server.options(name=name), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"], foretold["verified"]) == (0, True, counts, "not_checked")
    assert tables(admin, name) == counts["tables"] + counts["views"] + counts["sequences"]

    done = run_module("db_reset", server.options(name=name), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"], done["state"]) == (0, True, counts, "verified", "reset")
    assert done["diff"] == foretold["diff"]
    assert settings(admin, name) == KEPT
    assert admin(f"SHOW GRANTS FOR {name}_u") == grants
    for kind, of in (("ROUTINES", "ROUTINE"), ("EVENTS", "EVENT"), ("TRIGGERS", "TRIGGER"), ("TABLES", "TABLE")):
        assert admin(f"SELECT COUNT(*) FROM information_schema.{kind} WHERE {of}_SCHEMA = '{name}'") == [(0,)]
    with closing(MariaDbAdmin(server, f"{name}_u", f"x-{name}")) as app:
        app(f"CREATE TABLE {name}.again (id INT)", f"INSERT INTO {name}.again VALUES (1)")


def test_a_second_reset_changes_nothing(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    run_module("db_reset", server.options(name=name))
    again = run_module("db_reset", server.options(name=name), diff=True)
    assert (again["rc"], again["changed"], again["removed"], again["verified"]) == (0, False, {}, "verified")
    assert again["diff"] == {"before": "", "after": ""}


@pytest.mark.parametrize("tail", ["-1", " x", "`'\"", "%s", "é", "*", "$(x)", "\\"])
def test_any_legal_name_is_taken_literally(server: Endpoint, admin: MariaDbAdmin, name: str, tail: str) -> None:
    other = f"{name}{tail}"
    admin(CREATE.format(other.replace("`", "``")))
    fill(admin, name)
    counts = fill(admin, other)
    done = run_module("db_reset", server.options(name=other))
    assert (done["rc"], done["removed"], done["verified"]) == (0, counts, "verified")
    assert tables(admin, name) == 6


def test_case_tells_databases_apart(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    admin(f"CREATE DATABASE {name.upper()}")
    fill(admin, name.upper())
    assert run_module("db_reset", server.options(name=name))["removed"] == {}
    assert run_module("db_reset", server.options(name=name.upper()))["removed"]["tables"] == 4  # type: ignore[index]


def test_a_pattern_resets_what_it_matches_and_nothing_else(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    for tail in ("_run1", "_run2", "_run_3", "xrun4"):
        admin(f"CREATE DATABASE {name}{tail}", f"CREATE TABLE {name}{tail}.t (id INT)")
    done = run_module("db_reset", server.options(pattern=f"{name}_run?"))
    assert [target["name"] for target in done["targets"]] == [f"{name}_run1", f"{name}_run2"]  # type: ignore[attr-defined]
    assert done["removed"] == {"tables": 2}
    assert (tables(admin, f"{name}_run_3"), tables(admin, f"{name}xrun4")) == (1, 1)


def test_a_pattern_that_covers_a_system_database_is_refused(server: Endpoint) -> None:
    refused = run_module("db_reset", server.options(pattern="my*"))
    assert refused["rc"] != 0
    assert "pattern my* matches the server's own mysql" in str(refused["msg"])


def test_an_open_transaction_is_waited_for_and_named(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    other = f"{name}_free"
    admin(f"CREATE DATABASE {other}", f"CREATE TABLE {other}.t (id INT)")
    with closing(MariaDbAdmin(server, autocommit=False)) as writer:
        writer(f"INSERT INTO {name}.t1 VALUES (1)")
        session = writer("SELECT CONNECTION_ID()")[0][0]
        started = time.monotonic()
        refused = run_module("db_reset", server.options(pattern=f"{name}*", timeout=2))
        assert 2 <= time.monotonic() - started < 12
    assert refused["rc"] != 0
    assert "a lock was not free within 2 s" in str(refused["msg"])
    assert f"session {session} of {server.user}@" in str(refused["msg"])
    assert [(target["state"], target["removed"]) for target in refused["targets"]] == [("failed", {}), ("ok", {"tables": 1})]  # type: ignore[attr-defined]
    assert refused["changed"] is True
    assert tables(admin, name) == 6


def test_passwords_may_contain_anything(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    escaped = AWKWARD_PASSWORD.replace("\\", "\\\\").replace("'", "''")
    admin(f"CREATE USER {name}_u IDENTIFIED BY '{escaped}'", f"GRANT ALL ON {name}.* TO {name}_u", f"CREATE TABLE {name}.t (id INT)")
    done = run_module("db_reset", server.options(name=name, username=f"{name}_u", password=AWKWARD_PASSWORD))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"tables": 1}, "verified")
    assert AWKWARD_PASSWORD not in str(done["output"])
    assert json.dumps(AWKWARD_PASSWORD)[1:-1] not in str(done["output"])


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("right", ["SELECT", "SELECT, DROP", None])
def test_missing_rights_are_told_before_anything_is_touched(server: Endpoint, admin: MariaDbAdmin, name: str, right: str | None, check: bool) -> None:
    fill(admin, name)
    admin(f"CREATE USER {name}_u IDENTIFIED BY 'x-{name}'")
    if right:
        admin(f"GRANT {right} ON {name}.* TO {name}_u")
    refused = run_module("db_reset", server.options(name=name, username=f"{name}_u", password=f"x-{name}"), check=check)
    assert refused["rc"] != 0
    assert f"The user {name}_u may not do this. It needs CREATE and DROP" in str(refused["msg"])
    assert tables(admin, name) == 6


def test_rights_through_a_role_and_a_pattern_are_enough(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    like = name.replace("_", "\\_")
    admin(
        f"CREATE USER {name}_u IDENTIFIED BY 'x-{name}'",
        f"CREATE ROLE {name}_r",
        f"GRANT ALL ON `{like}%`.* TO {name}_r",
        f"GRANT {name}_r TO {name}_u",
        f"SET DEFAULT ROLE {name}_r FOR {name}_u",
    )
    done = run_module("db_reset", server.options(name=name, username=f"{name}_u", password=f"x-{name}"))
    admin(f"DROP ROLE {name}_r")
    assert (done["rc"], done["verified"], settings(admin, name)) == (0, "verified", KEPT)


def test_tables_that_others_refer_to_stop_it_before_anything_is_touched(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    admin(f"CREATE DATABASE {name}_b", f"CREATE TABLE {name}_b.c (id INT, FOREIGN KEY (id) REFERENCES {name}.t1 (id))")
    refused = run_module("db_reset", server.options(name=name), check=True)
    assert refused["rc"] != 0
    assert f"foreign keys of other databases refer to it: {name}_b.c" in str(refused["msg"])
    assert tables(admin, name) == 6


def test_what_the_server_removed_before_it_gave_up_is_told(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    """Without the right PROCESS the foreign key of another database shows only when the server stumbles over it."""
    counts = fill(admin, name)
    admin(
        f"CREATE DATABASE {name}_b", f"CREATE TABLE {name}_b.c (id INT, FOREIGN KEY (id) REFERENCES {name}.t1 (id))",
        f"CREATE USER {name}_u IDENTIFIED BY 'x-{name}'", f"GRANT ALL ON {name}.* TO {name}_u",
    )  # fmt: skip
    refused = run_module("db_reset", server.options(name=name, username=f"{name}_u", password=f"x-{name}"))
    assert refused["rc"] != 0
    assert "foreign key constraint fails" in str(refused["msg"])
    left = tables(admin, name)
    assert left < 6
    removed = refused["removed"]
    assert isinstance(removed, dict)
    assert sum(removed.get(kind, 0) for kind in ("tables", "views", "sequences")) == sum(counts[kind] for kind in ("tables", "views", "sequences")) - left
    assert settings(admin, name) == KEPT


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to write into the server's data directory")
def test_settings_survive_a_drop_that_stops_at_a_foreign_file(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    stray = Path(admin("SELECT @@datadir")[0][0]) / name / "left.behind"
    stray.write_text("not the server's", encoding="utf-8")
    refused = run_module("db_reset", server.options(name=name))
    stray.unlink()
    assert refused["rc"] != 0
    assert "Directory not empty" in str(refused["msg"])
    assert settings(admin, name) == KEPT


def test_killed_before_any_change_the_database_is_whole_and_the_next_run_completes(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    steps = 0
    counts = fill(admin, name)
    while killed_before(steps, server.options(name=name)):
        steps += 1
        assert settings(admin, name) == KEPT
        done = run_module("db_reset", server.options(name=name))
        assert (done["rc"], done["verified"], settings(admin, name)) == (0, "verified", KEPT)
        assert done["removed"] in (counts, {})
        if done["removed"]:
            fill(admin, name)
    assert steps == 1


def test_killed_while_it_waits_for_a_lock_nothing_is_lost(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    with closing(MariaDbAdmin(server, autocommit=False)) as writer:
        writer(f"INSERT INTO {name}.t1 VALUES (1)")
        running = start_module("db_reset", server.options(name=name))
        waiting = f"SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%lock%' AND INFO LIKE '%OR REPLACE DATABASE `{name}`%'"
        session = eventually("the reset waits for the lock", lambda: admin.column(waiting))[0]
        running.kill()
        assert settings(admin, name) == KEPT
    eventually("the session ends", lambda: not admin.column(f"SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {session}"))
    assert settings(admin, name) == KEPT
    done = run_module("db_reset", server.options(name=name))
    assert (done["rc"], done["verified"], settings(admin, name), tables(admin, name)) == (0, "verified", KEPT, 0)


def test_killed_while_tables_are_dropped_the_server_goes_through_with_it(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name, tables=400)
    running = start_module("db_reset", server.options(name=name))
    dropping = f"SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%OR REPLACE DATABASE `{name}`%' AND ID <> CONNECTION_ID()"
    session = eventually("the reset drops", lambda: admin.column(dropping))[0]
    running.kill()
    eventually("the session ends", lambda: not admin.column(f"SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {session}"), 60)
    assert settings(admin, name) == KEPT
    done = run_module("db_reset", server.options(name=name))
    assert (done["rc"], done["verified"], settings(admin, name), tables(admin, name)) == (0, "verified", KEPT, 0)


def test_a_server_that_goes_away_leaves_the_rest_not_attempted(server: Endpoint, admin: MariaDbAdmin, name: str) -> None:
    fill(admin, name)
    admin(f"CREATE DATABASE {name}_b", f"CREATE TABLE {name}_b.t (id INT)")
    with closing(MariaDbAdmin(server, autocommit=False)) as writer:
        writer(f"INSERT INTO {name}.t1 VALUES (1)")
        running = start_module("db_reset", server.options(pattern=f"{name}*"))
        waiting = f"SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%OR REPLACE DATABASE `{name}`%' AND ID <> CONNECTION_ID()"
        admin(f"KILL {eventually('the reset waits', lambda: admin.column(waiting))[0]}")
        lost = running.result()
    assert lost["rc"] != 0
    assert [target["state"] for target in lost["targets"]] == ["failed", "not attempted"]  # type: ignore[attr-defined]
    assert "run the reset once more" in str(lost["msg"])
    assert (tables(admin, name), tables(admin, f"{name}_b")) == (6, 1)
