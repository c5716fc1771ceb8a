#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_pipeline_cancel
short_description: Cancel the other running pipelines of a GitLab project
version_added: 0.1.0
description:
  - Cancels every other pipeline of a project that runs or waits to run, and waits until they B(are) cancelled. GitLab answers at once
    and cancels later, and a pipeline that still runs keeps writing into the databases that the next job empties.
  - A pipeline that does not end has its jobs cancelled one by one.
  - The current pipeline is never cancelled, nor is its parent pipeline or a child pipeline of the same run.
  - Nothing to cancel is fine and reports no change.
options:
  current_pipeline_id:
    description:
      - The pipeline that stays. Nothing is done unless it is known.
      - The environment variable E(CI_PIPELINE_ID) when not given, which every CI job has, or else the pipeline that E(CI_JOB_TOKEN) belongs to.
    type: int
  only_older:
    description: Whether pipelines that are newer than the current one stay. With V(false), two pipelines can cancel each other.
    type: bool
    default: true
  same_ref:
    description: Whether only pipelines of the current one's branch or tag are cancelled. Otherwise those of all branches and tags.
    type: bool
    default: false
  child_pipelines:
    description:
      - Whether child pipelines are cancelled that still run although their parent has ended.
      - The children of a cancelled pipeline are cancelled by GitLab in any case. Pipelines in other projects are never touched.
    type: bool
    default: true
  wait:
    description: Whether to wait until the pipelines have ended.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: float
    default: 300
  cancel_jobs_after:
    description: Seconds after which the jobs of a pipeline that still runs are cancelled one by one.
    type: float
    default: 10
  force:
    description:
      - Whether jobs that are being cancelled are not given the time for their C(after_script), once O(cancel_jobs_after) has passed.
      - Needs GitLab 17.11 and the role Maintainer.
    type: bool
    default: false
extends_documentation_fragment:
  - streamops.kafka.gitlab
  - streamops.kafka.gitlab.project
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - The token needs the scope C(api) and a user with the role Developer in the project, or Maintainer where the branch is protected.
    The project can restrict it further (I(Minimum role required to cancel a pipeline or job)).
seealso:
  - module: streamops.kafka.gitlab_job_log_check
  - name: Pipelines API
    description: GitLab's documentation of the requests.
    link: https://docs.gitlab.com/api/pipelines/
  - name: GitLab CI/CD job token
    description: What a job token can reach.
    link: https://docs.gitlab.com/ci/jobs/ci_job_token/
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
# In a CI job the address, the project and the current pipeline are known, and GITLAB_TOKEN is a masked CI/CD variable.
- name: Cancel the older pipelines of this project before the experiment begins
  streamops.kafka.gitlab_pipeline_cancel:

- name: Show what would be cancelled, and cancel nothing
  streamops.kafka.gitlab_pipeline_cancel:
  check_mode: true
  diff: true

- name: Cancel whatever else runs on the same branch, newer ones too
  streamops.kafka.gitlab_pipeline_cancel:
    only_older: false
    same_ref: true

- name: Keep only one pipeline, from outside of CI
  streamops.kafka.gitlab_pipeline_cancel:
    url: https://gitlab.example.com
    token: "{{ gitlab_token }}"
    project: lab/experiment
    current_pipeline_id: 6922
    only_older: false
    wait_timeout: 900

# What was cancelled can be started again: POST /projects/:id/pipelines/:pipeline_id/retry
- name: Start the cancelled jobs of a pipeline again
  ansible.builtin.uri:
    url: https://gitlab.example.com/api/v4/projects/280/pipelines/6921/retry
    method: POST
    headers:
      PRIVATE-TOKEN: "{{ gitlab_token }}"
    status_code: 201
