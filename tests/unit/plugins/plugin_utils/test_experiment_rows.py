# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_rows import conclusion, stage_rows

KAFKA = {"name": "kafka", "type": "kafka"}
MARIADB = {"name": "mariadb", "type": "mariadb"}
REDIS = {"name": "redis", "type": "redis"}


def step(name: str, changed: bool = True, state: str = "ok", **result: Any) -> dict[str, Any]:
    return {"name": name, "state": state, "changed": changed, "result": result}


def lane(*steps: dict[str, Any], state: str = "ok", reason: str = "") -> dict[str, Any]:
    return {"state": state, "reason": reason, "seconds": 1.5, "changed": any(each["changed"] for each in steps), "steps": list(steps)}


def failed(reason: str) -> dict[str, Any]:
    return lane(step("database", changed=False, state="failed", msg=reason), state="failed", reason=reason)


def database(changed: bool = True, **removed: int) -> dict[str, Any]:
    target = {"name": "lab", "state": "ok", "removed": removed, "kept": {"character_set": "latin1", "collation": "x"}}
    return step("database", changed=changed, removed=removed, state="reset", targets=[target])


def purge(records: int) -> dict[str, Any]:
    topics = {"lab-a": {"state": "purged", "records_removed": records, "seconds": 0.1}, "lab-b": {"state": "empty", "records_removed": 0}}
    return step("topics", changed=bool(records), topics=topics, records_removed=records)


def groups(action: str, before: int, after: int, end: int) -> dict[str, Any]:
    place = {"topic": "lab-a", "partition": 0, "before": before, "after": after, "start": 0, "end": end, "lag": end - after}
    return step("groups", changed=action != "unchanged", groups={"lab-g": {"action": action, "partitions": [place]}})


CLEAN_KAFKA = lane(purge(0), groups("unchanged", 9, 9, 9), step("rights", changed=False, added=[]))
EMPTY = lane(database(changed=False))


def test_what_was_done_is_told_in_words() -> None:
    row = stage_rows({"kafka": lane(purge(40_000), groups("reset", 7, 40_000, 40_000), step("rights", added=[]))}, "reset")[0]
    assert row["what"] == "40,000 records of 1 topic removed; 1 group reset"
    assert [(part["name"], part["what"]) for part in row["parts"]] == [
        ("topic lab-a", "40,000 records"), ("topic lab-b", "0 records"), ("group lab-g", "lag 0"),
    ]  # fmt: skip


def test_what_is_foreseen_is_told_as_such() -> None:
    assert stage_rows({"mariadb": lane(database(tables=12, views=1))}, "preflight")[0]["what"] == "12 tables, 1 view to remove"
    assert stage_rows({"mariadb": lane(database(tables=12))}, "reset", check_mode=True)[0]["what"] == "12 tables to remove"
    assert stage_rows({"mariadb": lane(database(tables=12))}, "reset")[0]["what"] == "12 tables removed"


def test_a_group_at_the_start_is_foreseen_to_move_with_its_topic() -> None:
    """Before the purge it stands at the first offset, and check mode of the group alone would not see it move."""
    row = stage_rows({"kafka": lane(purge(100), groups("unchanged", 0, 0, 100))}, "preflight")[0]
    assert row["what"] == "100 records of 1 topic to remove; 1 group to reset"
    assert [part["state"] for part in row["parts"]] == ["to purge", "empty", "to reset"]


def test_a_group_at_the_end_is_foreseen_to_stay() -> None:
    """Before the purge the first offset is another one, afterwards it is the end, where the group stands already."""
    row = stage_rows({"kafka": lane(purge(100), groups("reset", 100, 0, 100))}, "preflight")[0]
    assert row["what"] == "100 records of 1 topic to remove"


def test_nothing_to_do_has_a_reason() -> None:
    assert stage_rows({"kafka": CLEAN_KAFKA}, "reset")[0]["what"] == "empty already"
    absent = lane(step("database", changed=False, state="ok", removed={}, targets=[]))
    absent["steps"][0]["result"]["state"] = "absent"
    assert stage_rows({"mariadb": absent}, "reset")[0]["what"] == "absent"


