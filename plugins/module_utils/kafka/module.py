# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of every Kafka module: its options plus the connection's."""

from __future__ import annotations

from typing import Any

from ..options import EnumModule
from .connection import CONNECTION_SPEC, is_secret


def kafka_module(argument_spec: dict[str, dict[str, Any]], **constraints: Any) -> EnumModule:
    """The module object for ``argument_spec`` plus the connection options; check mode is always supported."""
    module = EnumModule(argument_spec={**CONNECTION_SPEC, **argument_spec}, supports_check_mode=True, **constraints)
    module.no_log_values.update(
        str(value) for name, value in module.params["client_config"].items() if is_secret(name) and value not in (None, ""))
    return module
