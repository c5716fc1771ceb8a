# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_registry_subject and schema_registry_info against the lab's registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitlab_modules import run_here
from registry_front import RegistryFront
from registry_subjects import ask, record, register, subjects

USER, PASSWORD = "registrar", "Kanarienvogel-4711"


def change(url: str, check: bool = False, **options: Any) -> dict[str, Any]:
    done = run_here("schema_registry_subject", {"url": url, "subjects": [], **options}, check=check, diff=True)
    assert done["rc"] == 0, done["msg"]
    return done


def refused(url: str, check: bool = False, **options: Any) -> str:
    done = run_here("schema_registry_subject", {"url": url, "subjects": [], **options}, check=check)
    assert done["rc"] == 1
    return str(done["msg"])


def look(url: str, **options: Any) -> dict[str, Any]:
    return dict(run_here("schema_registry_info", {"url": url, **options}))


def actions(done: dict[str, Any]) -> list[str]:
    return [row["action"] for row in done["subjects"]]


def test_check_mode_says_what_a_run_does_and_a_second_run_changes_nothing(registry_url: str, own: str) -> None:
    wanted = [{"name": f"{own}value", "schema": record("Order", "a")}, {"name": f"{own}key", "schema": '"string"'}]
    predicted = change(registry_url, check=True, subjects=wanted)
    assert subjects(registry_url, own) == []
    done = change(registry_url, subjects=wanted)
    assert actions(predicted) == actions(done) == ["created", "created"]
    assert (predicted["changed"], predicted["diff"]) == (True, done["diff"])
    assert [row["after"] for row in predicted["subjects"]] == [row["after"] for row in done["subjects"]]
    assert done["subjects"][0]["versions"] == [1] and done["subjects"][0]["ids"] == [done["subjects"][0]["id"]]
    again = change(registry_url, subjects=wanted)
    assert (again["changed"], actions(again)) == (False, ["unchanged", "unchanged"])
    assert again["subjects"][0]["id"] == done["subjects"][0]["id"]


def test_subjects_that_are_to_come_are_waited_for(registry_url: str, own: str, tmp_path: Path) -> None:
    name = f"{own}late"
    late = look(registry_url, subjects=[name], wait_timeout=1)
    assert late["rc"] == 1 and f"1 subjects are not there yet: {name}" in late["msg"] and "first record of its topic" in late["msg"]
    with RegistryFront(registry_url, tmp_path, USER, PASSWORD) as front:

        def registered_at_the_third_look(method: str, path: str) -> int:
            if len(front.requests) == 3:
                register(registry_url, name, record("Order", "a"))
            return 0

        front.refuse = registered_at_the_third_look
        login = {"url_username": USER, "url_password": PASSWORD, "ca_path": str(front.certificate)}
        assert list(look(front.url, subjects=[name], wait_timeout=120, **login)["subjects"]) == [name]
    assert len(front.requests) > 3


def test_other_white_space_and_order_of_keys_are_the_same_schema(registry_url: str, own: str) -> None:
    schema = record("Order", "a")
    change(registry_url, subjects=[{"name": f"{own}value", "schema": schema}])
    spelled = json.dumps(dict(reversed(list(schema.items()))), indent=4)
    assert not change(registry_url, subjects=[{"name": f"{own}value", "schema": spelled}])["changed"]
    assert ask(registry_url, "GET", f"subjects/{own}value/versions")[1] == [1]


def test_an_older_version_is_still_present_and_a_new_one_is_registered(registry_url: str, own: str) -> None:
    old, new = record("Order", "a"), record("Order", "a", "b")
    change(registry_url, subjects=[{"name": f"{own}value", "schema": old}])
    done = change(registry_url, subjects=[{"name": f"{own}value", "schema": new}])
    assert (actions(done), done["subjects"][0]["version"], done["subjects"][0]["versions"]) == (["registered"], 2, [1, 2])
    assert '"name": "b"' in done["diff"]["after"] and '"name": "b"' not in done["diff"]["before"]
    assert change(registry_url, subjects=[{"name": f"{own}value", "schema": old}])["subjects"][0]["version"] == 1


