# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Strimzi's resources in a namespace are, and an end to them, by Kubernetes' own client: past the collection."""

from __future__ import annotations

import json
import sys
import time

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

GROUP = "kafka.strimzi.io"
PLURALS = ("kafkatopics", "kafkausers", "kafkas", "kafkanodepools")  # who takes the finalizers of topics away goes with the Kafka
SECONDS = 120


def main(act: str, namespace: str) -> None:
    config.load_kube_config()
    api = client.CustomObjectsApi()
    version = client.ApisApi().get_api_versions()
    served = next(group.preferred_version.version for group in version.groups if group.name == GROUP)

    def names(plural: str) -> list[str]:
        found = api.list_namespaced_custom_object(GROUP, served, namespace, plural)["items"]
        return sorted(each["spec"].get("topicName") or each["metadata"]["name"] for each in found)

    if act == "contents":
        print(json.dumps({plural: names(plural) for plural in PLURALS}, sort_keys=True))
        return
    for plural in PLURALS:
        api.delete_collection_namespaced_custom_object(GROUP, served, namespace, plural)
        wait_until_gone(lambda plural=plural: bool(names(plural)))
    try:
        client.CoreV1Api().delete_namespace(namespace)
    except ApiException as error:
        if error.status != 404:
            raise
    wait_until_gone(lambda: any(each.metadata.name == namespace for each in client.CoreV1Api().list_namespace().items))


def wait_until_gone(is_there) -> None:
    deadline = time.monotonic() + SECONDS
    while is_there():
        if time.monotonic() > deadline:
            sys.exit(f"not gone after {SECONDS} s")
        time.sleep(0.2)


main(*sys.argv[1:])
