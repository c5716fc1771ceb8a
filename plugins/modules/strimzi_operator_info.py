#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_operator_info
short_description: Find Strimzi's cluster operator - where it runs, which release it is, what it watches, which API versions are served
version_added: 0.1.0
description:
  - Looks for the Deployments of Strimzi's cluster operators, in the whole cluster where that is allowed, otherwise in O(namespaces).
  - Says what decides how the resources of a cluster are written. Nothing of it has to be there.
options:
  namespace:
    description: Namespace of the Kafka cluster. By default that of the kubeconfig's context, or of the pod that the module runs in.
    type: str
  namespaces:
    description: Further namespaces, where operators may be when the Deployments of all namespaces may not be listed.
    type: list
    elements: str
    default: []
  manifests:
    description: Files of the operator's release, or directories of such files, to say what they would bring. Where the module runs.
    type: list
    elements: path
    default: []
  kubeconfig:
    description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
    type: path
  context:
    description: Context of the kubeconfig. By default its current one.
    type: str
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: none
requirements:
  - kubernetes >= 31
notes:
  - Not run against Strimzi's operators in this project's tests.
  - The Kubernetes user needs the verb C(list) on C(deployments), and for RV(missing_namespaces) the verb C(get) on the namespaces.
seealso:
  - module: streamops.kafka.strimzi_kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look for the operator
  streamops.kafka.strimzi_operator_info:
    namespace: kafka
  register: strimzi

- name: Show its release
  ansible.builtin.debug:
    msg: "{{ strimzi.operators | map(attribute='version') }}, API {{ strimzi.api_version }}"
"""

RETURN = r"""
operators:
  description: The cluster operators that were found. V(null) when Deployments may not be listed anywhere.
  returned: success
  type: list
  elements: dict
  sample:
    - namespace: kafka
      name: strimzi-cluster-operator
      image: "quay.io/strimzi/operator:0.49.1"
      version: 0.49.1
      watches: [kafka]
      replicas: 1
      ready_replicas: 1
version:
  description: Release of the operator that watches O(namespace). Empty when there is none, or its image does not say.
  returned: success
  type: str
  sample: 0.49.1
problem:
  description: Why nobody, or more than one, would work on a cluster in O(namespace). Empty when all is well, or nobody knows.
  returned: success
  type: str
  sample: ""
served_versions:
  description: By the plural name of each of Strimzi's kinds, the API versions that the cluster serves. Empty when its definitions are not installed.
  returned: success
  type: dict
  sample: {kafkas: [v1, v1beta2], kafkatopics: [v1, v1beta2]}
api_version:
  description: The best of them for Kafka resources. Empty when there is none.
  returned: success
  type: str
  sample: v1
manifests:
  description: What is in O(manifests), their kinds, the API versions that they would serve and the operator's release.
  returned: success
  type: dict
  sample: {kinds: [CustomResourceDefinition, Deployment], served_versions: {kafkas: [v1, v1beta2]}, version: 0.49.1}
missing_namespaces:
  description: Which of O(namespace) and O(namespaces) do not exist. Those that may not be asked for count as there.
  returned: success
  type: list
  elements: str
  sample: []
is_openshift:
  description: Whether the cluster serves OpenShift's routes.
  returned: success
  type: bool
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster, NotPermitted, NotThere
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import StrimziClient
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.operator import operators, problem, watching
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.operator_manifests import read_manifests, summary
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import KAFKA, KNOWN_VERSIONS

OPERATOR_SPEC: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "namespaces": {"type": "list", "elements": "str", "default": []},
    "manifests": {"type": "list", "elements": "path", "default": []},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}


def read_operators(cluster: Cluster, namespaces: list[str]) -> list[dict[str, Any]] | None:
    """In all namespaces, or in those that are named; None when no list is allowed."""
    found: list[dict[str, Any]] | None = None
    for path in ("/apis/apps/v1/deployments", *(f"/apis/apps/v1/namespaces/{each}/deployments" for each in namespaces)):
        try:
            answer = cluster.request("list the Deployments", "GET", path)
        except (NotPermitted, NotThere):
            continue
        found = [*(found or []), *operators(answer["items"])]
        if "/namespaces/" not in path:
            break
    return found


def exists(cluster: Cluster, path: str) -> bool | None:
    try:
        cluster.request(f"read {path}", "GET", path)
    except NotThere:
        return False
    except NotPermitted:
        return None
    return True


def main() -> None:
    module = AnsibleModule(argument_spec=OPERATOR_SPEC, supports_check_mode=True)
    with operation_errors(module):
        release = summary(read_manifests(module.params["manifests"]))
        cluster = Cluster(module.params["kubeconfig"], module.params["context"])
        namespace = module.params["namespace"] or cluster.namespace
        served = StrimziClient(cluster, namespace).served()
        spaces = sorted({namespace, *module.params["namespaces"]})
        found = read_operators(cluster, spaces)
        mine = watching(found or [], namespace)
        module.exit_json(
            changed=False,
            operators=found,
            version=mine[0]["version"] if mine else "",
            problem="" if found is None else problem(found, namespace),
            served_versions={kind: list(versions) for kind, versions in sorted(served.items())},
            api_version=next((version for version in KNOWN_VERSIONS if version in served.get(KAFKA.plural, ())), ""),
            manifests=release,
            missing_namespaces=[each for each in spaces if exists(cluster, f"/api/v1/namespaces/{each}") is False],
            is_openshift=bool(exists(cluster, "/apis/route.openshift.io/v1")),
        )


if __name__ == "__main__":
    main()
