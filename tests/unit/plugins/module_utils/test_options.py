# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.options import spell_choices

SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "aliases": ["status"]},
    "protocol": {"type": "str", "choices": ["SSL", "plain"]},
    "operations": {"type": "list", "elements": "str", "choices": ["read", "write"]},
    "topics": {"type": "list", "elements": "dict", "options": {"state": {"choices": ["present", "absent"]}}},
    "source": {"type": "dict", "options": {"inner": {"type": "dict", "options": {"mode": {"choices": ["a"]}}}}},
    "name": {"type": "str"},
    "level": {"type": "int", "choices": [1, 2]},
}


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ({"state": "ABSENT"}, {"state": "absent"}),
        ({"status": "Absent"}, {"status": "absent"}),
        ({"protocol": "ssl"}, {"protocol": "SSL"}),
        ({"operations": ["READ", "Write"]}, {"operations": ["read", "write"]}),
        ({"operations": "READ, Write"}, {"operations": "read,write"}),
        ({"topics": [{"state": "PRESENT"}, {"state": None}]}, {"topics": [{"state": "present"}, {"state": None}]}),
        ({"source": {"inner": {"mode": "A"}}}, {"source": {"inner": {"mode": "a"}}}),
    ],
)
def test_choices_are_accepted_in_either_case(given: dict[str, object], spelled: dict[str, object]) -> None:
    assert spell_choices(SPEC, given) == spelled


@pytest.mark.parametrize("given", [{"name": "Orders"}, {"state": "Gone"}, {"unknown": "X"}, {"level": 2}, {"state": None}, {"topics": "X"}])
def test_everything_else_is_left_alone(given: dict[str, object]) -> None:
    assert spell_choices(SPEC, given) == given
