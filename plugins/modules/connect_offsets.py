#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connect_offsets
short_description: Read, back up, set and reset the offsets of connectors
version_added: 0.1.0
description:
  - How far connectors are. For a source that is what the plugin keeps (a place in a binlog, an LSN), for a sink the offsets of its consumer group.
  - Reading needs Kafka 3.5, setting and resetting Kafka 3.6 (KIP-875), and connectors that are stopped.
  - Of a worker before 3.5, the topic in which it keeps the offsets of its sources can be read and backed up instead, see O(offsets_topic).
options:
  name:
    description: Name of one connector, instead of O(connectors).
    type: str
  offsets:
    description: Its offsets for O(state=present), in the form in which they are returned.
    type: list
    elements: dict
  connectors:
    description: The connectors. A plain name stands for a dictionary with only C(name).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the connector.
        type: str
        required: true
      offsets:
        description: Its offsets for O(state=present). Partitions that are not listed stay as they are; an offset of V(null) removes its partition.
        type: list
        elements: dict
      state:
        description: As the module's O(state), which it is when not given.
        type: str
        choices: [read, present, absent]
  state:
    description:
      - V(read) reads them, V(present) sets O(offsets), V(absent) resets them.
      - After a reset a sink reads by its C(auto.offset.reset), and a source begins anew, which for Debezium means a new snapshot.
    type: str
    choices: [read, present, absent]
    default: read
  backup:
    description:
      - File into which the offsets as they are before any change are written, and with O(offsets_topic) the records of the topic. Mode 0600.
      - An older one is replaced. Its directory must exist. Nothing is written in check mode.
    type: path
  offsets_topic:
    description:
      - The topic that the worker's C(offset.storage.topic) names. It is read through O(kafka), and the offsets of sources are taken from it.
    type: str
  kafka:
    description: How to reach the Kafka cluster of the worker, for O(offsets_topic). The user needs the right to read the topic.
    type: dict
    suboptions:
        bootstrap_servers:
          description:
            - Addresses of one or more brokers, each C(host:port), as a list or separated by commas.
          type: list
          elements: str
          required: true
        security_protocol:
          description:
            - How the listener behind O(kafka.bootstrap_servers) is protected. Accepted in either case.
          type: str
          choices: [plaintext, ssl, sasl_plaintext, sasl_ssl]
          default: plaintext
        sasl_mechanism:
          description:
            - How to log in when O(kafka.security_protocol) begins with V(sasl_). Accepted in either case.
          type: str
          choices: [plain, scram-sha-256, scram-sha-512, oauthbearer, gssapi]
          default: scram-sha-512
        sasl_username:
          description: The user to log in as. On Confluent Cloud, the API key.
          type: str
        sasl_password:
          description: The password of O(kafka.sasl_username). On Confluent Cloud, the API secret.
          type: str
        ssl_ca_location:
          description: File of CA certificates (PEM) that the brokers' certificates are checked against. The system's own when not given.
          type: path
        ssl_certificate_location:
          description: File of the client's certificate (PEM) for mutual TLS.
          type: path
        ssl_key_location:
          description: File of the client's private key (PEM) for mutual TLS.
          type: path
        ssl_key_password:
          description: Passphrase of O(kafka.ssl_key_location).
          type: str
        client_config:
          description:
            - Further properties of librdkafka, for example C(ssl.endpoint.identification.algorithm).
            - They win over what the other options set. Values of properties whose names speak of a password, secret, key or token are kept out of every output.
          type: dict
          default: {}
        request_timeout:
          description: Seconds until a single request to the cluster is given up.
          type: float
          default: 30
extends_documentation_fragment:
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
requirements:
  - confluent-kafka >= 2.6, for O(offsets_topic) only
seealso:
  - module: streamops.kafka.connect_connector
  - module: streamops.kafka.kafka_consumer_group
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Keep the offsets of two connectors in a file
  streamops.kafka.connect_offsets:
    url: https://connect.example.com:8083
    connectors: [orders, customers]
    backup: /var/backups/connect-offsets.json

- name: Do the same on a worker of Kafka 3.1
  streamops.kafka.connect_offsets:
    url: https://connect.example.com:8083
    connectors: [orders, customers]
    backup: /var/backups/connect-offsets.json
    offsets_topic: connect-offsets
    kafka:
      bootstrap_servers: kafka.example.com:9092

- name: Show what a reset would do, and change nothing
  streamops.kafka.connect_offsets:
    url: https://connect.example.com:8083
    name: orders
    state: absent
  check_mode: true
  diff: true

# How to recover, from the backup. The connector must be stopped.
- name: Set the offsets that a connector had
  streamops.kafka.connect_offsets:
    url: https://connect.example.com:8083
    name: orders
    state: present
    offsets: "{{ (lookup('ansible.builtin.file', '/var/backups/connect-offsets.json') | from_json).connectors.orders }}"
