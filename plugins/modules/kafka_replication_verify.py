#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_replication_verify
short_description: Prove that topics of one Kafka cluster have arrived in another
version_added: 0.1.0
description:
  - Compares topics of two clusters, whatever copied them (Replicator, MirrorMaker 2, an own program), and says of each whether it is
    verified, failed or not checked. What could not be looked at is never reported as verified.
  - It reads only. It commits no offsets, joins no group and changes nothing on either cluster.
  - The source may still be written to. Each partition is compared up to the end of its committed records when the run began,
    and copies of what was written after that are not counted as extra.
  - Records are read as a C(read_committed) consumer sees them on both sides, so that markers and aborted records of transactions do not count.
options:
  source:
    description: How to reach the cluster that was copied from.
  destination:
    description: How to reach the cluster that was copied to.
  topics:
    description: Names of topics at the source. Internal topics are compared only when they are named here.
    type: list
    elements: str
    default: []
  pattern:
    description: Regular expression that matches the whole name of topics at the source. As nothing is changed, it may match all of them.
    type: str
  destination_topics:
    description: Names at the destination of topics that have another name there, by their name at the source.
    type: dict
    default: {}
  level:
    description:
      - V(offsets) compares the spans of offsets of each partition. It takes a few requests and reads no record. It is an estimate.
      - V(count) reads both sides and compares the number of committed records of each partition.
      - V(digest) reads both sides and compares the records of each partition as a multiset, whatever their order. Partitions that differ are
        read once more, and what is missing, extra, duplicated or changed is counted exactly and listed by offset.
      - Of topics with C(compact) in their C(cleanup.policy) on either side, V(count) and V(digest) compare the last record of each key.
    type: str
    choices: [offsets, count, digest]
    default: digest
  fields:
    description: Which parts of a record must agree at O(level=digest). Timestamps are left out where a topic has C(message.timestamp.type=LogAppendTime).
    type: list
    elements: str
    choices: [key, value, headers, timestamp]
    default: [key, value, headers, timestamp]
  headers:
    description: Names of the only headers that must agree. When not given, it is all but O(ignore_headers).
    type: list
    elements: str
  ignore_headers:
    description: Headers that whatever copies the records adds to them.
    type: list
    elements: str
    default: [__replicator_id]
  list_duplicates:
    description: Also list the offsets of surplus copies. Their number is reported in any case.
    type: bool
    default: false
  list_limit:
    description: The longest list of offsets for each partition and kind of difference; V(0) is no limit. Numbers are exact whatever the limit.
    type: int
    default: 1000
  shard:
    description: Only this host's share of all partitions, so that several hosts share the work. Each is run with the same options but another C(index).
    type: dict
    suboptions:
      index:
        description: The number of this share, from 0.
        type: int
        required: true
      count:
        description: How many shares there are.
        type: int
        required: true
  workers:
    description: Processes that read at the same time on this host. A large partition is shared between them.
    type: int
    default: 1
  timeout:
    description: Seconds until the reading is given up. What was not read by then is C(not_checked).
    type: float
    default: 14400
  spill_directory:
    description:
      - Directory for the lists of what differs, which can be large. They hold hashes and offsets, no content. The system's own when not given.
      - They are removed at the end. What a run that was killed has left there (C(streamops-verify-*)) is removed by the next run on that host.
    type: path
  fail_on_difference:
    description: Whether the task fails when a topic is C(failed) or C(not_checked).
    type: bool
    default: true
extends_documentation_fragment:
  - streamops.kafka.clusters
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
requirements:
  - Python 3.9 or newer where the module runs (tried on 3.11)
  - confluent-kafka >= 2.6
  - xxhash and duckdb >= 1.1 (O(level=digest), and compacted topics)
notes:
  - The users need the rights Describe and Read on the topics, and DescribeConfigs to see which are compacted. They need no right on any group.
  - While it reads, a progress line is shown at most every 10 seconds.
  - Not run against Replicator, Amazon MSK or Confluent Cloud themselves.
  - With O(shard), a record that moved between partitions of two shares is missing in one and extra in the other, but not counted as moved.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Prove that every record of the orders has arrived, once and unchanged
  streamops.kafka.kafka_replication_verify:
    source:
      bootstrap_servers: old-1.example.com:9094
      security_protocol: ssl
    destination:
      bootstrap_servers: new-1.example.com:9092
      security_protocol: sasl_ssl
      sasl_mechanism: plain
      sasl_username: "{{ destination_api_key }}"
      sasl_password: "{{ destination_api_secret }}"
    pattern: orders\..*
    level: digest
    workers: 2

