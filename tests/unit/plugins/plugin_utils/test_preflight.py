# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils import report_record
from ansible_collections.streamops.kafka.plugins.plugin_utils.preflight_checks import checks, lanes, problems
from ansible_collections.streamops.kafka.plugins.plugin_utils.preflight_rows import conclusion
from ansible_collections.streamops.kafka.plugins.plugin_utils.report_render import render, table

ADMIN = {"bootstrap_servers": ["k1:9094", "k2:9094"], "security_protocol": "sasl_plaintext", "sasl_username": "admin", "sasl_password": "admin-secret"}
KAFKA = {"name": "kafka", "type": "Kafka", **ADMIN, "topics": ["lab-a"], "topic_pattern": "lab-.*", "principal": "User:lab", "acl_prefix": "lab-"}
MARIADB = {"name": "mariadb", "type": "mariadb", "host": "::1", "username": "root", "password": "x", "database": "lab"}
ACCESS = {"target": "kafka", "sasl_password": "lab-secret"}
POD = {"kubernetes": {"namespace": "lab", "selector": "app=x", "kubeconfig": "/k"}}
EMPTY: dict[str, Any] = {"targets": [], "access": [], "kubernetes": [], "endpoints": [], "configurations": [], "disk": [], "clock": {"urls": "http://a/"}}


def settings(**parts: Any) -> dict[str, Any]:
    return {**EMPTY, **parts}


def steps_of(name: str, **parts: Any) -> dict[str, dict[str, Any]]:
    lane = next(lane for lane in lanes(settings(**parts)) if lane["name"] == name)
    return {step["name"]: step for step in lane["steps"]}


def outcome(state: str, reason: str = "", **results: dict[str, Any]) -> dict[str, Any]:
    steps = [{"name": name, "state": state, "seconds": 0.1, "changed": False, "reason": reason, "result": result} for name, result in results.items()]
    return {"state": state, "changed": False, "seconds": 0.1, "reason": reason, "steps": steps}


