#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_drift
short_description: Tell before producers resume whether Debezium would write keys with other schemas
version_added: 0.1.0
description:
  - For each subject of keys that a Debezium connector has written, tells whether the connector with its new configuration would register another schema.
    It asks the registry and changes nothing.
  - "B(Why it matters.) A serialized key begins with the id of its schema. Another name of the schema (a dash where there was an underscore) is another
    schema with another id. So the same key gets other bytes and goes to B(another partition), and order and compaction of all keys are lost. No
    compatibility level stops it, because of a record's name only the last part is compared, which is C(Key)."
  - "B(How the new schema is known.) By its name: C(PREFIX.TABLE.Key), as Debezium makes it from C(topic.prefix) (C(database.server.name) before 2.0),
    the table, and C(schema.name.adjustment.mode), whose default was C(avro) before 2.0 and is C(none) since. Transforms that route records do not
    change it. The rest of the schema is taken to stay as it is."
  - Where a rehearsal has run (O(connectors[].rehearsal_prefix)), what it really registered is taken, with the real prefix in place of the rehearsal's. That
    also shows fields that a new version describes differently.
  - A subject is V(verified), V(failed) or V(not_checked), never the first for the last. Where a name is the same but settings differ that shape keys
    (C(message.key.columns), C(decimal.handling.mode), C(key.converter), transforms, ...), it is V(not_checked).
options:
  connectors:
    description: The connectors, with their configurations as Connect has them. Of these, only names and settings of keys are looked at.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the connector, for the result.
        type: str
        required: true
      before:
        description: The configuration with which the registered schemas were written.
        type: dict
        required: true
      after:
        description: The configuration that is about to run.
        type: dict
        required: true
      rehearsal_prefix:
        description: The C(topic.prefix) of a rehearsal of O(connectors[].after) that has written into the same registry.
        type: str
  subject_pattern:
    description: Regular expression that matches the whole name of the subjects of keys.
    type: str
    default: .*(-key|\.Key)
  fail_on_drift:
    description: Whether a subject that is V(failed) fails the task. What is V(not_checked) does not.
    type: bool
    default: true
extends_documentation_fragment:
  - streamops.kafka.registry
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It never changes anything.
  diff_mode:
    support: full
    details: Shows the schemas side by side that would differ.
notes:
  - For Avro, and for JSON Schema where it has a C(title). A key without a schema in the registry cannot be looked at.
seealso:
  - module: streamops.kafka.schema_registry_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Rewrite the configuration
  ansible.builtin.set_fact:
    upgrade: "{{ old_config | streamops.kafka.debezium_upgrade(target='3.0') }}"

- name: Stop when keys would go to other partitions
  streamops.kafka.schema_drift:
    url: https://registry.example.com:8081
    connectors:
      - name: cdc-orders
        before: "{{ old_config }}"
        after: "{{ upgrade.config }}"
  check_mode: true  # the same as without
  diff: true

- name: Only look, with what a rehearsal has written
  streamops.kafka.schema_drift:
    url: https://registry.example.com:8081
    connectors:
      - name: cdc-orders
        before: "{{ old_config }}"
        after: "{{ upgrade.config }}"
        rehearsal_prefix: rehearsal-cdc-orders
    fail_on_drift: false
  register: drift
"""

RETURN = r"""
subjects:
  description: A finding for each subject of keys, and one with an empty C(subject) for each connector that has none.
  returned: always
  type: list
  elements: dict
  contains:
    connector:
      description: Name of the connector.
      type: str
      sample: cdc-orders
    subject:
      description: Name of the subject.
      type: str
      sample: cdc-orders.shop.orders-key
    state:
      description: V(verified) (the same schema), V(failed) (another one) or V(not_checked).
      type: str
      sample: failed
    reason:
      description: Why.
      type: str
      sample: "the same name, but other fields: the new version describes the key differently"
    how:
      description: V(derived) from the settings, or V(observed) in a rehearsal.
      type: str
      sample: derived
    id:
      description: Id of the schema before.
      type: int
      sample: 17
    new_id:
      description: Id of the schema to come, where it is registered already.
      type: int
      sample: null
    before:
      description: The schema before.
      type: raw
      sample: {"type": "record", "name": "Key", "namespace": "cdc_orders.shop.orders", "fields": []}
    after:
      description: The schema to come.
      type: raw
      sample: {"type": "record", "name": "Key", "namespace": "cdc-orders.shop.orders", "fields": []}
    keep:
      description: The settings that keep the schema. Empty when none does, or none is needed.
      type: dict
      sample: {"schema.name.adjustment.mode": "avro"}
  sample: []
