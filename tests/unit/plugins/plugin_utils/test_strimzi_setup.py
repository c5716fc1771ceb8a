# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of strimzi_setup to resources, problems and warnings. What the API server says of them: tests/faults/test_strimzi_setup.py"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from ansible_collections.streamops.kafka.plugins.plugin_utils import strimzi_setup, strimzi_setup_rows

TOP = Path(__file__).resolve().parents[4]
DEFAULTS: dict[str, Any] = yaml.safe_load((TOP / "roles/strimzi_setup/defaults/main.yml").read_text(encoding="utf-8"))
Found = Mapping[str, Any]
OPERATOR = {"namespace": "kafka", "name": "strimzi-cluster-operator", "watches": ["kafka"], "ready_replicas": 1}
FOUND: Found = MappingProxyType({
    "operators": [OPERATOR], "version": "1.2.0", "problem": "", "served_versions": {"kafkas": ["v1"], "kafkatopics": ["v1"], "kafkausers": ["v1"]},
    "api_version": "v1", "missing_namespaces": [], "is_openshift": False,
})  # fmt: skip
OLD = {**FOUND, "version": "0.45.0", "served_versions": {"kafkas": ["v1beta2"]}, "api_version": "v1beta2"}
SCRAM = {"name": "scram", "port": 9094, "type": "internal", "tls": True, "authentication": "scram-sha-512"}


def settings(**more: Any) -> dict[str, Any]:
    return {**{name.removeprefix("strimzi_setup_"): value for name, value in DEFAULTS.items()}, "namespace": "kafka", "cluster": "experiment", **more}


def built(found: Found = FOUND, **more: Any) -> dict[str, dict[str, Any]]:
    """By kind, and node pools by their names."""
    resources = strimzi_setup.resources(settings(**more), found)
    return {each["metadata"]["name"] if each["kind"] == "KafkaNodePool" else each["kind"]: each for each in resources}


def kafka(found: Found = FOUND, **more: Any) -> dict[str, Any]:
    whole: dict[str, Any] = built(found, **more)["Kafka"]["spec"]
    return whole


def problems(found: Found = FOUND, **more: Any) -> str:
    return "; ".join(strimzi_setup.problems(settings(**more), found))


def warnings(**more: Any) -> str:
    return " ".join(strimzi_setup.warnings(settings(**more), FOUND))


