# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter debezium_upgrade: options in, errors in Ansible's terms out. The work is done in module_utils/connect/debezium.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.connect.debezium import upgrade
from ..module_utils.connect.debezium_request import request_from
from ..module_utils.errors import OperationError

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


def debezium_upgrade(config: Any, target: Any = DEFAULTS["target"], **options: Any) -> dict[str, object]:
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise AnsibleFilterError(f"debezium_upgrade has no option {', '.join(unknown)}. Its options are {', '.join(DEFAULTS)}.")
    try:
        return upgrade(config, request_from(config, {**DEFAULTS, **options, "target": target}))
    except OperationError as error:
        raise AnsibleFilterError(f"debezium_upgrade: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"debezium_upgrade": debezium_upgrade}
