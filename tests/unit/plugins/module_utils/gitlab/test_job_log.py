# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.job_log import LogCheck, expectations_from, plain_line
from hypothesis import given
from hypothesis import strategies as st

READY = r"ready \(.*:9094, user=.*\)"


def check(must: list[str] = (), must_not: list[str] = ()) -> LogCheck:
    expectations, problems = expectations_from(must, must_not)
    assert problems == []
    return LogCheck(expectations)


@pytest.mark.parametrize(("raw", "text"), [
    (b"\x1b[0;33mWARNING: x\x1b[0;m", "WARNING: x"),
    (b"\x1b[0Ksection_start:1560896352:my_section\r\x1b[0K\x1b[36;1mHeader\x1b[0;m\r", "Header"),
    (b"section_end:1560896353:my_section\r\x1b[0K", ""),
    (b"10 %\r20 %", "10 % 20 %"),
    (b"2024-05-22T12:43:46.962646Z 01O caf\xc3\xa9 \xff", "2024-05-22T12:43:46.962646Z 01O café \ufffd"),
])
def test_colours_and_section_marks_are_no_text(raw: bytes, text: str) -> None:
    assert plain_line(raw) == text


@pytest.mark.parametrize(("log", "state"), [
    (b"ready (b:9094, user=x)\n", "found"), (b"ready (b:9092, user=x)\n", "not_found"), (b"", "not_found"),
    (b"ready (b:9094, user=x)\n1/1 brokers are down\n", "forbidden"), (b"1/1 brokers are down\n", "forbidden"),
])
def test_three_states_are_told_apart(log: bytes, state: str) -> None:
    seen = check([READY], ["brokers are down"])
    seen.feed(log)
    assert seen.state == state


def test_nothing_expected_and_nothing_forbidden_seen_is_found() -> None:
    assert check(must_not=["x"]).state == "found"


def test_the_first_line_that_matches_is_kept() -> None:
    seen = check(["ready"])
    seen.feed(b"a\nready 1\nready 2\n")
    assert seen.expectations[0].as_result() == {"pattern": "ready", "expected": "must", "state": "found", "line_number": 2, "line": "ready 1"}


def test_a_line_without_an_end_counts_only_at_the_end_of_the_job() -> None:
    seen = check(["ready"])
    seen.feed(b"ready")
    assert seen.state == "not_found" and seen.missing() == ["ready"]
    seen.finish()
    assert seen.state == "found" and seen.lines_read == 1


def test_a_long_line_is_shown_around_the_match() -> None:
    seen = check(must_not=["needle"])
    seen.feed(b"x" * 5000 + b"needle" + b"y" * 5000 + b"\n")
    assert len(seen.expectations[0].line) == 500 and "needle" in seen.expectations[0].line


def test_a_log_without_line_ends_does_not_fill_the_memory() -> None:
    seen = check(["x"])
    for dummy in range(40):
        seen.feed(b"y" * 65536)
    assert seen.lines_read >= 2 and len(seen._rest) <= 1 << 20


def test_wrong_expressions_are_all_named() -> None:
    dummy, problems = expectations_from(["(", ".*"], ["["])
    assert [problem.split(" ", 2)[:2] for problem in problems] == [["must:", "'('"], ["must:", "'.*'"], ["must_not:", "'['"]]


@given(st.lists(st.sampled_from([b"ready (b:9094, user=x)", b"\x1b[0;33mbrokers are down", b"\xc3\xa9", b"", b"other"]), max_size=8), st.data())
def test_where_the_pieces_are_cut_does_not_matter(lines: list[bytes], data: st.DataObject) -> None:
    log = b"\n".join(lines)
    whole, pieces = check([READY], ["brokers are down"]), check([READY], ["brokers are down"])
    whole.feed(log)
    rest = log
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.feed(rest[:size])
        rest = rest[size:]
    whole.finish()
    pieces.finish()
    assert [one.as_result() for one in pieces.expectations] == [one.as_result() for one in whole.expectations]
    assert (pieces.lines_read, pieces.bytes_read) == (whole.lines_read, len(log))
