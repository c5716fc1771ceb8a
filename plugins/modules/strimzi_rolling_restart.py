#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_rolling_restart
short_description: Restart brokers of a Strimzi cluster one after the other, or its entity operator
version_added: 0.1.0
description:
  - Asks the cluster operator for a rolling restart by its own annotation C(strimzi.io/manual-rolling-update) on the pods, and waits until each pod is
    another one and Ready. The operator decides the order and takes care that no partition loses its minimum of replicas.
  - Which pods are to be restarted is recorded in the annotation C(streamops.kafka/rolling-restart) of the Kafka resource before any of them is. A
    killed run is gone on with by the next, which restarts only those that are left.
  - With O(component=entity_operator) the pods of the entity operator are deleted, which its Deployment replaces. That helps when its state has moved.
options:
  cluster:
    description: Name of the Kafka resource.
    type: str
    required: true
  component:
    description: What to restart.
    type: str
    choices: [kafka, entity_operator]
    default: kafka
  pods:
    description: Names of the pods of Kafka nodes to restart, or the ids of these nodes. By default all of them.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: Seconds for all of them together. A broker with much data takes minutes to be in sync again.
    type: float
    default: 1800
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The API server tries each request (a dry run).
  diff_mode:
    support: full
notes:
  - Not run against Strimzi's operators in this project's tests. There a labelled stand-in restarts real pods when it sees the annotation.
  - It restarts each time that it is called, so it is always changed.
  - The Kubernetes user needs C(get) and C(patch) on C(kafkas), C(list) and C(patch) on C(pods), and C(delete) on them for the entity operator.
  - "To recover from a run that was killed or timed out: run it again. C(kubectl annotate kafka NAME streamops.kafka/rolling-restart-) forgets it."
seealso:
  - module: streamops.kafka.strimzi_broker_replace
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Restart all brokers and controllers
  streamops.kafka.strimzi_rolling_restart:
    namespace: kafka
    cluster: experiment

- name: Show which pods would be restarted
  streamops.kafka.strimzi_rolling_restart:
    namespace: kafka
    cluster: experiment
  check_mode: true

- name: Restart one broker
  streamops.kafka.strimzi_rolling_restart:
    namespace: kafka
    cluster: experiment
    pods: [experiment-brokers-2]

- name: Restart the entity operator
  streamops.kafka.strimzi_rolling_restart:
    namespace: kafka
    cluster: experiment
    component: entity_operator
"""

RETURN = r"""
pods:
  description: >-
    Each pod by its name, V(restarted) or V(not_restarted), and V(new) for pods of the entity operator that came in their place.
    In check mode V(not_restarted).
  returned: success, and when it was not done in time
  type: dict
  sample: {experiment-brokers-0: restarted, experiment-brokers-1: restarted}
resumed:
  description: Whether an earlier run was gone on with.
  returned: success
  type: bool
  sample: false
most_unavailable:
  description: How many of the pods were seen not Ready at the same time.
  returned: with O(component=kafka)
  type: int
  sample: 1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.kafka_client import KafkaEditor
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.node_pods import NodePods
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.rolling import Restart, restart_entity_operator

RESTART_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "component": {"type": "str", "choices": ["kafka", "entity_operator"], "default": "kafka"},
    "pods": {"type": "list", "elements": "str", "default": []},
    "wait_timeout": {"type": "float", "default": 1800},
}


def plan_of(names: Any) -> Plan:
    """Restarted pods, as changes."""
    return Plan(tuple(Change(name, "restarted", {"restart": "not asked for"}, {"restart": "asked for"}) for name in names))


def restart_kafka(module: EnumModule, editor: KafkaEditor, pods: NodePods) -> dict[str, Any]:
    """Restart the Kafka nodes, or try whether that would be allowed."""
    restart = Restart(editor, pods, module.params["pods"])
    result = {"resumed": restart.is_resumed, "changed": True, "diff": plan_of(restart.asked).diff()}
    if module.check_mode:
        restart.try_out()
        return {**result, "pods": dict.fromkeys(restart.asked, "not_restarted"), "most_unavailable": 0}
    restart.begin()
    restart.finish(module.params["wait_timeout"])
    return {**result, "pods": restart.as_result(), "most_unavailable": restart.most_unavailable}


def restart_operator(module: EnumModule, editor: KafkaEditor, pods: NodePods) -> dict[str, Any]:
    """Restart the entity operator."""
    there = pods.entity_operator()
    problems = [] if there else [f"cluster {editor.path} has no pod of an entity operator"]
    problems += ["pods goes with component: kafka"] if module.params["pods"] else []
    if problems:
        raise InputError(problems)
    done = dict.fromkeys(there, "not_restarted") if module.check_mode else restart_entity_operator(pods, module.params["wait_timeout"], editor.path)
    return {"resumed": False, "changed": True, "diff": plan_of(there).diff(), "pods": done}


def main() -> None:
    module = EnumModule(argument_spec=RESTART_SPEC, supports_check_mode=True)
    with operation_errors(module):
        params = module.params
        client = open_strimzi(params)
        editor = KafkaEditor(client, params["cluster"], params["api_version"], "streamops.kafka")
        pods = NodePods(client.cluster, client.namespace, params["cluster"])
        restart = restart_kafka if params["component"] == "kafka" else restart_operator
        module.exit_json(**restart(module, editor, pods))


if __name__ == "__main__":
    main()
