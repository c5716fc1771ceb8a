# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubernetes_config_switch on a real cluster: a Deployment is stopped, gets other settings, runs again, and goes back, also after a run that was killed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import lab
import pytest
from lab import pods
from run_module import run_module


@pytest.fixture(scope="module")
def space() -> Iterator[Any]:
    lab.start("kubernetes")
    with pods.namespace() as made:
        made.run(pods.shell("billing", kind="Deployment", replicas=2, labels={"app": "billing"}))
        made.secret("kafka-login", {"password": "old-Secret-1", "kept": "as it is"})
        made.core.create_namespaced_config_map(made.name, {"metadata": {"name": "settings"}, "data": {"bootstrap": "old:9092", "other": "x"}})
        yield made


def switch(space: Any, state: str, check: bool = False, **more: Any) -> dict[str, Any]:
    options = {"name": "move-billing", "state": state, "workloads": ["deployment/billing"], "wait_timeout": 240,
               "kubernetes": {"namespace": space.name, "kubeconfig": space.kubeconfig}, **more}  # fmt: skip
    return run_module("kubernetes_config_switch", options, check=check, diff=True, timeout=300)


def settings(space: Any) -> tuple[dict[str, str], str]:
    secret = space.core.read_namespaced_secret("kafka-login", space.name).data
    return space.core.read_namespaced_config_map("settings", space.name).data, base64.b64decode(secret["password"]).decode()


def test_a_workload_moves_and_comes_back(space: Any) -> None:
    new = {"config_maps": {"settings": {"bootstrap": "new:9092", "added": "1"}}, "secrets": {"kafka-login": {"password": "new-Secret-2"}}}
    before, first = settings(space), {pod.metadata.name for pod in space.pods("app=billing")}
    foreseen = switch(space, "switched", check=True, **new)
    assert foreseen["changed"] and settings(space) == before and foreseen["record"] == ""
    stopped = switch(space, "stopped")
    assert stopped["workloads"]["deployment/billing"] == {"action": "stopped", "replicas": 0}
    assert not switch(space, "stopped")["changed"]

    moved = switch(space, "switched", **new)
    assert moved["rc"] == 0 and moved["workloads"]["deployment/billing"] == {"action": "started", "replicas": 2}
    assert settings(space) == ({"bootstrap": "new:9092", "other": "x", "added": "1"}, "new-Secret-2")
    running = [pod for pod in space.pods("app=billing") if pod.metadata.deletion_timestamp is None]
    assert len(running) == 2 and not first & {pod.metadata.name for pod in running}
    assert not switch(space, "switched", **new)["changed"]
    assert "new-Secret-2" not in str(moved["diff"]) and "old-Secret-1" not in moved["output"]

    back = switch(space, "rolled_back")
    assert back["rc"] == 0 and back["record"] == "" and settings(space) == before
    assert not switch(space, "rolled_back")["changed"]


def test_what_is_not_there_is_said_before_anything_changes(space: Any) -> None:
    refused = switch(space, "switched", config_maps={"absent": {"a": "b"}})
    assert refused["rc"] == 1 and "absent" in refused["msg"]
    assert switch(space, "switched", workloads=["pod/billing"])["rc"] == 1
