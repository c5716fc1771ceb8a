# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum of a verification is closed, or says that it is not; applications are described rightly, or what is wrong is said at once."""

from __future__ import annotations

from typing import Any

from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_applications import applications
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_sum import by_worker, closed_sum

ASSESSMENT = {"excluded": [{"name": "__consumer_offsets", "records": 660, "reason": "internal"}, {"name": "x", "records": None, "reason": "not seen"}]}


def topic(**more: Any) -> dict[str, Any]:
    kinds = dict.fromkeys(("missing", "extra", "duplicated", "changed", "moved", "expired", "newer"), 0)
    return {"state": "verified", "reason": "", "compacted": False, "source_count": 40, "destination_count": 40, "partitions": [], **kinds, **more}


def test_both_numbers_of_the_note_are_explained() -> None:
    found = closed_sum({"topics": {"a": topic(), "b": topic(source_count=0, destination_count=0)}}, ASSESSMENT)
    assert found["state"] == "verified" and found["unexplained"] == 0 and found["excluded_unknown"] == ["x"]
    assert found["text"] == ("source 700 = 40 copied + 660 excluded + 0 not copied + 1 left-out topics whose records are not known; "
                             "destination 40 = 40 copied + 0 duplicates + 0 foreign")  # fmt: skip


def test_duplicates_fail_unless_they_are_allowed_and_nothing_else_does() -> None:
    doubled = topic(state="failed", duplicated=5, destination_count=45,
                    partitions=[{"partition": 2, "duplicated": [7], "missing": [], "counts": {"duplicated": 5}}])  # fmt: skip
    lost = topic(state="failed", duplicated=5, missing=1, destination_count=44)
    assert closed_sum({"topics": {"a": doubled}}, {})["failures"] == ["a: 5 duplicated"]
    allowed = closed_sum({"topics": {"a": doubled}}, {}, allow_duplicates=True)
    assert allowed["state"] == "verified"
    assert allowed["topics"][0]["offsets"] == [{"partition": 2, "kind": "duplicated", "count": 5, "offsets": [7], "shown": ["7"]}]
    assert closed_sum({"topics": {"a": lost}}, {}, allow_duplicates=True)["state"] == "failed"


def test_what_changed_or_moved_is_shown_with_its_offset_on_each_side() -> None:
    differs = topic(state="failed", changed=1, moved=1, partitions=[
        {"partition": 0, "counts": {}, "changed": [{"source_offset": 4, "destination_offset": 5}],
         "moved": [{"source_offset": 6, "destination_partition": 1, "destination_offset": 7}]}])  # fmt: skip
    shown = {each["kind"]: each["shown"] for each in closed_sum({"topics": {"a": differs}}, {})["topics"][0]["offsets"]}
    assert shown == {"changed": ["4, at the destination 5"], "moved": ["6, to partition 1 as 7"]}


def test_what_nothing_explains_fails() -> None:
    found = closed_sum({"topics": {"a": topic(destination_count=42)}}, {})
    assert found["state"] == "failed" and found["unexplained"] == 2 and "2 records of the destination are not explained" in found["failures"][0]


def test_keys_of_compacted_topics_are_not_in_the_sum_and_nothing_compared_is_not_verified() -> None:
    found = closed_sum({"topics": {"a": topic(compacted=True)}}, {})
    assert found["totals"]["source"] == 0 and found["state"] == "verified"
    assert closed_sum({"topics": {}}, {})["state"] == "not_checked"


def test_connectors_by_the_address_of_their_workers() -> None:
    connectors = [{"name": "a"}, {"name": "b"}, {"name": "c"}]
    assert [(each["url"], [one["name"] for one in each["connectors"]]) for each in by_worker(connectors, "main", {"b": "other"})] == [
        ("main", ["a", "c"]), ("other", ["b"])]


def test_the_order_of_the_note_and_what_each_must_be_able_to_do() -> None:
    there = {"bootstrap_servers": "new:9092"}
    given = [{"name": "sink", "kind": "connector", "groups": ["connect-sink"], "consumes": ["a"], "destination": there},
             {"name": "enrich", "kind": "streams", "groups": ["enrich"], "consumes": ["a"], "produces": ["b"],
              "transactional_ids": ["enrich-0"], "destination": there},
             {"name": "shop", "produces": ["a", "other"], "destination": there}, {"name": "old", "produces": ["z"], "destination": there}]  # fmt: skip
    found = applications(given, ["a", "b", "z"], done=["old"])
    assert not found["problems"] and [each["name"] for each in found["order"]] == ["shop", "enrich", "sink"]
    assert found["groups"] == ["connect-sink", "enrich"] and found["topics"] == ["a", "b"]
    checks = [(each["name"], each["topics"], each["produce"], each["groups"], each["transactional_ids"]) for each in found["checks"]]
    assert checks == [("shop", ["a", "other"], True, [], []), ("enrich", ["a"], False, ["enrich"], []), ("enrich", ["b"], True, [], ["enrich-0"]),
                      ("sink", ["a"], False, ["connect-sink"], [])]  # fmt: skip


def test_the_way_back_of_a_group_that_was_somewhere_before() -> None:
    rows = [{"destination_topic": "a", "partition": number, "before": before} for number, before in enumerate((None, 7, None))]
    given = [{"name": "app", "groups": ["one", "new"], "consumes": ["a"], "destination": {"bootstrap_servers": "new:9092"}}]
    assert applications(given, ["a"], before={"one": {"partitions": rows}, "foreign": {"partitions": rows}})["offsets_back"] == [
        {"name": "one", "options": {"state": "absent", "topics": ["a:0", "a:2"]}},
        {"name": "one", "options": {"state": "reset", "to": "offset", "topics": [{"name": "a", "partitions": [1], "offset": 7}]}},
    ]
    assert applications(given, ["a"])["offsets_back"] == []


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = [{"name": "a", "kind": "x", "consumes": ["t"]}, {"name": "b", "stop": "text", "wrong": 1, "destination": {"bootstrap_servers": "n:1"}}, "c"]
    problems = applications(wrong, [])["problems"]
    for text in ("kind is 'x'", "'a' needs destination", "no group is named", "stop is no list", "no option wrong", "'b' needs consumes or produces",
                 "application 3 has no name"):  # fmt: skip
        assert any(text in problem for problem in problems), (text, problems)
