#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_broker_replace
short_description: Replace a broker of a Strimzi cluster whose volume is lost
version_added: 0.1.0
description:
  - For a broker on a local volume whose node is gone. Its pod waits for this volume for ever, because neither Kubernetes nor the operator can tell a node
    that is gone from one that is being repaired.
  - Asks the cluster operator to delete pod and volume claims by its own annotation C(strimzi.io/delete-pod-and-pvc), removes the volumes that
    O(remove_volumes) names, and waits until the new pod is Ready and all its replicas are in sync again.
  - B(All replicas on the broker are lost.) It is refused when the pod is Ready, when nothing shows that the volume is lost, when a partition has no
    other replica in sync, and when the cluster's controllers have no majority without the pod.
  - What is done is recorded in the annotation C(streamops.kafka/broker-replace) of the Kafka resource before. The next run goes on with it.
options:
  cluster:
    description: Name of the Kafka resource.
    type: str
    required: true
  pod:
    description: Name of the broker's pod.
    type: str
    required: true
  remove_volumes:
    description:
      - Names of the pod's PersistentVolumes whose objects are removed once their claims are gone. It is a confirmation - none is removed that is not
        named here.
      - Local volumes stay behind as C(Released) otherwise, and nothing can use them.
    type: list
    elements: str
    default: []
  assume_volume_lost:
    description: Go on though nothing shows that the volumes are lost, for example because their node is still known to Kubernetes.
    type: bool
    default: false
  accept_data_loss:
    description: Go on though partitions have no other replica in sync. Their records are lost for good.
    type: bool
    default: false
  listener:
    description: Name of the listener by which partitions are looked at. Not needed when the cluster has only one.
    type: str
  user:
    description: KafkaUser that looks at them. It must be a super user, as partitions that it may not see would count as safe.
    type: str
  bootstrap_servers:
    description: Address of that listener as seen from where this task runs, when the one in the status cannot be reached from there.
    type: str
  wait_timeout:
    description: Seconds for each of the steps - claims gone, new pod Ready, replicas in sync.
    type: float
    default: 3600
  request_timeout:
    description: Seconds for a request to Kafka.
    type: float
    default: 30
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Makes all checks, and the API server tries the requests (a dry run).
  diff_mode:
    support: full
requirements:
  - confluent-kafka
notes:
  - Not run against Strimzi's operators in this project's tests. There a labelled stand-in replaces real pods and claims when it sees the annotation, and
    the broker that loses its disk is a real one.
  - The Kubernetes user needs C(get) and C(patch) on C(kafkas), C(list) and C(patch) on C(pods), C(get) on C(persistentvolumeclaims) and the Secrets of CA and
    user; for the whole cluster C(get) and C(delete) on C(persistentvolumes), and C(list) on C(nodes).
  - "To recover from a run that was killed or timed out: run it again with the same pod. C(kubectl annotate kafka NAME streamops.kafka/broker-replace-)
    forgets it. The replicas that were on the lost volume come back from the other brokers, nothing else brings them back."
seealso:
  - module: streamops.kafka.strimzi_rolling_restart
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: See what speaks against replacing the broker
  streamops.kafka.strimzi_broker_replace:
    namespace: kafka
    cluster: experiment
    pod: experiment-brokers-2
    listener: scram
    user: admin
  check_mode: true

- name: Replace the broker whose node is gone
  streamops.kafka.strimzi_broker_replace:
    namespace: kafka
    cluster: experiment
    pod: experiment-brokers-2
    remove_volumes: [local-pv-7c1d]
    listener: scram
    user: admin
"""

RETURN = r"""
pod:
  description: The pod.
  returned: success, and when it was not done in time
  type: str
  sample: experiment-brokers-2
node:
  description: Id of the Kafka node.
  returned: success, and when it was not done in time
  type: int
  sample: 2
resumed:
  description: Whether an earlier run was gone on with.
  returned: success, and when it was not done in time
  type: bool
  sample: false
volumes:
  description: The volumes that the pod had, why they counted as lost, and whether their objects were removed.
  returned: success, and when it was not done in time
  type: list
  elements: dict
  sample:
    - {claim: data-experiment-brokers-2, volume: local-pv-7c1d, state: lost, reason: "its node worker-3 does not exist any more", removed: true}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.replacing import Outcome, Replacement

REPLACE_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "pod": {"type": "str", "required": True},
    "remove_volumes": {"type": "list", "elements": "str", "default": []},
    "assume_volume_lost": {"type": "bool", "default": False},
    "accept_data_loss": {"type": "bool", "default": False},
    "listener": {"type": "str"},
    "user": {"type": "str"},
    "bootstrap_servers": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 3600},
    "request_timeout": {"type": "float", "default": 30},
}


def plan_of(replacement: Replacement) -> Plan:
    """Pod, claims and confirmed volumes, as changes."""
    record = replacement.record
    changes = [Change(record.pod, "replaced", {"pod": record.uid}, {"pod": "a new one"})]
    changes += [Change(each.claim, "replaced", {"volume": each.name}, {"volume": "a new one"}) for each in record.volumes]
    return Plan((*changes, *(Change(name, "deleted", {"volume": name}, None) for name in record.remove)))


def main() -> None:
    module = EnumModule(argument_spec=REPLACE_SPEC, supports_check_mode=True)
    with operation_errors(module):
        replacement = Replacement(open_strimzi(module.params), module.params)
        diff = plan_of(replacement).diff()
        if module.check_mode:
            replacement.try_out()
            outcome = Outcome(replacement.record, replacement.is_resumed, dict.fromkeys(replacement.record.remove, "removed"))
        else:
            outcome = replacement.run()
        module.exit_json(changed=True, diff=diff, **outcome.as_result())


if __name__ == "__main__":
    main()
