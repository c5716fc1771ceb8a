# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""connect_offsets and connect_plugin_info against the lab's Connect workers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from connect_workers import SOURCE, Login, ask, sink, source, state_of, until
from gitlab_modules import run_here

LINES = "one\ntwo\nthree\n"


def offsets(login: Login, check: bool = False, **options: Any) -> dict[str, Any]:
    done = dict(run_here("connect_offsets", {**login.options(), **options}, check=check, diff=True))
    assert done["rc"] == 0, done["msg"]
    return done


def refused(login: Login, **options: Any) -> str:
    done = run_here("connect_offsets", {**login.options(), **options})
    assert done["rc"] == 1
    return str(done["msg"])


@pytest.fixture
def topic(unique: str, connect_env: dict[str, str]) -> str:
    """A topic that is removed afterwards."""
    return f"{unique}-lines"


def start_source(login: Login, name: str, directory: Path, topic: str) -> dict[str, Any]:
    """A source that has read a file to its end, and its position by the worker's own word where it has one."""
    (directory / "a.in").write_text(LINES)
    done = run_here("connect_connector", {**login.options(), "name": name, "config": source(directory, "a", topic)})
    assert done["rc"] == 0, done["msg"]
    return {"partition": {"filename": str(directory / "a.in")}, "offset": {"position": len(LINES)}}


def test_read_back_up_reset_and_set_the_offsets_of_a_source(worker: Login, mine: str, topic: str, tmp_path: Path) -> None:
    name, backup = f"{mine}a", tmp_path / "offsets.json"
    read_all = start_source(worker, name, tmp_path, topic)
    until(lambda: offsets(worker, name=name)["connectors"][0]["before"] == [read_all])
    assert "is running: its offsets can be changed only while it is stopped" in refused(worker, name=name, state="absent")
    run_here("connect_connector", {**worker.options(), "connectors": [name], "state": "stopped"})
    assert offsets(worker, name=name, backup=str(backup), check=True)["backup"] is None and not backup.exists()
    predicted = offsets(worker, check=True, name=name, state="absent")
    done = offsets(worker, name=name, state="absent", backup=str(backup))
    assert [row["action"] for row in predicted["connectors"] + done["connectors"]] == ["reset", "reset"]
    assert (predicted["diff"], done["changed"]) == (done["diff"], True)
    assert ask(worker, "GET", f"connectors/{name}/offsets")[1] == {"offsets": []}
    assert not offsets(worker, name=name, state="absent")["changed"]
    kept = json.loads(backup.read_text())
    assert kept["connectors"] == {name: [read_all]} and backup.stat().st_mode & 0o777 == 0o600
    for changed in (True, False):
        assert offsets(worker, name=name, state="present", offsets=kept["connectors"][name])["changed"] is changed
    assert ask(worker, "GET", f"connectors/{name}/offsets")[1]["offsets"] == [read_all]
    half = {**read_all, "offset": {"position": 4}}
    assert offsets(worker, check=True, name=name, state="present", offsets=[half])["connectors"][0]["after"] == [half]
    assert offsets(worker, name=name, state="present", offsets=[{**read_all, "offset": None}])["connectors"][0]["after"] == []
    assert ask(worker, "GET", f"connectors/{name}/offsets")[1] == {"offsets": []}


def test_offsets_of_a_sink_are_those_of_its_group(worker: Login, mine: str, topic: str, tmp_path: Path) -> None:
    start_source(worker, f"{mine}source", tmp_path, topic)
    run_here("connect_connector", {**worker.options(), "name": f"{mine}sink", "config": sink(tmp_path, "b", topics=topic)})
    partition = {"kafka_topic": topic, "kafka_partition": 0}
    until(lambda: offsets(worker, name=f"{mine}sink")["connectors"][0]["before"] == [{"partition": partition, "offset": {"kafka_offset": 3}}])
    run_here("connect_connector", {**worker.options(), "connectors": [f"{mine}sink"], "state": "stopped"})
    wanted = [{"partition": {"kafka_topic": topic, "kafka_partition": "0"}, "offset": {"kafka_offset": "1"}}]  # as a template gives them
    assert offsets(worker, name=f"{mine}sink", state="present", offsets=wanted)["changed"]
    assert not offsets(worker, name=f"{mine}sink", state="present", offsets=wanted)["changed"]
    run_here("connect_connector", {**worker.options(), "connectors": [f"{mine}sink"], "state": "running"})
    until(lambda: (tmp_path / "b.out").read_text().splitlines() == ["one", "two", "three", "two", "three"])


