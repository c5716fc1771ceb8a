# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.api import Purpose, advice_for, api_url, token_problem
from ansible_collections.streamops.kafka.plugins.module_utils.rest import RestError

PURPOSE = Purpose("cancel pipelines", "api", "the role Developer", "The project may restrict it.")


def refused(status: int, body: object = None) -> str:
    return advice_for(RestError("cancel", "x", "no", status=status, body=body), PURPOSE, "lab/experiment")


@pytest.mark.parametrize("path", ["", "/", "/api/v4", "/api/v4/"])
def test_the_address_of_the_server_is_enough(path: str) -> None:
    assert api_url(f"https://gitlab.example.com{path}") == "https://gitlab.example.com/api/v4"


def test_a_relative_root_is_kept() -> None:
    assert api_url("https://example.com/gitlab") == "https://example.com/gitlab/api/v4"


@pytest.mark.parametrize(("token", "job_token"), [("glpat-1", ""), ("glpat-1", "glcbt-64_1"), ("gldt-1", "x")])
def test_any_token_but_a_jobs_own_is_tried(token: str, job_token: str) -> None:
    assert token_problem(token, job_token, PURPOSE) == ""


@pytest.mark.parametrize(("token", "job_token", "reason"), [
    (None, "", "no token is given. To cancel pipelines"),
    ("", "glcbt-64_1", "no token is given, and GitLab does not let a job token"),
    ("glcbt-64_1", "", "the token given is a CI/CD job token"),
    ("same", "same", "the token given is a CI/CD job token"),
])
def test_what_is_wrong_with_a_token_names_the_one_that_is_needed(token: str | None, job_token: str, reason: str) -> None:
    text = token_problem(token, job_token, PURPOSE)
    assert text.startswith(reason) and "GITLAB_TOKEN" in text and "scope api" in text and "role Developer" in text


def test_each_refusal_says_what_is_missing() -> None:
    assert "wrong, expired or revoked" in refused(401)
    assert refused(403, {"error": "insufficient_scope"}).startswith("The token lacks the scope api.")
    assert refused(403).endswith("The project may restrict it.")
    assert "lab/experiment" in refused(404) and "may not see it" in refused(404)
