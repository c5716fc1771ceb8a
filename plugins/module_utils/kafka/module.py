# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of every Kafka module: its options plus the connection's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..options import EnumModule
from .connection import CONNECTION_SPEC, is_secret


def kafka_module(argument_spec: dict[str, dict[str, Any]], **constraints: Any) -> EnumModule:
    """The module object for ``argument_spec`` plus the connection options; check mode is always supported."""
    module = EnumModule(argument_spec={**CONNECTION_SPEC, **argument_spec}, supports_check_mode=True, **constraints)
    hide_secrets(module, module.params)
    return module


def hide_secrets(module: EnumModule, *connections: Mapping[str, Any]) -> None:
    """Keep the secrets that stand in the option ``client_config`` of connections out of every output."""
    module.no_log_values.update(
        str(value) for options in connections for name, value in (options["client_config"] or {}).items()
        if is_secret(name) and value not in (None, ""))  # fmt: skip
