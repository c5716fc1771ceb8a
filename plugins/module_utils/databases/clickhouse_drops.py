# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drops the objects of a ClickHouse database, each by a statement of its own.

Where there are many, over several connections: the server works on several drops at once, and is asked for the next one
while it does. That is faster than one connection. The server's own DROP DATABASE takes half the time on an idle disk, more on
a busy one (tests/bench), and says nothing on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from queue import SimpleQueue
from typing import Union

from .clickhouse_objects import Entry
from .login import ConnectionLost
from .sql import Session, SqlError
from .workers import WORKERS, parallel

_MANY = 100
_NO_TABLE = ("60", "81")
_NEEDED = "630"

Problem = Union[SqlError, ConnectionLost, None]


class Drops:
    """:param statement: the one that drops an object.
    :param more: opens a further connection; without it, one does all the work.
    """

    def __init__(self, session: Session, statement: Callable[[Entry], str], more: Callable[[], Session] | None = None) -> None:
        self._session = session
        self._statement = statement
        self._more = more

    def all(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Drop all of them and yield each one that is gone; what others need waits for the next round.

        :raises SqlError: for the first one that the server refuses. By then, everything that is gone has been yielded.
        """
        left = list(entries)
        while left:
            needed: list[tuple[Entry, SqlError]] = []
            fatal: SqlError | ConnectionLost | None = None
            for entry, problem in self._tried(left):
                if problem is None:
                    yield entry
                elif isinstance(problem, SqlError) and problem.code == _NEEDED:
                    needed.append((entry, problem))
                elif isinstance(problem, ConnectionLost) or problem.code not in _NO_TABLE:  # else somebody was faster
                    fatal = fatal or problem
            if fatal is not None:
                raise fatal
            if len(needed) == len(left):
                raise needed[0][1]
            left = [entry for entry, _problem in needed]

    def _tried(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Problem]]:
        """Each object with the reason why it is still there, as far as they were tried: one that must not be passed over ends it."""
        if self._more is None or len(entries) < _MANY:
            for entry in entries:
                problem = self._try(self._session, entry)
                yield entry, problem
                if _is_fatal(problem):
                    return
            return
        with ExitStack() as opened:
            free: SimpleQueue[Session] = SimpleQueue()
            for _number in range(WORKERS):
                session = self._more()
                opened.callback(session.close)
                free.put(session)
            yield from self._tried_by_several(entries, free)

    def _tried_by_several(self, entries: Sequence[Entry], free: SimpleQueue[Session]) -> Iterator[tuple[Entry, Problem]]:
        ended_by: list[Problem] = []

        def work(entry: Entry) -> tuple[Entry, Problem] | None:
            if ended_by:
                return None
            session = free.get()
            try:
                problem = self._try(session, entry)
            finally:
                free.put(session)
            if _is_fatal(problem):
                ended_by.append(problem)
            return entry, problem

        for _kind, same in groupby(entries, key=lambda each: each.kind):  # a view goes before the tables that it reads
            yield from (tried for tried in parallel(work, same) if tried is not None)

    def _try(self, session: Session, entry: Entry) -> Problem:
        try:
            session.run(self._statement(entry))
        except (SqlError, ConnectionLost) as problem:
            return problem
        return None


def _is_fatal(problem: Problem) -> bool:
    return isinstance(problem, ConnectionLost) or (problem is not None and problem.code not in (*_NO_TABLE, _NEEDED))
