#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_config_switch
short_description: Stop workloads, give them other settings, start them again, and be able to go back
version_added: 0.1.0
description:
  - For applications that move to another cluster. Keys of ConfigMaps and Secrets get new values, and Deployments and StatefulSets that read
    them are restarted and waited for.
  - What was there before is kept in a Secret of the namespace (C(streamops-switch-NAME)) before it is changed, also the number of pods. A
    run that was killed is gone on with by the next one, and V(rolled_back) puts everything back and removes the Secret.
options:
  name:
    description: Name of the switch. One for each application.
    type: str
    required: true
  state:
    description:
      - V(stopped) scales the workloads to no pod and waits until they are gone.
      - V(switched) changes the settings, starts as many pods as there were, and waits until they are ready. Workloads that run are restarted
        when a setting has changed.
      - V(rolled_back) puts the old settings and numbers of pods back.
    type: str
    choices: [stopped, switched, rolled_back]
    default: switched
  config_maps:
    description: New values by key, by name of the ConfigMap. Keys that are not named stay.
    type: dict
    default: {}
  secrets:
    description: New values (plain text) by key, by name of the Secret.
    type: dict
    default: {}
  workloads:
    description: The workloads, each C(deployment/NAME) or C(statefulset/NAME).
    type: list
    elements: str
    default: []
  kubernetes:
    description: Where.
    type: dict
    default: {}
    suboptions:
      namespace:
        description: Namespace of all of them. By default that of the kubeconfig's context.
        type: str
      kubeconfig:
        description: File that says how to reach the cluster. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  wait_timeout:
    description: Seconds to wait for pods.
    type: float
    default: 300
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Values in Secrets are not shown.
requirements:
  - kubernetes >= 24.2
notes:
  - It needs the rights get and patch on what it changes, and get, create, patch and delete on its own Secret.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Stop the application
  streamops.kafka.kubernetes_config_switch:
    name: billing
    state: stopped
    workloads: [deployment/billing]
    kubernetes:
      namespace: shop

- name: Let it go on at the new cluster
  streamops.kafka.kubernetes_config_switch:
    name: billing
    config_maps:
      billing-config:
        KAFKA_BOOTSTRAP_SERVERS: new-1.example.com:9092
    secrets:
      billing-kafka:
        api-key: "{{ billing_api_key }}"
        api-secret: "{{ billing_api_secret }}"
    workloads: [deployment/billing]
    kubernetes:
      namespace: shop

- name: Show what going back would change
  streamops.kafka.kubernetes_config_switch:
    name: billing
    state: rolled_back
    workloads: [deployment/billing]
    kubernetes:
      namespace: shop
  check_mode: true
  diff: true
"""

RETURN = r"""
objects:
  description: ConfigMaps and Secrets that were changed, or would be in check mode, with their keys. Values in Secrets are not shown.
  returned: success
  type: dict
  sample: {"ConfigMap/billing-config": {"KAFKA_BOOTSTRAP_SERVERS": "new-1.example.com:9092"}}
workloads:
  description: For each workload what was done (V(stopped), V(started), V(restarted), V(unchanged)), and its number of pods.
  returned: success
  type: dict
  sample: {"deployment/billing": {"action": "started", "replicas": 2}}
record:
  description: The Secret that keeps what was there before. Empty when there is none.
  returned: success
  type: str
  sample: streamops-switch-billing
