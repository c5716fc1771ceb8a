# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the operator's release, and the operator that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.operator import operators, problem, version_of
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.operator_manifests import flat, moved, read_manifests, summary

SUBJECTS = [{"kind": "ServiceAccount", "name": "strimzi-cluster-operator", "namespace": "myproject"}]
CONTAINER = {
    "name": "strimzi-cluster-operator", "image": "quay.io/strimzi/operator:0.45.0",
    "env": [{"name": "STRIMZI_NAMESPACE", "valueFrom": {"fieldRef": {}}}, {"name": "A", "value": "1"}],
}  # fmt: skip


def one(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "myproject"}, **more}


def deployment(env: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return one("Deployment", "strimzi", spec={"template": {"spec": {"containers": [{**CONTAINER, **({"env": env} if env else {})}]}}})


DOCUMENTS = [
    None, {"kind": "List", "items": [one("ServiceAccount", "strimzi-cluster-operator")]}, one("ClusterRoleBinding", "strimzi", subjects=SUBJECTS),
    one("RoleBinding", "strimzi-cluster-operator", subjects=SUBJECTS), deployment(),
    {"apiVersion": "x", "kind": "CustomResourceDefinition", "metadata": {"name": "kafkas"},
     "spec": {"group": "kafka.strimzi.io", "names": {"plural": "kafkas"}, "versions": [{"name": "v1beta2", "served": True}, {"name": "v1", "served": False}]}},
]  # fmt: skip


def test_they_move_into_their_namespace_and_watch_others() -> None:
    resources = moved(flat(DOCUMENTS), "ops", ["kafka"])
    assert [(each["kind"], each["metadata"].get("namespace")) for each in resources] == [
        ("ServiceAccount", "ops"), ("ClusterRoleBinding", "myproject"), ("RoleBinding", "ops"), ("RoleBinding", "kafka"), ("Deployment", "ops"),
        ("CustomResourceDefinition", None)]  # fmt: skip
    assert all(each["subjects"][0]["namespace"] == "ops" for each in resources if "subjects" in each)
    [container] = resources[4]["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "STRIMZI_NAMESPACE", "value": "ops,kafka"}, {"name": "A", "value": "1"}]
    assert moved(flat(DOCUMENTS), "ops", ["ops"])[3]["spec"] == DOCUMENTS[4]["spec"], "its own namespace is what it watches anyway"  # type: ignore[index]


def test_what_they_bring() -> None:
    assert summary(flat(DOCUMENTS)) == {
        "kinds": ["ClusterRoleBinding", "CustomResourceDefinition", "Deployment", "RoleBinding", "ServiceAccount"],
        "served_versions": {"kafkas": ["v1beta2"]}, "version": "0.45.0"}  # fmt: skip


def test_files_and_directories_are_read_and_each_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "a.yaml").write_text("kind: A\n---\n---\nkind: B\n", encoding="utf-8")
    (tmp_path / "release" / "notes.txt").write_text("no manifest", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    assert [each["kind"] for each in read_manifests([str(tmp_path / "release")])] == ["A", "B"]
    with pytest.raises(InputError) as caught:
        read_manifests([str(tmp_path / "bad.yaml"), str(tmp_path / "missing.yaml")])
    assert len(caught.value.problems) == 2 and "missing.yaml cannot be read" in caught.value.problems[1]


@pytest.mark.parametrize("image, version", [
    ("quay.io/strimzi/operator:0.49.1", "0.49.1"), ("registry.example.com:5000/strimzi/operator:1.2.0-rc1", "1.2.0"), ("quay.io/strimzi/operator", ""),
    ("registry.example.com/other/operator:2.9.0", ""), ("quay.io/strimzi/operator@sha256:0123", ""),
])  # fmt: skip
def test_releases_are_read_from_tags_of_strimzis_images_only(image: str, version: str) -> None:
    assert version_of(image) == version


def test_which_operator_watches_a_namespace() -> None:
    everywhere = {**deployment([{"name": "STRIMZI_NAMESPACE", "value": "*"}]), "status": {"readyReplicas": 1}}
    elsewhere = deployment([{"name": "STRIMZI_NAMESPACE", "value": "a, b"}])
    entity = one("Deployment", "experiment-entity-operator", spec={"template": {"spec": {"containers": [{"name": "topic-operator"}]}}})
    assert [each["watches"] for each in operators([everywhere, elsewhere, entity, deployment()])] == [["*"], ["a", "b"], ["myproject"]]
    assert problem(operators([everywhere]), "kafka") == ""
    assert "no operator watches namespace kafka (myproject/strimzi watches a, b)" in problem(operators([elsewhere]), "kafka")
    assert "more than one operator watches namespace a" in problem(operators([everywhere, elsewhere]), "a")
    assert "has no pod that is ready" in problem(operators([elsewhere]), "b")
