# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook experiment_reset as a lab engineer runs it: what it does, and what it says when something is wrong."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from lab import demo_data
from lab.demo_experiment import EMPTY, FULL, Experiment
from playbooks import TOP, Played, play, start

PLAYBOOK = TOP / "playbooks/experiment_reset.yml"
DOWN = {"port": 1}


@pytest.fixture
def experiment(unique: str, lab_env: dict[str, str]) -> Iterator[Experiment]:
    made = Experiment(unique, lab_env)
    made.fill()
    yield made
    made.remove()


def reset(tmp_path: Path, targets: list[dict[str, Any]], *arguments: str, **variables: Any) -> Played:
    return play(PLAYBOOK, tmp_path, *arguments, variables={"experiment_reset_targets": targets, **variables})


def states(played: Played) -> dict[str, tuple[str, str]]:
    return {name: (row["state"], row["verified"]) for name, row in played.results().items()}


def junit(played: Played) -> dict[str | None, list[str]]:
    """The outcome of each test case; empty means passed."""
    root = ElementTree.parse(played.directory / "reports/experiment_reset/latest/junit.xml").getroot()
    return {case.get("name"): [child.tag for child in case if child.tag != "system-out"] for case in root.iter("testcase")}


def changed_in_recap(played: Played) -> str:
    return played.output.partition("PLAY RECAP")[2].partition("changed=")[2].split()[0]


def test_check_mode_foretells_the_reset_and_a_second_reset_changes_nothing(tmp_path: Path, experiment: Experiment) -> None:
    targets = experiment.targets()
    foretold = reset(tmp_path, targets, "--check")
    assert foretold.code == 0, foretold.output
    assert experiment.contents() == FULL and experiment.rights() == set()
    predicted = {name: _as_if_done(row["what"]) for name, row in foretold.results().items()}
    assert "Checked only, nothing was changed: 4 of 4 targets would change." in foretold.output

    done = reset(tmp_path, targets)
    assert done.code == 0, done.output
    assert experiment.contents() == EMPTY
    assert {name: row["what"] for name, row in done.results().items()} == predicted
    assert predicted["kafka"] == "600 records of 2 topics removed; 1 group reset; 3 ACLs added"
    assert states(done) == dict.fromkeys(("kafka", "mariadb", "postgresql", "redis"), ("ok", "verified"))
    assert junit(done) == {"kafka": [], "mariadb": [], "postgresql": [], "redis": []}
    assert experiment.rights() == {
        ("TOPIC", experiment.topics[0], "LITERAL"), ("TOPIC", experiment.prefix, "PREFIXED"), ("GROUP", experiment.prefix, "PREFIXED"),
    }  # fmt: skip

    again = reset(tmp_path, targets)
    assert again.code == 0 and changed_in_recap(again) == "0", again.output
    assert {row["changed"] for row in again.results().values()} == {False}
    assert len(list((tmp_path / "reports/experiment_reset").iterdir())) == 4  # three runs and the link to the latest


def test_targets_that_are_down_do_not_keep_the_others_from_being_reset(tmp_path: Path, experiment: Experiment) -> None:
    targets = experiment.targets(mariadb=DOWN, redis={"password": "wrong"})
    played = reset(tmp_path, targets)
    assert played.code == 2
    assert experiment.contents() == {**EMPTY, "mariadb": FULL["mariadb"], "redis": FULL["redis"]}
    assert states(played) == {
        "kafka": ("ok", "verified"), "mariadb": ("failed", "not_checked"), "postgresql": ("ok", "verified"), "redis": ("failed", "not_checked"),
    }  # fmt: skip
    results = played.results()
    assert "Failed to reach the server on mariadb 127.0.0.1:1" in results["mariadb"]["reason"]
    assert "Failed to log in" in results["redis"]["reason"]
    assert junit(played) == {"kafka": [], "mariadb": ["failure"], "postgresql": [], "redis": ["failure"]}
    table = played.output.partition("what was done")[2]
    assert "Failed: 2 of 4 targets failed." in played.output
    assert table.index("mariadb") < table.index("Failed to reach the server on mariadb") < table.index("postgresql")
    assert "-e experiment_reset_only=mariadb,redis" in played.output

    mended = reset(tmp_path, experiment.targets(), "-e", "experiment_reset_only=mariadb,redis")
    assert mended.code == 0 and set(mended.results()) == {"mariadb", "redis"}
    assert experiment.contents() == EMPTY