"""

RETURN = r"""
connectors:
  description: Each connector that was asked for.
  returned: success, and when only some could be changed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the connector.
      type: str
      sample: orders
    type:
      description: V(source) or V(sink).
      type: str
      sample: source
    state:
      description: The connector's state.
      type: str
      sample: stopped
    action:
      description: One of V(read), V(altered), V(reset), V(unchanged), V(failed), V(not_attempted).
      type: str
      sample: read
    reason:
      description: Why it failed.
      returned: when it failed
      type: str
      sample: "Failed to set the offsets of orders on PATCH http://...: 400 Bad Request: ..."
    before:
      description: The offsets before.
      type: list
      elements: dict
      sample: [{"partition": {"server": "cdc-orders"}, "offset": {"file": "binlog.000003", "pos": 4711}}]
    after:
      description: The offsets after. What would be, in check mode.
      type: list
      elements: dict
      sample: [{"partition": {"kafka_topic": "orders", "kafka_partition": 0}, "offset": {"kafka_offset": 42}}]
  sample:
    - name: orders
      type: source
      state: running
      action: read
      before: [{"partition": {"server": "cdc-orders"}, "offset": {"file": "binlog.000003", "pos": 4711}}]
      after: [{"partition": {"server": "cdc-orders"}, "offset": {"file": "binlog.000003", "pos": 4711}}]
backup:
  description: The file that was written, V(null) when none was.
  returned: success
  type: str
  sample: /var/backups/connect-offsets.json
worker_version:
  description: Version of the worker.
  returned: success
  type: str
  sample: 4.3.1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import Connector
from ansible_collections.streamops.kafka.plugins.module_utils.connect.module import ConnectModule, connect_module
from ansible_collections.streamops.kafka.plugins.module_utils.connect.offsets import (
    STATES,
    Wanted,
    input_problems,
    state_problems,
)
from ansible_collections.streamops.kafka.plugins.module_utils.connect.offsets_client import (
    apply_offsets,
    plan_offsets,
    read_offsets,
    write_backup,
)
from ansible_collections.streamops.kafka.plugins.module_utils.connect.offsets_topic import read_topic
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import CONNECTION_SPEC, connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan

ONE_CONNECTOR: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "offsets": {"type": "list", "elements": "dict"},
    "state": {"type": "str", "choices": list(STATES)},
}
OFFSETS_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "offsets": {"type": "list", "elements": "dict"},
    "connectors": {"type": "list", "elements": "dict", "default": [], "options": ONE_CONNECTOR},
    "state": {"type": "str", "choices": list(STATES), "default": "read"},
    "backup": {"type": "path"},
    "offsets_topic": {"type": "str"},
    "kafka": {"type": "dict", "options": CONNECTION_SPEC},
}


def what_is_wanted(params: dict[str, Any]) -> list[Wanted]:
    """The connectors that are asked for, after everything that is wrong with the request itself was said."""
    listed = list(params["connectors"])
    if params["name"] is not None:
        listed.append({"name": params["name"], "offsets": params["offsets"], "state": None})
    wanted = [Wanted(each["name"], each["state"] or params["state"], tuple(each["offsets"] or ())) for each in listed]
    problems = input_problems(wanted)
    if not wanted:
        problems.append("name a connector or list connectors")
    if params["name"] is None and params["offsets"] is not None:
        problems.append("offsets are given without name")
    if problems:
        raise InputError(problems)
    return wanted


def change_all(worker: Worker, wanted: list[Wanted], rows: list[dict[str, Any]]) -> list[str]:
    """Change those whose action says so, until one fails. Returns what failed."""
    reasons: list[str] = []
    for each, row in zip(wanted, rows):
        if row["action"] not in ("altered", "reset"):
            continue
        if reasons:
            row.update(action="not_attempted", after=row["before"])
            continue
        try:
            apply_offsets(worker, each, row["before"])
        except OperationError as error:
            reasons.append(str(error))
            row.update(action="failed", reason=str(error), after=row["before"])
    return reasons


def rows_for(wanted: list[Wanted], current: dict[str, Connector], offsets: dict[str, Any]) -> list[dict[str, Any]]:
    """What is planned, a row for each connector."""
    rows = []
    for each in wanted:
        now, before = current[each.name], list(offsets[each.name])
        action, after = plan_offsets(each, before)
        rows.append({"name": each.name, "type": now.kind, "state": now.state, "action": action, "before": before, "after": after})
    return rows


def carry_out(module: ConnectModule, worker: Worker, wanted: list[Wanted]) -> dict[str, Any]:
    """The result of the module; what failed is raised, together with it."""
    params = module.params
    current = worker.connectors()
    problems = state_problems(wanted, current, worker.release, bool(params["offsets_topic"]))
    if problems:
        raise InputError(problems)
    topic = params["offsets_topic"]
    records = read_topic(connection_from(params["kafka"]), topic) if topic else None
    offsets = read_offsets(worker, [each.name for each in wanted], records)
    rows = rows_for(wanted, current, offsets)
    if params["backup"] and not module.check_mode:
        write_backup(params["backup"], worker, offsets, topic, records)
    reasons = [] if module.check_mode else change_all(worker, wanted, rows)
    made = [row for row in rows if row["action"] in ("altered", "reset")]
    plan = Plan(tuple(Change(row["name"], row["action"], {"offsets": row["before"]}, {"offsets": row["after"]}) for row in made))
    backup = None if module.check_mode else params["backup"]
    result = {"changed": bool(made), "connectors": rows, "backup": backup, "worker_version": worker.release, "diff": plan.diff()}
    if reasons:
        raise OperationError("change the offsets of all connectors", answered=" ".join(reasons), partial=result)
    return result


def main() -> None:
    module = connect_module(OFFSETS_SPEC, required_together=[("offsets_topic", "kafka")])
    with operation_errors(module):
        wanted = what_is_wanted(module.params)
        worker = Worker.from_params(module.params)
        module.exit_json(**carry_out(module, worker, wanted))


if __name__ == "__main__":
    main()
