#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_job_log_check
short_description: Wait for lines in the log of a GitLab job, and fail on lines that must not be there
version_added: 0.1.0
description:
  - Reads the log of a CI job while it grows, and looks for regular expressions in its lines.
  - Fails as soon as a line appears that must not, when the job ends without a line that must appear, and when the wait times out.
  - Shows only the lines that match, the first one for each expression. Colours and section marks are taken away before.
options:
  job_id:
    description: Id of the job.
    type: int
  job:
    description: Name of the job, in the pipeline O(pipeline_id). Of a job that was retried, the newest is meant.
    type: str
  pipeline_id:
    description:
      - The pipeline of O(job).
      - The environment variable E(CI_PIPELINE_ID) when not given, which every CI job has.
    type: int
  must:
    description: Regular expressions. Each must match a part of some line.
    type: list
    elements: str
    default: []
  must_not:
    description: Regular expressions. None may match a part of any line. At least one of O(must) and O(must_not) is required.
    type: list
    elements: str
    default: []
  wait:
    description: Whether to wait. Otherwise the log is read once, and a line that is missing while the job runs is no error yet.
    type: bool
    default: true
  wait_for:
    description:
      - What to wait for. V(lines) until every line of O(must) is there, so that O(must_not) is judged on the log up to then.
      - V(job) until the job has ended, so that the whole log is judged. It is the same as V(lines) when O(must) is empty.
    type: str
    choices: [lines, job]
    default: lines
  wait_timeout:
    description: Seconds to wait, the time included that the job waits for a runner.
    type: float
    default: 600
extends_documentation_fragment:
  - streamops.kafka.gitlab
  - streamops.kafka.gitlab.project
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is ever changed. In check mode it looks once and does not wait, as with O(wait=false).
  diff_mode:
    support: none
notes:
  - The token needs the scope C(read_api) and a user with the role Reporter in the project.
seealso:
  - module: streamops.kafka.gitlab_pipeline_cancel
  - name: Jobs API
    description: GitLab's documentation of the requests.
    link: https://docs.gitlab.com/api/jobs/
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
# In a CI job the address, the project and the pipeline are known, and GITLAB_TOKEN is a masked CI/CD variable.
- name: Make sure that the experiment sends its metrics through the listener with a login
  streamops.kafka.gitlab_job_log_check:
    job: experiment:mariadb
    must:
      - Kafka producer ready \(.*:9094, user=.*\)
    must_not:
      - brokers are down
      - SASL authentication error

- name: Judge the whole log, when the job has ended
  streamops.kafka.gitlab_job_log_check:
    url: https://gitlab.example.com
    token: "{{ gitlab_token }}"
    project: lab/experiment
    job_id: 81234
    must_not:
      - brokers are down
    wait_for: job
    wait_timeout: 7200

- name: Look once
  streamops.kafka.gitlab_job_log_check:
    job: experiment:mariadb
    must:
      - Kafka producer ready
    wait: false
  register: log
"""

RETURN = r"""
state:
  description:
    - V(forbidden) when a line was seen that must not be there, else V(found) when every line was seen that must be there, else V(not_found).
    - Without O(must), V(found) means that nothing forbidden was seen in what was read, see RV(complete).
  returned: success, and when lines were missing or forbidden
  type: str
  sample: found
complete:
  description: Whether the job had ended and its whole log was read. Otherwise forbidden lines can still follow.
  returned: with RV(state)
  type: bool
  sample: false
lines:
  description: Each expression, with the first line that it matches.
  returned: with RV(state)
  type: list
  elements: dict
  contains:
    pattern:
      description: The expression.
      type: str
    expected:
      description: V(must) or V(must_not).
      type: str
    state:
      description: V(found), V(forbidden) or V(not_found).
      type: str
    line_number:
      description: Number of the line, from 1.
      type: int
      returned: when a line matches
    line:
      description: The line, at most 500 characters around the match.
      type: str
      returned: when a line matches
  sample:
    - pattern: Kafka producer ready \(.*:9094, user=.*\)
      expected: must
      state: found
      line_number: 57
      line: "[INF] [metrics_trace] Kafka producer ready (broker-1.example.com:9094, user=experiment)"
    - pattern: brokers are down
      expected: must_not
      state: not_found
lines_read:
  description: Number of lines that were read.
  returned: with RV(state)
  type: int
  sample: 61
job:
  description: The job.
  returned: with RV(state)
  type: dict
  contains:
    id:
      description: Its id.
      type: int
    name:
      description: Its name.
      type: str
    status:
      description: Its status when it was last looked at.
      type: str
    ref:
      description: Its branch or tag.
      type: str
    web_url:
      description: Its page.
      type: str
  sample: {"id": 81234, "name": "experiment:mariadb", "status": "running", "ref": "main", "web_url": "https://gitlab.example.com/lab/experiment/-/jobs/81234"}
"""

import os
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.api import gitlab_module, open_gitlab
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.job_log import LogCheck, expectations_from
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.job_log_client import PURPOSE, LogReader, find_job
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

LOG_SPEC: dict[str, dict[str, Any]] = {
    "job_id": {"type": "int"},
    "job": {"type": "str"},
    "pipeline_id": {"type": "int", "fallback": (env_fallback, ["CI_PIPELINE_ID"])},
    "must": {"type": "list", "elements": "str", "default": []},
    "must_not": {"type": "list", "elements": "str", "default": []},
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": ["lines", "job"], "default": "lines"},
    "wait_timeout": {"type": "float", "default": 600},
}


def log_check(params: dict[str, Any]) -> LogCheck:
    """What is looked for.

    :raises InputError: with everything that is wrong with the options.
    """
    expectations, problems = expectations_from(params["must"], params["must_not"])
    if not params["must"] and not params["must_not"]:
        problems.append("at least one of must and must_not is required")
    if params["job"] is not None and params["pipeline_id"] is None:
        problems.append("job needs pipeline_id, or the environment variable CI_PIPELINE_ID of a CI job")
    if problems:
        raise InputError(problems)
    return LogCheck(expectations)


def read_log(reader: LogReader, params: dict[str, Any], check_mode: bool) -> None:
    """Look once, or until the answer is known.

    :raises OperationError: when lines are missing or forbidden.
    """
    try:
        if params["wait"] and not check_mode:
            reader.wait(params["wait_for"], params["wait_timeout"])
        else:
            reader.look()
    except OperationError as error:
        error.partial.update(reader.as_result())
        raise
    failure = reader.failure()
    if failure:
        raise failure


def main() -> None:
    module = gitlab_module(LOG_SPEC, required_one_of=[("job_id", "job")], mutually_exclusive=[("job_id", "job")])
    with operation_errors(module):
        check = log_check(module.params)
        gitlab = open_gitlab(module.params, PURPOSE, os.environ)
        job_id = module.params["job_id"]
        reader = LogReader(gitlab, find_job(gitlab, module.params["job"], module.params["pipeline_id"]) if job_id is None else job_id, check)
        read_log(reader, module.params, module.check_mode)
        module.exit_json(**reader.as_result())


if __name__ == "__main__":
    main()