def test_a_play_can_go_on_after_a_failure(tmp_path: Path, experiment: Experiment) -> None:
    played = reset(tmp_path, experiment.targets(postgresql=DOWN), experiment_reset_on_failure="continue")
    assert played.code == 0
    assert played.report()["state"] == "failed"
    assert experiment.contents() == {**EMPTY, "postgresql": FULL["postgresql"]}


def test_all_or_nothing_touches_nothing_and_lists_all_problems(tmp_path: Path, experiment: Experiment) -> None:
    kafka = {"bootstrap_servers": [experiment.env["LAB_KAFKA_PLAIN"]]}
    played = reset(tmp_path, experiment.targets(kafka=kafka, mariadb={"password": "wrong"}, redis=DOWN), experiment_reset_all_or_nothing=True)
    assert played.code == 2
    assert experiment.contents() == FULL
    assert states(played)["postgresql"] == ("not_attempted", "not_checked")
    assert junit(played) == {"kafka": ["failure"], "mariadb": ["failure"], "postgresql": ["skipped"], "redis": ["failure"]}
    results = played.results()
    assert "is a plaintext listener: this is the wrong listener, not a broker that is down" in results["kafka"]["reason"]
    assert f"set bootstrap_servers to {experiment.env['LAB_KAFKA_SCRAM']}" in results["kafka"]["reason"]
    assert "Failed to log in" in results["mariadb"]["reason"] and "Failed to reach" in results["redis"]["reason"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bootstrap_servers": ["127.0.0.1:1"]}, "nothing listens at 127.0.0.1:1 (Connection refused)"),
        ({"security_protocol": "plaintext", "sasl_username": None, "sasl_password": None}, "SCRAM-SHA-512: this is the wrong listener"),
        ({"security_protocol": "sasl_ssl"}, "Set security_protocol to sasl_plaintext"),
        ({"sasl_password": "wrong"}, "login refused for user"),
        ({"topics": ["no-such-topic"], "topic_pattern": "__consumer.*"}, "no-such-topic"),
        ({"topic_pattern": ".*", "groups": [], "group_pattern": ".*"}, "matches everything"),
    ],
)
def test_the_preflight_says_what_is_wrong_with_kafka(tmp_path: Path, lab_env: dict[str, str], unique: str, change: dict[str, Any], says: str) -> None:
    kafka = {**Experiment(unique, lab_env).targets()[0], **change}
    played = reset(tmp_path, [{key: value for key, value in kafka.items() if value is not None}])
    assert played.code == 2
    assert says in played.results()["kafka"]["reason"]
    assert played.report()["stages"][0]["state"] == "failed"


def test_live_consumers_are_found_before_anything_is_deleted(tmp_path: Path, experiment: Experiment) -> None:
    with experiment.live_consumer():
        played = reset(tmp_path, experiment.targets(), "-e", "experiment_reset_only=kafka")
    assert played.code == 2
    assert experiment.group in played.results()["kafka"]["reason"]
    assert experiment.contents() == FULL
    assert reset(tmp_path, experiment.targets()).code == 0


def test_what_cannot_be_meant_is_refused_before_any_server_is_asked(tmp_path: Path, lab_env: dict[str, str], unique: str) -> None:
    targets = Experiment(unique, lab_env).targets(kafka={"principal": "User:ANONYMOUS", **DOWN}, mariadb={"pattern": "x*"}, redis=DOWN)
    played = reset(tmp_path, targets, experiment_reset_on_failure="continue")
    assert played.code == 2
    assert states(played) == {name: (state, "not_checked") for name, state in
                              (("kafka", "failed"), ("mariadb", "failed"), ("postgresql", "not_attempted"), ("redis", "not_attempted"))}  # fmt: skip
    reasons = played.results()
    assert "would give the experiment's rights to everybody" in reasons["kafka"]["reason"] and "no option port" in reasons["kafka"]["reason"]
    assert reasons["mariadb"]["reason"] == "Exactly one of database and pattern says what to empty."


