#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_registry_info
short_description: Look at the subjects of a schema registry
version_added: 0.1.0
description:
  - Returns subjects with their versions, ids, schemas, references and compatibility levels, as one dictionary. It changes nothing.
  - What it returns is enough to register everything again with M(streamops.kafka.schema_registry_subject).
options:
  subjects:
    description: Names of subjects. Those that do not exist are left out of the result. All subjects when neither this nor O(pattern) is given.
    type: list
    elements: str
  pattern:
    description: Regular expression that matches the whole name of further subjects.
    type: str
  latest_only:
    description: Whether only the newest version of each subject is read.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait until all of O(subjects) exist, which they do when producers have registered their first schemas. Progress is shown every 10 seconds.
      - It does not wait with V(0), and it fails when the time is over.
    type: float
    default: 0
extends_documentation_fragment:
  - streamops.kafka.registry
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It never changes anything.
  diff_mode:
    support: none
seealso:
  - module: streamops.kafka.schema_registry_subject
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look at all subjects of one connector
  streamops.kafka.schema_registry_info:
    url: https://registry.example.com:8081
    pattern: cdc-orders\..*
  register: registry

- name: Show their newest ids
  ansible.builtin.debug:
    msg: "{{ registry.subjects | dict2items | json_query('[].{subject: key, id: value.versions[-1].id}') }}"

- name: Look in check mode, which is the same
  streamops.kafka.schema_registry_info:
    url: https://registry.example.com:8081
    subjects: [orders-value]
    latest_only: true
  check_mode: true

- name: Wait until a producer has registered its schema
  streamops.kafka.schema_registry_info:
    url: https://registry.example.com:8081
    subjects: [orders-value]
    wait_timeout: 600
"""

RETURN = r"""
subjects:
  description: The subjects by name.
  returned: success
  type: dict
  sample:
    orders-value:
      compatibility: backward
      versions:
        - {version: 1, id: 12, schema_type: avro, schema: '{"type":"string"}', references: []}
soft_deleted:
  description: Names of subjects that are deleted softly. V(null) when the registry does not tell.
  returned: success
  type: list
  elements: str
  sample: [former-value]
compatibility:
  description: The level of the registry.
  returned: success
  type: str
  sample: backward
mode:
  description: V(readwrite), V(readonly) or V(import). V(null) where the registry has no modes.
  returned: success
  type: str
  sample: readwrite
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.registry.api import Registry, registry_module
from ansible_collections.streamops.kafka.plugins.module_utils.registry.info import chosen, describe
from ansible_collections.streamops.kafka.plugins.module_utils.wait import wait_until

INFO_SPEC: dict[str, dict[str, Any]] = {
    "subjects": {"type": "list", "elements": "str"},
    "pattern": {"type": "str"},
    "latest_only": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 0},
}
ADVICE = "A subject gets its schema with the first record of its topic. Where nothing is written, write something or wait longer."


def wait_for(registry: Registry, names: list[str], timeout: float) -> None:
    """Until all of these subjects exist."""

    def missing() -> list[str]:
        return sorted(set(names) - set(registry.subjects()))

    def shown(names: list[str]) -> str:
        return f"{len(names)} subjects are not there yet: {', '.join(names[:3])}" + (" ..." if len(names) > 3 else "")

    wait_until("see the subjects registered", missing, lambda names: not names, timeout, str(registry.rest.url), shown, ADVICE, longest_interval=5,
               progress=Progress("schema_registry_info"))


def main() -> None:
    module = registry_module(INFO_SPEC)
    with operation_errors(module):
        registry = Registry.from_params(module.params)
        if module.params["wait_timeout"] > 0:
            wait_for(registry, module.params["subjects"] or [], module.params["wait_timeout"])
        names = chosen(registry, module.params["subjects"], module.params["pattern"])
        module.exit_json(
            changed=False,
            subjects=describe(registry, names, module.params["latest_only"]),
            soft_deleted=sorted(set(registry.subjects(deleted=True)) - set(registry.subjects())),
            compatibility=registry.compatibility(),
            mode=registry.mode(),
        )


if __name__ == "__main__":
    main()
