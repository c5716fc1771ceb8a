# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gitlab_job_log_check against a stand-in of GitLab's API that behaves as documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gitlab_modules import run_here
from gitlab_standin import JOB_TOKEN, TOKEN, GitLab, Job, Pipeline, running

READY = b"\x1b[32;1m[INF]\x1b[0;m [metrics_trace] Kafka producer ready (broker-1.example.com:9094, user=experiment)\n"
READY_PLAIN = b"[INF] [metrics_trace] Kafka producer ready (broker-1.example.com:9092, user=experiment)\n"
DOWN = b"%4|FAIL| 1/1 brokers are down\n"
MUST = [r"Kafka producer ready \(.*:9094, user=.*\)"]
MUST_NOT = ["brokers are down"]
START = b"\x1b[0Ksection_start:1560896352:prepare\r\x1b[0KPreparing the environment\n" + b"line\n" * 3


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with running(GitLab()) as server:
        yield server


def job(gitlab: GitLab, *log: bytes, status: str = "running", ends: bool = False) -> Job:
    made = Job(81234, "experiment:mariadb", status, list(log), ends_with_log=ends)
    gitlab.add(Pipeline(6922, "running", jobs=[Job(81000, "experiment:mariadb", "failed"), Job(81001, "build", "success"), made]))
    return made


def check(gitlab: GitLab, check_mode: bool = False, env: dict[str, str] | None = None, **options: object) -> dict:
    given = {"url": gitlab.url, "token": TOKEN, "project": "280", "job_id": 81234, "must": MUST, "must_not": MUST_NOT, "wait_timeout": 10, **options}
    return run_here("gitlab_job_log_check", given, check=check_mode, env=env)


def test_the_line_is_found_with_its_number_while_the_job_runs(gitlab: GitLab) -> None:
    job(gitlab, START, b"a line in two pie", b"ces\n" + READY)
    result = check(gitlab)
    assert result["rc"] == 0 and result["changed"] is False, result
    assert result["state"] == "found" and result["complete"] is False and result["job"]["status"] == "running"
    assert result["lines"] == [
        {"pattern": MUST[0], "expected": "must", "state": "found", "line_number": 6,
         "line": "[INF] [metrics_trace] Kafka producer ready (broker-1.example.com:9094, user=experiment)"},
        {"pattern": MUST_NOT[0], "expected": "must_not", "state": "not_found"},
    ]


def test_a_forbidden_line_fails_at_once(gitlab: GitLab) -> None:
    job(gitlab, START, READY_PLAIN + DOWN, b"more\n")
    result = check(gitlab)
    assert result["rc"] != 0 and result["state"] == "forbidden" and result["lines"][1]["line_number"] == 6
    assert "line 6: %4|FAIL| 1/1 brokers are down" in result["msg"] and "experiment:mariadb" in result["msg"]
    assert "9092" not in result["output"], "only lines that match are shown"


def test_an_ended_job_without_the_line_fails_without_waiting(gitlab: GitLab) -> None:
    job(gitlab, START, READY_PLAIN, ends=True)
    result = check(gitlab, wait_timeout=60)
    assert result["rc"] != 0 and result["state"] == "not_found" and result["complete"] is True
    assert "the job ended (success) after 5 lines without: Kafka producer ready" in result["msg"]


def test_the_last_line_counts_without_its_end(gitlab: GitLab) -> None:
    job(gitlab, START, READY.rstrip(b"\n"), ends=True)
    assert check(gitlab)["state"] == "found"


def test_the_whole_log_is_judged_when_so_asked(gitlab: GitLab) -> None:
    job(gitlab, START + READY, b"work\n", DOWN, ends=True)
    assert check(gitlab)["state"] == "found"
    job(gitlab, START + READY, b"work\n", DOWN, ends=True)
    assert check(gitlab, wait_for="job")["state"] == "forbidden"


def test_nothing_forbidden_until_the_end_is_found(gitlab: GitLab) -> None:
    job(gitlab, START, b"work\n", ends=True)
    result = check(gitlab, must=[])
    assert result["rc"] == 0 and result["state"] == "found" and result["complete"] is True


def test_the_time_out_says_what_is_missing(gitlab: GitLab) -> None:
    job(gitlab, START)
    result = check(gitlab, wait_timeout=0.7)
    assert result["rc"] != 0 and "the job is running, 4 lines read, missing: Kafka producer ready" in result["msg"]
    assert result["state"] == "not_found" and result["lines_read"] == 4


@pytest.mark.parametrize("options", [{"wait": False}, {"check_mode": True}])
def test_one_look_at_a_running_job_is_no_verdict(gitlab: GitLab, options: dict) -> None:
    job(gitlab, START, READY)
    result = check(gitlab, **options)
    assert result["rc"] == 0 and result["state"] == "not_found" and result["complete"] is False


@pytest.mark.parametrize("ranges", [False, True])
def test_no_byte_is_looked_at_twice(gitlab: GitLab, ranges: bool) -> None:
    gitlab.ranges = ranges
    job(gitlab, START, b"", b"x" * 200_000 + b"\n", READY)
    assert check(gitlab)["lines"][0]["line_number"] == 6


def test_the_newest_job_of_a_name_is_meant(gitlab: GitLab) -> None:
    job(gitlab, START + READY)
    result = check(gitlab, job_id=None, job="experiment:mariadb", env={"CI_PIPELINE_ID": "6922"})
    assert result["rc"] == 0 and result["job"]["id"] == 81234


def test_an_unknown_name_lists_the_jobs(gitlab: GitLab) -> None:
    job(gitlab)
    result = check(gitlab, job_id=None, job="experiment:maria", pipeline_id=6922)
    assert result["rc"] != 0 and "no job 'experiment:maria'" in result["msg"] and "experiment:mariadb" in result["msg"]


def test_all_problems_of_input_come_at_once(gitlab: GitLab) -> None:
    result = check(gitlab, job_id=None, job="x", must=["(", ".*"], must_not=[])
    assert result["rc"] != 0 and gitlab.requests == []
    assert all(text in result["msg"] for text in ("'(' is no regular expression", "'.*' matches every line", "CI_PIPELINE_ID")), result["msg"]


def test_a_job_token_is_not_even_tried(gitlab: GitLab) -> None:
    result = check(gitlab, token=None, env={"CI_JOB_TOKEN": JOB_TOKEN})
    assert result["rc"] != 0 and "scope read_api" in result["msg"] and gitlab.requests == []


def test_a_job_that_does_not_exist_is_said(gitlab: GitLab) -> None:
    result = check(gitlab)
    assert result["rc"] != 0 and "read job 81234" in result["msg"] and "404" in result["msg"]
