#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_pod_reset
short_description: Reset topics, consumer groups and ACLs from inside Kubernetes, with Kafka's own tools
version_added: 0.1.0
description:
  - For clusters whose listeners cannot be reached from outside of Kubernetes. A port-forward does not help there, as brokers send clients
    on to their advertised addresses.
  - Runs Kafka's own tools in a pod that has them - an admin pod or a broker's. Nothing but the right to C(exec) into that pod is needed here,
    and no Kafka library.
  - Three parts, of which any may be given. With O(topics) or O(pattern) topics are emptied, as M(streamops.kafka.kafka_topic_retention_purge) does it by
    C(DeleteRecords). With O(groups) or O(group_pattern) consumer groups are reset or deleted, as with M(streamops.kafka.kafka_consumer_group).
    With O(acls) rights are added that are missing, as with M(streamops.kafka.kafka_acl). The results have the same form as those of these modules.
  - Everything that is wrong with what was asked is found before anything is changed. Consumer groups with live members are an error that names them.
  - Compact-only topics that hold records fail, as brokers refuse to delete their records, and the recorded change of C(cleanup.policy)
    that M(streamops.kafka.kafka_topic_retention_purge) makes is not made from inside. All other topics are emptied.
  - What a tool prints and is not understood is an error, never nothing. What was not counted again is never called verified.
