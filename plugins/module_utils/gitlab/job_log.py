# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that must or must not appear in a job's log: reading it piece by piece, no requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The log holds what the terminal would get: colours, and the marks of collapsible sections ("CI/CD job logs", custom
# collapsible sections): section_start:UNIX_TIMESTAMP:NAME\r\x1b[0KTEXT
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SECTION = re.compile(r"section_(?:start|end):\d+:[^\r\n]*\r")
_LONGEST_LINE = 1 << 20
_SHOWN = 500


@dataclass
class Expectation:
    """One regular expression, and the first line that it matches."""

    pattern: re.Pattern[str]
    wanted: bool
    line: str = ""
    line_number: int = 0

    @property
    def is_seen(self) -> bool:
        return self.line_number > 0

    @property
    def state(self) -> str:
        if not self.is_seen:
            return "not_found"
        return "found" if self.wanted else "forbidden"

    def as_result(self) -> dict[str, object]:
        result: dict[str, object] = {"pattern": self.pattern.pattern, "expected": "must" if self.wanted else "must_not", "state": self.state}
        return {**result, "line_number": self.line_number, "line": self.line} if self.is_seen else result


class LogCheck:
    """A log that grows, looked at line by line; only the lines that match are kept."""

    def __init__(self, expectations: Iterable[Expectation]) -> None:
        self.expectations = list(expectations)
        self.bytes_read = 0
        self.lines_read = 0
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """The next piece of the log, cut anywhere."""
        self.bytes_read += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._look_at(line)
        if len(self._rest) > _LONGEST_LINE:
            self.finish()

    def finish(self) -> None:
        """Take what has come as a whole line: the job has ended."""
        if self._rest:
            self._look_at(self._rest)
            self._rest = b""

    @property
    def state(self) -> str:
        """``forbidden`` when a line is there that must not be, else ``found`` when all are that must, else ``not_found``."""
        if any(expected.is_seen for expected in self.expectations if not expected.wanted):
            return "forbidden"
        return "found" if all(expected.is_seen for expected in self.expectations if expected.wanted) else "not_found"

    @property
    def wants_lines(self) -> bool:
        return any(expected.wanted for expected in self.expectations)

    def missing(self) -> list[str]:
        """The expressions that must match and have not yet."""
        return [expected.pattern.pattern for expected in self.expectations if expected.wanted and not expected.is_seen]

    def forbidden(self) -> list[str]:
        """The lines that must not be there, with their numbers."""
        return [f"line {expected.line_number}: {expected.line}" for expected in self.expectations if not expected.wanted and expected.is_seen]

    def _look_at(self, raw: bytes) -> None:
        self.lines_read += 1
        line = plain_line(raw)
        for expected in self.expectations:
            match = None if expected.is_seen else expected.pattern.search(line)
            if match:
                expected.line_number, expected.line = self.lines_read, _excerpt(line, match.start())


def plain_line(raw: bytes) -> str:
    """A line of a log without colours and section marks."""
    text = _CONTROL.sub("", raw.decode("utf-8", errors="replace"))
    return _SECTION.sub("", text).rstrip("\r").replace("\r", " ")


def _excerpt(line: str, position: int) -> str:
    start = max(0, min(position - _SHOWN // 2, len(line) - _SHOWN))
    return line[start:start + _SHOWN]


def expectations_from(must: Iterable[str], must_not: Iterable[str]) -> tuple[list[Expectation], list[str]]:
    """The expressions, and what is wrong with those that are none."""
    expectations, problems = [], []
    for option, wanted, patterns in (("must", True, must), ("must_not", False, must_not)):
        for pattern in patterns:
            try:
                expression = re.compile(pattern)
            except re.error as error:
                problems.append(f"{option}: '{pattern}' is no regular expression ({error})")
                continue
            if expression.search(""):
                problems.append(f"{option}: '{pattern}' matches every line")
            expectations.append(Expectation(expression, wanted))
    return expectations, problems
