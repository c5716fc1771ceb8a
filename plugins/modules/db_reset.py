#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: db_reset
short_description: Empty databases and key spaces, and keep what they are
version_added: 0.1.0
description:
  - Removes everything that an experiment left in a database, and keeps the database itself with its owner, grants, character set and other settings.
  - "V(mariadb): the database is replaced by an empty one with the same character set, collation and comment. Grants are kept at every level."
  - "V(postgresql): the whole database is replaced by an empty one with the same owner, encoding, collation, connection limit, tablespace, comment,
    grants and parameters (C(ALTER DATABASE SET)), and the same owner and grants of the schema C(public) and default privileges.
    Sessions of the database are ended. Its other schemas and its extensions are removed."
  - "V(postgresql) with O(schema): the objects of one schema are dropped; the schema itself, its owner, grants, default privileges and the extensions in it
    are not touched. Refused when objects outside of the schema depend on it."
  - "V(clickhouse): tables, views, materialized views and dictionaries are dropped one by one; the database itself, its engine, comment and grants
    are not touched. O(tables) narrows the reset to some of them, O(cluster) does it on all hosts of a cluster."
  - "V(redis): the keys that match O(pattern) are unlinked on all primaries of the cluster or on the single server, or the one key O(name)."
  - "V(cockroachdb): what the database, or with O(schema) one schema of it, holds is dropped; the database itself with its owner, grants, zone
    configuration, comment and parameters is not touched. B(Not run against a real CockroachDB) - connections and catalogs are tested on PostgreSQL,
    whose protocol it speaks, the statements against the grammar in CockroachDB's documentation."
  - "V(minio) (and other S3 stores): all versions, delete markers and incomplete uploads of a bucket are removed; the bucket and its settings are not touched,
    unless O(recreate) is set. Refused, before anything is touched, when legal hold or retention protects some of it."
  - A database that holds nothing is left alone, so a second run changes nothing. What does not exist is reported as V(absent).
  - At no moment are the settings of a database known to this module alone. When it is killed, run it again, from any host - it completes what is missing.
  - The server's own databases (C(mysql), C(sys), C(*_schema), C(postgres), C(template*), C(system), C(defaultdb) and the like) are refused.
