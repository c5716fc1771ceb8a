# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A purge empties topics and leaves everything else as it was, whatever happens to it on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from run_module import run_module, start_module

PURGE = "kafka_topic_retention_purge"
COMPACT = {"cleanup.policy": "compact", "retention.ms": "86400000"}


def create(admin: AdminClient, config: Mapping[str, Mapping[str, str]], partitions: int = 2, replicas: int = 1) -> None:
    topics = [NewTopic(name, partitions, replicas, config=dict(overrides)) for name, overrides in config.items()]
    for future in admin.create_topics(topics, operation_timeout=20).values():
        future.result(timeout=30)
    wait_for(lambda: has_leaders(admin, config, partitions), timeout=60)  # KRaft answers before every broker has heard of it


def has_leaders(admin: AdminClient, names: Iterable[str], partitions: int) -> bool:
    seen = admin.list_topics(timeout=20).topics
    return all(name in seen and [part.leader >= 0 for part in seen[name].partitions.values()] == [True] * partitions for name in names)


def fill(client_config: Mapping[str, Any], topic: str, records: int = 500, timestamp: int | None = None) -> None:
    producer = Producer(dict(client_config))
    errors: list[object] = []
    for number in range(records):
        producer.produce(topic, f"value {number}", f"key {number % 50}", timestamp=timestamp or 0,
                         on_delivery=lambda error, message: errors.append(error) if error else None)
    assert producer.flush(30) == 0 and not errors, errors[:1]


def in_the_future() -> int:
    """A timestamp that keeps retention from removing a segment (brokers refuse more than an hour)."""
    return int(time.time() * 1000) + 3_000_000


def records(admin: AdminClient, topic: str) -> int:
    numbers = admin.list_topics(topic, timeout=20).topics[topic].partitions

    def total(spec: OffsetSpec) -> int:
        return sum(future.result(timeout=30).offset for future in admin.list_offsets({TopicPartition(topic, number): spec for number in numbers}).values())

    return total(OffsetSpec.latest()) - total(OffsetSpec.earliest())


def overrides(admin: AdminClient, topic: str) -> dict[str, str | None]:
    answer = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])
    entries = next(iter(answer.values())).result(timeout=10).values()
    return {entry.name: entry.value for entry in entries if entry.source == 1}  # 1: DYNAMIC_TOPIC_CONFIG


