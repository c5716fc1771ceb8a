# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the SQL engines ask of a connection, so that the same statements go through a driver or a client program."""

from __future__ import annotations

from typing import Any, Protocol


class SqlError(Exception):
    """The server's answer to a statement that it refused.

    :param code: the engine's own code: ``"1205"`` of MariaDB, the SQLSTATE ``"55P03"`` of PostgreSQL.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{text} ({code})")


class Session(Protocol):
    """One connection, each statement its own transaction. Statements are complete texts, with their values quoted in them."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows of a query.

        :raises SqlError: what the server answered instead.
        :raises ConnectionLost: when the server went away.
        """

    def run(self, statement: str) -> None:
        """Run what returns no rows. Raises as ``rows``."""

    def close(self) -> None:
        """Give the connection back."""
