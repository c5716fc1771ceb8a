#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_resource
short_description: Apply the resources of a Strimzi cluster and wait until they are ready
version_added: 0.1.0
description:
  - Writes whole resources (Kafka, KafkaNodePool, and what goes with them, such as ConfigMaps, or the manifests of the operator itself), many in one call.
  - Every change is first tried by the API server (a dry run). Everything that is wrong is reported at once, and then nothing is changed.
  - Then they are applied in the order in which they need each other, and waited for. A Kafka is ready when its operator says so of its present
    generation, a node pool when the operator has looked at it, a Deployment when its pods are ready, a definition when it is served.
  - Nothing is ever deleted. What of a resource was applied before and is not named any more is taken away from it, unless somebody else holds it too.
options:
  resources:
    description: The resources, as manifests. Those that name no namespace are in O(namespace).
    type: list
    elements: dict
    default: []
  manifests:
    description:
      - Files with further resources, as Strimzi's release has them for its operator, or directories of such files. Where the module runs.
      - They are moved into O(manifests_namespace), with the accounts that their bindings name.
    type: list
    elements: path
    default: []
  manifests_namespace:
    description: Namespace of what is in O(manifests). O(namespace) when not given.
    type: str
  watched_namespaces:
    description: Namespaces that the operator in O(manifests) shall watch, besides its own. The operator's bindings are made in each of them.
    type: list
    elements: str
    default: []
  namespace:
    description: Namespace of the resources that name none. By default that of the kubeconfig's context, or of the pod that the module runs in.
    type: str
  kubeconfig:
    description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
    type: path
  context:
    description: Context of the kubeconfig. By default its current one.
    type: str
  wait:
    description: Wait until each is ready. What does not get ready makes the task fail with the last conditions.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait. A new cluster takes minutes, a rolling update of many brokers may take an hour.
    type: float
    default: 1800
  force_conflicts:
    description: Take over fields that somebody else (C(kubectl), Argo CD, ...) has set to another value. Otherwise the task fails and says who it is.
    type: bool
    default: false
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details:
      - The API server tries each change (a dry run) and returns what it would store. What it cannot try, because the namespace or the definition comes
        with the same call, has RV(ignore:resources[].tried) V(false), and is shown as its manifest says.
  diff_mode:
    support: full
requirements:
  - kubernetes >= 31
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions.
  - A resource of Strimzi whose reconciliation is paused (C(strimzi.io/pause-reconciliation)) is not changed, because nobody would act on it.
  - What Secrets hold is never shown, and of the schemas in definitions only that they differ.
  - The Kubernetes user needs the verbs C(get), C(create) and C(patch) on these resources.
seealso:
  - module: streamops.kafka.strimzi_topic
  - module: streamops.kafka.strimzi_user
  - module: streamops.kafka.strimzi_kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Make sure of the cluster, and wait until it is ready
  streamops.kafka.strimzi_resource:
    namespace: kafka
    resources: "{{ query('ansible.builtin.template', 'cluster.yaml.j2', lstrip_blocks=true) | map('from_yaml') }}"

- name: Install the operator, or bring it to this release
  streamops.kafka.strimzi_resource:
    manifests: [strimzi-cluster-operator-0.49.1.yaml]
    manifests_namespace: kafka

- name: Show what would change, and change nothing
  streamops.kafka.strimzi_resource:
    namespace: kafka
    resources:
      - apiVersion: kafka.strimzi.io/v1
        kind: KafkaNodePool
        metadata: {name: broker, labels: {strimzi.io/cluster: experiment}}
        spec:
          replicas: 5
          roles: [broker]
          storage: {type: persistent-claim, size: 100Gi}
  check_mode: true
  diff: true
"""

RETURN = r"""
resources:
  description: Each resource that was asked for, in the order in which they were applied.
  returned: success, and when only some could be applied
  type: list
  elements: dict
  contains:
    kind:
      description: Its kind.
      type: str
    name:
      description: Its name.
      type: str
    namespace:
      description: Its namespace, V(null) when its kind has none.
      type: str
    api_version:
      description: Version in which it was written.
      type: str
    action:
      description: V(created), V(altered), V(unchanged), V(failed) or V(not_attempted). In check mode what would be done.
      type: str
    tried:
      description: Whether the API server has tried it before it was applied.
      type: bool
    before:
      description: The resource before, without its status. V(null) when there was none.
      type: dict
    after:
      description: The same afterwards, as the API server gave it back.
      type: dict
    ready:
      description: Whether it is ready, V(verified), V(failed) or V(not_checked).
      type: str
    reason:
      description: Why it failed, in the words of the operator or the API server.
      type: str
      returned: when it failed
  sample:
    - kind: KafkaNodePool
      name: broker
      namespace: kafka
      api_version: kafka.strimzi.io/v1
      action: altered
      tried: true
      before: {"kind": "KafkaNodePool", "spec": {"replicas": 3}}
      after: {"kind": "KafkaNodePool", "spec": {"replicas": 5}}
      ready: verified
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.applying import Manner, apply_all, failure
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.operator_manifests import moved, read_manifests

RESOURCE_SPEC: dict[str, dict[str, Any]] = {
    "resources": {"type": "list", "elements": "dict", "default": []},
    "manifests": {"type": "list", "elements": "path", "default": []},
    "manifests_namespace": {"type": "str"},
    "watched_namespaces": {"type": "list", "elements": "str", "default": []},
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 1800},
    "force_conflicts": {"type": "bool", "default": False},
}


def main() -> None:
    module = AnsibleModule(argument_spec=RESOURCE_SPEC, supports_check_mode=True)
    with operation_errors(module):
        cluster = Cluster(module.params["kubeconfig"], module.params["context"])
        namespace = module.params["namespace"] or cluster.namespace
        manner = Manner(module.check_mode, module.params["wait"], module.params["wait_timeout"], module.params["force_conflicts"])
        files = read_manifests(module.params["manifests"])
        operator = moved(files, module.params["manifests_namespace"] or namespace, module.params["watched_namespaces"])
        result = apply_all(cluster, namespace, [*module.params["resources"], *operator], manner)
        for warning in result["warnings"]:
            module.warn(warning)
        if result["failures"]:
            raise failure(f"namespace {namespace}", result)
        module.exit_json(**{key: result[key] for key in ("changed", "resources", "diff")})


if __name__ == "__main__":
    main()
