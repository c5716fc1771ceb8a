#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_super_user
short_description: Make users of a Strimzi cluster super users for a while, and take that back when it is safe
version_added: 0.1.0
description:
  - A stop-gap for clients that cannot log in yet, such as C(ANONYMOUS) on a listener without login. B(Super users may do everything.)
  - With O(state=present) names are added to C(spec.kafka.authorization.superUsers) of the Kafka resource. C(super.users) in C(spec.kafka.config) does
    nothing, the operator leaves it out. Who was added, and why, is recorded in the annotation C(streamops.kafka/super-users) by the same request.
  - With O(state=absent) exactly those are removed that were recorded, and nobody else. That is done only when O(user) really logs in by
    SASL, and when every address of Kafka in each of O(configuration_files) uses SASL. Otherwise somebody would be locked out.
  - The operator rolls the brokers after each change.
options:
  cluster:
    description: Name of the Kafka resource.
    type: str
    required: true
  state:
    description: V(present) adds, V(absent) takes back.
    type: str
    choices: [present, absent]
    default: present
  names:
    description: Names of the users, without C(User:). With O(state=absent) all that were recorded, when not given.
    type: list
    elements: str
    default: []
  reason:
    description: Why they are added. Needed with O(state=present), and recorded.
    type: str
  user:
    description: KafkaUser that has to log in before anybody is removed. Needed with O(state=absent).
    type: str
  listener:
    description: Listener with SASL at which it has to. Not needed when the cluster has only one.
    type: str
  bootstrap_servers:
    description: Address of that listener as seen from where this task runs, when the one in the status cannot be reached from there.
    type: str
  configuration_files:
    description:
      - Every configuration of every client. At least one is needed with O(state=absent).
      - Addresses of Kafka are found by their keys (C(bootstrap.servers), C(kafka_bootstrap), C(brokers), host and port below C(kafka), ...), and by
        the addresses of the cluster's listeners under any key. A file in which none is found is not taken for a good one.
      - An address is judged by the listener that it leads to. One of another cluster is asked what it is. A C(security.protocol) beside it
        must be one with SASL too.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A JSON, YAML or properties file, or a manifest of a ConfigMap.
        type: path
      config_map:
        description: Name of a ConfigMap, in the cluster or in the manifest O(configuration_files[].path).
        type: str
      data_key:
        description: The entry of its data that is a file itself.
        type: str
      format:
        description: What it is, when its name does not tell.
        type: str
        choices: [json, yaml, properties]
      namespace:
        description: Namespace of the ConfigMap.
        type: str
      kubeconfig:
        description: File that says how to reach its cluster.
        type: path
      context:
        description: Context of that kubeconfig.
        type: str
  endpoint_keys:
    description: Further keys that hold addresses of Kafka, as paths with dots.
    type: list
    elements: str
    default: []
  wait:
    description: Wait until the operator has rolled the brokers and the Kafka resource is Ready.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that.
    type: float
    default: 900
  request_timeout:
    description: Seconds for the login.
    type: float
    default: 30
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Logs in and reads the files, changes nothing.
  diff_mode:
    support: full
requirements:
  - confluent-kafka for O(state=absent)
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions and a real broker.
  - The Kubernetes user needs C(get) and C(patch) on C(kafkas), and C(get) on the Secrets of the CA and of O(user).
  - Who was a super user before stays one, also when O(names) names him.
  - "To recover from a removal that came too early: call it with O(state=present) again."
seealso:
  - module: streamops.kafka.config_files_check
  - module: streamops.kafka.strimzi_kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Let clients in that cannot log in yet
  streamops.kafka.strimzi_super_user:
    namespace: kafka
    cluster: experiment
    names: [ANONYMOUS]
    reason: the metrics job still uses the plain listener

- name: Say what stands in the way of taking it back
  streamops.kafka.strimzi_super_user:
    namespace: kafka
    cluster: experiment
    state: absent
    user: reporting
    listener: scram
    configuration_files:
      - path: config/experiment.json
      - path: k8s/configmap.yaml
  check_mode: true

- name: Take it back
  streamops.kafka.strimzi_super_user:
    namespace: kafka
    cluster: experiment
    state: absent
    user: reporting
    listener: scram
    configuration_files:
      - path: config/experiment.json
      - path: k8s/configmap.yaml
