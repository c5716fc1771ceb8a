# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors are waited for also while their worker is started again. It listens before it knows any path, and answers 404 to all of them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import Connector, Task
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors_client import wait_for_all
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.rest import RestError

RUNNING = Connector("a", {}, "running", (Task(0, "running"),), 1)
STARTING = Connector("a", {}, "running", (Task(0, "unassigned"),), 1)


class Answers:
    """A worker that answers so, one look after the other; the last answer stays."""

    def __init__(self, *answers: int | Connector) -> None:
        self.answers = list(answers)

    def connectors(self) -> dict[str, Connector]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, int):
            raise RestError("list the connectors", "GET /connectors", str(answer), status=answer)
        return {answer.name: answer}


def wait(*answers: int | Connector, timeout: float = 30) -> tuple[dict[str, Any], dict[str, str]]:
    return wait_for_all(cast(Worker, Answers(*answers)), {"a": "running"}, {"a": False}, timeout, Progress("a"))


def test_a_worker_that_is_started_again_is_waited_for() -> None:
    assert wait(STARTING, 404, 404, RUNNING) == ({"a": RUNNING}, {})


def test_a_worker_that_never_knows_its_paths_is_said_at_the_deadline() -> None:
    seen, reasons = wait(STARTING, 404, timeout=0.3)
    assert seen == {"a": STARTING} and "within 0.3 s; last seen:" in reasons["a"]


def test_another_refusal_ends_the_wait() -> None:
    with pytest.raises(RestError):
        wait(STARTING, 403)
