# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters for stack files: options in, errors in Ansible's terms out. The work is done in module_utils/compose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.compose.request import request_from
from ..module_utils.compose.upgrade import Upgraded, upgrade
from ..module_utils.compose.variables import set_variables
from ..module_utils.errors import OperationError

DEFAULTS: dict[str, object] = {
    "target": "7.7.1",
    "inter_broker_protocol": None,
    "images": None,
    "kinds": None,
    "container_names": False,
    "connect_variables": None,
    "rehearsal": None,
}


def compose_upgrade(text: Any, target: Any = DEFAULTS["target"], **options: Any) -> str:
    return _upgraded("compose_upgrade", text, target, options).text


def compose_upgrade_report(text: Any, target: Any = DEFAULTS["target"], **options: Any) -> dict[str, object]:
    return _upgraded("compose_upgrade_report", text, target, options).as_result(before=text)


def compose_upgrade_variables(text: Any, variables: Any) -> dict[str, object]:
    try:
        return set_variables(text, variables)
    except OperationError as error:
        raise AnsibleFilterError(f"compose_upgrade_variables: {error}") from error


def _upgraded(name: str, text: Any, target: Any, options: dict[str, Any]) -> Upgraded:
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise AnsibleFilterError(f"{name} has no option {', '.join(unknown)}. Its options are {', '.join(DEFAULTS)}.")
    try:
        return upgrade(text, request_from(text, {**DEFAULTS, **options, "target": target}))
    except OperationError as error:
        raise AnsibleFilterError(f"{name}: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "compose_upgrade": compose_upgrade,
            "compose_upgrade_report": compose_upgrade_report,
            "compose_upgrade_variables": compose_upgrade_variables,
        }
