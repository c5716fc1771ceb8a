# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role debezium_upgrade on a real stream: Debezium 1.9.8 on a worker of Kafka 3.1 captures MariaDB and PostgreSQL, and becomes Debezium 3.x on a
new worker. Every row arrives once, keys keep their bytes, no second snapshot; it may be refused, fail or be killed on the way; and it can be rolled back."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lab
import pytest
from captured_databases import Captured, Worker, until
from confluent_kafka.admin import AdminClient
from conftest import exports
from playbooks import TOP, Played, kill_tree, kill_when, play, start
from registry_front import RegistryFront
from registry_subjects import own_subjects, record, register, subjects
from stage_faults import FAULTS, Fault, refusing
from test_no_secret_leaks import spellings

UPGRADE, ROLLBACK = TOP / "playbooks/debezium_upgrade.yml", TOP / "playbooks/debezium_upgrade_rollback.yml"
SERVERS = "kafka mariadb postgresql registry"
ORDER = (
    "Stop the producers gracefully", "Wait until the sinks have read everything", "Stop the sinks", "Remove the subjects",
    "Resume the producers that ran before", "Wait until the producers have registered new schemas", "Resume the sinks",
)  # fmt: skip


@dataclass
class World:
    """The stream, the directory that the playbooks run in, and the worker that runs now."""

    captured: Captured
    directory: Path
    env: dict[str, str]
    last: int = 0
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def worker(self) -> Worker:
        return self.workers["connect_old" if lab.is_running("connect_old") else "connect_upgraded"]

    def write(self, rows: int = 10) -> None:
        self.captured.write(self.last + 1, self.last + rows)
        self.last += rows

    def variables(self, **more: Any) -> dict[str, Any]:
        database = {"port": self.env["LAB_MARIADB_PORT"], "username": self.env["LAB_MARIADB_REPLICATION_USER"],
                    "password": self.env["LAB_MARIADB_REPLICATION_PASSWORD"]}  # fmt: skip
        names = self.captured.connectors
        connect = {"url": self.worker.url, "url_username": self.worker.username or None, "url_password": self.worker.password or None}
        return {
            "debezium_upgrade_connect": {key: value for key, value in connect.items() if value},
            "debezium_upgrade_connectors": [{"name": names["mariadb"], "options": {"mariadb": True}, "database": database}, {"name": names["postgresql"]}],
            "debezium_upgrade_target": "3.5", "debezium_upgrade_decided": True, **more,
        }  # fmt: skip

    def upgrade(self, *arguments: str, **more: Any) -> Played:
        return play(UPGRADE, self.directory, *arguments, variables=self.variables(**more))

    def record(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / "reports/debezium_upgrade/latest/report.json").read_text(encoding="utf-8")))

    def states(self) -> list[str]:
        return [state for name in self.captured.connectors.values() for state in self.worker.states(name)]

    def backup(self) -> Path:
        return next(path for path in sorted((self.directory / "backups/debezium_upgrade").iterdir()) if path.is_dir() and not path.is_symlink())

    def switch(self, old: str, new: str) -> None:
        lab.stop_server(old)
        lab.start(new)


@pytest.fixture
def world(tmp_path: Path, client_config: dict[str, str], admin: AdminClient) -> Iterator[World]:
    """A stream of Debezium 1.9.8 that has taken its snapshot and goes on. Each transaction ends with a record whose offset is still inside of it."""
    env = exports(SERVERS)
    lab.stop_server("connect_upgraded")
    env |= lab.start("connect_old") | lab.endpoints(["connect_upgraded"])
    old = Worker(env["LAB_CONNECT_OLD_URL"], env["LAB_CONNECT_OLD_USER"], env["LAB_CONNECT_OLD_PASSWORD"])
    for name in old.names():  # of a run that was killed
        if name.startswith(("dbz", "rehearsal-dbz")):
            old.delete(name)
    captured = Captured(f"dbz{uuid.uuid4().hex[:8]}", env, client_config, env["LAB_CONNECT_OLD_SECRETS"])
    made = World(captured, tmp_path, env, workers={"connect_old": old, "connect_upgraded": Worker(env["LAB_CONNECT_UPGRADED_URL"])})
    captured.create()
    made.write()
    for engine, name in captured.connectors.items():
        config = captured.config_of_19(engine)
        if engine == "postgresql":  # a password that stands in a configuration, as it should not
            config["database.password"] = env["LAB_POSTGRESQL_REPLICATION_PASSWORD"]
        old.put(name, config)
    for engine, name in captured.connectors.items():
        old.wait_for(name, "RUNNING", "RUNNING")
        captured.records(engine, 10)
    made.write()
    for engine in captured.connectors:
        captured.records(engine, 20)
    yield made
    captured.remove([made.worker], admin)
    if lab.is_running("connect_upgraded"):  # others find the lab as it was
        made.switch("connect_upgraded", "connect_old")


