#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_acl
short_description: Add and remove the access rights (ACLs) of Kafka principals
version_added: 0.1.0
description:
  - Adds and removes ACLs. One call with 1,000 ACLs is one connection and a handful of requests.
  - Each entry of O(acls) stands for one ACL for each of its operations. The order of entries and operations, and the case of what is
    written, do not matter; an ACL that is listed twice is made once.
  - ACLs that are not listed stay, unless their principal is named in O(exclusive_principals).
  - Everything that is wrong with the entries is reported at once, before anything is changed. New ACLs are added before old ones are
    removed, and nothing is removed unless everything could be added.
  - After a change the module waits until the cluster shows it.
  - On a cluster that Strimzi's user operator manages, ACLs that are written here are taken away again. Write KafkaUser resources there.
options:
  acls:
    description:
      - The ACLs. What the module returns in RV(added) and RV(removed) can be given here again.
      - May be empty when O(exclusive_principals) is given.
    type: list
    elements: dict
    required: true
    suboptions:
      principal:
        description: Who, as C(User:name). V(User:*) is everybody, V(User:ANONYMOUS) who is not logged in.
        type: str
        required: true
      host:
        description: The address that the principal must come from, V(*) for any. Confluent Cloud knows only V(*).
        type: str
        default: '*'
      resource_type:
        description: The kind of resource. Accepted in either case.
        type: str
        required: true
        choices: [topic, group, cluster, transactional_id]
      name:
        description:
          - Name of the resource, or what its name begins with when O(acls[].pattern_type=prefixed). A literal V(*) is every resource of its kind.
          - Not needed for V(cluster), whose one name is V(kafka-cluster).
        type: str
      pattern_type:
        description: Whether O(acls[].name) is the whole name or the beginning of it. Accepted in either case.
        type: str
        choices: [literal, prefixed]
        default: literal
      operations:
        description:
          - What may, or may not, be done. One operation or a list. C(describe_configs), C(DescribeConfigs) and C(DESCRIBE_CONFIGS) are the same.
          - On a topic C(all), C(read), C(write), C(create), C(delete), C(alter), C(describe), C(describe_configs), C(alter_configs).
          - On a group C(all), C(read), C(delete), C(describe), C(describe_configs), C(alter_configs).
          - On the cluster C(all), C(create), C(alter), C(describe), C(cluster_action), C(describe_configs), C(alter_configs), C(idempotent_write).
          - On a transactional id C(all), C(describe), C(write).
        type: list
        elements: str
        required: true
        aliases: [operation]
      permission:
        description: Whether it is allowed or denied. V(deny) wins over V(allow). Accepted in either case.
        type: str
        choices: [allow, deny]
        default: allow
      state:
        description: Whether these ACLs should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
  state:
    description: Whether the ACLs should exist. V(absent) removes exactly the listed ones.
    type: str
    choices: [present, absent]
    default: present
  exclusive_principals:
    description:
      - Principals that shall have no other ACLs than those of O(acls) that are V(present). B(All their other ACLs are removed.)
      - ACLs of principals that are not named here are never touched unless they are listed themselves.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.strimzi.owned_users
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: One line for each ACL.
seealso:
  - module: streamops.kafka.kafka_user
  - module: streamops.kafka.kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Let the experiment's user read and write its topics, and use its own groups
  streamops.kafka.kafka_acl:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    acls:
      - principal: User:experiment
        resource_type: topic
        name: experiment-
        pattern_type: prefixed
        operations: [read, write, describe]
      - principal: User:experiment
        resource_type: group
        name: experiment-
        pattern_type: prefixed
        operations: read

- name: Show which rights the user would lose if it had only this one, and change nothing
  streamops.kafka.kafka_acl:
    bootstrap_servers: broker-1.example.com:9092
    acls:
      - principal: User:experiment
        resource_type: topic
        name: experiment-metrics
        operations: write
    exclusive_principals:
      - User:experiment
  check_mode: true
  diff: true

- name: Take all rights from a user that has left
  streamops.kafka.kafka_acl:
    bootstrap_servers: broker-1.example.com:9092
    acls: []
    exclusive_principals:
      - User:former-colleague
  register: revoked

- name: Give them back
  streamops.kafka.kafka_acl:
    bootstrap_servers: broker-1.example.com:9092
    acls: "{{ revoked.removed }}"

- name: Close the cluster to clients that do not log in
  streamops.kafka.kafka_acl:
    bootstrap_servers: broker-1.example.com:9092
    state: absent
    acls:
      - principal: User:ANONYMOUS
        resource_type: cluster
        operations: all
      - principal: User:ANONYMOUS
        resource_type: topic
        name: '*'
        operations: all
      - principal: User:ANONYMOUS
        resource_type: group
        name: '*'
        operations: all
"""

RETURN = r"""
added:
  description: Each ACL that was added, or would be in check mode.
  returned: success, and when only some ACLs could be changed
  type: list
  elements: dict
  sample:
    - principal: User:experiment
      host: '*'
      resource_type: topic
      name: experiment-
      pattern_type: prefixed
      operation: read
      permission: allow
removed:
  description: Each ACL that was removed, or would be in check mode.
  returned: success, and when only some ACLs could be changed
  type: list
  elements: dict
  sample: []
failed_acls:
  description: Each ACL that the cluster refused to add or remove, with the C(reason).
  returned: when only some ACLs could be changed
  type: list
  elements: dict
  sample:
    - principal: User:experiment
      host: '*'
      resource_type: topic
      name: experiment-
      pattern_type: prefixed
      operation: read
      permission: allow
      reason: Cluster authorization failed (CLUSTER_AUTHORIZATION_FAILED)
not_attempted:
  description: Each ACL that was not removed because others could not be added.
  returned: when only some ACLs could be changed
  type: list
  elements: dict
  sample: []
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import filters_for, plan_acls, wanted_acls
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls_client import apply_plan, read_acls, require_changes
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import CLUSTER_OF_USERS_SPEC, read_guard
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import USER

ACL_SPEC: dict[str, dict[str, Any]] = {
    "acls": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "principal": {"type": "str", "required": True},
            "host": {"type": "str", "default": "*"},
            "resource_type": {"type": "str", "required": True, "choices": ["topic", "group", "cluster", "transactional_id"]},
            "name": {"type": "str"},
            "pattern_type": {"type": "str", "choices": ["literal", "prefixed"], "default": "literal"},
            "operations": {"type": "list", "elements": "str", "required": True, "aliases": ["operation"]},
            "permission": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
            "state": {"type": "str", "choices": ["present", "absent"]},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "exclusive_principals": {"type": "list", "elements": "str", "default": []},
    "strimzi": {"type": "dict", "options": CLUSTER_OF_USERS_SPEC},
}


def main() -> None:
    module = kafka_module(ACL_SPEC)
    with operation_errors(module):
        wanted = wanted_acls(module.params)
        filters = filters_for(wanted)
        guard = read_guard(module.params["strimzi"], USER)
        with open_client(module.params) as client:
            plan = plan_acls(read_acls(client, filters), wanted)
            problems = guard.acl_problems(acl.principal for acl in (*plan.added, *plan.removed)) if guard else []
            if problems:
                raise InputError(problems)
            require_changes(client, plan)
            if not module.check_mode:
                apply_plan(client, plan, filters)
        module.exit_json(**plan.as_result())


if __name__ == "__main__":
    main()
