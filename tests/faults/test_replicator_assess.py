# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration has to do is found on real clusters: what is compacted, transactional, busy, in use, left out, not to be seen."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import exports  # type: ignore[import-not-found]
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType
from kafka_cluster import user_without_rights
from playbooks import kill_when, play
from run_module import run_module
from two_clusters import Clusters, records_of

ASSESS = "kafka_migration_assessment"


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    """Topics of every kind at the source, one of them at the destination already, a group, and an ACL."""
    made = Clusters.of(exports("kafka_three kafka_destination"), "KAFKA_THREE")
    source, prefix = made.source, made.prefix
    for name, config in (("plain", {}), ("compacted", {"cleanup.policy": "compact"}), ("transactional", {}), ("empty", {"retention.ms": "86400000"}),
                         ("store-changelog", {"cleanup.policy": "compact"}), ("temp", {})):  # fmt: skip
        source.create(f"{prefix}.{name}", 3, config)
    for name in ("plain", "compacted", "temp"):
        source.write(f"{prefix}.{name}", records_of(300))
    producer = Producer({**source.config, "transactional.id": prefix})
    producer.init_transactions(30)
    producer.begin_transaction()
    source.send(producer, f"{prefix}.transactional", records_of(30))
    producer.commit_transaction(30)
    made.destination.create(f"{prefix}.plain", 4)
    commit(source.admin, f"{prefix}-billing", [TopicPartition(f"{prefix}.plain", number, 60) for number in range(3)])
    binding = AclBinding(ResourceType.TOPIC, prefix, ResourcePatternType.PREFIXED, f"User:{prefix}", "192.0.2.1", AclOperation.READ, AclPermissionType.ALLOW)
    source.admin.create_acls([binding])[binding].result(timeout=30)
    yield made
    source.admin.delete_acls([_filter(binding)])
    source.admin.delete_consumer_groups([f"{prefix}-billing"])
    made.remove()


def commit(admin: AdminClient, group: str, offsets: list[TopicPartition]) -> None:
    """Again until it is taken: on a fresh cluster the coordinators are still loading."""
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, offsets)])[group].result(timeout=30)
            if all(partition.error is None for partition in answer.topic_partitions):
                return
        except KafkaException:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _filter(binding: AclBinding) -> Any:
    pattern, resource = binding.resource_pattern_type, binding.restype
    return AclBindingFilter(resource, binding.name, pattern, binding.principal, binding.host, binding.operation, binding.permission_type)


def assess(clusters: Clusters, **more: Any) -> dict[str, Any]:
    wanted = {**clusters.options, "pattern": f"{clusters.prefix}.*", "exclude": [r".*\.temp"], "rate_seconds": 0, **more}
    result: dict[str, Any] = run_module(ASSESS, wanted)
    return result


def test_every_kind_is_found_and_every_record_is_accounted_for(clusters: Clusters) -> None:
    result = assess(clusters, rate_seconds=1, destination_type="confluent_cloud_basic")
    assert (result["rc"], result["changed"]) == (0, False), result.get("msg")
    seen, prefix = result["assessment"], clusters.prefix
    topics = {each["name"].removeprefix(f"{prefix}."): each for each in seen["topics"]}
    assert {name: each["transactional"] for name, each in topics.items()} == {"plain": False, "compacted": False, "transactional": True, "empty": None}
    assert topics["compacted"]["cleanup_policy"] == "compact" and topics["plain"]["records"] == 300 and topics["plain"]["bytes"] > 1000
    assert topics["empty"]["config"]["retention.ms"] == "86400000" and topics["empty"]["rate"] == 0
    left_out = {each["name"]: each["rule"] for each in seen["excluded"]}
    assert left_out[f"{prefix}.temp"] == "exclude" and left_out[f"{prefix}.store-changelog"] == "streams"
    assert seen["totals"]["records"] + seen["totals"]["excluded_records"] == seen["totals"]["source_records"]
    groups = {each["name"]: each for each in seen["groups"]}
    assert groups[f"{prefix}-billing"]["lag"] == 120 and groups[f"{prefix}-billing"]["topics"] == [f"{prefix}.plain"]
    assert [each["host"] for each in seen["acls"] if each["principal"] == f"User:{prefix}"] == ["192.0.2.1"]
    assert {each["limit"]: each["topics"] for each in seen["limits"]}["partitions_differ"] == [f"{prefix}.plain"]
    assert seen["not_checked"] == []


def test_what_the_user_may_not_see_is_not_checked_rather_than_zero(clusters: Clusters) -> None:
    source = clusters.source
    with user_without_rights(source.options, source.admin, f"{clusters.prefix}-nobody") as options:
        result = assess(clusters, source=options, topics=[f"{clusters.prefix}.plain"])
        seen = result["assessment"]
        assert result["rc"] == 0 and seen["acls"] is None and seen["quotas"] is None
        for subset in ("acls", "log_dirs", "quotas", "groups", "rates"):
            assert any(text.startswith(f"source: {subset}: ") for text in seen["not_checked"]), subset
        assert {each["limit"]: each["topics"] for each in seen["limits"]}["missing"] == [f"{clusters.prefix}.plain"]
        assert str(options["sasl_password"]) not in result["output"]