def test_a_killed_purge_of_an_earlier_run_is_mentioned() -> None:
    recovering = step("topics", topics={"lab-a": {"records_removed": 0}}, records_removed=0, recovered=[{"topic": "lab-a"}])
    assert stage_rows({"kafka": lane(recovering)}, "reset")[0]["what"] == "configuration of 1 topic that a killed run had left put back"


def test_all_is_well() -> None:
    said = conclusion(
        [KAFKA, MARIADB], preflight={"kafka": CLEAN_KAFKA, "mariadb": EMPTY},
        reset={"kafka": lane(purge(5)), "mariadb": lane(database(tables=2))}, verify={"kafka": CLEAN_KAFKA, "mariadb": EMPTY},
    )  # fmt: skip
    assert [(row["target"], row["state"], row["verified"], row["changed"], row["what"]) for row in said["results"]] == [
        ("kafka", "ok", "verified", True, "5 records of 1 topic removed"),
        ("mariadb", "ok", "verified", True, "2 tables removed"),
    ]
    assert said["results"][0]["kept"] == ["kept the configuration of 2 topics"]
    assert said["results"][1]["kept"] == ["kept of lab: character set, collation"]
    assert said["next_steps"] == ["Start the experiment."]


def test_a_target_that_failed_its_preflight_is_untouched_and_the_others_are_reset() -> None:
    said = conclusion(
        [MARIADB, REDIS], preflight={"mariadb": EMPTY, "redis": failed("login refused")}, reset={"mariadb": EMPTY}, verify={"mariadb": EMPTY}
    )
    redis = said["results"][1]
    assert (redis["state"], redis["reason"], redis["what"], redis["verified"]) == ("failed", "login refused", "untouched", "not_checked")
    assert said["results"][0]["state"] == "ok"
    assert "-e experiment_reset_only=redis" in said["next_steps"][0]


def test_all_or_nothing_leaves_the_others_not_attempted() -> None:
    said = conclusion([MARIADB, REDIS], preflight={"mariadb": EMPTY, "redis": failed("login refused")})
    assert [(row["state"], row["reason"]) for row in said["results"]] == [
        ("not_attempted", "Untouched, as another target failed (experiment_reset_all_or_nothing)."),
        ("failed", "login refused"),
    ]


def test_a_run_that_was_broken_off_has_attempted_nothing() -> None:
    assert [(row["state"], row["reason"]) for row in conclusion([MARIADB])["results"]] == [("not_attempted", "The run was broken off before.")]


def test_without_a_verification_it_is_not_checked() -> None:
    said = conclusion([MARIADB], reset={"mariadb": lane(database(tables=1))})
    assert said["results"][0]["verified"] == "not_checked"
    assert said["next_steps"] == ["Look at what was not checked before the experiment starts."]


def test_what_is_there_again_is_a_failed_verification() -> None:
    said = conclusion([MARIADB], reset={"mariadb": lane(database(tables=1))}, verify={"mariadb": lane(database(tables=3))})
    row = said["results"][0]
    assert (row["state"], row["verified"]) == ("ok", "failed")
    assert row["reason"].startswith("After the reset there is still 3 tables to remove.")


def test_what_could_not_be_counted_again_is_not_checked() -> None:
    row = conclusion([MARIADB], reset={"mariadb": EMPTY}, verify={"mariadb": failed("server gone")})["results"][0]
    assert (row["state"], row["verified"], row["reason"]) == ("ok", "not_checked", "Could not be looked at again: server gone")


def test_a_failed_reset_says_what_was_removed_until_then() -> None:
    partly = lane(step("database", state="failed", removed={"tables": 2}, msg="locked"), state="failed", reason="locked")
    row = conclusion([MARIADB], reset={"mariadb": partly})["results"][0]
    assert (row["state"], row["what"], row["reason"], row["changed"]) == ("failed", "2 tables removed", "locked", True)


