# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""connect_connector and connect_connector_info against the lab's Connect workers."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import lab
import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.rest import Rest
from connect_workers import SINK, Login, ask, config_of, masked_everywhere, names, sink, source, state_of, until
from gitlab_modules import run_here
from playbooks import play, start
from registry_front import RegistryFront
from run_module import run_module, start_module

SECRET = "Kanarienvogel-4711"


def run(login: Login, check: bool = False, **options: Any) -> dict[str, Any]:
    return dict(run_here("connect_connector", {**login.options(), **options}, check=check, diff=True))


def change(login: Login, check: bool = False, **options: Any) -> dict[str, Any]:
    done = run(login, check, **options)
    assert done["rc"] == 0, done["msg"]
    return done


def refused(login: Login, check: bool = False, **options: Any) -> str:
    done = run(login, check, **options)
    assert done["rc"] == 1
    return str(done["msg"])


def actions(done: dict[str, Any]) -> list[str]:
    return [row["action"] for row in done["connectors"]]


def workers_of(done: dict[str, Any]) -> set[str]:
    return {task["worker_id"] for row in done["connectors"] for task in row["tasks"]}


def test_check_mode_says_what_a_run_does_and_a_second_run_changes_nothing(worker: Login, mine: str, tmp_path: Path) -> None:
    wanted = {"name": f"{mine}a", "config": sink(tmp_path, "a")}
    predicted = change(worker, check=True, **wanted)
    assert names(worker, mine) == []
    done = change(worker, **wanted)
    assert actions(predicted) == actions(done) == ["created"]
    assert (predicted["changed"], predicted["diff"]) == (True, done["diff"])
    assert [row["after"] for row in predicted["connectors"]] == [row["after"] for row in done["connectors"]]
    assert state_of(worker, f"{mine}a") == ("RUNNING", ["RUNNING"])
    again = change(worker, **wanted)
    assert (again["changed"], actions(again), again["diff"]) == (False, ["unchanged"], {"before": "", "after": ""})


def test_a_key_that_is_no_longer_given_is_removed(worker: Login, mine: str, tmp_path: Path) -> None:
    name, config = f"{mine}a", sink(tmp_path, "a", **{"errors.tolerance": "all"})
    change(worker, name=name, config=config)
    del config["errors.tolerance"]
    assert change(worker, check=True, name=name, config=config)["changed"]
    done = change(worker, name=name, config=config)
    assert actions(done) == ["altered"] and "errors.tolerance" not in config_of(worker, name)
    assert '"errors.tolerance"' in done["diff"]["before"] and '"errors.tolerance"' not in done["diff"]["after"]
    # true is "true", 1 is "1", a list is joined, null is left out
    change(worker, name=name, config={**config, "errors.log.enable": "true", "topics": "a,b"})
    same = {**config, "errors.log.enable": True, "topics": ["a", "b"], "tasks.max": "1", "errors.tolerance": None}
    assert not change(worker, name=name, config=same)["changed"]


def test_pause_resume_stop_and_back_each_with_its_tasks(worker: Login, mine: str, tmp_path: Path) -> None:
    name = f"{mine}a"
    change(worker, name=name, config=sink(tmp_path, "a"))
    walk = (("paused", "paused", ("PAUSED", ["PAUSED"])), ("stopped", "stopped", ("STOPPED", [])), ("running", "resumed", ("RUNNING", ["RUNNING"])))
    for state, action, seen in walk:
        assert actions(change(worker, check=True, connectors=[name], state=state)) == [action]
        assert actions(change(worker, connectors=[name], state=state)) == [action]
        assert state_of(worker, name) == seen
        assert actions(change(worker, connectors=[name], state=state)) == ["unchanged"]


def test_what_is_created_paused_or_stopped_never_runs(worker: Login, mine: str, tmp_path: Path) -> None:
    (tmp_path / "a.in").write_text("a line\n")
    for state in ("stopped", "paused"):
        name, topic = f"{mine}{state}", f"{mine}{state}"
        done = change(worker, name=name, config=source(tmp_path, "a", topic), state=state)
        assert (actions(done), done["connectors"][0]["after"]["state"], state_of(worker, name)[0]) == (["created"], state, state.upper())
        assert ask(worker, "GET", f"connectors/{name}/offsets")[1] == {"offsets": []}


