# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diff of two stack files that may be shown: passwords in them are masked."""

from __future__ import annotations

import difflib
import re

from ..configuration.keys import LOGIN_IN_URL, MASKED, SECRET_KEY
from .document import Mapping, Scalar, Sequence, parse, target_of, walk
from .edits import Edit, apply_edits

# A word that is set in the middle of a text or of a comment: `password="..."` of a JAAS login, `# DB_PASSWORD: ...`
_SET_IN_TEXT = re.compile(r"(passw(?:or)?d|passphrase|secret|token|api_?key)(\w*[\"']?[ \t]*[=:][ \t]*)(\"[^\"]*\"|'[^']*'|[^\s,;\"']+)", re.IGNORECASE)
_HARMLESS = ("", "true", "false", "null", "~")


def shown_diff(before: str, after: str) -> str:
    """The unified diff of two texts, without the values of passwords and the like."""
    return diff_of(masked(before), masked(after))


def diff_of(before: str, after: str) -> str:
    """The unified diff of two texts, in which what is set to a password and the like in a single line is masked."""
    lines = difflib.unified_diff(_hidden(before).splitlines(keepends=True), _hidden(after).splitlines(keepends=True), "before", "after")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def masked(text: str) -> str:
    """The text with ``********`` in place of secrets. Line by line it stays comparable: the same is masked alike on both sides."""
    document = parse(text)
    edits: dict[int, Edit] = {}
    for node in walk(document.root):
        for scalar, start in _secrets(node, text):
            edits[start] = Edit(start, scalar.end, MASKED)
    return apply_edits(text, edits.values())


def _hidden(text: str) -> str:
    return _SET_IN_TEXT.sub(lambda found: f"{found[1]}{found[2]}{MASKED}", LOGIN_IN_URL.sub(rf"\1:{MASKED}@", text))


def _secrets(node: object, text: str) -> list[tuple[Scalar, int]]:
    """The scalars with a secret, each with the position where that begins."""
    found: list[tuple[Scalar, int]] = []
    if isinstance(node, Mapping):
        for entry in node.entries:
            value = target_of(entry.value)
            if isinstance(value, Scalar) and SECRET_KEY.search(entry.name) and value.value.lower() not in _HARMLESS:
                found.append((value, value.start))
    elif isinstance(node, Sequence):
        for item in map(target_of, node.items):
            if isinstance(item, Scalar) and SECRET_KEY.search(item.value.partition("=")[0]) and "=" in item.value:
                found.append((item, text.index("=", item.start) + 1))
    return found
