#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_info
short_description: Gather information about a Kafka cluster
version_added: 0.1.0
description:
  - Tells what a cluster holds, as dictionaries by name. Only what O(gather) names is asked for, all of it at the same time.
  - What the cluster refuses to tell is listed in RV(errors). A subset of which nothing is known is V(null), never empty.
  - Nothing is changed.
options:
  gather:
    description:
      - V(cluster), V(brokers) and V(topics) cost one request each or none.
      - V(configs) is what is set on each topic and each broker, or with O(every_config) what holds there.
      - V(groups) is who is in the consumer groups, V(lag) how far they are. V(offsets) is start and end of each partition.
      - V(users) are the SCRAM credentials, V(acls) the access control lists.
      - V(api_versions) is which requests each broker understands, which shows the release that it runs.
      - V(log_dirs) (sizes on disk) and V(quotas) (limits of clients) need the Python library kafka-python 3.0 or newer.
    type: list
    elements: str
    choices: [cluster, brokers, topics, configs, acls, groups, lag, log_dirs, users, offsets, quotas, api_versions]
    default: [cluster, brokers, topics]
  pattern:
    description: Regular expression that matches the whole name of the topics and groups that are shown. All when not given.
    type: str
  every_config:
    description: Show every configuration value that holds for a topic or broker, not only those that are set on it.
    type: bool
    default: false
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is changed in any mode.
  diff_mode:
    support: N/A
    details: Nothing is changed in any mode.
notes:
  - Kafka leaves out topics that the user may not describe without a word. For groups RV(errors) says when some may be missing.
  - Share groups and streams groups are not shown.
seealso:
  - module: streamops.kafka.kafka_topic
  - module: streamops.kafka.kafka_consumer_group
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look at the cluster, its brokers and its topics
  streamops.kafka.kafka_info:
    bootstrap_servers: broker-1.example.com:9092
  register: kafka

- name: Stop when a partition has lost a replica
  ansible.builtin.assert:
    that: kafka.topics.values() | map(attribute='under_replicated') | sum == 0

- name: How far the team's consumers are behind
  streamops.kafka.kafka_info:
    bootstrap_servers: broker-1.example.com:9092
    gather: lag
    pattern: team-a\..*
  register: team

- name: Show the lag of each group
  ansible.builtin.debug:
    msg: "{{ item.key }} is {{ item.value.lag }} records behind"
  loop: "{{ team.lag | dict2items }}"

- name: Who may do what, logged in as an administrator
  streamops.kafka.kafka_info:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_mechanism: scram-sha-512
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    gather: [users, acls, quotas]
"""

RETURN = r"""
errors:
  description: What the cluster refused to tell, by the name of the subset. Empty when everything that was asked for is there.
  returned: always
  type: dict
  sample:
    configs: ["topic 'audit': Topic authorization failed. (TOPIC_AUTHORIZATION_FAILED)"]
cluster:
  description: The cluster. C(controller) is V(null) where it is hidden. C(authorized_operations) are those of this user on the cluster itself.
  returned: when O(gather) has V(cluster)
  type: dict
  sample: {"id": "MkU3OEVBNTcwNTJENDM2Qk", "controller": 1, "brokers": 3, "authorized_operations": ["describe", "describe_configs"]}
brokers:
  description: The brokers, by their id.
  returned: when O(gather) has V(brokers)
  type: dict
  sample: {"1": {"address": "broker-1.example.com:9092", "rack": "a", "is_controller": true}}
topics:
  description: The topics, by name. C(internal) are those that a purge or deletion refuses.
  returned: when O(gather) has V(topics)
  type: dict
  sample:
    orders:
      partitions: 1
      replication_factor: 3
      internal: false
      under_replicated: 0
      offline: 0
      assignment: [{"partition": 0, "leader": 1, "replicas": [1, 2, 3], "in_sync": [1, 2, 3]}]
