# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of Strimzi's release: read from their files, and brought into the namespace that they shall run in.

The release's files name one namespace throughout (`myproject`), in their metadata and in the subjects of their bindings.
Definitions are so large that they never pass through Ansible's own variables: modules read the files where they run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InputError, OperationError
from ..module import LibraryMissing
from .operator import version_of

_WITHOUT_NAMESPACE = ("Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "PriorityClass")
_ENDINGS = (".yaml", ".yml", ".json")
_WATCHED = "STRIMZI_NAMESPACE"


def read_manifests(paths: Iterable[str]) -> list[Mapping[str, Any]]:
    """The manifests in these files, and in all YAML files below these directories.

    :raises InputError: with each file that cannot be read.
    """
    try:
        import yaml
    except ImportError as error:
        raise LibraryMissing("PyYAML", reason="to read manifests") from error
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the pure one takes seconds for Strimzi's definitions
    found: list[Mapping[str, Any]] = []
    problems = []
    for path in _files(paths):
        try:
            with open(path, encoding="utf-8") as stream:
                found += flat(yaml.load_all(stream, Loader=loader))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.append(f"the manifests {path} cannot be read: {' '.join(str(error).split())}")
    if problems:
        raise InputError(problems)
    return found


def _files(paths: Iterable[str]) -> list[str]:
    found = []
    for path in paths:
        if os.path.isdir(path):
            found += [os.path.join(folder, name) for folder, dummy, names in sorted(os.walk(path)) for name in sorted(names) if name.endswith(_ENDINGS)]
        else:
            found.append(path)
    return found


def flat(documents: Iterable[Any]) -> list[Mapping[str, Any]]:
    """The manifests in one or more documents: what is empty is left out, what is in a List counts by itself."""
    found: list[Mapping[str, Any]] = []
    for document in documents:
        if isinstance(document, Mapping):
            found += flat(document["items"]) if document.get("kind") == "List" else [document]
        elif isinstance(document, list):
            found += flat(document)
        elif document is not None:
            raise OperationError("read a manifest", "", f"{str(document)[:40]!r} is none")
    return found


def summary(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the manifests bring: their kinds, the API versions of each of Strimzi's kinds by its plural name, and the operator's release."""
    served: dict[str, list[str]] = {}
    version, kinds = "", set()
    for each in documents:
        kinds.add(str(each.get("kind")))
        spec: Mapping[str, Any] = each.get("spec") or {}
        if each.get("kind") == "CustomResourceDefinition" and spec.get("group") == "kafka.strimzi.io":
            served[str(spec["names"]["plural"])] = [str(one["name"]) for one in spec["versions"] if one.get("served")]
        if each.get("kind") == "Deployment":
            images = [str(one.get("image")) for one in spec["template"]["spec"]["containers"]]
            version = next((version_of(image) for image in images if version_of(image)), version)
    return {"kinds": sorted(kinds), "served_versions": served, "version": version}


def moved(documents: Iterable[Mapping[str, Any]], namespace: str, watched: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The manifests for this namespace.

    :param watched: the namespaces that the operator looks at, when it is not only its own. In each, the bindings of the release are made too.
    """
    others = [each for each in watched if each != namespace]
    found: list[dict[str, Any]] = []
    for document in documents:
        found.append(_moved(document, namespace, others))
        if document.get("kind") == "RoleBinding" and "-cluster-operator" in document["metadata"]["name"]:
            found += [{**_moved(document, namespace, ()), "metadata": {**document["metadata"], "namespace": other}} for other in others]
    return found


def _moved(document: Mapping[str, Any], namespace: str, others: Iterable[str]) -> dict[str, Any]:
    result = dict(document)
    if document.get("kind") not in _WITHOUT_NAMESPACE:
        result["metadata"] = {**(document.get("metadata") or {}), "namespace": namespace}
    if document.get("subjects"):
        result["subjects"] = [{**each, "namespace": namespace} if each.get("kind") == "ServiceAccount" else each for each in document["subjects"]]
    if document.get("kind") == "Deployment" and others:
        result["spec"] = _watching(document["spec"], ",".join([namespace, *others]))
    return result


def _watching(spec: Mapping[str, Any], namespaces: str) -> dict[str, Any]:
    pod = spec["template"]["spec"]
    containers = [
        {**each, "env": [{"name": _WATCHED, "value": namespaces} if entry["name"] == _WATCHED else entry for entry in each.get("env") or []]}
        for each in pod["containers"]
    ]
    return {**spec, "template": {**spec["template"], "spec": {**pod, "containers": containers}}}