- name: Compare in a few requests, and go on whatever comes out (the same in check mode, as nothing is ever changed)
  streamops.kafka.kafka_replication_verify:
    source: "{{ old_cluster }}"
    destination: "{{ new_cluster }}"
    topics: [orders, payments]
    level: offsets
    fail_on_difference: false
  check_mode: true
  register: estimate

- name: Share the work between all hosts of the play, and list every duplicate
  streamops.kafka.kafka_replication_verify:
    source: "{{ old_cluster }}"
    destination: "{{ new_cluster }}"
    pattern: .*
    list_duplicates: true
    list_limit: 0
    shard:
      index: "{{ ansible_play_hosts.index(inventory_hostname) }}"
      count: "{{ ansible_play_hosts | length }}"
"""

RETURN = r"""
topics:
  description: Each topic by its name at the source. With O(shard), those of which this share has partitions.
  returned: always, but for wrong options
  type: dict
  contains:
    state:
      description: V(verified), V(failed) or V(not_checked).
      type: str
      sample: failed
    reason:
      description: Why it is not verified, where numbers do not say it.
      type: str
      sample: ""
    notes:
      description: What was left out of the comparison.
      type: list
      elements: str
      sample: []
    destination:
      description: Its name at the destination.
      type: str
      sample: orders
    compacted:
      description: Whether the last record of each key was compared. The numbers are then numbers of keys, without those whose last record is a tombstone.
      type: bool
      sample: false
    source_count:
      description: Records that were compared (offsets at O(level=offsets)).
      type: int
      sample: 40000
    destination_count:
      description: As RV(topics.source_count), at the destination.
      type: int
      sample: 40001
    missing:
      description: Records of the source that are not in the same partition of the destination.
      type: int
      sample: 1
    extra:
      description: Records of the destination that are not in the same partition of the source. At O(level=count), duplicates are in it too.
      type: int
      sample: 0
    duplicated:
      description: Surplus copies of records that the source has. Not counted in C(extra).
      type: int
      sample: 2
    changed:
      description: >-
        Records that have the same key and timestamp on both sides (or, after those, the same key) but otherwise differ.
        Not counted in C(missing) or C(extra).
      type: int
      sample: 0
    moved:
      description: >-
        Records that are in another partition than at the source. Each is also counted in C(missing) and in C(extra), as it is missing here and extra there.
      type: int
      sample: 0
    expired:
      description: Records of the destination older than all that the source still has. They may have been copied before retention removed them.
      type: int
      sample: 0
    newer:
      description: Copies of records that were written to the source after the mark.
      type: int
      sample: 0
    other_shards:
      description: Partitions that are in other shares and were not looked at.
      type: int
      sample: 0
    partitions:
      description:
        - Each partition with C(state), C(reason), C(source_count), C(destination_count), the numbers in C(counts), and the C(source_offsets)
          and C(destination_offsets) between which it was compared.
        - C(missing) lists offsets of the source, C(extra) and C(duplicated) of the destination, C(changed) and C(moved) of both.
      type: list
      elements: dict
      sample:
        - partition: 0
          state: failed
          source_count: 40000
          destination_count: 40001
          counts: {missing: 1, extra: 0, duplicated: 2, changed: 0, moved: 0, expired: 0}
          missing: [4711]
          extra: []
          duplicated: [39998, 40000]
          changed: []
          moved: []
          source_offsets: [0, 40000]
          destination_offsets: [0, 40001]
  sample: {}
totals:
  description: The sums over all topics, and how many topics are in each state.
  returned: always, but for wrong options
  type: dict
  sample: {verified: 11, failed: 1, not_checked: 0, source_count: 480000, destination_count: 480001, missing: 1, extra: 0, duplicated: 2, changed: 0,
           moved: 0, expired: 0, newer: 0}
level:
  description: The level that was asked for.
  returned: always, but for wrong options
  type: str
  sample: digest
