# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs kafka_pod_reset, and kills it (SIGKILL) just before its n-th call of a tool: `python killed_at_tool.py N`.

Between two calls nothing changes in the cluster. The module is the real one; only its calls are counted.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.launcher import PodTools
from ansible_collections.streamops.kafka.plugins.modules import kafka_pod_reset

if __name__ == "__main__":
    last = int(sys.argv[1])
    sys.argv = sys.argv[:1]
    original = PodTools.ask

    def counted(self: PodTools, *arguments: Any, **options: Any) -> Any:
        if self.calls + 1 == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *arguments, **options)

    PodTools.ask = counted  # type: ignore[method-assign]
    kafka_pod_reset.main()