def begun(task: str) -> str:
    """How the output says that a task has begun, or that it is skipped."""
    return f"TASK [streamops.kafka.debezium_upgrade : {task}]"


def output_of(world: World) -> str:
    """What the run has printed that was started and not waited for."""
    return (world.directory / "output").read_text(encoding="utf-8")


def stages(world: World) -> dict[str, str]:
    """Where the last run stands, by its report."""
    return {stage["name"]: stage["state"] for stage in world.record()["stages"]}


def arrived(world: World, engine: str) -> list[int]:
    return [record["id"] for record in world.captured.records(engine, world.last)]


def leaks(world: World, output: str) -> list[str]:
    """Where a secret was found; never the secret itself."""
    places = {"the output": output}
    for path in (world.directory / "reports").rglob("*"):
        if path.is_file():
            places[path.name] = path.read_text(encoding="utf-8")
    known = {name: spellings(value) for name, value in world.env.items() if name.endswith("_PASSWORD")}
    return [f"{name} in {place}" for name, forms in known.items() for place, text in places.items() if any(form in text for form in forms)]


def test_a_stream_survives_the_upgrade_and_the_way_back(world: World, kafka: dict[str, object]) -> None:
    """One test: each step needs the state that the one before it has left, and what is run again begins with a stream of its own."""
    everything_that_can_be_known_is_said_before_anything_is_touched(world)
    keys_that_would_move_to_other_partitions_stop_it(world)
    on_the_old_worker_it_stops_the_connectors_and_asks_for_the_new_plugins(world, kafka)
    every_stage_may_fail_or_be_killed_and_is_gone_on_from(world)
    every_row_arrives_once(world)
    a_second_run_changes_nothing(world)
    a_rehearsal_runs_beside_the_real_ones_and_is_removed(world)
    old_subjects_are_removed_between_producers_and_consumers(world, kafka)
    it_can_be_rolled_back_to_the_old_version(world)


def everything_that_can_be_known_is_said_before_anything_is_touched(world: World) -> None:
    wrong = play(UPGRADE, world.directory, variables={"debezium_upgrade_connectors": [], "debezium_upgrade_confirm": "x", "debezium_upgrade_permanent": True})
    assert wrong.code == 2
    for said in ("debezium_upgrade_connectors is empty", "debezium_upgrade_confirm says 'x'", "has no url", "old records become unreadable"):
        assert said in wrong.output
    undecided = world.upgrade(debezium_upgrade_decided=False)
    assert (undecided.code, "Read these, and set debezium_upgrade_decided" in undecided.output) == (2, True)
    nobody = world.upgrade(debezium_upgrade_connectors=[{"name": world.captured.connectors["mariadb"], "options": {"mariadb": True}}])
    assert (nobody.code, "needs a GTID in the offset" in nobody.output) == (2, True)
    assert world.states() == ["RUNNING"] * 4
    assert world.record()["state"] == "failed" and "Nothing was touched" in str(world.record()["next_steps"])


def keys_that_would_move_to_other_partitions_stop_it(world: World) -> None:
    registry, server = world.env["LAB_REGISTRY_URL"], world.captured.server("postgresql")
    with own_subjects(registry) as own:
        namespace = f"{server.replace('-', '_')}.public.{world.captured.table}"
        key = {"type": "record", "name": "Key", "namespace": namespace, "fields": [{"name": "id", "type": "long"}], "connect.name": f"{namespace}.Key"}
        register(registry, f"{own}routed.public.{world.captured.table}-key", key)
        careless = {"debezium_upgrade_registry": {"url": registry}, "debezium_upgrade_options": {"keep_schema_names": False}}
        stopped = world.upgrade(**careless)
        assert (stopped.code, "other partitions" in stopped.output, "schema.name.adjustment.mode=avro" in stopped.output) == (2, True, True)
        assert world.states() == ["RUNNING"] * 4
        predicted = world.upgrade("--check", "--diff", debezium_upgrade_registry={"url": registry})
        assert (predicted.code, world.states(), world.record()["check_mode"]) == (0, ["RUNNING"] * 4, True), predicted.output
        lines = [line.strip() for line in predicted.output.splitlines()]
        assert any(line.startswith("-") and '"database.server.name"' in line for line in lines)
        assert any(line.startswith("+") and '"topic.prefix"' in line for line in lines) and leaks(world, predicted.output) == []


