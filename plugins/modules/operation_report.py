#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: operation_report
short_description: Keep the report of an operation, stage by stage
version_added: 0.1.0
description:
  - Writes what an operation does on the controller, as it goes. The record is C(report.json). From it are rendered C(report.md),
    C(report.html), which is one page without anything from elsewhere, and C(junit.xml) with one test case a target.
  - The record is written before the first stage and after each, in one step. A run that is killed leaves a readable report in the state V(running).
  - At the end a table of all results is shown in the log, and a summary is given to C(set_stats), which AWX passes on to the next job of a workflow.
options:
  state:
    description:
      - V(begun) starts a report in a directory of its own below O(path), V(stage_ended) adds a stage, V(finished) closes it and shows the table.
    type: str
    choices: [begun, stage_ended, finished]
    required: true
  path:
    description: Directory for the reports of this operation. Relative to the working directory of the run. The link C(latest) in it leads to the newest report.
    type: path
  operation:
    description: The operation as one word. It becomes the name of the test suite and of the statistics (C(<operation>_summary)).
    type: str
  title:
    description: The operation as people call it. As O(operation) when not given.
    type: str
  subject:
    description: What it is done to, in a few words.
    type: str
    default: ""
  stages:
    description: Names of the stages, in their order.
    type: list
    elements: str
  looks_only:
    description:
      - Whether the operation never changes anything. Then the report does not speak of changes, and the result of a target is what was verified.
      - With O(state=begun).
    type: bool
    default: false
  directory:
    description: The RV(directory) that O(state=begun) returned.
    type: path
  stage:
    description: Name of the stage that has ended.
    type: str
  rows:
    description:
      - What the stage did, a dictionary for each target with C(target) and C(state) (V(ok), V(failed) or V(not_attempted)), and optionally
        C(verified) (V(verified), V(failed) or V(not_checked)), C(what), C(reason), C(seconds), and C(parts), a list of dictionaries with
        C(name), C(state), C(what), C(reason) and C(seconds).
    type: list
    elements: dict
    default: []
  skipped_because:
    description: Why the stage was skipped, when it was.
    type: str
    default: ""
  results:
    description:
      - The result for each target. As O(rows), and optionally with C(kind), C(changed) and C(kept), a list of what was left as it was.
    type: list
    elements: dict
    default: []
  next_steps:
    description: What to do next, a sentence each.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The report is written in check mode too, and says so. It is no change of what the play manages.
  diff_mode:
    support: none
notes:
  - A failed operation does not make this task fail. Say so in a task of its own, with RV(headline) and RV(failures).
  - Runs on the controller. Directories are created with mode 0750, files with 0640.
  - Keys of rows that sound like secrets are left out.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Begin the report
  streamops.kafka.operation_report:
    state: begun
    path: reports/cleanup
    operation: cleanup
    title: Cleanup
    stages: [look, clean]
  register: report

- name: Write down what was seen
  streamops.kafka.operation_report:
    state: stage_ended
    directory: "{{ report.directory }}"
    stage: look
    rows:
      - {target: orders, state: ok, what: 3 old topics found, seconds: 0.4}

- name: Show the results
  streamops.kafka.operation_report:
    state: finished
    directory: "{{ report.directory }}"
    results:
      - {target: orders, state: ok, verified: verified, changed: true, what: 3 topics removed, seconds: 1.2}
    next_steps:
      - Start the consumers again.
  register: finished

- name: Fail when a target was not cleaned
  ansible.builtin.fail:
    msg: "{{ [finished.headline] + finished.failures }}"
  when: finished.state == 'failed'
"""

RETURN = r"""
directory:
  description: Where this report is.
  returned: always
  type: str
  sample: /home/lab/reports/cleanup/20261121T033713Z
state:
  description: V(running), V(ok) or V(failed).
  returned: always
  type: str
  sample: ok
headline:
  description: Whether it worked, in one sentence.
  returned: when O(state=finished)
  type: str
  sample: "Done: 1 target ok, all verified."
failures:
  description: The targets that failed, each with the reason.
  returned: when O(state=finished)
  type: list
  elements: str
  sample: []
summary:
  description: The run in numbers.
  returned: when O(state=finished)
  type: dict
  sample:
    state: ok
    check_mode: false
    targets: 1
    changed: 1
    ok: 1
    failed: 0
    not_attempted: 0
    verified: 1
    not_checked: 0
    seconds: 1.7
"""
