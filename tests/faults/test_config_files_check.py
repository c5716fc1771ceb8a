# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""config_files_check on files, manifests and a real ConfigMap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from run_module import run_module

import lab
from lab import pods

KEYS: list[Any] = ["metrics_trace.kafka_topic", "metrics_trace.kafka_bootstrap", "metrics_trace.sasl_password"]


def settings(port: int) -> dict[str, Any]:
    return {"metrics_trace": {"kafka_bootstrap": f"broker.example.com:{port}", "kafka_topic": "metrics", "sasl_password": "hunter2hunter2"}}


def files(tmp_path: Path, port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the CI job reads, with this port, and the manifest of what the same program reads in Kubernetes."""
    config = tmp_path / "config.example.json"
    config.write_text(json.dumps(settings(port), indent=2), encoding="utf-8")
    manifest = tmp_path / "configmap.yaml"
    data = {"config.json": json.dumps(settings(9094)), "LOG_LEVEL": "info"}
    manifest.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "experiment"}, "data": data}), encoding="utf-8")
    return {"path": str(config)}, {"path": str(manifest), "data_key": "config.json"}


def check(first: dict[str, Any], second: dict[str, Any], keys: list[Any] | None = None) -> dict[str, Any]:
    return run_module("config_files_check", {"first": first, "second": second, "keys": keys or KEYS}, check=True)


def test_the_port_was_changed_in_one_of_two_files(tmp_path: Path) -> None:
    """The note's bug: the manifest got 9094, the file of the CI job still had 9092, and the brokers seemed to be down."""
    first, second = files(tmp_path, 9092)
    result = check(first, second)
    assert result["rc"] == 1 and result["state"] == "failed"
    assert [key["state"] for key in result["keys"]] == ["verified", "failed", "verified"]
    wrong = f"broker.example.com:9092 in {first['path']}, broker.example.com:9094 in {second['path']} (config.json)"
    assert f"1 of 3 keys disagree: metrics_trace.kafka_bootstrap: {wrong}." in str(result["msg"])
    assert "hunter2" not in str(result["output"]) and result["keys"][2]["first_value"] == "********"
    mended = check(*files(tmp_path, 9094))
    assert mended["rc"] == 0 and mended["state"] == "verified" and mended["changed"] is False


def test_every_format_against_every_other(tmp_path: Path) -> None:
    contents = {
        "a.json": json.dumps({"kafka": {"bootstrap": ["a:9094", "b:9094"], "tls": False}}),
        "b.yaml": "kafka:\n  bootstrap: [a:9094, 'b:9094']\n  tls: false\n",
        "c.properties": "kafka.bootstrap = a:9094, \\\n  b:9094\nkafka.tls=False\n",
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for one in contents:
        for other in contents:
            result = check({"path": str(tmp_path / one)}, {"path": str(tmp_path / other)}, ["kafka.bootstrap", "kafka.tls"])
            assert result["rc"] == 0, result["msg"]


@pytest.mark.parametrize(("name", "text", "says"), [
    ("missing.json", None, "No such file or directory"),
    ("broken.json", '{"a": 1,\n', "line 2, column 1:"),
    ("broken.yaml", "a: [1\nb: 2\n", "line 2, column 2"),
    ("twice.properties", "a=9092\na=9094\n", "the key a stands there more than once (lines 1, 2)"),
    ("app.conf", "a=1", "its name does not tell what it is. Set format to one of json, yaml, properties."),
    ("empty.yaml", "", "it is empty"),
    ("list.json", "[1]", "it holds no keys"),
    ("two.yaml", "a: 1\n---\na: 2\n", "it has 2 documents"),
    ("binary.json", b"\xff\xfe\x00", "it is no UTF-8 text"),
])
def test_a_file_that_cannot_be_read_is_not_compared(tmp_path: Path, name: str, text: str | bytes | None, says: str) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "good.json").write_text('{"a": 1}', encoding="utf-8")
    result = check({"path": str(tmp_path / "good.json")}, {"path": str(tmp_path / name)}, ["a"])
    assert result["rc"] == 1 and f"Failed to read the configuration on {tmp_path / name}: " in str(result["msg"]) and says in str(result["msg"])
    assert result["state"] == "not_checked" and result["keys"][0]["state"] == "not_checked"


def test_both_sides_are_reported_and_so_are_all_keys(tmp_path: Path) -> None:
    result = check({"path": str(tmp_path / "one.json")}, {"path": str(tmp_path / "two.yaml")}, ["a"])
    assert "one.json: No such file" in str(result["msg"]) and "two.yaml: No such file" in str(result["msg"])
    first, second = files(tmp_path, 9092)
    result = check(first, second, ["metrics_trace.kafka_bootstrap", "metrics_trace.kafka_topics", "nothing.of.that"])
    assert "3 of 3 keys disagree" in str(result["msg"])
    assert "has no key metrics_trace.kafka_topics, the closest is metrics_trace.kafka_topic" in str(result["msg"])


def test_options_that_cannot_be_meant(tmp_path: Path) -> None:
    result = check({"format": "json"}, {"path": str(tmp_path), "namespace": "lab"}, ["a"])
    assert "first: neither path nor config_map is given; second: path is a file here" in str(result["msg"])
    assert "there is nothing to compare" in str(run_module("config_files_check", {"first": {"path": "x"}, "second": {"path": "y"}, "keys": []})["msg"])


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    lab.start("kubernetes")
    with pods.namespace() as space:
        data = {"config.json": json.dumps(settings(9094))}
        space.core.create_namespaced_config_map(space.name, {"metadata": {"name": "experiment"}, "data": data})
        space.core.create_namespaced_config_map(space.name, {"metadata": {"name": "flat"}, "data": {"KAFKA_BOOTSTRAP": "inside.lab.svc:9094"}})
        yield space


def test_a_config_map_in_the_cluster(tmp_path: Path, space: pods.Space) -> None:
    first, dummy = files(tmp_path, 9092)
    running = {"config_map": "experiment", "namespace": space.name, "kubeconfig": space.kubeconfig}
    result = check(first, running)
    assert result["rc"] == 1 and f"broker.example.com:9094 in ConfigMap {space.name}/experiment" in str(result["msg"])
    assert check(files(tmp_path, 9094)[0], running)["rc"] == 0
    ports = [{"first": "metrics_trace.kafka_bootstrap", "second": "KAFKA_BOOTSTRAP", "compare": "port"}]
    assert check(files(tmp_path, 9094)[0], {**running, "config_map": "flat"}, ports)["rc"] == 0
    wrong = check(files(tmp_path, 9092)[0], {**running, "config_map": "flat"}, ports)
    assert "(port): broker.example.com:9092" in str(wrong["msg"]) and "inside.lab.svc:9094" in str(wrong["msg"])


def test_a_config_map_that_is_not_there_or_not_for_us(tmp_path: Path, space: pods.Space) -> None:
    first = files(tmp_path, 9094)[0]
    there = {"config_map": "gone", "namespace": space.name, "kubeconfig": space.kubeconfig}
    absent = check(first, there)
    assert absent["state"] == "not_checked" and 'configmaps "gone" not found' in str(absent["msg"])
    nobody = space.account("nobody", [pods.rule("pods", "list")], tmp_path)
    refused = check(first, {**there, "config_map": "experiment", "kubeconfig": str(nobody)})
    assert refused["state"] == "not_checked" and "forbidden" in str(refused["msg"])
