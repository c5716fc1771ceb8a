# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action parallel inside of Ansible. The processes behind it have unit tests (test_lanes.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.streamops.kafka.plugins.action.parallel import secrets_in
from playbooks import Played, play

SECRET = "s3cr3t-\"quoted\" $HOME 100%"


def step(module: str, name: str | None = None, stop_on_failure: bool = True, **args: Any) -> dict[str, Any]:
    return {"name": name, "module": f"ansible.builtin.{module}", "args": args, "stop_on_failure": stop_on_failure}


def shell(text: str, name: str | None = None, stop_on_failure: bool = True) -> dict[str, Any]:
    return step("command", name, stop_on_failure, _raw_params=text, _uses_shell=True)


def run(
    tmp_path: Path, lanes: dict[str, list[dict[str, Any]]], *arguments: str, keywords: dict[str, Any] | None = None, **options: Any
) -> tuple[Played, dict[str, Any]]:
    """Run the lanes in one task, and write down what it returned."""
    tasks = [
        {
            "name": "Run the lanes",
            "streamops.kafka.parallel": {"lanes": [{"name": name, "steps": steps} for name, steps in lanes.items()], **options},
            "register": "result",
            "ignore_errors": True,
            **(keywords or {}),
        },
        {
            "ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(tmp_path / "result.json"), "mode": "0600"},
            "check_mode": False,
            "diff": False,
        },
    ]
    of_play = {"ansible.builtin.lineinfile": {"line": "of the play", "create": True, "mode": "0600"}, "ansible.builtin.ping": {"data": "of the play"}}
    played = play([{"hosts": "localhost", "gather_facts": False, "module_defaults": of_play, "tasks": tasks}], tmp_path, *arguments)
    return played, json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))


def test_lanes_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for all others: one after another they would never end."""
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    arrive = "touch {meeting}/{number}; until [ $(ls {meeting} | wc -l) = 8 ]; do sleep 0.1; done"
    lanes = {f"lane-{number}": [shell(arrive.format(meeting=meeting, number=number))] for number in range(8)}
    _played, result = run(tmp_path, lanes, lane_timeout=240)
    assert {lane["state"] for lane in result["lanes"].values()} == {"ok"}
    assert result["changed"] is True and result["failed"] is False


def test_a_failed_step_ends_its_lane_and_no_other(tmp_path: Path) -> None:
    played, result = run(tmp_path, {"bad": [shell("true"), shell("exit 3", "the second"), shell("true")], "good": [shell("true")]})
    assert result["failed"] is True and result["failed_lanes"] == ["bad"]
    assert [step["state"] for step in result["lanes"]["bad"]["steps"]] == ["ok", "failed", "not_attempted"]
    assert result["lanes"]["good"]["state"] == "ok"
    assert "1 of 2 lanes failed." in result["msg"]
    assert "bad: failed after" in played.output and "good: ok," in played.output


def test_a_step_may_fail_without_ending_its_lane(tmp_path: Path) -> None:
    failing = [shell("exit 1", "first", stop_on_failure=False), shell("exit 2", "second", stop_on_failure=False)]
    _played, result = run(tmp_path, {"lane": [*failing, shell("true")]})
    assert [step["state"] for step in result["lanes"]["lane"]["steps"]] == ["failed", "failed", "ok"]
    assert result["lanes"]["lane"]["reason"].startswith("first: ")


def test_failures_can_be_left_to_the_play(tmp_path: Path) -> None:
    _played, result = run(tmp_path, {"bad": [shell("exit 3")]}, on_failure="Continue")
    assert result["failed"] is False and result["failed_lanes"] == ["bad"]


def test_a_missing_module_and_a_wrong_option_are_failed_lanes(tmp_path: Path) -> None:
    _played, result = run(tmp_path, {"missing": [step("no_such_module")], "wrong": [step("ping", nonsense=1)], "good": [step("ping")]})
    assert result["failed_lanes"] == ["missing", "wrong"]
    assert "no_such_module" in result["lanes"]["missing"]["reason"]
    assert "nonsense" in result["lanes"]["wrong"]["reason"]


def test_a_module_that_dies_is_a_failed_lane(tmp_path: Path) -> None:
    _played, result = run(tmp_path, {"dying": [shell("kill -9 $PPID")], "good": [shell("true")]})
    assert result["failed_lanes"] == ["dying"]


def test_a_lane_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    _played, result = run(tmp_path, {"slow": [shell("sleep 120"), shell("true")], "quick": [shell("true")]}, lane_timeout=12)
    lane = result["lanes"]["slow"]
    assert lane["state"] == "failed" and "it took longer than 12 s" in lane["reason"]
    assert [step["state"] for step in lane["steps"]] == ["failed", "not_attempted"]
    assert result["lanes"]["quick"]["state"] == "ok"


def test_check_mode_and_differences_reach_the_modules(tmp_path: Path) -> None:
    file = tmp_path / "made"
    add = step("lineinfile", "add a line", path=str(file), line="hello", create=True, mode="0600")
    played, result = run(tmp_path, {"lane": [add]}, "--check", "--diff")
    assert result["changed"] is True and not file.exists()
    assert "+hello" in played.output and "lane: add a line" in played.output
    run(tmp_path, {"lane": [add]})
    assert file.read_text(encoding="utf-8") == "hello\n"


def test_module_defaults_count_for_steps_as_for_tasks(tmp_path: Path) -> None:
    """The task's win over the play's, and the step's own over both; they may be templates."""
    files = {name: str(tmp_path / name) for name in ("first", "second")}
    lanes = {
        "first": [step("lineinfile", path=files["first"]), step("ping")],
        "second": [step("lineinfile", path=files["second"], line="of the step"), step("ping", data="of the step")],
    }
    defaults = {"ansible.builtin.ping": {"data": "{{ of_the_task }}"}}
    _played, result = run(tmp_path, lanes, keywords={"module_defaults": defaults, "vars": {"of_the_task": "of the task"}})
    assert result["failed"] is False, result
    assert [(tmp_path / name).read_text(encoding="utf-8").strip() for name in files] == ["of the play", "of the step"]
    assert [lane["steps"][1]["result"]["ping"] for lane in result["lanes"].values()] == ["of the task", "of the step"]


