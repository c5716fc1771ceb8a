#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_access_check
short_description: Try whether a user can produce to topics and consume from them
version_added: 0.1.0
description:
  - Logs in as the user, and really tries it. It produces to and fetches from every partition, and turns to the coordinator of each group.
    It does not conclude it from ACLs, so super users, denials, hosts and other authorizers are all covered.
  - Nothing is left behind. What is produced is a batch with a wrong checksum, which the leader refuses after it has found that the user may write
    and that enough replicas are in sync. The group is asked for a member that it does not have. Nothing is committed and no group comes into being.
    A topic is created in a request that the brokers only check.
  - Says what the user lacks, a right on a topic apart from one on a group. With O(administrator) it also says who has the right instead, such as
    C(User:ANONYMOUS), which is everybody who reaches a listener without a login.
  - Fails when anything cannot be done, with all problems at once.
options:
  topics:
    description: Names of topics that must exist.
    type: list
    elements: str
    default: []
  pattern:
    description:
      - Regular expression that matches the whole name of further topics, as far as the user, or O(administrator), sees them.
        Patterns that match everything are refused.
    type: str
  produce:
    description: Whether the user must be able to produce to the topics.
    type: bool
    default: true
  consume:
    description: Whether the user must be able to consume from the topics.
    type: bool
    default: true
  groups:
    description: Names of consumer groups that the user must be able to be a member of. They need not exist, and they may have live members, who do not notice.
    type: list
    elements: str
    default: []
  new_topics:
    description: Names of topics that the user must be able to create. They are not created.
    type: list
    elements: str
    default: []
  transactional_ids:
    description:
      - Transactional ids that the user must be able to produce with. B(A producer that runs with one of them on this cluster is fenced,) and its transaction
        is aborted, so name ids of applications that do not run there yet. The id stays known to the cluster until it expires.
    type: list
    elements: str
    default: []
  administrator:
    description:
      - Connection of another user, who may describe the topics, the ACLs and the SCRAM credentials. With it the module can tell a topic that is hidden from
        one that does not exist, a wrong password from a user that does not exist, and who has the right that the user lacks.
      - A dictionary with the connection options of this module. O(bootstrap_servers) is taken from there when it has none of its own.
    type: dict
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
requirements:
  - kafka-python >= 3.0 to produce and to ask for groups. Without it, and with a login other than PLAIN and SCRAM, these are V(not_checked).
notes:
  - Each topic that is produced to counts once in the brokers' metric C(InvalidMessageCrcRecordsPerSec).
  - Rights of transactional producers are tried only for O(transactional_ids), because that ends the transactions of a running one.
seealso:
  - module: streamops.kafka.kafka_connection_check
  - module: streamops.kafka.kafka_acl
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that the experiment can do its work
  streamops.kafka.kafka_access_check:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: throughput
    sasl_password: "{{ throughput_password }}"
    topics: [throughput-events, throughput-results]
    groups: [throughput-dashboard]

- name: Check that a dashboard can read, and say who can if it cannot
  streamops.kafka.kafka_access_check:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: dashboard
    sasl_password: "{{ dashboard_password }}"
    pattern: throughput-.*
    produce: false
    groups: [dashboard]
    administrator:
      security_protocol: sasl_plaintext
      sasl_username: admin
      sasl_password: "{{ admin_password }}"
"""

RETURN = r"""
principal:
  description: Who was tried.
  returned: when it could log in
  type: str
  sample: User:throughput
cluster_id:
  description: The cluster's own identifier.
  returned: when it could log in
  type: str
  sample: 5L6g3nShT-eMCtK--X86sw
state:
  description: V(verified), V(failed), or V(not_checked) when something could not be tried.
  returned: when it could log in
  type: str
  sample: verified
missing:
  description: The rights that it lacks.
  returned: when it could log in
  type: list
  elements: dict
  sample: [{"principal": "User:throughput", "resource_type": "topic", "name": "throughput-events", "operation": "write"}]
trials:
  description: Everything that was tried.
  returned: when it could log in
  type: list
  elements: dict
  contains:
    resource_type:
      description: V(topic), V(group) or V(transactional_id).
      type: str
      sample: topic
    name:
      description: Its name.
      type: str
      sample: throughput-events
    operation:
      description: V(exists), V(write), V(read) or V(create).
      type: str
      sample: write
    state:
      description: V(verified), V(failed) or V(not_checked).
      type: str
      sample: verified
    reason:
      description: Why it failed or was not tried. Empty when the right itself is lacking.
      type: str
      sample: ""
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.access import wanted_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.access_client import check_access
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import CONNECTION_SPEC, Connection, connection_from, is_secret
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

ACCESS_SPEC: dict[str, dict[str, Any]] = {
    "topics": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "produce": {"type": "bool", "default": True},
    "consume": {"type": "bool", "default": True},
    "groups": {"type": "list", "elements": "str", "default": []},
    "new_topics": {"type": "list", "elements": "str", "default": []},
    "transactional_ids": {"type": "list", "elements": "str", "default": []},
    "administrator": {"type": "dict"},
}


def administrator_from(params: dict[str, Any]) -> Connection | None:
    """The administrator's connection, None without one. What it does not say of itself is not taken over: only the addresses are.

    :raises InputError: for options that there are not.
    """
    given = params["administrator"]
    if given is None:
        return None
    unknown = sorted(set(given) - set(CONNECTION_SPEC))
    if unknown:
        raise InputError([f"administrator has no option {option}" for option in unknown])
    addresses = given.get("bootstrap_servers") or params["bootstrap_servers"]
    return connection_from({**given, "bootstrap_servers": [addresses] if isinstance(addresses, str) else addresses})


def secrets_of(administrator: dict[str, Any] | None) -> set[str]:
    """Values that must not be shown. A dictionary without suboptions hides none by itself."""
    given = {**(administrator or {}), **((administrator or {}).get("client_config") or {})}
    return {str(value) for name, value in given.items() if is_secret(str(name)) and value not in (None, "")}


def main() -> None:
    module = kafka_module(ACCESS_SPEC)
    module.no_log_values.update(secrets_of(module.params["administrator"]))
    with operation_errors(module):
        tried = check_access(connection_from(module.params), administrator_from(module.params), wanted_from(module.params))
        module.exit_json(changed=False, **tried.as_result())


if __name__ == "__main__":
    main()
