#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_migration_assessment
short_description: Find out what a migration between two Kafka clusters has to do
version_added: 0.1.0
description:
  - Looks at both clusters in a few requests, and tells which topics there are to migrate, how large and how busy they are, which are compacted or
    transactional, which are left out and why, who consumes and who may do what, and which limits of the destination would be hit.
  - Nothing is changed on either cluster. What cannot be looked at stands in RV(assessment.not_checked), never as zero.
  - Every record of the source is accounted for. It is in a topic that is migrated, or in one of RV(assessment.excluded) with the reason.
options:
  source:
    description: How to reach the cluster that is migrated from.
  destination:
    description: How to reach the cluster that is migrated to.
  topics:
    description: Names of topics to migrate. Internal ones only when they are named here; those that no engine copies not even then.
    type: list
    elements: str
    default: []
  pattern:
    description: Regular expression that matches the whole name of topics to migrate. All when neither this nor O(topics) is given.
    type: str
    default: ""
  exclude:
    description: Regular expressions that match the whole name of topics to leave out. They win over all else.
    type: list
    elements: str
    default: []
  transactional:
    description: Names of topics that transactions are written to, where their last records do not show it.
    type: list
    elements: str
    default: []
  destination_type:
    description: What kind of cluster the destination is. It decides which limits and which settings of topics there are.
    type: str
    choices: [kafka, confluent_cloud_basic, confluent_cloud_standard, confluent_cloud_enterprise, confluent_cloud_dedicated, confluent_cloud_freight]
    default: kafka
  capacity_units:
    description: CKUs of a dedicated cluster, which its limit of partitions depends on.
    type: int
    default: 1
  partition_limit:
    description: How many partitions the destination may have, where you know better than the documentation.
    type: int
  naming_convention:
    description: Regular expression that matches the whole name of well named topics. Empty checks only names that can be taken for each other.
    type: str
    default: '[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+'
  rate_seconds:
    description: Seconds between the two looks at the offsets that show how much is written. V(0) measures no rates.
    type: float
    default: 30
extends_documentation_fragment:
  - streamops.kafka.clusters
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is changed in any mode.
  diff_mode:
    support: N/A
    details: Nothing is changed in any mode.
requirements:
  - confluent-kafka >= 2.6
  - kafka-python >= 3.0 (sizes and quotas; without it they are not checked)
notes:
  - The users need the right Describe on the cluster, its topics and groups. Read on the topics of the source shows which are transactional.
  - The number of records is the span of offsets, which is larger than the number of records where a topic is compacted or transactional.
  - Sizes are those on disk, compressed as they are. They are what a copy moves.
  - Not run against Amazon MSK or Confluent Cloud. The limits are data with their sources, read in November 2026.
seealso:
  - module: streamops.kafka.kafka_replication_verify
  - plugin: streamops.kafka.replicator_plan
    plugin_type: filter
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: What there is to migrate
  streamops.kafka.kafka_migration_assessment:
    source:
      bootstrap_servers: old-1.example.com:9094
      security_protocol: ssl
    destination:
      bootstrap_servers: new-1.example.com:9092
      security_protocol: sasl_ssl
      sasl_mechanism: plain
      sasl_username: "{{ destination_api_key }}"
      sasl_password: "{{ destination_api_secret }}"
    destination_type: confluent_cloud_dedicated
    capacity_units: 2
    exclude: ['temp-.*']
  register: seen

- name: Stop when a limit would be hit
  ansible.builtin.assert:
    that: seen.assessment.limits | selectattr('blocks') | length == 0

- name: A quick look, without rates (the same in check mode, as nothing is ever changed)
  streamops.kafka.kafka_migration_assessment:
    source: "{{ old_cluster }}"
    destination: "{{ new_cluster }}"
    pattern: orders\..*
    rate_seconds: 0
  check_mode: true