def row_of(name: str, seen: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return next(row for row in conclusion(settings(**parts), {name: seen})["results"] if row["target"] == name)


def test_a_target_is_looked_at_by_what_would_reset_it() -> None:
    kafka = steps_of("kafka", targets=[KAFKA])
    assert list(kafka) == ["endpoint", "connection", "topics", "rights"]
    assert kafka["endpoint"]["args"] == {"addresses": ["k1:9094", "k2:9094"], "connect": False}
    mariadb = steps_of("mariadb", targets=[MARIADB])
    assert list(mariadb) == ["endpoint", "database"] and mariadb["endpoint"]["args"] == {"addresses": ["[::1]:3306"]}
    assert mariadb["endpoint"]["stop_on_failure"], "nobody logs in where nobody answers"
    assert list(steps_of("mariadb", targets=[{**MARIADB, **POD, "transport": "kubernetes_exec"}])) == ["database"]


def test_the_user_logs_in_at_the_listener_of_its_target_and_never_as_the_administrator() -> None:
    args = steps_of("User:lab on kafka", targets=[KAFKA], access=[ACCESS])["access"]["args"]
    assert args["sasl_username"] == "lab" and args["sasl_password"] == "lab-secret" and args["bootstrap_servers"] == ADMIN["bootstrap_servers"]
    assert args["administrator"] == ADMIN
    assert args["topics"] == ["lab-a"] and args["pattern"] == "lab-.*" and args["groups"] == ["lab-preflight"]
    own = steps_of("x", targets=[KAFKA], access=[{**ACCESS, "name": "x", "topics": ["other"], "groups": ["g"], "sasl_username": "eve", "consume": False}])
    assert (own["access"]["args"]["topics"], own["access"]["args"]["groups"], own["access"]["args"]["sasl_username"]) == (["other"], ["g"], "eve")
    assert "pattern" not in own["access"]["args"] and own["access"]["args"]["consume"] is False
    alone = steps_of("User:u on k:1", access=[{"bootstrap_servers": "k:1", "sasl_username": "u", "sasl_password": "p", "topics": ["t"]}])
    assert "administrator" not in alone["access"]["args"]


def test_a_principal_without_password_is_not_checked() -> None:
    found = {check.name: check for check in checks(settings(targets=[KAFKA]))}
    assert "without its password" in found["User:lab on kafka"].why_not
    assert row_of("User:lab on kafka", {}, targets=[KAFKA])["verified"] == "not_checked"


def test_kafka_inside_of_kubernetes_is_not_tried_from_outside() -> None:
    inside = {"name": "kafka", "type": "kafka", "transport": "kubernetes_exec", **POD, "topics": ["t"], "principal": "User:lab"}
    found = {check.name: check for check in checks(settings(targets=[inside], access=[{**ACCESS, "sasl_username": "lab"}]))}
    assert "only from inside its pod" in found["User:lab on kafka"].why_not and "endpoint" not in steps_of("kafka", targets=[inside])


def test_what_targets_need_in_kubernetes_is_asked_once_a_place() -> None:
    targets = [{**MARIADB, **POD, "name": name, "transport": transport} for name, transport in
               (("a", "kubernetes_exec"), ("b", "kubernetes_exec"), ("c", "kubernetes_port_forward"))]  # fmt: skip
    secret = {**MARIADB, "credentials_secret": {"name": "login", "namespace": "lab", "username_key": "u"}}
    found = [check.steps[0]["args"] for check in checks(settings(targets=[*targets, secret])) if check.kind == "kubernetes"]
    assert found == [
        {"transport": ["kubernetes_exec", "kubernetes_port_forward"], "kubernetes": {"namespace": "lab", "kubeconfig": "/k"}},
        {"credentials_secret": {"name": "login", "namespace": "lab"}, "kubernetes": {}},
    ]


def test_names_are_unique() -> None:
    disks = [{"path": "/", "minimum_free": "1%"}, {"path": "/", "minimum_free": "2 GiB"}]
    assert [lane["name"] for lane in lanes(settings(disk=disks))][:2] == ["room in /", "room in / (2)"]


@pytest.mark.parametrize(("parts", "says"), [
    ({"targets": [{**KAFKA, "topix": 1}]}, "has no option topix"),
    ({"access": [{"target": "kafka"}]}, "kafka_preflight_access (unnamed): kafka is no Kafka target. There are none."),
    ({"access": [{"name": "a", "topix": 1, "bootstrap_servers": "k:1"}]}, "kafka_preflight_access (a) has no option topix."),
    ({"configurations": [{"first": {"path": "x"}}]}, "kafka_preflight_configurations (entry 1) needs second."),
    ({"clock": {"url": "x"}}, "kafka_preflight_clock has no option url."),
    ({"clock": {}}, "nothing is set: there is nothing to look at."),
])
def test_what_cannot_be_meant(parts: dict[str, Any], says: str) -> None:
    found = problems(settings(**parts))
    assert any(says in problem["problem"] for problem in found), found
    row = conclusion(settings(**parts), {}, found)["results"][0]
    assert (row["state"], row["verified"], row["target"]) == ("failed", "failed", "what was asked") and says in row["reason"]


def test_what_can_be_meant_has_no_problems() -> None:
    assert problems(settings(targets=[KAFKA, MARIADB], access=[ACCESS])) == []


def test_a_row_of_a_target() -> None:
    ends = {"endpoints": [{"address": "k1:9094", "resolved": ["192.0.2.1"]}]}
    row = row_of("mariadb", outcome("ok", endpoint=ends, database={"removed": {"tables": 2}, "targets": []}), targets=[MARIADB])
    assert row["what"] == "at 192.0.2.1, logged in: 2 tables to remove" and (row["state"], row["verified"]) == ("ok", "verified")
    failed = row_of("mariadb", outcome("failed", "nobody there", endpoint={}), targets=[MARIADB])
    assert (failed["state"], failed["verified"], failed["reason"], failed["what"]) == ("failed", "failed", "nobody there", "")


def test_a_row_is_not_called_verified_when_its_check_was_not_made() -> None:
    trial = {"resource_type": "topic", "name": "t", "operation": "write", "state": "not_checked", "reason": "no library"}
    row = row_of("User:lab on kafka", outcome("ok", access={"state": "not_checked", "principal": "User:lab", "trials": [trial]}),
                 targets=[KAFKA], access=[ACCESS])  # fmt: skip
    assert (row["state"], row["verified"], row["reason"]) == ("ok", "not_checked", "topic t: no library") and row["what"] == "User:lab: logged in"
    clock = row_of("clock against http://a/", outcome("ok", clock={"clock_state": "not_checked", "reason": "no date", "clock_skew": None}))
    assert (clock["verified"], clock["reason"]) == ("not_checked", "no date")
    kubernetes = row_of("rights in lab", outcome("ok", rights={"state": "not_checked", "rights": []}),
                        kubernetes=[{"namespace": "lab", "transport": "kubernetes_exec"}])  # fmt: skip
    assert kubernetes["verified"] == "not_checked" and "does not let this user ask" in kubernetes["reason"]


def test_a_run_that_was_broken_off() -> None:
    rows = conclusion(settings(disk=[{"path": "/", "minimum_free": "1%"}]), {})["results"]
    assert [(row["state"], row["verified"]) for row in rows] == [("not_attempted", "not_checked")] * 2


def test_the_rows_of_the_small_checks() -> None:
    keys = [{"first": "a", "second": "b", "first_value": "1", "second_value": "1", "state": "verified", "reason": ""}]
    row = row_of("x and ConfigMap y in step", outcome("ok", configuration={"state": "verified", "keys": keys}),
                 configurations=[{"first": {"path": "x"}, "second": {"config_map": "y"}, "keys": ["a"]}])  # fmt: skip
    assert row["what"] == "1 key agrees"
    assert row["parts"][0]["name"] == "a / b" and row["parts"][0]["what"] == "1 / 1"
    disk = row_of("room in /", outcome("ok", disk={"free_bytes": 2**30, "total_bytes": 2**31}), disk=[{"path": "/", "minimum_free": "1%"}])
    assert disk["what"] == "1.0 of 2.0 GiB free"
    clock = row_of("clock against http://a/", outcome("ok", clock={"clock_state": "verified", "clock_skew": -1.5, "clock_uncertainty": 0.5}))
    assert clock["what"] == "1.5 s behind, give or take 0.5 s" and clock["verified"] == "verified"


def test_what_to_do_next() -> None:
    good = outcome("ok", clock={"clock_state": "verified", "clock_skew": 0.0, "clock_uncertainty": 0.5})
    assert conclusion(EMPTY, {"clock against http://a/": good})["next_steps"] == ["Go on: everything is as it must be."]
    bad = conclusion(settings(clock={}, disk=[{"path": "/", "minimum_free": "1%"}]), {"room in /": outcome("failed", "full", disk={})})
    assert bad["next_steps"] == ["Mend what is said for room in /, then run it again. Nothing was changed.", "Not checked, look yourself: clock."]


def test_the_reports_of_a_look_speak_of_what_was_found_and_not_of_changes() -> None:
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    record = report_record.begin("kafka_preflight", "Preflight", "lab", ["look"], False, now, looks_only=True)
    found = conclusion(settings(clock={}, disk=[{"path": "/", "minimum_free": "1%"}]), {"room in /": outcome("ok", disk={"free_bytes": 1, "total_bytes": 2})})
    report_record.end_stage(record, "look", found["results"], now)
    report_record.finish(record, found["results"], found["next_steps"], now)
    lines = table(record)
    assert lines[0].split("  ")[-1].strip() == "time" and "what was found" in lines[0] and "verification" not in lines[0]
    assert "room in /  verified     0.0 of 0.0 GiB free  0.1 s" in lines
    assert any("clock      not checked" in line for line in lines) and any("name a server with HTTP" in line for line in lines)
    files = render(record)
    for name in ("report.md", "report.html"):
        assert "What was not checked, and why" in files[name] and "What changed" not in files[name] and "left alone" not in files[name]
    assert "<skipped" in files["junit.xml"] and 'failures="0"' in files["junit.xml"]