def test_an_operator_who_retypes_the_wrong_name_touches_nothing(tmp_path: Path, experiment: Experiment) -> None:
    played = reset(tmp_path, experiment.targets(), experiment_reset_name="staging", experiment_reset_confirm="production")
    assert played.code == 2
    assert "This resets 'staging', and experiment_reset_confirm says 'production'." in played.output
    assert experiment.contents() == FULL


def test_groups_can_be_removed_and_stages_switched_off(tmp_path: Path, experiment: Experiment) -> None:
    played = reset(tmp_path, experiment.targets(kafka={"group_action": "absent"}), experiment_reset_preflight=False, experiment_reset_verify=False)
    assert played.code == 0, played.output
    assert experiment.contents() == EMPTY
    assert "1 group deleted" in played.results()["kafka"]["what"]
    assert set(states(played).values()) == {("ok", "not_checked")}  # never said to be verified
    assert set(map(tuple, junit(played).values())) == {("skipped",)}
    assert [stage["state"] for stage in played.report()["stages"]] == ["skipped", "ok", "skipped"]


def test_a_locked_table_fails_its_target_alone(tmp_path: Path, experiment: Experiment) -> None:
    with demo_data.mariadb(experiment.env) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT * FROM `{experiment.database}`.a")
        played = reset(tmp_path, experiment.targets(mariadb={"timeout": 2}))
    assert played.code == 2
    assert states(played)["mariadb"] == ("failed", "not_checked")
    assert "lock" in played.results()["mariadb"]["reason"]
    assert experiment.contents() == {**EMPTY, "mariadb": FULL["mariadb"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_a_readable_report_and_the_next_one_completes_it(tmp_path: Path, experiment: Experiment, number: signal.Signals) -> None:
    variables = {"experiment_reset_targets": experiment.targets(mariadb={"timeout": 600})}
    with demo_data.mariadb(experiment.env) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT * FROM `{experiment.database}`.a")  # the reset of mariadb waits for this
        process = start(PLAYBOOK, tmp_path, variables=variables)
        latest = tmp_path / "reports/experiment_reset/latest"
        _wait_for(lambda: (latest / "report.json").exists() and _stage(latest, "reset") == "running")
        _wait_for(lambda: experiment.keys() == 0)
        process.send_signal(number)
        process.wait(60)
    record = json.loads((latest / "report.json").read_text(encoding="utf-8"))
    assert record["state"] == "running" and record["ended"] is None
    assert [stage["state"] for stage in record["stages"]] == ["ok", "running", "pending"]
    assert "run the same command again" in (latest / "report.md").read_text(encoding="utf-8")
    assert ElementTree.parse(latest / "junit.xml").getroot().get("errors") == "1"

    played = reset(tmp_path, experiment.targets())
    assert played.code == 0, played.output
    assert experiment.contents() == EMPTY


def test_a_report_that_cannot_be_written_stops_the_run_before_anything_is_touched(tmp_path: Path, experiment: Experiment) -> None:
    (tmp_path / "file").write_text("not a directory", encoding="utf-8")
    played = reset(tmp_path, experiment.targets(), experiment_reset_report_dir=str(tmp_path / "file" / "reports"))
    assert played.code == 2
    assert "Failed to write the report" in played.output
    assert experiment.contents() == FULL


def _as_if_done(what: str) -> str:
    return what.replace("to remove", "removed").replace("to reset", "reset").replace("to add", "added")


def _stage(directory: Path, name: str) -> str:
    stages = json.loads((directory / "report.json").read_text(encoding="utf-8"))["stages"]
    return str(next(stage["state"] for stage in stages if stage["name"] == name))


def _wait_for(condition: Any, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
