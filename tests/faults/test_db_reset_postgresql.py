# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset against the lab's PostgreSQL."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from databases import AWKWARD_PASSWORD, Endpoint, PostgreSqlAdmin, admin_fixture, closing, eventually, killed_before, server_fixture
from run_module import RunningModule, run_module, start_module

from ansible_collections.streamops.kafka.plugins.module_utils.databases.postgresql_database import replacement_of

# Everything that a reset keeps of a database, by the catalogs' own words; lists of which the order says nothing are sorted.
SETTINGS = """
SELECT to_jsonb(d) - 'oid' - 'datfrozenxid' - 'datminmxid' - 'datcollversion' - 'datacl',
  ARRAY(SELECT a::text FROM unnest(coalesce(d.datacl, acldefault('d', d.datdba))) a ORDER BY 1), shobj_description(d.oid, 'pg_database'),
  ARRAY(SELECT s.setrole || ' ' || entry FROM pg_db_role_setting s, unnest(s.setconfig) entry WHERE s.setdatabase = d.oid ORDER BY 1)
FROM pg_database d WHERE d.datname = '{}'"""
INSIDE = """
SELECT n.nspowner::regrole::text, ARRAY(SELECT a::text FROM unnest(n.nspacl) a ORDER BY 1),
  ARRAY(SELECT concat_ws(' ', p.defaclrole, p.defaclnamespace, p.defaclobjtype, a) FROM pg_default_acl p, unnest(p.defaclacl) a
    WHERE p.defaclnamespace IN (0, n.oid) ORDER BY 1)
FROM pg_namespace n WHERE n.nspname = 'public'"""
MADE_BY_FILL = {
    "tables": 4, "views": 1, "materialized_views": 1, "sequences": 2, "functions": 1, "procedures": 1, "aggregates": 1, "types": 5, "operators": 1,
    "collations": 1, "text_search_dictionaries": 1, "statistics": 1,
}  # fmt: skip
server = server_fixture("postgresql")
admin = admin_fixture(PostgreSqlAdmin)


@pytest.fixture
def name(admin: PostgreSqlAdmin) -> Iterator[str]:
    """A database of this test alone, with settings of every kind. What begins with its name is removed afterwards."""
    prefix = f"t_{uuid.uuid4().hex[:8]}"
    admin(
        f"CREATE ROLE {prefix}_o LOGIN PASSWORD 'x-{prefix}'",
        f"CREATE ROLE {prefix}_r",
        f"CREATE DATABASE {prefix} OWNER {prefix}_o ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 CONNECTION LIMIT 17",
        f"REVOKE TEMPORARY ON DATABASE {prefix} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {prefix} TO {prefix}_r WITH GRANT OPTION",
        f"COMMENT ON DATABASE {prefix} IS 'it''s \\ mine'",
        f'ALTER DATABASE {prefix} SET search_path TO "$user", "My ""App""", public',
        f"ALTER DATABASE {prefix} SET app.secret TO 'geheim-4711, ''x'' '",
        f"ALTER ROLE {prefix}_r IN DATABASE {prefix} SET work_mem TO '8MB'",
    )
    yield prefix
    drop_all(admin, prefix)


def drop_all(admin: PostgreSqlAdmin, prefix: str) -> None:
    mine = admin.column(f"SELECT datname FROM pg_database WHERE datname LIKE '{prefix}%'")
    for database in [*mine, *(replacement_of(each) for each in [prefix, *mine])]:
        quoted = database.replace('"', '""')
        admin(f'DROP DATABASE IF EXISTS "{quoted}" WITH (FORCE)')
    for role in admin.column(f"SELECT rolname FROM pg_roles WHERE rolname LIKE '{prefix}%' ORDER BY rolname DESC"):
        admin(f'DROP ROLE "{role}"')