summary:
  description: How many subjects are in which state.
  returned: always
  type: dict
  sample: {"verified": 3, "failed": 1, "not_checked": 0}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.registry.api import Registry, RegistryModule, registry_module
from ansible_collections.streamops.kafka.plugins.module_utils.registry.drift import Connector, Finding, judge, problems
from ansible_collections.streamops.kafka.plugins.module_utils.registry.drift_client import read_key_subjects
from ansible_collections.streamops.kafka.plugins.module_utils.registry.key_names import settings_from

# The configurations are kept out of the log as a whole: which of their values are secret, only the plugin knows.
CONNECTOR_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "before": {"type": "dict", "required": True, "no_log": True},
    "after": {"type": "dict", "required": True, "no_log": True},
    "rehearsal_prefix": {"type": "str"},
}
DRIFT_SPEC: dict[str, dict[str, Any]] = {
    "connectors": {"type": "list", "elements": "dict", "required": True, "options": CONNECTOR_SPEC},
    "subject_pattern": {"type": "str", "default": r".*(-key|\.Key)"},
    "fail_on_drift": {"type": "bool", "default": True},
}


def connectors_of(module: RegistryModule) -> list[Connector]:
    """The connectors, reduced to what decides about keys.

    That is no secret and must be readable in the result, where Ansible would blacken every word that stands in a configuration.
    So the configurations themselves are taken out of what a module returns.
    """
    given = module.params["connectors"]
    module.params["connectors"] = [{"name": each["name"]} for each in given]
    module.no_log_values = {module.params["url_password"]} - {None, ""}
    return [Connector(each["name"], settings_from(each["before"]), settings_from(each["after"]), each.get("rehearsal_prefix") or "") for each in given]


def drift_error(findings: list[Finding]) -> OperationError | None:
    """What to say when keys would change, with the settings that keep them."""
    failed = [finding for finding in findings if finding.state == "failed"]
    if not failed:
        return None
    lines = [f"{finding.subject} ({finding.connector}): {finding.reason}" for finding in failed]
    keep = sorted({f"{finding.connector}: {key}={value}" for finding in failed for key, value in finding.keep.items()})
    advice = f"These settings keep the schemas: {', '.join(keep)}." if keep else "No setting of the names keeps them: producers must not resume with this."
    return OperationError("keep the schemas of keys, nothing was changed", answered="; ".join(lines), advice=advice)


def diff_of(findings: list[Finding]) -> dict[str, str]:
    """Both schemas of each subject that would change."""
    return Plan(tuple(
        Change(f"{each.connector}: {each.subject}", "altered", {"schema": each.before.shown()}, {"schema": each.after.shown()})
        for each in findings if each.state == "failed" and each.before is not None and each.after is not None)).diff()


def main() -> None:
    module = registry_module(DRIFT_SPEC)
    with operation_errors(module):
        connectors = connectors_of(module)
        wrong = problems(connectors)
        if wrong:
            raise InputError(wrong)
        registry = Registry.from_params(module.params)
        findings = judge(connectors, read_key_subjects(registry, module.params["subject_pattern"]))
        result = {
            "changed": False,
            "subjects": [finding.as_result() for finding in findings],
            "summary": {state: sum(1 for each in findings if each.state == state) for state in ("verified", "failed", "not_checked")},
            "diff": diff_of(findings),
        }
        error = drift_error(findings) if module.params["fail_on_drift"] else None
        if error:
            error.partial.update(result)
            raise error
        module.exit_json(**result)


if __name__ == "__main__":
    main()
