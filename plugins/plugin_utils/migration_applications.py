# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The applications of a migration: what is wrong with their description, in which order they move, and what each must be able to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

# Those that only consume and produce go first, then those whose state is in topics, then connectors.
KINDS = ("application", "streams", "connector")
_KEYS = {"name", "kind", "groups", "consumes", "produces", "transactional_ids", "destination", "stop", "start", "start_at_source", "kubernetes",
         "smoke_topic", "smoke_group"}
_LISTS = ("order", "checks", "groups", "topics", "stops", "switches", "starts_at_source", "offsets_back")


def applications(given: Sequence[Any], planned: Sequence[str], done: Sequence[str] = (), before: Mapping[str, Any] | None = None) -> Json:
    """What the phase cutover works on.

    :param planned: the topics of the plan.
    :param done: names of applications that have moved already.
    :param before: what kafka_offset_translation said of the groups before anything was committed.
    :returns: ``problems``, ``order`` (what is still to be moved), ``checks`` (a trial for each, with the application's own login),
        ``groups`` and ``topics`` (of those still to be moved, as far as they are copied), and ``offsets_back``.
    """
    problems: list[str] = []
    for number, each in enumerate(given):
        problems += _problems(number, each)
    names = [each.get("name") for each in given if isinstance(each, Mapping)]
    problems += [f"application '{name}' is given more than once" for name in sorted({str(name) for name in names if names.count(name) > 1})]
    if problems:
        return {"problems": problems, **dict.fromkeys(_LISTS, [])}
    order = sorted((each for each in given if each["name"] not in done), key=lambda each: KINDS.index(each.get("kind", KINDS[0])))
    owners: dict[str, str] = {}
    for each in given:
        for group in each.get("groups", []):
            if owners.setdefault(group, each["name"]) != each["name"]:
                problems.append(f"group '{group}' belongs to {owners[group]} and to {each['name']}")
    topics = {topic for each in order for topic in (*each.get("consumes", []), *each.get("produces", []))}
    return {
        "problems": problems, "order": order, "checks": [check for each in order for check in _checks(each)],
        "groups": sorted({group for each in order for group in each.get("groups", [])}), "topics": sorted(topics & set(planned)),
        # Without the logins, as items of a loop are shown.
        "stops": [{"name": each["name"], "argv": each["stop"]} for each in order if "stop" in each],
        "switches": [{"name": each["name"], "workloads": each["kubernetes"].get("workloads", []), "place": each["kubernetes"].get("place", {})}
                     for each in order if "kubernetes" in each],
        "starts_at_source": [{"name": each["name"], "argv": each["start_at_source"]} for each in order if "start_at_source" in each],
        "offsets_back": [step for each in order for group in each.get("groups", []) for step in _offsets_back(group, (before or {}).get(group, {}))],
    }  # fmt: skip


def _offsets_back(group: str, before: Mapping[str, Any]) -> list[Json]:
    """What kafka_consumer_group does at the destination so that the group is there where it was before the cutover, mostly nowhere."""
    rows = before.get("partitions", [])
    new = [f"{row['destination_topic']}:{row['partition']}" for row in rows if row["before"] is None]
    old = [{"name": row["destination_topic"], "partitions": [row["partition"]], "offset": row["before"]} for row in rows if row["before"] is not None]
    steps: list[Json] = [{"name": group, "options": {"state": "absent", "topics": new}}] if new else []
    return [*steps, {"name": group, "options": {"state": "reset", "to": "offset", "topics": old}}] if old else steps


def _problems(number: int, each: Any) -> list[str]:
    if not isinstance(each, Mapping) or not each.get("name"):
        return [f"application {number + 1} has no name"]
    called = f"application '{each['name']}'"
    found = [f"{called} has no option {key}" for key in sorted(set(each) - _KEYS)]
    if each.get("kind", KINDS[0]) not in KINDS:
        found.append(f"{called}: kind is '{each['kind']}', not one of {', '.join(KINDS)}")
    found += [f"{called}: {key} is no list" for key in ("groups", "consumes", "produces", "transactional_ids", "stop", "start", "start_at_source")
              if isinstance(each.get(key, []), (str, bytes)) or not isinstance(each.get(key, []), Sequence)]  # fmt: skip
    if not (each.get("destination") or {}).get("bootstrap_servers"):
        found.append(f"{called} needs destination, its own connection there: it is what is tried before anything moves")
    if each.get("consumes") and not each.get("groups"):
        found.append(f"{called} consumes, but no group is named: it would begin somewhere")
    if not each.get("consumes") and not each.get("produces"):
        found.append(f"{called} needs consumes or produces")
    return found


def _checks(each: Mapping[str, Any]) -> list[Json]:
    found = []
    connection = dict(each["destination"])
    if each.get("consumes"):
        found.append({"name": each["name"], "connection": connection, "topics": each["consumes"], "produce": False, "consume": True,
                      "groups": each.get("groups", []), "transactional_ids": []})  # fmt: skip
    if each.get("produces"):
        found.append({"name": each["name"], "connection": connection, "topics": each["produces"], "produce": True, "consume": False, "groups": [],
                      "transactional_ids": each.get("transactional_ids", [])})  # fmt: skip
    return found
