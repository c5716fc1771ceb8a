#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_replication_progress
short_description: Tell how far connectors that copy topics are, or wait until they have copied everything
version_added: 0.1.0
description:
  - Compares the position of each connector in the source with the ends of its partitions. Duplicates at the destination do not make it look further than it is.
  - With O(wait) it returns when every committed record is copied that the source had when it began to look, so it ends also while the source is written to.
    Markers of transactions and gaps of compaction are no records, so it does not wait for them. It shows records behind, rate and time left.
  - With O(quiet) the producers must have stopped, and everything must be copied. The end offsets of the source must stand still for that long. With no
    O(connectors) it looks only at that.
  - It reads only. A connector or task that has failed ends the wait with the cause. With O(wait), a worker that is just being restarted is waited for.
options:
  source:
    description: How to reach the cluster that is copied from. The options are those of M(streamops.kafka.kafka_info).
  connectors:
    description: The connectors and their topics, as the filter P(streamops.kafka.replicator_plan#filter) returns them; further keys are ignored.
    type: list
    elements: dict
    default: []
  topics:
    description: Only these topics. All topics of the connectors when not given.
    type: list
    elements: str
    default: []
  urls:
    description: Addresses of other Connect clusters, by the name of the connector that runs there. O(url) is that of all others.
    type: dict
    default: {}
  engine:
    description:
      - What copies. Positions of V(mirrormaker2) are the offsets of the connector (Kafka 3.6 or newer), those of V(replicator) the offsets of the consumer
        group at the source that has the connector's name. The second was not run against the real thing.
    type: str
    choices: [replicator, mirrormaker2]
    default: mirrormaker2
  wait:
    description: Whether to wait until everything is copied.
    type: bool
    default: false
  quiet:
    description: Seconds for which the source's end offsets must stand still before it counts as copied.
    type: float
    default: 0
  wait_timeout:
    description: Seconds to wait.
    type: float
    default: 3600
extends_documentation_fragment:
  - streamops.kafka.clusters.source
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
seealso:
  - module: streamops.kafka.kafka_replication_verify
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Wait until everything is copied
  streamops.kafka.kafka_replication_progress:
    url: https://connect.example.com:8083
    source: "{{ old_cluster }}"
    connectors: "{{ plan }}"
    wait: true
    wait_timeout: 28800

- name: Only look (the same in check mode, as nothing is ever changed)
  streamops.kafka.kafka_replication_progress:
    url: https://connect.example.com:8083
    source: "{{ old_cluster }}"
    connectors: "{{ plan }}"
  check_mode: true

- name: Wait until the producers of the orders have stopped and the last record is copied
  streamops.kafka.kafka_replication_progress:
    url: https://connect.example.com:8083
    source: "{{ old_cluster }}"
    connectors: "{{ plan }}"
    topics: [orders]
    quiet: 10
    wait: true
"""

RETURN = r"""
connectors:
  description: How far each connector is.
  returned: success, and when it gave up waiting
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: replicator-01
    state:
      description: The state that the worker tells.
      type: str
      sample: running
    partitions:
      description: How many partitions it copies.
      type: int
      sample: 24
    records_behind:
      description: Offsets of the source that it has still to copy. As many records, where transactions and compaction leave no gaps.
      type: int
      sample: 120000
    records_copied:
      description: Offsets of what the source still has that it has passed.
      type: int
      sample: 4880000
    partitions_behind:
      description: In how many partitions.
      type: int
      sample: 3
    rate:
      description: Records per second while this module looked. V(null) when it looked only once.
      type: float
      sample: 25000.0
    seconds_left:
      description: Expected seconds at that rate. V(null) when it is not known.
      type: int
      sample: 5
    topics_gone:
      description: Topics of the plan that the source does not have any more.
      type: list
      elements: str
      sample: []
    failure:
      description: Why it, or one of its tasks, has failed.
      type: str
      sample: ""
  sample: []
records_behind:
  description: Over all connectors.
  returned: success, and when it gave up waiting
  type: int
  sample: 120000
partitions_behind:
  description: The partitions that are not copied to their end.
  returned: success, and when it gave up waiting
  type: list
  elements: str
  sample: [orders-3]
rate:
  description: Records per second of all connectors.
  returned: success, and when it gave up waiting
  type: float
  sample: 25000.0
topics_gone:
  description: Topics that the source does not have any more.
  returned: success, and when it gave up waiting
  type: list
  elements: str
  sample: []
is_copied:
  description: Whether every record is copied and, with O(quiet), the source stood still.
  returned: success, and when it gave up waiting
  type: bool
  sample: false
ends:
  description: The end of the committed records of each partition at the source, by topic and number.
  returned: success, and when it gave up waiting
  type: dict
  sample: {"orders": {"0": 40000, "1": 40012}}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect.module import connect_module
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import CONNECTION_SPEC, connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.migration.connector_config import ENGINES
from ansible_collections.streamops.kafka.plugins.module_utils.migration.copy_progress import Copier
from ansible_collections.streamops.kafka.plugins.module_utils.migration.copy_progress_client import Watch, once_started, result_of, wait_until_copied
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress

PROGRESS_SPEC: dict[str, dict[str, Any]] = {
    "source": {"type": "dict", "required": True, "options": CONNECTION_SPEC},
    "connectors": {"type": "list", "elements": "dict", "default": []},
    "topics": {"type": "list", "elements": "str", "default": []},
    "urls": {"type": "dict", "default": {}},
    "engine": {"type": "str", "choices": list(ENGINES), "default": "mirrormaker2"},
    "wait": {"type": "bool", "default": False},
    "quiet": {"type": "float", "default": 0},
    "wait_timeout": {"type": "float", "default": 3600},
}


def copiers_from(params: dict[str, Any]) -> tuple[list[Copier], list[str]]:
    """The connectors that copy any of the topics, and the topics."""
    problems = [f"connector {number + 1} lacks name or topics" for number, each in enumerate(params["connectors"])
                if not each.get("name") or not each.get("topics")]  # fmt: skip
    if not params["connectors"] and not params["topics"]:
        problems.append("neither connectors nor topics are given")
    if not params["connectors"] and not params["quiet"]:
        problems.append("without connectors there is nothing to look at but whether the source stands still: set quiet")
    if problems:
        raise InputError(problems)
    chosen = set(params["topics"])
    copiers = [Copier(str(each["name"]), tuple(str(topic) for topic in each["topics"] if not chosen or topic in chosen)) for each in params["connectors"]]
    copiers = [each for each in copiers if each.topics]
    nobody = sorted(chosen - {topic for each in copiers for topic in each.topics})
    if params["connectors"] and nobody:
        raise InputError([f"no connector copies {', '.join(nobody)}"])
    return copiers, sorted(chosen or {topic for each in copiers for topic in each.topics})


def workers_of(params: dict[str, Any], copiers: list[Copier]) -> list[tuple[Worker, list[Copier]]]:
    """Each Connect cluster with the connectors that it runs."""
    by_url: dict[str, list[Copier]] = {}
    for copier in copiers:
        by_url.setdefault(str(params["urls"].get(copier.name) or params["url"]), []).append(copier)
    return [(Worker.from_params({**params, "url": url}), those) for url, those in by_url.items()]


def main() -> None:
    module = connect_module(PROGRESS_SPEC)
    hide_secrets(module, module.params["source"])
    with operation_errors(module):
        copiers, topics = copiers_from(module.params)
        with KafkaClient(connection_from(module.params["source"])) as source:
            progress = Progress("kafka_replication_progress")

            def watch_of() -> Watch:
                return Watch(source, workers_of(module.params, copiers), module.params["engine"], module.params["quiet"])

            if module.params["wait"]:
                watch = once_started("reach the Connect workers", watch_of, module.params["wait_timeout"], progress)
                seen = wait_until_copied(watch, topics, module.params["wait_timeout"], progress)
            else:
                watch = watch_of()
                seen = watch.look(topics)
        module.exit_json(**result_of(watch, seen))


if __name__ == "__main__":
    main()
