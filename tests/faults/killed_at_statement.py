# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs db_reset, and kills it (SIGKILL) just before its n-th statement: `python killed_at_statement.py N`.

Between two statements nothing changes on the server, so killing before each in turn covers every state that a killed
run can leave, but for those in the middle of a statement. The module is the real one; only its sessions count.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.databases import clickhouse_client, mariadb_client, postgresql_client, redis_client
from ansible_collections.streamops.kafka.plugins.modules import db_reset


def kill_before(owner: type, method: str, countdown: list[int]) -> None:
    """From now on the process dies at the call of ``owner.method`` for which the countdown is over."""
    original = getattr(owner, method)

    def counted(self: Any, *args: Any) -> Any:
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
    db_reset.main()