def on_the_old_worker_it_stops_the_connectors_and_asks_for_the_new_plugins(world: World, kafka: dict[str, object]) -> None:
    prepared = world.upgrade(debezium_upgrade_kafka=kafka, debezium_upgrade_offsets_topic="connect-connect_old-offsets")
    assert prepared.code == 0, prepared.output
    assert world.states() == ["PAUSED"] * 4 and "Upgrade the plugins of every worker" in str(world.record()["next_steps"])
    backup = world.backup()
    assert (backup.stat().st_mode & 0o777, {path.stat().st_mode & 0o777 for path in backup.iterdir()}) == (0o700, {0o600})
    saved = json.loads((backup / "connectors.json").read_text(encoding="utf-8"))[world.captured.connectors["mariadb"]]
    assert (saved["state"], saved["config"]["database.password"].startswith("${file:")) == ("running", True)
    of_topic = json.loads((backup / "offsets_topic.json").read_text(encoding="utf-8"))["connectors"]
    assert {name: [each["partition"] for each in offsets] for name, offsets in of_topic.items()} == {
        name: [{"server": world.captured.server(engine)}] for engine, name in world.captured.connectors.items()}  # fmt: skip
    world.write()  # while nobody reads
    world.switch("connect_old", "connect_upgraded")


def a_database_that_refuses_the_login_is_reported(world: World) -> None:
    """It is asked for GTIDs when the new configurations are put and nothing runs."""
    variables = world.variables()
    variables["debezium_upgrade_connectors"][0]["database"]["password"] = "Kanarienvogel-4711"
    failed = play(UPGRADE, world.directory, "-vvvv", variables=variables)
    report = world.record()
    assert failed.code == 2 and report["state"] == "failed"
    assert [stage["state"] for stage in report["stages"] if stage["name"] in ("stop", "offsets", "put")] == ["ok", "ok", "failed"]
    assert "it goes on from there" in str(report["next_steps"]) and "debezium_upgrade_rollback_from=" in str(report["next_steps"])
    assert world.states() == ["STOPPED"] * 2
    assert "Kanarienvogel" not in failed.output and leaks(world, failed.output) == []


def every_stage_may_fail_or_be_killed_and_is_gone_on_from(world: World) -> None:
    with RegistryFront(world.worker.url, world.directory, "admin", "Kanarienvogel-4712") as front:
        connect = {"url": front.url, "url_username": "admin", "url_password": "Kanarienvogel-4712", "ca_path": str(front.certificate)}
        for fault in FAULTS:
            if fault.stage == "resume" and not fault.kills:
                a_database_that_refuses_the_login_is_reported(world)
            broken_off(world, front, connect, fault)


def broken_off(world: World, front: RegistryFront, connect: dict[str, str], fault: Fault) -> None:
    """Its report says where it stands, and nothing runs that should not."""
    running: list[subprocess.Popen[bytes]] = []
    started = threading.Event()

    def kill() -> None:
        started.wait(60)
        kill_tree(running[0].pid)

    front.refuse = refusing(fault, kill)
    running.append(start(UPGRADE, world.directory, variables=world.variables(debezium_upgrade_connect=connect)))
    started.set()
    code = running[0].wait(300)
    front.refuse = lambda method, path: 0
    output, report = output_of(world), world.record()
    standing = stages(world)[fault.stage]
    if fault.kills:
        assert (code, report["state"], standing) == (-signal.SIGKILL, "running", "running"), (fault, output[-3000:])
    else:
        assert (code, report["state"], standing) == (2, "failed", "failed"), (fault, output[-3000:])
        assert "it goes on from there" in str(report["next_steps"]) and "debezium_upgrade_rollback_from=" in str(report["next_steps"]), fault
        assert "Nothing was touched" not in str(report["next_steps"])  # by this run perhaps, but one before it has stopped connectors
    if fault.stage not in ("resume", "verify"):
        assert "RUNNING" not in world.states(), fault
    assert leaks(world, output) == [] and "Kanarienvogel" not in output


def every_row_arrives_once(world: World) -> None:
    done = world.upgrade("-vvvv", "--diff")
    assert done.code == 0, done.output[-3000:]
    offset = json.loads((world.backup() / "offsets.json").read_text(encoding="utf-8"))[world.captured.connectors["mariadb"]][0]["offset"]
    assert (offset["event"], offset["row"]) == (3, 10)  # stopped within a transaction
    results = {row["target"]: row for row in world.record()["results"]}
    assert {row["verified"] for row in results.values()} == {"verified"}
    assert world.states() == ["RUNNING"] * 4 and leaks(world, done.output) == []
    world.write()
    for engine in world.captured.connectors:
        assert arrived(world, engine) == list(range(1, world.last + 1))
        records = world.captured.records(engine)
        assert [record["id"] for record in records if record["op"] == "r"] == list(range(1, 11))  # the snapshot of 1.9.8, and no other
        assert {json.loads(record["key"])["schema"]["name"].split(".")[0] for record in records} == {world.captured.server(engine).replace("-", "_")}
    config = world.worker.config(world.captured.connectors["mariadb"])
    assert config["connector.class"].endswith("MariaDbConnector") and "database.server.name" not in config


