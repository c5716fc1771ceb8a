#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_registry_subject
short_description: Register schemas, set compatibility levels and delete subjects of a schema registry
version_added: 0.1.0
description:
  - Brings a list of subjects into the wanted state. Subjects that are not named stay as they are.
  - Schemas that refer to each other may be given in any order. Each is registered after those that it refers to, and deleted before them.
  - A schema that the subject has already, in this or an older version, is no change. White space and the order of keys do not count.
  - Everything that the registry would refuse is found before anything is touched, and listed at once. That are schemas that the compatibility forbids,
    references that lead nowhere or in a circle, and subjects that others refer to.
  - "B(Deletion.) A subject is deleted softly. It is no longer listed, and records that were written with its schemas can still be read. With O(permanent) its
    schemas are gone, and B(records that were written with them can never be read again), unless another subject has the same schemas."
options:
  subjects:
    description: The subjects. A plain name stands for a dictionary with only C(name).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the subject, such as V(orders-value).
        type: str
        required: true
      schema:
        description: The schema, as text or, for Avro and JSON Schema, as a structure. The versions stay as they are when not given.
        type: raw
      schema_type:
        description: The language of the schema.
        type: str
        choices: [avro, json, protobuf]
        default: avro
      references:
        description: Types of other subjects that the schema uses.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: The name by which the schema uses it, such as V(com.example.Address).
            type: str
            required: true
          subject:
            description: The subject that has it.
            type: str
            required: true
          version:
            description: Its version. The newest when not given, also one that this call registers.
            type: int
      compatibility:
        description: As the module's O(compatibility), which it is when not given.
        type: str
        choices: [none, backward, backward_transitive, forward, forward_transitive, full, full_transitive, inherit]
      state:
        description: As the module's O(state), which it is when not given.
        type: str
        choices: [present, absent]
      permanent:
        description: As the module's O(permanent), which it is when not given.
        type: bool
  pattern:
    description:
      - Regular expression that matches the whole name of further subjects. Empty and match-all patterns are refused.
      - For O(state=absent), and to set the O(compatibility) of many.
    type: str
  state:
    description: Whether the subjects should exist.
    type: str
    choices: [present, absent]
    default: present
  permanent:
    description:
      - Whether subjects that should be absent are deleted permanently. The registry demands that they are deleted softly before; that is done, too.
      - Soft-deleted subjects of these names are deleted permanently as well.
      - Records in topics that were written with these schemas become unreadable. There is no way back but to register the same schemas, which get new ids.
    type: bool
    default: false
  compatibility:
    description:
      - The compatibility level of the subjects. V(inherit) removes it, so that they have the registry's.
      - An existing subject gets it before its new schema is registered, which is then judged by it.
    type: str
    choices: [none, backward, backward_transitive, forward, forward_transitive, full, full_transitive, inherit]
  global_compatibility:
    description: The compatibility level of the registry itself, which all subjects have that have none of their own.
    type: str
    choices: [none, backward, backward_transitive, forward, forward_transitive, full, full_transitive]
extends_documentation_fragment:
  - streamops.kafka.registry
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: What the registry would refuse is refused in check mode, too. Ids and numbers of versions that do not exist yet are not predicted.
  diff_mode:
    support: full
seealso:
  - module: streamops.kafka.schema_registry_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Register a schema
  streamops.kafka.schema_registry_subject:
    url: https://registry.example.com:8081
    subjects:
      - name: orders-value
        schema: "{{ lookup('ansible.builtin.file', 'order.avsc') }}"

- name: Show what would be registered, and change nothing
  streamops.kafka.schema_registry_subject:
    url: https://registry.example.com:8081
    subjects:
      - name: customers-value
        schema:
          type: record
          name: Customer
          namespace: com.example
          fields:
            - {name: address, type: com.example.Address}
        references:
          - {name: com.example.Address, subject: address}
      - name: address
        schema: {type: record, name: Address, namespace: com.example, fields: [{name: street, type: string}]}
        compatibility: full
  check_mode: true
  diff: true

- name: Delete subjects softly
  streamops.kafka.schema_registry_subject:
    url: https://registry.example.com:8081
    pattern: experiment-.*-(key|value)
    state: absent
  register: deleted

# How to recover: what was deleted softly comes back with its old id when the same text is registered again.
- name: Bring one back
  streamops.kafka.schema_registry_subject:
    url: https://registry.example.com:8081
    subjects:
      - name: experiment-1-value
        schema: "{{ (deleted.subjects | selectattr('name', 'eq', 'experiment-1-value') | first).before.schema_text }}"

- name: Set the level of the registry and of one subject
  streamops.kafka.schema_registry_subject:
    url: https://registry.example.com:8081
    url_username: admin
    url_password: "{{ registry_password }}"
    global_compatibility: backward
    subjects: [orders-value]
    compatibility: full_transitive
