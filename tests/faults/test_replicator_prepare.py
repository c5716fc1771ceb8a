# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The destination of a migration is made as the assessment says: exactly predicted, made, left alone, and cleaned up by what was written down."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_cloud_standin import PASSWORD, USER, State, confluent_cloud
from conftest import exports  # type: ignore[import-not-found]
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewPartitions,
    ResourcePatternType,
    ResourceType,
)
from connect_workers import Login, ask, names, sink, until
from playbooks import Played, kill_when, play
from two_clusters import Clusters, records_of

ROLE = "streamops.kafka.replicator_migration"


@pytest.fixture
def clusters() -> Iterator[Clusters]:
    made = Clusters.of(exports("kafka_three kafka_destination"), "KAFKA_THREE")
    yield made
    for side in (made.source, made.destination):
        mine = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
        doomed = [each for each in side.admin.describe_acls(mine).result(timeout=30) if each.name.startswith(made.prefix)]
        for each in doomed:
            side.admin.delete_acls([AclBindingFilter(
                each.restype, each.name, each.resource_pattern_type, each.principal, each.host, each.operation, each.permission_type)])  # fmt: skip
    made.remove()


def allow(admin: AdminClient, principal: str, kind: ResourceType, name: str, operation: AclOperation, host: str = "*") -> None:
    binding = AclBinding(kind, name, ResourcePatternType.PREFIXED, principal, host, operation, AclPermissionType.ALLOW)
    admin.create_acls([binding])[binding].result(timeout=30)


def variables(clusters: Clusters, **more: Any) -> dict[str, Any]:
    return {
        "replicator_migration_name": clusters.prefix, "replicator_migration_source": clusters.source.options,
        "replicator_migration_destination": clusters.destination.options, "replicator_migration_pattern": rf"{clusters.prefix}\..*",
        "replicator_migration_rate_seconds": 0, "replicator_migration_phases": ["assess", "plan", "prepare"],
        **{f"replicator_migration_{name}": value for name, value in more.items()},
    }  # fmt: skip


def state(played: Played, clusters: Clusters, name: str) -> dict[str, Any]:
    return dict(json.loads((played.directory / f"migrations/{clusters.prefix}/{name}.json").read_text(encoding="utf-8")))


def topics_of(clusters: Clusters) -> dict[str, int]:
    return _shapes(clusters.destination.admin, f"{clusters.prefix}.")


def _shapes(admin: AdminClient, prefix: str) -> dict[str, int]:
    topics = admin.list_topics(timeout=30).topics
    return {name.removeprefix(prefix): len(topic.partitions) for name, topic in topics.items() if name.startswith(prefix)}


def acls_of(clusters: Clusters) -> set[str]:
    every = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
    found = clusters.destination.admin.describe_acls(every).result(timeout=30)
    return {f"{each.principal} {each.restype.name} {each.operation.name} {each.host}" for each in found if each.name.startswith(clusters.prefix)}


def test_a_destination_like_confluent_cloud_is_prepared_once_something_is_accepted(clusters: Clusters, tmp_path: Path) -> None:
    """A host, a principal without a service account; between assessment and preparation one topic goes and another grows."""
    source, prefix = clusters.source, clusters.prefix
    billing, shop = f"User:{prefix}-billing", f"User:{prefix}-shop"
    source.create(f"{prefix}.orders", 3, {"retention.ms": "86400000", "compression.type": "zstd"})
    source.create(f"{prefix}.users", 2, {"cleanup.policy": "compact", "segment.bytes": "1048576"})
    source.create(f"{prefix}.going", 1)
    source.write(f"{prefix}.orders", records_of(30))
    allow(source.admin, billing, ResourceType.TOPIC, f"{prefix}.", AclOperation.READ, host="192.0.2.1")
    allow(source.admin, billing, ResourceType.TOPIC, f"{prefix}.", AclOperation.ALL)
    allow(source.admin, shop, ResourceType.GROUP, f"{prefix}-shop", AclOperation.READ)
    with confluent_cloud() as cloud:
        _prepare_like_confluent_cloud(clusters, tmp_path, cloud, billing, shop)


