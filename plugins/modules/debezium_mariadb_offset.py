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
  - This module asks the database for the GTID of that place (C(BINLOG_GTID_POS)) and writes it into the connector's offset.
  - An offset in the middle of a transaction also says how many events and rows of it are sent already. The last record of a transaction leaves
    such an offset.
    The two connectors count the events differently, and with the old number B(rows of the next transaction would be lost). So they are counted anew
    on the binary log (C(SHOW BINLOG EVENTS)); no row is sent twice and none is left out. Whether statements are among them (C(include.query)) is read
    from the connector's configuration, which must be the one of O(goes_by=gtid)'s connector.
  - The connector must be stopped, and the worker must be Kafka 3.6 or newer. An offset that has a GTID stays as it is.
options:
  connector:
    description: Name of the connector.
    type: str
    required: true
  goes_by:
    description:
      - V(gtid) for C(MariaDbConnector). V(position) takes the GTID out again, for a way back to C(MySqlConnector); that is exact with O(database), and
        without it the last transaction is sent again when the offset is in the middle of one (RV(repeats_transaction)).
    type: str
    choices: [gtid, position]
    default: gtid
  database:
    description:
      - The MariaDB server that it captures. The account needs no more than C(BINLOG MONITOR) (before 10.5 C(REPLICATION CLIENT) and C(REPLICATION SLAVE)).
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
      after: {file: binlog.000001, pos: 2784, gtids: 0-1-11, row: 10, event: 2}
      repeats_transaction: false
repeats_transaction:
  description: Whether the last transaction is sent again. Only with O(goes_by=position) and without O(database).
  returned: success
  type: bool
  sample: false
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect.mariadb_offsets import (
    Conversion,
    back_to_position,
    converted,
    events_sent,
    is_inside,
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
ADVICE = "Is it the same server, and is that file still there? Without it the connector cannot go on from there in any case."
OFFSET_SPEC: dict[str, dict[str, Any]] = {
    "connector": {"type": "str", "required": True},
    "goes_by": {"type": "str", "choices": ["gtid", "position"], "default": "gtid"},
    "database": {"type": "dict", "options": DATABASE_SPEC},
}


def login_from(given: dict[str, Any]) -> Login:
    """Whom to ask for GTIDs."""
    tls = Tls(**given["tls"]) if given["tls"] is not None else None
    return Login("mariadb", given["host"], given["port"], given["username"], given["password"], tls, given["timeout"])


class Binlog:
    """What a MariaDB server knows about a place in its binary log."""

    def __init__(self, session: PyMySqlSession) -> None:
        self._session = session

    def gtids(self, file: str, position: int) -> str:
        """All GTIDs before this place."""
        rows = self._rows("find the GTID of a place in the binary log", f"SELECT BINLOG_GTID_POS({quoted(file)}, {position})", file, position)
        if not rows or rows[0][0] is None:
            raise OperationError("find the GTID of a place in the binary log", f"{file} {position}", "the server knows no such place", ADVICE)
        return str(rows[0][0])

    def kinds(self, file: str, position: int, count: int) -> list[str]:
        """The kinds of the first ``count`` events from this place on."""
        rows = self._rows("list the events of a transaction", f"SHOW BINLOG EVENTS IN {quoted(file)} FROM {position} LIMIT {count}", file, position)
        return [str(row[2]) for row in rows]

    def _rows(self, attempted: str, statement: str, file: str, position: int) -> list[tuple[Any, ...]]:
        try:
            return self._session.rows(statement)
        except SqlError as error:
            raise OperationError(attempted, f"{file} {position}", str(error), ADVICE) from error


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def conversion(each: dict[str, Any], goes_by: str, binlog: Binlog | None, annotated: bool) -> Conversion:
    """What becomes of one offset.

    :param binlog: whom to ask; ``None`` only for the way back, which then sends the transaction again.
    """
    offset, (file, position) = each["offset"], place(each["offset"])
    # Before the last of n events that MariaDbConnector has seen, at most as many annotations stand; and one more event tells where it stopped.
    kinds = binlog.kinds(file, position, 2 * events_sent(offset) + 2) if binlog is not None and is_inside(offset) else None
    try:
        if goes_by == "position" or binlog is None:
            return back_to_position(each["partition"], offset, kinds, annotated)
        return converted(each["partition"], offset, binlog.gtids(file, position), kinds or (), annotated)
    except ValueError as error:
        raise OperationError("count the events that are sent already", f"{file} {position}", str(error), ADVICE) from error


def conversions(offsets: list[dict[str, Any]], goes_by: str, database: dict[str, Any] | None, annotated: bool) -> list[Conversion]:
    """What becomes of the offsets that are not as they should be; the database is asked only when there are such."""
    is_wrong = needs_position if goes_by == "position" else needs_gtid
    wrong = [each for each in offsets if is_wrong(each["offset"])]
    if not wrong:
        return []
    if database is None and goes_by == "gtid":
        raise InputError(["an offset needs a GTID, and there is no database to ask for it"])
    if database is None:
        return [conversion(each, goes_by, None, annotated) for each in wrong]
    session = PyMySqlSession(login_from(database))
    try:
        return [conversion(each, goes_by, Binlog(session), annotated) for each in wrong]
    finally:
        session.close()


def reads_annotations(worker: Worker, name: str) -> bool:
    """Whether MariaDbConnector is sent the statements of transactions, and so counts them."""
    connector = worker.connectors().get(name)
    return connector is not None and str(connector.config.get("include.query", "")).lower() == "true"


def main() -> None:
    module = EnumModule(argument_spec={**REST_SPEC, **OFFSET_SPEC}, supports_check_mode=True)
    with operation_errors(module):
        name = module.params["connector"]
        worker = Worker.from_params(module.params)
        found = conversions(worker.offsets(name), module.params["goes_by"], module.params["database"], reads_annotations(worker, name))
        if found and not module.check_mode:
            worker.set_offsets(name, [{"partition": each.partition, "offset": each.after} for each in found])
        plan = Plan(tuple(Change(str(each.partition.get("server", name)), "altered", each.before, each.after) for each in found))
        module.exit_json(
            changed=bool(plan), offsets=[each.as_result() for each in found], repeats_transaction=any(each.repeats for each in found), diff=plan.diff()
        )


if __name__ == "__main__":
    main()
