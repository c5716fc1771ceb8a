# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that turns our errors into ``fail_json``."""

from __future__ import annotations

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


@contextmanager
def operation_errors(module: AnsibleModule) -> Iterator[None]:
    """Report what goes wrong inside as a failed task, together with what had been done until then."""
    try:
        yield
    except LibraryMissing as error:
        module.fail_json(msg=missing_required_lib(error.library, reason=error.reason))
    except OperationError as error:
        module.fail_json(msg=str(error), **error.partial)
