#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_upgrade_preflight
short_description: Say what speaks against a rolling upgrade of Kafka brokers, and in which order it would be done
version_added: 0.1.0
description:
  - Looks at all brokers of a cluster with ZooKeeper and lists all problems at once. Nothing is changed.
  - Problems do not make it fail. They are in RV(problems), so that a role can add its own before it does.
  - Releases are taken from what each broker answers to the request C(ApiVersions), see M(streamops.kafka.kafka_broker_gate).
options:
  brokers:
    description: Ids of all brokers of the cluster, in the order in which they are to be restarted.
    type: list
    elements: int
    required: true
  target:
    description: The version of Confluent Platform (V(7.7.1), V(7.8.0)) or of Kafka (V(3.7.2)) that is to run. Lines 7.7 and 7.8, Kafka 3.7 and 3.8, are known.
    type: str
    required: true
  accepted_topics:
    description:
      - Regular expressions that match the whole name of topics that may be unavailable while a broker restarts, because they have replication factor 1
        or C(min.insync.replicas) as high as it. Others are problems.
      - A pattern that matches every topic is refused.
    type: list
    elements: str
    default: []
  balance_leaders:
    description: Whether preferred leaders are to be elected, for which the user needs a further right.
    type: bool
    default: false
  zookeepers:
    description: Addresses of all ZooKeeper servers, each C(host:port). They are asked C(srvr). Without it ZooKeeper is not looked at.
    type: list
    elements: str
    default: []
  first:
    description: Id of the broker that a run was working on when it was broken off. It may be down, and will be the first.
    type: int
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
  - Sizes of disks are told by brokers of Kafka 3.3 or newer only, and need the Python library kafka-python 3.0 or newer. Otherwise RV(not_checked) says so.
  - Versions within one line (3.7.1 and 3.7.2) cannot be told apart by what brokers answer.
seealso:
  - module: streamops.kafka.kafka_broker_gate
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look what speaks against an upgrade to 7.7
  streamops.kafka.kafka_upgrade_preflight:
    bootstrap_servers: [broker-1.example.com:9092, broker-2.example.com:9092, broker-3.example.com:9092]
    brokers: [1, 2, 3]
    target: 7.7.1
    zookeepers: [zookeeper-1.example.com:2181]
    accepted_topics: [scratch-.*]
  register: outlook

- name: Stop at any problem
  ansible.builtin.fail:
    msg: "{{ outlook.problems }}"
  when: outlook.problems | length > 0
"""

RETURN = r"""
problems:
  description: What must be solved, or accepted, first.
  returned: success
  type: list
  elements: str
  sample: ["topic scratch: replication factor 1: it cannot be read or written while its broker restarts. Give it more replicas, or accept it"]
remarks:
  description: What is good to know.
  returned: success
  type: list
  elements: str
  sample: ["ZooKeeper is 3.6.3, the target is built with 3.8.4"]
not_checked:
  description: What could not be looked at, and why.
  returned: success
  type: list
  elements: str
  sample: ["disk of broker 1: Kafka 3.1 does not tell the size of its disks"]
release:
  description: The line of Kafka in the target.
  returned: success
  type: str
  sample: "3.7"
zookeeper:
  description: The version of ZooKeeper that the target's Kafka is built with.
  returned: success
  type: str
  sample: 3.8.4
pin:
  description: The protocol that all brokers speak, which is kept while the binaries change.
  returned: success
  type: str
  sample: 3.1-IV0
binaries:
  description: Brokers whose binaries are still to change, in order. The active controller is the last.
  returned: success
  type: list
  elements: int
  sample: [2, 3, 1]
protocol:
  description: Brokers whose protocol is still to be raised to that of the target, in order.
  returned: success
  type: list
  elements: int
  sample: [2, 3, 1]
finalizing:
  description: Whether a broker speaks the protocol of the target already. Then there is no way back.
  returned: success
  type: bool
  sample: false
zookeepers_to_upgrade:
  description: Addresses of ZooKeeper servers that are older than what the target is built with.
  returned: success
  type: list
  elements: str
  sample: []
controller:
  description: The active controller.
  returned: success
  type: int
  sample: 1
accepted:
  description: Names of the topics that are accepted as they are.
  returned: success
  type: list
  elements: str
  sample: [scratch-1]
brokers:
  description: What each broker says of itself, by its id.
  returned: success
  type: dict
  sample:
    "1": {"address": "broker-1.example.com:9092", "release": "3.1", "protocol": "3.1-IV0", "protocol_is_set": false, "message_format": null}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.names import pattern_problem
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.disks import disks_of
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.observing import ClusterEyes
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.preflight import Request, accepted_of, is_final, look_ahead
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.releases import Target, target_of
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.zookeeper import Quorum, ask_quorum

PREFLIGHT_SPEC: dict[str, dict[str, Any]] = {
    "brokers": {"type": "list", "elements": "int", "required": True},
    "target": {"type": "str", "required": True},
    "accepted_topics": {"type": "list", "elements": "str", "default": []},
    "balance_leaders": {"type": "bool", "default": False},
    "zookeepers": {"type": "list", "elements": "str", "default": []},
    "first": {"type": "int"},
}


def checked_target(params: dict[str, Any]) -> Target:
    """The target, unless something is wrong with the options."""
    target = target_of(params["target"])
    problems = [] if target else [f"'{params['target']}' is no version of Confluent Platform 7.7 or 7.8, or of Kafka 3.7 or 3.8, such as 7.7.1"]
    problems += [f"accepted_topics: {problem}" for pattern in params["accepted_topics"] if (problem := pattern_problem(pattern))]
    problems += ["brokers: an id stands twice"] if len(set(params["brokers"])) < len(params["brokers"]) else []
    if problems or target is None:
        raise InputError(problems)
    return target


def main() -> None:
    module = kafka_module(PREFLIGHT_SPEC)
    with operation_errors(module):
        params = module.params
        target = checked_target(params)
        quorum: Quorum | None = ask_quorum(params["zookeepers"]) if params["zookeepers"] else None
        with open_client(params) as client:
            seen = ClusterEyes(client).look()
            disks = disks_of(client.connection, seen)
            operations = client.cluster.operations
        accepted = accepted_of(seen, params["accepted_topics"])
        request = Request(tuple(params["brokers"]), target, accepted, params["balance_leaders"], params["first"])
        outlook = look_ahead(request, seen, operations, quorum)
        module.exit_json(
            changed=False, problems=[*outlook.problems, *disks.problems], remarks=[*outlook.remarks, *disks.remarks],
            not_checked=[*outlook.not_checked, *disks.not_checked], release=target.kafka, zookeeper=target.zookeeper, pin=outlook.pin,
            binaries=list(outlook.binaries), protocol=list(outlook.protocol), accepted=sorted(accepted), controller=seen.controller,
            finalizing=any(is_final(state, target) for state in seen.brokers.values()),
            zookeepers_to_upgrade=quorum.older_than(target.zookeeper) if quorum else [],
            brokers={str(broker): state.as_result() for broker, state in seen.brokers.items()})


if __name__ == "__main__":
    main()
