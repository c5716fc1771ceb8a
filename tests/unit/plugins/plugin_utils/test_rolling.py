# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and reports of the role confluent_rolling_upgrade."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.plugin_utils.report_record import row_problem
from ansible_collections.streamops.kafka.plugins.plugin_utils.rolling_plans import command, plan_lines, problems
from ansible_collections.streamops.kafka.plugins.plugin_utils.rolling_report import client_rows, conclusion, connector_rows, connector_states
from ansible_collections.streamops.kafka.plugins.plugin_utils.rolling_stack import services_of

SETTINGS: dict[str, Any] = {
    "name": "lab", "confirm": "lab", "target": "7.7.1", "from": "7.1.1", "driver": "command", "kafka": {"bootstrap_servers": ["127.0.0.1:9092"]},
    "brokers": [{"id": number, "service": f"kafka-{number}"} for number in (1, 2, 3)], "zookeepers": [], "connect": {}, "workers": [], "services": [],
    "commands": {"broker": "restart {id} {version} {protocol}"}, "stack": "", "stack_file": "", "packages": {}, "finalize": False, "moves_zookeeper": False,
}
OUTLOOK: dict[str, Any] = {
    "release": "3.7", "pin": "3.1-IV0", "binaries": [2, 3, 1], "protocol": [2, 3, 1], "controller": 1, "zookeepers_to_upgrade": [],
    "brokers": {str(number): {"release": "3.1"} for number in (1, 2, 3)},
}
STEP = {"broker": 2, "phase": "binaries", "service": "kafka-2", "version": "7.7.1", "protocol": "3.1", "began": "10:00:00", "ended": "10:00:14",
        "seconds": 14, "controller": 1, "gate": {"seconds": 6, "history": [{"second": 0.0, "seen": "not registered: broker 2"}]}}  # fmt: skip


def test_right_variables_have_no_problem() -> None:
    assert problems(SETTINGS) == []


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {**SETTINGS, "confirm": "lob", "target": "", "kafka": {}, "brokers": [{"id": 1, "service": "a"}, {"id": 1, "nmae": "b"}], "from": "",
             "commands": {"broker": "restart {broker}"}}  # fmt: skip
    found = problems(wrong)
    for part in ("says 'lob'", "target is empty", "no bootstrap_servers", "entry 2 has nmae", "entry 2 has no service", "1 is listed twice",
                 "{broker} is no placeholder", "{protocol} is missing", "from is empty"):  # fmt: skip
        assert any(part in text for text in found), (part, found)


def test_each_driver_wants_what_it_needs() -> None:
    assert "has no image" in problems({**SETTINGS, "driver": "swarm"})[0] and problems({**SETTINGS, "driver": "swarm", "stack_file": "/a"}) == []
    assert ["packages has no broker" in text or "has no host" in text for text in problems({**SETTINGS, "driver": "systemd"})] == [True] * 4


def test_a_value_is_one_word_of_a_command_whatever_is_in_it() -> None:
    assert command("restart '{service} now' {version}", {"service": "a; rm -rf b", "version": "1 2"}) == ["restart", "a; rm -rf b now", "1 2"]


def test_the_plan_names_each_broker_in_order_and_the_hold_point() -> None:
    lines = plan_lines(OUTLOOK, SETTINGS)
    assert [line.split(",", maxsplit=1)[0] for line in lines if line.startswith("broker")] == ["broker 2", "broker 3", "broker 1"]
    assert "active controller" in [line for line in lines if line.startswith("broker 1")][0]
    assert lines[-1].startswith("hold:")
    assert "no way back" in plan_lines(OUTLOOK, {**SETTINGS, "finalize": True})[-1]


def test_a_failed_gate_says_which_broker_and_how_to_go_on_or_back() -> None:
    state = {"steps": [STEP], "working_on": {"broker": 3, "service": "kafka-3", "version": "7.7.1", "protocol": "3.1"}}
    made = conclusion(state, OUTLOOK, "binaries", "gave up", directory="backups/1")
    assert {row["target"]: row["state"] for row in made["results"]} == {"broker 2": "ok", "broker 1": "not_attempted", "phase binaries": "failed"}
    assert "broker 3 (kafka-3)" in made["next_steps"][0] and "backups/1" in made["next_steps"][-1]
    assert not any(row_problem(row) for row in made["results"])


def test_after_the_binaries_it_holds_and_after_the_protocol_there_is_no_way_back() -> None:
    assert "rolled back" in conclusion({"steps": [STEP], "working_on": {}}, OUTLOOK)["next_steps"][0]
    failed = conclusion({"steps": [STEP], "working_on": {}, "finalizing": True}, OUTLOOK, "finalize", "gave up")
    assert "no way back" in failed["next_steps"][-1]


def test_problems_touch_nothing() -> None:
    made = conclusion({"steps": []}, OUTLOOK, problems=["one", "two"])
    assert [row["reason"] for row in made["results"]] == ["one", "two"] and "Nothing was touched" in made["next_steps"][0]


def test_check_mode_says_what_would_be_restarted() -> None:
    made = conclusion({"steps": []}, OUTLOOK, check_mode=True)
    assert [row["target"] for row in made["results"]] == ["broker 2", "broker 3", "broker 1"] and all(row["changed"] for row in made["results"])


def test_a_connector_that_is_worse_than_it_was_has_failed() -> None:
    before = connector_states([{"name": name, "state": "running", "tasks": [{"state": "running"}]} for name in ("a", "b", "c")])
    rows = connector_rows(before, [{"name": "a", "state": "running", "tasks": [{"state": "running"}]},
                                   {"name": "b", "state": "running", "tasks": [{"state": "failed"}]}])  # fmt: skip
    assert [(row["target"], row["verified"]) for row in rows] == [("a", "verified"), ("b", "failed"), ("c", "failed")]


def test_what_clients_saw_is_a_row_that_fails_when_a_record_is_lost() -> None:
    seen: dict[str, Any] = {"lost": 0, "duplicated": 0, "longest_stall": 1.3, "errors": {"producer": {"NOT_LEADER": 4}}}
    assert client_rows(seen)[0]["verified"] == "verified" and "errors producer NOT_LEADER: 4" in client_rows(seen)[0]["what"]
    assert client_rows({**seen, "lost": 1})[0]["verified"] == "failed"
    assert client_rows({"errors": {}})[0]["verified"] == "not_checked" and client_rows({}) == []


STACK = """
x-a: &a
  environment:
    SAME: 1
x-b: &b
  image: kafka:${TAG}
services:
  kafka-1:
    <<: *a
    <<: *b
    hostname: k1
    environment:
      BROKER_ID: 010
      TIME: 12:30
      ON: yes
      PRICE: $$5
      OWN: ${OWN:-one}
  listed:
    image: other
    environment: [A=1=2, B]
"""


def test_a_stack_file_is_read_as_texts_and_a_merge_key_may_stand_twice() -> None:
    services = services_of(STACK, {"TAG": "7.7.1"})
    env = {"BROKER_ID": "010", "TIME": "12:30", "ON": "yes", "PRICE": "$5", "OWN": "one"}
    assert services["kafka-1"] == {"image": "kafka:7.7.1", "hostname": "k1", "env": env}
    assert services["listed"]["env"] == {"A": "1=2", "B": None}


def test_a_variable_of_a_stack_file_without_a_value_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="variable TAG .kafka-1, image. has no value"):
        services_of(STACK)
