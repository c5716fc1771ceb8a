# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for Strimzi's resources have in common: options, and how they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..options import EnumModule
from .client import StrimziClient
from .reconcile import failure
from .resources import Kind

READING_SPEC: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "api_version": {"type": "str"},
}
WRITING_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
    "batch_size": {"type": "int", "default": 500},
    "force_conflicts": {"type": "bool", "default": False},
}


def finish(module: EnumModule, kind: Kind, client: StrimziClient, result: Mapping[str, Any]) -> None:
    """End the module with its result.

    :raises OperationError: when some of it failed.
    """
    for warning in result["warnings"]:
        module.warn(warning)
    if result["failures"]:
        raise failure(kind, client, result)
    module.exit_json(**{key: value for key, value in result.items() if key not in ("failures", "warnings")})
