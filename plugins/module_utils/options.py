# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enum options: documented in lower case, accepted in either case, given back in lower case.

``AnsibleModule`` compares ``choices`` case by case and has no hook of its own, so the values are spelled as the
argument spec spells them before it looks. The spec keeps plain ``choices``, which is what ``validate-modules`` and
the documentation tools read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

Spec = Mapping[str, Mapping[str, object]]


class EnumModule(AnsibleModule):  # type: ignore[misc]  # ansible-core ships no types
    """An ``AnsibleModule`` that accepts the choices of its options, at any depth, in either case."""

    argument_spec: Spec
    params: dict[str, Any]

    def _load_params(self) -> None:
        super()._load_params()
        if isinstance(self.params, dict):
            self.params = spell_choices(self.argument_spec, self.params)


def spell_choices(spec: Spec, params: Mapping[str, object]) -> dict[str, object]:
    """``params`` with each value that names a choice in another case spelled as the choice itself.

    Values that match no choice are left alone: AnsibleModule rejects them in its own words.
    """
    known = {alias: option for name, option in spec.items() for alias in [name, *_strings(option.get("aliases"))]}
    return {name: _spelled(known[name], value) if name in known else value for name, value in params.items()}


def _spelled(option: Mapping[str, object], value: object) -> object:
    suboptions = option.get("options")
    if isinstance(suboptions, Mapping):
        if isinstance(value, Mapping):
            return spell_choices(suboptions, value)
        if isinstance(value, list):
            return [spell_choices(suboptions, item) if isinstance(item, Mapping) else item for item in value]
    choices = _strings(option.get("choices"))
    return _as_choice({choice.lower(): choice for choice in choices}, value) if choices else value


def _as_choice(choices: Mapping[str, str], value: object) -> object:
    if isinstance(value, list):
        return [_as_choice(choices, item) for item in value]
    if isinstance(value, str) and "," in value:  # a list given as text
        return ",".join(choices.get(item.strip().lower(), item) for item in value.split(","))
    return choices.get(value.strip().lower(), value) if isinstance(value, str) else value


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, (list, tuple)) else []
