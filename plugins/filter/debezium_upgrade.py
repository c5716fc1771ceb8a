# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter debezium_upgrade: options in, errors in Ansible's terms out. The work is done in module_utils/connect/debezium.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.connect.debezium import upgrade
from ..module_utils.connect.debezium_request import DEFAULTS, request_from
from ..module_utils.errors import OperationError


def debezium_upgrade(config: Any, target: Any = DEFAULTS["target"], **options: Any) -> dict[str, object]:
    """See plugins/filter/debezium_upgrade.yml."""
    try:
        return upgrade(config, request_from(config, {**options, "target": target}))
    except OperationError as error:
        raise AnsibleFilterError(f"debezium_upgrade: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"debezium_upgrade": debezium_upgrade}
