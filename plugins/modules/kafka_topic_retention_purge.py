#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_topic_retention_purge
short_description: Empty Kafka topics and leave their configuration as it was
version_added: 0.1.0
description:
  - Removes the records of topics without deleting the topics. All partitions of all topics are purged in one request.
  - Where the configuration of a topic must change for a while (compact-only topics, O(strategy=retention)), what it was is first
    recorded in the cluster itself, in O(ledger_topic). It is put back at the end, on failure and on a time-out. If the run is killed,
    the next purge, from any host, or O(state=recovered) puts it back. An override that was not set before is deleted again.
  - Two purges of the same topic that need such a change wait for each other.
  - Committed offsets of consumer groups are not touched. Reset them with M(streamops.kafka.kafka_consumer_group),
    or consumers fall back to their C(auto.offset.reset).
options:
  topics:
    description: Names of topics to purge. Internal topics are purged only when they are named here.
    type: list
    elements: str
    default: []
  pattern:
    description:
      - Regular expression that matches the whole name of the topics to purge.
      - Empty and match-all patterns are refused, and so are patterns that match internal topics.
    type: str
  state:
    description:
      - V(purged) empties the topics, after putting back what killed runs have left.
      - V(recovered) only puts back, at once, what is recorded for any topic. It does not wait for the run that recorded it.
    type: str
    choices: [purged, recovered]
    default: purged
  strategy:
    description:
      - V(delete_records) asks the brokers to delete the records. It changes no configuration. Compact-only topics refuse it.
      - V(retention) sets C(retention.ms=1), waits until the brokers have removed every segment, and puts it back.
        That takes up to C(log.retention.check.interval.ms) of the brokers, 5 minutes by default.
      - V(auto) is V(delete_records), and on compact-only topics V(delete_records) while C(cleanup.policy) is C(compact,delete).
    type: str
    choices: [auto, delete_records, retention]
    default: auto
  before_timestamp:
    description:
      - Remove only records that stand before the first record of this time or later in their partition.
      - ISO 8601 (UTC when no zone is given), or milliseconds since the epoch. Not with O(strategy=retention).
    type: str
  timeout:
    description: Seconds until the purge is given up. The configuration is put back then too.
    type: int
    default: 600
  strimzi:
    description:
      - That this Kafka is a cluster of Strimzi. Where the configuration of a topic must change for a while, the reconciliation of its KafkaTopic is then
        paused meanwhile (C(strimzi.io/pause-reconciliation), and C(streamops.kafka/paused-by) beside it, which records whose pause it is), because
        the topic operator would undo the change. Afterwards it is resumed, and the operator is waited for.
      - If the run is killed, the next one that is given O(strimzi) resumes it after the configuration is back. What somebody else has paused is never
        resumed, and its topics are not purged in a way that needs a change.
      - Deleting records alone needs no change, and no pause.
    type: dict
    version_added: 0.1.0
    suboptions:
      namespace:
        description: Namespace of the Kafka resource and its KafkaTopics. By default that of the kubeconfig's context.
        type: str
      cluster:
        description: Name of the Kafka resource.
        type: str
        required: true
      kubeconfig:
        description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  ledger_topic:
    description:
      - Compacted topic that holds the configuration of topics while it is changed. Created when first needed.
      - It must begin with V(__streamops_), so that no pattern reaches it.
    type: str
    default: __streamops_purges
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - The user needs the rights Describe, DescribeConfigs and Delete on the topics. Where configuration is changed it also needs AlterConfigs on them
    and Create, Describe, DescribeConfigs, Read and Write on O(ledger_topic).
  - With O(strimzi), the Kubernetes user needs the verbs C(list), C(watch) and C(patch) on C(kafkatopics), and the Python library C(kubernetes) is needed.
  - While it waits, a progress line is shown at most every 10 seconds.
seealso:
  - module: streamops.kafka.kafka_consumer_group
  - module: streamops.kafka.kafka_topic
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Empty the experiment's topics
  streamops.kafka.kafka_topic_retention_purge:
    bootstrap_servers: broker-1.example.com:9092
    pattern: experiment-.*

- name: Show what would be removed, and remove nothing
  streamops.kafka.kafka_topic_retention_purge:
    bootstrap_servers: broker-1.example.com:9092
    pattern: experiment-.*
  check_mode: true
  diff: true

