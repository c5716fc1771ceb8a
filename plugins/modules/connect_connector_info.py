#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connect_connector_info
short_description: Show the connectors of Kafka Connect, their tasks and why these fail
version_added: 0.1.0
description:
  - Reads all connectors in two requests, however many there are. Nothing is changed.
  - Values that the plugin defines as C(PASSWORD), and those whose key says so, are masked. Placeholders such as C(${file:...}) are shown.
options:
  names:
    description: Names of the connectors to show. All when neither names nor O(pattern) are given.
    type: list
    elements: str
    default: []
  pattern:
    description: Regular expression that matches the whole name of further connectors to show.
    type: str
extends_documentation_fragment:
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: Nothing is changed.
seealso:
  - module: streamops.kafka.connect_connector
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Read all connectors
  streamops.kafka.connect_connector_info:
    url: https://connect.example.com:8083
  register: found

- name: Say why tasks fail
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.tasks | selectattr('trace', 'defined') | map(attribute='trace') | list }}"
  loop: "{{ found.connectors | selectattr('has_failed') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
connectors:
  description: The connectors, by name. One that was asked for by name and does not exist is in RV(missing).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the connector.
      type: str
      sample: orders-to-files
    type:
      description: V(source) or V(sink).
      type: str
      sample: sink
    state:
      description: The state that the worker tells, such as V(running), V(paused), V(stopped), V(failed), V(unassigned).
      type: str
      sample: running
    worker_id:
      description: The worker that it is assigned to.
      type: str
      sample: 10.0.0.1:8083
    config:
      description: Its configuration, secrets masked.
      type: dict
      sample: {"connector.class": "FileStreamSink", "topics": "orders", "consumer.override.sasl.jaas.config": "***"}
    tasks:
      description: Its tasks. One that has failed has the first lines of its C(trace).
      type: list
      elements: dict
      sample: [{"id": 0, "state": "running", "worker_id": "10.0.0.1:8083"}]
    has_failed:
      description: Whether it or one of its tasks has failed.
      type: bool
      sample: false
    group:
      description: The consumer group of a sink, V(null) for a source.
      type: str
      sample: connect-orders-to-files
missing:
  description: Names that were asked for and do not exist.
  returned: success
  type: list
  elements: str
  sample: []
worker_version:
  description: Version of the worker.
  returned: success
  type: str
  sample: 4.3.1
kafka_release:
  description: The release of Kafka that this is. Workers of Confluent tell the version of the platform, V(7.7.1-ccs) is Kafka V(3.7).
  returned: success
  type: str
  sample: "4.3"
kafka_cluster_id:
  description: Id of the Kafka cluster that the worker is on.
  returned: success
  type: str
  sample: ZcSYU2rFSNO_fWYIhEHyDg
"""

import re
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect import versions
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import Connector
from ansible_collections.streamops.kafka.plugins.module_utils.connect.module import connect_module
from ansible_collections.streamops.kafka.plugins.module_utils.connect.report import description
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

INFO_SPEC: dict[str, dict[str, Any]] = {
    "names": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
}


def chosen(connectors: dict[str, Connector], names: list[str], pattern: str | None) -> list[Connector]:
    """Those that are asked for."""
    try:
        compiled = None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise InputError([f"the pattern '{pattern}' is no regular expression: {error}"]) from None
    everything = not names and compiled is None
    return [each for name, each in sorted(connectors.items()) if everything or name in names or (compiled is not None and compiled.fullmatch(name))]


def main() -> None:
    module = connect_module(INFO_SPEC)
    with operation_errors(module):
        worker = Worker.from_params(module.params)
        connectors = worker.connectors()
        found = chosen(connectors, module.params["names"], module.params["pattern"])
        plugins = [each.config.get("connector.class", "") for each in found]
        worker.learn_passwords(plugins)
        module.keep_secret([each.config for each in found], worker.passwords)
        module.exit_json(
            changed=False,
            connectors=[description(each, worker.passwords(plugin)) for each, plugin in zip(found, plugins)],
            missing=sorted(set(module.params["names"]) - set(connectors)),
            worker_version=worker.release,
            kafka_release=versions.shown(worker.version),
            kafka_cluster_id=worker.about.get("kafka_cluster_id"),
        )


if __name__ == "__main__":
    main()
