#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_user
short_description: Create, change and delete the SCRAM credentials of Kafka users
version_added: 0.1.0
description:
  - Brings the SCRAM credentials of a list of users, or of one, into the wanted state. Kafka knows a user only by its credentials
    and its ACLs; see M(streamops.kafka.kafka_acl) for the latter.
  - A user has at most one credential for each mechanism. Credentials that are not listed stay.
  - On a cluster that Strimzi's user operator manages, credentials that are written here are taken away again. Write KafkaUser resources there.
  - "B(How a password is compared.) Kafka stores a password salted and hashed, and never gives it back. The module therefore tries to log in
    with the wanted password, as the user itself, on a listener with SCRAM login. That is exact: a changed password is applied, an
    unchanged one is not reported as changed. The listener is that of O(bootstrap_servers) when O(security_protocol) begins with V(sasl_),
    or the one in O(verify_bootstrap_servers). A failed attempt appears in the brokers' log."
  - Where no login can be tried (there is no such listener, or it does not offer the credential's mechanism) the password is unknown.
    O(update_password) says what happens then, and C(password_known) in RV(users) is V(false).
  - A new password is salted anew, with a random salt. After a change the module waits until the cluster shows the credential,
    and, where a login can be tried, accepts the new password.
options:
  users:
    description: The users. Mutually exclusive with O(name) and the other options of one user.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the user, without C(User:).
        type: str
        required: true
      password:
        description: The password. Any characters. Required when the user should be present.
        type: str
      mechanism:
        description:
          - The mechanism of the credential. Accepted in either case.
          - V(scram-sha-512) when not given and the user should be present; every mechanism that the user has when it should be absent.
        type: str
        choices: [scram-sha-256, scram-sha-512]
      iterations:
        description: How often the password is hashed, 4096 to 16384. An existing credential keeps its own when not given, a new one gets 4096.
        type: int
      state:
        description: Whether the credential should exist. As the module's O(state) when not given.
        type: str
        choices: [present, absent]
  name:
    description: Name of one user.
    type: str
  password:
    description: As O(users[].password), for one user.
    type: str
  mechanism:
    description: As O(users[].mechanism), for one user.
    type: str
    choices: [scram-sha-256, scram-sha-512]
  iterations:
    description: As O(users[].iterations), for one user.
    type: int
  state:
    description: Whether the credentials should exist.
    type: str
    choices: [present, absent]
    default: present
  verify_bootstrap_servers:
    description:
      - Addresses of a listener on which to try logins, when that of O(bootstrap_servers) has none.
      - It is asked whether it speaks TLS. When O(security_protocol) is one with TLS, it must.
    type: list
    elements: str
    default: []
  update_password:
    description: What to do with the password of an existing credential when it is unknown whether it changes. V(always) sets it and reports a change.
    type: str
    choices: [always, on_create]
    default: always
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.strimzi.owned_users
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Logins are tried in check mode too, they change nothing.
  diff_mode:
    support: full
    details: Shows the iterations, and whether the password is set, changed, unchanged or unknown.
seealso:
  - module: streamops.kafka.kafka_acl
  - module: streamops.kafka.kafka_quota
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Make sure of the experiment's user
  streamops.kafka.kafka_user:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    name: experiment
    password: "{{ experiment_password }}"

- name: Show whose password would change, and change nothing
  streamops.kafka.kafka_user:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    users:
      - name: producer
        password: "{{ producer_password }}"
      - name: consumer
        password: "{{ consumer_password }}"
        mechanism: scram-sha-256
        iterations: 8192
  check_mode: true
  diff: true

- name: Administer over a listener without login, compare passwords on the one with login
  streamops.kafka.kafka_user:
    bootstrap_servers: broker-1.example.com:9092
    verify_bootstrap_servers: broker-1.example.com:9094
    name: experiment
    password: "{{ experiment_password }}"

- name: Delete a user with all its credentials
  streamops.kafka.kafka_user:
    bootstrap_servers: broker-1.example.com:9092
    name: former-colleague
    state: absent
"""

RETURN = r"""
users:
  description: Each credential that was asked for. One that could not be changed has the action V(failed) and a C(reason).
  returned: success, and when only some credentials could be changed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the user.
      type: str
      sample: experiment
    mechanism:
      description: The mechanism of the credential.
      type: str
      sample: scram-sha-512
    action:
      description: What was done, or would be in check mode. One of V(created), V(altered), V(deleted), V(unchanged), V(absent), V(failed).
      type: str
      sample: altered
    password_known:
      description: Whether it is known that the credential now has (in check mode, would have) this password or had it before. Not for V(absent) ones.
      type: bool
      sample: true
    before:
      description: The credential before, V(null) when it did not exist. Kafka does not tell the password.
      type: dict
      sample: {"iterations": 4096}
    after:
      description: The credential after, V(null) when it does not exist any more. C(password) says what becomes of the password, never the password.
      type: dict
      sample: {"iterations": 4096, "password": "changed"}
  sample:
    - name: experiment
      mechanism: scram-sha-512
      action: altered
      password_known: true
      before: {"iterations": 4096}
      after: {"iterations": 4096, "password": "changed"}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users import SCRAM_MECHANISMS, input_problems, plan_users, report, wanted_users
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users_client import apply_changes, login_listener, read_users, try_logins
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import CLUSTER_OF_USERS_SPEC, read_guard
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import USER

ONE_USER: dict[str, dict[str, Any]] = {
    "password": {"type": "str", "no_log": True},
    "mechanism": {"type": "str", "choices": list(SCRAM_MECHANISMS)},
    "iterations": {"type": "int"},
}
USER_SPEC: dict[str, dict[str, Any]] = {
    "users": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, **ONE_USER, "state": {"type": "str", "choices": ["present", "absent"]}},
    },
    "name": {"type": "str"},
    **ONE_USER,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "verify_bootstrap_servers": {"type": "list", "elements": "str", "default": []},
    "update_password": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
    "strimzi": {"type": "dict", "options": CLUSTER_OF_USERS_SPEC},
}


def main() -> None:
    module = kafka_module(
        USER_SPEC,
        required_one_of=[("users", "name")],
        mutually_exclusive=[("users", option) for option in ("name", *ONE_USER)],
    )
    with operation_errors(module):
        wanted = wanted_users(module.params)
        problems = input_problems(wanted)
        if problems:
            raise InputError(problems)
        guard = read_guard(module.params["strimzi"], USER)
        with open_client(module.params) as client:
            current = read_users(client, [user.name for user in wanted])
            listener = login_listener(client.connection, module.params["verify_bootstrap_servers"])
            accepted = try_logins(listener, wanted, current)
            changes = plan_users(current, wanted, accepted, module.params["update_password"])
            problems = guard.user_problems("the credentials of", (name.user for name in changes)) if guard else []
            if problems:
                raise InputError(problems)
            if changes:
                client.require("alter", "change the SCRAM credentials")
            refused = {} if module.check_mode else apply_changes(client, changes, wanted, listener)
            result = report(current, wanted, accepted, changes, {name: str(refusal) for name, refusal in refused.items()})
            if refused:
                raise client.failure_of_many("change the SCRAM credentials", {str(name): refusal for name, refusal in refused.items()}, result)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