def test_present_leaves_a_paused_connector_paused(worker: Login, mine: str, tmp_path: Path) -> None:
    name = f"{mine}a"
    change(worker, name=name, config=sink(tmp_path, "a"), state="paused")
    assert actions(change(worker, name=name, config=sink(tmp_path, "b"))) == ["altered"]
    assert state_of(worker, name) == ("PAUSED", [])  # it gets its tasks when it is resumed


def test_a_failed_task_is_told_with_its_cause_and_restarted_when_that_is_gone(worker: Login, mine: str, tmp_path: Path) -> None:
    name, place = f"{mine}a", tmp_path / "later"
    config = sink(place, "a")
    done = run(worker, name=name, config=config)
    assert done["rc"] == 1 and actions(done) == ["failed"] and done["changed"]
    assert "task 0 has failed" in done["msg"] and "NoSuchFileException" in done["msg"]
    task = done["connectors"][0]["tasks"][0]
    assert task["state"] == "failed" and "Caused by: java.nio.file.NoSuchFileException" in task["trace"]
    assert "NoSuchFileException" in refused(worker, name=name, config=config)  # unchanged, and broken all the same
    place.mkdir()
    assert actions(change(worker, check=True, connectors=[name], state="restarted")) == ["restarted"]
    assert actions(change(worker, connectors=[name], state="restarted")) == ["restarted"]
    assert state_of(worker, name) == ("RUNNING", ["RUNNING"])
    assert not change(worker, connectors=[name], state="restarted")["changed"]  # nothing has failed
    assert actions(change(worker, connectors=[name], state="restarted", restart="all")) == ["restarted"]


def test_running_restarts_what_has_failed_and_a_good_configuration_mends_it(worker: Login, mine: str, tmp_path: Path) -> None:
    name = f"{mine}a"
    run(worker, name=name, config=sink(tmp_path / "absent", "a"))
    assert actions(change(worker, name=name, config=sink(tmp_path, "a"))) == ["altered"]
    assert state_of(worker, name) == ("RUNNING", ["RUNNING"])
    info = run_module("connect_connector_info", {**worker.options(), "names": [name, f"{mine}none"]})
    assert [row["has_failed"] for row in info["connectors"]] == [False] and info["missing"] == [f"{mine}none"]
    assert info["connectors"][0]["group"] == f"connect-{name}"


def test_every_error_of_every_connector_is_listed_and_nothing_is_touched(worker: Login, mine: str, tmp_path: Path) -> None:
    wrong = [
        {"name": f"{mine}good", "config": sink(tmp_path, "good")},
        {"name": f"{mine}a", "config": sink(tmp_path, "a", **{"tasks.max": "many", "key.converter": "Nonsense"})},
        {"name": f"{mine}b", "config": {**sink(tmp_path, "b"), "connector.class": "NoSuchConnector"}},
        {"name": f"{mine}c", "config": {"connector.class": SINK, "topics": "x", "topics.regex": "y"}},
    ]
    for check in (True, False):
        said = refused(worker, check, connectors=wrong)
        for part in (f"{mine}a: tasks.max: Invalid value many", f"{mine}a: key.converter:",
                     f"{mine}b: this worker has no plugin NoSuchConnector", f"{mine}c: topics"):
            assert part in said
        assert names(worker, mine) == []


def test_without_validation_the_worker_refuses_one_and_takes_the_others(worker: Login, mine: str, tmp_path: Path) -> None:
    wanted = [{"name": f"{mine}a", "config": sink(tmp_path, "a")}, {"name": f"{mine}b", "config": sink(tmp_path, "b", **{"tasks.max": "many"})}]
    done = run(worker, connectors=wanted, validate=False)
    assert done["rc"] == 1 and actions(done) == ["created", "failed"] and done["changed"]
    assert names(worker, mine) == [f"{mine}a"]


