# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics of the brokers for Prometheus: the exporter's rules in a ConfigMap, and the PodMonitor that finds the pods."""

from __future__ import annotations

import json
from typing import Any

from .strimzi_profiles import Entry, Settings, unknown

KNOWN = ("enabled", "rules", "config_map", "pod_monitor", "pod_monitor_labels", "interval")
_CONFIG_MAP = ("name", "key")
_KEY = "kafka-metrics.yml"
_PORT = "tcp-prometheus"  # of Strimzi's pods
# From the general to the special the other way round: the first rule that matches counts.
_RULES: list[dict[str, Any]] = [
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)Percent\w*><>MeanRate", "name": "kafka_$1_$2_$3_percent", "type": "GAUGE"},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)Percent\w*><>Value", "name": "kafka_$1_$2_$3_percent", "type": "GAUGE"},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)PerSec\w*, (.+)=(.+), (.+)=(.+)><>Count", "name": "kafka_$1_$2_$3_total", "type": "COUNTER",
     "labels": {"$4": "$5", "$6": "$7"}},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)PerSec\w*, (.+)=(.+)><>Count", "name": "kafka_$1_$2_$3_total", "type": "COUNTER", "labels": {"$4": "$5"}},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)PerSec\w*><>Count", "name": "kafka_$1_$2_$3_total", "type": "COUNTER"},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+), (.+)=(.+), (.+)=(.+)><>Value", "name": "kafka_$1_$2_$3", "type": "GAUGE",
     "labels": {"$4": "$5", "$6": "$7"}},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+), (.+)=(.+)><>Value", "name": "kafka_$1_$2_$3", "type": "GAUGE", "labels": {"$4": "$5"}},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)><>Value", "name": "kafka_$1_$2_$3", "type": "GAUGE"},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+), (.+)=(.+)><>(\d+)thPercentile", "name": "kafka_$1_$2_$3", "type": "GAUGE",
     "labels": {"$4": "$5", "quantile": "0.$6"}},
    {"pattern": r"kafka\.(\w+)<type=(.+), name=(.+)><>(\d+)thPercentile", "name": "kafka_$1_$2_$3", "type": "GAUGE", "labels": {"quantile": "0.$4"}},
]  # fmt: skip


def is_on(whole: Settings) -> bool:
    return bool(whole["metrics"].get("enabled"))


def metrics_config(whole: Settings) -> dict[str, Any] | None:
    """``metricsConfig`` of the brokers; None when there shall be none."""
    if not is_on(whole):
        return None
    return {"type": "jmxPrometheusExporter", "valueFrom": {"configMapKeyRef": _reference(whole)}}


def _reference(whole: Settings) -> dict[str, str]:
    given: Entry = whole["metrics"].get("config_map") or {}
    return {"name": str(given.get("name") or f"{whole['cluster']}-metrics"), "key": str(given.get("key") or _KEY)}


def resources(whole: Settings) -> list[dict[str, Any]]:
    """The ConfigMap unless there is one of the user's, and the PodMonitor when it is wished."""
    found = []
    metrics: Entry = whole["metrics"]
    if is_on(whole) and not metrics.get("config_map"):
        config = {"lowercaseOutputName": True, "rules": metrics.get("rules") or _RULES}
        reference = _reference(whole)
        found.append({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": _meta(reference["name"], whole["labels"]),
            "data": {reference["key"]: json.dumps(config, indent=2) + "\n"},
        })  # fmt: skip
    if is_on(whole) and metrics.get("pod_monitor"):
        found.append(_pod_monitor(whole, metrics))
    return found


def _pod_monitor(whole: Settings, metrics: Entry) -> dict[str, Any]:
    labels = {f"__meta_kubernetes_pod_label_strimzi_io_{short}": short for short in ("cluster", "name", "pool_name")}
    relabelings: list[dict[str, Any]] = [{"sourceLabels": [source], "targetLabel": f"strimzi_io_{target}"} for source, target in labels.items()]
    relabelings.append({"sourceLabels": ["__meta_kubernetes_pod_name"], "targetLabel": "kubernetes_pod_name"})
    endpoint = {"path": "/metrics", "port": _PORT, "interval": metrics.get("interval"), "relabelings": relabelings}
    return {
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor",
        "metadata": _meta(f"{whole['cluster']}-kafka", {**whole["labels"], **(metrics.get("pod_monitor_labels") or {})}),
        "spec": {
            "selector": {"matchLabels": {"strimzi.io/cluster": whole["cluster"], "strimzi.io/kind": "Kafka"}},
            "podMetricsEndpoints": [{key: value for key, value in endpoint.items() if value is not None}],
        },
    }  # fmt: skip


def _meta(name: str, labels: Entry) -> dict[str, Any]:
    return {"name": name, **({"labels": dict(labels)} if labels else {})}


def problems(whole: Settings) -> list[str]:
    found = unknown("metrics", whole["metrics"], KNOWN)
    if not found and whole["metrics"].get("config_map"):
        found += unknown("metrics.config_map", whole["metrics"]["config_map"], _CONFIG_MAP)
        found += ["metrics: rules are not written when config_map names a ConfigMap of yours"] if whole["metrics"].get("rules") else []
    return found
