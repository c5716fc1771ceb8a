# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phase cutover with an application in Kubernetes: a Deployment that takes its address and its login from a ConfigMap and a Secret moves to the
destination, also after a run that was killed while nothing of it ran, and gets its old settings back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lab
import pytest
from connect_workers import until
from kubernetes.client import AppsV1Api
from lab import pods
from migrations import Migration, own_migration
from two_clusters import records_of

OLD, NEW = "of-the-source-1", "of-the-destination-2"


@pytest.fixture
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    with own_migration(tmp_path_factory.mktemp("kubernetes")) as made:
        yield made


@pytest.fixture
def space(migration: Migration) -> Iterator[Any]:
    """A Deployment whose pods read both objects when they start, as applications do."""
    lab.start("kubernetes")
    address = migration.clusters.source.options["bootstrap_servers"]
    with pods.namespace() as made:
        made.core.create_namespaced_config_map(made.name, {"metadata": {"name": "shop"}, "data": {"BOOTSTRAP": address, "OTHER": "x"}})
        made.secret("shop-login", {"PASSWORD": OLD})
        made.run(pods.shell("shop", kind="Deployment", replicas=2, labels={"app": "shop"}))
        apps = AppsV1Api(made.core.api_client)
        deployment = apps.read_namespaced_deployment("shop", made.name)
        container = deployment.spec.template.spec.containers[0].name
        taken = [{"configMapRef": {"name": "shop"}}, {"secretRef": {"name": "shop-login"}}]
        apps.patch_namespaced_deployment("shop", made.name, {"spec": {"template": {"spec": {"containers": [{"name": container, "envFrom": taken}]}}}})
        until(lambda: settings_of(made, container) == [(address, OLD)] * 2, 120)
        made.container = container
        yield made


def living(space: Any) -> list[Any]:
    return [pod for pod in space.pods("app=shop") if pod.metadata.deletion_timestamp is None]


def settings_of(space: Any, container: str) -> list[tuple[str, ...]]:
    """What each running pod was started with."""
    found: list[tuple[str, ...]] = []
    for pod in living(space):
        if pod.status.phase == "Running":
            done = pods.Pod(space, pod.metadata.name, container, {}).execute(["sh", "-c", 'echo "$BOOTSTRAP $PASSWORD"'])
            found.append(tuple(done.output.split()))
    return found


def test_a_deployment_moves_and_gets_its_old_settings_back(migration: Migration, space: Any) -> None:
    source, destination, topic, smoke = migration.clusters.source, migration.clusters.destination, f"{migration.prefix}.orders", f"{migration.prefix}-smoke"
    source.create(topic, 3)
    destination.create(smoke, 1)
    source.write(topic, records_of(300))
    copied = migration.run("assess", "plan", "prepare", "replicate", "verify", connectors=1)
    assert copied.code == 0, copied.output

    old, new = (str(side.options["bootstrap_servers"]) for side in (source, destination))
    variables: dict[str, Any] = {"connectors": 1, "quiet": 1, "applications": [{
        "name": "shop", "produces": [topic], "destination": destination.options, "smoke_topic": smoke, "kubernetes": {
            "place": {"namespace": space.name, "kubeconfig": space.kubeconfig}, "workloads": ["deployment/shop"],
            "config_maps": {"shop": {"BOOTSTRAP": new}}, "secrets": {"shop-login": {"PASSWORD": NEW}},
        }}]}  # fmt: skip
    foreseen = migration.run("cutover", arguments=("--check", "--diff"), **variables)
    assert foreseen.code == 0 and settings_of(space, space.container) == [(old, OLD)] * 2, foreseen.output

    migration.kill_when(lambda: not living(space), "cutover", **variables)
    assert not (migration.directory / f"migrations/{migration.prefix}/moved-shop.json").exists(), "it was killed while nothing of the application ran"

    moved = migration.run("cutover", arguments=("--diff",), **variables)
    assert moved.code == 0, moved.output
    assert settings_of(space, space.container) == [(new, NEW)] * 2
    assert migration.state("cutover")["applications"][0]["smoke"] == "verified"
    again = migration.run("cutover", **variables)
    assert again.code == 0 and settings_of(space, space.container) == [(new, NEW)] * 2, again.output

    back = migration.run("cutover", arguments=("--diff",), **variables, cutover_state="rolled_back")
    assert back.code == 0, back.output
    until(lambda: settings_of(space, space.container) == [(old, OLD)] * 2, 120)
    config = space.core.read_namespaced_config_map("shop", space.name).data
    assert config == {"BOOTSTRAP": old, "OTHER": "x"}
    assert not any(secret in run.output for secret in (OLD, NEW) for run in (foreseen, moved, again, back))
