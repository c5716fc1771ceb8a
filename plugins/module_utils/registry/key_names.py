# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Debezium names the schemas of its keys, read off its source (TableSchemaBuilder, SchemaNameAdjuster, its topic naming).

The name of a key's schema is ``PREFIX.TABLE.Key``. PREFIX is ``database.server.name`` before 2.0 and ``topic.prefix`` since.
``schema.name.adjustment.mode`` says what becomes of characters that Avro does not allow; its default was ``avro`` before 2.0
and is ``none`` since. Transforms that route records to other topics do not change it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MODES = ("avro", "none", "avro_unicode")
MODE_KEY = "schema.name.adjustment.mode"
PREFIX_KEY = "topic.prefix"
_OLD_PREFIX_KEYS = ("database.server.name", "mongodb.name")
# Settings, other than the names, that decide what a key looks like. Each has the value that stands for "not set".
_SHAPING = {
    "message.key.columns": "", "decimal.handling.mode": "precise", "time.precision.mode": "adaptive", "bigint.unsigned.handling.mode": "long",
    "binary.handling.mode": "bytes", "hstore.handling.mode": "json", "interval.handling.mode": "numeric", "key.converter": "",
}  # fmt: skip
_TRANSFORM = re.compile(r"transforms(\..*)?$")
# Transforms that change neither the key nor its schema, by the end of their class's name.
_HARMLESS = ("RegexRouter", "TimestampRouter", "InsertHeader", "DropHeaders", "Filter", "$Value", "ExtractNewRecordState")


@dataclass(frozen=True)
class KeySettings:
    """What of a connector's configuration decides how its keys are named and what they look like. It holds no secret."""

    prefix: str
    mode: str
    shaping: tuple[tuple[str, str], ...] = ()

    def name(self, rest: str) -> str:
        """The full name of the key's schema of a table (``shop.orders``)."""
        return adjusted(f"{self.prefix}.{rest}.Key", self.mode)


def settings_from(config: Mapping[str, object]) -> KeySettings:
    """The settings of a configuration, whether it is of 1.9 or newer."""
    has_prefix = bool(config.get(PREFIX_KEY))
    old = next((str(config[key]) for key in _OLD_PREFIX_KEYS if config.get(key)), "")
    prefix = str(config[PREFIX_KEY]) if has_prefix else old
    mode = str(config.get(MODE_KEY) or ("none" if has_prefix else "avro")).lower()
    shaping = {key: str(config.get(key) or unset) for key, unset in _SHAPING.items()} | _transforms(config)
    return KeySettings(prefix, mode, tuple(sorted(shaping.items())))


def _transforms(config: Mapping[str, object]) -> dict[str, str]:
    """The transforms that may change keys, with their settings."""
    names = [name.strip() for name in str(config.get("transforms") or "").split(",") if name.strip()]
    suspects = [name for name in names if not str(config.get(f"transforms.{name}.type", "")).endswith(_HARMLESS)]
    own = tuple(f"transforms.{name}." for name in suspects)
    return {key: str(value) for key, value in config.items() if _TRANSFORM.match(key) and key.startswith(own)} if own else {}


def differing(before: KeySettings, after: KeySettings) -> list[str]:
    """Settings other than the names that differ and may change what keys look like."""
    old, new = dict(before.shaping), dict(after.shaping)
    return sorted(key for key in {*old, *new} if old.get(key, "") != new.get(key, ""))


def adjusted(name: str, mode: str) -> str:
    """What Debezium makes of a name. ``none``: nothing."""
    if mode == "none" or not name:
        return name
    replace, underscore = _REPLACEMENTS[mode], mode != "avro_unicode"
    return "".join(char if _is_valid(char, position == 0, underscore) else replace(char) for position, char in enumerate(name))


def _is_valid(char: str, is_first: bool, underscore: bool) -> bool:
    if re.fullmatch("[A-Za-z]", char) or (underscore and char == "_"):
        return True
    return not is_first and re.fullmatch("[0-9.]", char) is not None


_REPLACEMENTS: dict[str, Callable[[str], str]] = {"avro": lambda char: "_", "avro_unicode": lambda char: f"_u{ord(char):04x}"}


def full_name(text: str) -> str:
    """The name that Connect gave a schema, from its text in the registry; empty when it has none."""
    try:
        schema = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(schema, dict):
        return ""
    if schema.get("connect.name"):
        return str(schema["connect.name"])
    if schema.get("type") == "record":
        return f"{schema['namespace']}.{schema['name']}" if schema.get("namespace") else str(schema.get("name") or "")
    return str(schema.get("title") or "")  # JSON Schema


def renamed(text: str, old: str, new: str) -> str:
    """The schema's text with one name instead of another, in every place that holds it or its namespace."""
    old_space, new_space = old.rpartition(".")[0], new.rpartition(".")[0]
    names = {old: new, old_space: new_space}
    return json.dumps(_replaced(json.loads(text), names), separators=(",", ":"))


def _replaced(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {key: names.get(item, item) if key in _NAMES and isinstance(item, str) else _replaced(item, names) for key, item in value.items()}
    return [_replaced(item, names) for item in value] if isinstance(value, list) else value


_NAMES = ("namespace", "connect.name", "title", "name")