"""

import json
import uuid
from typing import Any
from urllib.parse import quote

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster, NotThere
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.config_switch import (
    CONFIG_MAP,
    RESTARTED,
    ROLLED_BACK,
    SECRET,
    STATES,
    STOPPED,
    WORKLOADS,
    Record,
    changed_values,
    described,
    is_ready,
    patch_of,
    shown,
    values_of,
    workload_problems,
)
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.wait import wait_until

SWITCH_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "switched"},
    "config_maps": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "workloads": {"type": "list", "elements": "str", "default": []},
    "kubernetes": {"type": "dict", "default": {}, "options": {"namespace": {"type": "str"}, "kubeconfig": {"type": "path"}, "context": {"type": "str"}}},
    "wait_timeout": {"type": "float", "default": 300},
}
MERGE = "application/merge-patch+json"


class Switch:
    """One switch in one namespace."""

    def __init__(self, cluster: Cluster, namespace: str, name: str) -> None:
        self._cluster, self._namespace = cluster, namespace
        self.record_name = f"streamops-switch-{name}".lower()
        self.record, self._kept = self._read_record()

    def path(self, name: str) -> str:
        kind, _slash, own = name.partition("/")
        if kind.lower() in WORKLOADS:
            return f"/apis/apps/v1/namespaces/{self._namespace}/{WORKLOADS[kind.lower()]}/{quote(own)}"
        return f"/api/v1/namespaces/{self._namespace}/{'secrets' if kind == SECRET else 'configmaps'}/{quote(own)}"

    def read(self, name: str) -> dict[str, Any]:
        return self._cluster.request(f"read {name}", "GET", self.path(name))

    def patch(self, name: str, patch: dict[str, Any]) -> None:
        self._cluster.request(f"change {name}", "PATCH", self.path(name), body=patch, content_type=MERGE)

    def _read_record(self) -> tuple[Record, bool]:
        try:
            found = values_of(SECRET, self.read(f"{SECRET}/{self.record_name}"))
        except NotThere:
            return Record(), False
        return Record.from_content(json.loads(found.get("record.json") or "{}")), True

    def write_record(self) -> None:
        """Before anything is changed, so that a killed run can be gone on with, or put back."""
        content = {"record.json": json.dumps(self.record.as_content())}
        if self._kept:
            self.patch(f"{SECRET}/{self.record_name}", patch_of(SECRET, content))
            return
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": self.record_name}, "type": "Opaque", **patch_of(SECRET, content)}
        self._cluster.request(f"create Secret {self.record_name}", "POST", f"/api/v1/namespaces/{self._namespace}/secrets", body=body)
        self._kept = True

    def remove_record(self) -> None:
        if self._kept:
            self._cluster.request(f"remove Secret {self.record_name}", "DELETE", self.path(f"{SECRET}/{self.record_name}"))
            self._kept = False

    @property
    def kept(self) -> str:
        return self.record_name if self._kept else ""


def wanted_values(params: dict[str, Any], record: Record) -> dict[str, dict[str, str | None]]:
    """The values to be set, by object."""
    if params["state"] == STOPPED:
        return {}
    if params["state"] == ROLLED_BACK:
        return record.values
    found = {f"{CONFIG_MAP}/{name}": values for name, values in params["config_maps"].items()}
    found |= {f"{SECRET}/{name}": values for name, values in params["secrets"].items()}
    return {name: {str(key): None if value is None else str(value) for key, value in values.items()} for name, values in found.items()}


def new_replicas(state: str, now: dict[str, int], record: Record) -> dict[str, int]:
    """How many pods each workload shall have."""
    return {name: 0 if state == STOPPED else count or record.replicas.get(name, 0) for name, count in now.items()}


def input_problems(params: dict[str, Any]) -> list[str]:
    problems = workload_problems(params["workloads"])
    problems += [f"{option}: {name} is no dictionary of keys and values" for option in ("config_maps", "secrets") for name, values in params[option].items()
                 if not isinstance(values, dict)]  # fmt: skip
    if not params["workloads"] and not params["config_maps"] and not params["secrets"]:
        problems.append("neither workloads nor config_maps nor secrets are given")
    return problems


def carry_out(module: EnumModule, switch: Switch) -> dict[str, Any]:
    """Read, plan, change, wait; the result."""
    params, state = module.params, module.params["state"]
    wanted = wanted_values(params, switch.record)
    current = {name: values_of(name, switch.read(name)) for name in wanted}
    module.no_log_values.update(value for name, values in current.items() if name.startswith(SECRET) for key, value in values.items()
                                if value and key in wanted[name])  # fmt: skip
    workloads = {name: switch.read(name) for name in params["workloads"]}
    replicas = {name: int(each["spec"].get("replicas", 1)) for name, each in workloads.items()}
    target = new_replicas(state, replicas, switch.record)
    values = changed_values(current, wanted)
    actions = {name: "stopped" if count and not target[name] else "started" if target[name] > count else "restarted" if values and count else "unchanged"
               for name, count in replicas.items()}  # fmt: skip
    before = {name: {key: current[name].get(key) for key in changed} for name, changed in values.items()}
    plan = Plan(tuple(Change(name, "altered", shown({name: before[name]})[name], shown({name: changed})[name]) for name, changed in values.items())
                + tuple(Change(name, action, {"replicas": replicas[name]}, {"replicas": target[name]})
                        for name, action in actions.items() if action != "unchanged"))  # fmt: skip
    if not module.check_mode:
        if state != ROLLED_BACK and switch.record.keep(current, wanted, replicas):
            switch.write_record()
        for name, changed in values.items():
            switch.patch(name, patch_of(name, changed))
        for name, action in actions.items():
            if action != "unchanged":
                # A mark of its own in the template is what makes the controllers replace the pods.
                mark = {} if action == "stopped" else {"template": {"metadata": {"annotations": {RESTARTED: uuid.uuid4().hex}}}}
                switch.patch(name, {"spec": {"replicas": target[name], **mark}})
        wait_for(switch, list(workloads), params["wait_timeout"])
        if state == ROLLED_BACK:
            switch.remove_record()
    return {
        "changed": bool(plan), "objects": shown(values), "diff": plan.diff(), "record": switch.kept,
        "workloads": {name: {"action": action, "replicas": target[name]} for name, action in actions.items()},
    }  # fmt: skip


def wait_for(switch: Switch, names: list[str], timeout: float) -> None:
    if not names:
        return
    wait_until("see the workloads as they should be", lambda: {name: switch.read(name) for name in names},
               lambda seen: all(is_ready(each) for each in seen.values()), timeout,
               describe=lambda seen: "; ".join(described(name, each) for name, each in seen.items() if not is_ready(each)),
               advice="Look at the pods' events and logs. The old settings are kept; state=rolled_back puts them back.",
               progress=Progress("kubernetes_config_switch"))  # fmt: skip


def main() -> None:
    module = EnumModule(argument_spec=SWITCH_SPEC, supports_check_mode=True)
    with operation_errors(module):
        problems = input_problems(module.params)
        if problems:
            raise InputError(problems)
        where = module.params["kubernetes"]
        cluster = Cluster(where.get("kubeconfig"), where.get("context"))
        module.exit_json(**carry_out(module, Switch(cluster, where.get("namespace") or cluster.namespace, module.params["name"])))


if __name__ == "__main__":
    main()
