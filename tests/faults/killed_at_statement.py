# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs db_reset, and kills it (SIGKILL) just before the n-th statement that changes something: `python killed_at_statement.py N`.

Between two such statements nothing changes on the server, so killing before each in turn covers every state that a killed
run can leave, but for those in the middle of a statement. The module is the real one; only its sessions count.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.databases import clickhouse_client, mariadb_client, minio_client, postgresql_client, redis_client
from ansible_collections.streamops.kafka.plugins.modules import db_reset

READS = ("SELECT", "SHOW", "USE", "SET ")


def kill_before(owner: type, method: str, countdown: list[int]) -> None:
    """From now on the process dies at the call of ``owner.method`` for which the countdown is over."""
    original = getattr(owner, method)

    def counted(self: Any, *args: Any) -> Any:
        if isinstance(args[0], str) and args[0].lstrip().startswith(READS):
            return original(self, *args)
        if countdown[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        countdown[0] -= 1
        return original(self, *args)

    setattr(owner, method, counted)


if __name__ == "__main__":
    left = [int(sys.argv[1])]
    sys.argv = sys.argv[:1]
    kill_before(mariadb_client.PyMySqlSession, "rows", left)
    kill_before(postgresql_client.PsycopgSession, "rows", left)
    kill_before(clickhouse_client.HttpSession, "_answer", left)
    kill_before(redis_client.RedisNode, "unlink", left)
    for changing in ("remove", "abort", "drop", "create", "write", "settings"):
        kill_before(minio_client.S3Store, changing, left)
    db_reset.main()