def test_defaults_of_the_group_reach_kafka_modules_and_stay_secret(tmp_path: Path, lab_env: dict[str, str], kafka: dict[str, Any]) -> None:
    keywords = {"module_defaults": {"group/streamops.kafka.kafka": kafka}}
    asking = {"module": "streamops.kafka.kafka_info", "args": {"gather": ["cluster"]}}
    _played, result = run(tmp_path, {"kafka": [asking]}, keywords=keywords)
    assert result["failed"] is False and result["lanes"]["kafka"]["steps"][0]["result"]["cluster"], result

    wrong = {"group/streamops.kafka.kafka": {**kafka, "sasl_password": SECRET}, "streamops.kafka.kafka_info": {"request_timeout": 5}}
    played, result = run(tmp_path, {"kafka": [asking]}, "-vvvv", keywords={"module_defaults": wrong})
    assert result["failed_lanes"] == ["kafka"] and lab_env["LAB_KAFKA_USER"] in result["lanes"]["kafka"]["reason"]
    for text in (SECRET, json.dumps(SECRET)[1:-1], SECRET.split()[0]):
        assert text not in played.output and text not in json.dumps(result)


def test_progress_is_shown_while_a_module_runs(tmp_path: Path) -> None:
    telling = shell('echo "purge: 3 of 5 topics are empty" >> "$STREAMOPS_PROGRESS_FILE"; sleep 3')
    played, _result = run(tmp_path, {"slow": [telling], "other": [shell("sleep 2")]})
    lines = [line.strip() for line in played.output.splitlines()]
    assert lines.index("slow: purge: 3 of 5 topics are empty") < next(number for number, line in enumerate(lines) if line.startswith("other: ok"))


def test_options_of_modules_are_shown_at_no_verbosity(tmp_path: Path, lab_env: dict[str, str]) -> None:
    kafka = {"bootstrap_servers": lab_env["LAB_KAFKA_PLAIN"], "security_protocol": "sasl_plaintext", "sasl_username": "u", "sasl_password": SECRET, "name": "t"}
    lanes = {"kafka": [{"module": "streamops.kafka.kafka_topic", "args": kafka}], "ping": [step("ping", data="pong")]}
    played, result = run(tmp_path, lanes, "-vvvv", "--diff")
    assert result["failed_lanes"] == ["kafka"]
    for text in (SECRET, json.dumps(SECRET)[1:-1], SECRET.split()[0]):
        assert text not in played.output and text not in json.dumps(result)


def test_names_of_secrets_are_no_secrets() -> None:
    """A failure that names the Secret that is missing would else be hidden from the one who has to create it."""
    login = {"username": "anna", "password": SECRET, "client_config": {"sasl.password": "another"}}
    assert secrets_in({**login, "credentials_secret": {"name": "orders-login", "password_key": "password"}}) == {SECRET, "another"}


def test_two_lanes_of_one_name_are_refused(tmp_path: Path) -> None:
    tasks = [{"streamops.kafka.parallel": {"lanes": [{"name": "a", "steps": [step("ping")]}] * 2}}]
    played = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], tmp_path)
    assert played.code == 2 and "The names of lanes must differ" in played.output
