# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import re
import stat
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils import report_files, report_record
from ansible_collections.streamops.kafka.plugins.plugin_utils.report_record import Record
from ansible_collections.streamops.kafka.plugins.plugin_utils.report_render import render, table
from ansible_collections.streamops.kafka.plugins.plugin_utils.report_words import counted, counts_in_words, seconds_in_words, shortened

BEGAN = datetime(2026, 11, 21, 3, 37, 13, 412000, tzinfo=timezone.utc)
NASTY = "it | said <b>no</b> & \"hung up\" \x00\x1b[31m\nand more]]>"
OK: dict[str, Any] = {"target": "kafka", "kind": "kafka", "state": "ok", "verified": "verified", "changed": True, "what": "200,000 records removed",
                      "kept": ["the configuration of 5 topics"], "seconds": 1.234}  # fmt: skip
FAILED: dict[str, Any] = {"target": "redis", "kind": "redis", "state": "failed", "verified": "not_checked", "reason": NASTY, "seconds": 0.3}
WAITING: dict[str, Any] = {"target": "mariadb", "state": "not_attempted", "verified": "not_checked", "reason": "another one failed"}


def begun(check_mode: bool = False) -> Record:
    return report_record.begin("experiment_reset", "Experiment reset", "lab", ["preflight", "reset"], check_mode, BEGAN)


def finished(*rows: dict[str, Any], check_mode: bool = False) -> Record:
    record = begun(check_mode)
    for number, stage in enumerate(("preflight", "reset"), 1):
        report_record.end_stage(record, stage, rows, BEGAN + timedelta(seconds=number))
    report_record.finish(record, rows, ["Start the experiment."], BEGAN + timedelta(seconds=2.5))
    return record


def junit(record: Record) -> ElementTree.Element:
    return ElementTree.fromstring(render(record)["junit.xml"])


def test_a_begun_record_is_running_in_its_first_stage() -> None:
    record = begun()
    assert record["schema_version"] == 1
    assert record["state"] == "running"
    assert record["started"] == "2026-11-21T03:37:13.412Z"
    assert [stage["state"] for stage in record["stages"]] == ["running", "pending"]
    assert report_record.headline(record) == "Running, in the stage preflight."


def test_times_are_told_in_utc() -> None:
    assert report_record.stamp(BEGAN.astimezone(timezone(timedelta(hours=5)))) == "2026-11-21T03:37:13.412Z"


def test_a_stage_that_ends_begins_the_next() -> None:
    record = begun()
    report_record.end_stage(record, "preflight", [OK], BEGAN + timedelta(seconds=2))
    assert [(stage["state"], stage["seconds"]) for stage in record["stages"]] == [("ok", 2.0), ("running", None)]
    report_record.end_stage(record, "reset", [], BEGAN + timedelta(seconds=3), skipped_because="Switched off.")
    assert (record["stages"][1]["state"], record["stages"][1]["reason"]) == ("skipped", "Switched off.")


def test_an_unplanned_stage_is_refused() -> None:
    with pytest.raises(KeyError):
        report_record.end_stage(begun(), "cut over", [], BEGAN)


@pytest.mark.parametrize(
    ("rows", "state", "headline"),
    [
        ([OK], "ok", "Done: 1 target ok, all verified."),
        ([OK, FAILED], "failed", "Failed: 1 of 2 targets failed."),
        ([OK, FAILED, WAITING], "failed", "Failed: 1 of 3 targets failed, 1 not attempted."),
        ([{**OK, "verified": "failed"}], "failed", "Failed: 1 of 1 target failed."),
        ([OK, {**OK, "verified": "not_checked"}], "ok", "Done, not all of it verified: 2 targets ok, 1 verified, 1 not checked."),
        ([{**OK, "verified": None}], "ok", "Done: 1 target ok."),
    ],
)
def test_what_a_run_says_of_itself(rows: list[dict[str, Any]], state: str, headline: str) -> None:
    record = finished(*rows)
    assert (record["state"], report_record.headline(record)) == (state, headline)


def test_check_mode_says_that_nothing_was_changed() -> None:
    assert report_record.headline(finished(OK, check_mode=True)) == "Checked only, nothing was changed: 1 of 1 target would change."


def test_a_run_that_was_broken_off_has_failed() -> None:
    record = begun()
    report_record.finish(record, [{**WAITING, "reason": "broken off"}], [], BEGAN)
    assert record["state"] == "failed"
    assert report_record.headline(record) == "Failed: the run was broken off."
    assert junit(record).get("errors") == "1"


def test_keys_that_sound_like_secrets_are_left_out() -> None:
    record = finished({**OK, "password": "x", "details": {"sasl_password": "x", "api_key": "x", "list": [{"Token": "x"}]}, "parts": [{"secret": "x"}]})
    text = json.dumps(record).lower()
    assert not any(word in text for word in ("password", "api_key", "token", "secret"))