def fill(server: Endpoint, name: str) -> None:
    """Some of everything in the schema public."""
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside(
            "SET search_path TO public",
            "CREATE TABLE a (id serial PRIMARY KEY, n int)",
            "CREATE TABLE b (id int REFERENCES a, x int GENERATED ALWAYS AS IDENTITY)",
            "INSERT INTO a (n) SELECT generate_series(1, 10)",
            "CREATE TABLE part (d int) PARTITION BY RANGE (d)",
            "CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW v AS SELECT *, f() FROM a",
            "CREATE MATERIALIZED VIEW m AS SELECT * FROM v",
            "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
            "CREATE AGGREGATE g (int) (sfunc = int4pl, stype = int)",
            "CREATE TYPE colour AS ENUM ('red')",
            "CREATE TYPE pair AS (x int, y int)",
            "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
            "CREATE DOMAIN red AS colour CHECK (VALUE <> 'red')",
            "CREATE TYPE span AS RANGE (subtype = float8)",
            "CREATE TRIGGER w BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "CREATE POLICY y ON a USING (n > f())",
            "CREATE INDEX i ON a (abs(n))",
            "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            'CREATE COLLATION c FROM "C"',
            "CREATE TEXT SEARCH DICTIONARY d (template = simple)",
            "CREATE STATISTICS s ON id, n FROM a",
        )


def objects(server: Endpoint, name: str, schema: str = "public") -> int:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        return int(inside(f"SELECT count(*) FROM pg_class WHERE relnamespace = '{schema}'::regnamespace")[0][0])