def test_input_is_judged_as_a_whole() -> None:
    nowhere = Login("http://127.0.0.1:9")  # never asked
    said = refused(nowhere, connectors=[
        {"name": "a", "config": {"topics": "x"}},
        {"name": "a", "config": {"connector.class": "X", "deep": {"er": 1}}},
        {"name": "b", "config": {"connector.class": "X", "name": "c"}},
        {"name": "d", "state": "absent", "config": {"connector.class": "X"}},
    ])
    for part in ("connector a is listed twice", "config has no connector.class", "value of deep is a dictionary", "config calls it c",
                 "config cannot be given for what should be absent"):
        assert part in said
    assert "exclusive would delete all" in refused(nowhere, exclusive=True)


def test_delete_and_remove_the_group_of_a_sink(worker: Login, mine: str, tmp_path: Path, kafka: dict[str, Any], unique: str, admin: Any) -> None:
    name, group = f"{mine}a", f"connect-{mine}a"
    config = sink(tmp_path, "a", topics=f"{unique}-in")
    run_here("kafka_topic", {**kafka, "name": f"{unique}-in", "partitions": 1})

    def groups() -> set[str]:
        return {each.group_id for each in admin.list_consumer_groups().result(timeout=20).valid}

    change(worker, name=name, config=config)
    until(lambda: group in groups())
    assert actions(change(worker, connectors=[name], state="absent", check=True)) == ["deleted"] and names(worker, mine) == [name]
    done = change(worker, connectors=[name], state="absent")
    assert (actions(done), done["connectors"][0]["offsets_removed"]) == (["deleted"], False)
    assert done["connectors"][0]["before"]["config"]["topics"] == f"{unique}-in"
    assert names(worker, mine) == [] and group in groups()
    assert actions(change(worker, connectors=[name], state="absent")) == ["absent"]
    change(worker, name=name, config=config)
    done = change(worker, connectors=[name], state="absent", remove_offsets=True)
    assert done["connectors"][0]["offsets_removed"] and names(worker, mine) == []
    assert group not in groups()


