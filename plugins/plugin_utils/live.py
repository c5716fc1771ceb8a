# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines while a module runs.

Ansible shows what a module prints only when it has ended. Lines of ``Display().display()`` appear at once, on the
command line and as events in AWX, but only an action plugin can write them. So the action plugin names a file in the
module's environment, the module appends a line now and then (module_utils/progress.py), and a thread here shows it.
Where the module runs on another host there is no shared file, and the wait is silent as it is for every module.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.progress import PROGRESS_FILE_VARIABLE

_POLL_SECONDS = 0.5


@contextmanager
def shown_progress() -> Iterator[Mapping[str, str]]:
    """The environment for a module whose progress lines are to be shown during the ``with`` block."""
    descriptor, path = tempfile.mkstemp(prefix="streamops-progress-")
    os.close(descriptor)
    ended = threading.Event()
    follower = threading.Thread(target=_follow, args=(path, ended), daemon=True)
    follower.start()
    try:
        yield {PROGRESS_FILE_VARIABLE: path}
    finally:
        ended.set()
        follower.join()
        os.unlink(path)


def _follow(path: str, ended: threading.Event) -> None:
    with open(path, encoding="utf-8") as stream:
        while True:
            last_look = ended.wait(_POLL_SECONDS)
            for line in stream.read().splitlines():
                Display().display(f"  {line}")
            if last_look:
                return


class LiveAction(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Runs the module of the same name and shows its progress."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if self._task.async_val:
            return {**result, **self._execute_module(task_vars=task_vars, wrap_async=True)}
        if self._connection.transport != "local":  # elsewhere there is no such file
            return {**result, **self._execute_module(task_vars=task_vars)}
        with shown_progress() as environment:
            self._task.environment = [*(self._task.environment or []), dict(environment)]
            return {**result, **self._execute_module(task_vars=task_vars)}
