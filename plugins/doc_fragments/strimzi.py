# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of modules that write or read Strimzi's resources."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of the resources. By default that of the kubeconfig's context, or of the pod that the module runs in.
    type: str
  kubeconfig:
    description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
    type: path
  context:
    description: Context of the kubeconfig. By default its current one.
    type: str
  api_version:
    description:
      - Version of Strimzi's API. By default the best one that the cluster serves, C(v1) (from Strimzi 0.49 on) before C(v1beta2) (until before 1.0).
    type: str
requirements:
  - kubernetes >= 31
"""

    WRITING = r"""
options:
  cluster:
    description: Name of the Kafka resource that the resources belong to (their label C(strimzi.io/cluster)).
    type: str
    required: true
  state:
    description: Whether they should exist.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Wait until the operator has done what the resources say, or they are gone. What it does not get done makes the task fail with the operator's words.
      - With V(false), RV(ignore:ready) is always V(not_checked).
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for each batch.
    type: float
    default: 300
  batch_size:
    description:
      - How many changes are sent to the operator before they are waited for. Its queue holds 1024 (C(STRIMZI_MAX_QUEUE_SIZE)), and it restarts when
        that overflows.
      - With O(wait=false) more changes than this are refused.
    type: int
    default: 500
  force_conflicts:
    description:
      - Take over fields that somebody else (C(kubectl), Argo CD, ...) has set to another value. Otherwise the task fails and says who it is, because
        a tool that keeps its resources in shape would set them back.
    type: bool
    default: false
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions.
  - Resources are written by server-side apply as the field manager C(streamops.kafka). What is not named in a call stays as it is.
  - A resource whose reconciliation is paused (C(strimzi.io/pause-reconciliation)) is not changed, because nobody would act on it. The message says who
    paused it.
  - The Kubernetes user needs the verbs C(list), C(watch), C(create), C(patch) and C(delete) on these resources.
"""

    OWNED_TOPICS = r"""
options:
  strimzi:
    description:
      - That this Kafka is a cluster of Strimzi, whose topic operator undoes what is changed past its KafkaTopic resources. Changes of topics that have
        one are refused then; use M(streamops.kafka.strimzi_topic) for these. Topics without one are nobody's, and are changed as elsewhere.
      - The Kubernetes user needs the verb C(list) on C(kafkatopics), and, so that a cluster without a topic operator is known, on C(kafkas).
        The Python library C(kubernetes) is needed.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the Kafka resource. By default that of the kubeconfig's context.
        type: str
      cluster:
        description: Name of the Kafka resource.
        type: str
        required: true
      kubeconfig:
        description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
"""

    OWNED_USERS = r"""
options:
  strimzi:
    description:
      - That this Kafka is a cluster of Strimzi, whose user operator undoes what is changed past its KafkaUser resources, also of users that have none.
        Such changes are refused then; use M(streamops.kafka.strimzi_user).
      - So that a cluster without a user operator is known, the Kubernetes user needs the verb C(list) on C(kafkas).
        The Python library C(kubernetes) is needed.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the Kafka resource. By default that of the kubeconfig's context.
        type: str
      cluster:
        description: Name of the Kafka resource.
        type: str
        required: true
      kubeconfig:
        description: File that says how to reach Kubernetes. By default E(KUBECONFIG), then C(~/.kube/config), then the service account of the pod.
        type: path
      context:
        description: Context of the kubeconfig. By default its current one.
        type: str
      ignored_users_pattern:
        description:
          - Regular expression that matches the whole names of users which the operator leaves alone (its C(STRIMZI_IGNORED_USERS_PATTERN)).
          - What the Kafka resource says in C(spec.entityOperator.template.userOperatorContainer.env) is known without this.
        type: str
"""
