#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connect_connector
short_description: Create, change, pause, stop, restart and delete connectors of Kafka Connect
version_added: 0.1.0
description:
  - Brings a list of connectors into the wanted state, all at the same time, and waits for all of them together.
  - Configurations are compared both ways. A key that is no longer given is a change, and is removed. V(1) equals V("1").
  - Before anything is touched, the plugins are asked what they think of the new configurations, and everything that is wrong is listed at once.
  - Connectors that are not listed stay as they are, unless O(exclusive) says otherwise.
  - "B(Secrets.) Values that the plugin defines as C(PASSWORD), and those whose key says so (C(*.password), C(*.jaas.config), ...), are masked in results
    and diffs. Placeholders such as C(${file:/etc/connect/secrets:password}) are shown, because they are none."
options:
  name:
    description: Name of one connector, instead of O(connectors).
    type: str
  config:
    description: Its configuration. It stays as it is when not given.
    type: dict
  connectors:
    description: The connectors. A plain name stands for a dictionary with only C(name).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the connector.
        type: str
        required: true
      config:
        description: Its configuration. It stays as it is when not given. Lists are joined by commas, keys with V(null) are left out.
        type: dict
      state:
        description: As the module's O(state), which it is when not given.
        type: str
        choices: [present, absent, running, paused, stopped, restarted]
  state:
    description:
      - V(present) creates or changes it and does not touch whether it runs.
      - V(running) resumes it and restarts what has failed.
      - V(paused) keeps its tasks assigned and idle. V(stopped) ends them; it needs Kafka 3.5.
      - V(restarted) restarts what has failed, and changes nothing when nothing has. See O(restart).
      - All but V(absent) take a configuration, too.
    type: str
    choices: [present, absent, running, paused, stopped, restarted]
    default: present
  restart:
    description: What O(state=restarted) restarts, the connector and tasks that have V(failed) or V(all).
    type: str
    choices: [failed, all]
    default: failed
  validate:
    description:
      - Whether the plugins are asked first about configurations that are new or changed. Some, such as Debezium's, connect to their database for that.
      - Otherwise the first wrong configuration is refused when it is put, while others may have been put already.
    type: bool
    default: true
  exclusive:
    description:
      - Whether B(all connectors that are not listed are deleted). Refused when none is listed.
    type: bool
    default: false
  remove_offsets:
    description:
      - Whether what a deleted connector has committed is removed as well, that is the consumer group of a sink (C(connect-NAME)) and the offsets of
        a source.
        Otherwise a connector of the same name goes on from there.
      - The connector is stopped for that. It needs Kafka 3.6.
    type: bool
    default: false
  wait:
    description: Whether to wait until the connectors and all of their tasks are in the wanted state.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for all of them.
    type: float
    default: 300
extends_documentation_fragment:
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The plugins are asked in check mode, too.
  diff_mode:
    support: full
    details: A secret that would become another one is shown as C(*** (another one)).
seealso:
  - module: streamops.kafka.connect_connector_info
  - module: streamops.kafka.connect_offsets
  - module: streamops.kafka.connect_plugin_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Create or change a connector, and wait until its tasks run
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    name: orders-to-files
    config:
      connector.class: org.apache.kafka.connect.file.FileStreamSinkConnector
      topics: orders
      file: /var/lib/connect/orders.txt
      tasks.max: 1

- name: Show what would be changed, and change nothing
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    connectors: "{{ my_connectors }}"
  check_mode: true
  diff: true

- name: Pause two connectors
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    url_username: admin
    url_password: "{{ connect_password }}"
    connectors: [orders-to-files, customers-to-files]
    state: paused

- name: Restart what has failed, whichever it is
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    connectors: "{{ all_connectors.connectors | map(attribute='name') }}"
    state: restarted

- name: Keep the configuration, then delete a sink and its consumer group
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    name: orders-to-files
    state: absent
    remove_offsets: true
  register: deleted

# How to recover: secrets are masked in the result, so keep configurations elsewhere, or have secrets in a config provider. The connector
# goes on from where it was, unless remove_offsets was set: then a sink reads from the beginning, and a source makes a new snapshot.
- name: Bring it back
  streamops.kafka.connect_connector:
    url: https://connect.example.com:8083
    name: orders-to-files
    config: "{{ deleted.connectors[0].before.config }}"
