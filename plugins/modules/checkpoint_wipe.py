#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint_wipe
short_description: Empty the checkpoint directories of systems
version_added: 0.1.0
description:
  - Removes everything below C(directory/system) for each system, and keeps these directories themselves with their owner and mode.
    Stream processors and experiments keep there how far they have got; after a reset of the system that must go as well.
  - Nothing outside of O(directory) is ever removed. Symbolic links are removed and never followed, not even when somebody swaps a directory for a link
    while the module runs. A system's directory that is itself a link is refused, and so are names that are not those of one directory.
  - It stays on the file system of O(directory), unless O(cross_filesystems) is set. What is mounted below it, also by a bind mount, is refused.
  - Everything is counted before anything is removed. What cannot be removed (a missing right, a mount) is listed, and nothing is touched then.
  - An empty directory is left alone, so a second run changes nothing. What does not exist is reported as V(absent).
  - A run that is killed is completed by the next one.
options:
  directory:
    description:
      - The directory that holds one directory for each system. Absolute, and not one of the machine's own (V(/), V(/etc), V(/var) and the like).
      - A link may lead to it.
    type: path
    required: true
  systems:
    description: Names of the directories right below O(directory) to empty, each without a slash.
    type: list
    elements: str
    required: true
  cross_filesystems:
    description: Whether the directories of the systems, and what is in them, may be on other file systems or mounted.
    type: bool
    default: false
  must_exist:
    description: Fail when the directory of a system does not exist.
    type: bool
    default: false
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Counts everything that would be removed, exactly, and checks the rights of the user.
  diff_mode:
    support: full
    details: Shows the number of entries of each kind, before and after.
notes:
  - Works on the host of the task, with the rights of its user.
  - Memory does not depend on the number of files. Two files are kept open for each directory on the way down, so the limit of open files bounds the depth.
  - Shows progress while it runs.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Empty the checkpoints of two systems
  streamops.kafka.checkpoint_wipe:
    directory: /srv/experiment/checkpoints
    systems: [kafka, mariadb]

- name: Show what would be removed, and remove nothing
  streamops.kafka.checkpoint_wipe:
    directory: /srv/experiment/checkpoints
    systems: [kafka]
  check_mode: true
  diff: true

- name: Empty a directory into which a volume is mounted
  streamops.kafka.checkpoint_wipe:
    directory: /srv/experiment/checkpoints
    systems: [clickhouse]
    cross_filesystems: true
"""

RETURN = r"""
removed:
  description:
    - What was removed, or would be removed in check mode, by kind, over all systems. C(other_entries) are sockets, pipes and devices.
    - C(bytes) are the sizes of the files. A file with several names counts for each of them.
  returned: when the directories could be read
  type: dict
  sample: {"files": 120, "directories": 3, "links": 1, "bytes": 48210}
state:
  description: V(absent) when none of the directories exists, V(failed) when one was not emptied, else V(reset).
  returned: when the directories could be read
  type: str
  sample: reset
systems:
  description: Each system.
  returned: when the directories could be read
  type: list
  elements: dict
  contains:
    name:
      description: Name of the system.
      type: str
      sample: kafka
    state:
      description: V(ok), V(absent) or V(failed).
      type: str
      sample: ok
    removed:
      description: As RV(removed), for this system. Of a failed one, what was removed all the same.
      type: dict
      sample: {"files": 120, "directories": 3, "links": 1, "bytes": 48210}
    verified:
      description: As RV(verified), for this system.
      type: str
      sample: verified
    stayed:
      description: What could not be removed, at most 50 of them, with C(path) below the system's directory and C(reason).
      type: list
      elements: dict
      sample: []
    stayed_count:
      description: How many could not be removed.
      type: int
      sample: 0
    error:
      description: Why it failed.
      returned: when it failed
      type: str
      sample: "1 entry cannot be removed: run/lock (Operation not permitted)"
  sample:
    - name: kafka
      state: ok
      removed: {"files": 120, "directories": 3, "links": 1, "bytes": 48210}
      verified: verified
      stayed: []
      stayed_count: 0
verified:
  description:
    - Each directory was counted again. V(verified) when all are empty, V(failed) when one is not, V(not_checked) when one could not be read again,
      in check mode, and when there is nothing to check.
  returned: when the directories could be read
  type: str
  sample: verified
seconds:
  description: How long it took.
  returned: when the directories could be read
  type: float
  sample: 0.031
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.files.wipe import (
    FAILED,
    Outcome,
    apply,
    failure,
    foreseen,
    opened,
    plan,
    state_of,
    survey,
    verification_of,
)
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

WIPE_SPEC: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "systems": {"type": "list", "elements": "str", "required": True},
    "cross_filesystems": {"type": "bool", "default": False},
    "must_exist": {"type": "bool", "default": False},
}


def result_of(outcomes: list[Outcome], started: float) -> dict[str, Any]:
    """The module's return value but for ``changed`` and ``diff``."""
    removed: dict[str, int] = {}
    for outcome in outcomes:
        for kind, number in outcome.removed.items():
            removed[kind] = removed.get(kind, 0) + number
    return {
        "removed": removed,
        "state": state_of(outcomes),
        "systems": [outcome.as_result() for outcome in outcomes],
        "verified": verification_of(outcomes),
        "seconds": round(time.monotonic() - started, 3),
    }


def main() -> None:
    module = AnsibleModule(argument_spec=WIPE_SPEC, supports_check_mode=True)
    directory, crosses = module.params["directory"], module.params["cross_filesystems"]
    started = time.monotonic()
    with operation_errors(module), opened(directory, module.params["systems"], crosses) as handles:
        missing = [system for system, handle in handles.items() if handle is None]
        if missing and module.params["must_exist"]:
            raise InputError([f"{directory}/{system} does not exist" for system in missing], "must_exist is set: create it, or leave must_exist out.")
        found = survey(directory, handles, crosses)
        planned = plan(found)
        outcomes = foreseen(found) if module.check_mode else apply(directory, handles, found, planned, crosses)
    result = {**result_of(outcomes, started), "diff": planned.diff()}
    if any(outcome.state == FAILED for outcome in outcomes):
        module.fail_json(msg=failure(directory, outcomes), changed=any(outcome.removed for outcome in outcomes), **result)
    module.exit_json(changed=bool(planned), **result)


if __name__ == "__main__":
    main()
