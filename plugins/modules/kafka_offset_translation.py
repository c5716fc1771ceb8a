#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_offset_translation
short_description: Let consumer groups go on at another cluster where they stopped
version_added: 0.1.0
description:
  - Finds, for each offset that a group has committed at the source, the place of the same record at the destination, where a copy has another offset,
    and commits that there. Whatever copied the records, no interceptor and no topic of its own is needed.
  - B(Nothing is skipped.) A group goes on at the first copy of the next record that it had not consumed, or before it. What it reads again is counted.
  - The record is looked for from the first offset whose timestamp is not older, by key, value and timestamp. If it is not found there (such as one that a
    compaction has removed), that offset is taken.
  - A group at the end goes to the destination's end only when O(copied) says that everything is copied. Otherwise it goes behind the last record that it
    has consumed and that has arrived, or to the start.
  - Nothing is committed when anything is wrong with one of the groups. Everything that is wrong is listed at once.
options:
  source:
    description: How to reach the cluster that the groups have consumed from.
  destination:
    description: How to reach the cluster that they go on at.
  groups:
    description: Names of the groups.
    type: list
    elements: str
    required: true
  topics:
    description: Only these topics (names at the source). All that the groups have committed when not given.
    type: list
    elements: str
    default: []
  destination_topics:
    description: Names at the destination of topics that have another name there, by their name at the source.
    type: dict
    default: {}
  copied:
    description:
      - Whether the producers have stopped and everything is copied, see M(streamops.kafka.kafka_replication_progress). Re-reads are counted only then.
    type: bool
    default: false
  when_ahead:
    description:
      - What is done about a group that has committed more at the destination than the translation says. It would skip records.
      - V(fail) says so and changes nothing. V(keep) leaves it, which is right for a group that has already gone on there. V(move) sets it back.
    type: str
    choices: [fail, keep, move]
    default: fail
  require_stopped:
    description:
      - Whether the groups must have no live members at the source, who would go on committing. In check mode it is a warning only.
      - They must have none at the destination in any case, because Kafka refuses to set offsets of a group that consumes.
    type: bool
    default: true
  scan:
    description: How many records are searched for the one that is meant, from the first that is not older.
    type: int
    default: 1000
  count_limit:
    description: Records that are read at most to count what is read again. Above it, it is estimated by offsets.
    type: int
    default: 1000000
  timeout:
    description: Seconds until the reading is given up.
    type: float
    default: 600
extends_documentation_fragment:
  - streamops.kafka.clusters
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Everything is looked up, nothing is committed.
  diff_mode:
    support: full
requirements:
  - confluent-kafka >= 2.6
  - xxhash
notes:
  - It relies on the order of the source being kept in each partition, as Replicator and MirrorMaker 2 do with one request on its way. Restarts of
    them, which repeat a stretch, do no harm.
  - Its user needs Describe and Read on the topics, Describe on the groups at the source, Read on the groups at the destination.
  - Not run against Amazon MSK or Confluent Cloud themselves.
seealso:
  - module: streamops.kafka.kafka_replication_progress
  - module: streamops.kafka.kafka_consumer_group
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Show where the groups would go on, while they still run
  streamops.kafka.kafka_offset_translation:
    source: "{{ old_cluster }}"
    destination: "{{ new_cluster }}"
    groups: [billing, shipping]
  check_mode: true
  diff: true

- name: Let them go on at the destination, now that they are stopped and everything is copied
  streamops.kafka.kafka_offset_translation:
    source: "{{ old_cluster }}"
    destination: "{{ new_cluster }}"
    groups: [billing, shipping]
    copied: true
  register: moved

# How to recover: RV(groups.restore) is what kafka_consumer_group takes to put the earlier offsets back. At the source nothing was changed.
- name: Put back what billing had committed at the destination
  streamops.kafka.kafka_consumer_group:
    bootstrap_servers: new-1.example.com:9092
    groups: [billing]
    state: reset
    to: offset
    topics: "{{ moved.groups.billing.restore }}"
"""

RETURN = r"""
groups:
  description: Each group by its name.
  returned: success, and when committing failed
  type: dict
  contains:
    action:
      description: V(reset), V(unchanged) or V(failed).
      type: str
      sample: reset
    reason:
      description: Why it failed.
      type: str
      returned: when it failed
      sample: ""
    re_reads:
      description:
        - Records that the group will read again, that is those that it has consumed at the source, and second copies of the others.
        - V(null) when it is not known, that is without O(copied).
      type: int
      sample: 0
    partitions:
      description:
        - Each partition with what was committed C(before) at the destination, C(source_offset) and C(source_end), C(destination_offset), and its own
          C(re_reads), an estimate if C(is_estimate).
        - C(rule) is V(record) (the record was found), V(time) (only a place by timestamp), V(end), V(after_last) (behind the last that was consumed) or
          V(start).
      type: list
      elements: dict
      sample:
        - topic: orders
          partition: 0
          source_offset: 4711
          source_end: 5000
          destination_topic: orders
          destination_offset: 4720
          before: null
          rule: record
          re_reads: 0
          is_estimate: false
    restore:
      description: What the option C(topics) of M(streamops.kafka.kafka_consumer_group) takes to put earlier offsets back.
      type: list
      elements: dict
      sample: []
  sample: {}
