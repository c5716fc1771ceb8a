# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stack file says about its services, as Docker would read it. Pure.

Only what an upgrade changes is read: image, environment and hostname. Everything is text, as in a container: no number of YAML 1.1 is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError

_MERGE = "tag:yaml.org,2002:merge"
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<braced>\w+)(?:(?P<operator>:?[-?])(?P<word>[^{}]*))?\}|(?P<named>[A-Za-z_]\w*))")


class _Texts(yaml.SafeLoader):
    """YAML of which only the merge key means something. A merge key that stands twice, as Swarm takes it, is merged twice."""

    yaml_implicit_resolvers = {"<": [(_MERGE, re.compile(r"^<<$"))]}


def services_of(text: str, variables: Mapping[str, Any] | None = None, prefix: str = "") -> dict[str, dict[str, Any]]:
    """Each service's image, environment (a variable of None has no value here) and hostname.

    :param prefix: put before each name, as a stack does.
    :param variables: what ``docker stack deploy`` would find in its environment.
    """
    try:
        document = yaml.load(text, _Texts)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        raise AnsibleFilterError(f"The stack file is no YAML: {getattr(error, 'problem', error)}") from None
    services = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(services, Mapping):
        raise AnsibleFilterError("The stack file has no services.")
    return {prefix + name: _service(name, service, variables or {}) for name, service in services.items() if isinstance(service, Mapping)}


def _service(name: str, service: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    environment = service.get("environment") or {}
    if not isinstance(environment, Mapping):
        environment = {key: value if equals else None for key, equals, value in (str(entry).partition("=") for entry in environment)}
    env = {key: None if value is None else _filled(f"{name}, {key}", str(value), variables) for key, value in environment.items()}
    return {"image": _filled(f"{name}, image", str(service.get("image") or ""), variables), "env": env,
            "hostname": _filled(f"{name}, hostname", str(service.get("hostname") or ""), variables)}  # fmt: skip


def _filled(where: str, text: str, variables: Mapping[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name, operator, word = found["braced"] or found["named"], found["operator"] or "", found["word"] or ""
        given = variables.get(name)
        if given is None or (operator.startswith(":") and str(given) == ""):
            if operator.endswith("-"):
                return word
            raise AnsibleFilterError(f"The stack file's variable {name} ({where}) has no value: set it in confluent_rolling_upgrade_stack_variables.")
        return str(given)

    return _VARIABLE.sub(value, text)
