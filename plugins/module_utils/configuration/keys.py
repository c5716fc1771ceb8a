# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that must agree in two configurations: finding them, comparing what they hold, and showing it without secrets. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError

VALUE, PORT = "value", "port"
VERIFIED, FAILED, NOT_CHECKED = "verified", "failed", "not_checked"
MASKED = "********"

SECRET_KEY = re.compile(r"passw(or)?d|passphrase|secret|token|jaas|api_?-?key|private_?-?key|credential|sasl.*config", re.IGNORECASE)
LOGIN_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):([^@\s/]*)@")
_SECRET_IN_TEXT = re.compile(r"passw(or)?d\s*[=:]|BEGIN [A-Z ]*PRIVATE KEY", re.IGNORECASE)
_PORT_OF_ADDRESS = re.compile(r"(?:^|[\w\].-]):(\d{1,5})(?=$|[/?#])")
_MOST_SHOWN = 200


@dataclass(frozen=True)
class WantedKey:
    """One value that stands in both, each under a key of its own."""

    first: str
    second: str
    compare: str = VALUE
    secret: bool = False

    @property
    def name(self) -> str:
        return self.first if self.first == self.second else f"{self.first} / {self.second}"

    @property
    def is_secret(self) -> bool:
        return self.secret or any(SECRET_KEY.search(key) for key in (self.first, self.second))


@dataclass(frozen=True)
class Compared:
    """One key of both sides. Values are as they may be shown; None where there is none."""

    key: WantedKey
    state: str
    first_value: str | None = None
    second_value: str | None = None
    reason: str = ""

    def as_result(self) -> dict[str, Any]:
        return {"first": self.key.first, "second": self.key.second, "first_value": self.first_value, "second_value": self.second_value,
                "state": self.state, "reason": self.reason}  # fmt: skip


def wanted_keys(entries: Iterable[object]) -> list[WantedKey]:
    """The keys that the option ``keys`` names: texts, or dictionaries of key (or first and second), compare and secret.

    :raises InputError: with everything that cannot be meant.
    """
    keys, problems = [], []
    for entry in entries:
        known = {"key", "first", "second", "compare", "secret"}
        given: Mapping[Any, Any] = entry if isinstance(entry, Mapping) else {"key": entry}
        first, second = (given.get(side, given.get("key")) for side in ("first", "second"))
        if set(given) - known:
            problems.append(f"keys: {', '.join(sorted(map(str, set(given) - known)))} is none of {', '.join(sorted(known))}")
        elif not (isinstance(first, str) and isinstance(second, str) and first.strip() and second.strip()):
            problems.append("keys: an entry is neither a text nor a dictionary with key, or with first and second")
        elif str(given.get("compare", VALUE)).lower() not in (VALUE, PORT):
            problems.append(f"keys: compare of {first} is {given['compare']}, it must be {VALUE} or {PORT}")
        else:
            keys.append(WantedKey(first, second, str(given.get("compare", VALUE)).lower(), str(given.get("secret", False)).lower() in ("true", "yes", "1")))
    if not keys and not problems:
        problems.append("keys is empty: there is nothing to compare")
    if problems:
        raise InputError(problems)
    return keys


def compare(keys: Iterable[WantedKey], first: Any, second: Any, names: tuple[str, str]) -> list[Compared]:
    """Each key on both sides.

    :param names: what the two are called.
    """
    return [_compared(key, _find(first, key.first), _find(second, key.second), (first, second), names) for key in keys]


def not_compared(keys: Iterable[WantedKey], why: str) -> list[Compared]:
    """All of them, where a side could not be read."""
    return [Compared(key, NOT_CHECKED, reason=why) for key in keys]


def state_of(compared: Iterable[Compared]) -> str:
    """The worst of all states."""
    states = {each.state for each in compared}
    return FAILED if FAILED in states else NOT_CHECKED if NOT_CHECKED in states else VERIFIED


