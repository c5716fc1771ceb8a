#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_broker_gate
short_description: Wait until the next broker of a cluster may be restarted
version_added: 0.1.0
description:
  - "Waits until every broker is registered and answers, a controller is active, and no partition is offline or has fewer replicas in sync than
    are assigned. Then each partition can do without one replica: it has more than C(min.insync.replicas) in sync."
  - With O(broker), also until that broker runs O(release) and speaks O(protocol).
  - "The release is taken from what the broker itself answers to the request C(ApiVersions): each line of Kafka understands requests that the one
    before it does not, and tells them whatever its protocol is. So it shows the binaries that run, not a configuration."
  - It then says which brokers are left, in order. The active controller, asked for anew, is the last.
options:
  brokers:
    description: Ids of all brokers of the cluster, in the order in which they are to be restarted.
    type: list
    elements: int
    required: true
  broker:
    description: Id of the broker that was just restarted. Without it the gate is about the cluster only.
    type: int
  release:
    description: The line of Kafka that each broker is to run, such as V(3.7).
    type: str
  protocol:
    description:
      - The C(inter.broker.protocol.version) that each broker is to speak, such as V(3.1). It must be set, not the default of the release.
    type: str
  accepted_topics:
    description:
      - Names of topics that cannot do without one replica and that are accepted so. A topic with replication factor 1 does not hold the gate up,
        one with C(min.insync.replicas) as high as its replication factor only while a replica is not in sync.
      - Other such topics hold the gate up, as they are not available while their broker restarts.
    type: list
    elements: str
    default: []
  balance_leaders:
    description: Whether preferred leaders are elected, so that the gate is open when each partition is led by its first replica.
    type: bool
    default: false
  first:
    description: Id of the broker that an earlier run was working on. It is the first of those that are left.
    type: int
  wait_timeout:
    description: Seconds to wait. A broker with much data takes minutes to be in sync again.
    type: float
    default: 600
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It waits in check mode too, and elects no leaders.
  diff_mode:
    support: N/A
    details: Nothing is changed but leaders.
notes:
  - Name several O(bootstrap_servers), as one of them may be the broker that restarts.
  - The user needs C(Describe) and C(DescribeConfigs) on the cluster and C(Describe) and C(DescribeConfigs) on every topic, and C(Alter) on
    the cluster for O(balance_leaders). Topics that it may not describe are not seen.
  - While it waits, a line every 10 seconds says what holds it up.
seealso:
  - module: streamops.kafka.kafka_upgrade_preflight
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Wait until a broker may be restarted
  streamops.kafka.kafka_broker_gate:
    bootstrap_servers: [broker-1.example.com:9092, broker-2.example.com:9092, broker-3.example.com:9092]
    brokers: [1, 2, 3]
  register: gate

- name: Wait until broker 2 is back with Kafka 3.7 and the old protocol
  streamops.kafka.kafka_broker_gate:
    bootstrap_servers: [broker-1.example.com:9092, broker-2.example.com:9092, broker-3.example.com:9092]
    brokers: [1, 2, 3]
    broker: 2
    release: "3.7"
    protocol: "3.1"
    accepted_topics: [scratch]
    wait_timeout: 900

- name: Look whether the gate is open, and elect nobody
  streamops.kafka.kafka_broker_gate:
    bootstrap_servers: broker-1.example.com:9092
    brokers: [1, 2, 3]
    balance_leaders: true
    wait_timeout: 0
  check_mode: true
"""

RETURN = r"""
left:
  description: The brokers that have not come to O(release) and O(protocol), in the order in which they are to be restarted.
  returned: success
  type: list
  elements: int
  sample: [3, 1]
controller:
  description: The active controller.
  returned: success
  type: int
  sample: 1
brokers:
  description: What each broker says of itself, by its id.
  returned: success
  type: dict
  sample:
    "1": {"address": "broker-1.example.com:9092", "release": "3.7", "protocol": "3.1-IV0", "protocol_is_set": true, "message_format": null}
seconds:
  description: How long the gate was closed.
  returned: always
  type: float
  sample: 14.2
history:
  description: What held the gate up, each with the second from which on it did.
  returned: always
  type: list
  elements: dict
  sample: [{"second": 0.1, "seen": "not registered: broker 2"}, {"second": 8.0, "seen": "everything is as it must be"}]
"""

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.gate import Gate, Goal, brokers_left
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.observing import ClusterEyes
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.waiting import GateWatch

GATE_SPEC: dict[str, dict[str, Any]] = {
    "brokers": {"type": "list", "elements": "int", "required": True},
    "broker": {"type": "int"},
    "release": {"type": "str"},
    "protocol": {"type": "str"},
    "accepted_topics": {"type": "list", "elements": "str", "default": []},
    "balance_leaders": {"type": "bool", "default": False},
    "first": {"type": "int"},
    "wait_timeout": {"type": "float", "default": 600},
}


def gate_from(params: dict[str, Any], check_mode: bool) -> Gate:
    """The gate that the options describe."""
    return Gate(tuple(params["brokers"]), Goal(params["release"], params["protocol"]), params["broker"], frozenset(params["accepted_topics"]),
                params["balance_leaders"] and not check_mode)  # fmt: skip


def told(watch: GateWatch, started: float) -> dict[str, Any]:
    """How the wait went, whether it succeeded or not."""
    return {"seconds": round(time.monotonic() - started, 1), "history": [{"second": second, "seen": text} for second, text in watch.history]}


def main() -> None:
    module = kafka_module(GATE_SPEC)
    with operation_errors(module):
        params, started = module.params, time.monotonic()
        gate = gate_from(params, module.check_mode)
        with open_client(params) as client:
            watch = GateWatch(ClusterEyes(client), gate)
            try:
                seen = watch.wait(params["wait_timeout"], "Look into the log of the broker. Nothing else was touched.")
            except OperationError as error:
                error.partial.update(told(watch, started))
                raise
        left = brokers_left(seen, gate.expected, gate.goal, params["first"])
        brokers = {str(broker): state.as_result() for broker, state in seen.brokers.items()}
        module.exit_json(changed=False, left=left, controller=seen.controller, brokers=brokers, **told(watch, started))


if __name__ == "__main__":
    main()
