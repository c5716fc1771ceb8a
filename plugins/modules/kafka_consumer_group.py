#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_consumer_group
short_description: Reset, wait for and delete Kafka consumer groups
version_added: 0.1.0
description:
  - Sets the committed offsets of consumer groups, waits until groups have read everything, or deletes groups or what they committed.
  - Offsets can only be changed while no consumer of the group runs. A group with live members is an error that names them,
    of all groups at once and before anything is changed.
  - Works on classic groups and on those of the newer protocol (KIP-848). Share groups and streams groups are refused when they are named.
options:
  groups:
    description: Names of consumer groups. At least one of O(groups) and O(pattern) is required.
    type: list
    elements: str
    default: []
  pattern:
    description:
      - Regular expression that matches the whole name of the groups. An empty one and one that matches everything are refused.
      - Kafka shows a user only the groups that the user may describe.
    type: str
  state:
    description:
      - V(reset) sets the committed offsets as O(to) says and reads them back.
      - V(drained) waits until no group has any record left to read, and changes nothing. A group that does not exist is an error here.
      - V(absent) deletes the groups, or with O(topics) only what they committed for these topics.
    type: str
    required: true
    choices: [reset, drained, absent]
  to:
    description:
      - Where O(state=reset) sets the offsets. Each of V(offset), V(timestamp), V(duration) and V(shift) needs the option of its own name.
      - An offset that the partition does not have becomes the nearest that it has. This is a warning, and C(clamped) in the result.
    type: str
    choices: [earliest, latest, offset, timestamp, duration, shift]
  offset:
    description: The offset for O(to=offset). Not needed when each entry of O(topics) has its own.
    type: int
  timestamp:
    description:
      - For O(to=timestamp), the first record written at or after this moment, or the end when there is none.
      - ISO 8601 such as V(2026-01-31T08:00:00Z), in UTC unless it says otherwise, or milliseconds since 1970.
    type: str
  duration:
    description: For O(to=duration), how far back from now, such as V(1h30m), V(7d) or ISO 8601 V(PT1H30M).
    type: str
  shift:
    description: For O(to=shift), by how many records to move each committed offset. Negative moves back. Running it twice moves twice.
    type: int
  topics:
    description:
      - The topics that are meant. Each entry is a name, V(orders:0,1) for some of its partitions, or a dictionary
        of C(name), C(partitions) (a list, all when not given) and C(offset) (for O(to=offset)).
      - When not given, O(state=reset) takes every partition that the group has committed, O(state=drained) every partition of every topic
        that the group has committed or is assigned, and O(state=absent) the group itself.
      - A group that does not exist is created by O(state=reset) with O(topics), as C(kafka-consumer-groups.sh) does it.
    type: list
    elements: raw
  must_exist:
    description: Fail when a group does not exist. Otherwise it is left alone and reported as V(absent).
    type: bool
    default: false
  timeout:
    description: Seconds that O(state=drained) waits.
    type: float
    default: 300
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: With O(state=drained) it looks once and does not wait, groups that are not drained have the action V(behind).
  diff_mode:
    support: full
notes:
  - With O(state=drained) a partition that holds records and was never committed counts with all its records, as a consumer that died before its
    first commit has left them behind. For a consumer that began at the end of an old topic, set the group to V(latest) first or name the partitions.
  - Deleting the offsets of single topics (O(state=absent) with O(topics)) needs the Python library kafka-python 3.0 or newer.
  - What a consumer has read is known only from what it commits. A consumer that commits elsewhere cannot be waited for.
seealso:
  - module: streamops.kafka.kafka_info
  - module: streamops.kafka.kafka_topic_retention_purge
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Have the experiment's consumers read everything again
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9092
    groups: [experiment-app]
    state: reset
    to: earliest
  register: reset

- name: Put back what was committed before
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9092
    groups: [experiment-app]
    state: reset
    to: offset
    topics: "{{ reset.groups['experiment-app'].restore }}"
  when: reset.groups['experiment-app'].restore | length > 0

- name: Show where all groups of the team would be set, and change nothing
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9092
    pattern: team-a\..*
    state: reset
    to: duration
    duration: 1h
  check_mode: true
  diff: true

- name: Go back to the start of the year in two partitions, and in all of another topic
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9092
    groups: [billing]
    state: reset
    to: timestamp
    timestamp: "2026-01-01T00:00:00+01:00"
    topics:
      - name: orders
        partitions: [0, 1]
      - invoices

- name: Wait until the consumers have caught up before the cut-over
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9092
    groups: [billing, shipping]
    state: drained
    timeout: 900

- name: Delete the groups of an experiment, logged in as an administrator
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_mechanism: scram-sha-512
    sasl_username: admin
    sasl_password: "{{ kafka_admin_password }}"
    pattern: experiment-42-.*
    state: absent