def _prepare_like_confluent_cloud(clusters: Clusters, tmp_path: Path, cloud: State, billing: str, shop: str) -> None:
    source, prefix = clusters.source, clusters.prefix
    for number in range(int(time.time()) % 1000 + 1000):  # so that its id is this run's alone
        next(cloud._numbers)
    cloud.key("u-1", "lkc-1", "User")["id"] = str(clusters.destination.options["sasl_username"])  # as if the login of the destination were a human's key
    accounts = [{"name": "billing", "api_key": True}]
    access = {"url": cloud.url, "url_username": USER, "url_password": PASSWORD, "cluster_id": "lkc-1", "service_accounts": accounts}
    wanted = variables(clusters, destination_type="confluent_cloud_basic", principals={billing: "billing"}, cloud=access)

    refused = play(ROLE, tmp_path, variables=wanted)
    assert refused.code != 0 and "accept 'host_widened'" in refused.output and "accept 'principal'" in refused.output, refused.output
    assert topics_of(clusters) == {} and not (tmp_path / f"migrations/{prefix}/prepared.json").exists()
    page = (tmp_path / f"migrations/{prefix}/not_expressed.md").read_text(encoding="utf-8")
    assert shop in page and "no service account is given for it" in page and "User:billing could produce, but not consume" in page
    assert not cloud.accounts

    source.admin.delete_topics([f"{prefix}.going"])[f"{prefix}.going"].result(timeout=30)
    source.admin.create_partitions([NewPartitions(f"{prefix}.orders", 5)])[f"{prefix}.orders"].result(timeout=30)
    until(lambda: _shapes(source.admin, f"{prefix}.") == {"orders": 5, "users": 2}, 300)
    wanted |= {"replicator_migration_accept": ["host_widened", "principal", "operation"], "replicator_migration_phases": ["prepare"]}
    predicted = play(ROLE, tmp_path, "--check", "--diff", variables=wanted)
    assert predicted.code == 0 and topics_of(clusters) == {} and acls_of(clusters) == set(), predicted.output
    assert not (tmp_path / f"migrations/{prefix}/prepared.json").exists()
    made = play(ROLE, tmp_path, variables=wanted)
    assert made.code == 0, made.output
    assert _changes(predicted) == _changes(made) > 0
    assert topics_of(clusters) == {"orders": 5, "users": 2}
    account = f"User:{cloud.accounts[0]['id']}"
    every = ("READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "ALTER_CONFIGS", "DESCRIBE_CONFIGS")
    assert acls_of(clusters) == {f"{account} TOPIC {operation} *" for operation in every}
    config = clusters.destination.admin.describe_configs([ConfigResource(ResourceType.TOPIC, f"{prefix}.users")])
    users = {name: entry.value for name, entry in next(iter(config.values())).result(timeout=30).items()}
    assert users["cleanup.policy"] == "compact" and users["segment.bytes"] == "52428800"

    assert "belongs to a user account" in made.output and len(cloud.accounts) == 1 and len(cloud.keys) == 2
    assert not any(secret in run.output for secret in [*cloud.secrets, PASSWORD] for run in (refused, predicted, made))
    report = json.loads((tmp_path / "reports/replicator_migration/latest/report.json").read_text(encoding="utf-8"))
    kept = [text for row in report["results"] if row["target"] == "prepare topics" for text in row["kept"]]
    assert f"{prefix}.going is not at the source any more" in kept and f"{prefix}.orders has 5 partitions, 3 when it was assessed" in kept
    assert any("compression.type is left out" in text for text in kept) and any("segment.bytes 1048576 becomes 52428800" in text for text in kept)
    prepared = state(made, clusters, "prepared")
    assert prepared["state"] == "complete" and prepared["topics_created"] == [f"{prefix}.orders", f"{prefix}.users"]
    _assert_files_are_right(clusters, tmp_path, prepared, [refused, predicted, made])


def _changes(played: Played) -> int:
    return int(re.findall(r"changed=(\d+)", played.output)[-1])


def _assert_files_are_right(clusters: Clusters, directory: Path, prepared: dict[str, Any], runs: list[Played]) -> None:
    secrets = Path(prepared["files"][0])
    assert stat.S_IMODE(os.stat(secrets).st_mode) == 0o600
    passwords = [str(side.options["sasl_password"]) for side in (clusters.source, clusters.destination)]
    text = secrets.read_text(encoding="utf-8")
    assert all(f'password="{password}";' in text for password in passwords)
    for seen in [*(run.output for run in runs), *(path.read_text(encoding="utf-8") for path in directory.rglob("*") if path.is_file() and path != secrets
                                                  and path.name != "variables.json")]:  # fmt: skip
        assert not any(password in seen for password in passwords)
    rules = yaml.safe_load((directory / f"migrations/{clusters.prefix}/monitoring/prometheus_rules.yml").read_text(encoding="utf-8"))
    assert len(rules["groups"][0]["rules"]) == 4


def test_a_run_that_was_killed_is_gone_on_with_and_cleaned_up_by_what_it_wrote_down(clusters: Clusters, tmp_path: Path) -> None:
    source, prefix = clusters.source, clusters.prefix
    for number in range(20):
        source.create(f"{prefix}.t{number}", 2)
    clusters.destination.create(f"{prefix}.t0", 2)  # was there before: it is not this migration's
    allow(source.admin, f"User:{prefix}", ResourceType.GROUP, prefix, AclOperation.READ)
    wanted = variables(clusters)
    begun = tmp_path / f"migrations/{prefix}/prepared.json"
    kill_when(begun.exists, ROLE, tmp_path, variables=wanted)
    begun_state = json.loads(begun.read_text(encoding="utf-8"))
    assert f"{prefix}.t1" in begun_state["topics_created"] and f"{prefix}.t0" not in begun_state["topics_created"]

    done = play(ROLE, tmp_path, variables={**wanted, "replicator_migration_phases": ["prepare"]})
    assert done.code == 0 and len(topics_of(clusters)) == 20 and len(acls_of(clusters)) == 1, done.output
    prepared = state(done, clusters, "prepared")
    assert prepared["state"] == "complete" and len(prepared["topics_created"]) == 19

    worker = Login(exports("connect_destination")["LAB_CONNECT_DESTINATION_URL"])
    for name in (f"{prefix}-01", f"{prefix}-02"):
        assert ask(worker, "PUT", f"connectors/{name}/config", sink(tmp_path, name))[0] in (200, 201)
    made = {"schema_version": 1, "name": prefix, "connectors": [f"{prefix}-01"]}  # what the phase replicate writes down; -02 is somebody else's
    (begun.parent / "replicate.json").write_text(json.dumps(made), encoding="utf-8")

    every = {"cleanup": ["connectors", "topics", "acls", "files"], "connect_url": worker.url, "phases": ["cleanup"]}
    cleanup = {**wanted, **{f"replicator_migration_{name}": value for name, value in every.items()}}
    idle = play(ROLE, tmp_path, variables={**cleanup, "replicator_migration_phases": ["prepare", "cleanup"]})  # prepared already, and not confirmed
    assert idle.code == 0 and "not confirmed" in idle.output and _changes(idle) == 0 and len(topics_of(clusters)) == 20, idle.output
    assert state(idle, clusters, "prepared")["topics_created"] == prepared["topics_created"]
    kill_when(lambda: names(worker, prefix) == [f"{prefix}-02"], ROLE, tmp_path,  # between the connectors and the rest
              variables={**cleanup, "replicator_migration_cleanup_confirm": prefix})  # fmt: skip
    cleaned = play(ROLE, tmp_path, variables={**cleanup, "replicator_migration_cleanup_confirm": prefix})
    assert cleaned.code == 0, cleaned.output
    until(lambda: set(topics_of(clusters)) == {"t0"} and acls_of(clusters) == set(), 300)
    assert not Path(prepared["files"][0]).exists() and names(worker, prefix) == [f"{prefix}-02"]
    clusters.destination.create(f"{prefix}.t1", 1)  # somebody else's now
    again = play(ROLE, tmp_path, variables={**cleanup, "replicator_migration_cleanup_confirm": prefix})
    assert again.code == 0 and _changes(again) == 0 and set(topics_of(clusters)) == {"t0", "t1"}, again.output
    assert ask(worker, "DELETE", f"connectors/{prefix}-02")[0] == 204


def test_a_side_that_refuses_the_login_or_is_down_is_named_before_anything_is_made(clusters: Clusters, tmp_path: Path) -> None:
    clusters.source.create(f"{clusters.prefix}.orders", 2)
    source, destination = clusters.source.options, clusters.destination.options
    wrong, nobody = {"sasl_password": "wrong-Pass9word", "request_timeout": 10}, {"bootstrap_servers": "127.0.0.1:9", "request_timeout": 10}

    def assert_refused(phase: str, side: str, options: dict[str, Any], said: str) -> None:
        refused = play(ROLE, tmp_path, variables=variables(clusters, phases=[phase], **{side: options}))
        report = json.loads((tmp_path / "reports/replicator_migration/latest/report.json").read_text(encoding="utf-8"))
        reason = next(row["reason"] for row in report["results"] if row["state"] == "failed")
        assert refused.code != 0 and side in reason and said in reason, (phase, side, reason)
        assert "wrong-Pass9word" not in refused.output and topics_of(clusters) == {}
        assert not (tmp_path / f"migrations/{clusters.prefix}/prepared.json").exists()

    assert_refused("assess", "source", {**source, **wrong}, "login refused")
    assert_refused("assess", "destination", {**destination, **nobody}, "127.0.0.1:9")
    planned = play(ROLE, tmp_path, variables=variables(clusters, phases=["assess", "plan"]))
    assert planned.code == 0, planned.output
    for side, options in (("source", source), ("destination", destination)):
        assert_refused("prepare", side, {**options, **wrong}, "login refused")
        assert_refused("prepare", side, {**options, **nobody}, "127.0.0.1:9")
    made = play(ROLE, tmp_path, variables=variables(clusters, phases=["prepare"]))
    assert made.code == 0 and topics_of(clusters) == {"orders": 2}, made.output
