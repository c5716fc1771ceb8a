#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_service_info
short_description: Show services of Docker Swarm, their images and containers
version_added: 0.1.0
description:
  - Reads services by name. Nothing is changed.
options:
  services:
    description: Names of the services, with the name of their stack before them.
    type: list
    elements: str
    required: true
  env:
    description: Names of environment variables that are shown. Others may hold secrets and are not.
    type: list
    elements: str
    default: []
  images:
    description: Images of which RV(missing_images) tells whether they can be had.
    type: list
    elements: str
    default: []
  compare:
    description:
      - What services are to be, by name, each with C(image), C(env) (all of it) and C(hostname). RV(differing) tells which are not.
      - Nothing of it is returned.
    type: dict
    default: {}
extends_documentation_fragment:
  - streamops.kafka.swarm
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is changed in any mode.
  diff_mode:
    support: N/A
    details: Nothing is changed in any mode.
seealso:
  - module: streamops.kafka.swarm_service
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look at the brokers
  streamops.kafka.swarm_service_info:
    services: [streams_kafka-1, streams_kafka-2]
    env: [KAFKA_INTER_BROKER_PROTOCOL_VERSION]
  register: brokers
"""

RETURN = r"""
services:
  description: The services that exist, by name.
  returned: success
  type: dict
  contains:
    image:
      description: Its image, without a digest.
      type: str
      sample: registry.example.com/streams/kafka:7.1.1
    env:
      description: The variables that were asked for. V(null) is one that is not set.
      type: dict
      sample: {"KAFKA_INTER_BROKER_PROTOCOL_VERSION": null}
    stop_grace_seconds:
      description: Seconds that its container may take to stop before it is killed.
      type: float
      sample: 300.0
    update_state:
      description: How its last update ended. Empty when there was none.
      type: str
      sample: completed
    tasks:
      description: The containers that the swarm wants.
      type: list
      elements: dict
      sample: [{"id": "k3w9", "state": "running", "node": "dock-01", "image": "registry.example.com/streams/kafka:7.1.1", "error": ""}]
missing_images:
  description: Of O(images) those that neither the engine at O(docker_host) has nor their registry. Other nodes are not asked.
  returned: success
  type: list
  elements: str
  sample: []
differing:
  description: Names of the services in O(compare) that are not what it says, or do not exist.
  returned: success
  type: list
  elements: str
  sample: []
missing:
  description: Names of services that do not exist.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import is_secret
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.swarm.client import SWARM_SPEC, open_swarm
from ansible_collections.streamops.kafka.plugins.module_utils.swarm.services import (
    Service, Task, Wish, differs, shown, without_digest)  # fmt: skip

DOCKERS_GRACE = 10.0  # seconds, where a service says nothing
INFO_SPEC: dict[str, dict[str, Any]] = {
    **SWARM_SPEC,
    "services": {"type": "list", "elements": "str", "required": True},
    "env": {"type": "list", "elements": "str", "default": []},
    "images": {"type": "list", "elements": "str", "default": []},
    "compare": {"type": "dict", "default": {}},
}


def told(service: Service, tasks: list[Task], names: list[str]) -> dict[str, Any]:
    """One service as it is returned."""
    return {
        "image": without_digest(service.image), "env": shown(service, Wish(None, dict.fromkeys(names)))["env"],
        "stop_grace_seconds": DOCKERS_GRACE if service.stop_grace_seconds is None else service.stop_grace_seconds, "update_state": service.update_state,
        "tasks": [task.as_result() for task in tasks if task.wanted_state == "running"],
    }  # fmt: skip


def main() -> None:
    module = EnumModule(argument_spec=INFO_SPEC, supports_check_mode=True)
    compare = module.params["compare"]
    module.no_log_values.update(
        str(value) for each in compare.values() for name, value in (each.get("env") or {}).items() if is_secret(name) and value not in (None, ""))
    with operation_errors(module), open_swarm(module.params) as swarm:
        names = module.params["services"]
        found = swarm.services(names)
        tasks = swarm.tasks(list(found))
        module.exit_json(changed=False, services={name: told(service, tasks[name], module.params["env"]) for name, service in found.items()},
                         missing=[name for name in names if name not in found], missing_images=swarm.lacks(module.params["images"]),
                         differing=[name for name, wanted in compare.items() if name not in found or differs(found[name], wanted)])


if __name__ == "__main__":
    main()
