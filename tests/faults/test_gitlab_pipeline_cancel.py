# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gitlab_pipeline_cancel against a stand-in of GitLab's API that behaves as documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gitlab_modules import CI_VARIABLES, run_here
from gitlab_standin import GUEST_TOKEN, JOB_TOKEN, READ_TOKEN, TOKEN, GitLab, Job, Pipeline, Refused, running
from run_module import run_module


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with running(GitLab()) as server:
        server.add(Pipeline(6922, "running", jobs=[Job(1, "experiment:preflight", "running")]))
        yield server


def cancel(gitlab: GitLab, check: bool = False, env: dict[str, str] | None = None, **options: object) -> dict:
    given = {"url": gitlab.url, "token": TOKEN, "project": "280", "current_pipeline_id": 6922, "wait_timeout": 10, **options}
    return run_here("gitlab_pipeline_cancel", given, check=check, diff=True, env=env)


def test_older_pipelines_are_cancelled_and_waited_for(gitlab: GitLab) -> None:
    gitlab.add(
        Pipeline(6921, "running", jobs=[Job(11, "build", "success"), Job(12, "experiment:mariadb", "running"), Job(13, "experiment:redis", "created")]),
        Pipeline(6920, "pending", ref="feature", looks_until_cancelled=4),
        Pipeline(6919, "success"),
        Pipeline(6925, "pending"),
    )
    result = cancel(gitlab)
    assert result["rc"] == 0 and result["changed"] is True, result
    assert [(p["id"], p["status_before"], p["status_after"], p["jobs_cancelled"]) for p in result["pipelines"]] == [
        (6920, "pending", "canceled", 0), (6921, "running", "canceled", 2)]
    assert {gitlab.status(6920), gitlab.status(6921)} == {"canceled"}
    assert (gitlab.status(6922), gitlab.status(6919), gitlab.status(6925)) == ("running", "success", "pending")
    assert result["left"] == [{"id": 6925, "ref": "main", "status": "pending", "why": "newer"}]
    assert '"6921"' in result["diff"]["before"] and "canceled" in result["diff"]["after"]


