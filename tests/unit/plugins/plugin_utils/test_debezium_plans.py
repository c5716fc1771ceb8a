# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role debezium_upgrade makes of its backup, and what it says in the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils.debezium_plans import MARIADB, MYSQL, UNREADABLE, plan, problems, rollback
from ansible_collections.streamops.kafka.plugins.plugin_utils.debezium_verdicts import conclusion, verdicts

OLD = {"connector.class": MYSQL, "database.server.name": "cdc-a", "database.password": "geheim", "skipped.operations": "none"}
NEW = {"connector.class": MYSQL, "topic.prefix": "cdc-b", "schema.name.adjustment.mode": "avro"}


def settings(**more: Any) -> dict[str, Any]:
    return {
        "connectors": [{"name": "a"}, {"name": "b"}], "name": "x", "confirm": "x", "connect": {"url": "http://c"}, "registry": {}, "kafka": {},
        "offsets_topic": "", "target": "3.0", "options": {}, "sinks": [], "subjects": [], "subject_pattern": "", "permanent": False,
        "permanent_confirm": "", "rehearsal_prefix": "r-",
        "rehearsal_snapshot_mode": "no_data", "rehearsal_bootstrap_servers": "", "drift_by_rehearsal": False, **more,
    }  # fmt: skip


BACKUP = {"a": {"config": OLD, "state": "paused"}, "b": {"config": NEW, "state": "running"}}


def test_only_what_is_old_is_touched_and_each_gets_its_state_back() -> None:
    made = plan(settings(), BACKUP)
    assert (made["todo"], made["resume"]) == (["a"], [{"name": "a", "state": "paused"}])
    assert made["put"][0]["config"]["topic.prefix"] == "cdc-a" and [each["name"] for each in made["drift"]] == ["a"]
    assert plan(settings(), {"a": {"config": made["put"][0]["config"]}})["todo"] == []


def test_own_settings_win_and_nulls_remove() -> None:
    made = plan(settings(connectors=[{"name": "a", "set": {"poll.interval.ms": 5, "skipped.operations": None}}]), BACKUP)
    assert (made["put"][0]["config"]["poll.interval.ms"], "skipped.operations" in made["put"][0]["config"]) == (5, False)


def test_a_mysql_connector_that_becomes_mariadbs_needs_a_gtid() -> None:
    made = plan(settings(connectors=[{"name": "a", "options": {"mariadb": True}, "database": {"host": "h"}}], target="3.5"), BACKUP)
    assert (made["connectors"]["a"]["after"]["connector.class"], made["gtids"]) == (MARIADB, [{"name": "a", "database": {"host": "h"}}])


@pytest.mark.parametrize(("loaded", "count"), [({MYSQL: "1.9.8.Final"}, 1), ({}, 1), ({MYSQL: "3.0.8.Final"}, 0), ({MYSQL: "unknown"}, 0)])
def test_a_worker_with_old_plugins_is_known_before_it_is_asked(loaded: dict[str, str], count: int) -> None:
    assert len(plan(settings(), BACKUP, loaded)["old_plugins"]) == count


def test_rehearsals_are_observed_by_their_own_prefix() -> None:
    assert plan(settings(drift_by_rehearsal=True), BACKUP)["drift"][0]["rehearsal_prefix"] == "r-cdc-a"
    assert plan(settings(), BACKUP)["rehearsals"][0]["name"] == "r-a"


def test_every_problem_of_the_variables_is_said_at_once() -> None:
    assert problems(settings()) == []
    wrong = settings(connectors=[{"name": "a"}, {"name": "a", "colour": 1}], confirm="y", connect={}, subjects=["s"], sinks=["k"], permanent=True)
    assert len(problems(wrong)) == 7
    assert problems(settings(subjects=["s"], registry={"url": "r"}, permanent=True, permanent_confirm=UNREADABLE)) == []


def test_a_way_back_removes_what_the_new_worker_refuses_and_waits_for_the_old_one() -> None:
    new = rollback(BACKUP, there=["a", "b"], loaded={MYSQL: "3.6.1.Final"})
    assert (new["delete"], new["positions"], new["waits"], [each["name"] for each in new["put"]]) == (["a"], ["a"], ["a"], ["b"])
    old = rollback(BACKUP, there=["b"], loaded={MYSQL: "1.9.8.Final"})
    assert (old["delete"], old["waits"], [(each["name"], each["state"]) for each in old["put"]]) == ([], [], [("a", "paused"), ("b", "running")])
    saved = {"gone": {"versions": [{"schema": "1", "schema_type": "avro", "references": [], "id": 1}]}, "there": {"versions": [{"schema": "2"}]}}
    assert rollback(BACKUP, subjects=saved, existing=["there"])["subjects"] == [{"name": "gone", "schema": "1", "schema_type": "avro", "references": []}]


def test_the_end_says_where_it_stands_and_never_calls_unchecked_verified() -> None:
    made = plan(settings(), BACKUP)
    offset = [{"partition": {"server": "cdc-a"}, "offset": {"file": "b.1", "pos": 4}}]
    rows = verdicts(made, {"a": offset}, after={"a": offset})
    good = {row["target"]: row for row in conclusion(made, rows=rows, directory="d")["results"]}
    assert (good["a"]["verified"], good["b"]["what"]) == ("verified", "is new already, left alone")
    assert {row["target"]: row.get("verified") for row in conclusion(made)["results"]}["a"] == "not_checked"
    failed = conclusion(made, stage="put", failure="no", directory="d")
    assert failed["results"][-1]["state"] == "failed" and "debezium_upgrade_rollback_from=d" in " ".join(failed["next_steps"])
    assert "geheim" not in str([good, failed])


def test_an_offset_in_a_transaction_that_gets_a_gtid_goes_on_from_its_beginning() -> None:
    made = plan(settings(connectors=[{"name": "a", "options": {"mariadb": True}}], target="3.5"), BACKUP)
    before = [{"partition": {"server": "cdc-a"}, "offset": {"file": "b.1", "pos": 4, "row": 9, "event": 2}}]
    after = [{"partition": {"server": "cdc-a"}, "offset": {"file": "b.1", "pos": 4, "gtids": "0-1-1"}}]
    assert verdicts(made, {"a": before}, after={"a": after})[0]["verified"] == "verified"