"""

RETURN = r"""
subjects:
  description: Each subject that was asked for. One that could not be changed has the action V(failed) or V(not_attempted) and a C(reason).
  returned: success, and when only some subjects could be changed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the subject.
      type: str
      sample: orders-value
    action:
      description:
        - What was done, or would be in check mode. One of V(created), V(registered) (a new version), V(altered) (only the compatibility), V(deleted),
          V(permanently_deleted), V(unchanged), V(absent), V(failed), V(not_attempted).
      type: str
      sample: registered
    version:
      description: The version that has the wanted schema, V(null) where none was given, and in check mode where it does not exist yet.
      type: int
      sample: 2
    id:
      description: The id of the wanted schema.
      type: int
      sample: 17
    versions:
      description: All versions of the subject.
      type: list
      elements: int
      sample: [1, 2]
    ids:
      description: Their ids.
      type: list
      elements: int
      sample: [12, 17]
    before:
      description: The subject before, V(null) when it did not exist. C(schema) and C(schema_text) are those of the newest version.
      type: dict
      sample: {"versions": [1], "ids": [12], "compatibility": "backward", "schema": {"type": "string"}, "schema_text": '{"type":"string"}'}
    after:
      description: The subject after, V(null) when it does not exist any more.
      type: dict
      sample: {"compatibility": "backward", "schema": {"type": "string"}}
    removed_versions:
      description: The versions that were deleted. Only with O(state=absent).
      type: list
      elements: int
      sample: []
    removed_ids:
      description: Ids that no longer lead to a schema, unless another subject has the same one. Only for what was deleted permanently.
      type: list
      elements: int
      sample: [12, 17]
  sample:
    - name: orders-value
      action: registered
      version: 2
      id: 17
      versions: [1, 2]
      ids: [12, 17]
      before: {"versions": [1], "ids": [12], "compatibility": "backward", "schema": {"type": "string"}, "schema_text": '{"type":"string"}'}
      after: {"compatibility": "backward", "schema": {"type": "string"}}
global_compatibility:
  description: The level of the registry. V(null) when it does not tell.
  returned: success
  type: str
  sample: backward
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.registry.api import Registry, registry_module
from ansible_collections.streamops.kafka.plugins.module_utils.registry.schemas import TYPES
from ansible_collections.streamops.kafka.plugins.module_utils.registry.subjects import (
    INHERIT,
    LEVELS,
    State,
    WantedSubject,
    input_problems,
    plan_subjects,
    state_problems,
    wanted_subjects,
)
from ansible_collections.streamops.kafka.plugins.module_utils.registry.subjects_client import (
    apply_plan,
    as_results,
    failure,
    matching_subjects,
    read_again,
    read_state,
)

STATES = ["present", "absent"]
REFERENCE_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "subject": {"type": "str", "required": True},
    "version": {"type": "int"},
}
ONE_SUBJECT: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "schema": {"type": "raw"},
    "schema_type": {"type": "str", "choices": list(TYPES), "default": "avro"},
    "references": {"type": "list", "elements": "dict", "default": [], "options": REFERENCE_SPEC},
    "compatibility": {"type": "str", "choices": [*LEVELS, INHERIT]},
    "state": {"type": "str", "choices": STATES},
    "permanent": {"type": "bool"},
}
SUBJECT_SPEC: dict[str, dict[str, Any]] = {
    "subjects": {"type": "list", "elements": "dict", "default": [], "options": ONE_SUBJECT},
    "pattern": {"type": "str"},
    "state": {"type": "str", "choices": STATES, "default": "present"},
    "permanent": {"type": "bool", "default": False},
    "compatibility": {"type": "str", "choices": [*LEVELS, INHERIT]},
    "global_compatibility": {"type": "str", "choices": list(LEVELS)},
}


def decide_whom(registry: Registry, params: dict[str, Any]) -> list[WantedSubject]:
    """The subjects that are asked for, after everything that is wrong with the request was said."""
    problems = input_problems(wanted_subjects(params), params["pattern"])
    if not params["subjects"] and params["pattern"] is None and params["global_compatibility"] is None:
        problems.append("name subjects, a pattern or global_compatibility")
    if params["pattern"] is not None and params["state"] == "present" and params["compatibility"] is None:
        problems.append("a pattern with state=present needs a compatibility: there is nothing else to set")
    if problems:
        raise InputError(problems)
    permanent = params["state"] == "absent" and params["permanent"]
    return wanted_subjects(params, matching_subjects(registry, params["pattern"], permanent) if params["pattern"] is not None else ())


def carry_out(registry: Registry, wanted: list[WantedSubject], state: State, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """The result of the module; what failed is raised, together with it."""
    plan = plan_subjects(wanted, state, params["global_compatibility"])
    outcomes = {} if check_mode else apply_plan(registry, plan, wanted, state)
    changed_names = [name for name, outcome in outcomes.items() if name and outcome.action != "not_attempted"]
    rows = as_results(wanted, state, plan, outcomes, read_again(registry, changed_names))
    result = {
        "changed": any(not outcome.reason for outcome in outcomes.values()) if outcomes else bool(plan),
        "subjects": rows,
        "global_compatibility": params["global_compatibility"] or state.global_compatibility,
        "diff": plan.diff(),
    }
    error = failure(outcomes)
    if error:
        error.partial.update(result)
        raise error
    return result


def main() -> None:
    module = registry_module(SUBJECT_SPEC)
    with operation_errors(module):
        registry = Registry.from_params(module.params)
        wanted = decide_whom(registry, module.params)
        state = read_state(registry, wanted)
        problems = state_problems(wanted, state.subjects)
        if problems:
            raise InputError(problems)
        result = carry_out(registry, wanted, state, module.params, module.check_mode)
        permanent = [row["name"] for row in result["subjects"] if row["action"] == "permanently_deleted"]
        if permanent:
            module.warn(f"Deleted permanently: {', '.join(permanent)}. Records that were written with these schemas can no longer be read.")
        module.exit_json(**result)


if __name__ == "__main__":
    main()