options:
  engine:
    description: The kind of server. Accepted in either case.
    type: str
    choices: [mariadb, postgresql, clickhouse, redis, cockroachdb, minio]
    required: true
  name:
    description:
      - The database to empty, or the key to remove. It is taken literally, any legal name will do.
      - One of O(name) and O(pattern) is needed.
    type: str
  pattern:
    description:
      - A glob that selects databases or keys by their whole name. C(*) is any text, C(?) any character, C([ab]) and C([a-z]) one of these characters,
        C([!ab]) none of them, and a backslash takes the next character literally. Case counts.
      - Empty patterns and patterns without any literal character are refused, as they match everything.
        So are patterns that match one of the server's own databases.
    type: str
  schema:
    description: Empty just this schema of the database, or of each of the databases. Only with O(engine=postgresql) and O(engine=cockroachdb).
    type: str
  tables:
    description:
      - A glob, as O(pattern), of the tables, views and dictionaries to drop in the database, or in each of the databases. Without it, all are dropped.
        Match-all globs are refused, just leave the option out.
      - Only with O(engine=clickhouse).
    type: str
  cluster:
    description:
      - Do it on all hosts of this cluster (C(ON CLUSTER)), and count what any of them holds. The cluster must be in C(system.clusters) of the server.
      - Only with O(engine=clickhouse).
    type: str
  recreate:
    description:
      - Drop the emptied bucket and create it again with the same settings (versioning, object lock, policy, tags, lifecycle, encryption, notification,
        quota and more). Before it is dropped, they are recorded in the store, in a bucket whose name begins with C(streamops-reset-); a reset that is
        killed is completed from there by the next one. Refused when a setting cannot be read or not be put back (replication).
      - A bucket that holds nothing is left alone. Between drop and creation nobody can write to it, and where names of buckets are shared with strangers,
        as on AWS, somebody else may take the name.
      - Only with O(engine=minio).
    type: bool
    default: false
  host:
    description:
      - Name or address of the server. For a Redis cluster, any of its nodes.
      - With O(transport=kubernetes_exec), as seen from inside the pod. With O(transport=kubernetes_port_forward) it is not used.
    type: str
    default: 127.0.0.1
  port:
    description: Port of the server. By default 3306, 5432, 8123 (ClickHouse speaks HTTP here, with TLS usually at 8443; its client program in a pod
      9000, with TLS 9440), 6379, 26257 or 9000 (MinIO), depending on O(engine).
    type: int
  username:
    description: User to log in as. Redis can do without. See O(credentials_secret) for other ways to give it.
    type: str
  password:
    description: Password of O(username). Any characters will do.
    type: str
  fallback_username:
    description:
      - User to log in as when the server refuses O(username) (unknown user or wrong password), as for a server that has not got its users yet.
        RV(login) says which of them it was.
      - Only with O(engine=clickhouse).
    type: str
  fallback_password:
    description: Password of O(fallback_username).
    type: str
  certs_dir:
    description:
      - Directory of certificates as C(cockroach cert) makes it, with C(ca.crt) and, to log in without a password, C(client.USERNAME.crt) and
        C(client.USERNAME.key).
      - With O(transport=kubernetes_exec) a directory in the pod; without this option the usual places are looked at there.
      - Only with O(engine=cockroachdb).
    type: path
  tls:
    description:
      - How to encrypt the connection. An empty dictionary asks for TLS and verifies the server with the certificates of the system.
      - Without this option MariaDB and PostgreSQL are reached with TLS when the server offers it, unverified, and Redis, ClickHouse and MinIO without.
      - V(cockroachdb) is reached with TLS and verified unless O(tls.enabled=false) is given, as a cluster that was started with C(--insecure) needs.
    type: dict
    suboptions:
      enabled:
        description: Whether to use TLS. V(false) goes without, even where the server offers it.
        type: bool
        default: true
      ca:
        description: File of the certificates to trust, on the host that runs the module.
        type: path
      cert:
        description: File of the client certificate.
        type: path
      key:
        description: File of the private key of O(tls.cert).
        type: path
      verify:
        description: Whether to verify the server's certificate.
        type: bool
        default: true
      verify_hostname:
        description: Whether the certificate must also name O(host). With V(false), PostgreSQL needs O(tls.ca).
        type: bool
        default: true
  must_exist:
    description: Fail when the database or key does not exist, or when O(pattern) matches nothing.
    type: bool
    default: false
  timeout:
    description:
      - Seconds that the server may take for one answer. Waiting for tables that other sessions have locked is part of it.
      - A server that does not accept the connection is given up after 10 seconds at most.
    type: int
    default: 120
extends_documentation_fragment:
  - streamops.kafka.kubernetes
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Counts everything that would be removed, exactly, and checks the rights of the user.
  diff_mode:
    support: full
    details: Shows the number of objects of each kind, before and after.
notes:
  - What is removed cannot be brought back by this module. Take a dump first if it is worth something, and restore it with the database's own tools.
  - "Recovery of a killed run: run the module again with the same options. On PostgreSQL, a database whose name begins with C(streamops~reset~) is the
    replacement that a killed run has prepared, with all settings of the old database; the next run uses it or throws it away."
requirements:
  - "PyMySQL >= 1.1 for V(mariadb) (MariaDB 10.1.3 or newer)"
  - "psycopg >= 3.1 for V(cockroachdb), and for V(postgresql) (PostgreSQL 11 or newer; sessions can be ended since 13)"
  - "nothing for V(clickhouse) (ClickHouse 18.16 or newer)"
  - "minio >= 7.2 for V(minio)"
  - "redis >= 5.0 for V(redis) (Redis 4.0 or newer)"
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Empty the experiment's MariaDB database
  streamops.kafka.db_reset:
    engine: mariadb
    host: mariadb.example.com
    username: admin
    password: "{{ mariadb_password }}"
    name: experiment

