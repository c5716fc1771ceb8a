# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party libraries that are imported when they are first used.

A reset needs the driver of one engine, and importing those of all takes longer than many a reset; where several resets
run at the same time, it is the processor that they share (tests/bench).
"""

from __future__ import annotations

import importlib
from typing import Any

from .module import LibraryMissing


class Library:
    """Stands in for an import. Type checkers are given the real one::

        if TYPE_CHECKING:
            import pymysql
        else:
            pymysql = Library("pymysql")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


def require(name: str, called: str, reason: str) -> None:
    """Import it now.

    :param called: what it is called where it is installed from.
    :raises LibraryMissing: when it is not installed here.
    """
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise LibraryMissing(called, reason=reason) from error
