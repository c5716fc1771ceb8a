#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_kafka_info
short_description: Read Strimzi's Kafka clusters - addresses, versions, conditions, ignored configuration
version_added: 0.1.0
description:
  - Reads the Kafka resources of a namespace with their node pools, which API versions are served, and which operators run there.
  - Warns of every key in C(spec.kafka.config) that the operator ignores, because its prefix is forbidden there.
options:
  cluster:
    description: Name of one Kafka resource, which must exist. By default all of the namespace.
    type: str
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: none
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions.
  - The Kubernetes user needs the verb C(list) on C(kafkas) and C(kafkanodepools), and on C(pods) for RV(operators).
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Read the cluster
  streamops.kafka.strimzi_kafka_info:
    namespace: kafka
    cluster: experiment
  register: strimzi

- name: Show the address of its SCRAM listener
  ansible.builtin.debug:
    var: strimzi.clusters.experiment.listeners.scram.bootstrap_servers
"""

RETURN = r"""
clusters:
  description: Each Kafka resource, by its name.
  returned: success
  type: dict
  contains:
    state:
      description: V(ready), V(not_ready), V(pending) as long as the operator has not come to the present generation, or V(paused).
      type: str
    listeners:
      description: By name the type, port, TLS and authentication of each listener, and C(bootstrap_servers), V(null) as long as the operator gave no address.
      type: dict
    kafka_version:
      description: Version of Kafka that runs.
      type: str
    metadata_version:
      description: Version of its metadata.
      type: str
    metadata_state:
      description: KRaft or ZooKeeper.
      type: str
    operator_version:
      description: Version of the cluster operator that reconciled it last.
      type: str
    cluster_id:
      description: Id of the Kafka cluster.
      type: str
    generation:
      description: Generation of the resource.
      type: int
    observed_generation:
      description: Generation that the operator has seen.
      type: int
    conditions:
      description: The operator's conditions.
      type: list
      elements: dict
    authorization:
      description: Type of the authorization.
      type: str
    super_users:
      description: The super users of its authorization.
      type: list
      elements: str
    entity_operators:
      description: Which of C(topicOperator) and C(userOperator) it has.
      type: list
      elements: str
    node_pools:
      description: Its node pools with their roles, replicas, node ids and storage.
      type: list
      elements: dict
    ignored_config:
      description: Keys of C(spec.kafka.config) that the operator ignores, each with the place where it belongs, empty where there is none.
      type: dict
  sample:
    experiment:
      name: experiment
      state: ready
      listeners:
        scram: {type: internal, port: 9094, tls: false, authentication: scram-sha-512, bootstrap_servers: "experiment-kafka-bootstrap.kafka.svc:9094"}
      ignored_config: {"super.users": "spec.kafka.authorization.superUsers (names without 'User:')"}
operators:
  description: Pods of Strimzi's operators in the namespace, with their images. V(null) when the pods may not be listed.
  returned: success
  type: list
  elements: dict
  sample:
    - {pod: experiment-entity-operator-5d4c, cluster: experiment, ready: true, images: {topic-operator: "quay.io/strimzi/operator:0.49.1"}}
served_versions:
  description: By the plural name of each of Strimzi's kinds, the API versions that the cluster serves.
  returned: success
  type: dict
  sample: {kafkas: [v1, v1beta2], kafkatopics: [v1, v1beta2]}
api_version:
  description: Version of Strimzi's API that was used.
  returned: success
  type: str
  sample: v1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import NotPermitted
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import StrimziClient, open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.kafka_resource import described, forbidden_warnings, operators
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import KAFKA, NODE_POOL, choose_version, name_of

INFO_SPEC: dict[str, dict[str, Any]] = {**READING_SPEC, "cluster": {"type": "str"}}


def read_clusters(client: StrimziClient, api_version: str, pools_are_served: bool, cluster: str | None) -> dict[str, Any]:
    """The clusters as dictionaries, by name.

    :raises OperationError: when the one that was asked for does not exist.
    """
    kafkas = client.resources(KAFKA, api_version)[0]
    pools = client.resources(NODE_POOL, api_version)[0] if pools_are_served else []
    found = {name_of(each): described(each, pools) for each in kafkas}
    if cluster is None:
        return found
    if cluster not in found:
        there = ", ".join(sorted(found)) or "none"
        raise OperationError("find the Kafka resource", f"{client.namespace}/{cluster}", f"there is no such resource; the namespace has: {there}")
    return {cluster: found[cluster]}


def read_operators(client: StrimziClient) -> list[dict[str, Any]] | None:
    """The operators' pods, None when they may not be listed."""
    try:
        return operators(client.cluster.pods(client.namespace))
    except NotPermitted:
        return None


def main() -> None:
    module = EnumModule(argument_spec=INFO_SPEC, supports_check_mode=True)
    with operation_errors(module):
        client = open_strimzi(module.params)
        served = client.served()
        api_version = choose_version(KAFKA, served, module.params["api_version"])
        clusters = read_clusters(client, api_version, api_version in served.get(NODE_POOL.plural, ()), module.params["cluster"])
        for name, cluster in clusters.items():
            for warning in forbidden_warnings(name, cluster["ignored_config"]):
                module.warn(warning)
        module.exit_json(
            changed=False, clusters=clusters, operators=read_operators(client), api_version=api_version,
            served_versions={kind: list(versions) for kind, versions in sorted(served.items())})


if __name__ == "__main__":
    main()