- name: Show what would be removed, and remove nothing
  streamops.kafka.db_reset:
    engine: mariadb
    host: mariadb.example.com
    username: admin
    password: "{{ mariadb_password }}"
    name: experiment
  check_mode: true
  diff: true

- name: Empty a PostgreSQL database over TLS, and fail when it does not exist
  streamops.kafka.db_reset:
    engine: postgresql
    host: postgres.example.com
    username: admin
    password: "{{ postgresql_password }}"
    tls:
      ca: /etc/ssl/certs/lab-ca.pem
    name: experiment
    must_exist: true

- name: Empty one schema, as its owner
  streamops.kafka.db_reset:
    engine: postgresql
    host: postgres.example.com
    username: experiment
    password: "{{ experiment_password }}"
    name: lab
    schema: experiment

- name: Drop the tables of one run on all hosts of a ClickHouse cluster
  streamops.kafka.db_reset:
    engine: clickhouse
    host: clickhouse.example.com
    username: experiment
    password: "{{ clickhouse_password }}"
    fallback_username: default
    fallback_password: ""
    name: lab
    tables: "run7_*"
    cluster: lab

- name: Empty a database of a secure CockroachDB, with the certificate of its user
  streamops.kafka.db_reset:
    engine: cockroachdb
    host: cockroachdb.example.com
    username: root
    certs_dir: /etc/cockroach/certs
    name: experiment

- name: Empty the experiment's buckets
  streamops.kafka.db_reset:
    engine: minio
    host: minio.example.com
    username: experiment
    password: "{{ minio_password }}"
    tls: {}
    pattern: "experiment-*"

- name: Remove the experiment's keys from a Redis cluster
  streamops.kafka.db_reset:
    engine: redis
    host: redis-1.example.com
    password: "{{ redis_password }}"
    pattern: "experiment:*"

- name: Empty the databases of all runs, waiting at most 10 seconds for locked tables
  streamops.kafka.db_reset:
    engine: mariadb
    host: mariadb.example.com
    username: admin
    password: "{{ mariadb_password }}"
    pattern: "experiment_run_*"
    timeout: 10
"""

RETURN = r"""
removed:
  description:
    - What was removed, or would be removed in check mode, by kind, over all targets.
    - Indexes, triggers and constraints go with their tables and are not counted.
  returned: when the server could be read
  type: dict
  sample: {"tables": 12, "views": 2, "procedures": 1}
state:
  description: V(absent) when nothing of what was asked for exists, V(failed) when a target was not reset, else V(reset).
  returned: when the server could be read
  type: str
  sample: reset
targets:
  description: Each database, key or key pattern.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database or key, or the pattern of keys.
      type: str
      sample: experiment
    state:
      description: V(ok), V(absent), V(failed), or V(not attempted) because the server was lost before.
      type: str
      sample: ok
    removed:
      description: As RV(removed), for this target. Of a failed target, what was removed before it failed.
      type: dict
      sample: {"tables": 12, "views": 2, "procedures": 1}
    kept:
      description: What the target is apart from its contents. Grants are listed as far as the user may see them. Of parameters only the names are shown.
      type: dict
      sample: {"character_set": "utf8mb4", "collation": "utf8mb4_unicode_ci", "comment": "", "grants": ["'app'@'%': INSERT, SELECT on experiment"]}
    verified:
      description: As RV(verified), for this target.
      type: str
      sample: verified
    held:
      description: How much was in it, as far as the engine can tell. On a cluster this is the sum over all hosts.
      returned: when the engine is V(clickhouse)
      type: dict
      sample: {"rows": 1000, "bytes": 25000}
    error:
      description: Why it is not V(ok), or why it could not be counted again.
      returned: when something went wrong
      type: str
      sample: "Failed to reset the database on experiment (mariadb db:3306): a lock was not free within 10 s; open in session 7 of app@web-1"
  sample:
    - name: experiment
      state: ok
      removed: {"tables": 12, "views": 2, "procedures": 1}
      kept: {"character_set": "utf8mb4", "collation": "utf8mb4_unicode_ci", "comment": "", "grants": []}
      verified: verified