def _compared(key: WantedKey, first: Sequence[Any], second: Sequence[Any], trees: tuple[Any, Any], names: tuple[str, str]) -> Compared:
    problems = []
    for path, found, tree, name in ((key.first, first, trees[0], names[0]), (key.second, second, trees[1], names[1])):
        if not found:
            problems.append(f"{name} has no key {path}{_closest(tree, path)}")
        elif len(found) > 1:
            problems.append(f"{name} has the key {path} in {len(found)} ways, nested and with dots in its name")
        elif key.compare == PORT and not ports(found[0]):
            problems.append(f"{name} has no port in {path}")
    shown = [show(key, found[0]) if len(found) == 1 else None for found in (first, second)]
    if problems:
        return Compared(key, FAILED, shown[0], shown[1], "; ".join(problems))
    if _is_same(key, first[0], second[0]):
        return Compared(key, VERIFIED, shown[0], shown[1])
    values = "the values differ, they are not shown" if key.is_secret else f"{shown[0]} in {names[0]}, {shown[1]} in {names[1]}"
    return Compared(key, FAILED, shown[0], shown[1], f"{key.name}{' (port)' if key.compare == PORT else ''}: {values}")


def _is_same(key: WantedKey, first: Any, second: Any) -> bool:
    if key.compare == PORT:
        return ports(first) == ports(second)
    return bool(canonical(first, isinstance(second, (list, str))) == canonical(second, isinstance(first, (list, str))))


def canonical(value: Any, may_be_list: bool = False) -> Any:
    """The value in the spelling that all formats share: properties know only text, and write lists with commas."""
    if isinstance(value, Mapping):
        return {str(name): canonical(item, True) for name, item in value.items()}
    if isinstance(value, list):
        items = [canonical(item) for item in value]
        return ",".join(items) if may_be_list and all(isinstance(item, str) for item in items) else items
    if value is None:
        return ""
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    return ",".join(part.strip() for part in text.split(",")) if may_be_list else text


def ports(value: Any) -> list[int]:
    """The ports in an address, a list of them, or a number that is one; each once, in order."""
    texts = value if isinstance(value, list) else str(value if value is not None else "").split(",")
    found: set[int] = set()
    for text in (str(item).strip() for item in texts):
        numbers = [text] if text.isdigit() else _PORT_OF_ADDRESS.findall(text)
        found |= {int(number) for number in numbers if 0 < int(number) < 65536}
    return sorted(found)


def show(key: WantedKey, value: Any) -> str:
    """The value as it may be shown."""
    if key.is_secret:
        return MASKED
    text = _without_secrets(value) if isinstance(value, (Mapping, list)) else canonical(value)
    text = LOGIN_IN_URL.sub(rf"\1:{MASKED}@", str(text))
    if _SECRET_IN_TEXT.search(text):
        return MASKED
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _without_secrets(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {MASKED if SECRET_KEY.search(str(name)) else _without_secrets(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_without_secrets(item) for item in value) + "]"
    return str(canonical(value))


def _find(tree: Any, path: str) -> list[Any]:
    """Every value that the path leads to. Names may have dots themselves, as they do in properties."""
    if not path:
        return [tree]
    found: list[Any] = []
    if isinstance(tree, Mapping):
        for name, item in tree.items():
            rest = path.removeprefix(str(name))
            if path.startswith(str(name)) and (not rest or rest[0] in ".["):
                found += _find(item, rest.removeprefix("."))
    elif isinstance(tree, list):
        index = re.match(r"\[(\d+)\]\.?|(\d+)(?:\.|$|(?=\[))", path)
        if index and int(index.group(1) or index.group(2)) < len(tree):
            found += _find(tree[int(index.group(1) or index.group(2))], path[index.end():])
    return found


def _closest(tree: Any, path: str) -> str:
    close = difflib.get_close_matches(path, list(_paths(tree)), 1, 0.6)
    return f", the closest is {close[0]}" if close else ""


def _paths(tree: Any, above: str = "") -> Iterable[str]:
    if isinstance(tree, Mapping):
        for name, item in tree.items():
            path = f"{above}.{name}" if above else str(name)
            yield path
            yield from _paths(item, path)