def test_schemas_that_refer_to_each_other_are_registered_and_deleted_in_their_order(registry_url: str, own: str) -> None:
    inner, middle, outer = f"{own}inner", f"{own}middle", f"{own}outer"

    def using(name: str, used: str, subject: str) -> dict[str, Any]:
        schema = {"type": "record", "name": name, "namespace": "lab", "fields": [{"name": "it", "type": f"lab.{used}"}]}
        return {"schema": schema, "references": [{"name": f"lab.{used}", "subject": subject}]}

    first = {"name": inner, "schema": record("Inner", "a")}
    wanted = [{"name": outer, **using("Outer", "Middle", middle)}, {"name": middle, **using("Middle", "Inner", inner)}, first]
    assert actions(change(registry_url, check=True, subjects=wanted)) == ["created"] * 3
    assert actions(change(registry_url, subjects=wanted)) == ["created"] * 3
    assert not change(registry_url, subjects=wanted)["changed"]
    newer = [*wanted[:2], {"name": inner, "schema": record("Inner", "a", "b")}]
    assert actions(change(registry_url, check=True, subjects=newer)) == actions(change(registry_url, subjects=newer)) == ["registered"] * 3
    assert ask(registry_url, "GET", f"subjects/{outer}/versions/2")[1]["references"] == [{"name": "lab.Middle", "subject": middle, "version": 2}]

    assert f"{inner} cannot be deleted: {middle} refers to it" in refused(registry_url, subjects=[inner], state="absent", permanent=True)
    gone = change(registry_url, subjects=[inner, outer, middle], state="absent", permanent=True)
    assert actions(gone) == ["permanently_deleted"] * 3
    assert (subjects(registry_url, own, deleted=True), gone["subjects"][0]["removed_versions"]) == ([], [1, 2])


def test_everything_wrong_is_said_before_anything_is_touched(registry_url: str, own: str) -> None:
    register(registry_url, f"{own}strict", record("Order", "a"))
    ask(registry_url, "PUT", f"config/{own}strict", {"compatibility": "BACKWARD"})
    wanted = [
        {"name": f"{own}fine", "schema": record("Fine", "a")},
        {"name": f"{own}strict", "schema": {**record("Order"), "fields": [{"name": "must", "type": "string"}]}},
        {"name": f"{own}lost", "schema": record("Lost"), "references": [{"name": "x", "subject": f"{own}nowhere"}]},
        {"name": f"{own}empty"},
    ]
    for check in (True, False):
        said = refused(registry_url, check=check, subjects=wanted)
        assert f"{own}strict would refuse the schema (compatibility backward)" in said
        assert f"{own}lost refers to {own}nowhere, which is neither registered nor listed" in said
        assert f"{own}empty does not exist and there is no schema for it" in said
    assert subjects(registry_url, own) == [f"{own}strict"]
    circle = [{"name": f"{own}{a}", "schema": record(a), "references": [{"name": b, "subject": f"{own}{b}"}]} for a, b in (("x", "y"), ("y", "x"))]
    said = refused(registry_url, subjects=[*circle, {"name": f"{own}bad", "schema": "{nope"}, {"name": "", "state": "absent"}], pattern=".*", state="absent")
    assert f"{own}x, {own}y refer to each other in a circle" in said
    assert "the schema is no JSON" in said and "the name of a subject is empty" in said and "'.*' matches everything" in said


def test_a_compatibility_level_is_set_before_the_schema_that_it_lets_pass(registry_url: str, own: str) -> None:
    change(registry_url, subjects=[{"name": f"{own}value", "schema": record("Order", "a"), "compatibility": "full"}])
    assert ask(registry_url, "GET", f"config/{own}value")[1] == {"compatibilityLevel": "FULL"}
    strict = {**record("Order"), "fields": [{"name": "must", "type": "string"}]}
    done = change(registry_url, subjects=[{"name": f"{own}value", "schema": strict, "compatibility": "NONE"}])
    assert (actions(done), done["subjects"][0]["after"]["compatibility"]) == (["registered"], "none")
    by_pattern = change(registry_url, pattern=f"{own}va.*", compatibility="backward")
    assert (actions(by_pattern), change(registry_url, pattern=f"{own}va.*", compatibility="backward")["changed"]) == (["altered"], False)
    assert actions(change(registry_url, subjects=[f"{own}value"], compatibility="inherit")) == ["altered"]
    assert not change(registry_url, subjects=[f"{own}value"], compatibility="inherit")["changed"]


def test_the_level_of_the_registry(registry_url: str) -> None:
    before = look(registry_url, subjects=[])
    assert (before["compatibility"], before["mode"]) == ("none", None)  # Apicurio's default, and what it does not have
    try:
        assert change(registry_url, check=True, global_compatibility="full")["changed"]
        assert change(registry_url, global_compatibility="full")["changed"]
        assert not change(registry_url, global_compatibility="full")["changed"]
    finally:
        assert change(registry_url, global_compatibility="none")["global_compatibility"] == "none"