def test_a_worker_that_is_down_a_wrong_login_and_another_server_are_told_apart(worker: Login, old_worker: Login, connect_env: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        down = Login(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert "nothing listens there" in refused(down, connectors=["a"], state="paused")
    wrong = refused(Login(old_worker.url, old_worker.user, SECRET), connectors=["a"], state="paused")
    assert "401" in wrong and "does not accept the credentials" in wrong and SECRET not in wrong
    assert "401" in refused(Login(old_worker.url), connectors=["a"], state="paused")
    assert "Does the url lead to" in refused(Login(f"{worker.url}/connectors"), connectors=["a"], state="paused")


def test_a_worker_that_answers_409_is_asked_again_and_tls_is_verified(worker: Login, mine: str, tmp_path: Path) -> None:
    """The lab's workers never answered 409 in 5,000 requests while others were created, deleted and joined; the front before the real one does."""
    left = [3]

    def busy(method: str, path: str) -> int:
        if method == "GET" or path.endswith("/validate") or not left[0]:
            return 0
        left[0] -= 1
        return 409

    with RegistryFront(worker.url, tmp_path, "admin", SECRET) as front:
        front.refuse = busy
        behind = Login(front.url, "admin", SECRET)
        assert "certificate is not trusted" in refused(behind, connectors=["a"], state="paused")
        trusted = {"ca_path": str(front.certificate)}
        assert actions(change(behind, name=f"{mine}a", config=sink(tmp_path, "a"), **trusted)) == ["created"]
        assert (left, [method for method, path in front.requests].count("PUT")) == ([0], 5)  # validated once, put 1 + 3 times
        left[0] = 1000
        said = refused(behind, name=f"{mine}a", config=sink(tmp_path, "b"), timeout=2, **trusted)
        assert "409" in said and "tried" in said


def test_connectors_come_up_while_the_group_rebalances(worker: Login, mine: str, tmp_path: Path) -> None:
    """A second worker joins, then it is killed; what it had is taken over."""
    wanted = [{"name": f"{mine}{number}", "config": sink(tmp_path, str(number))} for number in range(8)]
    joining = threading.Thread(target=lab.start, args=("connect_second",))
    joining.start()
    try:
        change(worker, connectors=wanted[:4])
        joining.join()
        done = change(worker, connectors=wanted)
        assert [len(row["tasks"]) for row in done["connectors"]] == [1] * 8
        until(lambda: len(workers_of(change(worker, connectors=wanted))) == 2, 120)
    finally:
        joining.join()
        lab.kill_server("connect_second")
    # Until the group has noticed, the worker that is gone is told as running.
    until(lambda: workers_of(change(worker, connectors=wanted)) == {worker.url.removeprefix("http://")}, 120)


def test_twenty_connectors_and_a_run_that_was_killed_in_the_middle(worker: Login, mine: str, tmp_path: Path) -> None:
    wanted = [{"name": f"{mine}{number:02}", "config": sink(tmp_path, str(number))} for number in range(20)]
    running = start_module("connect_connector", {**worker.options(), "connectors": wanted})
    until(lambda: bool(names(worker, mine)))
    running.kill()
    made = len(names(worker, mine))
    done = change(worker, connectors=wanted)
    assert 1 <= made < 20 and sorted(names(worker, mine)) == [each["name"] for each in wanted]
    assert set(actions(done)) == {"unchanged", "created"}
    assert all(state_of(worker, each["name"]) == ("RUNNING", ["RUNNING"]) for each in wanted)
    assert not change(worker, connectors=wanted)["changed"]


def test_a_connector_that_no_worker_has_begun_is_there(worker: Login, mine: str, tmp_path: Path) -> None:
    """Each is asked for in the moment after its creation, in which it has no status."""
    asked = Worker(Rest(worker.url), {})
    for number in range(10):
        assert ask(worker, "PUT", f"connectors/{mine}{number}/config", sink(tmp_path, str(number)))[0] == 201
        assert f"{mine}{number}" in asked.connectors()


def test_exclusive_deletes_what_is_not_listed(old_worker: Login, mine_on_old: str, tmp_path: Path) -> None:
    """On the old worker, where no other test has connectors."""
    first, second = ({"name": f"{mine_on_old}{which}", "config": sink(tmp_path, which)} for which in "ab")
    change(old_worker, connectors=[first, second])
    change(old_worker, connectors=[first])
    assert len(names(old_worker, "")) == 2  # not listed is not touched
    predicted = change(old_worker, check=True, connectors=[first], exclusive=True)
    done = change(old_worker, connectors=[first], exclusive=True)
    assert actions(predicted) == actions(done) == ["unchanged", "deleted"]
    assert names(old_worker, "") == [first["name"]]


def test_an_older_worker_says_what_it_cannot_do_and_pauses(old_worker: Login, mine_on_old: str, tmp_path: Path) -> None:
    name = f"{mine_on_old}a"
    said = refused(old_worker, name=name, config=sink(tmp_path, "a"), state="stopped")
    assert "state=stopped needs Connect 3.5, this worker is 3.1.2" in said and "Use state=paused" in said
    assert "remove_offsets needs Connect 3.6" in refused(old_worker, connectors=[name], state="absent", remove_offsets=True)
    assert actions(change(old_worker, name=name, config=sink(tmp_path, "a"), state="paused")) == ["created"]
    assert state_of(old_worker, name)[0] == "PAUSED"  # one that is paused before it has tasks gets none
    assert actions(change(old_worker, connectors=[name], state="running")) == ["resumed"]
    assert actions(change(old_worker, connectors=[name], state="paused")) == ["paused"]
    assert state_of(old_worker, name) == ("PAUSED", ["PAUSED"])


def test_no_secret_is_shown_at_any_verbosity(worker: Login, mine: str, tmp_path: Path, connect_env: dict[str, str]) -> None:
    """By the plugin's definition (a key of MirrorMaker that has the type PASSWORD and a name that does not say it) and by name."""
    place = connect_env["LAB_CONNECT_SECRETS"]
    name, login = f"{mine}pg", {"url": worker.url}
    config = {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": f"{mine}pg", "database.hostname": "127.0.0.1",
        "database.port": connect_env["LAB_POSTGRESQL_PORT"], "database.user": "debezium", "database.password": f"${{file:{place}:postgresql_password}}",
        "database.dbname": "postgres", "database.sslpassword": SECRET + "-ssl", "plugin.name": "pgoutput", "slot.name": mine.replace("-", "_") + "slot",
        "producer.override.sasl.jaas.config": f'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="{SECRET}-jaas";',
    }
    task = {"streamops.kafka.connect_connector": {**login, "name": name, "config": config, "state": "stopped"}, "register": "done"}
    changed = {**config, "producer.override.sasl.jaas.config": config["producer.override.sasl.jaas.config"].replace("-jaas", "-other")}
    mirror = {**mirror_without_topics(), "ssl.truststore.certificates": SECRET + "-typed"}
    wrong = [{"name": name, "config": {**config, "database.port": "x"}}]
    tasks = [task, {"streamops.kafka.connect_connector": {**login, "name": name, "config": changed, "state": "stopped"}},
             {"streamops.kafka.connect_connector": {**login, "name": f"{mine}m", "config": mirror, "state": "stopped", "validate": False}},
             {"streamops.kafka.connect_connector_info": {**login, "names": [name]}},
             {"streamops.kafka.connect_connector": {**login, "connectors": wrong}, "ignore_errors": True},
             {"streamops.kafka.connect_connector": {"url": "http://127.0.0.1:9", "connectors": [{"name": name, "config": config}]}, "ignore_errors": True}]
    played = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], tmp_path, "-vvvv", "--diff")
    assert played.code == 0, played.output
    assert SECRET not in played.output and connect_env["LAB_POSTGRESQL_REPLICATION_PASSWORD"] not in played.output
    assert f"${{file:{place}:postgresql_password}}" in played.output and "*** (another one)" in played.output
    assert "database.port: " in played.output  # it was really judged
    stored = config_of(worker, name)
    assert stored["database.sslpassword"] == SECRET + "-ssl" and config_of(worker, f"{mine}m")["ssl.truststore.certificates"] == SECRET + "-typed"
    assert masked_everywhere(change(worker, connectors=[name, f"{mine}m"]), SECRET)


