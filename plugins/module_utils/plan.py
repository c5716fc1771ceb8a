# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is about to change: the one object behind ``changed``, diff, check mode and reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """One object before and after. ``None`` means that it does not exist on that side."""

    name: str
    action: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None

    def as_result(self) -> dict[str, object]:
        """The change as a plain dictionary, for a module's return value."""
        return {
            "name": self.name,
            "action": self.action,
            "before": None if self.before is None else dict(self.before),
            "after": None if self.after is None else dict(self.after),
        }


@dataclass(frozen=True)
class Plan:
    """All changes of one module call, in the order in which they are made. Empty means: nothing to do."""

    changes: tuple[Change, ...] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def with_action(self, *actions: str) -> tuple[Change, ...]:
        """The changes whose action is one of ``actions``."""
        return tuple(change for change in self.changes if change.action in actions)

    def diff(self) -> dict[str, str]:
        """Ansible's before/after pair; only what changes is shown, one JSON document a side."""
        return {
            "before": _as_text({c.name: dict(c.before) for c in self.changes if c.before is not None}),
            "after": _as_text({c.name: dict(c.after) for c in self.changes if c.after is not None}),
        }


def _as_text(side: Mapping[str, object]) -> str:
    return json.dumps(side, indent=2, sort_keys=True, default=str) + "\n" if side else ""