configs:
  description: Configuration of the topics by name and of the brokers by id. Values that Kafka keeps secret are V(null).
  returned: when O(gather) has V(configs)
  type: dict
  sample: {"topics": {"orders": {"retention.ms": "604800000"}}, "brokers": {"1": {"log.retention.check.interval.ms": "60000"}}}
acls:
  description: Every access control list of the cluster, one entry for each operation.
  returned: when O(gather) has V(acls)
  type: list
  elements: dict
  sample:
    - principal: User:billing
      host: "*"
      resource_type: topic
      name: orders
      pattern_type: literal
      operation: read
      permission: allow
groups:
  description: The consumer groups, by name. The type is V(classic) or V(consumer) (KIP-848).
  returned: when O(gather) has V(groups)
  type: dict
  sample:
    billing:
      state: stable
      type: classic
      members: [{"id": "app-1-7bb1612f", "client_id": "app-1", "host": "192.0.2.10", "partitions": ["orders-0"]}]
lag:
  description:
    - What each consumer group has committed, and how many records it still has to read.
    - The C(lag) of a partition is V(null) when its topic does not exist any more or its offsets are not known. It does not count in the sum then.
  returned: when O(gather) has V(lag)
  type: dict
  sample:
    billing:
      lag: 150
      partitions: [{"topic": "orders", "partition": 0, "committed": 100, "start": 0, "end": 250, "lag": 150}]
log_dirs:
  description: The log directories of each broker, with the size of each partition in them. The pattern chooses the partitions, not the sum.
  returned: when O(gather) has V(log_dirs)
  type: dict
  sample:
    "1":
      - path: /var/lib/kafka
        total_bytes: 107374182400
        usable_bytes: 53687091200
        partition_bytes: 4096
        partitions: [{"topic": "orders", "partition": 0, "bytes": 4096}]
users:
  description: The users that have SCRAM credentials, by name.
  returned: when O(gather) has V(users)
  type: dict
  sample: {"billing": [{"mechanism": "scram-sha-512", "iterations": 4096}]}
offsets:
  description: The topics, by name, with the offset of the first record of each partition and the one that the next record will get.
  returned: when O(gather) has V(offsets)
  type: dict
  sample: {"orders": {"records": 250, "partitions": [{"partition": 0, "start": 0, "end": 250}]}}
quotas:
  description: The client quotas. A name that has no part in a quota is V(null), C(<default>) is all that have none of their own.
  returned: when O(gather) has V(quotas)
  type: list
  elements: dict
  sample: [{"user": "billing", "client_id": null, "ip": null, "quotas": {"producer_byte_rate": 1048576.0}}]
api_versions:
  description: The requests that each broker understands, by its id. C(newest) is the one that came to Kafka last.
  returned: when O(gather) has V(api_versions)
  type: dict
  sample: {"1": {"newest": "ListConfigResources", "apis": {"Produce": {"min": 0, "max": 10}, "Fetch": {"min": 0, "max": 16}}}}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.info import SUBSETS, pattern_error
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.info_client import gather
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

INFO_SPEC: dict[str, dict[str, Any]] = {
    "gather": {"type": "list", "elements": "str", "choices": list(SUBSETS), "default": ["cluster", "brokers", "topics"]},
    "pattern": {"type": "str"},
    "every_config": {"type": "bool", "default": False},
}


def main() -> None:
    module = kafka_module(INFO_SPEC)
    with operation_errors(module):
        problem = pattern_error(module.params["pattern"])
        if problem:
            raise InputError([problem])
        with open_client(module.params) as client:
            gathered = gather(client, module.params["gather"], module.params["pattern"], module.params["every_config"])
        errors = {name: list(subset.errors) for name, subset in gathered.items() if subset.errors}
        for name, texts in errors.items():
            module.warn(f"Not everything about {name} is known: {'; '.join(texts[:3])}{f' and {len(texts) - 3} more' if len(texts) > 3 else ''}")
        module.exit_json(changed=False, errors=errors, **{name: subset.value for name, subset in gathered.items()})


if __name__ == "__main__":
    main()