def test_soft_and_permanent_deletion(registry_url: str, own: str) -> None:
    id_ = register(registry_url, f"{own}value", record("Order", "a", namespace=own.strip("-").replace("-", "_")))
    soft = change(registry_url, check=True, pattern=f"{own}.*", state="absent")
    assert (actions(soft), subjects(registry_url, own)) == (["deleted"], [f"{own}value"])
    soft = change(registry_url, pattern=f"{own}.*", state="absent")
    assert (actions(soft), soft["subjects"][0]["removed_versions"]) == (["deleted"], [1])
    assert ask(registry_url, "GET", f"schemas/ids/{id_}")[0] == 200  # its records can still be read
    again = change(registry_url, subjects=[f"{own}value", f"{own}never"], state="absent")
    assert (again["changed"], actions(again)) == (False, ["absent", "absent"])
    assert look(registry_url, pattern=f"{own}.*")["soft_deleted"].count(f"{own}value") == 1
    predicted = change(registry_url, check=True, pattern=f"{own}.*", state="absent", permanent=True)
    done = change(registry_url, pattern=f"{own}.*", state="absent", permanent=True)
    assert actions(predicted) == actions(done) == ["permanently_deleted"]
    assert ask(registry_url, "GET", f"schemas/ids/{id_}")[0] == 404
    assert not change(registry_url, subjects=[f"{own}value"], state="absent", permanent=True)["changed"]


def test_what_was_deleted_softly_comes_back_with_its_id(registry_url: str, own: str) -> None:
    id_ = register(registry_url, f"{own}value", record("Order", "a"))
    deleted = change(registry_url, subjects=[f"{own}value"], state="absent")
    back = change(registry_url, subjects=[{"name": f"{own}value", "schema": deleted["subjects"][0]["before"]["schema_text"]}])
    assert (actions(back), back["subjects"][0]["id"]) == (["created"], id_)
    seen = look(registry_url, pattern=f"{own}.*")["subjects"][f"{own}value"]["versions"]
    assert [(each["version"], each["id"], each["schema_type"]) for each in seen] == [(2, id_, "avro")]


def test_what_fails_is_said_and_what_needs_it_is_not_attempted(registry_url: str, own: str, tmp_path: Path) -> None:
    wanted = [
        {"name": f"{own}inner", "schema": record("Inner", "a")},
        {"name": f"{own}outer", "schema": {"type": "record", "name": "Outer", "fields": [{"name": "it", "type": "lab.Inner"}]},
         "references": [{"name": "lab.Inner", "subject": f"{own}inner"}]},
        {"name": f"{own}other", "schema": record("Other", "a")},
    ]  # fmt: skip
    with RegistryFront(registry_url, tmp_path, USER, PASSWORD) as front:
        front.refuse = lambda method, path: 422 if (method, path.rsplit("/", 2)[-2:]) == ("POST", [f"{own}inner", "versions"]) else 0
        options = {"url": front.url, "url_username": USER, "url_password": PASSWORD, "ca_path": str(front.certificate)}
        done = run_here("schema_registry_subject", {**options, "subjects": wanted})
    assert (done["rc"], actions(done)) == (1, ["failed", "not_attempted", "created"])
    assert "Error in the backend data store" in str(done["msg"]) and done["changed"]
    assert subjects(registry_url, own) == [f"{own}other"]


def test_tls_and_login(registry_url: str, own: str, tmp_path: Path) -> None:
    subject = {"subjects": [{"name": f"{own}value", "schema": record("Order", "a")}]}
    with RegistryFront(registry_url, tmp_path, USER, PASSWORD) as front:
        login = {"url_username": USER, "url_password": PASSWORD}
        assert "certificate is not trusted" in refused(front.url, **login, **subject)
        assert "401" in refused(front.url, ca_path=str(front.certificate), url_username=USER, url_password="wrong", **subject)
        assert subjects(registry_url, own) == []
        done = change(front.url, ca_path=str(front.certificate), **login, **subject)
        assert change(front.url, validate_certs=False, **login, **subject)["changed"] is False
    assert PASSWORD not in done["output"] and subjects(registry_url, own) == [f"{own}value"]


@pytest.mark.parametrize(("url", "said"), [
    ("http://127.0.0.1:1", "nothing listens there"),
    ("{}/nowhere", "Is url the address of the registry's API?"),
])  # fmt: skip
def test_a_registry_that_is_not_there(registry_url: str, url: str, said: str) -> None:
    assert said in refused(url.format(registry_url), subjects=["x"], state="absent")


def test_a_name_with_a_slash_and_protobuf(registry_url: str, own: str) -> None:
    name, text = f"{own}a/b", 'syntax = "proto3";\nmessage A { string b = 1; }\n'
    wanted = [{"name": name, "schema": text, "schema_type": "protobuf"}]
    try:
        assert actions(change(registry_url, subjects=wanted)) == ["created"]
        assert not change(registry_url, subjects=[{**wanted[0], "schema": f"// said otherwise\n{text}"}])["changed"]
    finally:
        change(registry_url, subjects=[name], state="absent", permanent=True)