def a_second_run_changes_nothing(world: World) -> None:
    again = world.upgrade()
    assert (again.code, "changed=0" in again.output, world.states()) == (0, True, ["RUNNING"] * 4), again.output
    assert "is new already, left alone" in str(world.record()["results"])
    assert [path.name for path in (world.directory / "backups/debezium_upgrade").iterdir()] == [world.backup().name]


def a_rehearsal_runs_beside_the_real_ones_and_is_removed(world: World) -> None:
    name = world.captured.connectors["mariadb"]
    connectors = [{**world.variables()["debezium_upgrade_connectors"][0], "rehearsal": {"server_id": 4711}}]
    rehearsed = world.upgrade(debezium_upgrade_connectors=connectors, debezium_upgrade_rehearse=True)
    assert rehearsed.code == 0, rehearsed.output
    config = world.worker.config(f"rehearsal-{name}")
    assert (config["database.server.id"], config["topic.prefix"]) == ("4711", f"rehearsal-{world.captured.server('mariadb')}")
    gone = world.upgrade(debezium_upgrade_connectors=connectors, debezium_upgrade_rehearse=True, debezium_upgrade_rehearsal_state="absent")
    assert gone.code == 0, gone.output
    assert world.worker.ask("GET", f"connectors/rehearsal-{name}")[0] == 404 and world.states() == ["RUNNING"] * 4


def old_subjects_are_removed_between_producers_and_consumers(world: World, kafka: dict[str, object]) -> None:
    """The lab's connectors write JSON, so the test registers the new schema in their place as soon as the old one is gone."""
    registry, sink = world.env["LAB_REGISTRY_URL"], f"{world.captured.name}-sink"
    target = world.directory / "sink.txt"
    world.worker.put(sink, {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "topics": world.captured.topic("mariadb"), "file": str(target),
        "consumer.override.auto.offset.reset": "earliest",
    })  # fmt: skip
    world.worker.wait_for(sink, "RUNNING", "RUNNING")
    try:
        with own_subjects(registry) as own:
            subject = f"{own}orders-value"
            register(registry, subject, record("Envelope", "old"))

            cleanup = {
                "debezium_upgrade_registry": {"url": registry}, "debezium_upgrade_kafka": kafka, "debezium_upgrade_sinks": [sink],
                "debezium_upgrade_subjects": [subject], "debezium_upgrade_permanent": True,
                "debezium_upgrade_permanent_confirm": "old records become unreadable",
            }  # fmt: skip
            waiting = begun(ORDER[-2])
            kill_when(lambda: waiting in output_of(world), UPGRADE, world.directory, variables=world.variables(**cleanup))
            killed = output_of(world)
            order = [killed.index(begun(task)) for task in ORDER[:-1]]
            assert order == sorted(order) and begun(ORDER[-1]) not in killed
            assert (world.record()["state"], stages(world)["consumers"]) == ("running", "running")
            assert subjects(registry, own) == [] and world.states() == ["RUNNING"] * 4 and "RUNNING" not in world.worker.states(sink)

            again = start(UPGRADE, world.directory, variables=world.variables(**cleanup))
            until("it waits for new schemas", lambda: waiting in output_of(world), bool)
            register(registry, subject, record("Envelope", "new"))
            assert again.wait(300) == 0, output_of(world)
            order = [output_of(world).index(begun(task)) for task in ORDER]
            assert order == sorted(order)
            assert subjects(registry, own) == [subject] and "Done already, by the run that was broken off." in str(world.record()["stages"])
            assert world.worker.states(sink) == ["RUNNING", "RUNNING"] and len(target.read_text(encoding="utf-8").splitlines()) == world.last
    finally:
        world.worker.delete(sink)


def it_can_be_rolled_back_to_the_old_version(world: World) -> None:
    backup = {"debezium_upgrade_rollback_from": str(world.backup())}
    made_room = play(ROLLBACK, world.directory, variables=world.variables(**backup))
    assert made_room.code == 0 and "Bring the old plugins back" in made_room.output, made_room.output
    world.write()
    world.switch("connect_upgraded", "connect_old")
    back = play(ROLLBACK, world.directory, variables=world.variables(**backup))
    assert back.code == 0, back.output
    for engine, name in world.captured.connectors.items():
        world.worker.wait_for(name, "RUNNING", "RUNNING")
        assert world.worker.config(name)["database.server.name"] == world.captured.server(engine)
    world.write()
    for engine in world.captured.connectors:
        assert arrived(world, engine) == list(range(1, world.last + 1))
        assert [record["id"] for record in world.captured.records(engine) if record["op"] == "r"] == list(range(1, 11))
    second = play(ROLLBACK, world.directory, variables=world.variables(**backup))
    assert (second.code, "changed=0" in second.output) == (0, True), second.output