cannot_know:
  description: What this level does not prove.
  returned: always, but for wrong options
  type: str
  sample: The order of records within a partition is not compared, nor what is written after the mark.
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 61.2
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.files.leftovers import own_directory
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import Connection
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics_client import list_topic_names
from ansible_collections.streamops.kafka.plugins.module_utils.library import require
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors, stop_orderly
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.replication.marks import TopicPair, read_marks, read_topics
from ansible_collections.streamops.kafka.plugins.module_utils.replication.record_digest import Compared
from ansible_collections.streamops.kafka.plugins.module_utils.replication.request import VERIFY_SPEC, check_request, chosen_topics
from ansible_collections.streamops.kafka.plugins.module_utils.replication.tasks import Shard
from ansible_collections.streamops.kafka.plugins.module_utils.replication.two_clusters import SIDES, of_side
from ansible_collections.streamops.kafka.plugins.module_utils.replication.verdict import (
    CANNOT_KNOW,
    PartitionVerdict,
    complaint,
    not_checked_topics,
    summary,
    topic_result,
)
from ansible_collections.streamops.kafka.plugins.module_utils.replication.verify import Verification, Wanted
from ansible_collections.streamops.kafka.plugins.module_utils.replication.workers import Workers, forked


@contextmanager
def both_clusters(connections: dict[str, Connection], names: list[str]) -> Iterator[tuple[KafkaClient, KafkaClient]]:
    """A client for each cluster. When one cannot be reached, nothing is checked, and the error says which."""
    opened: dict[str, KafkaClient] = {}
    try:
        for side, connection in connections.items():
            try:
                opened[side] = KafkaClient(connection)
            except OperationError as error:
                error.partial["topics"] = not_checked_topics(names, f"the {side} cannot be reached")
                raise of_side(side, error) from None
        yield opened["source"], opened["destination"]
    finally:
        for client in opened.values():
            client.close()


def choose(source: KafkaClient, destination: KafkaClient, params: dict[str, Any]) -> list[TopicPair]:
    """The topics, and what both clusters say about them.

    :raises InputError: when topics would be compared with themselves, or there is none.
    """
    names = chosen_topics(list_topic_names(source), params["topics"], params["pattern"])
    renamed = {str(old): str(new) for old, new in params["destination_topics"].items()}
    if not names:
        raise InputError([f"no topic of the source matches '{params['pattern']}', or its user may not see it"])
    themselves = [name for name in names if renamed.get(name, name) == name]
    if source.cluster.id is not None and source.cluster.id == destination.cluster.id and themselves:
        raise InputError([f"source and destination are the same cluster ({source.cluster.id}): {', '.join(themselves[:5])} would be compared with itself"])
    return read_topics(source, destination, names, renamed, "timestamp" in params["fields"] and params["level"] == "digest")


def verify(
    clients: tuple[KafkaClient, KafkaClient], workers: Workers, folder: Path, params: dict[str, Any], shard: Shard, compared: Compared
) -> dict[str, Any]:
    """Mark, compare, report."""
    started = time.monotonic()
    source, destination = clients
    wanted = Wanted(params["level"], compared, started + params["timeout"], params["list_duplicates"], params["list_limit"], params["workers"])
    topics = choose(source, destination, params)
    marks = read_marks(source, destination, topics, shard, wanted.level != "offsets", wanted.deadline)
    verdicts = Verification(source, marks, wanted, workers, folder).run()
    own: dict[str, list[PartitionVerdict]] = {}
    problems: dict[str, dict[int, str]] = {}
    for (name, _number), verdict in verdicts.items():
        own.setdefault(name, []).append(verdict)
    for (name, number), reason in marks.problems.items():
        problems.setdefault(name, {})[number] = reason
    results: dict[str, Any] = {
        topic.name: topic_result(topic, own.get(topic.name, ()), problems.get(topic.name, {}))
        for topic in topics if topic.name in own or topic.name in problems or not topic.others}
    return {"changed": False, "level": wanted.level, "topics": results, "totals": summary(results), "cannot_know": CANNOT_KNOW[wanted.level],
            "seconds": round(time.monotonic() - started, 1)}  # fmt: skip


def main() -> None:
    module = EnumModule(argument_spec=VERIFY_SPEC, supports_check_mode=True)
    hide_secrets(module, *(module.params[side] for side in SIDES))
    stop_orderly()
    with operation_errors(module):
        connections, shard, compared = check_request(module.params)
        if module.params["level"] != "offsets":  # now, and not when hours of reading have found a difference
            require("xxhash", "xxhash", "records are compared by their hash")
            require("duckdb", "duckdb", "differences are listed by it")
        with own_directory("streamops-verify-", module.params["spill_directory"]) as folder:
            with forked(connections, module.params["workers"], folder) as workers, both_clusters(connections, module.params["topics"]) as clients:
                result = verify(clients, workers, folder, module.params, shard, compared)
        problem = complaint(result["topics"])
        if problem and module.params["fail_on_difference"]:
            module.fail_json(msg=f"Failed to verify the copies: {problem}.", **result)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