def test_a_second_run_changes_nothing(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    assert cancel(gitlab)["changed"] is True
    again = cancel(gitlab)
    assert again["rc"] == 0 and again["changed"] is False and again["pipelines"] == []
    assert len(gitlab.asked("POST")) == 1


def test_check_mode_predicts_and_cancels_nothing(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running", jobs=[Job(12, "experiment:mariadb", "running"), Job(13, "experiment:redis", "created")]))
    predicted = cancel(gitlab, check=True)
    assert gitlab.asked("POST") == [] and gitlab.status(6921) == "running"
    real = cancel(gitlab)
    assert predicted["diff"] == real["diff"]
    for result in (predicted, real):
        for pipeline in result["pipelines"]:
            pipeline.pop("seconds")
    assert predicted["pipelines"] == real["pipelines"] and predicted["changed"] is True and real["changed"] is True


@pytest.mark.parametrize("status", ["created", "waiting_for_resource", "preparing", "pending", "running", "scheduled"])
def test_every_active_status_counts(gitlab: GitLab, status: str) -> None:
    gitlab.add(Pipeline(6921, status, looks_until_cancelled=1))
    assert cancel(gitlab)["pipelines"][0]["status_after"] == "canceled"


def test_all_pages_are_read(gitlab: GitLab) -> None:
    gitlab.link_host = "https://gitlab.example.com"  # behind a port-forward: the token must not follow the links
    gitlab.add(*(Pipeline(number, "pending", looks_until_cancelled=1) for number in range(1, 251)))
    result = cancel(gitlab, wait=False)
    assert len(result["pipelines"]) == 250
    assert len(gitlab.asked("page=3")) == 1


def test_newer_ones_only_when_asked_for(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"), Pipeline(6925, "running"))
    assert [p["id"] for p in cancel(gitlab, only_older=False)["pipelines"]] == [6921, 6925]
    assert gitlab.status(6922) == "running"


def test_same_ref_leaves_other_branches_alone(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"), Pipeline(6920, "running", ref="feature"))
    assert [p["id"] for p in cancel(gitlab, same_ref=True)["pipelines"]] == [6921]
    assert gitlab.status(6920) == "running"


def test_a_pipeline_that_still_runs_has_its_jobs_cancelled_one_by_one(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running", survives_cancel=True, jobs=[Job(12, "experiment:mariadb", "running"), Job(13, "cleanup", "pending")]))
    result = cancel(gitlab, cancel_jobs_after=0)
    assert result["pipelines"][0]["status_after"] == "canceled" and result["pipelines"][0]["jobs_cancelled"] == 2, result
    assert sorted(set(gitlab.asked("POST .*/jobs/"))) == ["POST /projects/280/jobs/12/cancel", "POST /projects/280/jobs/13/cancel"]


def test_an_after_script_is_waited_for_or_ended_by_force(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running", jobs=[Job(12, "experiment:mariadb", "running", after_script=3)]))
    assert cancel(gitlab)["pipelines"][0]["jobs_cancelled"] == 1
    gitlab.add(Pipeline(6920, "running", jobs=[Job(22, "experiment:mariadb", "running", after_script=1000)]))
    assert cancel(gitlab, cancel_jobs_after=0, force=True)["pipelines"][0]["status_after"] == "canceled"


def test_the_time_out_says_what_still_runs(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running", looks_until_cancelled=10**6, jobs=[Job(12, "experiment:mariadb", "running")]), Pipeline(6920, "pending"))
    result = cancel(gitlab, wait_timeout=1)
    assert result["rc"] != 0 and "1 pipeline still runs: 6921 (running)" in result["msg"]
    assert [(p["id"], p["action"]) for p in result["pipelines"]] == [(6920, "canceled"), (6921, "canceling")]
    assert result["changed"] is True


def test_without_wait_it_only_asks(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running", looks_until_cancelled=10**6))
    result = cancel(gitlab, wait=False)
    assert result["rc"] == 0 and result["pipelines"][0]["action"] == "canceling"


def test_in_a_job_everything_comes_from_the_environment(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    environment = {"CI_API_V4_URL": f"{gitlab.url}/api/v4", "CI_PROJECT_ID": "280", "CI_PIPELINE_ID": "6922", "GITLAB_TOKEN": TOKEN}
    result = run_module("gitlab_pipeline_cancel", {}, env={**dict.fromkeys(CI_VARIABLES, ""), **environment})  # in a process of its own
    assert TOKEN not in result["output"]
    assert result["rc"] == 0 and result["pipelines"][0]["status_after"] == "canceled" and result["current_pipeline_id"] == 6922


def test_a_path_is_as_good_as_an_id(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    assert cancel(gitlab, project="lab/experiment")["changed"] is True


def test_it_refuses_to_run_without_the_current_pipeline(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    result = cancel(gitlab, current_pipeline_id=None)
    assert result["rc"] != 0 and "current_pipeline_id" in result["msg"] and "CI_PIPELINE_ID" in result["msg"]
    assert gitlab.requests == []


def test_the_job_token_tells_the_current_pipeline_where_nothing_else_does(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    result = cancel(gitlab, current_pipeline_id=None, env={"CI_JOB_TOKEN": JOB_TOKEN})
    assert result["rc"] == 0 and result["current_pipeline_id"] == 6922
    assert gitlab.requests[0] == "GET /job" and JOB_TOKEN not in result["output"]


def test_a_current_pipeline_of_another_project_is_an_error(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    result = cancel(gitlab, current_pipeline_id=7000)
    assert result["rc"] != 0 and "read the current pipeline 7000" in result["msg"] and "404" in result["msg"]
    assert gitlab.asked("POST") == []


@pytest.mark.parametrize(("token", "env"), [(JOB_TOKEN, {}), (None, {"CI_JOB_TOKEN": JOB_TOKEN}), ("old-style-0123", {"CI_JOB_TOKEN": "old-style-0123"})])
def test_a_job_token_is_not_even_tried(gitlab: GitLab, token: str | None, env: dict[str, str]) -> None:
    result = cancel(gitlab, token=token, env=env)
    assert result["rc"] != 0 and gitlab.requests == []
    assert "does not let a job token (CI_JOB_TOKEN) cancel pipelines" in result["msg"]
    assert "option token" in result["msg"] and "GITLAB_TOKEN" in result["msg"] and "scope api" in result["msg"]


@pytest.mark.parametrize(("token", "texts"), [
    (READ_TOKEN, ["403", "lacks the scope api"]),
    (GUEST_TOKEN, ["403", "role Developer", "Minimum role required to cancel"]),
    ("glpat-wrong-secret-1", ["401", "wrong, expired or revoked"]),
])
def test_the_error_says_which_right_is_missing(gitlab: GitLab, token: str, texts: list[str]) -> None:
    gitlab.add(Pipeline(6921, "running"))
    result = cancel(gitlab, token=token)
    assert result["rc"] != 0 and gitlab.status(6921) == "running"
    assert all(text in result["msg"] for text in texts), result["msg"]
    assert token not in result["output"]


def test_a_refusal_of_one_does_not_stop_the_others(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6919, "running"), Pipeline(6920, "running", ref="release", protected=True), Pipeline(6921, "running"))
    result = cancel(gitlab)
    assert result["rc"] != 0 and "1 of 3 refused: pipeline 6920 (release): 403 Forbidden" in result["msg"] and "Maintainer" in result["msg"]
    assert [(p["id"], p["action"]) for p in result["pipelines"]] == [(6919, "canceled"), (6920, "failed"), (6921, "canceled")]


def test_a_rate_limit_is_waited_out(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    gitlab.refuse_from_request = 15  # in the middle of it
    result = cancel(gitlab)
    assert result["rc"] == 0 and result["pipelines"][0]["status_after"] == "canceled"


def test_a_rate_limit_longer_than_the_time_out_is_said(gitlab: GitLab) -> None:
    gitlab.refuse_next = [Refused(429, {"message": "Retry later"}, {"Retry-After": "60"})]
    result = cancel(gitlab, timeout=2)
    assert result["rc"] != 0 and "429" in result["msg"] and "asks to wait 60 s" in result["msg"]


def test_a_restarting_server_is_asked_again(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6921, "running"))
    gitlab.refuse_next = [Refused(502, None), Refused(503, None)]
    assert cancel(gitlab)["changed"] is True


def test_a_server_that_is_not_there_is_said_at_once() -> None:
    result = cancel(GitLab(url="http://127.0.0.1:9"))
    assert result["rc"] != 0 and "nothing listens there" in result["msg"] and "127.0.0.1:9" in result["msg"]


def test_a_child_that_outlived_its_parent_is_cancelled(gitlab: GitLab) -> None:
    gitlab.add(Pipeline(6910, "success", triggered=[6911]), Pipeline(6911, "running", source="parent_pipeline"))
    assert cancel(gitlab, child_pipelines=False)["pipelines"] == []
    assert [p["id"] for p in cancel(gitlab)["pipelines"]] == [6911]


def test_children_of_the_current_pipeline_stay(gitlab: GitLab) -> None:
    gitlab.pipelines[6922].triggered = [6923]
    gitlab.add(Pipeline(6923, "running", source="parent_pipeline"), Pipeline(6921, "running"))
    result = cancel(gitlab, only_older=False)
    assert [p["id"] for p in result["pipelines"]] == [6921] and result["left"][0]["why"] == "same run"


def test_the_parent_of_the_current_pipeline_stays(gitlab: GitLab) -> None:
    """Cancelling it would cancel the current one with it."""
    gitlab.pipelines[6922].source = "parent_pipeline"
    gitlab.add(Pipeline(6920, "running", triggered=[6921, 6922]), Pipeline(6921, "running", source="parent_pipeline"), Pipeline(6919, "running"))
    result = cancel(gitlab)
    assert [p["id"] for p in result["pipelines"]] == [6919]
    assert [(p["id"], p["why"]) for p in result["left"]] == [(6920, "same run"), (6921, "same run")]
    assert gitlab.status(6920) == "running"


def test_a_pipeline_that_is_deleted_meanwhile_is_no_error(gitlab: GitLab) -> None:
    class Deleting(Pipeline):
        def basic(self) -> dict:
            if self.cancel_asked:
                gitlab.pipelines.pop(self.id, None)
            return super().basic()

    gitlab.add(Deleting(6921, "running"))
    result = cancel(gitlab)
    assert result["rc"] == 0 and result["pipelines"][0]["status_after"] == "deleted"
