# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the caller of ``debezium_upgrade`` asked for, checked: every problem is reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import OperationError
from .debezium_rules import TARGETS, V2_0, Version
from .debezium_values import is_true

MODES = ("replace", "both")
POLICIES = ("none", "principal", "all")
_FLAGS = ("mariadb", "store_only_captured_tables_ddl", "keep_schema_names")
_POLICY_CLASS = re.compile(r"org\.apache\.kafka\.connect\.connector\.policy\.(None|Principal|All)ConnectorClientConfigOverridePolicy")

DEFAULTS: dict[str, object] = {
    "target": "3.0",
    "source": None,
    "mode": "replace",
    "mariadb": False,
    "producer_overrides": None,
    "override_policy": None,
    "store_only_captured_tables_ddl": False,
    "route_replacement": None,
    "route_transform": "route",
    "keep_truncates": None,
    "keep_schema_names": True,
}


@dataclass(frozen=True)
class Request:
    """Options of the upgrade. ``override_policy`` is one of ``POLICIES``, the name of another class, or ``None``: not known."""

    target: Version
    source: Version | None = None
    side_by_side: bool = False
    mariadb: bool = False
    producer_overrides: Mapping[str, object] = field(default_factory=dict)
    override_policy: str | None = None
    store_only_captured_tables_ddl: bool = False
    route_replacement: str | None = None
    route_transform: str = "route"
    keep_truncates: bool | None = None
    keep_schema_names: bool = True


def request_from(config: object, given: Mapping[str, object]) -> Request:
    """The request, with ``DEFAULTS`` for what is not given.

    :raises OperationError: with everything that is wrong with it.
    """
    options = {**DEFAULTS, **given}
    unknown = sorted(set(given) - set(DEFAULTS))
    problems = [f"there is no option {', '.join(unknown)}, only {', '.join(DEFAULTS)}"] if unknown else []
    problems += [*_config_problems(config), *_option_problems(options)]
    if problems:
        raise OperationError("rewrite the Debezium configuration", answered="; ".join(problems))
    overrides, truncates = options["producer_overrides"], options["keep_truncates"]
    return Request(
        target=_version(options["target"]) or TARGETS[-1],  # checked above: it is a version
        source=None if options["source"] is None else _version(options["source"]),
        side_by_side=options["mode"] == "both",
        mariadb=bool(is_true(options["mariadb"])),
        producer_overrides={_bare(key): value for key, value in overrides.items()} if isinstance(overrides, Mapping) else {},
        override_policy=_policy(options["override_policy"]),
        store_only_captured_tables_ddl=bool(is_true(options["store_only_captured_tables_ddl"])),
        route_replacement=None if options["route_replacement"] is None else str(options["route_replacement"]),
        route_transform=str(options["route_transform"]),
        keep_truncates=None if truncates is None else is_true(truncates),
        keep_schema_names=bool(is_true(options["keep_schema_names"])),
    )


def _config_problems(config: object) -> list[str]:
    if not isinstance(config, Mapping):
        return [f"the configuration must be a dictionary of keys and values, not {_type(config)}"]
    if isinstance(config.get("config"), Mapping):
        return ["this is a whole connector (`name` and `config`): pass its `config` only"]
    problems = [f"the key {key!r} must be a text, not {_type(key)}" for key in config if not isinstance(key, str)]
    nested = [str(key) for key, value in config.items() if isinstance(value, Mapping)]
    return problems + [f"the value of {key} must be a text, a number or a boolean, not a dictionary" for key in nested]


def _option_problems(options: Mapping[str, object]) -> list[str]:
    problems = [f"{name} must be a boolean" for name in _FLAGS if is_true(options[name]) is None]
    if options["keep_truncates"] is not None and is_true(options["keep_truncates"]) is None:
        problems.append("keep_truncates must be a boolean or be left out")
    if _version(options["target"]) not in TARGETS:
        problems.append(f"target must be a version of Debezium from {TARGETS[0]} to {TARGETS[-1]}, such as '3.0'")
    if options["source"] is not None and _version(options["source"]) is None:
        problems.append("source must be a version of Debezium, such as '1.9'")
    if options["mode"] not in MODES:
        problems.append(f"mode must be one of {', '.join(MODES)}")
    if not _is_policy(options["override_policy"]):
        problems.append(f"override_policy must be one of {', '.join(POLICIES)}, or the full name of the worker's class")
    return problems + _override_problems(options["producer_overrides"]) + _route_problems(options)


def _override_problems(overrides: object) -> list[str]:
    if overrides is None:
        return []
    if not isinstance(overrides, Mapping):
        return [f"producer_overrides must be a dictionary such as {{'linger.ms': 100}}, not {_type(overrides)}"]
    return [f"producer_overrides: {key!r} must be a text with a single value" for key, value in overrides.items() if not _is_setting(key, value)]


def _route_problems(options: Mapping[str, object]) -> list[str]:
    names = ("route_replacement", "route_transform")
    wrong = [name for name in names if not isinstance(options[name], str) and not (name == "route_replacement" and options[name] is None)]
    return [f"{name} must be a text" for name in wrong]


def _is_setting(key: object, value: object) -> bool:
    return isinstance(key, str) and bool(_bare(key)) and value is not None and not isinstance(value, (Mapping, list))


def _bare(key: str) -> str:
    """A producer's own name of a setting, however much of the connector's was written before it."""
    for prefix in ("producer.override.", "producer."):
        if key.startswith(prefix):
            return key[len(prefix) :]
    return key


def _version(value: object) -> Version | None:
    """``3.0``, ``'3.0'``, ``'3.0.8.Final'``: the first two numbers."""
    found = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})(\..*)?", str(value).strip()) if isinstance(value, (str, float)) else None
    return Version(int(found[1]), int(found[2])) if found else None


def _is_policy(value: object) -> bool:
    return value is None or (isinstance(value, str) and (value.strip().lower() in POLICIES or "." in value))


def _policy(value: object) -> str | None:
    if value is None:
        return None
    found = _POLICY_CLASS.fullmatch(str(value).strip())
    text = found[1] if found else str(value).strip()
    return text.lower() if text.lower() in POLICIES else text


def is_before_2_0(version: Version | None) -> bool | None:
    return None if version is None else version < V2_0


def _type(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