"""

RETURN = r"""
assessment:
  description: What was found. C(null) is what is not known.
  returned: success
  type: dict
  contains:
    topics:
      description: Topics to migrate, with the keys that the filter P(streamops.kafka.replicator_plan#filter) takes. C(rate) is in bytes per second.
      type: list
      elements: dict
      sample:
        - {name: orders, partitions: 12, replication_factor: 3, records: 40000, bytes: 5200000, rate: 1300.5, records_per_second: 10.0,
           cleanup_policy: delete, transactional: false, config: {retention.ms: "604800000"}}
    excluded:
      description: Topics that are left out, and why.
      type: list
      elements: dict
      sample: [{name: __consumer_offsets, rule: kafka, reason: "Kafka's own", partitions: 50, records: 660000000}]
    groups:
      description: Consumer groups that are not the platform's own.
      type: list
      elements: dict
      sample: [{name: billing, state: stable, members: 3, lag: 12, topics: [orders]}]
    excluded_groups:
      description: Groups that are left out, and why.
      type: list
      elements: dict
      sample: []
    acls:
      description: Every ACL of the source, as M(streamops.kafka.kafka_info) shows them.
      type: list
      elements: dict
      sample: []
    quotas:
      description: Every client quota of the source.
      type: list
      elements: dict
      sample: []
    limits:
      description: Limits that would be hit, and what else is in the way. Where C(blocks) is true, it must be solved first.
      type: list
      elements: dict
      sample: [{limit: partitions, text: "9000 partitions are needed, 4096 are allowed", blocks: true, topics: [], source: "https://docs.confluent.io/..."}]
    settings:
      description: Settings of topics that the destination gets differently or not at all.
      type: list
      elements: dict
      sample: [{name: orders, dropped: {compression.type: "cannot be set on Confluent Cloud"}, adjusted: {}}]
    naming:
      description: Names that do not follow the convention or can be taken for others.
      type: list
      elements: dict
      sample: [{name: Orders_v2, problem: "does not follow the convention", serious: false}]
    totals:
      description: The sums. C(source_records) is C(records) plus C(excluded_records).
      type: dict
      sample: {topics: 12, partitions: 90, records: 40000000, bytes: 52000000000, compacted: 2, transactional: 1, rate: 13000.5, excluded_topics: 9,
               excluded_partitions: 175, excluded_records: 660000000, source_records: 700000000}
    not_checked:
      description: What could not be looked at, and why.
      type: list
      elements: str
      sample: []
    source_cluster:
      description: Id of the source.
      type: str
      sample: MkU3OEVBNTcwNTJENDM2Qk
    destination_cluster:
      description: Id of the destination.
      type: str
      sample: lkc-abc123
    destination_type:
      description: As the option of that name.
      type: str
      sample: kafka
  sample: {}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 31.4
"""

import re
import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.migration.assessment import Wanted, assess
from ansible_collections.streamops.kafka.plugins.module_utils.migration.destinations import DESTINATIONS, KINDS
from ansible_collections.streamops.kafka.plugins.module_utils.migration.naming import CONVENTION
from ansible_collections.streamops.kafka.plugins.module_utils.migration.reading import read_destination, read_source, with_declared
from ansible_collections.streamops.kafka.plugins.module_utils.migration.selection import selection_problems
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.replication.two_clusters import SIDES, SIDES_SPEC, both_clusters, connections_from

ASSESSMENT_SPEC: dict[str, dict[str, Any]] = {
    **SIDES_SPEC,
    "topics": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str", "default": ""},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "transactional": {"type": "list", "elements": "str", "default": []},
    "destination_type": {"type": "str", "choices": KINDS, "default": "kafka"},
    "capacity_units": {"type": "int", "default": 1},
    "partition_limit": {"type": "int"},
    "naming_convention": {"type": "str", "default": CONVENTION},
    "rate_seconds": {"type": "float", "default": 30},
}


def problems_of(params: dict[str, Any]) -> list[str]:
    """What is wrong with the options, but for the connections."""
    problems = selection_problems([*params["topics"], *params["transactional"]], params["pattern"], params["exclude"])
    problems += [f"{name} must be {least} or more" for name, least in (("rate_seconds", 0), ("capacity_units", 1)) if params[name] < least]
    try:
        re.compile(params["naming_convention"])
    except re.error as error:
        problems.append(f"naming_convention is no regular expression: {error}")
    return problems


def main() -> None:
    module = EnumModule(argument_spec=ASSESSMENT_SPEC, supports_check_mode=True)
    params = module.params
    hide_secrets(module, *(params[side] for side in SIDES))
    with operation_errors(module):
        connections, problems = connections_from(params)
        problems += problems_of(params)
        if problems:
            raise InputError(problems)
        wanted = Wanted(params["topics"], params["pattern"], params["exclude"], params["transactional"], DESTINATIONS[params["destination_type"]],
                        params["capacity_units"], params["partition_limit"], params["naming_convention"])
        began = time.monotonic()
        with both_clusters(connections) as (source, destination):
            seen = read_source(source, params["rate_seconds"], Progress("assessment"))
            seen.topics = with_declared(seen.topics, wanted.transactional)
            there = read_destination(destination, seen.topics)
        module.exit_json(changed=False, assessment=assess(seen, there, wanted), seconds=round(time.monotonic() - began, 1))


if __name__ == "__main__":
    main()
