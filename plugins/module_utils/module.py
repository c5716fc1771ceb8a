# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that turns our errors into ``fail_json``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .errors import OperationError


class LibraryMissing(Exception):
    """A Python library that this call needs is not installed where the module runs."""

    def __init__(self, library: str, reason: str = "") -> None:
        self.library = library
        self.reason = reason
        super().__init__(library)


class Stopped(BaseException):
    """The module was asked to stop. No ``except Exception`` catches it, every ``finally`` runs."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        self.partial: dict[str, object] = {}
        super().__init__(f"Stopped by {signal.Signals(signum).name}. What was changed for a while is put back.")


def stop_orderly() -> None:
    """Let a polite kill (SIGTERM, SIGINT, SIGHUP) run the code that puts temporary changes back."""

    def stop(signum: int, _frame: object) -> None:
        raise Stopped(signum)

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, stop)


@contextmanager
def stopped_as_such() -> Iterator[None]:
    """A signal that arrives while a C library calls back into Python comes out of it as the library's SystemError: raise what it was."""
    try:
        yield
    except SystemError as error:
        if isinstance(error.__cause__, Stopped):
            raise Stopped(error.__cause__.signum) from None
        raise


@contextmanager
def operation_errors(module: AnsibleModule) -> Iterator[None]:
    """Report what goes wrong inside as a failed task, together with what had been done until then."""
    try:
        with stopped_as_such():
            yield
    except Stopped as error:
        module.fail_json(msg=str(error), **error.partial)
    except LibraryMissing as error:
        module.fail_json(msg=missing_required_lib(error.library, reason=error.reason))
    except OperationError as error:
        module.fail_json(msg=str(error), **error.partial)
