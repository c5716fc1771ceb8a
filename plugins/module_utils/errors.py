# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that modules report: what was attempted, on what, what answered, what to try."""

from __future__ import annotations

from collections.abc import Mapping


class OperationError(Exception):
    """An operation that could not be done, in the words that its user needs.

    :param attempted: what was attempted, as an infinitive: ``"create the topics"``.
    :param on: the object it was attempted on: ``"orders"``, ``"127.0.0.1:9092"``. May be empty.
    :param answered: what the server (or the check) said.
    :param advice: what to try next, as a sentence. May be empty.
    :param partial: what was done before the failure; it becomes part of the module's result.
    """

    def __init__(
        self,
        attempted: str,
        on: str = "",
        answered: str = "",
        advice: str = "",
        partial: Mapping[str, object] | None = None,
    ) -> None:
        self.attempted = attempted
        self.on = on
        self.answered = answered.rstrip(". ")
        self.advice = advice
        self.partial: dict[str, object] = dict(partial or {})
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"Failed to {self.attempted}"
        if self.on:
            text += f" on {self.on}"
        if self.answered:
            text += f": {self.answered}"
        text += "."
        return f"{text} {self.advice}" if self.advice else text


class InputError(OperationError):
    """Wrong input, found before anything was touched. Lists every problem at once."""

    def __init__(self, problems: list[str], advice: str = "") -> None:
        self.problems = problems
        super().__init__("start, nothing was changed", answered="; ".join(problems), advice=advice)