"""

RETURN = r"""
connectors:
  description: Each connector that was listed, and those that O(exclusive) deleted.
  returned: success, and when only some connectors could be brought into the wanted state
  type: list
  elements: dict
  contains:
    name:
      description: Name of the connector.
      type: str
      sample: orders-to-files
    action:
      description:
        - What was done, or would be in check mode. One of V(created), V(altered), V(resumed), V(paused), V(stopped), V(restarted), V(deleted), V(unchanged),
          V(absent) (it was not there), V(failed). With V(altered) the state may have changed as well.
      type: str
      sample: altered
    reason:
      description: Why it failed, with the cause that the trace of its task gives.
      returned: when it failed
      type: str
      sample: "Failed to get orders-to-files running: task 0 has failed: ...ConnectException: Couldn't find or create file '/no/such/x'."
    before:
      description: Configuration (secrets masked) and wanted state before, V(null) when it did not exist.
      type: dict
      sample: {"config": {"connector.class": "FileStreamSink", "topics": "orders"}, "state": "running"}
    after:
      description: The same after, V(null) when it does not exist any more.
      type: dict
      sample: {"config": {"connector.class": "FileStreamSink", "topics": "orders,returns"}, "state": "running"}
    state:
      description: The state that the worker tells, such as V(running), V(paused), V(stopped), V(failed), V(unassigned). V(null) when there is none.
      type: str
      sample: running
    type:
      description: V(source) or V(sink).
      type: str
      sample: sink
    tasks:
      description: Its tasks. One that has failed has the first lines of its C(trace).
      type: list
      elements: dict
      sample: [{"id": 0, "state": "running", "worker_id": "10.0.0.1:8083"}]
    offsets_removed:
      description: Whether its consumer group or source offsets were removed.
      type: bool
      sample: false
  sample:
    - name: orders-to-files
      action: created
      before: null
      after: {"config": {"connector.class": "FileStreamSink", "topics": "orders"}, "state": "running"}
      state: running
      type: sink
      tasks: [{"id": 0, "state": "running", "worker_id": "10.0.0.1:8083"}]
      offsets_removed: false
worker_version:
  description: Version of the worker.
  returned: success
  type: str
  sample: 4.3.1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import STATES, Step, Wanted, as_config, input_problems, plan, state_problems
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors_client import (
    carry_out,
    plugin_problems,
    targets_of,
    version_problems,
    wait_for_all,
)
from ansible_collections.streamops.kafka.plugins.module_utils.connect.module import ConnectModule, connect_module
from ansible_collections.streamops.kafka.plugins.module_utils.connect.report import changes, failure, rows
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress

ONE_CONNECTOR: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "config": {"type": "dict"},
    "state": {"type": "str", "choices": list(STATES)},
}
CONNECTOR_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "config": {"type": "dict"},
    "connectors": {"type": "list", "elements": "dict", "default": [], "options": ONE_CONNECTOR},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "restart": {"type": "str", "choices": ["failed", "all"], "default": "failed"},
    "validate": {"type": "bool", "default": True},
    "exclusive": {"type": "bool", "default": False},
    "remove_offsets": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
}


def what_is_wanted(params: dict[str, Any]) -> list[Wanted]:
    """The connectors that are asked for, after everything that is wrong with the request itself was said."""
    listed = list(params["connectors"])
    if params["name"] is not None:
        listed.append({"name": params["name"], "config": params["config"], "state": None})
    wanted = [Wanted(each["name"], each["state"] or params["state"], None if each["config"] is None else as_config(each["config"])) for each in listed]
    problems = input_problems(wanted, {each["name"]: each["config"] or {} for each in listed})
    if not wanted:
        problems.append("name a connector or list connectors" + (": exclusive would delete all of them" if params["exclusive"] else ""))
    if params["name"] is None and params["config"] is not None:
        problems.append("config is given without name")
    if problems:
        raise InputError(problems)
    return wanted


def find_problems(worker: Worker, wanted: list[Wanted], steps: tuple[Step, ...], params: dict[str, Any]) -> None:
    """Say everything that would go wrong, before anything is touched."""
    problems = version_problems(worker, wanted, params["remove_offsets"]) + plugin_problems(worker, steps, params["validate"])
    if problems:
        raise InputError(problems)


def bring_about(module: ConnectModule, worker: Worker, wanted: list[Wanted]) -> dict[str, Any]:
    """The result of the module; what failed is raised, together with it."""
    params = module.params
    current = worker.connectors()
    problems = state_problems(wanted, current)
    steps = plan(wanted, current, params["restart"], params["exclusive"])
    configs = [each.config for each in wanted if each.config] + [each.config for each in current.values()]
    shown = [config for config in configs if config.get("connector.class")]
    worker.learn_passwords(config["connector.class"] for config in shown)
    module.keep_secret(shown, worker.passwords)
    if problems:
        raise InputError(problems)
    find_problems(worker, wanted, steps, params)
    outcomes = {} if module.check_mode else carry_out(worker, steps, params["remove_offsets"])
    last, reasons = current, {name: each.reason for name, each in outcomes.items() if each.reason}
    if not module.check_mode:
        if params["wait"]:
            targets = targets_of(wanted, current, steps, outcomes)
            changed = {step.name: True for step in steps}
            last, late = wait_for_all(worker, targets, changed, params["wait_timeout"], Progress("connect_connector"))
            reasons.update(late)
        else:
            last = worker.connectors()
    without_offsets = {name for name, each in outcomes.items() if each.offsets_removed}
    plan_of_changes = changes(wanted, current, steps, worker.passwords)
    result = {
        "changed": any(each.done or not each.reason for each in outcomes.values()) if outcomes else bool(steps),
        "connectors": rows(wanted, plan_of_changes, current, last, reasons, without_offsets, worker.passwords),
        "worker_version": worker.release,
        "diff": plan_of_changes.diff(),
    }
    error = failure(reasons, len(result["connectors"]))
    if error:
        error.partial.update(result)
        raise error
    return result


def main() -> None:
    module = connect_module(CONNECTOR_SPEC)
    with operation_errors(module):
        wanted = what_is_wanted(module.params)
        worker = Worker.from_params(module.params)
        module.exit_json(**bring_about(module, worker, wanted))


if __name__ == "__main__":
    main()