"""

RETURN = r"""
pipelines:
  description: The pipelines that were cancelled, oldest first.
  returned: success, when only some could be cancelled, and when the wait timed out
  type: list
  elements: dict
  contains:
    id:
      description: Id of the pipeline.
      type: int
    ref:
      description: Its branch or tag.
      type: str
    sha:
      description: Its commit.
      type: str
    source:
      description: What started it.
      type: str
    web_url:
      description: Its page.
      type: str
    action:
      description:
        - V(canceled), or V(ended) when it came to another end by itself in the meantime.
        - V(canceling) when it still runs (O(wait=false) or the time-out), V(failed) when GitLab refused.
        - V(not_attempted) when something went wrong before it was its turn.
      type: str
    status_before:
      description: Its status before.
      type: str
    status_after:
      description: Its status when it was last looked at, V(canceled) in check mode. V(deleted) when it is gone.
      type: str
    jobs_cancelled:
      description: Number of its jobs that were cancelled, or would be in check mode.
      type: int
    seconds:
      description: How long it took to end.
      type: float
    reason:
      description: What GitLab refused with.
      type: str
      returned: when the action is V(failed)
  sample:
    - id: 6921
      ref: main
      sha: aa73d1cf2a3b4c5d6e7f8091a2b3c4d5e6f70819
      source: push
      web_url: https://gitlab.example.com/lab/experiment/-/pipelines/6921
      action: canceled
      status_before: running
      status_after: canceled
      jobs_cancelled: 3
      seconds: 4.2
left:
  description: The other pipelines that run, and why they were left alone.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the pipeline.
      type: int
    ref:
      description: Its branch or tag.
      type: str
    status:
      description: Its status.
      type: str
    why:
      description: V(newer), V(other ref), or V(same run) for the parent and the children of the current pipeline.
      type: str
  sample: [{"id": 6925, "ref": "main", "status": "pending", "why": "newer"}]
current_pipeline_id:
  description: The pipeline that stayed.
  returned: always
  type: int
  sample: 6922
"""

import os
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.api import GitLab, gitlab_module, open_gitlab
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.cancel import (
    PURPOSE,
    Cancellation,
    current_pipeline_id,
    read_active,
    read_current,
    read_own_run,
)
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.pipelines import Choice, Pipeline, choose
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.rest import RestError

CANCEL_SPEC: dict[str, dict[str, Any]] = {
    "current_pipeline_id": {"type": "int", "fallback": (env_fallback, ["CI_PIPELINE_ID"])},
    "only_older": {"type": "bool", "default": True},
    "same_ref": {"type": "bool", "default": False},
    "child_pipelines": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
    "cancel_jobs_after": {"type": "float", "default": 10},
    "force": {"type": "bool", "default": False},
}


def decide(gitlab: GitLab, current: Pipeline, params: dict[str, Any]) -> Choice:
    """Which pipelines are to be cancelled."""
    ref = current.ref if params["same_ref"] else None
    active = read_active(gitlab, ref, params["child_pipelines"])
    return choose(active, current, read_own_run(gitlab, current, active), params["only_older"], ref)


def carry_out(cancellation: Cancellation, params: dict[str, Any]) -> OperationError | None:
    """Cancel, and wait if so asked. What went wrong is given back, so that the result can go with it."""
    try:
        cancellation.request_all()
        timed_out = cancellation.wait(params["wait_timeout"], Progress("pipelines")) if params["wait"] else None
        cancellation.count_jobs()
    except RestError as error:  # GitLab fell silent, or refuses this token altogether
        return error
    return timed_out or cancellation.failure()


def report(current: Pipeline, choice: Choice, cancellation: Cancellation) -> dict[str, Any]:
    """The result, in check mode too."""
    return {
        "changed": any(outcome.has_changed for outcome in cancellation.outcomes),
        "pipelines": [outcome.as_result() for outcome in cancellation.outcomes],
        "left": [{"id": pipeline.id, "ref": pipeline.ref, "status": pipeline.status, "why": why} for pipeline, why in choice.left],
        "current_pipeline_id": current.id,
        "diff": choice.plan().diff(),
    }


def main() -> None:
    module = gitlab_module(CANCEL_SPEC)
    with operation_errors(module):
        gitlab = open_gitlab(module.params, PURPOSE, os.environ)
        current = read_current(gitlab, current_pipeline_id(module.params, os.environ))
        choice = decide(gitlab, current, module.params)
        cancellation = Cancellation(gitlab, choice.cancel, module.params["cancel_jobs_after"], module.params["force"])
        failure = cancellation.foresee() if module.check_mode else carry_out(cancellation, module.params)
        result = report(current, choice, cancellation)
        if failure:
            failure.partial.update(result)
            raise failure
        module.exit_json(**result)


if __name__ == "__main__":
    main()
