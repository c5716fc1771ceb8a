#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_access_check
short_description: Check that Kubernetes allows what a reset will need
version_added: 0.1.0
description:
  - Asks Kubernetes whether the user or service account that runs this may do it (SelfSubjectAccessReview), before it is needed. It changes nothing.
  - For the transports of M(streamops.kafka.db_reset) these are C(list) on C(pods), and both C(create) and C(get) on C(pods/exec) or C(pods/portforward),
    because older clients open the connection with POST and newer ones with GET, and a role that has just one of them works until one side is updated.
  - Fails when a right is missing, with all of them at once.
options:
  transport:
    description: What will be used.
    type: list
    elements: str
    choices: [kubernetes_exec, kubernetes_port_forward]
    default: []
  kubernetes:
    description: Where.
    type: dict
    default: {}
    suboptions:
      namespace:
        description: Namespace of the pods. By default that of the kubeconfig's context, or of the pod that the module runs in.
        type: str
      pod:
        description: Name of the pod, when it is known. Then the rights on this pod are asked for, and pods need not be listed.
        type: str
      kubeconfig:
        description: File that says how to reach the cluster. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  credentials_secret:
    description: A Secret that will be read.
    type: dict
    suboptions:
      name:
        description: Name of the Secret.
        type: str
        required: true
      namespace:
        description: Namespace of the Secret. By default as O(kubernetes.namespace).
        type: str
  rights:
    description: Further rights.
    type: list
    elements: dict
    default: []
    suboptions:
      verb:
        description: Such as V(get).
        type: str
        required: true
      resource:
        description: Such as V(configmaps) or V(pods/log), of the core group.
        type: str
        required: true
      name:
        description: Name of one object. All of them when not given.
        type: str
      namespace:
        description: Its namespace. By default as O(kubernetes.namespace).
        type: str
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
requirements:
  - kubernetes >= 24.2
notes:
  - Where Kubernetes does not even let the user ask, RV(state) is V(not_checked) and the module does not fail.
seealso:
  - module: streamops.kafka.db_reset
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that this job may run commands in the pods of the databases
  streamops.kafka.kubernetes_access_check:
    kubernetes:
      namespace: databases
    transport: kubernetes_exec
    credentials_secret:
      name: experiment-credentials

- name: Check that it may read a ConfigMap
  streamops.kafka.kubernetes_access_check:
    kubernetes:
      namespace: lab
    rights:
      - {verb: get, resource: configmaps, name: experiment}
"""

RETURN = r"""
user:
  description: Who asked, as Kubernetes knows them. Empty where it does not tell.
  returned: when Kubernetes answered
  type: str
  sample: system:serviceaccount:gitlab-runner:experiment-reset
state:
  description: V(verified), V(failed) or V(not_checked).
  returned: when Kubernetes answered
  type: str
  sample: verified
rights:
  description: Every right that was asked for.
  returned: when Kubernetes answered
  type: list
  elements: dict
  contains:
    verb:
      description: The verb.
      type: str
      sample: create
    resource:
      description: The resource.
      type: str
      sample: pods/exec
    name:
      description: The object, V(null) when all of them are meant.
      type: str
      sample: null
    namespace:
      description: The namespace.
      type: str
      sample: databases
    state:
      description: V(verified), V(failed) or V(not_checked).
      type: str
      sample: verified
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.access import Right, missing_rights, rights_for
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster, NotPermitted
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

CHECK_SPEC: dict[str, dict[str, Any]] = {
    "transport": {"type": "list", "elements": "str", "choices": ["kubernetes_exec", "kubernetes_port_forward"], "default": []},
    "kubernetes": {
        "type": "dict",
        "default": {},
        "options": {"namespace": {"type": "str"}, "pod": {"type": "str"}, "kubeconfig": {"type": "path"}, "context": {"type": "str"}},
    },
    "credentials_secret": {
        "type": "dict",
        "no_log": False,
        "options": {"name": {"type": "str", "required": True}, "namespace": {"type": "str"}},
    },
    "rights": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "verb": {"type": "str", "required": True},
            "resource": {"type": "str", "required": True},
            "name": {"type": "str"},
            "namespace": {"type": "str"},
        },
    },
}


def wanted_rights(params: dict[str, Any], default_namespace: str) -> list[Right]:
    """Everything that is needed, each right once."""
    where = params["kubernetes"] or {}
    namespace = where.get("namespace") or default_namespace
    secret = params["credentials_secret"]
    secret_place = (secret["namespace"] or namespace, secret["name"]) if secret else None
    rights = rights_for("", namespace, secret_place)
    for transport in params["transport"]:
        rights += rights_for(transport, namespace, None, where.get("pod"))
    rights += [Right(each["namespace"] or namespace, each["verb"].lower(), each["resource"], each["name"]) for each in params["rights"]]
    return list(dict.fromkeys(rights))


def as_result(user: str, rights: list[Right], missing: list[Right] | None) -> dict[str, Any]:
    """The three states of each right: what Kubernetes did not let us ask is not checked."""

    def state(right: Right) -> str:
        return "not_checked" if missing is None else "failed" if right in missing else "verified"

    return {
        "user": user,
        "state": "not_checked" if missing is None else "failed" if missing else "verified",
        "rights": [
            {"verb": right.verb, "resource": right.resource, "name": right.name, "namespace": right.namespace, "state": state(right)} for right in rights
        ],
    }


def check(params: dict[str, Any]) -> dict[str, Any]:
    """Ask for every right.

    :raises NotPermitted: names each that is missing.
    """
    if not (params["transport"] or params["credentials_secret"] or params["rights"]):
        raise InputError(["none of transport, credentials_secret and rights is given: there is nothing to ask for"])
    where = params["kubernetes"] or {}
    cluster = Cluster(where.get("kubeconfig"), where.get("context"))
    rights = wanted_rights(params, cluster.namespace)
    missing = missing_rights(cluster, rights)
    user = cluster.user()
    result = as_result(user, rights, missing)
    if missing:
        advice = "Give it all of them; pods/exec and pods/portforward need both create and get. docs/ci/rbac.yml has the fewest rights of all."
        on = f"Kubernetes {cluster.address}{f' as {user}' if user else ''}"
        raise NotPermitted("find every right", on, f"not allowed: {', '.join(map(str, missing))}", advice, result)
    return result


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    with operation_errors(module):
        result = check(module.params)
        if result["state"] == "not_checked":
            module.warn("Kubernetes does not let this user ask what it may do: no right was checked.")
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