- name: Remove what is older than the first of the month
  streamops.kafka.kafka_topic_retention_purge:
    bootstrap_servers: broker-1.example.com:9092
    topics: [audit]
    before_timestamp: "2026-11-01T00:00:00Z"

- name: Empty a compact-only topic of a Strimzi cluster, whose operator would undo the change that this needs
  streamops.kafka.kafka_topic_retention_purge:
    bootstrap_servers: bootstrap.example.com:9094
    topics: [experiment-state]
    strimzi:
      namespace: kafka
      cluster: experiment

- name: Put back what a killed purge has left, without purging anything
  streamops.kafka.kafka_topic_retention_purge:
    bootstrap_servers: broker-1.example.com:9092
    state: recovered
"""

RETURN = r"""
topics:
  description: Each topic that was selected, by its name.
  returned: when O(state=purged)
  type: dict
  contains:
    state:
      description: V(purged), V(empty) when there was nothing to remove, V(failed) with a C(reason), or V(not attempted).
      type: str
      sample: purged
    strategy:
      description: How it was purged. V(policy_flip) is V(delete_records) on a compact-only topic.
      type: str
      sample: delete_records
    records_removed:
      description: Offsets removed. That is the number of records, except where compaction or aborted transactions had left gaps. There it is an upper bound.
      type: int
      sample: 40000
    seconds:
      description: Seconds from the start of the purge until this topic was empty.
      type: float
      sample: 0.042
    config_restored:
      description: Whether the configuration is back as it was. V(null) when it was not touched.
      type: bool
      sample: null
    resumed:
      description: Whether the operator works on the topic again. V(null) when it was not paused.
      type: bool
      sample: null
  sample:
    experiment-metrics:
      {"state": "purged", "strategy": "delete_records", "records_removed": 40000, "seconds": 0.042, "config_restored": null, "resumed": null}
records_removed:
  description: Sum over all topics.
  returned: when O(state=purged)
  type: int
  sample: 40000
recovered:
  description:
    - What interrupted runs had left, and the configuration that was put back. V(null) stands for an override that was deleted again.
    - C(resumed) is there when the reconciliation of a KafkaTopic had been left paused, and is its name.
  returned: success
  type: list
  elements: dict
  sample:
    - topic: experiment-state
      owner: process 4711 on runner-1
      put_back: {"cleanup.policy": "compact", "retention.ms": null, "retention.bytes": null}
recovery:
  description: Whether the cluster could be searched for interrupted runs, V(checked), or why not.
  returned: success
  type: str
  sample: checked
