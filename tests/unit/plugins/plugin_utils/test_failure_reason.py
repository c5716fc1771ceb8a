# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed task says in a report."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.plugin_utils.failure_reason import failure_reason


def test_of_a_loop_it_is_what_its_failed_items_said() -> None:
    items = [{"failed": True, "msg": "task 0 has failed"}, {"failed": False, "msg": "fine"}, *({"failed": True, "msg": "no worker"} for _item in range(2))]
    assert failure_reason({"msg": "One or more items failed", "results": items}) == "task 0 has failed no worker"


def test_of_a_command_it_is_what_it_wrote_to_stderr() -> None:
    assert failure_reason({"msg": "non-zero return code", "stderr": "no such image\n"}) == "no such image"
    assert failure_reason({"msg": "refused", "stderr": ""}) == "refused"
    assert failure_reason({"failed": True}) == "see the log"
