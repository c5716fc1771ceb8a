# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline, its AWX twin and the rights in docs/ci hold what docs/ci.md says of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client as kubernetes_client
from kubernetes import config, utils
from run_module import run_module

import lab
from lab import pods

TOP = Path(__file__).parents[2]
DATABASES = ["mariadb", "clickhouse", "redis", "kafka", "minio", "postgresql", "cockroachdb"]
needs_cluster = pytest.mark.skipif("kubernetes" not in os.environ.get("LAB", "").split(), reason="LAB does not name kubernetes")


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    return yaml.safe_load((TOP / "docs/ci/.gitlab-ci.example.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load((TOP / "playbooks/gitlab/vars/controller_workflows.yml").read_text(encoding="utf-8"))["controller_workflows"][0]


def test_every_playbook_that_the_pipeline_runs_is_there(pipeline: dict[str, Any]) -> None:
    lines = [line for job in pipeline.values() if isinstance(job, dict) for line in job.get("script", [])]
    named = {name for line in lines for name in re.findall(r"streamops\.kafka\.([\w.]+)", line)}
    assert {"experiment_reset", "kafka_preflight", "gitlab.cancel_pipelines"} <= named
    missing = [name for name in named if not (TOP / "playbooks" / f"{name.replace('.', '/')}.yml").exists()]
    assert missing == []


def test_each_database_has_its_job_after_the_reset(pipeline: dict[str, Any]) -> None:
    assert [name.split(":")[1] for name, job in pipeline.items() if isinstance(job, dict) and job.get("extends") == ".experiment"] == DATABASES
    assert pipeline[".experiment"]["needs"] == ["experiment:reset"]
    assert "interruptible" not in pipeline[".experiment"], "a finished half of an experiment is lost work: only the preflight cancels it"


def test_the_reset_may_fail_and_be_cancelled_and_reports_in_any_case(pipeline: dict[str, Any]) -> None:
    reset = pipeline["experiment:reset"]
    assert pipeline["workflow"]["auto_cancel"]["on_new_commit"] == "interruptible"
    assert reset["allow_failure"] is True and reset["interruptible"] is True and reset["artifacts"]["when"] == "always"
    junit = reset["artifacts"]["reports"]["junit"]
    assert fnmatch("reports/experiment_reset/20261121T033713Z/junit.xml", junit) and not fnmatch("reports/experiment_reset/latest/junit.xml", junit)


def test_older_pipelines_are_cancelled_before_anything_is_touched(pipeline: dict[str, Any]) -> None:
    cancels, looks = pipeline["experiment:preflight"]["script"]
    assert "cancel_pipelines" in cancels and "kafka_preflight" in looks
    assert pipeline["experiment:reset"]["needs"] == ["experiment:preflight"] and "allow_failure" not in pipeline["experiment:preflight"]


def test_the_preflight_reports_in_any_case(pipeline: dict[str, Any]) -> None:
    artifacts = pipeline["experiment:preflight"]["artifacts"]
    assert artifacts["when"] == "always" and fnmatch("reports/kafka_preflight/20261121T033713Z/junit.xml", artifacts["reports"]["junit"])


def test_the_awx_twin_runs_the_same_in_the_same_order(workflow: dict[str, Any]) -> None:
    nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
    order = ["preflight", "reset", *(f"run_{name}" for name in DATABASES)]
    assert list(nodes) == order
    assert nodes["preflight"]["unified_job_template"] == "Kafka preflight"
    assert nodes["preflight"]["success_nodes"] == ["reset"] and "always_nodes" not in nodes["preflight"]
    assert [nodes[name].get("always_nodes") for name in order[1:]] == [[name] for name in order[2:]] + [None]
    assert workflow["allow_simultaneous"] is False


def test_the_awx_twin_uses_the_templates_that_there_are(workflow: dict[str, Any]) -> None:
    templates = yaml.safe_load((TOP / "playbooks/vars/controller_templates.yml").read_text(encoding="utf-8"))["controller_templates"]
    by_name = {template["name"]: template for template in templates}
    preflight, reset = (by_name[node["unified_job_template"]] for node in workflow["simplified_workflow_nodes"][:2])
    assert (TOP / preflight["playbook"]).exists() and (TOP / reset["playbook"]).exists() and reset["ask_job_type_on_launch"] is True
    asked = {
        question["variable"] for template in (preflight, reset) for question in template["survey_spec"]["spec"]
        if question["required"] and "default" not in question
    }  # fmt: skip
    assert {question["variable"] for question in workflow["survey_spec"]["spec"]} == asked


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    lab.start("kubernetes")
    with pods.namespace() as space:
        connection = config.new_client_from_config(space.kubeconfig)
        for manifest in yaml.safe_load((TOP / "docs/ci/rbac.yml").read_text(encoding="utf-8"))["items"]:
            manifest["metadata"]["namespace"] = space.name
            for subject in manifest.get("subjects", []):
                subject["namespace"] = space.name
            utils.create_from_dict(connection, manifest)
        yield space


@needs_cluster
@pytest.mark.parametrize(("account", "verb", "resource", "name", "allowed"), [
    ("experiment-reset", "list", "pods", "", True),
    ("experiment-reset", "create", "pods/exec", "mariadb-0", True),
    ("experiment-reset", "get", "pods/exec", "mariadb-0", True),
    ("experiment-reset", "create", "pods/portforward", "mariadb-0", True),
    ("experiment-reset", "get", "pods/portforward", "mariadb-0", True),
    ("experiment-reset", "get", "secrets", "experiment-credentials", True),
    ("experiment-reset", "get", "secrets", "another", False),
    ("experiment-reset", "get", "configmaps", "experiment", True),
    ("experiment-reset", "get", "configmaps", "another", False),
    ("experiment-reset", "list", "configmaps", "", False),
    ("experiment-reset", "list", "secrets", "", False),
    ("experiment-reset", "delete", "pods", "mariadb-0", False),
    ("experiment-reset", "create", "pods", "", False),
    ("runner-restart", "delete", "pods", "runner", True),
    ("runner-restart", "create", "pods/exec", "runner", False),
    ("runner-restart", "get", "secrets", "experiment-credentials", False),
])
def test_the_accounts_have_the_rights_that_they_need_and_no_other(
    space: pods.Space, account: str, verb: str, resource: str, name: str, allowed: bool
) -> None:
    kind, dummy, sub = resource.partition("/")
    attributes = {"namespace": space.name, "verb": verb, "resource": kind, "subresource": sub, "name": name}
    review = {"spec": {"user": f"system:serviceaccount:{space.name}:{account}", "resourceAttributes": attributes}}
    answer = kubernetes_client.AuthorizationV1Api(config.new_client_from_config(space.kubeconfig)).create_subject_access_review(review)
    assert answer.status.allowed is allowed


@needs_cluster
def test_the_preflight_finds_every_right_of_the_account_and_nothing_more(space: pods.Space, tmp_path: Path) -> None:
    """As the account itself, with the token that its pod would have."""
    token = space.core.create_namespaced_service_account_token("experiment-reset", space.name, {"spec": {"expirationSeconds": 600}}).status.token
    configuration = yaml.safe_load(Path(space.kubeconfig).read_text(encoding="utf-8"))
    configuration["users"][0]["user"] = {"token": token}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    asked: dict[str, Any] = {
        "kubernetes": {"namespace": space.name, "kubeconfig": str(kubeconfig)}, "transport": ["kubernetes_exec", "kubernetes_port_forward"],
        "credentials_secret": {"name": "experiment-credentials"},
        "rights": [{"verb": "get", "resource": "configmaps", "name": "experiment"}],
    }  # fmt: skip
    result = run_module("kubernetes_access_check", asked)
    assert result["rc"] == 0 and result["state"] == "verified" and len(result["rights"]) == 7
    more = run_module("kubernetes_access_check", {**asked, "rights": [{"verb": "delete", "resource": "pods"}]})
    assert more["rc"] == 1 and "not allowed: delete pods in namespace" in str(more["msg"])
