# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks a run of debezium_upgrade off at a request of its choice: the worker refuses it, or the run is killed (SIGKILL) when it arrives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

REFUSED = 403  # no reason to try again


@dataclass(frozen=True)
class Fault:
    """``request`` and ``after`` are regular expressions on ``METHOD path``.

    :param stage: the stage of the role that makes the request.
    :param after: only requests count that come after so many of these.
    :param passes: how many of the requests are let through, so that a part of them is done.
    """

    stage: str
    request: str
    after: str = ""
    after_times: int = 1
    passes: int = 0
    kills: bool = False


# The order is that of the stages: each run goes on where the one before it was broken off.
FAULTS = (
    Fault("look", r"GET /connectors\?"),
    Fault("stop", r"PUT /connectors/[^/]+/stop"),
    Fault("stop", r"PUT /connectors/[^/]+/stop", passes=1, kills=True),
    Fault("offsets", r"GET /connectors/[^/]+/offsets", after=r"GET /connector-plugins$"),
    Fault("offsets", r"GET /connectors/[^/]+/offsets", after=r"GET /connector-plugins$", passes=1, kills=True),
    Fault("put", r"PUT /connectors/[^/]+/config$"),
    Fault("put", r"PUT /connectors/[^/]+/config$", passes=1, kills=True),
    Fault("resume", r"PUT /connectors/[^/]+/resume"),
    Fault("resume", r"PUT /connectors/[^/]+/resume", passes=1, kills=True),
    Fault("verify", r"GET /connectors/[^/]+/offsets", after=r"PUT /connectors/[^/]+/resume"),
    Fault("verify", r"GET /connectors/[^/]+/offsets", after=r"GET /connector-plugins$", after_times=2, kills=True),
)


def refusing(fault: Fault, kill: Callable[[], None]) -> Callable[[str, str], int]:
    """What a front answers with, by method and path: 0 to pass the request on."""
    seen = {"after": 0, "passed": 0}

    def refuse(method: str, path: str) -> int:
        request = f"{method} {path}"
        if (not fault.after or seen["after"] >= fault.after_times) and re.match(fault.request, request):
            seen["passed"] += 1
            if seen["passed"] > fault.passes:
                if fault.kills:
                    kill()
                return REFUSED
        elif fault.after and re.match(fault.after, request):
            seen["after"] += 1
        return 0

    return refuse
