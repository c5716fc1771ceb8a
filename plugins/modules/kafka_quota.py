#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_quota
short_description: Set and remove the client quotas of Kafka users and client ids
version_added: 0.1.0
description:
  - Limits how fast clients may read, write and ask, by user, by client id, or by both together. Takes a list of quotas, or one.
  - Kafka applies the most specific quota that matches a client. A user together with a client id comes before the user alone, which comes
    before the client id alone; a name comes before V(<default>).
  - Limits are set one by one. Limits of a quota that are not named stay as they are; O(remove) takes some away, O(state=absent) all.
  - Every change is first checked by the cluster without being made; all problems are reported at once and nothing is changed.
  - After a change the module waits until the cluster shows it.
options:
  quotas:
    description: The quotas. Mutually exclusive with the options of one quota.
    type: list
    elements: dict
    suboptions:
      user:
        description:
          - Name of the user, without C(User:). V(<default>) stands for every user that has no quota of its own.
          - At least one of O(quotas[].user) and O(quotas[].client_id) is needed. With both, the quota is for the user's clients with this client id.
        type: str
      client_id:
        description: The client id. V(<default>) stands for every client id that has no quota of its own.
        type: str
      producer_byte_rate:
        description: Bytes per second that may be written to each broker.
        type: int
      consumer_byte_rate:
        description: Bytes per second that may be read from each broker.
        type: int
      request_percentage:
        description: Share of time that a broker's request threads may spend on the client, in percent of one thread. V(200) is two threads.
        type: float
      controller_mutation_rate:
        description: How many partitions may be created or deleted per second.
        type: float
      remove:
        description: Limits to take away.
        type: list
        elements: str
        choices: [producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate]
      state:
        description: Whether the quota should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
  user:
    description: As O(quotas[].user), for one quota.
    type: str
  client_id:
    description: As O(quotas[].client_id), for one quota.
    type: str
  producer_byte_rate:
    description: As O(quotas[].producer_byte_rate), for one quota.
    type: int
  consumer_byte_rate:
    description: As O(quotas[].consumer_byte_rate), for one quota.
    type: int
  request_percentage:
    description: As O(quotas[].request_percentage), for one quota.
    type: float
  controller_mutation_rate:
    description: As O(quotas[].controller_mutation_rate), for one quota.
    type: float
  remove:
    description: As O(quotas[].remove), for one quota.
    type: list
    elements: str
    choices: [producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate]
  state:
    description: Whether the quotas should exist. V(absent) takes away all limits of the user and client id, whichever limits are named.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.strimzi.owned_users
  - streamops.kafka.attributes
requirements:
  - kafka-python >= 3.0
notes:
  - Logs in with V(plain), V(scram-sha-256) or V(scram-sha-512) only, because confluent-kafka has no requests for quotas and kafka-python makes them.
attributes:
  check_mode:
    support: full
    details: The cluster checks the changes as well, as in a real run.
  diff_mode:
    support: full
seealso:
  - module: streamops.kafka.kafka_user
  - module: streamops.kafka.kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Let the experiment write no more than 10 MiB per second to each broker
  streamops.kafka.kafka_quota:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    user: experiment
    producer_byte_rate: 10485760

- name: Show what would change, and change nothing
  streamops.kafka.kafka_quota:
    bootstrap_servers: broker-1.example.com:9092
    quotas:
      - user: <default>
        consumer_byte_rate: 20971520
      - user: experiment
        client_id: loader
        producer_byte_rate: 5242880
        request_percentage: 50
  check_mode: true
  diff: true

- name: Take one limit of the experiment away
  streamops.kafka.kafka_quota:
    bootstrap_servers: broker-1.example.com:9092
    user: experiment
    remove: producer_byte_rate

- name: Take all limits of the experiment's loader away
  streamops.kafka.kafka_quota:
    bootstrap_servers: broker-1.example.com:9092
    user: experiment
    client_id: loader
    state: absent
"""

RETURN = r"""
quotas:
  description: Each quota that was asked for. One that could not be changed has the action V(failed) and a C(reason).
  returned: success, and when only some quotas could be changed
  type: list
  elements: dict
  contains:
    user:
      description: The user, V(null) when the quota is for the client id alone.
      type: str
      sample: experiment
    client_id:
      description: The client id, V(null) when the quota is for the user alone.
      type: str
      sample: null
    action:
      description: What was done, or would be in check mode. One of V(created), V(altered), V(deleted), V(unchanged), V(absent), V(failed).
      type: str
      sample: altered
    before:
      description: The limits before, V(null) when there were none.
      type: dict
      sample: {"producer_byte_rate": 5242880}
    after:
      description: The limits after, V(null) when there are none any more.
      type: dict
      sample: {"producer_byte_rate": 10485760}
  sample:
    - user: experiment
      client_id: null
      action: altered
      before: {"producer_byte_rate": 5242880}
      after: {"producer_byte_rate": 10485760}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.quotas import DEFAULT, LIMITS, input_problems, plan_quotas, report, wanted_quotas
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.quotas_client import apply_changes, read_quotas, try_changes
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.second_client import SecondClient
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import CLUSTER_OF_USERS_SPEC, read_guard
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import USER

ONE_QUOTA: dict[str, dict[str, Any]] = {
    "user": {"type": "str"},
    "client_id": {"type": "str"},
    "producer_byte_rate": {"type": "int"},
    "consumer_byte_rate": {"type": "int"},
    "request_percentage": {"type": "float"},
    "controller_mutation_rate": {"type": "float"},
    "remove": {"type": "list", "elements": "str", "choices": list(LIMITS)},
}
QUOTA_SPEC: dict[str, dict[str, Any]] = {
    "quotas": {"type": "list", "elements": "dict", "options": {**ONE_QUOTA, "state": {"type": "str", "choices": ["present", "absent"]}}},
    **ONE_QUOTA,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "strimzi": {"type": "dict", "options": CLUSTER_OF_USERS_SPEC},
}


def main() -> None:
    module = kafka_module(
        QUOTA_SPEC,
        required_one_of=[("quotas", "user", "client_id")],
        mutually_exclusive=[("quotas", option) for option in ONE_QUOTA],
    )
    with operation_errors(module):
        wanted = wanted_quotas(module.params)
        problems = input_problems(wanted)
        if problems:
            raise InputError(problems)
        guard = read_guard(module.params["strimzi"], USER)
        with open_client(module.params) as client, SecondClient(client.connection) as second:
            current = read_quotas(second)
            changes = plan_quotas(current, wanted)
            owned = [entity.user for entity in changes if entity.user and entity.user != DEFAULT and entity.client_id is None]
            problems = [*(guard.user_problems("the quotas of", owned) if guard else []), *try_changes(second, changes)]
            if problems:
                raise InputError(problems)
            refused = {} if module.check_mode else apply_changes(second, changes)
            result = report(current, wanted, changes, {entity: str(refusal) for entity, refusal in refused.items()})
            if refused:
                raise client.failure_of_many("change the quotas", {str(entity): refusal for entity, refusal in refused.items()}, result)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