def test_progress_is_shown_while_it_waits(worker: Login, mine: str, tmp_path: Path) -> None:
    """A task that writes to a pipe does not start before somebody reads from it, which the test does when it has seen the line."""
    pipe = tmp_path / "pipe.out"
    os.mkfifo(pipe)
    task = {"streamops.kafka.connect_connector": {"url": worker.url, "name": f"{mine}a", "config": sink(tmp_path, "pipe"), "wait_timeout": 240}}
    written = tmp_path / "playbook.json"
    written.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    running, reader = start(written, tmp_path), -1
    try:
        until(lambda: "waiting for 1" in (tmp_path / "output").read_text(encoding="utf-8") or running.poll() is not None, 240)
        shown = (tmp_path / "output").read_text(encoding="utf-8")
        assert running.poll() is None and f"{mine}a: connector" in shown, shown
    finally:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        assert running.wait(240) == 0, (tmp_path / "output").read_text(encoding="utf-8")
        ask(worker, "DELETE", f"connectors/{mine}a")  # while the pipe has a reader
        os.close(reader)


def mirror_without_topics() -> dict[str, Any]:
    """A connector that runs and has no task: nothing to copy."""
    values = lab.endpoints("kafka")
    client = {"bootstrap.servers": values["LAB_KAFKA_SCRAM"], "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512",
              "sasl.jaas.config": f"${{file:{lab.endpoints('connect')['LAB_CONNECT_SECRETS']}:kafka_jaas}}"}
    clusters = {f"{side}.cluster.{key}": value for side in ("source", "target") for key, value in client.items()}
    return {"connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector", "source.cluster.alias": "one", "target.cluster.alias": "two",
            "groups": "no-such-group", "emit.checkpoints.interval.seconds": 3600, "checkpoints.topic.replication.factor": 1, **clusters}


@pytest.fixture(autouse=True)
def _no_second_worker_is_left() -> None:
    """One that a killed run has left would take half of the tasks."""
    if lab.is_running("connect_second"):
        lab.kill_server("connect_second")


def test_the_result_is_json_that_names_the_worker(worker: Login) -> None:
    done = change(worker, connectors=["no-such-connector"], state="absent")
    assert (done["worker_version"], actions(done), done["changed"]) == ("4.3.1", ["absent"], False)
    assert json.dumps(done)
