# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack file while it is rewritten: the edits so far, why each was made, and what is left for a human.

No text in the record holds a value of the file's environment but those that are written here: the others may be secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from .document import Alias, Document, Entry, Mapping, Scalar, Sequence
from .edits import Edit, NoPlace, apply_edits, insert_item, insert_key, replace_in
from .stack import Service, Stack, Variable, names_of, variables_in


@dataclass(frozen=True)
class Change:
    """One change. ``line`` is that of the old text, ``where`` the service or the anchor."""

    line: int
    where: str
    what: str
    why: str

    def as_result(self) -> dict[str, object]:
        return {"line": self.line, "where": self.where, "what": self.what, "why": self.why}

    def __str__(self) -> str:
        return f"line {self.line}, {self.where}: {self.what} ({self.why})"


class Draft:
    """Edits of one text, with their record."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.edits: list[Edit] = []
        self.changes: list[Change] = []
        self.decide: list[str] = []
        self.variables: dict[str, str] = {}

    @property
    def document(self) -> Document:
        return self.stack.document

    def text(self) -> str:
        return apply_edits(self.document.text, self.edits)

    def in_order(self) -> list[Change]:
        """The changes from the top of the file to its end."""
        return sorted(self.changes, key=lambda change: change.line)

    def ask(self, text: str) -> None:
        if text not in self.decide:
            self.decide.append(text)

    def record(self, position: int, where: str, what: str, why: str) -> None:
        self.changes.append(Change(self.document.line(position), where, what, why))

    def replace(self, scalar: Scalar, old: str, new: str, where: str, what: str, why: str) -> bool:
        """Writes ``new`` where ``old`` stands in a scalar. Returns whether that could be done; if not, it is asked for."""
        try:
            self.edits.append(replace_in(self.document, scalar, old, new))
        except NoPlace:
            self.ask(f"Line {self.document.line(scalar.start)} ({where}): {what}. It is written in a way that is not changed here; change it by hand.")
            return False
        self.record(scalar.start, where, what, why)
        return True

    def replace_alias(self, alias: Alias, new: str, where: str, what: str, why: str) -> None:
        self.edits.append(Edit(alias.start, alias.end, new))
        self.record(alias.start, where, what, why)

    def rename(self, variable: Variable, new: str, where: str, why: str) -> bool:
        what, value_at = f"{variable.name} becomes {new}", variable.value_at
        if not variable.is_from_shell:
            return self.replace(variable.name_at, variable.name, new, where, what, why)
        from_shell = f"${{{variable.name}}}"
        if isinstance(variable.holder, Sequence):
            return self.replace(variable.name_at, variable.name, f"{new}={from_shell}", where, what, why)
        if value_at is None or not self.replace(variable.name_at, variable.name, new, where, what, why):
            return False
        quoted = f'"{from_shell}"' if value_at.in_flow else from_shell
        has_colon = ":" in self.document.text[variable.name_at.end : value_at.start]
        before = "" if value_at.value else " " if has_colon else ": "
        self.edits.append(Edit(value_at.start, value_at.end, before + quoted))
        return True

    def add_variable(self, holder: Mapping | Sequence, name: str, value: str, where: str, why: str, behind: str = "") -> bool:
        """A new variable in one place, behind the last one whose name begins with ``behind``, or at the end."""
        near = [variable.place for variable in variables_in(holder) if behind and variable.name.startswith(behind)]
        after = near[-1] if near else None
        try:
            if isinstance(holder, Mapping):
                edit = insert_key(self.document, holder, [f"{name}: {value}"], after if isinstance(after, Entry) else None)
            else:
                edit = insert_item(self.document, holder, f"{name}={value.strip(chr(34))}", after if isinstance(after, Scalar) else None)
        except NoPlace:
            self.ask(f"{where}: add {name}: {value} to the environment by hand; it is written in a way that nothing is put into here.")
            return False
        self.edits.append(edit)
        self.record(edit.start, where, f"{name}: {value} is added", why)
        return True

    def add_key(self, service: Service, key: str, value: str, why: str, below: list[str] | None = None) -> bool:
        """A new key of one service, behind its image and its merges."""
        if service.shared:
            self.ask(f"{service.name}: add {key}: {value}. Another service is the same by an alias, so that there is no place for a key of its own.")
            return False
        first = [entry for entry in service.node.entries if entry.is_merge or entry.name == "image"]
        try:
            edit = insert_key(self.document, service.node, [f"{key}: {value}".rstrip(), *(below or [])], first[-1] if first else None)
        except NoPlace:
            self.ask(f"{service.name}: add {key}: {value} by hand; the service is written in a way that nothing is put into here.")
            return False
        self.edits.append(edit)
        self.record(edit.start, service.name, f"{' '.join([key + ':', value, *map(str.strip, below or [])])} is added", why)
        return True

    def where(self, holder: Mapping | Sequence) -> str:
        """Whose place this is: the anchor's name, or the service's."""
        return f"&{holder.anchor}" if holder.anchor else names_of(self.stack.users(holder))