def test_every_partition_is_emptied_and_a_second_run_changes_nothing(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    topics = [f"{unique}-a", f"{unique}-b"]
    create(admin, {name: {"retention.ms": "3600000"} for name in topics}, partitions=3)
    for topic in topics:
        fill(client_config, topic)
    predicted = run_module(PURGE, {**kafka, "pattern": f"{unique}-."}, check=True)
    assert [records(admin, topic) for topic in topics] == [500, 500]
    done = run_module(PURGE, {**kafka, "pattern": f"{unique}-."})
    assert (predicted["changed"], predicted["records_removed"]) == (done["changed"], done["records_removed"]) == (True, 1000)
    assert done["topics"][topics[0]]["strategy"] == "delete_records" and done["topics"][topics[0]]["config_restored"] is None
    assert [records(admin, topic) for topic in topics] == [0, 0]
    again = run_module(PURGE, {**kafka, "pattern": f"{unique}-."})
    assert (again["rc"], again["changed"], again["records_removed"]) == (0, False, 0)


@pytest.mark.parametrize("strategy", ["auto", "retention"])
@pytest.mark.parametrize("config", [COMPACT, {"cleanup.policy": "compact"}, {"cleanup.policy": "compact,delete", "retention.bytes": "1000000"}, {}])
def test_configuration_is_as_before(kafka: dict, admin: AdminClient, client_config: dict, unique: str, strategy: str, config: dict) -> None:
    create(admin, {unique: config})
    fill(client_config, unique)
    done = run_module(PURGE, {**kafka, "topics": [unique], "strategy": strategy})
    assert done["rc"] == 0, done["msg"]
    assert records(admin, unique) == 0
    assert overrides(admin, unique) == config
    touched = strategy == "retention" or config.get("cleanup.policy") == "compact"
    assert done["topics"][unique]["config_restored"] is (True if touched else None)


@pytest.mark.parametrize("strategy", ["auto", "retention"])
def test_killed_before_any_request_the_next_run_repairs(kafka: dict, admin: AdminClient, client_config: dict, unique: str, strategy: str) -> None:
    """SIGKILL before request 0, 1, 2, ... until the module gets through."""
    create(admin, {unique: COMPACT})
    command = [sys.executable, str(Path(__file__).with_name("killed_at.py")), PURGE]
    environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    left_changed = 0
    for number in range(100):
        fill(client_config, unique, records=20)
        text = json.dumps({"ANSIBLE_MODULE_ARGS": {**kafka, "topics": [unique], "strategy": strategy}})
        killed = subprocess.run([*command, str(number)], input=text, capture_output=True, text=True, env=environment, timeout=60, check=False)
        if killed.returncode == 0:
            break
        assert killed.returncode == -9, killed.stdout + killed.stderr
        changed = overrides(admin, unique) != COMPACT
        left_changed += changed
        # Every other time a purge repairs, then a plain recovery.
        again = {**kafka, "topics": [unique]} if number % 2 else {**kafka, "state": "recovered"}
        repaired = run_module(PURGE, again)
        assert repaired["rc"] == 0, (number, repaired["msg"])
        assert overrides(admin, unique) == COMPACT, f"killed before request {number}"
        assert bool(repaired["recovered"]) or not changed
    else:
        pytest.fail("the module never got through")
    assert number > 12 and left_changed >= 2, "the kills must have hit the time in which the configuration was changed"
    assert records(admin, unique) == 0 and overrides(admin, unique) == COMPACT
    settled = run_module(PURGE, {**kafka, "state": "recovered"})
    assert (settled["changed"], settled["recovered"]) == (False, [])


def test_a_run_killed_on_another_host_is_repaired_once_its_claim_is_silent(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    ledger = f"__streamops_{unique}"
    create(admin, {unique: {"cleanup.policy": "compact,delete", "retention.ms": "-1", "retention.bytes": "-1"}})
    create(admin, {ledger: {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}}, partitions=1)
    fill(client_config, unique)
    value = {
        "schema_version": 1, "owner": {"host": "elsewhere", "pid": 1, "machine": "another", "started": "1"}, "topics": [unique], "claimed_at": None,
        "saved": {unique: {"before": {"cleanup.policy": "compact", "retention.ms": None, "retention.bytes": None},
                           "during": {"cleanup.policy": "compact,delete", "retention.ms": "-1", "retention.bytes": "-1"}}},
    }
    producer = Producer(dict(client_config))
    producer.produce(ledger, json.dumps(value), uuid.uuid4().hex)
    assert producer.flush(20) == 0
    try:
        done = run_module(PURGE, {**kafka, "topics": [unique], "strategy": "retention", "ledger_topic": ledger})
        assert done["rc"] == 0, done["msg"]
        assert done["recovered"] == [{"topic": unique, "owner": "process 1 on elsewhere", "put_back": value["saved"][unique]["before"]}]
        assert overrides(admin, unique) == {"cleanup.policy": "compact"} and records(admin, unique) == 0
    finally:
        admin.delete_topics([ledger])[ledger].result(timeout=30)


def test_what_somebody_else_changed_meanwhile_is_left_to_them(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    create(admin, {unique: {}})
    fill(client_config, unique, timestamp=in_the_future())
    running = start_module(PURGE, {**kafka, "topics": [unique], "strategy": "retention"})
    wait_for(lambda: overrides(admin, unique) == {"retention.ms": "1"})
    running.kill()
    assert run_module("kafka_topic", {**kafka, "name": unique, "config": {"retention.ms": 7200000}})["changed"]
    done = run_module(PURGE, {**kafka, "state": "recovered"})
    assert done["rc"] == 0 and overrides(admin, unique) == {"retention.ms": "7200000"}


def test_a_time_out_puts_the_configuration_back_and_says_what_it_saw(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    create(admin, {unique: {"retention.ms": "3600000"}})
    fill(client_config, unique, timestamp=in_the_future())
    failed = run_module(PURGE, {**kafka, "topics": [unique], "strategy": "retention", "timeout": 3})
    assert failed["rc"] != 0 and f"{unique} has 500 records" in failed["msg"] and "future" in failed["msg"]
    assert failed["topics"][unique]["state"] == "failed" and failed["topics"][unique]["config_restored"] is True
    assert overrides(admin, unique) == {"retention.ms": "3600000"}


def test_a_polite_kill_puts_the_configuration_back(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    create(admin, {unique: {}})
    fill(client_config, unique, timestamp=in_the_future())
    running = start_module(PURGE, {**kafka, "topics": [unique], "strategy": "retention"})
    wait_for(lambda: overrides(admin, unique) == {"retention.ms": "1"})
    running.process.terminate()
    stopped = running.result(30)
    assert "SIGTERM" in stopped["msg"] and stopped["topics"][unique]["config_restored"] is True
    assert overrides(admin, unique) == {}


def test_two_purges_at_once_both_succeed(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    create(admin, {unique: COMPACT})
    fill(client_config, unique)
    both = [start_module(PURGE, {**kafka, "topics": [unique], "strategy": "retention"}) for _run in range(2)]
    for running in both:
        done = running.result(60)
        assert done["rc"] == 0, done["msg"]
    assert records(admin, unique) == 0 and overrides(admin, unique) == COMPACT


def test_only_what_is_older_goes(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    forever = {"retention.ms": "-1"}  # or the broker takes records of that time by itself
    create(admin, {unique: forever, f"{unique}-compact": {**COMPACT, **forever}}, partitions=1)
    noon = 1_790_000_000_000
    for topic in (unique, f"{unique}-compact"):
        fill(client_config, topic, records=30, timestamp=noon - 1000)
        fill(client_config, topic, records=12, timestamp=noon)
    moment = datetime.fromtimestamp(noon / 1000, timezone.utc).isoformat()
    done = run_module(PURGE, {**kafka, "pattern": f"{unique}.*", "before_timestamp": moment})
    assert done["rc"] == 0, done["msg"]
    assert records(admin, unique) == records(admin, f"{unique}-compact") == 12
    assert overrides(admin, f"{unique}-compact") == {**COMPACT, **forever}


@pytest.mark.parametrize(("options", "complaint"), [
    ({"topics": ["no-such-topic"]}, "topic 'no-such-topic' does not exist"),
    ({"pattern": ""}, "the pattern is empty"),
    ({"pattern": ".*"}, "matches everything"),
    ({"pattern": ".+"}, "matches everything"),
    ({"pattern": "[a-z]+"}, "matches everything"),
    ({"pattern": "("}, "is no regular expression"),
    ({"pattern": "__.*"}, "matches internal topics: "),
    ({}, "neither topics nor pattern is given"),
    ({"topics": ["__streamops_purges"]}, "cannot be purged itself"),
    ({"topics": ["a"], "before_timestamp": "yesterday"}, "neither ISO 8601"),
    ({"topics": ["a"], "ledger_topic": "mine"}, "ledger_topic must begin with __streamops_"),
])
def test_bad_input_is_refused_before_anything_is_touched(kafka: dict, options: dict, complaint: str) -> None:
    if "__streamops_purges" in options.get("topics", []):
        run_module("kafka_topic", {**kafka, "name": "__streamops_purges", "config": {"cleanup.policy": "compact"}})
    refused = run_module(PURGE, {**kafka, **options})
    assert refused["rc"] != 0 and "nothing was changed" in refused["msg"] and complaint in refused["msg"]


def test_deleting_records_of_a_compacted_topic_by_force_is_refused(kafka: dict, admin: AdminClient, unique: str) -> None:
    create(admin, {unique: COMPACT})
    refused = run_module(PURGE, {**kafka, "topics": [unique], "strategy": "delete_records"})
    assert "compact-only" in refused["msg"] and "strategy auto" in refused["msg"]


def test_a_user_with_just_the_topic_can_purge_it(kafka: dict, admin: AdminClient, client_config: dict, unique: str) -> None:
    """It may not look for interrupted runs, and is told so. The password has all that shells stumble over."""
    password = r"""it's "100%" $HOME \n a"""
    create(admin, {unique: {}})
    fill(client_config, unique)
    credential = UserScramCredentialUpsertion(unique, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
    admin.alter_user_scram_credentials([credential])[unique].result(timeout=20)
    bindings = [
        AclBinding(ResourceType.TOPIC, unique, ResourcePatternType.LITERAL, f"User:{unique}", "*", operation, AclPermissionType.ALLOW)
        for operation in (AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS, AclOperation.DELETE)
    ]
    for future in admin.create_acls(bindings).values():
        future.result(timeout=20)
    login = {**kafka, "sasl_username": unique, "sasl_password": password}
    wait_for(lambda: run_module("kafka_topic", {**login, "name": unique}, check=True)["rc"] == 0)
    done = run_module(PURGE, {**login, "topics": [unique]})
    assert done["rc"] == 0, done["msg"]
    assert done["records_removed"] == 500 and done["recovery"].startswith("not checked")
    assert password not in done["output"]
    retained = run_module(PURGE, {**login, "topics": [unique], "strategy": "retention"})
    assert retained["rc"] == 0, "an empty topic needs no right to change anything"
    fill(client_config, unique)
    refused = run_module(PURGE, {**login, "topics": [unique], "strategy": "retention"})
    assert "AUTHORIZATION_FAILED" in refused["msg"] and overrides(admin, unique) == {}


def wait_for(ready: Any, timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not ready():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.05)
