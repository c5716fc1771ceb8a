# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which a module finds a pod, and the Secret with the login of what runs in it."""

from __future__ import annotations

from typing import Any

POD_PLACE: dict[str, Any] = {
    "type": "dict",
    "options": {
        "namespace": {"type": "str"},
        "selector": {"type": "str"},
        "pod": {"type": "str"},
        "container": {"type": "str"},
        "kubeconfig": {"type": "path"},
        "context": {"type": "str"},
    },
}
CREDENTIALS_SECRET: dict[str, Any] = {
    "type": "dict",
    "no_log": False,  # it names a Secret, and holds none
    "options": {
        "name": {"type": "str", "required": True},
        "namespace": {"type": "str"},
        "username_key": {"type": "str", "no_log": False},
        "password_key": {"type": "str", "no_log": False},
    },
}
