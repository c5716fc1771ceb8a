# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables (``NAME=value``, as a shell or Docker reads them), with other values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import InputError
from .shown import diff_of
from .versions import version_of

_SINGLE_VALUE = re.compile(r"[\w./:@+-]+")


def set_variables(text: object, variables: object) -> dict[str, object]:
    """The text with these values where the variables are defined in it. What is left alone is listed with the reason, and nothing is added.

    :raises InputError: when the arguments are no text and no dictionary of texts.
    """
    problems = [] if isinstance(text, str) else ["the file of variables must be a text"]
    if not isinstance(variables, Mapping) or not all(isinstance(part, str) for pair in variables.items() for part in pair):
        problems.append("the variables must be a dictionary of texts")
    if problems or not isinstance(text, str) or not isinstance(variables, Mapping):
        raise InputError(problems)
    new, set_here = text, []
    left: dict[str, str] = {}
    for name, value in variables.items():
        found = _definition(name).search(new)
        reason = _reason_to_leave(found["value"] if found else None, value)
        if reason:
            left[name] = reason
        elif found and found["value"] != value:
            new = _definition(name).sub(rf"\g<name>\g<quote>{value}\g<quote>", new)
            set_here.append(name)
    return {"text": new, "changed": new != text, "set": set_here, "left": left, "diff": diff_of(text, new)}


def _reason_to_leave(old: str | None, new: str) -> str:
    if old is None:
        return f"it is not defined here; it must be {new}"
    if not _SINGLE_VALUE.fullmatch(new):
        return f"it must be {new}"
    versions = version_of(old), version_of(new)
    if versions[0] and versions[1] and versions[0] > versions[1]:
        return f"it is {old}, which is newer than {new}"
    return ""


def _definition(name: str) -> re.Pattern[str]:
    """The lines that define a variable, whatever comment stands behind it."""
    before = rf"(?P<name>[ \t]*(?:export[ \t]+)?{re.escape(name)}[ \t]*=[ \t]*)"
    return re.compile(rf"^{before}(?P<quote>[\"']?)(?P<value>[^\"'#\r\n]*?)(?P=quote)(?=[ \t]*(?:#.*)?\r?$)", re.MULTILINE)
