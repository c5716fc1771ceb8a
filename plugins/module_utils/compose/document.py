# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML text as a tree that knows where each part stands, so that a change can be made in the text itself and nothing else moves.

Built from the events of PyYAML's parser. Its loaders would resolve aliases and merge keys and forget where they stood; ruamel.yaml
refuses a merge key that stands twice in one mapping, which Swarm accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Union

from ..errors import OperationError
from ..module import LibraryMissing

try:
    import yaml

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = str(error)

MERGE = "<<"
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(eq=False)
class Scalar:
    """A text. ``start`` and ``end`` are positions in the document, anchors and tags left out; quotes belong to it.

    :param in_flow: it stands in braces or brackets, where some signs mean something.
    """

    value: str
    start: int
    end: int
    style: str
    in_flow: bool = False

    @property
    def keeps_line_breaks(self) -> bool:
        """A block scalar whose trailing empty lines are part of it (``|+``), so that no line can be put behind it."""
        return self.style.endswith("+")


@dataclass(eq=False)
class Alias:
    """``*name``, with the node that it stands for."""

    name: str
    target: Node
    start: int
    end: int


@dataclass(eq=False)
class Entry:
    """One key of a mapping with its value. A key that is no plain text (YAML allows any) has no name."""

    key: Scalar
    value: Node

    @property
    def name(self) -> str:
        return self.key.value

    @property
    def is_merge(self) -> bool:
        return self.key.value == MERGE and self.key.style == ""


@dataclass(eq=False)
class Mapping:
    """Keys and values as they stand, merge keys among them, however often."""

    start: int
    end: int
    flow: bool
    anchor: str = ""
    entries: list[Entry] = field(default_factory=list)


@dataclass(eq=False)
class Sequence:
    start: int
    end: int
    flow: bool
    anchor: str = ""
    items: list[Node] = field(default_factory=list)


Node = Union[Scalar, Alias, Mapping, Sequence]  # noqa: UP007 - pylint of ansible-test reads this as Python 3.8


@dataclass(frozen=True)
class Document:
    """A parsed text and its root."""

    text: str
    root: Node

    @property
    def line_break(self) -> str:
        found = _LINE_BREAK.search(self.text)
        return found[0] if found else "\n"

    def line(self, position: int) -> int:
        """The number of the line that holds this position, from 1."""
        return len(_LINE_BREAK.findall(self.text, 0, position)) + 1

    def line_start(self, position: int) -> int:
        return max(self.text.rfind("\n", 0, position), self.text.rfind("\r", 0, position)) + 1

    def line_end(self, position: int) -> int:
        """Where the line ends, before its line break."""
        found = _LINE_BREAK.search(self.text, position)
        return found.start() if found else len(self.text)

    def next_line(self, position: int) -> int:
        found = _LINE_BREAK.search(self.text, position)
        return found.end() if found else len(self.text)

    def column(self, position: int) -> int:
        return position - self.line_start(position)

    def raw(self, node: Scalar | Alias) -> str:
        return self.text[node.start : node.end]


def target_of(node: Node) -> Node:
    """The node itself, or what it is an alias of."""
    return target_of(node.target) if isinstance(node, Alias) else node


def end_of(node: Node) -> int:
    """Where the text of a node ends. A block mapping or sequence ends with its last part: what follows may be a comment of the next one."""
    if isinstance(node, Mapping) and node.entries and not node.flow:
        return end_of(node.entries[-1].value)
    if isinstance(node, Sequence) and node.items and not node.flow:
        return end_of(node.items[-1])
    return node.end


def walk(node: Node) -> Iterator[Node]:
    """The node and all that stands in it, each where it is written: aliases are not followed."""
    yield node
    children: list[Node] = []
    if isinstance(node, Mapping):
        children = [part for entry in node.entries for part in (entry.key, entry.value)]
    elif isinstance(node, Sequence):
        children = list(node.items)
    for child in children:
        yield from walk(child)


def parse(text: str) -> Document:
    """The document of a text.

    :raises OperationError: when it is not exactly one YAML document, with the line where that shows.
    """
    if IMPORT_ERROR:
        raise LibraryMissing("PyYAML", IMPORT_ERROR)
    try:
        roots = _Builder(text).documents()
    except yaml.MarkedYAMLError as error:
        raise _unreadable(_where(error.problem_mark or error.context_mark), str(error.problem or error.context)) from None
    except yaml.YAMLError as error:
        raise _unreadable("", " ".join(str(error).split())) from None
    except RecursionError:
        raise _unreadable("", "it is nested too deeply") from None
    if len(roots) != 1:
        raise _unreadable("", f"it holds {len(roots)} YAML documents, and a stack file is one")
    return Document(text, roots[0])


def _where(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _index(mark: Any) -> int:
    return int(mark.index)


def _unreadable(where: str, why: str) -> OperationError:
    return OperationError("read the stack file", on=where, answered=why, advice="It must be YAML as `docker stack deploy` reads it; render templates first.")


class _Builder:
    """The tree of the parser's events."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._anchors: dict[str, Node] = {}
        self._flow_depth = 0

    def documents(self) -> list[Node]:
        roots: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                roots.append(self._node(self._next()))
        return roots

    def _next(self) -> Any:
        return next(self._events)

    def _node(self, event: Any) -> Node:
        start, end = _index(event.start_mark), _index(event.end_mark)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _unreadable(_where(event.start_mark), f"the alias *{event.anchor} has no anchor before it")
            return Alias(event.anchor, self._anchors[event.anchor], start, end)
        if isinstance(event, yaml.ScalarEvent):
            return self._anchored(event, self._scalar(event.value, event.style, start, end))
        if isinstance(event, yaml.MappingStartEvent):
            mapping = Mapping(start, end, bool(event.flow_style), event.anchor or "")
            self._anchored(event, mapping)
            self._flow_depth += mapping.flow
            while not isinstance(inner := self._next(), yaml.MappingEndEvent):
                mapping.entries.append(Entry(self._key(inner), self._node(self._next())))
            self._flow_depth -= mapping.flow
            mapping.end = _index(inner.end_mark) if mapping.flow else mapping.end
            return mapping
        sequence = Sequence(start, end, bool(event.flow_style), event.anchor or "")
        self._anchored(event, sequence)
        self._flow_depth += sequence.flow
        while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
            sequence.items.append(self._node(inner))
        self._flow_depth -= sequence.flow
        sequence.end = _index(inner.end_mark) if sequence.flow else sequence.end
        return sequence

    def _key(self, event: Any) -> Scalar:
        node = self._node(event)
        return node if isinstance(node, Scalar) else Scalar("", node.start, end_of(node), "")

    def _anchored(self, event: Any, node: Node) -> Node:
        if event.anchor:
            self._anchors[event.anchor] = node  # an anchor may be defined again: from here on it is this one
        return node

    def _scalar(self, value: str, style: str | None, start: int, end: int) -> Scalar:
        properties = _PROPERTIES.match(self._text, start, end)
        start = properties.end() if properties else start
        if style in ("|", ">"):
            header = self._text[start : self._text.find("\n", start) + 1].partition("#")[0]
            return Scalar(value, start, start + len(self._text[start:end].rstrip()), style + ("+" if "+" in header else ""))
        return Scalar(value, start, end, style or "", self._flow_depth > 0)
