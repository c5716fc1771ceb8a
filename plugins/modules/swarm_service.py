#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_service
short_description: Update the image and single environment variables of one service of Docker Swarm
version_added: 0.1.0
description:
  - Updates one service and waits until its containers run with the new image and environment. Nothing else of the service is changed.
  - A service of a stack keeps the order of its environment and remembers the new image as the stack does, so that a later C(docker stack deploy
    --resolve-image changed) of a file that says the same restarts nothing. C(docker service update) mixes the order up.
  - When the swarm gives the update up (an image that does not exist, a container that does not stay up), it fails with the error of the task.
options:
  service:
    description: Name of the service, with the name of its stack before it.
    type: str
    required: true
  image:
    description:
      - The image that it is to run. It stays when not given.
      - An image that is only pinned by its digest counts as the same.
    type: str
  env:
    description:
      - Environment variables to set. A variable of V(null) is taken away, others stay.
      - Not for secrets, which C(docker service inspect) would show to everybody who may use it.
    type: dict
    default: {}
  only_env:
    description: Whether O(env) is the whole environment, so that all other variables are taken away.
    type: bool
    default: false
  hostname:
    description: The hostname of its containers. It stays when not given.
    type: str
  wait_timeout:
    description: Seconds to wait until the containers run. The old one may take as long to stop as its C(stop_grace_period) allows.
    type: float
    default: 600
extends_documentation_fragment:
  - streamops.kafka.swarm
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the image, the hostname, and the variables that change or are named.
notes:
  - An image in a private registry is pulled by the nodes with the login that C(docker login) has left where this module runs.
  - Whether the process in the container is well is not looked at. See M(streamops.kafka.kafka_broker_gate).
  - "To recover: run it again with the old image, which RV(before) tells."
seealso:
  - module: streamops.kafka.swarm_service_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Let one broker run another version with the protocol of the old one
  streamops.kafka.swarm_service:
    service: streams_kafka-1
    image: registry.example.com/streams/kafka:7.7.1
    env:
      KAFKA_INTER_BROKER_PROTOCOL_VERSION: "3.1"

- name: Show what would be changed
  streamops.kafka.swarm_service:
    service: streams_kafka-1
    image: registry.example.com/streams/kafka:7.7.1
  check_mode: true
  diff: true
"""

RETURN = r"""
before:
  description: The image, the hostname, and the variables that change or are named, before.
  returned: success
  type: dict
  sample: {"image": "registry.example.com/streams/kafka:7.1.1", "hostname": "", "env": {"KAFKA_INTER_BROKER_PROTOCOL_VERSION": null}}
after:
  description: The image, the hostname, and the variables that change or are named, now.
  returned: success
  type: dict
  sample: {"image": "registry.example.com/streams/kafka:7.7.1", "hostname": "", "env": {"KAFKA_INTER_BROKER_PROTOCOL_VERSION": "3.1"}}
tasks:
  description: The containers of the service.
  returned: when the swarm gave the update up
  type: list
  elements: dict
  sample: [{"id": "k3w9", "state": "rejected", "node": "dock-01", "image": "kafka:7.7.9", "error": "No such image: kafka:7.7.9"}]
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import is_secret
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.swarm.client import SWARM_SPEC, open_swarm
from ansible_collections.streamops.kafka.plugins.module_utils.swarm.services import Wish, plan_update, shown

SERVICE_SPEC: dict[str, dict[str, Any]] = {
    **SWARM_SPEC,
    "service": {"type": "str", "required": True},
    "image": {"type": "str"},
    "env": {"type": "dict", "default": {}},
    "only_env": {"type": "bool", "default": False},
    "hostname": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 600},
}


def main() -> None:
    module = EnumModule(argument_spec=SERVICE_SPEC, supports_check_mode=True)
    params = module.params
    module.no_log_values.update(str(value) for name, value in params["env"].items() if is_secret(name) and value not in (None, ""))
    with operation_errors(module), open_swarm(params) as swarm:
        wish = Wish(params["image"], {name: None if value is None else str(value) for name, value in params["env"].items()},
                    params["only_env"], params["hostname"])
        service = swarm.service(params["service"])
        plan = plan_update(service, wish)
        if plan and not module.check_mode:
            swarm.update(params["service"], wish, params["wait_timeout"])
        change = next(iter(plan), None)
        before, after = (change.before, change.after) if change else (shown(service, wish), shown(service, wish))
        module.exit_json(changed=bool(plan), diff=plan.diff(), before=before, after=after)


if __name__ == "__main__":
    main()
