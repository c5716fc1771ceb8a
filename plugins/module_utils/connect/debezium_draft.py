# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connector's configuration while it is rewritten, with the record of what was done to it and why.

No text in the record holds a value of the configuration, which may be secret.
"""

from __future__ import annotations

from collections.abc import Mapping


class Draft:
    """The configuration so far. With ``side_by_side`` the old keys stay as they are, for the version that reads them."""

    def __init__(self, config: Mapping[str, object], side_by_side: bool) -> None:
        self.config: dict[str, object] = dict(config)
        self.side_by_side = side_by_side
        self.renamed: dict[str, str] = {}
        self.dropped: dict[str, str] = {}
        self.added: dict[str, str] = {}
        self.rewritten: dict[str, str] = {}
        self.decide: list[str] = []

    def rename(self, old: str, new: str, value: object) -> bool:
        """Moves a key; if the new one is there already, it stands. Returns whether anything was moved."""
        if new in self.config:
            self._supersede(old, new, same=_is_same(self.config[new], value))
            return False
        self.renamed[old] = new
        if self.side_by_side:
            self.config[new] = value
        else:
            self.config = {new if key == old else key: value if key == old else kept for key, kept in self.config.items()}
        return True

    def _supersede(self, old: str, new: str, same: bool) -> None:
        if not same:
            self.ask(f"{old} and {new} are both set, to different values: {new} was kept.")
        self.drop(old, f"replaced by {new}, which is set already" + ("" if same else ", to another value"))

    def drop(self, key: str, reason: str) -> bool:
        """Removes a key that no longer means anything. Side by side it stays: the old version reads it."""
        if self.side_by_side:
            return False
        self.dropped[key] = reason
        del self.config[key]
        return True

    def rewrite(self, key: str, value: object, reason: str) -> bool:
        """Gives a key another value. Side by side that is not possible, and said."""
        if _is_same(self.config[key], value):
            return False
        if self.side_by_side:
            self.ask(f"{key}: left for the upgrade itself, since one key cannot hold the old and the new value. Then: {reason}.")
            return False
        self.config[key] = value
        self.rewritten[key] = reason
        return True

    def add(self, key: str, value: object, reason: str) -> None:
        """Sets a key that is not there."""
        if key not in self.config:
            self.config[key] = value
            self.added[key] = reason

    def ask(self, text: str) -> None:
        if text not in self.decide:
            self.decide.append(text)

    def result(self) -> dict[str, object]:
        return {
            "config": self.config,
            "renamed": self.renamed,
            "dropped": self.dropped,
            "added": self.added,
            "rewritten": self.rewritten,
            "decide": self.decide,
        }


def _is_same(one: object, other: object) -> bool:
    """Whether Connect, to which every value is a text, sees no difference."""
    return one == other or _as_text(one) == _as_text(other)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