options:
  topics:
    description: Names of topics to empty. Internal topics are emptied only when they are named here.
    type: list
    elements: str
    default: []
  pattern:
    description:
      - Regular expression that matches the whole name of the topics to empty.
      - Empty and match-all patterns are refused, and so are patterns that match internal topics.
    type: str
  groups:
    description: Names of consumer groups.
    type: list
    elements: str
    default: []
  group_pattern:
    description: Regular expression that matches the whole name of the groups. An empty one and one that matches everything are refused.
    type: str
  group_state:
    description: V(reset) sets what the groups have committed as O(group_to) says, V(absent) deletes the groups.
    type: str
    choices: [reset, absent]
    default: reset
  group_to:
    description: Where O(group_state=reset) sets the offsets.
    type: str
    choices: [earliest, latest]
    default: earliest
  acls:
    description: ACLs that shall exist. Others are left alone. One for each of the operations of each entry.
    type: list
    elements: dict
    default: []
    suboptions:
      principal:
        description: Who, as C(User:name).
        type: str
        required: true
      host:
        description: The address that the principal must come from, V(*) for any.
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
          - Not needed for V(cluster).
        type: str
      pattern_type:
        description: Whether O(acls[].name) is the whole name or the beginning of it. Accepted in either case.
        type: str
        choices: [literal, prefixed]
        default: literal
      operations:
        description: What may, or may not, be done, in the words of M(streamops.kafka.kafka_acl).
        type: list
        elements: str
        required: true
        aliases: [operation]
      permission:
        description: Whether it is allowed or denied. Accepted in either case.
        type: str
        choices: [allow, deny]
        default: allow
  kubernetes:
    description:
      - Which pod, and how to reach its cluster. One of O(kubernetes.selector) and O(kubernetes.pod) is needed.
      - A pod must be Ready. The pod of an operator or manager, also Strimzi's entity operator, is refused.
      - Of several, a broker's is taken when O(bootstrap_servers) is its own loopback, otherwise one that is no broker's.
    type: dict
    required: true
    suboptions:
      namespace:
        description: Namespace of the pod. By default that of the kubeconfig's context, or of the pod that the module runs in.
        type: str
      selector:
        description: Label selector, as for C(kubectl get pods -l).
        type: str
      pod:
        description: Name of the pod.
        type: str
      container:
        description: Name of the container. By default the one whose name, image or command looks like Kafka.
        type: str
      kubeconfig:
        description: File that says how to reach the cluster. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  bootstrap_servers:
    description: Addresses of one or more brokers, each C(host:port), B(as seen from the pod).
    type: list
    elements: str
    default: ['localhost:9092']
  security_protocol:
    description: How the listener behind O(bootstrap_servers) is protected. Accepted in either case.
    type: str
    choices: [plaintext, ssl, sasl_plaintext, sasl_ssl]
    default: plaintext
  sasl_mechanism:
    description: How to log in when O(security_protocol) begins with V(sasl_). V(oauthbearer) and V(gssapi) need C(sasl.jaas.config) in O(client_config).
    type: str
    choices: [plain, scram-sha-256, scram-sha-512, oauthbearer, gssapi]
    default: scram-sha-512
  sasl_username:
    description: The user to log in as.
    type: str
  sasl_password:
    description: The password of O(sasl_username). It reaches the tools through a pipe, never an argument, the environment or a file.
    type: str
  credentials_secret:
    description:
      - Take what O(sasl_username) and O(sasl_password) do not say from a Secret of Kubernetes. What neither says is taken from E(KAFKA_USER)
        and E(KAFKA_PASSWORD) in the environment of the module.
      - Secrets of Strimzi's users have no key for the name - give it in O(sasl_username).
      - RV(credentials) says from where each of them was taken.
    type: dict
    suboptions:
      name:
        description: Name of the Secret.
        type: str
        required: true
      namespace:
        description: Namespace of the Secret. By default as O(kubernetes.namespace).
        type: str
      username_key:
        description: Key of the user's name. By default C(username).
        type: str
      password_key:
        description: Key of the password. By default C(password).
        type: str
  client_config:
    description:
      - Further properties B(of Kafka's Java clients), not of librdkafka as in the other modules - for example C(ssl.truststore.location), a file in the pod.
      - They win over what the other options set. Values of properties whose names speak of a password, secret, key or token are kept out of every output.
    type: dict
    default: {}
  heap:
    description:
      - Largest heap of each tool, as for Java's C(-Xmx). Raise it for clusters with some 10,000 partitions.
      - E(KAFKA_HEAP_OPTS) of the pod is meant for the broker, and not used.
    type: str
    default: 128m
  timeout:
    description: Seconds for all calls of tools together. A tool that still runs then is ended.
    type: int
    default: 600
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Groups are foreseen as they will be once the topics of the same call are empty.
  diff_mode:
    support: full
requirements:
  - "kubernetes >= 24.2"
  - "In the container: a shell, and Kafka's tools of release 3.0 or newer, in one of their usual places or on PATH (docs/kafka_from_inside.md)"
notes:
  - Tools are calls of a JVM, which take a second or two each. The number of calls does not grow with the number of topics and groups.
    RV(tool_calls) counts them.
  - While it waits, a progress line is shown at most every 10 seconds.
seealso:
  - module: streamops.kafka.kafka_topic_retention_purge
  - module: streamops.kafka.kafka_consumer_group
  - module: streamops.kafka.kafka_acl
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Empty the experiment's topics and have its consumers read from the start, from a broker's pod
  streamops.kafka.kafka_pod_reset:
    kubernetes:
      namespace: kafka
      selector: strimzi.io/cluster=lab,strimzi.io/broker-role=true
    pattern: experiment-.*
    group_pattern: experiment-.*

- name: The same from an admin pod, logged in, and with the rights of the experiment's user
  streamops.kafka.kafka_pod_reset:
    kubernetes:
      namespace: kafka
      selector: app=kafka-admin
    bootstrap_servers: lab-kafka-bootstrap:9094
    security_protocol: sasl_plaintext
    sasl_username: admin
    credentials_secret:
      name: admin
    topics: [experiment-metrics]
    groups: [experiment-app]
    acls:
      - principal: User:experiment
        resource_type: topic
        name: experiment-
        pattern_type: prefixed
        operations: [read, write, describe]

- name: Show what would be removed, and remove nothing
  streamops.kafka.kafka_pod_reset:
    kubernetes:
      namespace: kafka
      pod: lab-kafka-0
    pattern: experiment-.*
  check_mode: true
  diff: true
"""

RETURN = r"""
topics:
  description: Each topic that was selected, by its name.
  returned: with O(topics) or O(pattern)
  type: dict
  contains:
    state:
      description: V(purged), V(empty) when there was nothing to remove, V(failed) with a C(reason), or V(not attempted).
      type: str
      sample: purged
    strategy:
      description: Always V(delete_records).
      type: str
      sample: delete_records
    records_removed:
      description: Offsets removed. That is the number of records, except where compaction or aborted transactions had left gaps. There it is an upper bound.
      type: int
      sample: 40000
    seconds:
      description: Seconds from the start of the purge until the brokers had deleted the records.
      type: float
      sample: 7.2
    config_restored:
      description: Always V(null), as no configuration is changed.
      type: bool
      sample: null
    verified:
      description:
        - V(verified) when it was counted again and nothing was left of what was to be removed, V(failed) when something was.
        - V(not_checked) when it was not counted again.
      type: str
      sample: verified
  sample:
    experiment-metrics:
      {"state": "purged", "strategy": "delete_records", "records_removed": 40000, "seconds": 7.2, "config_restored": null, "verified": "verified"}
records_removed:
  description: Sum over all topics.
  returned: with O(topics) or O(pattern)
  type: int
  sample: 40000
recovered:
  description: Always empty. What killed runs of M(streamops.kafka.kafka_topic_retention_purge) have left is not looked for from inside.
  returned: with O(topics) or O(pattern)
  type: list
  elements: dict
  sample: []
recovery:
  description: That it was not looked for.
  returned: with O(topics) or O(pattern)
  type: str
  sample: "not checked: what killed purges have recorded is not read from inside"
groups:
  description: Each group, by its name, as M(streamops.kafka.kafka_consumer_group) returns it.
  returned: with O(groups) or O(group_pattern)
  type: dict
  sample:
    experiment-app:
      action: reset
      members: []
      partitions: [{"topic": "orders", "partition": 0, "before": 100, "after": 0, "lag": 250, "start": 0, "end": 250, "clamped": false}]
      restore: [{"name": "orders", "partitions": [0], "offset": 100}]
added:
  description: Each ACL that was added, or would be in check mode.
  returned: with O(acls)
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
  description: Always empty.
  returned: with O(acls)
  type: list
  elements: dict
  sample: []
failed_acls:
  description: Each ACL that could not be added, with the C(reason).
  returned: when some ACLs could not be added
  type: list
  elements: dict
  sample: []
pod:
  description: Namespace and name of the pod in which the tools ran.
  returned: when there is one that will do
  type: str
  sample: kafka/lab-kafka-0
container:
  description: Name of the container in which the tools ran.
  returned: when there is one that will do
  type: str
  sample: kafka
programs:
  description: The tools, by their absolute paths in the container.
  returned: when there is a pod that will do
  type: list
  elements: str
  sample: [/opt/kafka/bin/kafka-get-offsets.sh, /opt/kafka/bin/kafka-topics.sh]
tool_calls:
  description: How many tools were run.
  returned: when there is a pod that will do
  type: int
  sample: 5
credentials:
  description: From where user name and password are known - V(option), V(secret), V(environment) or V(none). Never what they are.
  returned: when there is a pod that will do
  type: dict
  sample: {"username": "option", "password": "secret"}
"""

import re
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.login import login_problems
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.place import PLACE_SPEC, find, place_problems
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.reset import Reset, Wanted, wanted_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import MECHANISMS, PROTOCOLS
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.module import Stopped, operation_errors, stop_orderly
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

RESET_SPEC: dict[str, dict[str, Any]] = {
    "topics": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "groups": {"type": "list", "elements": "str", "default": []},
    "group_pattern": {"type": "str"},
    "group_state": {"type": "str", "choices": ["reset", "absent"], "default": "reset"},
    "group_to": {"type": "str", "choices": ["earliest", "latest"], "default": "earliest"},
    "acls": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "principal": {"type": "str", "required": True},
            "host": {"type": "str", "default": "*"},
            "resource_type": {"type": "str", "required": True, "choices": ["topic", "group", "cluster", "transactional_id"]},
            "name": {"type": "str"},
            "pattern_type": {"type": "str", "choices": ["literal", "prefixed"], "default": "literal"},
            "operations": {"type": "list", "elements": "str", "required": True, "aliases": ["operation"]},
            "permission": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
        },
    },
    **PLACE_SPEC,
    "bootstrap_servers": {"type": "list", "elements": "str", "default": ["localhost:9092"]},
    "security_protocol": {"type": "str", "choices": PROTOCOLS, "default": "plaintext"},
    "sasl_mechanism": {"type": "str", "choices": MECHANISMS, "default": "scram-sha-512"},
    "sasl_username": {"type": "str"},
    "sasl_password": {"type": "str", "no_log": True},
    "client_config": {"type": "dict", "default": {}},
    "heap": {"type": "str", "default": "128m"},
    "timeout": {"type": "int", "default": 600},
}


def checked(params: dict[str, Any]) -> Wanted:
    """What is wanted.

    :raises InputError: with everything that is wrong with the options, before anybody is asked.
    """
    wanted, problems = wanted_from(params)
    problems += place_problems(params["kubernetes"]) + login_problems(params)
    if not re.fullmatch(r"[1-9]\d*[kKmMgG]", params["heap"]):
        problems.append(f"heap '{params['heap']}' is no size of the form 128m")
    if params["timeout"] < 1:
        problems.append("timeout must be 1 second or more")
    if problems:
        raise InputError(problems)
    return wanted


def main() -> None:
    module = EnumModule(argument_spec=RESET_SPEC, supports_check_mode=True)
    hide_secrets(module, module.params)
    stop_orderly()
    with operation_errors(module):
        wanted = checked(module.params)
        found = find(module.params)
        module.no_log_values.update(found.tools.login.secrets)
        reset = Reset(found.tools, wanted)
        try:
            reset.read()
            if module.check_mode:
                reset.foresee()
            else:
                reset.run()
        except (OperationError, Stopped) as error:
            error.partial.update(**found.as_result(), **(reset.report() if reset.has_begun else {"changed": False}))
            raise
    result = {**found.as_result(), **reset.report()}
    for warning in reset.warnings:
        module.warn(warning)
    if reset.failures:
        module.fail_json(msg=" ".join(str(failure) for failure in reset.failures), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
