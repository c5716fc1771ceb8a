# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of configuration files as trees of dictionaries, lists and texts. Pure.

Numbers stay as they are written, in YAML words such as ``yes`` too: what they become is up to the program that reads the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..module import LibraryMissing

try:
    import yaml

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = str(error)

FORMATS = ["json", "yaml", "properties"]
_ENDINGS = {"json": ".json", "yaml": ".yaml .yml", "properties": ".properties .env"}
_UNDERSTOOD_TAGS = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

Tree = Any


class SyntaxProblem(ValueError):
    """A text that is not what it should be, with the line where it shows."""


def format_of(name: str) -> str:
    """The format that a file of this name usually has, empty when its name does not tell."""
    return next((kind for kind, endings in _ENDINGS.items() if name.lower().endswith(tuple(endings.split()))), "")


def parse(text: str, kind: str) -> list[Tree]:
    """The documents of a text; only YAML can have more than one.

    :raises SyntaxProblem: when it is none, or a key stands twice where it may stand once.
    """
    text = text.removeprefix("\ufeff")
    return {"json": _json, "yaml": _yaml, "properties": _properties}[kind](text)


def _json(text: str) -> list[Tree]:
    def mapping(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
        keys = [key for key, _value in pairs]
        for key in keys:
            if keys.count(key) > 1:
                lines = [text.count("\n", 0, found.start()) + 1 for found in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)]
                raise SyntaxProblem(_twice(key, lines))
        return dict(pairs)

    try:
        return [json.loads(text, object_pairs_hook=mapping, parse_int=str, parse_float=str, parse_constant=str)]
    except json.JSONDecodeError as error:
        raise SyntaxProblem(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise SyntaxProblem("it is nested too deeply") from None


def _yaml(text: str) -> list[Tree]:
    if IMPORT_ERROR:
        raise LibraryMissing("PyYAML", IMPORT_ERROR)
    try:
        return [document for document in yaml.load_all(text, Loader=_loader()) if document is not None]  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SyntaxProblem(f"{where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise SyntaxProblem(" ".join(str(error).split())) from None
    except RecursionError:
        raise SyntaxProblem("it is nested too deeply") from None


def _loader() -> Any:
    """A safe loader that leaves scalars as they are written and takes no key twice."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            first: [(tag, pattern) for tag, pattern in resolvers if tag in _UNDERSTOOD_TAGS]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            lines: dict[str, list[int]] = {}
            for key, _value in node.value if isinstance(node, yaml.MappingNode) else ():
                if key.tag not in _UNDERSTOOD_TAGS and isinstance(key.value, str):
                    lines.setdefault(key.value, []).append(key.start_mark.line + 1)
            for key, found in lines.items():
                if len(found) > 1 and not getattr(node, "is_merged", False):
                    raise SyntaxProblem(_twice(key, found))
            constructed: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            return constructed

        def flatten_mapping(self, node: Any) -> None:
            # Keys of a merged mapping may be overridden by the node's own: they were no duplicates before they were merged.
            super().flatten_mapping(node)
            node.is_merged = True

    return Loader


def _properties(text: str) -> list[Tree]:
    """As java.util.Properties reads them."""
    found: dict[str, str] = {}
    lines: dict[str, list[int]] = {}
    for number, line in _logical_lines(text):
        key, value = _key_and_value(line, number)
        lines.setdefault(key, []).append(number)
        found[key] = value
    for key, places in lines.items():
        if len(places) > 1:
            raise SyntaxProblem(_twice(key, places))
    return [found]


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Lines with the ones that they are continued on, without comments and empty ones."""
    pending, began = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.lstrip(" \t\f")
        if not pending and (not line or line[0] in "#!"):
            continue
        began = began if pending else number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            pending += line[:-1] or " "
            continue
        yield began, pending + line
        pending = ""
    if pending.strip():
        yield began, pending


def _key_and_value(line: str, number: int) -> tuple[str, str]:
    found = re.match(r"((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)", line)
    end = found.end() if found else len(line)
    key = found.group(1) if found else line
    return _unescaped(key, number), _unescaped(line[end:], number)


def _unescaped(text: str, number: int) -> str:
    def plain(found: re.Match[str]) -> str:
        escaped = found.group(1)
        if escaped[0] != "u":
            return _ESCAPED.get(escaped, escaped)
        if len(escaped) != 5:
            raise SyntaxProblem(f"line {number}: \\u is not followed by four hexadecimal digits")
        return chr(int(escaped[1:], 16))

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", plain, text)


def _twice(key: str, lines: Iterable[int]) -> str:
    return f"the key {key} stands there more than once (lines {', '.join(map(str, lines))}): programs differ in which of them they take"


def config_map_in(documents: Iterable[Tree], name: str | None) -> dict[str, str]:
    """The data of the ConfigMap in a manifest: the only one, or the one of this name.

    :raises SyntaxProblem: when that is not one.
    """
    items: list[Tree] = []
    for document in documents:
        is_list = isinstance(document, Mapping) and str(document.get("kind", "")).endswith("List")
        items += (document.get("items") or []) if is_list else [document]
    maps = {
        str((each.get("metadata") or {}).get("name", "")): {str(key): str(value) for key, value in (each.get("data") or {}).items()}
        for each in items if isinstance(each, Mapping) and each.get("kind") == "ConfigMap"
    }  # fmt: skip
    if name is None and len(maps) == 1:
        return next(iter(maps.values()))
    if name is not None and name in maps:
        return maps[name]
    there = f"it has {', '.join(sorted(maps))}" if maps else "it has none"
    raise SyntaxProblem(f"it has no ConfigMap {name}: {there}" if name else f"which ConfigMap is meant? {there.capitalize()}")
