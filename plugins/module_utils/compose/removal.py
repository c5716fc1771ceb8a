# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that a rehearsal does without: which ones, and their lines."""

from __future__ import annotations

from collections.abc import Sequence as Parts
from fnmatch import fnmatchcase

from ..errors import InputError
from .document import Alias, Document, Entry, Mapping, Node, Scalar, Sequence, end_of, target_of, walk
from .draft import Draft
from .edits import Edit
from .rehearsal_request import Rehearsal
from .stack import CONNECT, KAFKA, ZOOKEEPER, Service

_WHY = "the rehearsal does without it"


def removed_services(draft: Draft, request: Rehearsal) -> list[Service]:
    """Of each kind the ones behind the first so many, and those that are named."""
    stack = draft.stack
    by_name = [service for service in stack.services if any(fnmatchcase(service.name, pattern) for pattern in request.remove)]
    gone = list(by_name)
    for kind, keep in ((KAFKA, request.brokers), (ZOOKEEPER, request.zookeepers), (CONNECT, request.connect_workers)):
        left = [service for service in stack.of_kind(kind) if service not in by_name]
        gone += [] if keep is None else left[keep:]
        if keep is not None and kind == KAFKA and len(left) < keep:
            draft.ask(f"Rehearsal: {keep} brokers are wanted, and the file has {len(left)}.")
    return gone


def remove_services(draft: Draft, gone: list[Service]) -> None:
    """Takes their lines out of the text.

    :raises InputError: when something that stays uses an anchor in them.
    """
    if gone and draft.stack.node.flow:
        raise InputError(["rehearsal: the services stand in braces on one line, where none can be taken out. Write them one below the other"])
    _refuse_lost_anchors(draft.document, gone)
    for service in gone:
        start, end = span_of(draft.document, service.entry)
        draft.edits.append(Edit(start, end, ""))
        draft.record(service.entry.key.start, service.name, "the service is removed", _WHY)


def _refuse_lost_anchors(document: Document, gone: list[Service]) -> None:
    inside = {id(node) for service in gone for node in walk(service.entry.value)}
    lost = [node.name for node in walk(document.root) if isinstance(node, Alias) and id(node) not in inside and id(node.target) in inside]
    if lost:
        raise InputError([f"rehearsal: the anchor &{name} stands in a service that is removed, and others use it" for name in dict.fromkeys(lost)],
                         "Move it to an x-... key at the top of the file, or keep that service.")  # fmt: skip


def span_of(document: Document, entry: Entry) -> tuple[int, int]:
    """The lines of a block entry: the comments right above it, itself, deeper comments and empty lines behind it."""
    column = document.column(entry.key.start)
    start = document.line_start(entry.key.start)
    while start > 0:
        above = document.line_start(start - 2 if document.text[start - 2 : start] == "\r\n" else start - 1)
        if not document.text[above:start].startswith(" " * column + "#"):
            break
        start = above
    end = document.next_line(end_of(entry.value))
    while end < len(document.text):
        line = document.text[end : document.line_end(end)]
        is_deeper_comment = line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) > column
        if line.strip() and not is_deeper_comment:
            break
        end = document.next_line(end)
    return start, end


def drop_dependencies(draft: Draft, kept: list[Service], gone: set[str]) -> None:
    """``depends_on`` and ``links`` may not name a service that there is not."""
    done: list[Node] = []
    for service in kept:
        for key in ("depends_on", "links"):
            found = service.keys.get(key)
            node = target_of(found.entry.value) if found else None
            if found and isinstance(node, (Mapping, Sequence)) and not any(node is other for other in done):
                done.append(node)
                _shorten(draft, service, found.entry, node, gone)


def _shorten(draft: Draft, service: Service, entry: Entry, node: Mapping | Sequence, gone: set[str]) -> None:
    parts: Parts[Entry | Node] = node.entries if isinstance(node, Mapping) else node.items
    lost = [part for part in parts if _named(part) in gone]
    if not lost:
        return
    document, key = draft.document, entry.name
    what = f"{', '.join(map(_named, lost))} removed from {key}"
    if len(lost) == len(parts) and len(service.node.entries) > 1 and not isinstance(entry.value, Alias):
        draft.edits.append(Edit(document.line_start(entry.key.start), document.next_line(end_of(entry.value)), ""))
    elif len(lost) == len(parts) or (node.flow and isinstance(node, Mapping)):
        draft.ask(f"{service.name}: take the services that are gone out of {key} by hand.")
        return
    elif node.flow and isinstance(node, Sequence):
        stay = [document.text[item.start : end_of(item)] for item in node.items if item not in lost]
        draft.edits.append(Edit(document.text.index("[", node.start), node.end, f"[{', '.join(stay)}]"))
    else:
        for part in lost:
            start, end = (part.key.start, end_of(part.value)) if isinstance(part, Entry) else (part.start, end_of(part))
            draft.edits.append(Edit(document.line_start(start), document.next_line(end), ""))
    draft.record(entry.key.start, service.name, what, _WHY)


def _named(part: Entry | Node) -> str:
    if isinstance(part, Entry):
        return part.name
    node = target_of(part)
    return node.value.partition(":")[0] if isinstance(node, Scalar) else ""
