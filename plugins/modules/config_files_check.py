#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: config_files_check
short_description: Check that two configurations are in step
version_added: 0.1.0
description:
  - Compares the listed keys of two configurations, such as the file that a CI job uses and the ConfigMap that the same program gets in Kubernetes.
    A port that was changed in one of them and forgotten in the other is found before it costs a run.
  - Each side is JSON, YAML, Java properties, or a ConfigMap - in the cluster or in a manifest file - whose entries are such texts or plain values.
  - Fails when a key is missing or differs, with all of them at once and both values. It changes nothing.
options:
  first:
    description: One side.
    type: dict
    required: true
    suboptions:
      path:
        description: A file on the host where the task runs. With O(first.config_map) or O(first.data_key) it is a manifest of Kubernetes.
        type: path
      config_map:
        description: Name of a ConfigMap, in the cluster, or in the manifest O(first.path) when it has several.
        type: str
      data_key:
        description:
          - The entry of the ConfigMap that holds the configuration. Not needed when it is the only one. Without it the entries themselves are the keys.
        type: str
      format:
        description: What it is, when the name of the file or of the entry does not tell.
        type: str
        choices: [json, yaml, properties]
      namespace:
        description: Namespace of the ConfigMap in the cluster. That of the kubeconfig's context when not given.
        type: str
      kubeconfig:
        description: File that says how to reach the cluster. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  second:
    description: The other side.
    type: dict
    required: true
    suboptions:
      path:
        description: As O(first.path).
        type: path
      config_map:
        description: As O(first.config_map).
        type: str
      data_key:
        description: As O(first.data_key).
        type: str
      format:
        description: As O(first.format).
        type: str
        choices: [json, yaml, properties]
      namespace:
        description: As O(first.namespace).
        type: str
      kubeconfig:
        description: As O(first.kubeconfig).
        type: path
      context:
        description: As O(first.context).
        type: str
  keys:
    description:
      - The keys that must agree, each a text such as C(metrics.kafka.bootstrap), or a dictionary.
      - Dots lead into nested keys, C([0]) into lists; a key that has dots in its name itself, as in properties, is found too.
      - A dictionary has C(key), or C(first) and C(second) when the two sides call it differently. C(compare) is V(value), or V(port) when only the ports of
        the addresses must agree, as inside and outside of Kubernetes the hosts differ. C(secret=true) hides the values.
      - Numbers and truth values agree with the same as text, a list agrees with its items separated by commas.
    type: list
    elements: raw
    required: true
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
requirements:
  - PyYAML for YAML and manifests
  - kubernetes >= 24.2 for a ConfigMap in the cluster, where the user needs C(get) on it
notes:
  - Values are hidden under keys that sound like secrets (password, secret, token, jaas, credential and the like), and where they hold a login.
  - A key that stands twice in the same place is an error, because programs differ in which of them they take.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that CI and Kubernetes use the same listener
  streamops.kafka.config_files_check:
    first:
      path: src/config.example.json
    second:
      path: k8s/base/configmap.yaml
      data_key: config.json
    keys:
      - metrics.kafka_topic
      - key: metrics.kafka_bootstrap
        compare: port

- name: Check the properties of a client against what runs in the cluster
  streamops.kafka.config_files_check:
    first:
      path: client.properties
    second:
      config_map: experiment
      namespace: lab
    keys:
      - first: bootstrap.servers
        second: KAFKA_BOOTSTRAP
      - first: sasl.mechanism
        second: KAFKA_SASL_MECHANISM
"""

RETURN = r"""
state:
  description: V(verified), V(failed), or V(not_checked) when a side could not be read.
  returned: always
  type: str
  sample: verified
keys:
  description: Each key.
  returned: always
  type: list
  elements: dict
  contains:
    first:
      description: Its path on the one side.
      type: str
      sample: metrics.kafka_bootstrap
    second:
      description: Its path on the other side.
      type: str
      sample: metrics.kafka_bootstrap
    first_value:
      description: What it holds there, masked when it is secret. V(null) when it is missing.
      type: str
      sample: kafka.example.com:9092
    second_value:
      description: What it holds on the other side.
      type: str
      sample: kafka.example.com:9094
    state:
      description: V(verified), V(failed) or V(not_checked).
      type: str
      sample: failed
    reason:
      description: Why.
      type: str
      sample: "metrics.kafka_bootstrap: kafka.example.com:9092 in config.json, kafka.example.com:9094 in configmap.yaml"
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.configuration.keys import FAILED, Compared, compare, not_compared, state_of, wanted_keys
from ansible_collections.streamops.kafka.plugins.module_utils.configuration.parsers import FORMATS
from ansible_collections.streamops.kafka.plugins.module_utils.configuration.sources import Source, read, source_from
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

SIDE_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path"},
    "config_map": {"type": "str"},
    "data_key": {"type": "str", "no_log": False},
    "format": {"type": "str", "choices": FORMATS},
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}
CHECK_SPEC: dict[str, dict[str, Any]] = {
    "first": {"type": "dict", "required": True, "options": SIDE_SPEC},
    "second": {"type": "dict", "required": True, "options": SIDE_SPEC},
    "keys": {"type": "list", "elements": "raw", "required": True, "no_log": False},
}


def from_cluster(source: Source) -> Mapping[str, str]:
    """The data of a ConfigMap in the cluster."""
    cluster = Cluster(source.kubeconfig, source.context)
    return cluster.config_map(source.namespace or cluster.namespace, str(source.config_map))


def read_both(sources: tuple[Source, Source]) -> tuple[list[Any], list[str]]:
    """Both sides, as far as they can be read, and why the others cannot."""
    trees, problems = [], []
    for source in sources:
        try:
            trees.append(read(source, from_cluster))
        except OperationError as error:
            problems.append(str(error))
    return trees, problems


def result_of(compared: list[Compared]) -> dict[str, Any]:
    return {"state": state_of(compared), "keys": [each.as_result() for each in compared]}


def check(params: dict[str, Any]) -> dict[str, Any]:
    """Compare the two.

    :raises OperationError: with everything that is missing or differs.
    """
    sources = (source_from(params["first"]), source_from(params["second"]))
    problems = [*sources[0].problems("first"), *sources[1].problems("second")]
    if problems:
        raise InputError(problems)
    keys = wanted_keys(params["keys"])
    trees, unread = read_both(sources)
    if unread:
        result = result_of(not_compared(keys, "a side could not be read"))
        raise OperationError("compare the configurations", " and ".join(source.name for source in sources), " ".join(unread), partial=result)
    compared = compare(keys, trees[0], trees[1], (sources[0].name, sources[1].name))
    failed = [each.reason for each in compared if each.state == FAILED]
    if failed:
        what = f"find {sources[0].name} and {sources[1].name} in step"
        advice = "Change the one that is wrong; which of them that is, this check cannot know."
        raise OperationError(what, "", f"{len(failed)} of {len(keys)} keys disagree: {'; '.join(failed)}", advice, result_of(compared))
    return result_of(compared)


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    with operation_errors(module):
        module.exit_json(changed=False, **check(module.params))


if __name__ == "__main__":
    main()