def test_every_report_of_every_state_can_be_rendered() -> None:
    for record in (begun(), finished(), finished(OK, FAILED, WAITING), finished(OK, check_mode=True)):
        files = render(record)
        assert set(files) == {"report.md", "report.html", "junit.xml"}
        assert "Experiment reset: lab" in files["report.md"]


def test_markdown_survives_what_servers_say() -> None:
    text = render(finished(OK, FAILED))["report.md"]
    cells = [len(re.split(r"(?<!\\)\|", line)) - 2 for line in text.splitlines() if line.startswith("| redis")]
    assert cells == [6, 5, 5]
    assert "<b>" not in text and "\x1b" not in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br", "!doctype"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    for record in (begun(), finished(), finished(OK, FAILED, WAITING)):
        tags = _Tags()
        tags.feed(render(record)["report.html"])
        assert tags.open == []
        assert not tags.links
        assert not tags.seen & {"script", "link", "img", "iframe", "b"}


def test_the_page_answers_the_four_questions_first() -> None:
    text = render(finished(OK, FAILED, WAITING))["report.html"]
    places = [text.index(part) for part in ("Failed: 1 of 3 targets failed", "What changed", "What was left alone, and why", "What to do next", "Results")]
    assert places == sorted(places)


def test_junit_has_one_test_case_a_target() -> None:
    root = junit(finished(OK, FAILED, WAITING, {**OK, "target": "unsure", "verified": "not_checked"}))
    assert root.tag == "testsuites"
    suite = root[0]
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "experiment_reset", "tests": "4", "failures": "1", "errors": "0", "skipped": "2",
    }  # fmt: skip
    outcomes = {case.get("name"): [child.tag for child in case if child.tag != "system-out"] for case in suite}
    assert outcomes == {"kafka": [], "redis": ["failure"], "mariadb": ["skipped"], "unsure": ["skipped"]}
    assert all(float(str(case.get("time"))) >= 0 and case.get("classname") for case in suite)
    failure = suite.find("testcase/failure")
    assert failure is not None and "hung up" in str(failure.get("message"))


def test_a_failed_verification_is_a_failure_in_junit() -> None:
    failure = junit(finished({**OK, "verified": "failed", "reason": "3 records left"})).find(".//failure")
    assert failure is not None and failure.get("type") == "verification"


def test_the_table_is_aligned_and_tells_reasons_in_full() -> None:
    lines = table(finished(OK, {**FAILED, "reason": "word " * 60}, WAITING), width=80)
    assert lines[0].split() == ["target", "result", "what", "was", "done", "verification", "time"]
    assert lines[2] == "kafka    ok             200,000 records removed  verified      1.2 s"
    assert all(len(line) <= 80 for line in lines)
    assert " ".join(lines).count("word") == 60
    assert any("another one failed" in line for line in lines)


@pytest.mark.parametrize(("rows", "word"), [([{**OK, "changed": False}], "unchanged"), ([{**OK, "verified": "failed"}], "failed")])
def test_the_table_says_what_became_of_a_target(rows: list[dict[str, Any]], word: str) -> None:
    assert table(finished(*rows))[2].split()[1] == word


def test_each_run_has_a_directory_and_latest_leads_to_it(tmp_path: Path) -> None:
    base = tmp_path / "some" / "where"
    first, second = report_files.new_directory(base, BEGAN), report_files.new_directory(base, BEGAN)
    assert [first.name, second.name] == ["20261121T033713Z", "20261121T033713Z-2"]
    assert os.readlink(base / "latest") == second.name
    assert stat.S_IMODE(first.stat().st_mode) == 0o750


def test_latest_is_left_alone_when_it_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    report_files.new_directory(tmp_path, BEGAN)
    assert not (tmp_path / "latest").is_symlink()


def test_what_is_saved_can_be_read_again(tmp_path: Path) -> None:
    record = finished(OK, FAILED)
    report_files.save(tmp_path, record)
    assert report_files.load(tmp_path) == record
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "report.html", "report.json", "report.md"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o640}


def test_words() -> None:
    assert [counted(number, kind) for number, kind in ((1, "tables"), (1, "entries"), (1, "indexes"), (2, "tables"), (1000, "user_keys"))] == [
        "1 table", "1 entry", "1 index", "2 tables", "1,000 user keys",
    ]  # fmt: skip
    assert counts_in_words({"tables": 2, "views": 0, "keys": 1}) == "2 tables, 1 key"
    told = {None: "-", 0.04: "0.0 s", 9.94: "9.9 s", 9.96: "10 s", 59.4: "59 s", 125: "2 min 5 s", 3720: "1 h 2 min"}
    assert {seconds: seconds_in_words(seconds) for seconds in told} == told
    assert shortened("a  b\nc") == "a b c"
    assert len(shortened("word " * 100)) <= 160
