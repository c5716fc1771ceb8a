# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook experiment_reset where everything is inside Kubernetes, Kafka as well: real pods, by exec and by port-forward.

CockroachDB is PostgreSQL in its place (pods.secure_cockroachdb).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka_in_pod import RECORDS, Inside, inside
from pod_databases import ENGINES, EXEC, FILL, FORWARD, REMOVED, PodDatabases, started
from test_experiment_reset import reset, states

from lab import pods

TRANSPORTS = {"mariadb": EXEC, "postgresql": FORWARD, "redis": EXEC, "clickhouse": FORWARD, "cockroachdb": EXEC, "minio": FORWARD}
LITERAL = {"redis": {"pattern": "exp:*"}, "minio": {"bucket": "exp"}}
TARGETS = ("kafka", *ENGINES)


@dataclass
class Everything:
    """Seven systems in one namespace."""

    databases: PodDatabases
    broker: pods.Pod
    kafka: Inside

    def targets(self, **changes: dict[str, Any]) -> list[dict[str, Any]]:
        space, login = self.databases.space, self.broker.login
        assert login is not None
        place = {"namespace": space.name, "kubeconfig": space.kubeconfig}
        targets: list[dict[str, Any]] = [
            {"name": "kafka", "type": "kafka", "transport": EXEC, "kubernetes": {**place, "selector": "app=kafka"}, "bootstrap_servers": ["localhost:9094"],
             "security_protocol": "sasl_plaintext", "credentials_secret": {"name": login.secret}, "topics": ["exp-events"], "topic_pattern": "exp-.*",
             "groups": ["exp-app"], "principal": "User:exp", "acl_prefix": "exp-"},
        ]  # fmt: skip
        for engine in ENGINES:
            secret = self.databases.by_engine[engine].login
            assert secret is not None
            targets.append({"name": engine, "type": engine, "transport": TRANSPORTS[engine], "kubernetes": {**place, "selector": f"app={engine}"},
                            "credentials_secret": {"name": secret.secret}, **LITERAL.get(engine, {"database": "exp"})})  # fmt: skip
        return [{**target, **changes.get(target["name"], {})} for target in targets]


@pytest.fixture
def everything() -> Iterator[Everything]:
    with pods.namespace() as space:
        databases = started(space, ENGINES, pods.kafka("kafka", labels={"app": "kafka"}))
        broker = _pods_of(space, "app=kafka")[0]
        for engine in ENGINES:
            databases.execute(engine, FILL[engine])
        with inside(broker, space.kubeconfig) as kafka:
            kafka.create("exp-events", partitions=2)
            kafka.create("exp-metrics")
            kafka.commit("exp-app", "exp-events", 2, 1)
            yield Everything(databases, broker, kafka)


def _pods_of(space: pods.Space, selector: str) -> list[pods.Pod]:
    login = pods.Login("kafka-login", "admin", "")
    return [pods.Pod(space, each.metadata.name, "kafka", dict(each.metadata.labels), login, 9092) for each in space.pods(selector)]


def test_all_seven_in_pods_and_the_one_with_a_wrong_label_is_told_what_is_there(tmp_path: Path, everything: Everything) -> None:
    place = everything.targets()[1]["kubernetes"]
    wrong = {"mariadb": {"kubernetes": {**place, "selector": "app.kubernetes.io/name=mariadb"}}}
    first = reset(tmp_path, everything.targets(**wrong), experiment_reset_timeout=600)
    assert first.code == 2, first.output
    assert states(first) == {name: ("failed", "not_checked") if name == "mariadb" else ("ok", "verified") for name in TARGETS}
    assert "The closest selector is app=mariadb." in first.results()["mariadb"]["reason"]
    assert (everything.kafka.records("exp-events"), everything.kafka.records("exp-metrics")) == (0, 0)
    assert everything.kafka.committed("exp-app") == {"exp-events-0": RECORDS, "exp-events-1": RECORDS}
    said = first.results()["kafka"]["what"]
    assert said == f"{3 * RECORDS} records of 2 topics removed; 1 group reset; 3 ACLs added"
    rows = {row["target"]: row for stage in first.report()["stages"] if stage["name"] == "reset" for row in stage["rows"]}
    assert f"(in pod {everything.databases.space.name}/" in rows["postgresql"]["parts"][0]["what"]
    passwords = [pod.login.password for pod in everything.databases.by_engine.values() if pod.login]
    assert not [password for password in passwords if password in first.output]

    # The others change nothing a second time. Their preflight is left out, as Kafka's tools take their time on a busy machine.
    second = reset(tmp_path, everything.targets(), experiment_reset_timeout=600, experiment_reset_preflight=False)
    assert second.code == 0, second.output
    assert states(second) == dict.fromkeys(TARGETS, ("ok", "verified"))
    assert {name for name, row in second.results().items() if row["changed"]} == {"mariadb"}
    assert second.results()["mariadb"]["what"] == f"{REMOVED['mariadb']['tables']} tables removed"
