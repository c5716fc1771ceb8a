# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the module's progress while it waits."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.plugin_utils.live import LiveAction


class ActionModule(LiveAction):
    pass
