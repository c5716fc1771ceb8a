# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say how to get at a server, also one inside Kubernetes."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  transport:
    description:
      - How to reach the server. V(direct) connects from the host that runs the module.
      - V(kubernetes_port_forward) does the same through a port-forward to a pod, opened and closed by the module. It needs nothing in the pod.
      - V(kubernetes_exec) runs the server's own client program inside a pod (C(mariadb), C(psql), C(redis-cli), C(clickhouse-client), C(cockroach sql),
        C(mc)). No driver is needed here.
    type: str
    choices: [direct, kubernetes_exec, kubernetes_port_forward]
    default: direct
  kubernetes:
    description:
      - Which pod, and how to reach its cluster. One of O(kubernetes.selector) and O(kubernetes.pod) is needed with the two Kubernetes transports.
      - A pod must be Ready, and an operator's or manager's pod is refused. Where several pods would do, their databases are asked which of them takes writes.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the pod. By default that of the kubeconfig's context, or of the pod that the module runs in.
        type: str
      selector:
        description: Label selector, as for C(kubectl get pods -l).
        type: str
      pod:
        description: Name of the pod.
        type: str
      container:
        description: Name of the container. By default the one whose name, image or command looks like O(engine).
        type: str
      kubeconfig:
        description: File that says how to reach the cluster. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
  credentials_secret:
    description:
      - Take what O(username) and O(password) do not say from a Secret of Kubernetes. It works with every transport.
      - "What neither says is taken from the environment of the module, C(ENGINE_USER) and C(ENGINE_PASSWORD) - for example E(MARIADB_USER) and
        E(MARIADB_PASSWORD)."
      - RV(credentials) says from where each of them was taken.
    type: dict
    suboptions:
      name:
        description: Name of the Secret.
        type: str
        required: true
      namespace:
        description: Namespace of the Secret. By default as O(kubernetes.namespace).
        type: str
      username_key:
        description: Key of the user's name. By default C(username).
        type: str
      password_key:
        description: Key of the password. By default C(password).
        type: str
requirements:
  - "kubernetes >= 24.2 for the two Kubernetes transports and for O(credentials_secret)"
"""
