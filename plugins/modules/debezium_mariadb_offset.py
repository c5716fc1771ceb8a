#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: debezium_mariadb_offset
short_description: Give the offset of a MariaDB connector the GTID that Debezium's MariaDbConnector needs
version_added: 0.1.0
description:
  - Since Debezium 2.7 MariaDB has a connector of its own, which goes by GTID. C(MySqlConnector) has noted file and position only. With such an offset
    the new connector's task fails (C(this.gtidSet is null)), and MySqlConnector 3.x refuses MariaDB.
  - This module asks the database for the GTID of that place (C(BINLOG_GTID_POS)) and writes it into the connector's offset. The numbers of events and rows to
    skip are taken out, because they count differently there, and B(rows of the next transaction would be lost).
  - Where the offset is in the middle of a transaction, that transaction is sent again as a whole (C(repeats_transaction)). An offset between
    transactions, as a connector with C(heartbeat.interval.ms) notes it when it is idle, is converted exactly.
  - The connector must be stopped, and the worker must be Kafka 3.6 or newer. An offset that has a GTID stays as it is.
options:
  connector:
    description: Name of the connector.
    type: str
    required: true
  goes_by:
    description:
      - V(gtid) for C(MariaDbConnector). V(position) takes the GTID out again, for a way back to C(MySqlConnector).
    type: str
    choices: [gtid, position]
    default: gtid
  database:
    description:
      - The MariaDB server that it captures. The account needs no more than C(BINLOG MONITOR) (C(REPLICATION CLIENT)).
      - Required when an offset gets a GTID.
    type: dict
    suboptions:
      host:
        description: Host of the server.
        type: str
        default: 127.0.0.1
      port:
        description: Port of the server.
        type: int
        default: 3306
      username:
        description: The account.
        type: str
      password:
        description: Its password.
        type: str
      tls:
        description: How the connection is encrypted. That of the client library when not given.
        type: dict
        suboptions:
          enabled:
            description: Whether it is.
            type: bool
            default: true
          ca:
            description: File of CA certificates.
            type: path
          cert:
            description: File of the client's certificate.
            type: path
          key:
            description: File of the client's private key.
            type: path
          verify:
            description: Whether the server's certificate is verified.
            type: bool
            default: true
          verify_hostname:
            description: Whether its host name is.
            type: bool
            default: true
      timeout:
        description: Seconds that an answer may take.
        type: int
        default: 120
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
  - PyMySQL
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Give the stopped connector's offset its GTID
  streamops.kafka.debezium_mariadb_offset:
    url: http://connect.example.com:8083
    connector: cdc-orders
    database:
      host: db.example.com
      username: debezium
      password: "{{ mariadb_password }}"
  register: offset

- name: Only show it
  streamops.kafka.debezium_mariadb_offset:
    url: http://connect.example.com:8083
    connector: cdc-orders
    database: {host: db.example.com, username: debezium, password: "{{ mariadb_password }}"}
  check_mode: true
  diff: true

# How to recover: the offset before is in the result, as "before".
- name: Put the old offset back
  ansible.builtin.uri:
    url: http://connect.example.com:8083/connectors/cdc-orders/offsets
    method: PATCH
    body_format: json
    body:
      offsets:
        - partition: "{{ offset.offsets[0].partition }}"
          offset: "{{ offset.offsets[0].before }}"
"""

RETURN = r"""
offsets:
  description: Each offset of the connector that was changed, before and after.
  returned: success
  type: list
  elements: dict
  sample:
    - partition: {server: cdc-orders}
      before: {file: binlog.000001, pos: 2784, row: 10, event: 3}
      after: {file: binlog.000001, pos: 2784, gtids: 0-1-11}
      repeats_transaction: true
repeats_transaction:
  description: Whether the last transaction is sent again.
  returned: success
  type: bool
  sample: true
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect.mariadb_offsets import (
    Conversion,
    back_to_position,
    converted,
    needs_gtid,
    needs_position,
    place,
)
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import LOGIN_SPEC, Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.mariadb_client import PyMySqlSession
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.rest import REST_SPEC

DATABASE_SPEC: dict[str, dict[str, Any]] = {**LOGIN_SPEC, "port": {"type": "int", "default": 3306}}
OFFSET_SPEC: dict[str, dict[str, Any]] = {
    "connector": {"type": "str", "required": True},
    "goes_by": {"type": "str", "choices": ["gtid", "position"], "default": "gtid"},
    "database": {"type": "dict", "options": DATABASE_SPEC},
}


def login_from(given: dict[str, Any]) -> Login:
    """Whom to ask for GTIDs."""
    tls = Tls(**given["tls"]) if given["tls"] is not None else None
    return Login("mariadb", given["host"], given["port"], given["username"], given["password"], tls, given["timeout"])


def gtids_at(session: PyMySqlSession, file: str, position: int) -> str:
    """All GTIDs before this place of the binary log."""
    name = file.replace("\\", "\\\\").replace("'", "\\'")
    on = f"{file} {position}"
    advice = "Is it the same server, and is that file still there? Without it the connector cannot go on from there in any case."
    try:
        rows = session.rows(f"SELECT BINLOG_GTID_POS('{name}', {position})")
    except SqlError as error:
        raise OperationError("find the GTID of a place in the binary log", on, str(error), advice) from error
    if not rows or rows[0][0] is None:
        raise OperationError("find the GTID of a place in the binary log", on, "the server knows no such place", advice)
    return str(rows[0][0])


def conversions(offsets: list[dict[str, Any]], goes_by: str, database: dict[str, Any] | None) -> list[Conversion]:
    """What becomes of the offsets that are not as they should be; the database is asked only where one needs a GTID."""
    if goes_by == "position":
        return [back_to_position(each["partition"], each["offset"]) for each in offsets if needs_position(each["offset"])]
    lacking = [each for each in offsets if needs_gtid(each["offset"])]
    if not lacking:
        return []
    if database is None:
        raise InputError(["an offset needs a GTID, and there is no database to ask for it"])
    session = PyMySqlSession(login_from(database))
    try:
        return [converted(each["partition"], each["offset"], gtids_at(session, *place(each["offset"]))) for each in lacking]
    finally:
        session.close()


def main() -> None:
    module = EnumModule(argument_spec={**REST_SPEC, **OFFSET_SPEC}, supports_check_mode=True)
    with operation_errors(module):
        name = module.params["connector"]
        worker = Worker.from_params(module.params)
        found = conversions(worker.offsets(name), module.params["goes_by"], module.params["database"])
        if found and not module.check_mode:
            worker.set_offsets(name, [{"partition": each.partition, "offset": each.after} for each in found])
        plan = Plan(tuple(Change(str(each.partition.get("server", name)), "altered", each.before, each.after) for each in found))
        module.exit_json(
            changed=bool(plan), offsets=[each.as_result() for each in found], repeats_transaction=any(each.repeats for each in found), diff=plan.diff()
        )


if __name__ == "__main__":
    main()