"""

RETURN = r"""
groups:
  description: Each group, by its name.
  returned: success, when only some groups could be changed, and when the wait for O(state=drained) timed out
  type: dict
  contains:
    action:
      description:
        - What was done, or would be done in check mode.
        - One of V(reset), V(deleted), V(offsets_deleted), V(drained), V(behind), V(unchanged), V(absent) and V(failed).
      type: str
      sample: reset
    reason:
      description: Why it failed.
      type: str
      returned: when the action is V(failed)
      sample: "orders-0: Broker: Unknown member (UNKNOWN_MEMBER_ID)"
    members:
      description: The live consumers of the group.
      type: list
      elements: dict
      sample: [{"id": "app-1-7bb1612f", "client_id": "app-1", "host": "192.0.2.10", "partitions": ["orders-0", "orders-1"]}]
    partitions:
      description: Each partition that was looked at.
      type: list
      elements: dict
      contains:
        topic:
          description: Name of the topic.
          type: str
        partition:
          description: Number of the partition.
          type: int
        before:
          description: The committed offset before, V(null) when there was none. With O(state=drained), when the wait began.
          type: int
        after:
          description: The committed offset afterwards, V(null) when there is none.
          type: int
        lag:
          description: Records left to read from there. Without a committed offset, every record of the partition.
            V(null) when the topic does not exist any more, and with O(state=absent), which does not look.
          type: int
        start:
          description: Offset of the first record of the partition.
          type: int
        end:
          description: Offset that the next record will get.
          type: int
        clamped:
          description: Whether the wanted offset was not there, and the nearest was taken.
          type: bool
      sample: [{"topic": "orders", "partition": 0, "before": 100, "after": 0, "lag": 250, "start": 0, "end": 250, "clamped": false}]
    restore:
      description: Value of O(topics) that, with O(to=offset), puts back what was committed before. Partitions without an earlier offset are not in it.
      type: list
      elements: dict
      sample: [{"name": "orders", "partitions": [0], "offset": 100}]
  sample:
    experiment-app:
      action: reset
      members: []
      partitions: [{"topic": "orders", "partition": 0, "before": 100, "after": 0, "lag": 250, "start": 0, "end": 250, "clamped": false}]
      restore: [{"name": "orders", "partitions": [0], "offset": 100}]
"""

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient, open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.group_request import GroupRequest, request_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups import (
    Group,
    GroupOutcome,
    absence_problems,
    clamped_warning,
    member_problems,
    plan_absent,
    plan_resets,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups_client import (
    apply_outcomes,
    choose_groups,
    foreign_groups,
    read_committed,
    read_groups,
    read_lag,
    read_snapshot,
    require_offset_deletion,
    result_of,
    wait_until_drained,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets_client import list_offsets
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress

GROUP_SPEC: dict[str, dict[str, Any]] = {
    "groups": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "state": {"type": "str", "choices": ["reset", "drained", "absent"], "required": True},
    "to": {"type": "str", "choices": ["earliest", "latest", "offset", "timestamp", "duration", "shift"]},
    "offset": {"type": "int"},
    "timestamp": {"type": "str"},
    "duration": {"type": "str"},
    "shift": {"type": "int"},
    "topics": {"type": "list", "elements": "raw"},
    "must_exist": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 300},
}


def checked_groups(client: KafkaClient, request: GroupRequest) -> dict[str, Group]:
    """The groups that are meant.

    :raises InputError: for what cannot be done to them, all reasons at once, before anything is changed.
    """
    groups = read_groups(client, choose_groups(client, request.names, request.pattern))
    must_exist = request.must_exist or request.state == "drained"
    problems = absence_problems(groups.values(), foreign_groups(client, groups.values()), must_exist, request.pattern)
    if request.state != "drained":
        problems += member_problems(groups.values(), request.selections if request.state == "absent" else ())
    if problems:
        raise InputError(problems)
    return groups


def decide(client: KafkaClient, request: GroupRequest, groups: dict[str, Group]) -> list[GroupOutcome]:
    """What becomes of each group.

    :raises InputError: with every problem, before anything is changed.
    """
    if request.state == "absent":
        if request.selections:
            require_offset_deletion()
        committed = read_committed(client, groups)
        return [plan_absent(group, committed[name], request.selections) for name, group in groups.items()]
    now = read_snapshot(client, groups, request.selections)
    position = request.position
    at_time = list_offsets(client, now.logs, position.value) if position and position.to == "time" and position.value is not None else {}
    outcomes, problems = plan_resets(request, groups, now.committed, now.selected, now.logs, at_time)
    if problems:
        raise InputError(problems)
    return outcomes


def drain(client: KafkaClient, request: GroupRequest, names: list[str], timeout: float, check_mode: bool) -> list[GroupOutcome]:
    """Wait until everything is read; in check mode only look."""
    if check_mode:
        return list(read_lag(client, names, request.selections).outcomes)
    return list(wait_until_drained(client, names, request.selections, timeout, Progress("drained")).outcomes)


def main() -> None:
    module = kafka_module(GROUP_SPEC, required_if=[("state", "reset", ["to"]), *(("to", name, [name]) for name in ("timestamp", "duration", "shift"))])
    with operation_errors(module):
        request = request_from(module.params, time.time())
        with open_client(module.params) as client:
            groups = checked_groups(client, request)
            if request.state == "drained":
                outcomes = drain(client, request, list(groups), module.params["timeout"], module.check_mode)
            else:
                planned = decide(client, request, groups)
                outcomes = planned if module.check_mode else apply_outcomes(client, planned)
        if not groups:
            module.warn(f"No consumer group matches '{request.pattern}', or the user may not see it.")
        if clamped_warning(outcomes):
            module.warn(clamped_warning(outcomes))
        module.exit_json(**result_of(outcomes))


if __name__ == "__main__":
    main()
