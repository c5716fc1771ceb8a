# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes at positions of a text. What is not changed stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .document import Document, Entry, Mapping, Node, Scalar, Sequence, end_of

_DASH = re.compile(r" *- +")


@dataclass(frozen=True)
class Edit:
    """``text`` takes the place of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class NoPlace(Exception):
    """The text is written in a way in which nothing can be put there without touching what stands there."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits. Insertions at the same position keep their order."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise ValueError(f"two changes of the same text, at {edit.start}")
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def replace_in(document: Document, scalar: Scalar, old: str, new: str) -> Edit:
    """The first ``old`` in a scalar becomes ``new``; quotes and everything else stay.

    :raises NoPlace: when the text does not hold it as it is (escapes, a text folded over two lines).
    """
    at = document.text.find(old, scalar.start, scalar.end)
    if at < 0 or not old:
        raise NoPlace
    if scalar.in_flow and not scalar.style and old == scalar.value:
        new = _in_braces(new)
    return Edit(at, at + len(old), new)


def insert_key(document: Document, mapping: Mapping, lines: list[str], after: Entry | None = None) -> Edit:
    """A new key behind ``after``, or behind the last one.

    :param lines: ``KEY: value``, and what stands below it, indented by what it is deeper.
    """
    entries = [entry for entry in mapping.entries if not (isinstance(entry.value, Scalar) and entry.value.keeps_line_breaks)]
    if mapping.flow:
        if len(lines) > 1:
            raise NoPlace
        return _into_flow(document, mapping, [entry.value for entry in mapping.entries], _as_quoted_as(mapping, lines[0]), "{")
    if not entries:
        raise NoPlace
    place = after if after in entries else entries[-1]
    first = entries[0].key
    indent = " " * document.column(_start_of(document, first))
    return _line_behind(document, end_of(place.value), [indent + line for line in lines])


def insert_item(document: Document, sequence: Sequence, item: str, after: Node | None = None) -> Edit:
    """A new item behind ``after``, or behind the last one."""
    if sequence.flow:
        return _into_flow(document, sequence, sequence.items, item, "[")
    items = [found for found in sequence.items if not (isinstance(found, Scalar) and found.keeps_line_breaks)]
    if not items:
        raise NoPlace
    place = after if after in items else items[-1]
    first = items[0].start
    dash = _DASH.match(document.text, document.line_start(first), first)
    if not dash:
        raise NoPlace
    return _line_behind(document, end_of(place), [dash[0] + item])


def _line_behind(document: Document, position: int, lines: list[str]) -> Edit:
    """Behind the line of this position, and behind the comment that stands on it."""
    end = document.line_end(position)
    return Edit(end, end, "".join(document.line_break + line for line in lines))


def _into_flow(document: Document, node: Mapping | Sequence, parts: list[Node], text: str, bracket: str) -> Edit:
    if parts:
        return Edit(end_of(parts[-1]), end_of(parts[-1]), f", {text}")
    start = document.text.index(bracket, node.start) + 1
    return Edit(start, start, text)


def _as_quoted_as(mapping: Mapping, line: str) -> str:
    """In quotes where the keys around it are, as in JSON, and where its value would mean something else without."""
    key, dummy, value = line.partition(": ")
    if any(entry.key.style == '"' for entry in mapping.entries):
        return f'"{key}": "{value.strip(chr(34))}"'
    return f"{key}: {_in_braces(value)}"


def _in_braces(value: str) -> str:
    """A plain text as it can stand in braces and brackets."""
    return f'"{value}"' if set("{}[],") & set(value) else value


def _start_of(document: Document, node: Node) -> int:
    """Where a key begins, its anchor included."""
    line = document.line_start(node.start)
    return line + len(document.text[line : node.start]) - len(document.text[line : node.start].lstrip(" -"))
