#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_runner_restart
short_description: Restart the pod of a GitLab runner and wait until it polls again
version_added: 0.1.0
description:
  - For a runner on Kubernetes that stops asking GitLab for jobs. Deletes its pods, waits until others are Ready in their place,
    and then until GitLab has heard of the runner again.
  - Waits before until the runner works on no job, because the jobs of a runner fail when it is restarted. So it must not be called from a job
    of the runner that it restarts.
options:
  runner_id:
    description: Id of the runner in GitLab.
    type: int
    required: true
  kubernetes:
    description: Where its pods are.
    type: dict
    required: true
    suboptions:
      namespace:
        description: Their namespace.
        type: str
        required: true
      selector:
        description: Label selector that finds just them, such as V(app=gitlab-runner). Pods that no controller would start again are refused.
        type: str
        required: true
      kubeconfig:
        description: File with the address and the login. As C(kubectl) when not given, E(KUBECONFIG), C(~/.kube/config), then the pod's service account.
        type: path
      context:
        description: Context of the kubeconfig.
        type: str
  only_if_silent_for:
    description: Restart it only when GitLab has not heard of it for so many seconds. Always when not given.
    type: float
  wait_for_jobs:
    description: Whether to wait until the runner works on no job. Otherwise its jobs fail.
    type: bool
    default: true
  grace_period:
    description: Seconds that the pod has to end. Its own setting when not given.
    type: int
  wait_timeout:
    description: Seconds that each of the three waits may take, for jobs to end, for pods, and for the runner to poll.
    type: float
    default: 600
extends_documentation_fragment:
  - streamops.kafka.gitlab
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Does not wait for jobs.
  diff_mode:
    support: none
requirements:
  - kubernetes >= 31
notes:
  - The token needs the scope C(read_api) (and C(manage_runner) from GitLab 17.1 on) and a user with the role Maintainer in a project of the runner.
  - The Kubernetes user needs the verbs C(list) and C(delete) on C(pods) in the namespace.
  - A runner polls every few seconds. While it has nothing to do, GitLab can hold a request open for up to a minute, so short values of
    O(only_if_silent_for) restart healthy runners.
seealso:
  - name: Runners API
    description: GitLab's documentation of the requests.
    link: https://docs.gitlab.com/api/runners/
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Restart a runner after its job
  streamops.kafka.gitlab_runner_restart:
    url: https://gitlab.example.com
    token: "{{ gitlab_token }}"
    runner_id: 4
    kubernetes:
      namespace: gitlab-runner
      selector: app=gitlab-runner-4

- name: Restart it only when it is stuck, from a schedule
  streamops.kafka.gitlab_runner_restart:
    url: https://gitlab.example.com
    token: "{{ gitlab_token }}"
    runner_id: 4
    kubernetes:
      namespace: gitlab-runner
      selector: app=gitlab-runner-4
    only_if_silent_for: 300

- name: Show which pods would be deleted, and delete none
  streamops.kafka.gitlab_runner_restart:
    url: https://gitlab.example.com
    token: "{{ gitlab_token }}"
    runner_id: 4
    kubernetes:
      namespace: gitlab-runner
      selector: app=gitlab-runner-4
  check_mode: true
"""

RETURN = r"""
pods_deleted:
  description: Names of the pods that were deleted, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [gitlab-runner-4-6d5f9c7b8-x2x7k]
pods:
  description: Names of the pods that are there now.
  returned: success
  type: list
  elements: str
  sample: [gitlab-runner-4-6d5f9c7b8-9qv4z]
before:
  description: What GitLab knew of the runner before.
  returned: success
  type: dict
  contains:
    contacted_at:
      description: When GitLab last heard of it, in UTC.
      type: str
    silent_seconds:
      description: How long ago that was, on GitLab's own clock.
      type: float
    status:
      description: Its status.
      type: str
    paused:
      description: Whether it is paused, and so gets no jobs even when it polls.
      type: bool
    description:
      description: Its description.
      type: str
  sample: {"contacted_at": "2026-02-23T10:00:00.000Z", "silent_seconds": 812.0, "status": "online", "paused": false, "description": "runner-4"}
after:
  description: The same when it had polled again.
  returned: success
  type: dict
  sample: {"contacted_at": "2026-02-23T10:14:02.113Z", "silent_seconds": 0.9, "status": "online", "paused": false, "description": "runner-4"}
seconds:
  description: How long the restart took, until the runner polled.
  returned: success
  type: float
  sample: 21.4
"""

import os
import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.api import GitLab, gitlab_module, open_gitlab
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner import (
    PURPOSE,
    Contact,
    read_contact,
    wait_until_idle,
    wait_until_polling,
)
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner_pods import ClusterPods, RunnerPod, RunnerPods, find_pods, restart
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

RESTART_SPEC: dict[str, dict[str, Any]] = {
    "runner_id": {"type": "int", "required": True},
    "kubernetes": {
        "type": "dict",
        "required": True,
        "options": {
            "namespace": {"type": "str", "required": True},
            "selector": {"type": "str", "required": True},
            "kubeconfig": {"type": "path"},
            "context": {"type": "str"},
        },
    },
    "only_if_silent_for": {"type": "float"},
    "wait_for_jobs": {"type": "bool", "default": True},
    "grace_period": {"type": "int"},
    "wait_timeout": {"type": "float", "default": 600},
}


def is_needed(contact: Contact, only_if_silent_for: float | None) -> bool:
    """Whether it is to be restarted; a runner that never polled counts as silent."""
    return only_if_silent_for is None or contact.silent_for is None or contact.silent_for >= only_if_silent_for


def carry_out(gitlab: GitLab, pods: RunnerPods, old: list[RunnerPod], params: dict[str, Any]) -> tuple[list[RunnerPod], Contact]:
    """Restart it, and wait until GitLab has heard of it."""
    timeout = params["wait_timeout"]
    if params["wait_for_jobs"]:
        wait_until_idle(gitlab, params["runner_id"], timeout)
    new = restart(pods, params["kubernetes"]["selector"], old, params["grace_period"], timeout)
    # From here on only the new process can poll: the old pods are gone.
    since = read_contact(gitlab, params["runner_id"]).now
    return new, wait_until_polling(gitlab, params["runner_id"], since, timeout)


def main() -> None:
    module = gitlab_module(RESTART_SPEC, project=False)
    params = module.params
    started = time.monotonic()
    with operation_errors(module):
        gitlab = open_gitlab(params, PURPOSE, os.environ)
        before = after = read_contact(gitlab, params["runner_id"])
        where = params["kubernetes"]
        pods = ClusterPods(where["namespace"], where["kubeconfig"], where["context"])
        old = now = find_pods(pods, where["selector"])
        needed = is_needed(before, params["only_if_silent_for"])
        if needed and not module.check_mode:
            now, after = carry_out(gitlab, pods, old, params)
        module.exit_json(
            changed=needed, pods_deleted=[one.name for one in old] if needed else [], pods=[one.name for one in now],
            before=before.as_result(), after=after.as_result(), seconds=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    main()
