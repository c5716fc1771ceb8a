# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas: their text, what they refer to, when two are the same. Pure: no request is made here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

TYPES = ("avro", "json", "protobuf")


@dataclass(frozen=True, order=True)
class Reference:
    """That a schema uses a type of another subject. No version: the newest."""

    name: str
    subject: str
    version: int | None = None


@dataclass(frozen=True)
class Schema:
    """A schema as a registry keeps it."""

    text: str
    type: str = "avro"
    references: tuple[Reference, ...] = ()

    def is_same_as(self, other: Schema) -> bool:
        """Whether both mean the same: white space and the order of keys do not count."""
        return (self.type, sorted(self.references), normalised(self)) == (other.type, sorted(other.references), normalised(other))

    def with_versions(self, versions: Mapping[str, int]) -> Schema:
        """The same with the open versions of its references filled in, as far as they are known."""
        return replace(self, references=tuple(
            replace(each, version=versions.get(each.subject)) if each.version is None else each for each in self.references))

    def shown(self) -> object:
        """The schema for a diff: parsed where it is JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


def text_from(given: object) -> str:
    """The text of a schema that was given as text or as a structure; of a structure the order of keys is kept."""
    return given if isinstance(given, str) else json.dumps(given, separators=(",", ":"), ensure_ascii=False)


def normalised(schema: Schema) -> str:
    """A text that is the same for all spellings of one schema."""
    if schema.type == "protobuf":
        return " ".join(re.sub(r"//[^\n]*|/\*.*?\*/", " ", schema.text, flags=re.DOTALL).split())
    try:
        return json.dumps(json.loads(schema.text), sort_keys=True, separators=(",", ":"))
    except ValueError:
        return json.dumps(schema.text.strip())  # a primitive type of Avro may be given without quotes


def syntax_problem(schema: Schema) -> str:
    """What is wrong with the text whatever a registry thinks of it; empty when nothing is."""
    if not schema.text.strip():
        return "the schema is empty"
    if schema.type == "protobuf":
        return ""
    try:
        json.loads(schema.text)
    except ValueError as error:
        return "" if re.fullmatch(r"\w+", schema.text.strip()) else f"the schema is no JSON: {error}"
    return ""


def in_order(needs: Mapping[str, Iterable[str]]) -> tuple[list[str], list[str]]:
    """Names so that each comes after those it needs, and the names that cannot be ordered because they need each other.

    Names that are needed and not listed do not count.
    """
    left = {name: set(needed) & set(needs) for name, needed in needs.items()}
    ordered: list[str] = []
    while left:
        free = [name for name, needed in left.items() if needed <= set(ordered)]
        if not free:
            return ordered, sorted(left)
        ordered += free
        left = {name: needed for name, needed in left.items() if name not in free}
    return ordered, []
