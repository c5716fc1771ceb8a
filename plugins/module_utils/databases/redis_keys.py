# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis: keys by pattern on every primary, or one key by its name.

SCAN gives the keys page by page, and each page is unlinked on the node that gave it, one key a command, as the keys of a page lie
in different slots. So memory is bounded by a page, and a killed reset leaves fewer keys for the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from ..errors import OperationError
from ..progress import Progress
from .reset import Counts, Found
from .selection import Selection


class Node(Protocol):
    """One primary. Whatever it refuses is raised as an OperationError."""

    def pages(self, pattern: str) -> Iterator[Sequence[bytes]]:
        """The keys that match, page by page, each key at least once. Pages may be empty."""

    def has(self, key: bytes) -> bool:
        """Whether this key exists here."""

    def unlink(self, keys: Sequence[bytes]) -> int:
        """Remove these keys; returns how many were there.

        :raises OperationError: with those that were removed before it as ``partial["removed"]``.
        """


class Cluster(Protocol):
    """All primaries of a server or cluster, each with its own slots."""

    @property
    def nodes(self) -> Sequence[Node]: ...

    def home(self, key: bytes) -> Node:
        """The node whose slots this key belongs to."""


def scan_pattern(pattern: str) -> str:
    """The glob in Redis' spelling: it negates character classes with ``^`` only."""
    return re.sub(r"(\\.)|\[!", lambda found: found[1] or "[^", pattern, flags=re.DOTALL)


class KeyPattern:
    """All keys that match a pattern; the target is named by the pattern."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def targets(self, selection: Selection) -> list[str]:
        return [selection.pattern or ""]

    def read(self, name: str) -> Found | None:
        count = sum(len(keys) for _node, keys in self._matching(name, "counted"))
        return Found(name, {"keys": count}) if count else None

    def empty(self, found: Found) -> Counts:
        removed = 0
        try:
            for node, keys in self._matching(found.name, "removed"):
                removed += node.unlink(keys)
        except OperationError as error:
            last_page = error.partial.get("removed")
            removed += last_page["keys"] if isinstance(last_page, dict) else 0
            error.partial["removed"] = {"keys": removed}
            raise
        return {"keys": removed}

    def _matching(self, pattern: str, done: str) -> Iterator[tuple[Node, Sequence[bytes]]]:
        progress, keys = Progress(f"reset of {pattern}"), 0
        for number, node in enumerate(self._cluster.nodes, 1):
            for page in node.pages(scan_pattern(pattern)):
                if page:
                    yield node, page
                keys += len(page)
                progress.say(f"{keys} keys {done}, at node {number} of {len(self._cluster.nodes)}")


class OneKey:
    """One key, named literally."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def targets(self, selection: Selection) -> list[str]:
        return [selection.name or ""]

    def read(self, name: str) -> Found | None:
        key = name.encode()
        return Found(name, {"keys": 1}) if self._cluster.home(key).has(key) else None

    def empty(self, found: Found) -> Counts:
        key = found.name.encode()
        return {"keys": self._cluster.home(key).unlink([key])}
