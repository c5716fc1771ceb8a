#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_topic
short_description: Create, change and delete Kafka topics
version_added: 0.1.0
description:
  - Brings a list of topics, or one, into the wanted state. One call with 1,000 topics is one connection and a handful of requests.
  - Configuration is changed key by key. Keys that are not named stay as they are; V(null) takes an override away,
    so that the topic inherits the cluster's value again.
  - Every change is first checked by the brokers without being made. When anything is wrong (fewer partitions than there are,
    another replication factor, an unknown configuration key, an illegal name) all problems are reported at once and nothing is changed.
  - After a change the module waits until the cluster's metadata shows it.
options:
  topics:
    description: The topics. Mutually exclusive with O(name) and the other options of one topic.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the topic.
        type: str
        required: true
      partitions:
        description:
          - Number of partitions. An existing topic keeps its own when not given, a new one gets the cluster's default.
          - Partitions can only be added.
        type: int
      replication_factor:
        description: Replicas of each partition. As with O(topics[].partitions) when not given. It cannot be changed here.
        type: int
      config:
        description: Configuration to set on the topic, V(null) to take an override away. Lists are joined with commas.
        type: dict
      state:
        description: Whether the topic should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
  name:
    description: Name of one topic.
    type: str
  partitions:
    description: As O(topics[].partitions), for one topic.
    type: int
  replication_factor:
    description: As O(topics[].replication_factor), for one topic.
    type: int
  config:
    description: As O(topics[].config), for one topic.
    type: dict
  state:
    description: Whether the topics should exist.
    type: str
    choices: [present, absent]
    default: present
  protect_internal:
    description:
      - Refuse to delete internal topics. These are names that begin with two underscores, C(_schemas), C(_confluent*),
        Connect's own three and those of MirrorMaker.
    type: bool
    default: true
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.strimzi.owned_topics
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The brokers check the changes as well, as in a real run.
  diff_mode:
    support: full
seealso:
  - module: streamops.kafka.kafka_topic_retention_purge
  - module: streamops.kafka.kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Make sure of the experiment's topics
  streamops.kafka.kafka_topic:
    bootstrap_servers: broker-1.example.com:9092
    topics:
      - name: experiment-metrics
        partitions: 6
        config:
          retention.ms: 604800000
      - name: experiment-state
        partitions: 3
        config:
          cleanup.policy: compact

- name: Show what would change, and change nothing
  streamops.kafka.kafka_topic:
    bootstrap_servers: broker-1.example.com:9092
    name: experiment-metrics
    partitions: 12
  check_mode: true
  diff: true

- name: Let a topic inherit the cluster's retention again
  streamops.kafka.kafka_topic:
    bootstrap_servers: broker-1.example.com:9092
    name: experiment-metrics
    config:
      retention.ms: null

- name: Delete a topic, logged in as an administrator
  streamops.kafka.kafka_topic:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_mechanism: scram-sha-512
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    name: experiment-old
    state: absent
"""

RETURN = r"""
topics:
  description: Each topic that was asked for, by its name. A topic that could not be changed has the action V(failed) and a C(reason).
  returned: success, and when only some topics could be changed
  type: dict
  contains:
    action:
      description: What was done, or would be done in check mode.
      type: str
      sample: created
    before:
      description: The topic before, V(null) when it did not exist. C(config) holds what is set on the topic itself.
      type: dict
      sample: null
    after:
      description: The topic after, V(null) when it does not exist any more.
      type: dict
      sample: {"partitions": 6, "replication_factor": 3, "config": {"retention.ms": "604800000"}}
  sample:
    experiment-metrics:
      action: created
      before: null
      after: {"partitions": 6, "replication_factor": 3, "config": {"retention.ms": "604800000"}}
    experiment-state:
      action: unchanged
      before: {"partitions": 3, "replication_factor": 3, "config": {"cleanup.policy": "compact"}}
      after: {"partitions": 3, "replication_factor": 3, "config": {"cleanup.policy": "compact"}}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient, open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.refusal import Refusal
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics import (
    ClusterDefaults,
    Topic,
    WantedTopic,
    input_problems,
    plan_topics,
    wanted_topics,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics_client import apply_changes, read_defaults, read_topics, try_plan
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.guard import Guard
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import CLUSTER_SPEC, read_guard
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import TOPIC

ONE_TOPIC: dict[str, dict[str, Any]] = {
    "partitions": {"type": "int"},
    "replication_factor": {"type": "int"},
    "config": {"type": "dict"},
}
TOPIC_SPEC: dict[str, dict[str, Any]] = {
    "topics": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, **ONE_TOPIC, "state": {"type": "str", "choices": ["present", "absent"]}},
    },
    "name": {"type": "str"},
    **ONE_TOPIC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "protect_internal": {"type": "bool", "default": True},
    "strimzi": {"type": "dict", "options": CLUSTER_SPEC},
}


def decide(client: KafkaClient, wanted: list[WantedTopic], current: Mapping[str, Topic], guard: Guard | None, problems: list[str]) -> Plan:
    """The plan, checked by the brokers too.

    :param guard: what Strimzi's operators would undo.
    :param problems: what was found wrong before; the error lists it as well.
    :raises InputError: with every problem, before anything is changed.
    """
    asks_defaults = any(t.state == "present" and t.name not in current and None in (t.partitions, t.replication_factor) for t in wanted)
    plan, impossible = plan_topics(current, wanted, read_defaults(client) if asks_defaults else ClusterDefaults())
    undone = guard.topic_problems(change.name for change in plan) if guard else []
    problems = problems + impossible + undone + try_plan(client, plan)
    if problems:
        raise InputError(problems)
    return plan


def report(wanted: list[WantedTopic], current: Mapping[str, Topic], plan: Plan, refused: Mapping[str, Refusal]) -> dict[str, Any]:
    """Every topic that was asked for, whether it changes or not."""
    topics: dict[str, Any] = {}
    for topic in wanted:
        side = current[topic.name].as_side() if topic.name in current else None
        topics[topic.name] = {"action": "unchanged" if side else "absent", "before": side, "after": side}
    for change in plan:
        topics[change.name] |= {key: value for key, value in change.as_result().items() if key != "name"}
        if change.name in refused:
            topics[change.name] |= {"action": "failed", "reason": str(refused[change.name])}
    done = Plan(tuple(change for change in plan if change.name not in refused))
    return {"changed": bool(done), "topics": topics, "diff": done.diff()}


def main() -> None:
    module = kafka_module(
        TOPIC_SPEC,
        required_one_of=[("topics", "name")],
        mutually_exclusive=[("topics", option) for option in ("name", *ONE_TOPIC)],
    )
    with operation_errors(module):
        wanted = wanted_topics(module.params)
        protect = module.params["protect_internal"]
        sound = list({topic.name: topic for topic in wanted if not input_problems([topic], protect)}.values())
        guard = read_guard(module.params["strimzi"], TOPIC)
        with open_client(module.params) as client:
            current = read_topics(client, [topic.name for topic in sound])
            plan = decide(client, sound, current, guard, input_problems(wanted, protect))
            refused = {} if module.check_mode else apply_changes(client, plan)
            result = report(wanted, current, plan, refused)
            if refused:
                raise client.failure_of_many("change the topics", refused, result)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