"""

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient, open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.ledger import DEFAULT_LEDGER, LEDGER_PREFIX, is_abandoned
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.ledger_client import Ledger, Recovered
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import timestamp_ms
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.purge import Target, needs_change, plan_purge, select_topics, strategy_problems
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.purge_client import Purge
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics_client import list_topic_names, read_effective
from ansible_collections.streamops.kafka.plugins.module_utils.module import Stopped, operation_errors, stop_orderly, stopped_as_such
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import CLUSTER_SPEC, open_pauses

PURGE_SPEC: dict[str, dict[str, Any]] = {
    "topics": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "state": {"type": "str", "choices": ["purged", "recovered"], "default": "purged"},
    "strategy": {"type": "str", "choices": ["auto", "delete_records", "retention"], "default": "auto"},
    "before_timestamp": {"type": "str"},
    "timeout": {"type": "int", "default": 600},
    "ledger_topic": {"type": "str", "default": DEFAULT_LEDGER},
    "strimzi": {"type": "dict", "options": CLUSTER_SPEC},
}


def checked_before(params: dict[str, Any]) -> int | None:
    """``before_timestamp`` in milliseconds.

    :raises InputError: for options that can never work, before the cluster is asked anything.
    """
    problems, before_ms = [], None
    if params["state"] == "purged" and not params["topics"] and params["pattern"] is None:
        problems.append("neither topics nor pattern is given")
    if not params["ledger_topic"].startswith(LEDGER_PREFIX):
        problems.append(f"ledger_topic must begin with {LEDGER_PREFIX}, so that no pattern reaches it")
    if params["timeout"] < 1:
        problems.append("timeout must be 1 second or more")
    if params["before_timestamp"] is not None:
        try:
            before_ms = timestamp_ms(params["before_timestamp"])
        except ValueError as error:
            problems.append(f"before_timestamp: {error}")
    if problems:
        raise InputError(problems)
    return before_ms


def recover(ledger: Ledger, everything: bool, check_mode: bool) -> tuple[list[Recovered], str]:
    """Put back what interrupted runs have left: abandoned claims, or with ``everything`` all of them."""
    try:
        if check_mode:
            return [*due(ledger, everything), *ledger.recover_forgotten(dry_run=True)], "checked"
        recovered = []
        if ledger.exists():
            recovered = ledger.recover(lambda entry: True) if everything else ledger.recover_abandoned()
        return [*recovered, *ledger.recover_forgotten()], "checked"
    except OperationError as error:
        if everything or "AUTHORIZATION_FAILED" not in error.answered:
            raise
        return [], f"not checked: {error}"


def due(ledger: Ledger, everything: bool) -> list[Recovered]:
    """What a recovery would put back."""
    now_ms = int(time.time() * 1000)
    entries = [entry for entry in ledger.read() if everything or is_abandoned(entry, now_ms)] if ledger.exists() else []
    return [Recovered(topic, str(entry.owner), saved.before) for entry in entries for topic, saved in entry.saved.items()]


def decide(purge: Purge, params: dict[str, Any], before_ms: int | None) -> list[Target]:
    """The topics and what goes from each.

    :raises InputError: with every problem, before anything is touched.
    """
    names, problems = select_topics(list_topic_names(purge.client), params["topics"], params["pattern"])
    if problems:
        raise InputError(problems)
    policies = read_effective(purge.client, names, "cleanup.policy")
    problems = strategy_problems(params["strategy"], policies, before_ms is not None)
    if problems:
        raise InputError(problems)
    targets = purge.read_targets(names, policies, before_ms)
    problems = purge.ledger.holds.problems([target.topic for target in targets if target.records and needs_change(params["strategy"], target.policy)])
    if problems:
        raise InputError(problems)
    return targets


def require_settled(ledger: Ledger, timeout: float, recovered: list[Recovered]) -> None:
    """See that the operator has taken over again what was paused.

    :raises OperationError: with its words, when it has not.
    """
    failed = [f"{topic}: {problem}" for topic, problem in ledger.holds.settle(timeout).items() if problem]
    if failed:
        partial = {"changed": True, "recovered": [item.as_result() for item in recovered]}
        raise OperationError("see the operator take over the topics that were paused", answered="; ".join(failed), partial=partial)


def purge_topics(client: KafkaClient, ledger: Ledger, params: dict[str, Any], before_ms: int | None, check_mode: bool) -> dict[str, Any]:
    """Recover, decide, purge, report."""
    recovered, recovery = recover(ledger, everything=False, check_mode=check_mode)
    purge = Purge(client, ledger, params["timeout"], params["strategy"], recovered=recovered)
    targets = decide(purge, params, before_ms)
    plan = plan_purge(targets, params["strategy"])
    result: dict[str, Any] = {"diff": plan.diff(), "recovery": recovery}
    try:
        if check_mode:
            for target in targets:
                outcome = purge.outcomes[target.topic]
                outcome.state, outcome.records_removed = ("purged", target.records) if target.records else ("empty", 0)
        else:
            with stopped_as_such():
                purge.run(targets)
    except (OperationError, Stopped) as error:
        error.partial.update(result, **report(purge))
        raise
    return {**result, **report(purge)}


def report(purge: Purge) -> dict[str, Any]:
    """What was done, as it stands."""
    removed = sum(outcome.records_removed for outcome in purge.outcomes.values())
    return {
        "changed": bool(removed or purge.recovered),
        "topics": {topic: outcome.as_result() for topic, outcome in purge.outcomes.items()},
        "records_removed": removed,
        "recovered": [item.as_result() for item in purge.recovered],
    }


def main() -> None:
    module = kafka_module(PURGE_SPEC)
    stop_orderly()
    with operation_errors(module):
        before_ms = checked_before(module.params)
        pauses = open_pauses(module.params["strimzi"])
        with open_client(module.params) as client, Ledger(client, module.params["ledger_topic"], pauses) as ledger:
            if module.params["state"] == "recovered":
                recovered, recovery = recover(ledger, everything=True, check_mode=module.check_mode)
                require_settled(ledger, module.params["timeout"], recovered)
                result = {"changed": bool(recovered), "recovered": [item.as_result() for item in recovered], "recovery": recovery}
            else:
                result = purge_topics(client, ledger, module.params, before_ms, module.check_mode)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