def test_of_an_older_worker_the_topic_is_read_and_backed_up(old_worker: Login, mine_on_old: str, topic: str, tmp_path: Path, kafka: dict[str, Any]) -> None:
    name, backup = f"{mine_on_old}a", tmp_path / "offsets.json"
    read_all = start_source(old_worker, name, tmp_path, topic)
    said = refused(old_worker, name=name)
    assert "reading offsets needs Connect 3.5, this worker is 3.1.2" in said and "Give kafka and offsets_topic" in said
    said = refused(old_worker, name=name, state="present", offsets=[read_all], offsets_topic="connect-connect_old-offsets", kafka=kafka)
    assert "setting and resetting offsets needs Connect 3.6" in said
    of_topic = {"offsets_topic": "connect-connect_old-offsets", "kafka": kafka}
    until(lambda: offsets(old_worker, name=name, **of_topic)["connectors"][0]["before"] == [read_all])
    offsets(old_worker, name=name, backup=str(backup), **of_topic)
    kept = json.loads(backup.read_text())
    key = json.dumps([name, read_all["partition"]], separators=(",", ":"))
    assert kept["connectors"] == {name: [read_all]} and key in [record["key"] for record in kept["records"]]
    assert "Unknown topic" in refused(old_worker, name=name, offsets_topic="no-such-topic", kafka=kafka)


def test_wrong_requests_are_listed_at_once(worker: Login, tmp_path: Path) -> None:
    said = refused(worker, connectors=[{"name": "a", "state": "present"}, {"name": "b", "offsets": [{"partition": {}, "offset": None}]}, "b"])
    for part in ("connector a: state=present needs offsets", "connector b: offsets are for state=present", "connector b is listed twice"):
        assert part in said
    assert "connector no-such does not exist" in refused(worker, name="no-such")
    unwritable = refused(worker, connectors=["no-such"], backup=str(tmp_path / "absent" / "x"))
    assert "does not exist" in unwritable


def test_plugins_and_what_they_define(worker: Login, old_worker: Login) -> None:
    done = run_here("connect_plugin_info", {**worker.options(), "plugins": ["FileStreamSource", "MySqlConnector", "Nonsense"], "settings": True})
    rows = {row["class"]: row for row in done["plugins"]}
    assert (set(rows), done["missing"]) == ({SOURCE, "io.debezium.connector.mysql.MySqlConnector"}, ["Nonsense"])
    assert rows["io.debezium.connector.mysql.MySqlConnector"]["version"] == "3.6.1.Final"
    types = {each["name"]: each["type"] for each in rows["io.debezium.connector.mysql.MySqlConnector"]["settings"]}
    assert (types["database.password"], types["topic.prefix"]) == ("PASSWORD", "STRING")
    kinds = {row["type"] for row in run_here("connect_plugin_info", {**worker.options(), "type": ["transformation", "converter"]})["plugins"]}
    assert kinds == {"transformation", "converter"}
    old = run_here("connect_plugin_info", {**old_worker.options(), "plugins": ["io.debezium.connector.mysql.MySqlConnector"], "settings": True})
    assert old["plugins"][0]["version"] == "1.9.8.Final" and {"name": "database.server.name", "type": "STRING"}.items() <= next(
        each for each in old["plugins"][0]["settings"] if each["name"] == "database.server.name").items()
    assert run_here("connect_plugin_info", {**old_worker.options(), "type": ["predicate"]})["rc"] == 1


def test_a_stopped_connector_stays_stopped(worker: Login, mine: str, topic: str, tmp_path: Path) -> None:
    """Reading changes nothing."""
    run_here("connect_connector", {**worker.options(), "name": f"{mine}a", "config": source(tmp_path, "a", topic), "state": "stopped"})
    assert offsets(worker, name=f"{mine}a")["connectors"][0]["state"] == "stopped"
    assert state_of(worker, f"{mine}a") == ("STOPPED", [])