re_reads:
  description: The sum over all groups. V(null) when one of them is not known.
  returned: success
  type: int
  sample: 0
"""

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import Connection
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups import GroupOutcome, member_problems, plan_of
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups_client import apply_outcomes, read_groups
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.library import require
from ansible_collections.streamops.kafka.plugins.module_utils.migration.offset_translation import WHEN_AHEAD, Translation, outcomes_of
from ansible_collections.streamops.kafka.plugins.module_utils.migration.offset_translation_client import Found, Sides, Wanted, now_at, translate
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.replication.two_clusters import SIDES, SIDES_SPEC, both_clusters, connections_from

TRANSLATION_SPEC: dict[str, dict[str, Any]] = {
    **SIDES_SPEC,
    "groups": {"type": "list", "elements": "str", "required": True},
    "topics": {"type": "list", "elements": "str", "default": []},
    "destination_topics": {"type": "dict", "default": {}},
    "copied": {"type": "bool", "default": False},
    "when_ahead": {"type": "str", "choices": list(WHEN_AHEAD), "default": "fail"},
    "require_stopped": {"type": "bool", "default": True},
    "scan": {"type": "int", "default": 1000},
    "count_limit": {"type": "int", "default": 1000000},
    "timeout": {"type": "float", "default": 600},
}


def connections_of(params: dict[str, Any]) -> dict[str, Connection]:
    """Both connections, after everything that is wrong with the request was said."""
    found, problems = connections_from(params)
    if not params["groups"]:
        problems.append("groups is empty")
    problems += [f"{option} must be {least} or more" for option, least in (("scan", 1), ("count_limit", 0)) if params[option] < least]
    if problems:
        raise InputError(problems)
    return found


def rows_of(found: Found, outcomes: list[GroupOutcome]) -> dict[str, Any]:
    """The groups as they are returned."""
    rows: dict[str, Any] = {}
    for outcome in outcomes:
        before = {row.key: row.before for row in outcome.rows}
        those: list[Translation] = found.translations[outcome.group.name]
        counts = [each.re_reads for each in those]
        told = outcome.as_result()
        rows[outcome.group.name] = {
            "action": told["action"], "restore": told["restore"], "re_reads": None if None in counts else sum(each or 0 for each in counts),
            "partitions": [each.as_result(before.get(each.place.destination)) for each in those], **({"reason": told["reason"]} if "reason" in told else {}),
        }  # fmt: skip
    return rows


def carry_out(module: EnumModule, source: KafkaClient, destination: KafkaClient) -> dict[str, Any]:
    """Look up, plan, commit; the result."""
    params = module.params
    names = tuple(dict.fromkeys(params["groups"]))
    live = member_problems(read_groups(source, names).values()) if params["require_stopped"] else []
    if module.check_mode:
        for problem in live:
            module.warn(f"At the source, {problem}")
        live = []
    renamed = {str(old): str(new) for old, new in params["destination_topics"].items()}
    wanted = Wanted(names, frozenset(params["topics"]), renamed, params["copied"], params["scan"], params["count_limit"])
    if live:
        raise InputError([f"at the source, {problem}" for problem in live])
    found = translate(Sides(source, destination, time.monotonic() + params["timeout"]), wanted)
    groups, now = now_at(destination, found.translations)
    outcomes, problems = outcomes_of(groups, found.translations, now, found.logs, params["when_ahead"])
    if problems:
        raise InputError(problems)
    if not module.check_mode:
        try:
            outcomes = apply_outcomes(destination, outcomes)
        except OperationError as error:
            error.partial.pop("diff", None)
            raise
    rows = rows_of(found, outcomes)
    counts = [row["re_reads"] for row in rows.values()]
    plan = plan_of(outcomes)
    return {"changed": bool(plan), "groups": rows, "re_reads": None if None in counts else sum(counts), "diff": plan.diff()}


def main() -> None:
    module = EnumModule(argument_spec=TRANSLATION_SPEC, supports_check_mode=True)
    hide_secrets(module, *(module.params[side] for side in SIDES))
    with operation_errors(module):
        connections = connections_of(module.params)
        require("xxhash", "xxhash", "records are found again by their hash")
        with both_clusters(connections) as (source, destination):
            module.exit_json(**carry_out(module, source, destination))


if __name__ == "__main__":
    main()