def test_a_problem_of_one_target_stops_all() -> None:
    said = conclusion([MARIADB, REDIS], problems=[{"target": "redis", "problem": "its type is none."}])
    assert [(row["state"], row["reason"]) for row in said["results"]] == [
        ("not_attempted", "Untouched, as what was asked for has to be mended first."),
        ("failed", "Its type is none."),
    ]
    assert "Nothing was touched." in said["next_steps"][0]


def test_a_problem_of_the_whole_is_every_targets() -> None:
    said = conclusion([MARIADB, REDIS], problems=[{"target": "", "problem": "not confirmed."}])
    assert {(row["state"], row["reason"]) for row in said["results"]} == {("failed", "Not confirmed.")}
    assert conclusion([], problems=[{"target": "", "problem": "experiment_reset_targets is empty."}])["results"] == [
        {"target": "what was asked", "state": "failed", "reason": "experiment_reset_targets is empty.", "what": "untouched"}
    ]


def checkpoints(state: str = "ok", changed: bool = True, error: str = "", **removed: int) -> dict[str, Any]:
    system = {"name": "lab", "state": state, "removed": removed, "error": error}
    return step("checkpoints", changed=changed, state="failed" if error else "ok", removed=removed, systems=[system])


def test_checkpoints_are_counted_beside_their_system() -> None:
    both = lane(database(tables=2), checkpoints(files=3, bytes=1200))
    row = stage_rows({"mariadb": both}, "reset")[0]
    assert row["what"] == "2 tables removed; checkpoints: 3 files, 1,200 bytes removed"
    assert [(part["name"], part["what"]) for part in row["parts"]] == [("lab", "2 tables"), ("checkpoints lab", "3 files, 1,200 bytes")]
    assert stage_rows({"mariadb": both}, "preflight")[0]["what"] == "2 tables to remove; checkpoints: 3 files, 1,200 bytes to remove"


def test_checkpoints_that_are_there_again_are_a_failed_verification() -> None:
    left = lane(database(changed=False), checkpoints(files=1))
    row = conclusion([MARIADB], reset={"mariadb": EMPTY}, verify={"mariadb": left})["results"][0]
    assert row["verified"] == "failed" and "there is still checkpoints: 1 file to remove" in row["reason"]


def test_the_pod_and_the_second_login_are_named() -> None:
    target = {"name": "lab", "state": "ok", "removed": {"tables": 2}}
    done = step("database", removed={"tables": 2}, targets=[target], pod="lab/click-0", login={"user": "default", "fallback": True})
    assert stage_rows({"clickhouse": lane(done)}, "reset")[0]["parts"][0]["what"] == "2 tables (in pod lab/click-0, as the fallback user default)"


def test_check_mode_says_how_to_go_on() -> None:
    said = conclusion([MARIADB], reset={"mariadb": lane(database(tables=1))}, check_mode=True)
    assert said["results"][0]["what"] == "1 table to remove"
    assert said["next_steps"] == ["Run it again without --check to do this."]


def test_rights_added_to_a_kafkauser_are_counted_as_acls() -> None:
    def side(*operations: str) -> dict[str, Any]:
        acls = [{"resource": {"type": "topic", "name": "lab-", "patternType": "prefix"}, "operations": list(operations)}]
        return {"resource": "lab", "spec": {"authorization": {"type": "simple", "acls": acls}}}

    users = {"lab": {"action": "altered", "before": side("Read"), "after": side("Read", "Write", "Describe")}}
    row = stage_rows({"kafka": lane(step("rights", users=users))}, "reset")[0]
    assert row["what"] == "2 ACLs added"
    assert row["parts"][0] == {"name": "ACL of User:lab", "state": "added", "what": "allow Describe on topic lab- and what begins so"}
    nothing = {"lab": {"action": "unchanged", "before": side("Read"), "after": side("Read")}}
    assert stage_rows({"kafka": lane(step("rights", changed=False, users=nothing))}, "reset")[0]["what"] == "empty already"