def test_what_is_wrong_with_either_side_is_told_with_its_name(clusters: Clusters) -> None:
    down = {**clusters.destination.options, "bootstrap_servers": "127.0.0.1:1", "request_timeout": 2}
    wrong = {**clusters.source.options, "sasl_password": "not-the-password"}
    results = [assess(clusters, destination=down), assess(clusters, source=wrong), assess(clusters, source=wrong, destination=down),
               assess(clusters, destination=clusters.source.options), assess(clusters, exclude=["("], topics=["a b"])]  # fmt: skip
    texts = [str(result["msg"]) for result in results]
    assert all(result["rc"] != 0 for result in results)
    assert "the destination" in texts[0] and "127.0.0.1:1" in texts[0] and "the source" not in texts[0]
    assert "the source" in texts[1] and "login refused" in texts[1] and "not-the-password" not in results[1]["output"]
    assert "the source" in texts[2] and "the destination" in texts[2]
    assert "the same cluster" in texts[3]
    assert "a b" in texts[4] and "'('" in texts[4]


def test_assess_and_plan_by_their_playbook_leave_state_and_keep_an_earlier_plan(clusters: Clusters, tmp_path: Path) -> None:
    variables = {
        "replicator_migration_name": "march",
        "replicator_migration_source": clusters.source.options, "replicator_migration_destination": clusters.destination.options,
        "replicator_migration_pattern": f"{clusters.prefix}.*", "replicator_migration_exclude": [".*temp", ".*plain"], "replicator_migration_rate_seconds": 0,
        "replicator_migration_connectors": 3, "replicator_migration_phases": ["plan", "assess"],
    }  # fmt: skip
    first = play("streamops.kafka.replicator_migration", tmp_path, "--check", variables=variables)  # as both change nothing, it is no other run
    assert first.code == 0 and "changed=0" in first.output, first.output
    state = tmp_path / "migrations/march"
    assessment, plan = (json.loads((state / f"{name}.json").read_text(encoding="utf-8")) for name in ("assessment", "plan"))
    assert assessment["schema_version"] == plan["schema_version"] == 1 and assessment["source_cluster"] == plan["source_cluster"]
    planned = {name: each["name"] for each in plan["connectors"] for name in each["topics"]}
    assert set(planned) == {each["name"] for each in assessment["topics"]}
    assert len({planned[f"{clusters.prefix}.{name}"] for name in ("compacted", "transactional", "empty")}) == 3
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o700 and stat.S_IMODE(os.stat(state / "plan.json").st_mode) == 0o600
    page = (state / "assessment.html").read_text(encoding="utf-8")
    assert f"{clusters.prefix}.transactional" in page and "excluded by" in page
    assert all(str(side.options["sasl_password"]) not in path.read_text(encoding="utf-8") for side in (clusters.source, clusters.destination)
               for path in [*state.iterdir(), *tmp_path.glob("reports/**/*.*")] if path.is_file())  # fmt: skip

    second = play("streamops.kafka.replicator_migration", tmp_path, variables={**variables, "replicator_migration_exclude": [".*temp"]})
    assert second.code == 0 and "an earlier plan was kept" in second.output, second.output
    later = json.loads((state / "plan.json").read_text(encoding="utf-8"))
    assert later["added"] == [f"{clusters.prefix}.plain"]
    assert planned.items() < {name: each["name"] for each in later["connectors"] for name in each["topics"]}.items()

    third = play("streamops.kafka.replicator_migration_plan", tmp_path, variables={
        **{name: value for name, value in variables.items() if name != "replicator_migration_phases"}, "replicator_migration_name": "april"})
    assert third.code != 0 and "assessment.json is not there. Run the phase that writes it first: assess" in third.output


def test_assess_and_plan_that_were_killed_leave_nothing_half_written_and_are_done_by_the_next_run(clusters: Clusters, tmp_path: Path) -> None:
    variables = {
        "replicator_migration_name": "killed", "replicator_migration_phases": ["assess", "plan"], "replicator_migration_connectors": 3,
        "replicator_migration_source": clusters.source.options, "replicator_migration_destination": clusters.destination.options,
        "replicator_migration_pattern": f"{clusters.prefix}.*", "replicator_migration_rate_seconds": 2,
    }  # fmt: skip
    state = tmp_path / "migrations/killed"
    is_looking = "TASK [streamops.kafka.replicator_migration : Look at both clusters"
    for phase, seen in (("assess", lambda: is_looking in (tmp_path / "output").read_text(encoding="utf-8")), ("plan", (state / "assessment.json").exists)):
        kill_when(seen, "streamops.kafka.replicator_migration", tmp_path, variables=variables)
        assert ((state / "assessment.json").exists(), (state / "plan.json").exists()) == (phase == "plan", False)
        report = json.loads((tmp_path / "reports/replicator_migration/latest/report.json").read_text(encoding="utf-8"))
        assert report["state"] == "running"
    done = play("streamops.kafka.replicator_migration", tmp_path, variables=variables)
    assert done.code == 0, done.output
    assessment, plan = (json.loads((state / f"{name}.json").read_text(encoding="utf-8")) for name in ("assessment", "plan"))
    assert {topic for each in plan["connectors"] for topic in each["topics"]} == {each["name"] for each in assessment["topics"]}
