#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_user
short_description: Create, change and delete the users of a Strimzi cluster through its KafkaUser resources
version_added: 0.1.0
description:
  - On a cluster that Strimzi manages the user operator takes back credentials, ACLs and quotas that are written past its KafkaUser resources, also
    those of users that have none. This module writes these resources, many in one call, and waits until the operator has done what they say.
  - The operator puts the credentials of a user into a Secret of the user's name. No credential passes through this module.
  - Every change is first tried by the API server (a dry run). Everything that is wrong is reported at once, and then nothing is changed.
options:
  users:
    description: The users.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user and of its resource. With V(tls) it becomes C(CN=name) in Kafka, and may have 64 characters.
        type: str
        required: true
      authentication:
        description: How the user logs in. As it is when not given; a new user then has no credentials of its own.
        type: str
        choices: [scram-sha-512, tls, tls-external]
      password_secret:
        description: Existing Secret of the namespace with the password for V(scram-sha-512). By default the operator makes one up.
        type: dict
        suboptions:
          name:
            description: Name of the Secret.
            type: str
            required: true
          key:
            description: Key of the password.
            type: str
            default: password
      acls:
        description:
          - All rights of the user, with the options of M(streamops.kafka.kafka_acl). B(Rights that are not listed are taken away), unless
            O(users[].exclusive_acls=false).
          - As they are when not given. An empty list takes all away.
        type: list
        elements: dict
        suboptions:
          host:
            description: The address that the user must come from, V(*) for any.
            type: str
            default: '*'
          resource_type:
            description: The kind of resource.
            type: str
            required: true
            choices: [topic, group, cluster, transactional_id]
          name:
            description: Name of the resource, or what its name begins with. Not needed for V(cluster).
            type: str
          pattern_type:
            description: Whether O(users[].acls[].name) is the whole name or the beginning of it.
            type: str
            choices: [literal, prefixed]
            default: literal
          operations:
            description: What may, or may not, be done. C(describe_configs), C(DescribeConfigs) and C(DESCRIBE_CONFIGS) are the same.
            type: list
            elements: str
            required: true
            aliases: [operation]
          permission:
            description: Whether it is allowed or denied.
            type: str
            choices: [allow, deny]
            default: allow
      exclusive_acls:
        description: With V(false), O(users[].acls) are added to the rights that the user has. Its resource must be there then.
        type: bool
        default: true
      quotas:
        description: Quotas of the user. Those that are not named stay as they are.
        type: dict
        suboptions:
          producer_byte_rate:
            description: Bytes a second that it may produce on each broker.
            type: int
          consumer_byte_rate:
            description: Bytes a second that it may fetch from each broker.
            type: int
          request_percentage:
            description: Share of the time of each broker's threads, in percent.
            type: int
          controller_mutation_rate:
            description: Partitions a second that it may create, add or delete.
            type: float
      state:
        description: Whether the user should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
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
notes:
  - Whether O(users[].password_secret) has its key is checked before, if the Kubernetes user may C(get) the Secret.
seealso:
  - module: streamops.kafka.strimzi_topic
  - module: streamops.kafka.kafka_acl
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: A user for the experiment, with the password of an existing Secret
  streamops.kafka.strimzi_user:
    namespace: kafka
    cluster: experiment
    users:
      - name: experiment
        authentication: scram-sha-512
        password_secret:
          name: experiment-login
        acls:
          - resource_type: topic
            name: experiment-
            pattern_type: prefixed
            operations: [read, write, describe]
          - resource_type: group
            name: experiment-
            pattern_type: prefixed
            operations: read
        quotas:
          producer_byte_rate: 10485760

- name: Add a right to those that a user has
  streamops.kafka.strimzi_user:
    namespace: kafka
    cluster: experiment
    users:
      - name: experiment
        exclusive_acls: false
        acls:
          - resource_type: topic
            name: metrics
            operations: read

- name: Remove a user that has left
  streamops.kafka.strimzi_user:
    namespace: kafka
    cluster: experiment
    users:
      - name: former-colleague
    state: absent
"""

RETURN = r"""
users:
  description: Each user that was asked for, by its name.
  returned: success, and when only some users could be changed
  type: dict
  contains:
    action:
      description: V(created), V(altered), V(deleted), V(unchanged), V(absent), V(failed) or V(not_attempted). In check mode what would be done.
      type: str
      sample: created
    resource:
      description: Name of its KafkaUser.
      type: str
    before:
      description: Name and spec of the resource before, V(null) when there was none. Passwords are in no spec.
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
    experiment:
      action: created
      resource: experiment
      before: null
      after: {"resource": "experiment", "spec": {"authentication": {"type": "scram-sha-512"}}}
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
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import missing_secret_keys, open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import WRITING_SPEC, finish
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.reconcile import reconcile
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import USER
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.wishes import user_problems, wanted_users

ACL_SPEC: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "default": "*"},
    "resource_type": {"type": "str", "required": True, "choices": ["topic", "group", "cluster", "transactional_id"]},
    "name": {"type": "str"},
    "pattern_type": {"type": "str", "choices": ["literal", "prefixed"], "default": "literal"},
    "operations": {"type": "list", "elements": "str", "required": True, "aliases": ["operation"]},
    "permission": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
}
QUOTA_SPEC: dict[str, dict[str, Any]] = {
    "producer_byte_rate": {"type": "int"},
    "consumer_byte_rate": {"type": "int"},
    "request_percentage": {"type": "int"},
    "controller_mutation_rate": {"type": "float"},
}
SECRET_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "key": {"type": "str", "default": "password", "no_log": False},  # the name of the key
}
USER_SPEC: dict[str, dict[str, Any]] = {
    **WRITING_SPEC,
    "users": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "authentication": {"type": "str", "choices": ["scram-sha-512", "tls", "tls-external"]},
            "password_secret": {"type": "dict", "no_log": False, "options": SECRET_SPEC},  # where it is, not what it is
            "acls": {"type": "list", "elements": "dict", "options": ACL_SPEC},
            "exclusive_acls": {"type": "bool", "default": True},
            "quotas": {"type": "dict", "options": QUOTA_SPEC},
            "state": {"type": "str", "choices": ["present", "absent"]},
        },
    },
}


def main() -> None:
    module = EnumModule(argument_spec=USER_SPEC, supports_check_mode=True)
    with operation_errors(module):
        wanted = wanted_users(module.params)
        problems = user_problems(wanted, module.params["users"])
        refused = {wish.subject for wish, entry in zip(wanted, module.params["users"]) if user_problems([wish], [entry])}
        sound = list({wish.subject: wish for wish in wanted if wish.subject not in refused}.values())
        client = open_strimzi(module.params)
        problems += missing_secret_keys(client, ((wish.subject, wish.secret) for wish in sound if wish.secret))
        finish(module, USER, client, reconcile(client, USER, module.params, sound, problems, module.check_mode))


if __name__ == "__main__":
    main()
