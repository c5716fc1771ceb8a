#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_logging
short_description: Change log levels of a Strimzi cluster for a while, and put them back
version_added: 0.1.0
description:
  - With O(state=present) loggers are set in the C(logging) of the Kafka resource (C(type=inline)). What each was before, and why it was changed, is
    recorded in the annotation C(streamops.kafka/logging) by the same request.
  - With O(state=absent) exactly these are put back, also by another run after this one was killed. A logger that was not set before is taken away again.
    One that somebody else has changed since is left alone, with a warning.
options:
  cluster:
    description: Name of the Kafka resource.
    type: str
    required: true
  component:
    description: Whose levels.
    type: str
    choices: [kafka, topic_operator, user_operator, cruise_control]
    default: kafka
  state:
    description: V(present) sets levels, V(absent) puts back what was there.
    type: str
    choices: [present, absent]
    default: present
  loggers:
    description: Loggers and their levels, as they stand in C(logging.loggers). Kafka 4 has C(logger.NAME.level), Kafka 3 C(log4j.logger.NAME).
    type: dict
    default: {}
  reason:
    description: Why. Needed with O(state=present), and recorded.
    type: str
  wait:
    description: Wait until the operator has set the levels and the Kafka resource is Ready.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that.
    type: float
    default: 300
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions.
  - Operators set most levels while the brokers run. Some, and all of old operators, restart them.
  - The Kubernetes user needs the verbs C(get) and C(patch) on C(kafkas).
  - "To recover: O(state=absent) puts back whatever is recorded, whoever set it."
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: See why logins fail
  streamops.kafka.strimzi_logging:
    namespace: kafka
    cluster: experiment
    loggers:
      logger.authorizer.name: kafka.authorizer.logger
      logger.authorizer.level: DEBUG
    reason: logins of the metrics job fail

- name: Show what would be put back
  streamops.kafka.strimzi_logging:
    namespace: kafka
    cluster: experiment
    state: absent
  check_mode: true
  diff: true

- name: Put the levels back
  streamops.kafka.strimzi_logging:
    namespace: kafka
    cluster: experiment
    state: absent
"""

RETURN = r"""
loggers:
  description: The loggers of the component afterwards. In check mode as they would be.
  returned: success
  type: dict
  sample: {rootLogger.level: INFO, logger.authorizer.level: DEBUG}
recorded:
  description: By component what was changed for a while. Empty when nothing is.
  returned: success
  type: dict
  sample:
    kafka:
      loggers: {logger.authorizer.level: {was: null, set: DEBUG}}
      had_logging: false
      reason: logins of the metrics job fail
      at: "2026-02-23T10:00:00Z"
ready:
  description: Whether the operator has done it, V(verified) or V(not_checked).
  returned: success
  type: str
  sample: verified
"""

import datetime
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi import log_levels
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.kafka_client import KafkaEditor
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC

LOGGING_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "component": {"type": "str", "choices": list(log_levels.PLACES), "default": "kafka"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "loggers": {"type": "dict", "default": {}},
    "reason": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
}


def planned(params: dict[str, Any], kafka: Any) -> log_levels.Step | None:
    """The change that is needed.

    :raises InputError: with everything that is wrong.
    """
    component = params["component"]
    if params["state"] == "absent":
        return log_levels.plan_absent(kafka, component)
    loggers = {str(name): str(level) for name, level in params["loggers"].items()}
    levels = {name: level for name, level in loggers.items() if not name.endswith(".name")}
    problems = log_levels.problems(kafka, component, levels)
    problems += [] if loggers else ["loggers is empty: which level shall be changed?"]
    problems += [] if (params["reason"] or "").strip() else ["reason is needed: it is what the next one reads who wonders about these levels"]
    if problems:
        raise InputError(problems)
    now = datetime.datetime.now(datetime.timezone.utc)
    return log_levels.plan_present(kafka, component, loggers, params["reason"], f"{now:%Y-%m-%dT%H:%M:%SZ}")


def main() -> None:
    module = EnumModule(argument_spec=LOGGING_SPEC, supports_check_mode=True)
    with operation_errors(module):
        params = module.params
        editor = KafkaEditor(open_strimzi(params), params["cluster"], params["api_version"], log_levels.FIELD_MANAGER)
        kafka = editor.read()
        step = planned(params, kafka)
        paused = editor.paused_problem(kafka) if step is not None else ""
        if paused:
            raise InputError([paused])
        if step is not None:
            kafka = editor.patch("change the log levels", step.patch, dry_run=module.check_mode)
            for name in step.kept:
                module.warn(f"{name} was changed by somebody else since, it is left alone")
        loggers = log_levels.loggers_of(kafka, params["component"])
        waited = params["wait"] and not module.check_mode
        if waited:
            editor.wait_ready(params["wait_timeout"], {"changed": step is not None, "loggers": loggers})
        plan = Plan((Change(f"{params['cluster']} {params['component']}", "altered", step.before, step.after),) if step is not None else ())
        module.exit_json(changed=bool(plan), diff=plan.diff(), loggers=loggers, recorded=log_levels.record_of(kafka),
                         ready="verified" if waited else "not_checked")


if __name__ == "__main__":
    main()