def settings(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> list[Any] | None:
    """Everything that is kept, None when the database does not exist."""
    outside = admin(SETTINGS.format(name))
    if not outside:
        return None
    with closing(PostgreSqlAdmin(server, name)) as inside:
        return [outside, inside(INSIDE)]


def personalise(server: Endpoint, name: str) -> None:
    """Grants and default privileges inside the database."""
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside(
            f"ALTER SCHEMA public OWNER TO {name}_o",
            f"GRANT CREATE ON SCHEMA public TO {name}_r",
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {name}_o GRANT SELECT ON TABLES TO {name}_r",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {name}_o REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {name}_o IN SCHEMA public GRANT USAGE ON SEQUENCES TO {name}_r WITH GRANT OPTION",
        )


# -- whole databases


def test_a_reset_removes_everything_and_keeps_the_rest(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    fill(server, name)
    personalise(server, name)
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside('CREATE SCHEMA "My ""App"""', 'CREATE TABLE "My ""App""".t ()', "CREATE EXTENSION pgcrypto", "SELECT lo_create(0)")
    counts = {**MADE_BY_FILL, "tables": 5, "schemas": 1, "extensions": 1, "large_objects": 1}
    before = settings(server, admin, name)

    foretold = run_module("db_reset", server.options(name=name), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"]) == (0, True, counts)
    assert settings(server, admin, name) == before

    done = run_module("db_reset", server.options(name=name), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"]) == (0, True, counts, "verified")
    assert done["diff"] == foretold["diff"]
    assert settings(server, admin, name) == before
    assert objects(server, name) == 0
    assert "geheim-4711" not in str(done["output"])

    again = run_module("db_reset", server.options(name=name), diff=True)
    assert (again["rc"], again["changed"], again["removed"], again["verified"]) == (0, False, {}, "verified")


def test_sessions_are_ended(server: Endpoint, name: str) -> None:
    fill(server, name)
    with closing(PostgreSqlAdmin(server, name, autocommit=False)) as live:
        live("INSERT INTO public.a (n) VALUES (1)")
        done = run_module("db_reset", server.options(name=name))
        assert (done["rc"], done["verified"]) == (0, "verified")
        with pytest.raises(psycopg.OperationalError):
            live("SELECT 1")


@pytest.mark.parametrize("tail", ["-1", " x", "`'\"", "%s", "é", "*", "$(x)", "\\", "X", "y" * 53])
def test_any_legal_name_is_taken_literally(server: Endpoint, admin: PostgreSqlAdmin, name: str, tail: str) -> None:
    other = f"{name}{tail}"[:63]
    quoted = other.replace('"', '""')
    admin(f'CREATE DATABASE "{quoted}"')
    for database in (name, other):
        with closing(PostgreSqlAdmin(server, database)) as inside:
            inside("CREATE TABLE public.t ()")
    done = run_module("db_reset", server.options(name=other))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"tables": 1}, "verified")
    assert (objects(server, name), objects(server, other)) == (1, 0)


def test_a_pattern_resets_what_it_matches_and_nothing_else(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    for tail in ("_run1", "_run2", "_run_3"):
        admin(f"CREATE DATABASE {name}{tail}")
        with closing(PostgreSqlAdmin(server, f"{name}{tail}")) as inside:
            inside("CREATE TABLE public.t ()")
    done = run_module("db_reset", server.options(pattern=f"{name}_run?"))
    assert [target["name"] for target in done["targets"]] == [f"{name}_run1", f"{name}_run2"]  # type: ignore[attr-defined]
    assert done["removed"] == {"tables": 2}
    assert objects(server, f"{name}_run_3") == 1


def test_a_pattern_that_covers_a_system_database_is_refused(server: Endpoint) -> None:
    refused = run_module("db_reset", server.options(pattern="post*"))
    assert refused["rc"] != 0
    assert "pattern post* matches the server's own postgres" in str(refused["msg"])


def test_a_database_without_public_stays_without(server: Endpoint, name: str) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside("DROP SCHEMA public", "CREATE SCHEMA app")
    assert run_module("db_reset", server.options(name=name))["removed"] == {"schemas": 1}
    with closing(PostgreSqlAdmin(server, name)) as inside:
        assert inside("SELECT count(*) FROM pg_namespace WHERE nspname IN ('public', 'app')") == [(0,)]


def test_icu_locales_are_kept(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    admin(f"CREATE DATABASE {name}_i TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    fill(server, f"{name}_i")
    before = settings(server, admin, f"{name}_i")
    assert run_module("db_reset", server.options(name=f"{name}_i"))["verified"] == "verified"
    assert settings(server, admin, f"{name}_i") == before


@pytest.mark.parametrize("check", [True, False])
def test_missing_rights_are_told_before_anything_is_touched(server: Endpoint, admin: PostgreSqlAdmin, name: str, check: bool) -> None:
    fill(server, name)
    admin(f"CREATE ROLE {name}_s LOGIN CREATEDB PASSWORD 'x-{name}'")
    for user, told in ((f"{name}_o", "the user may not create databases"), (f"{name}_s", "the user does not own it")):
        refused = run_module("db_reset", server.options(name=name, username=user, password=f"x-{name}"), check=check)
        assert refused["rc"] != 0
        assert told in str(refused["msg"])
        assert f"The user {user} may not do this. It needs ownership of the database and CREATEDB" in str(refused["msg"])


def test_an_owner_who_may_create_databases_is_enough(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    fill(server, name)
    before = settings(server, admin, name)
    admin(f"ALTER ROLE {name}_o CREATEDB PASSWORD 'x-{name}'", f"ALTER ROLE {name}_r IN DATABASE {name} RESET ALL", f"ALTER DATABASE {name} RESET app.secret")
    before = settings(server, admin, name)
    done = run_module("db_reset", server.options(name=name, username=f"{name}_o", password=f"x-{name}"))
    assert (done["rc"], done["verified"]) == (0, "verified")
    assert settings(server, admin, name) == before


def test_what_cannot_be_kept_stops_the_reset_before_anything_is_dropped(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    """An owner may not set a superuser's parameter again."""
    fill(server, name)
    admin(f"ALTER ROLE {name}_o CREATEDB", f"ALTER DATABASE {name} SET log_statement TO 'ddl'")
    before = settings(server, admin, name)
    refused = run_module("db_reset", server.options(name=name, username=f"{name}_o", password=f"x-{name}"))
    assert refused["rc"] != 0
    assert "geheim-4711" not in str(refused["output"])
    assert (settings(server, admin, name), objects(server, name) > 0) == (before, True)
    assert admin(f"SELECT count(*) FROM pg_database WHERE datname = '{replacement_of(name)}'") == [(0,)]


def test_a_subscription_in_the_database_stops_it(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    fill(server, name)
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside(f"CREATE SUBSCRIPTION {name}_sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)")
        refused = run_module("db_reset", server.options(name=name), check=True)
        inside(f"DROP SUBSCRIPTION {name}_sub")
    assert refused["rc"] != 0
    assert f"it is used by subscription {name}_sub" in str(refused["msg"])


def test_passwords_may_contain_anything(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    escaped = AWKWARD_PASSWORD.replace("'", "''")
    admin(f"CREATE ROLE {name}_u SUPERUSER LOGIN PASSWORD '{escaped}'")
    fill(server, name)
    done = run_module("db_reset", server.options(name=name, username=f"{name}_u", password=AWKWARD_PASSWORD))
    assert (done["rc"], done["verified"]) == (0, "verified")
    assert AWKWARD_PASSWORD not in str(done["output"])
    assert json.dumps(AWKWARD_PASSWORD)[1:-1] not in str(done["output"])


def test_two_resets_at_once_both_end_well(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    fill(server, name)
    before = settings(server, admin, name)
    running = [start_module("db_reset", server.options(name=name)) for _each in range(2)]
    for each in running:
        result = each.result()
        assert (result["rc"], result["verified"]) == (0, "verified"), result
    assert settings(server, admin, name) == before


# -- killed resets of whole databases


def assert_completed(server: Endpoint, admin: PostgreSqlAdmin, name: str, before: list[Any] | None, pattern: bool) -> None:
    """The next run, from wherever, makes it whole and empty."""
    done = run_module("db_reset", server.options(**({"pattern": f"{name}*"} if pattern else {"name": name})))
    assert (done["rc"], done["verified"], done["state"]) == (0, "verified", "reset"), done
    assert settings(server, admin, name) == before
    assert objects(server, name) == 0
    assert admin(f"SELECT count(*) FROM pg_database WHERE datname = '{replacement_of(name)}'") == [(0,)]


def test_killed_before_any_change_the_next_run_completes(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    personalise(server, name)
    before = settings(server, admin, name)
    steps, without_name = 0, 0
    fill(server, name)
    while killed_before(steps, server.options(name=name)):
        steps += 1
        without_name += settings(server, admin, name) is None
        assert_completed(server, admin, name, before, pattern=bool(steps % 2))
        fill(server, name)
    assert steps > 15
    assert without_name == 1


@contextmanager
def held(server: Endpoint, statement: str) -> Iterator[None]:
    """A transaction that has run this statement and does not end before the ``with`` block."""
    with closing(PostgreSqlAdmin(server, autocommit=False)) as holder:
        holder(statement)
        yield
        holder.connection.rollback()


def waiting_for_lock(admin: PostgreSqlAdmin, beginning: str, name: str) -> int:
    """The session whose statement begins like this, is about this database or its replacement, and waits for a lock."""
    about = f"(strpos(query, '{name}') > 0 OR strpos(query, '{replacement_of(name)}') > 0)"
    query = f"SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '{beginning}%' AND {about} AND pid <> pg_backend_pid()"
    return int(eventually(f"{beginning} waits for a lock", lambda: admin.column(query))[0])


def ended(admin: PostgreSqlAdmin, session: int) -> None:
    eventually("the session ends", lambda: not admin.column(f"SELECT pid FROM pg_stat_activity WHERE pid = {session}"))


def started(server: Endpoint, name: str) -> RunningModule:
    return start_module("db_reset", server.options(name=name))


@pytest.mark.parametrize(
    ("lock", "statement"),
    [
        ("LOCK TABLE pg_db_role_setting IN SHARE MODE", "ALTER DATABASE"),
        ("LOCK TABLE pg_shdescription IN SHARE MODE", "COMMENT ON DATABASE"),
    ],
)
def test_killed_while_the_replacement_is_prepared_the_database_is_untouched(
    server: Endpoint, admin: PostgreSqlAdmin, name: str, lock: str, statement: str
) -> None:
    fill(server, name)
    before = settings(server, admin, name)
    with held(server, lock):
        running = started(server, name)
        session = waiting_for_lock(admin, statement, name)
        running.kill()
        assert (settings(server, admin, name), objects(server, name) > 0) == (before, True)
    ended(admin, session)
    assert_completed(server, admin, name, before, pattern=False)


@pytest.mark.parametrize("server_goes_on", [True, False])
def test_killed_while_the_old_database_is_dropped_the_settings_survive(server: Endpoint, admin: PostgreSqlAdmin, name: str, server_goes_on: bool) -> None:
    fill(server, name)
    before = settings(server, admin, name)
    with held(server, f"COMMENT ON DATABASE {name} IS 'held'"):
        running = started(server, name)
        session = waiting_for_lock(admin, "DROP DATABASE", name)
        running.kill()
        if not server_goes_on:
            admin(f"SELECT pg_terminate_backend({session})")
            ended(admin, session)
    ended(admin, session)
    assert (settings(server, admin, name) is None) == server_goes_on
    foretold = run_module("db_reset", server.options(name=name), check=True)
    assert (foretold["rc"], foretold["changed"]) == (0, True)
    assert_completed(server, admin, name, before, pattern=server_goes_on)


def test_killed_while_the_replacement_is_renamed_the_settings_survive(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    fill(server, name)
    before = settings(server, admin, name)
    with ExitStack() as on_replacement:
        with held(server, f"COMMENT ON DATABASE {name} IS 'held'"):
            running = started(server, name)
            waiting_for_lock(admin, "DROP DATABASE", name)
            on_replacement.enter_context(held(server, f"""COMMENT ON DATABASE "{replacement_of(name)}" IS 'held'"""))
        session = waiting_for_lock(admin, "ALTER DATABASE", name)
        running.kill()
        assert settings(server, admin, name) is None
        admin(f"SELECT pg_terminate_backend({session})")
        ended(admin, session)
    assert settings(server, admin, name) is None
    assert_completed(server, admin, name, before, pattern=True)


def test_a_half_dropped_database_is_replaced_too(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    """DROP DATABASE that is interrupted leaves the database invalid; simulated as the server marks it."""
    fill(server, name)
    before = settings(server, admin, name)
    with held(server, f"COMMENT ON DATABASE {name} IS 'held'"):
        running = started(server, name)
        session = waiting_for_lock(admin, "DROP DATABASE", name)
        running.kill()
        admin(f"SELECT pg_terminate_backend({session})")
        ended(admin, session)
    admin(f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'")
    assert_completed(server, admin, name, before, pattern=False)


def test_an_invalid_database_that_is_not_ours_is_told(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    admin(f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'")
    refused = run_module("db_reset", server.options(name=name))
    assert refused["rc"] != 0
    assert "an earlier DROP DATABASE was interrupted" in str(refused["msg"])


# -- one schema


def test_a_schema_is_emptied_and_keeps_what_it_is(server: Endpoint, admin: PostgreSqlAdmin, name: str) -> None:
    personalise(server, name)
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside("CREATE EXTENSION pgcrypto SCHEMA public", "COMMENT ON SCHEMA public IS 'mine'", "CREATE SCHEMA other", "CREATE TABLE other.t ()")
    before = settings(server, admin, name)
    fill(server, name)

    foretold = run_module("db_reset", server.options(name=name, schema="public"), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"]) == (0, True, MADE_BY_FILL)
    assert objects(server, name) > 0

    done = run_module("db_reset", server.options(name=name, schema="public"), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"]) == (0, True, MADE_BY_FILL, "verified")
    assert done["diff"] == foretold["diff"]
    assert settings(server, admin, name) == before
    assert (objects(server, name), objects(server, name, "other")) == (0, 1)
    with closing(PostgreSqlAdmin(server, name)) as inside:
        assert inside("SELECT obj_description('public'::regnamespace, 'pg_namespace'), public.digest('x', 'md5') IS NOT NULL") == [("mine", True)]

    again = run_module("db_reset", server.options(name=name, schema="public"))
    assert (again["rc"], again["changed"], again["removed"], again["verified"]) == (0, False, {}, "verified")


def test_schemas_have_any_name_and_may_be_absent(server: Endpoint, name: str) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside("""CREATE SCHEMA "My 'S"" %\\" """, """CREATE TABLE "My 'S"" %\\"."T.1" ()""")
    assert run_module("db_reset", server.options(name=name, schema="My 'S\" %\\"))["removed"] == {"tables": 1}
    absent = run_module("db_reset", server.options(name=name, schema="none"))
    assert (absent["rc"], absent["state"], absent["changed"]) == (0, "absent", False)
    assert run_module("db_reset", server.options(name=name, schema="none", must_exist=True))["rc"] != 0
    assert run_module("db_reset", server.options(name=f"{name}_none", schema="public"))["state"] == "absent"


def test_an_owner_may_reset_the_own_schema_without_further_rights(server: Endpoint, name: str) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside(f"CREATE SCHEMA app AUTHORIZATION {name}_o", "CREATE TABLE app.made_by_somebody_else ()")
    done = run_module("db_reset", server.options(name=name, schema="app", username=f"{name}_o", password=f"x-{name}"))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"tables": 1}, "verified")


@pytest.mark.parametrize("check", [True, False])
def test_a_foreign_schema_is_refused(server: Endpoint, name: str, check: bool) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside("CREATE SCHEMA app", "CREATE TABLE app.t ()")
    refused = run_module("db_reset", server.options(name=name, schema="app", username=f"{name}_o", password=f"x-{name}"), check=check)
    assert refused["rc"] != 0
    assert f"it belongs to {server.user}" in str(refused["msg"])
    assert objects(server, name, "app") == 1


@pytest.mark.parametrize(
    ("dependent", "described"),
    [
        ("CREATE VIEW other.v AS SELECT * FROM app.t", "rule _RETURN on view other.v"),
        ("CREATE TABLE other.r (id int REFERENCES app.t)", "constraint r_id_fkey on table other.r"),
        ("CREATE TABLE other.c (colour app.colour)", "column colour of table other.c"),
        ("CREATE TABLE other.d (n int DEFAULT nextval('app.s'))", "default value for column n of table other.d"),
        ("CREATE FUNCTION other.f(app.colour) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function other.f(app.colour)"),
    ],
)
def test_what_depends_on_it_from_outside_stops_it(server: Endpoint, name: str, dependent: str, described: str) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        inside("CREATE SCHEMA app", "CREATE SCHEMA other", "CREATE TABLE app.t (id int PRIMARY KEY)")
        inside("CREATE TYPE app.colour AS ENUM ('red')", "CREATE SEQUENCE app.s", dependent)
    for check in (True, False):
        refused = run_module("db_reset", server.options(name=name, schema="app"), check=check)
        assert refused["rc"] != 0
        assert "objects outside the schema depend on it" in str(refused["msg"])
        assert described in str(refused["msg"])


def test_a_locked_table_is_waited_for_and_the_session_named(server: Endpoint, name: str) -> None:
    fill(server, name)
    with closing(PostgreSqlAdmin(server, name, autocommit=False)) as writer:
        writer("INSERT INTO public.a (n) VALUES (1)")
        session = writer("SELECT pg_backend_pid()")[0][0]
        began = time.monotonic()
        refused = run_module("db_reset", server.options(name=name, schema="public", timeout=2))
        assert 2 <= time.monotonic() - began < 12
    assert refused["rc"] != 0
    assert "a lock was not free within 2 s" in str(refused["msg"])
    assert f"session {session} of {server.user}@127.0.0.1, idle in transaction" in str(refused["msg"])
    assert (refused["changed"], refused["removed"]) == (False, {})


def test_killed_between_batches_the_next_run_completes(server: Endpoint, name: str) -> None:
    with closing(PostgreSqlAdmin(server, name)) as inside:
        for start in range(0, 1500, 500):
            inside(";".join(f"CREATE TABLE public.t{number} ()" for number in range(start, start + 500)))
    running = start_module("db_reset", server.options(name=name, schema="public"))
    eventually("tables are dropped", lambda: objects(server, name) < 1500)
    running.kill()
    eventually("the last batch ends", lambda: objects(server, name) == objects(server, name))
    done = run_module("db_reset", server.options(name=name, schema="public"))
    assert (done["rc"], done["verified"], objects(server, name)) == (0, "verified", 0)