"""

RETURN = r"""
super_users:
  description: The super users afterwards. In check mode as they would be.
  returned: success
  type: list
  elements: str
  sample: [admin]
recorded:
  description: Who of them was added by this module, and why. V(null) when nobody was.
  returned: success
  type: dict
  sample: {added: [ANONYMOUS], reason: "the metrics job still uses the plain listener"}
login:
  description: Whether O(user) logged in, V(verified), V(failed) or V(not_checked).
  returned: success, and when the checks failed
  type: str
  sample: verified
endpoints:
  description: Each address of Kafka in O(configuration_files), with its file, key, state and why.
  returned: success, and when the checks failed
  type: list
  elements: dict
  sample:
    - {file: config/experiment.json, key: databases.kafka.port, address: "kafka:9092", state: failed, reason: listener plain has no SASL login}
ready:
  description: Whether the operator has rolled the brokers, V(verified) or V(not_checked).
  returned: success
  type: str
  sample: verified
"""

import datetime
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.configuration.parsers import FORMATS
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.kafka_client import KafkaEditor
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.sasl_proof import Proof, option_problems, prove
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.super_users import (
    FIELD_MANAGER,
    Step,
    authorization_problem,
    name_problems,
    not_ours,
    plan_absent,
    plan_present,
    record_of,
    super_users,
)

FILE_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path"},
    "config_map": {"type": "str"},
    "data_key": {"type": "str", "no_log": False},
    "format": {"type": "str", "choices": FORMATS},
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}
SUPER_USER_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "names": {"type": "list", "elements": "str", "default": []},
    "reason": {"type": "str"},
    "user": {"type": "str"},
    "listener": {"type": "str"},
    "bootstrap_servers": {"type": "str"},
    "configuration_files": {"type": "list", "elements": "dict", "default": [], "options": FILE_SPEC},
    "endpoint_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 900},
    "request_timeout": {"type": "float", "default": 30},
}


def problems_of(params: dict[str, Any], kafka: Any) -> list[str]:
    """Everything that is wrong before anything is tried."""
    problems = [*name_problems(params["names"]), *filter(None, [authorization_problem(kafka)])]
    if params["state"] == "absent":
        return problems + option_problems(params)
    problems += [] if params["names"] else ["names is empty: who shall become a super user?"]
    return problems + ([] if (params["reason"] or "").strip() else ["reason is needed: it is what the next one reads who wonders about this super user"])


def planned(params: dict[str, Any], kafka: Any) -> Step | None:
    """The change that is needed."""
    if params["state"] == "absent":
        return plan_absent(kafka, params["names"])
    now = datetime.datetime.now(datetime.timezone.utc)
    return plan_present(kafka, params["names"], params["reason"], f"{now:%Y-%m-%dT%H:%M:%SZ}")


def main() -> None:
    module = EnumModule(argument_spec=SUPER_USER_SPEC, supports_check_mode=True)
    with operation_errors(module):
        params = module.params
        client = open_strimzi(params)
        editor = KafkaEditor(client, params["cluster"], params["api_version"], FIELD_MANAGER)
        kafka = editor.read()
        problems = problems_of(params, kafka)
        if problems:
            raise InputError(problems)
        step = planned(params, kafka)
        is_removal = step is not None and params["state"] == "absent"
        proof = prove(client, params, kafka) if is_removal else Proof("not_checked", ())
        if step is not None:
            kafka = editor.patch("change the super users", step.patch, dry_run=module.check_mode)
        for name in not_ours(kafka, params["names"]) if params["state"] == "absent" else []:
            module.warn(f"{name} is a super user, and was not added by this module: that is left alone")
        waited = params["wait"] and not module.check_mode
        if waited:
            editor.wait_ready(params["wait_timeout"], {"changed": step is not None, "super_users": super_users(kafka)})
        plan = Plan((Change(params["cluster"], "altered", step.before, step.after),) if step is not None else ())
        record = record_of(kafka)
        module.exit_json(
            changed=bool(plan), diff=plan.diff(), super_users=super_users(kafka), ready="verified" if waited else "not_checked",
            recorded={"added": list(record.added), "reason": record.reason} if record else None, **proof.as_result())


if __name__ == "__main__":
    main()
