# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pod is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import (
    Container,
    Pod,
    Wanted,
    choose,
    container_of,
    matches,
    pod_from,
    selector_problem,
    sign_of_a_manager,
)

WANTED = Wanted("cockroachdb", "lab", selector="app=db", words=("cockroach",), names=("db",))


def pod(name: str, *containers: str, **more: Any) -> Pod:
    given = {"labels": {"app": "db"}, "containers": tuple(Container(each) for each in containers or ("db",)), **more}
    return Pod("lab", name, **given)


def refusal(pods: list[Pod], wanted: Wanted = WANTED) -> str:
    with pytest.raises(OperationError) as caught:
        choose(pods, wanted)
    return str(caught.value)


@pytest.mark.parametrize(
    "manager",
    [
        pod("a", labels={"app": "db", "app.kubernetes.io/component": "controller"}),
        pod("a", labels={"app": "db", "app.kubernetes.io/name": "cockroach-operator"}),
        pod("a", labels={"app": "db", "control-plane": "controller-manager"}),
        pod("a", owner="ReplicaSet/cockroach-operator-7d9f"),
        pod("a", containers=(Container("manager"),)),
        pod("a", containers=(Container("db", "registry/cockroach-operator:v2"),)),
        pod("a", containers=(Container("db", "image", ("/usr/local/bin/cockroach-operator",)),)),
    ],
)
def test_a_manager_is_known_by_what_it_is_and_refused(manager: Pod) -> None:
    assert sign_of_a_manager(manager)
    assert "is no cockroachdb but an operator or manager" in refusal([manager])


def test_a_database_is_not_a_manager_for_its_name() -> None:
    assert [choice.pod.name for choice in choose([pod("smooth-operator-0")], WANTED)] == ["smooth-operator-0"]


def test_every_pod_that_will_do_is_given_in_natural_order() -> None:
    assert [choice.pod.name for choice in choose([pod("db-10"), pod("db-2")], WANTED)] == ["db-2", "db-10"]


def test_a_pod_that_will_not_do_is_refused_with_the_reason() -> None:
    told = refusal([pod("a", is_ready=False), pod("b", "web"), pod("c", is_ending=True), pod("d", owner="Job/backup")])
    assert "a is not Ready" in told and "b has no container that looks like cockroachdb" in told
    assert "c is being deleted" in told and "d belongs to Job/backup" in told


def test_a_container_is_found_by_habit_then_name_then_image_and_helpers_are_passed_over() -> None:
    assert container_of(pod("a", "cockroach-exporter", "db"), WANTED) == "db"
    assert container_of(pod("a", "exporter", "my-cockroach"), WANTED) == "my-cockroach"
    by_image = pod("a", containers=(Container("main", "cockroachdb/cockroach:v25"), Container("other")))
    assert container_of(by_image, WANTED) == "main"
    assert container_of(by_image, replace(WANTED, container="other")) == "other"


def test_the_closest_selector_is_found_under_another_key() -> None:
    minio = Pod("lab", "minio-0", {"app": "minio", "tier": "store"}, (Container("minio"),))
    told = refusal([minio], Wanted("minio", "lab", selector="app.kubernetes.io/name=minio", words=("minio",)))
    assert "minio-0 [app=minio, tier=store]" in told and "The closest selector is app=minio." in told


def test_the_closest_name_is_found() -> None:
    assert "The closest is pod db-0." in refusal([pod("db-0")], replace(WANTED, selector=None, pod="db0"))


@pytest.mark.parametrize(
    ("selector", "is_meant"),
    [
        ("app=db", True),
        ("app==db,tier=x", True),
        ("app!=db", False),
        ("app in (web, db)", True),
        ("app notin (web)", True),
        ("tier", True),
        ("!tier", False),
        ("zone", False),
        ("zone!=a", True),
    ],
)
def test_selectors_mean_what_kubectl_means(selector: str, is_meant: bool) -> None:
    assert not selector_problem(selector)
    assert matches({"app": "db", "tier": "x"}, selector) is is_meant


@pytest.mark.parametrize("selector", ["", " ", "app=(", "=db", "app in db"])
def test_what_is_no_selector_is_told(selector: str) -> None:
    assert selector_problem(selector)


def test_a_pod_is_read_as_the_api_writes_it() -> None:
    owner = {"kind": "StatefulSet", "name": "db", "controller": True}
    item = {
        "metadata": {"namespace": "lab", "name": "db-0", "labels": {"app": "db"}, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "db", "image": "i", "command": ["c"], "args": ["a"]}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert pod_from(item) == Pod("lab", "db-0", {"app": "db"}, (Container("db", "i", ("c", "a")),), "StatefulSet/db", address="10.0.0.1")
    assert not pod_from({**item, "status": {}}).is_ready
