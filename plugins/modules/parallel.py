#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: parallel
short_description: Run several lanes of modules at the same time
version_added: 0.1.0
description:
  - Runs lanes at the same time from one task. The steps of a lane run one after another.
  - Every result is collected. A lane that fails, or crashes, keeps no other lane from running.
  - One line is shown when a lane ends, and the progress lines of its modules while it runs.
options:
  lanes:
    description: What runs at the same time.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the lane. Each name may be used once.
        type: str
        required: true
      steps:
        description: What the lane does, in this order.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the step. The name of the module when not given.
            type: str
          module:
            description:
              - The module to run, by its full name. C(module_defaults) count for it as for a task of its own, those of its action groups included.
              - Action plugins are not used. What is done by one on the controller (M(ansible.builtin.template), M(ansible.builtin.copy),
                M(ansible.builtin.shell), M(ansible.builtin.set_fact), ...) cannot be a step; M(ansible.builtin.command) can.
                Progress lines of the modules of this collection are shown all the same.
            type: str
            required: true
          args:
            description: The options of the module. They win over C(module_defaults).
            type: dict
            default: {}
          stop_on_failure:
            description: Whether the steps after this one are not attempted when it fails. The lane has failed either way.
            type: bool
            default: true
  on_failure:
    description: Whether the task fails, once all lanes have ended, when a lane has failed.
    type: str
    choices: [fail, continue]
    default: fail
  lane_timeout:
    description:
      - Seconds that one lane may take. Then its module gets SIGTERM and 30 seconds to end in order.
      - Without it lanes are waited for as long as they take.
    type: float
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The modules of the lanes run in check mode.
  diff_mode:
    support: full
    details: The differences of all modules are shown, each headed with its lane and step.
notes:
  - Runs on the controller and starts a process for each lane there. The modules run where the task's host is.
    The connection must allow several modules at once. Those to the local host and over OpenSSH do.
  - The options of the modules (they may hold passwords) are not part of the result, nor shown at any verbosity.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Empty the topics and the database at the same time
  streamops.kafka.parallel:
    lanes:
      - name: kafka
        steps:
          - name: empty the topics
            module: streamops.kafka.kafka_topic_retention_purge
            args:
              bootstrap_servers: broker-1.example.com:9092
              pattern: lab-.*
          - name: start the groups again
            module: streamops.kafka.kafka_consumer_group
            args:
              bootstrap_servers: broker-1.example.com:9092
              pattern: lab-.*
              to: earliest
      - name: mariadb
        steps:
          - module: streamops.kafka.db_reset
            args:
              engine: mariadb
              host: db.example.com
              username: admin
              password: "{{ vault_mariadb_password }}"
              name: lab

- name: With the connection said once
  streamops.kafka.parallel:
    lanes:
      - name: first cluster
        steps:
          - module: streamops.kafka.kafka_topic_retention_purge
            args:
              pattern: lab-.*
      - name: second cluster
        steps:
          - module: streamops.kafka.kafka_topic_retention_purge
            args:
              bootstrap_servers: other.example.com:9094
              pattern: lab-.*
  module_defaults:
    group/streamops.kafka.kafka:
      bootstrap_servers: broker-1.example.com:9094
      security_protocol: sasl_ssl
      sasl_username: admin
      sasl_password: "{{ vault_kafka_password }}"

- name: Run what can run, and look at the failures afterwards
  streamops.kafka.parallel:
    lanes: "{{ my_lanes }}"
    on_failure: continue
  register: reset
"""

RETURN = r"""
lanes:
  description: Each lane, by its name.
  returned: always
  type: dict
  contains:
    state:
      description: V(ok), V(failed), or V(not_attempted) when it had no steps.
      type: str
      sample: ok
    changed:
      description: Whether one of its steps changed something.
      type: bool
      sample: true
    seconds:
      description: Seconds from its start to its end.
      type: float
      sample: 0.412
    reason:
      description: Why it failed.
      type: str
      sample: ""
    steps:
      description: Its steps, in their order.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the step.
          type: str
          sample: empty the topics
        module:
          description: The module that it ran.
          type: str
          sample: streamops.kafka.kafka_topic_retention_purge
        state:
          description: V(ok), V(failed) or V(not_attempted).
          type: str
          sample: ok
        seconds:
          description: Seconds that it took.
          type: float
          sample: 0.398
        changed:
          description: Whether it changed something.
          type: bool
          sample: true
        reason:
          description: Why it failed.
          type: str
          sample: ""
        result:
          description: What the module returned, without what Ansible itself adds.
          type: dict
          sample: {"removed": {"tables": 12}}
failed_lanes:
  description: Names of the lanes that failed.
  returned: always
  type: list
  elements: str
  sample: []
"""
