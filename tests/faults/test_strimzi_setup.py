# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role strimzi_setup makes of its variables, as a real API server with Strimzi's real definitions takes it, of each of its API versions.

Nothing is stored: each is a dry run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from run_module import run_module
from strimzi_resources import definitions

from ansible_collections.streamops.kafka.plugins.plugin_utils import strimzi_cluster, strimzi_listeners, strimzi_problems
from lab import pods, strimzi_crds

TOP = Path(__file__).resolve().parents[2]
EXAMPLE: dict[str, Any] = yaml.safe_load((TOP / "inventories/strimzi/group_vars/all.yml").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((TOP / "roles/strimzi_setup/defaults/main.yml").read_text(encoding="utf-8"))
OAUTH = {"type": "oauth", "validIssuerUri": "https://login.example.com", "jwksEndpointUri": "https://login.example.com/keys", "userNameClaim": "sub",
         "maxSecondsWithoutReauthentication": 600}  # fmt: skip
CUSTOM = {"type": "custom", "sasl": True, "listenerConfig": {"sasl.enabled.mechanisms": "PLAIN"}}
LOGINS: dict[str, Any] = {"none": None, "scram-sha-512": "SCRAM-SHA-512", "tls": "tls", "oauth": OAUTH, "custom": CUSTOM}
HOSTS = {"class": "nginx", "bootstrap": {"host": "kafka.example.com"}, "brokers": [{"broker": 0, "host": "kafka-0.example.com"}]}
CONFIGURATIONS: dict[str, Any] = {
    "ingress": HOSTS,
    "route": {"bootstrap": {"host": "kafka.example.com"}},
    "loadbalancer": {"loadBalancerSourceRanges": ["192.0.2.0/24"], "externalTrafficPolicy": "Local"},
    "nodeport": {"preferredNodePortAddressType": "InternalDNS", "bootstrap": {"nodePort": 32100}},
    "cluster-ip": {"brokers": [{"broker": 0, "advertisedHost": "kafka-0.example.com", "advertisedPort": 9094}]},
    "internal": {"useServiceDnsDomain": True, "brokerCertChainAndKey": {"secretName": "own", "certificate": "tls.crt", "key": "tls.key"}},
}  # fmt: skip
NOT_EVERYWHERE = ("tlsroute",)  # came after 0.49


@pytest.fixture(scope="module", params=["0.45.0", "0.49.1", "1.2.0"])
def release(request: pytest.FixtureRequest) -> Iterator[str]:
    with definitions(request.param):
        yield request.param


@pytest.fixture(scope="module")
def served(release: str) -> str:
    return "v1" if "v1" in strimzi_crds.RELEASES[release].api_versions else "v1beta2"


@pytest.fixture(scope="module")
def space(release: str) -> Iterator[pods.Space]:
    with pods.namespace() as space:
        yield space


def settings(cluster: str, **more: Any) -> dict[str, Any]:
    """The variables as the role passes them on, without those that are Ansible expressions."""
    plain = {name.removeprefix("strimzi_setup_"): value for name, value in DEFAULTS.items()}
    return {**plain, "namespace": "kafka", "cluster": cluster, **more}


def built(api_version: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The resources, of settings that nothing is wrong with; node pools renamed, so that many clusters have room in one namespace."""
    assert strimzi_problems.problems(wanted, api_version) == []
    resources = strimzi_cluster.resources(wanted, api_version)
    for each in resources:
        if each["kind"] == "KafkaNodePool":
            each["metadata"]["name"] = f"{wanted['cluster']}-{each['metadata']['name']}"
    return resources


def tried(space: pods.Space, resources: list[dict[str, Any]]) -> Any:
    return run_module("strimzi_resource", {"namespace": space.name, "resources": resources}, check=True)


def listener(kind: str, login: str, tls: bool) -> dict[str, Any]:
    peers = [{"podSelector": {"matchLabels": {"app": "client"}}}]
    listener = {"name": "some", "port": 9095, "type": kind, "tls": tls, "authentication": LOGINS[login], "network_policy_peers": peers}
    return {**listener, **({"configuration": CONFIGURATIONS[kind]} if kind in CONFIGURATIONS else {})}


def matrix(release: str) -> list[tuple[str, dict[str, Any]]]:
    """Every type of listener with every authentication, with and without TLS as far as that can be meant, in both profiles."""
    cases = []
    for kind in strimzi_listeners.TYPES:
        if kind in NOT_EVERYWHERE and release != "1.2.0":
            continue
        for number, login in enumerate(LOGINS):
            for tls in (True, False):
                if not tls and (kind in ("route", "tlsroute", "ingress") or login == "tls"):
                    continue
                profile = ("lab", "production")[number % 2]
                cases.append((f"{kind}-{login}-{'tls' if tls else 'plain'}", {"profile": profile, "listeners": [listener(kind, login, tls)]}))
    return cases


def test_every_listener_with_every_authentication(space: pods.Space, release: str, served: str) -> None:
    resources = [each for name, more in matrix(release) for each in built(served, settings(name, **more))]
    result = tried(space, resources)
    assert result["rc"] == 0, result["msg"]
    kafkas = {each["name"]: each for each in result["resources"] if each["kind"] == "Kafka"}
    assert len(kafkas) == len(matrix(release)) >= 46 and all(each["tried"] and each["action"] == "created" for each in result["resources"])
    for name, more in matrix(release):
        [stored] = kafkas[name]["after"]["spec"]["kafka"]["listeners"]
        assert stored["type"] == more["listeners"][0]["type"] and stored["networkPolicyPeers"] and kafkas[name]["api_version"].endswith(served)
    oauth = kafkas["internal-oauth-tls"]["after"]["spec"]["kafka"]["listeners"][0]["authentication"]
    assert oauth["type"] == ("custom" if served == "v1" else "oauth")


def test_a_type_that_the_served_api_does_not_have(space: pods.Space, release: str, served: str) -> None:
    result = tried(space, built(served, settings("early", listeners=[listener("tlsroute", "tls", True)])))
    if release == "1.2.0":
        assert result["rc"] == 0
        return
    assert result["rc"] == 1 and 'Unsupported value: "tlsroute": supported values:' in result["msg"] and "Kafka" in result["msg"]


@pytest.mark.parametrize("profile", ["lab", "production"])
def test_both_profiles_alone_and_with_everything_that_can_be_said(space: pods.Space, served: str, profile: str) -> None:
    alone = built(served, settings(f"alone-{profile}", profile=profile))
    example = {name.removeprefix("strimzi_setup_"): value for name, value in EXAMPLE.items() if name.startswith("strimzi_setup_")}
    whole = built(served, {**settings(""), **example, "cluster": f"whole-{profile}", "profile": profile})
    result = tried(space, [each for each in [*alone, *whole] if each["kind"] != "PodMonitor"])
    assert result["rc"] == 0, result["msg"]


def test_zookeeper_for_old_operators(space: pods.Space, served: str, release: str) -> None:
    levels = {"root": "INFO", "kafka.controller": "DEBUG"}
    wanted = settings("old", mode="zookeeper", profile="production", logging=levels, zookeeper={"logging": {"root": "WARN"}})
    if release != "0.45.0":
        assert "mode zookeeper is for operators until 0.45" in "; ".join(strimzi_problems.problems(wanted, served, release))
        return
    resources = strimzi_cluster.resources(wanted, served, release)
    assert [each["kind"] for each in resources] == ["ConfigMap", "Kafka"]
    result = tried(space, resources)
    assert result["rc"] == 0, result["msg"]
    assert resources[1]["spec"]["kafka"]["logging"]["loggers"] == {"kafka.root.logger.level": "INFO", "log4j.logger.kafka.controller": "DEBUG"}
