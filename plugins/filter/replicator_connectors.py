# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter replicator_connectors: options in, errors in Ansible's terms out. The work is done in module_utils/migration/connector_config.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.migration.connector_config import ENGINES, Copying, connector_configs, java_cluster, largest_record, secrets_of

KEYS = ("name", "topics", "tasks_max")


def replicator_connectors(
    plan: Any, engine: str, source: Mapping[str, Any], destination: Mapping[str, Any], secrets_file: str = "", backed_by: str = "destination",
    source_properties: Mapping[str, Any] | None = None, destination_properties: Mapping[str, Any] | None = None,
    topics: Sequence[Mapping[str, Any]] = (), settings: Mapping[str, Any] | None = None, tasks: Mapping[str, int] | None = None,
) -> list[dict[str, object]]:
    """See plugins/filter/replicator_connectors.yml."""
    problems = [f"engine is '{engine}', not one of {', '.join(ENGINES)}"] if engine not in ENGINES else []
    if backed_by not in ("source", "destination"):
        problems.append(f"backed_by is '{backed_by}', not source or destination")
    if isinstance(plan, (str, bytes)) or not isinstance(plan, Sequence):
        problems.append("the input is no plan: a list of connectors as replicator_plan returns it")
    else:
        problems += [f"connector {number + 1} of the plan lacks {', '.join(lacks)}" for number, each in enumerate(plan)
                     if (lacks := [key for key in KEYS if not isinstance(each, Mapping) or not each.get(key)])]
    for side, options in (("source", source), ("destination", destination)):
        if not options.get("bootstrap_servers"):
            problems.append(f"{side} lacks bootstrap_servers")
        if secrets_of(options, side) and not secrets_file:
            problems.append(f"{side} has a login, so secrets_file is needed: no password stands in a configuration")
    if problems:
        raise AnsibleFilterError(f"replicator_connectors: {'; '.join(problems)}.")
    copying = Copying(
        engine, java_cluster(source, "source", secrets_file, source_properties), java_cluster(destination, "destination", secrets_file, destination_properties),
        backed_by == "source", largest_record(topics), secrets_file, {str(key): _text(value) for key, value in (settings or {}).items()})  # fmt: skip
    return connector_configs([_retasked(each, tasks or {}) for each in plan], copying)


def replicator_secrets(source: Mapping[str, Any], destination: Mapping[str, Any]) -> dict[str, str]:
    """See plugins/filter/replicator_secrets.yml."""
    return {**secrets_of(source, "source"), **secrets_of(destination, "destination")}


def _retasked(connector: Mapping[str, Any], tasks: Mapping[str, int]) -> Mapping[str, Any]:
    """More tasks than partitions would idle."""
    wanted = tasks.get(str(connector["name"]))
    return connector if wanted is None else {**connector, "tasks_max": min(int(wanted), int(connector.get("partitions") or wanted))}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"replicator_connectors": replicator_connectors, "replicator_secrets": replicator_secrets}