def test_a_name_and_a_namespace_are_enough() -> None:
    assert problems() == ""
    resources = built()
    assert set(resources) == {"ConfigMap", "controller", "broker", "Kafka"} and resources["Kafka"]["apiVersion"] == "kafka.strimzi.io/v1"
    assert resources["Kafka"]["spec"]["kafka"]["config"]["min.insync.replicas"] == 2 and "annotations" not in resources["Kafka"]["metadata"]
    assert "KafkaNodePool" in {each["kind"] for each in resources.values()}
    assert built(OLD)["Kafka"]["metadata"]["annotations"] == {"strimzi.io/node-pools": "enabled", "strimzi.io/kraft": "enabled"}
    assert set(built({**FOUND, "missing_namespaces": ["kafka"]})) == {"Namespace", "ConfigMap", "controller", "broker", "Kafka"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems(
        listeners=[
            {"name": "Bad_Name", "port": 80, "type": "carrier-pigeon"}, {"name": "a", "port": 9404, "type": "route"},
            {"name": "a", "port": 9093, "type": "internal", "authentication": "tls"},
            {"name": "b", "port": 9093, "type": "ingress", "tls": True, "colour": "blue"}, {"name": "c", "port": 9095},
            {"name": "d", "port": 9096, "type": "internal", "authentication": {"type": "oauth", "clientSecret": {}}},
            {"name": "e", "port": 9097, "type": "ingress", "tls": True, "authentication": "password"},
        ],
        node_pools=[
            {"name": "one", "roles": ["brokre"], "replicas": "many", "storage": {"type": "tape"}},
            {"name": "one", "roles": ["broker"], "replicas": 1, "storage": {"type": "jbod", "volumes": [{"id": 0}, {"id": 0, "size": "1Gi"}]}},
        ],
        authorization={"type": "keycloak", "super_users": ["User:admin"]}, rack={"key": "zone"}, scheduling={"anti_affinity": "always"},
        logging={"root": "LOUD"}, metrics={"on": True}, users=[{"name": "u", "acls": [{}], "authentication": "tls-external"}], operator={"file": "x"},
    )  # fmt: skip
    for part in (
        "listener Bad_Name: a name has 1 to 11", "port 80 is not 9092 or higher", "there is no type carrier-pigeon", "port 9404 is for metrics",
        "listener a: type route needs tls: true", "listener a: type route is for OpenShift", "listener a: authentication tls needs tls: true",
        "listener b has no option colour", "listener c needs type", "clientSecret has to be written as type custom", "two listeners have the name a",
        "two listeners have the port 9093", "listener e: there is no authentication password", "listener e: type ingress needs configuration.bootstrap.host",
        "there is no role brokre", "node pool one needs replicas, a number", "there is no type tape", "storage.volumes[0] needs size",
        "two volumes have the id 0",
        "two node pools are called one", "no node pool has the role controller", "there is no type keycloak in API v1: use custom",
        "User:admin must be written without 'User:'", "rack has no option key", "there is no anti_affinity always", "root has the level LOUD",
        "metrics has no option on", "user u logs in by tls-external", "user u has acls, and the authorization is keycloak",
        "strimzi_setup_operator has no option file",
    ):  # fmt: skip
        assert part in found, f"{part} in {found}"


@pytest.mark.parametrize("more, part", [
    ({"cluster": "Big"}, "is no name of a resource"),
    ({"namespace": ""}, "strimzi_setup_namespace is not set"),
    ({"replication": {"factor": 5}}, "replication.factor is 5, and there are 3 brokers"),
    ({"replication": {"factor": 2, "min_insync": 3}}, "nothing could be written"),
    ({"topics": [{"name": "t", "replication_factor": 4}]}, "topic t has replication_factor 4"),
    ({"profile": "lab", "cruise_control": {"enabled": True}}, "cruise_control needs 2 brokers"),
    ({"mode": "zookeeper"}, "zookeeper is for operators until 0.45, and the operator is 1.2.0"),
    ({"entity_operator": {"topic_operator": {"enabled": False}}, "topics": [{"name": "t"}]}, "topic_operator is switched off: nobody would make them"),
    ({"api_version": "v1beta2"}, "strimzi_setup_api_version v1beta2 is not served"),
    ({"listeners": "plain"}, "strimzi_setup_listeners must be a list"),
    ({"cluster": "c" * 60}, "a host name has at most 63"),
    ({"operator": {"manifests": ["a"], "chart": {"chart": "b"}}}, "give manifests or chart, not both"),
])  # fmt: skip
def test_what_else_is_wrong(more: dict[str, Any], part: str) -> None:
    assert part in problems(**more)


def test_what_is_missing_in_the_cluster_is_named() -> None:
    nothing = {**FOUND, "operators": [], "problem": "no operator watches namespace kafka.", "served_versions": {}, "api_version": ""}
    said = problems(nothing)
    assert "no operator watches namespace kafka: name the operator's manifests" in said and "the cluster has no resource kafkas.kafka.strimzi.io" in said
    assert "no operator watches" not in problems({**FOUND, "problem": "no operator"}, operator={"must_run": False})
    assert "there is no namespace kafka" in problems({**FOUND, "missing_namespaces": ["kafka"]}, create_namespace=False)


@pytest.mark.parametrize("more, part", [
    ({"replication": {"factor": 1}}, "default.replication.factor is 1"),
    ({"replication": {"factor": 3, "min_insync": 3}}, "min.insync.replicas is 3, as many as there are replicas"),
    ({"replication": {"factor": 3, "min_insync": 1}}, "min.insync.replicas is 1"),
    ({"config": {"unclean.leader.election.enable": "true"}}, "unclean.leader.election.enable is true"),
    ({"config": {"offsets.topic.replication.factor": 1}}, "offsets.topic.replication.factor is 1"),
    ({"config": {"super.users": "User:a"}}, "ignores super.users in spec.kafka.config, its place is spec.kafka.authorization.superUsers"),
    ({"kafka_spec": {"kafka": {"config": {"log.dirs": "/x"}}}}, "ignores log.dirs"),
    ({"node_pools": [{"name": "a", "roles": ["controller", "broker"], "replicas": 3, "storage": {"type": "ephemeral"}}]}, "of node pool a is ephemeral"),
    ({"node_pools": [{"name": "a", "roles": ["controller", "broker"], "replicas": 4, "storage": {"size": "1Gi", "class": "fast-nfs", "delete_claim": True}}]},
     "fast-nfs of node pool a looks like file storage (NFS)"),
    ({"node_pools": [{"name": "a", "roles": ["controller", "broker"], "replicas": 4}]}, "There are 4 controllers: an even number"),
    ({"profile": "lab"}, "There are 1 controllers: the cluster stands still"),
    ({"listeners": [{"name": "out", "port": 9092, "type": "nodeport"}]}, "open to the outside without authentication"),
    ({"listeners": [SCRAM, {"name": "plain", "port": 9092, "type": "internal"}]}, "clients there are User:ANONYMOUS"),
    ({"topics": [{"name": "t", "replication_factor": 1}]}, "Topic t has one replica"),
    ({"topics": [{"name": "t", "replication_factor": 2, "config": {"min.insync.replicas": 2}}]}, "Topic t needs all its 2 replicas"),
])  # fmt: skip
def test_settings_that_lose_data_are_warned_of(more: dict[str, Any], part: str) -> None:
    assert problems(**more) == "" and part in warnings(**more)


def test_the_production_profile_needs_no_warning() -> None:
    assert warnings() == ""


def test_racks_are_spread_and_read_from_the_closest() -> None:
    resources = built(rack={"topology_key": "zone"})
    spec = resources["Kafka"]["spec"]["kafka"]
    assert spec["rack"] == {"topologyKey": "zone"} and spec["config"]["replica.selector.class"].endswith("RackAwareReplicaSelector")
    [constraint] = resources["broker"]["spec"]["template"]["pod"]["topologySpreadConstraints"]
    assert constraint["topologyKey"] == "zone" and constraint["whenUnsatisfiable"] == "DoNotSchedule"
    assert constraint["labelSelector"] == {"matchLabels": {"strimzi.io/cluster": "experiment", "strimzi.io/pool-name": "broker"}}
    assert "topologySpreadConstraints" not in resources["controller"]["spec"]["template"]["pod"]
    assert "replica.selector.class" not in kafka(rack={"topology_key": "zone", "read_from_closest": False})["kafka"]["config"]


def test_nodes_of_their_own() -> None:
    pod = built(scheduling={"dedicated": {"key": "dedicated", "value": "kafka"}, "node_labels": {"disk": "ssd"}})["broker"]["spec"]["template"]["pod"]
    assert pod["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "kafka", "effect": "NoSchedule"}]
    [term] = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert [each["key"] for each in term["matchExpressions"]] == ["dedicated", "disk"] and "podAntiAffinity" in pod["affinity"]


def test_oauth_as_the_served_api_wants_it() -> None:
    login = {"type": "oauth", "validIssuerUri": 'https://login.example.com/"x"', "jwksEndpointUri": "https://k", "checkIssuer": False}
    listener = [{**SCRAM, "authentication": login}]
    custom = kafka(listeners=listener)["kafka"]
    config = custom["listeners"][0]["authentication"]["listenerConfig"]
    assert custom["listeners"][0]["authentication"]["type"] == "custom" and custom["config"]["principal.builder.class"].endswith("OAuthKafkaPrincipalBuilder")
    assert 'oauth.valid.issuer.uri="https://login.example.com/\\"x\\""' in config["oauthbearer.sasl.jaas.config"]
    assert 'oauth.check.issuer="false"' in config["oauthbearer.sasl.jaas.config"] and config["sasl.enabled.mechanisms"] == "OAUTHBEARER"
    old = kafka(OLD, listeners=listener)["kafka"]
    assert old["listeners"][0]["authentication"] == login and "principal.builder.class" not in old["config"]


def test_loggers_in_the_words_of_the_release() -> None:
    loggers = {"root": "info", "io.strimzi": "debug", "log4j.logger.x": "WARN"}
    assert kafka(logging=loggers)["kafka"]["logging"]["loggers"] == {
        "rootLogger.level": "INFO", "logger.iostrimzi.name": "io.strimzi", "logger.iostrimzi.level": "DEBUG", "log4j.logger.x": "WARN"}
    assert kafka(OLD, logging=loggers)["kafka"]["logging"]["loggers"] == {
        "kafka.root.logger.level": "INFO", "log4j.logger.io.strimzi": "DEBUG", "log4j.logger.x": "WARN"}


def test_what_is_said_in_strimzis_own_words_goes_over_everything() -> None:
    own_words = {"kafka": {"config": {"num.partitions": 9}, "jmxOptions": {}}, "maintenanceTimeWindows": ["* * 1 * * ?"]}
    spec = kafka(kafka_spec=own_words, config={"a": [1, 2], "b": None})
    assert spec["kafka"]["config"]["num.partitions"] == 9 and spec["kafka"]["config"]["min.insync.replicas"] == 2 and spec["kafka"]["jmxOptions"] == {}
    assert spec["kafka"]["config"]["a"] == "1,2" and "b" not in spec["kafka"]["config"] and spec["maintenanceTimeWindows"] == ["* * 1 * * ?"]


def test_what_the_operators_manifests_bring_counts() -> None:
    brings = {"kinds": ["CustomResourceDefinition", "Deployment"], "served_versions": {"kafkas": ["v1beta2"]}, "version": "0.45.0"}
    nothing = {**FOUND, "served_versions": {}, "api_version": "", "version": "", "problem": "none", "missing_namespaces": ["ops"], "manifests": brings}
    asked = settings(operator={"namespace": "ops", "watch": ["kafka"], "manifests": ["x"]}, mode="zookeeper")
    assert strimzi_setup.problems(asked, nothing) == [], "their release knows ZooKeeper, and their definitions are those that count"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ops"}}
    assert strimzi_setup.operator(asked, nothing, ["x"]) == {
        "resources": [namespace], "manifests": ["x"], "manifests_namespace": "ops", "watched_namespaces": ["kafka"]}
    assert [each["name"] for each in strimzi_setup.lanes(asked, nothing, ["x"])] == ["operator"]
    lacking = {**nothing, "manifests": {**brings, "kinds": ["Deployment"]}}
    assert "hold no CustomResourceDefinition" in "; ".join(strimzi_setup.problems(asked, lacking))


def test_lanes_for_what_can_be_tried() -> None:
    asked = settings(topics=[{"name": "t"}], users=[{"name": "u", "authentication": "tls"}], context="there")
    lanes = {each["name"]: each["steps"][0] for each in strimzi_setup.lanes(asked, FOUND)}
    assert set(lanes) == {"cluster", "topics", "users"} and all(step["args"]["context"] == "there" for step in lanes.values())
    assert [each["name"] for each in strimzi_setup.lanes(asked, {**FOUND, "missing_namespaces": ["kafka"]})] == ["cluster"]
    assert strimzi_setup.lanes(asked, {**FOUND, "served_versions": {}}) == []


def test_rows_say_what_was_done_and_what_was_not() -> None:
    done = {"changed": True, "resources": [{"action": "created", "ready": "verified"}, {"action": "unchanged", "ready": "verified"}]}
    failed = {"failed": True, "changed": True, "msg": "it is down", "topics": {"a": {"action": "created", "ready": "failed"}}}
    result = strimzi_setup_rows.conclusion({"operator": {"says": "found, 1.2.0"}, "cluster": done, "topics": failed, "users": {}}, kept=["node pool old"])
    rows = {row["target"]: row for row in result["results"]}
    assert rows["cluster"]["what"] == "1 created, 1 unchanged" and rows["cluster"]["verified"] == "verified" and rows["cluster"]["kept"] == ["node pool old"]
    assert rows["topics"]["state"] == "failed" and rows["topics"]["reason"] == "it is down" and rows["users"]["state"] == "not_attempted"
    assert "Mend what is said for topics" in result["next_steps"][0]
    refused = strimzi_setup_rows.conclusion({"cluster": {}, "topics": {}}, tried={"topics": {"state": "failed", "reason": "no"}})
    assert [row["state"] for row in refused["results"]] == ["not_attempted", "failed"]
    foreseen = strimzi_setup_rows.conclusion({"cluster": done, "topics": {"skipped": True}}, notes={"topics": "not yet"}, check_mode=True)
    assert foreseen["results"][0]["what"] == "1 to create, 1 unchanged" and foreseen["results"][1]["reason"] == "not yet"
    assert strimzi_setup_rows.conclusion({}, problems=["a", "b"])["results"][0]["reason"] == "a; b."
