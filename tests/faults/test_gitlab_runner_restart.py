# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gitlab_runner_restart: real pods of a real Deployment, which really poll a stand-in of GitLab. Run when LAB names kubernetes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitlab_modules import run_here
from gitlab_standin import TOKEN, GitLab, Job, Runner, running

import lab
from lab import pods

pytestmark = pytest.mark.skipif("kubernetes" not in os.environ.get("LAB", "").split(), reason="LAB does not name kubernetes")

# The note's runner: it polls for a while and then stops, although its process goes on.
STUCK = 'trap "exit 0" TERM; for n in 1 2 3 4 5 6 7 8 9; do {poll}; sleep 1; done; while true; do sleep 1; done'
POLL = "wget -q -O /dev/null --header 'Content-Type: application/json' --post-data '{{\"token\": \"{token}\"}}' {url}/api/v4/jobs/request"


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    lab.start("kubernetes")
    with pods.namespace() as space:
        yield space


@pytest.fixture(scope="module")
def server() -> Iterator[GitLab]:
    with running(GitLab()) as gitlab:
        yield gitlab


@pytest.fixture(scope="module")
def deployed(space: pods.Space, server: GitLab) -> None:
    server.runners[4] = Runner(4)
    command = STUCK.format(poll=POLL.format(token=server.runners[4].token, url=server.url))
    space.run_all(
        pods.shell("gitlab-runner-4", kind="Deployment", labels={"app": "gitlab-runner-4"}, command=("/bin/sh", "-c", command), host_network=True),
        pods.shell("loose", labels={"app": "loose"}),
    )


@pytest.fixture
def gitlab(server: GitLab, deployed: None) -> GitLab:
    server.requests.clear()
    server.runners[4].jobs = []
    return server


def restart(gitlab: GitLab, space: pods.Space, check: bool = False, selector: str = "app=gitlab-runner-4", kubeconfig: str = "", **options: object) -> dict:
    kubernetes = {"namespace": space.name, "selector": selector, "kubeconfig": kubeconfig or space.kubeconfig}
    given = {"url": gitlab.url, "token": TOKEN, "runner_id": 4, "kubernetes": kubernetes, "wait_timeout": 30, **options}
    return run_here("gitlab_runner_restart", given, check=check)


def names(space: pods.Space) -> list[str]:
    return [pod.metadata.name for pod in space.pods("app=gitlab-runner-4")]


def test_a_stuck_runner_is_restarted_and_polls_again(gitlab: GitLab, space: pods.Space, tmp_path: Path) -> None:
    """With the fewest rights that it needs."""
    kubeconfig = str(space.account("restarter", [pods.rule("pods", "list", "delete")], tmp_path))
    while gitlab.runners[4].contacted_at is None:
        time.sleep(0.1)
    before = names(space)
    result = restart(gitlab, space, kubeconfig=kubeconfig)
    assert result["rc"] == 0 and result["changed"] is True, result
    assert result["pods_deleted"] == before and result["pods"] == names(space) and set(result["pods"]).isdisjoint(before)
    assert result["after"]["contacted_at"] > result["before"]["contacted_at"] and result["after"]["silent_seconds"] < 5


def test_a_runner_that_polls_is_left_alone(gitlab: GitLab, space: pods.Space) -> None:
    gitlab.runners[4].contacted_at = time.time()
    before = names(space)
    result = restart(gitlab, space, only_if_silent_for=60)
    assert result["rc"] == 0 and result["changed"] is False and result["pods_deleted"] == [] and names(space) == before
    gitlab.runners[4].contacted_at = time.time() - 61
    assert restart(gitlab, space, check=True, only_if_silent_for=60)["pods_deleted"] == before
    assert names(space) == before


def test_its_jobs_are_waited_for(gitlab: GitLab, space: pods.Space) -> None:
    gitlab.runners[4].jobs = [Job(81234, "experiment:mariadb", "running")]
    assert restart(gitlab, space)["rc"] == 0
    assert len(gitlab.asked("GET /runners/4/jobs")) == 3


def test_a_runner_that_stays_busy_is_not_restarted(gitlab: GitLab, space: pods.Space) -> None:
    gitlab.runners[4].jobs = [Job(81234, "experiment:mariadb", "running", looks=-100)]
    before = names(space)
    result = restart(gitlab, space, wait_timeout=0.5)
    assert result["rc"] != 0 and "it runs the jobs 81234 (experiment:mariadb)" in result["msg"] and names(space) == before


def test_a_runner_that_never_polls_again_is_said(gitlab: GitLab, space: pods.Space) -> None:
    token, gitlab.runners[4].token = gitlab.runners[4].token, "glrt-revoked"
    try:
        result = restart(gitlab, space, wait_timeout=4)
    finally:
        gitlab.runners[4].token = token
    assert result["rc"] != 0 and result["changed"] is True
    assert "see the runner poll again" in result["msg"] and "GitLab heard of it" in result["msg"]


def test_a_label_that_no_pod_has_lists_those_that_are_there(gitlab: GitLab, space: pods.Space) -> None:
    result = restart(gitlab, space, selector="app=runner-4")
    assert result["rc"] != 0 and "no pod has the labels app=runner-4" in result["msg"] and "app=gitlab-runner-4" in result["msg"]


def test_a_pod_that_nothing_would_start_again_is_not_deleted(gitlab: GitLab, space: pods.Space) -> None:
    result = restart(gitlab, space, selector="app=loose")
    assert result["rc"] != 0 and "would start loose again" in result["msg"] and space.pods("app=loose")


def test_a_missing_right_is_named(gitlab: GitLab, space: pods.Space, tmp_path: Path) -> None:
    kubeconfig = str(space.account("onlooker", [pods.rule("pods", "list")], tmp_path))
    result = restart(gitlab, space, kubeconfig=kubeconfig)
    assert result["rc"] != 0 and "delete pod" in result["msg"] and "forbidden" in result["msg"]
    assert "Give this user or service account the right" in result["msg"]


def test_a_runner_that_the_token_does_not_see_is_said(gitlab: GitLab, space: pods.Space) -> None:
    result = restart(gitlab, space, runner_id=5)
    assert result["rc"] != 0 and "read runner 5" in result["msg"] and "404" in result["msg"]
