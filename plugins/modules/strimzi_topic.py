#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_topic
short_description: Create, change and delete the topics of a Strimzi cluster through its KafkaTopic resources
version_added: 0.1.0
description:
  - On a cluster that Strimzi manages the topic operator takes back what is changed past its KafkaTopic resources. This module writes these resources,
    many in one call, and waits until the operator has done what they say.
  - Configuration is changed key by key, as in M(streamops.kafka.kafka_topic). Keys that are not named stay; V(null) takes a key away.
  - Every change is first tried by the API server (a dry run). Everything that is wrong is reported at once, and then nothing is changed.
options:
  topics:
    description: The topics.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the topic in Kafka.
        type: str
        required: true
      resource_name:
        description:
          - Name of a new KafkaTopic. By default the topic's, and where that is no legal name of a resource, one that is derived from it;
            then C(spec.topicName) says which topic it is. An existing resource is found by the topic and keeps its name.
        type: str
      partitions:
        description: Number of partitions. An existing topic keeps its own when not given, a new one gets the cluster's default. They can only be added.
        type: int
      replication_factor:
        description: Replicas of each partition. As O(topics[].partitions). The operator needs Cruise Control to change it.
        type: int
      config:
        description: Configuration to set on the topic, V(null) to take a key away. Lists are joined with commas.
        type: dict
      state:
        description: Whether the topic should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
  protect_internal:
    description: Refuse to delete internal topics, as M(streamops.kafka.kafka_topic) does.
    type: bool
    default: true
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.strimzi.writing
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The API server tries each change (a dry run) and returns what it would store.
  diff_mode:
    support: full
seealso:
  - module: streamops.kafka.strimzi_user
  - module: streamops.kafka.kafka_topic
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Make sure of the experiment's topics
  streamops.kafka.strimzi_topic:
    namespace: kafka
    cluster: experiment
    topics:
      - name: experiment-metrics
        partitions: 6
        replication_factor: 3
        config:
          retention.ms: 604800000
      - name: Experiment_State
        config:
          cleanup.policy: compact

- name: Show what would change, and change nothing
  streamops.kafka.strimzi_topic:
    namespace: kafka
    cluster: experiment
    topics:
      - name: experiment-metrics
        partitions: 12
  check_mode: true
  diff: true

- name: Delete a topic and do not wait until it is gone
  streamops.kafka.strimzi_topic:
    namespace: kafka
    cluster: experiment
    topics:
      - name: experiment-old
    state: absent
    wait: false
"""

RETURN = r"""
topics:
  description: Each topic that was asked for, by its name.
  returned: success, and when only some topics could be changed
  type: dict
  contains:
    action:
      description: V(created), V(altered), V(deleted), V(unchanged), V(absent), V(failed) or V(not_attempted). In check mode what would be done.
      type: str
      sample: created
    resource:
      description: Name of its KafkaTopic.
      type: str
    before:
      description: Name and spec of the resource before, V(null) when there was none.
      type: dict
    after:
      description: The same afterwards, as the API server gave it back.
      type: dict
    ready:
      description: Whether the operator has done it, V(verified), V(failed) or V(not_checked).
      type: str
    reason:
      description: Why it failed, in the words of the operator or the API server.
      type: str
      returned: when it failed
  sample:
    experiment-metrics:
      action: created
      resource: experiment-metrics
      before: null
      after: {"resource": "experiment-metrics", "spec": {"partitions": 6, "replicas": 3, "config": {"retention.ms": "604800000"}}}
      ready: verified
api_version:
  description: Version of Strimzi's API that was used.
  returned: success
  type: str
  sample: v1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import WRITING_SPEC, finish
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.reconcile import reconcile
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import TOPIC
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.wishes import topic_problems, wanted_topics

TOPIC_SPEC: dict[str, dict[str, Any]] = {
    **WRITING_SPEC,
    "topics": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "resource_name": {"type": "str"},
            "partitions": {"type": "int"},
            "replication_factor": {"type": "int"},
            "config": {"type": "dict"},
            "state": {"type": "str", "choices": ["present", "absent"]},
        },
    },
    "protect_internal": {"type": "bool", "default": True},
}


def main() -> None:
    module = EnumModule(argument_spec=TOPIC_SPEC, supports_check_mode=True)
    with operation_errors(module):
        wanted = wanted_topics(module.params)
        problems = topic_problems(wanted, module.params["protect_internal"])
        sound = list({wish.subject: wish for wish in wanted if not topic_problems([wish], module.params["protect_internal"])}.values())
        client = open_strimzi(module.params)
        finish(module, TOPIC, client, reconcile(client, TOPIC, module.params, sound, problems, module.check_mode))


if __name__ == "__main__":
    main()