verified:
  description:
    - Each target was read again after the reset. V(verified) when all are empty and what is kept is as before; V(failed) when one is not;
      V(not_checked) when one could not be read again, in check mode, and when there is nothing to check.
  returned: when the server could be read
  type: str
  sample: verified
login:
  description: As which user it logged in, and whether that was the fallback user.
  returned: when the server could be read
  type: dict
  sample: {"user": "admin", "fallback": false}
credentials:
  description: From where O(username) and O(password) are known - V(option), V(secret), V(environment) or V(none). Never what they are.
  returned: when the server could be read
  type: dict
  sample: {"username": "option", "password": "secret"}
pod:
  description: Namespace and name of the pod that was chosen.
  returned: with the two Kubernetes transports, when the server could be read
  type: str
  sample: lab/mariadb-0
seconds:
  description: How long it took.
  returned: when the server could be read
  type: float
  sample: 0.214
"""

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.databases.engines import (
    ENGINES,
    ENGINES_WITH_SCHEMAS,
    SQL_ENGINES,
    login_used,
    open_engine,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.engine_options import ENGINE_SPEC, engine_options_from, engine_options_problems
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import LOGIN_SPEC, login_from, login_problems
from ansible_collections.streamops.kafka.plugins.module_utils.databases.reset import (
    absence_problems,
    apply_resets,
    failure,
    foreseen,
    plan_resets,
    read_targets,
    report,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import Selection, selection_problems
from ansible_collections.streamops.kafka.plugins.module_utils.databases.transports import TRANSPORT_SPEC, reach, transport_problems
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

RESET_SPEC: dict[str, dict[str, Any]] = {
    "engine": {"type": "str", "choices": ENGINES, "required": True},
    "name": {"type": "str"},
    "pattern": {"type": "str"},
    "schema": {"type": "str"},
    "must_exist": {"type": "bool", "default": False},
    **TRANSPORT_SPEC,
    **LOGIN_SPEC,
    **ENGINE_SPEC,
}


def checked_selection(options: dict[str, Any]) -> Selection:
    """What the options select.

    :raises InputError: with everything that is wrong with the options, before a server is asked.
    """
    engine, selection = options["engine"], Selection(options["name"], options["pattern"], options["schema"])
    problems = selection_problems(selection, has_system_databases=engine in SQL_ENGINES)
    problems += login_problems(login_from(options)) + transport_problems(options)
    problems += engine_options_problems(engine, engine_options_from(options))
    if selection.schema is not None and engine not in ENGINES_WITH_SCHEMAS:
        problems.append(f"schema is an option of {' and '.join(ENGINES_WITH_SCHEMAS)}, not of {engine}")
    if problems:
        raise InputError(problems)
    return selection


def main() -> None:
    module = EnumModule(
        argument_spec=RESET_SPEC,
        supports_check_mode=True,
        required_one_of=[("name", "pattern")],
        mutually_exclusive=[("name", "pattern")],
    )
    started = time.monotonic()
    with operation_errors(module):
        selection = checked_selection(module.params)
        with (
            reach(module.params, login_from(module.params)) as way,
            open_engine(way.login, selection, engine_options_from(module.params), way.connect) as engine,
        ):
            used = login_used(engine, way.login)
            found = read_targets(engine, engine.targets(selection))
            missing = absence_problems(selection, found) if module.params["must_exist"] else []
            if missing:
                raise InputError(missing, "must_exist is set: create it, or leave must_exist out.")
            plan = plan_resets(found)
            outcomes = foreseen(found, plan) if module.check_mode else apply_resets(engine, found, plan)
    result = {**report(outcomes, started, plan), "login": used, **way.as_result(), "diff": plan.diff()}
    if failure(outcomes):
        module.fail_json(msg=failure(outcomes), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
