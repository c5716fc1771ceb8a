#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_admin_pod
short_description: Run Kafka's own tools in a pod of their own beside a Strimzi cluster
version_added: 0.1.0
description:
  - Makes a pod with the image of the cluster's own brokers, runs Kafka's tools in it one after the other, and removes it whatever happens. No broker
    is burdened with the memory of another JVM, as it is by C(kubectl exec) into its pod.
  - The tools log in as O(user). The login is read from Secrets and reaches them through a pipe. It is in no argument, no environment, no
    file and no field of the pod. Certificates too are handed over so, which takes Kafka 2.7 or newer.
  - The pod keeps the Pod Security Standard C(restricted), has no token for Kubernetes, and writes to C(/tmp) only.
  - It ends by itself soon after O(timeout), also when this module is killed, and belongs to the Kafka resource. The next run removes what is left of it.
options:
  cluster:
    description: Name of the Kafka resource.
    type: str
    required: true
  listener:
    description: Name of the listener that the tools connect to. Not needed when the cluster has only one.
    type: str
  user:
    description: Name of the KafkaUser that the tools log in as, where the listener wants a login.
    type: str
  bootstrap_servers:
    description: Address to use instead of the one in the status, as seen from the pod.
    type: str
  commands:
    description: What to run, in this order. When one fails the rest is not attempted.
    type: list
    elements: dict
    required: true
    suboptions:
      tool:
        description: The tool's name, such as V(kafka-topics). It is found where the usual images have it.
        type: str
        required: true
      arguments:
        description: Its arguments. Those for address and login are added. They can be seen by who may list processes, so no secret belongs there.
        type: list
        elements: str
        default: []
      input:
        description: What the tool reads from C(/dev/stdin).
        type: str
      changes:
        description: Whether the command changes anything. Commands that do make the task changed, and are not run in check mode.
        type: bool
        default: true
      exit_codes:
        description: Exit codes that mean success.
        type: list
        elements: int
        default: [0]
      connects:
        description: Whether address and login are added. By default they are, but for C(kafka-storage), C(kafka-dump-log) and C(kafka-run-class).
        type: bool
      config_option:
        description: The tool's option for a file with the login. By default C(--command-config), or what is known of the tool.
        type: str
  image:
    description: Image of the pod. By default that of the cluster's brokers, taken from one of their pods.
    type: str
  pod:
    description: Fields to lay over the pod's C(spec), for example C(tolerations), C(nodeSelector), C(imagePullSecrets), C(serviceAccountName).
    type: dict
    default: {}
  container:
    description: Fields to lay over its container, for example C(resources).
    type: dict
    default: {}
  heap:
    description: Heap of each tool, as for C(-Xmx).
    type: str
    default: 256m
  timeout:
    description: Seconds for all commands together.
    type: float
    default: 300
  start_timeout:
    description: Seconds until the pod has to run. Pulling an image takes its time.
    type: float
    default: 180
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: The API server tries the pod (a dry run). Commands with C(changes=false) are not run either, as that would take the pod.
  diff_mode:
    support: none
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real cluster with Strimzi's real resource definitions, real pods and Kafka's tools.
  - The Kubernetes user needs C(get) on C(kafkas) and on the Secrets of the CA and the user, C(get), C(list), C(create) and C(delete) on C(pods), and
    C(create) and C(get) on C(pods/exec).
  - "To recover from a killed run: nothing has to be done. Its pod ends by itself, and C(kubectl get pods -l streamops.kafka/purpose=admin-pod) shows it."
seealso:
  - module: streamops.kafka.kafka_info
  - module: streamops.kafka.kafka_pod_reset
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Describe a topic, the dynamic configuration of the brokers, and the size of the partitions
  streamops.kafka.strimzi_admin_pod:
    namespace: kafka
    cluster: experiment
    listener: scram
    user: admin
    commands:
      - {tool: kafka-topics, arguments: [--describe, --topic, experiment-metrics], changes: false}
      - {tool: kafka-configs, arguments: [--describe, --entity-type, brokers], changes: false}
      - {tool: kafka-log-dirs, arguments: [--describe, --topic-list, experiment-metrics], changes: false}
  register: described

- name: Show what the tools printed
  ansible.builtin.debug:
    msg: "{{ described.commands | map(attribute='stdout') | list }}"

- name: Write two records
  streamops.kafka.strimzi_admin_pod:
    namespace: kafka
    cluster: experiment
    listener: scram
    user: admin
    commands:
      - tool: kafka-console-producer
        arguments: [--topic, experiment-metrics]
        input: |
          first
          second
    pod:
      tolerations:
        - {key: dedicated, operator: Equal, value: kafka, effect: NoSchedule}

- name: Ask whether the pod would be allowed, and run nothing
  streamops.kafka.strimzi_admin_pod:
    namespace: kafka
    cluster: experiment
    listener: scram
    user: admin
    commands:
      - {tool: kafka-topics, arguments: [--list], changes: false}
  check_mode: true
"""

RETURN = r"""
commands:
  description: Each command, in the order of O(commands).
  returned: success, and when a command failed
  type: list
  elements: dict
  contains:
    tool:
      description: The tool.
      type: str
    arguments:
      description: Its arguments as they were given.
      type: list
      elements: str
    state:
      description: V(ok), V(failed) or V(not_attempted).
      type: str
    code:
      description: Exit code.
      type: int
      returned: when it was run
    stdout:
      description: What it printed.
      type: str
      returned: when it was run
    stderr:
      description: What it printed to the other channel.
      type: str
      returned: when it was run
  sample:
    - {tool: kafka-topics, arguments: [--list], state: ok, code: 0, stdout: "experiment-metrics\n", stderr: ""}
image:
  description: Image of the pod.
  returned: success
  type: str
  sample: quay.io/strimzi/kafka:0.49.1-kafka-4.1.1
pod:
  description: Name of the pod, which is gone. V(null) in check mode.
  returned: success
  type: str
  sample: experiment-admin-5c1f9a20
removed:
  description: Pods of killed runs that were removed. In check mode those that would be.
  returned: success
  type: list
  elements: str
  sample: []
"""

from collections.abc import Sequence
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.launcher import PodTools
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.login import ToolLogin
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import Choice
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors, stop_orderly
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.admin_commands import Command, command_problems, commands_from, login_of
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.admin_pod import AdminPods, broker_of, image_of, manifest
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client import StrimziClient, open_strimzi
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_sources import tool_access
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC

COMMAND_SPEC: dict[str, dict[str, Any]] = {
    "tool": {"type": "str", "required": True},
    "arguments": {"type": "list", "elements": "str", "default": []},
    "input": {"type": "str"},
    "changes": {"type": "bool", "default": True},
    "exit_codes": {"type": "list", "elements": "int", "default": [0]},
    "connects": {"type": "bool"},
    "config_option": {"type": "str"},
}
POD_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "listener": {"type": "str"},
    "user": {"type": "str"},
    "bootstrap_servers": {"type": "str"},
    "commands": {"type": "list", "elements": "dict", "required": True, "options": COMMAND_SPEC},
    "image": {"type": "str"},
    "pod": {"type": "dict", "default": {}},
    "container": {"type": "dict", "default": {}},
    "heap": {"type": "str", "default": "256m"},
    "timeout": {"type": "float", "default": 300},
    "start_timeout": {"type": "float", "default": 180},
}


def run_all(client: StrimziClient, choice: Choice, login: ToolLogin, commands: Sequence[Command], params: dict[str, Any]) -> list[dict[str, Any]]:
    """Each command until one fails.

    :raises OperationError: with what was run until then, when a tool cannot be run at all.
    """
    tools = PodTools(client.cluster, choice, login, params["timeout"], params["heap"])
    results = [not_attempted(command) for command in commands]
    for number, command in enumerate(commands):
        try:
            answer = tools.run(f"run {command.tool}", command.tool, command.words(login.servers), command.input)
        except OperationError as error:
            results[number]["state"] = "failed"
            error.partial["commands"] = results
            raise
        state = "ok" if answer.code in command.codes else "failed"
        said = {"stdout": login.masked(answer.output), "stderr": login.masked(answer.errors)}
        results[number] = {**results[number], "state": state, "code": answer.code, **said}
        if state == "failed":
            break
    return results


def not_attempted(command: Command) -> dict[str, Any]:
    return {"tool": command.tool, "arguments": list(command.arguments), "state": "not_attempted"}


def failure(results: Sequence[dict[str, Any]], place: str, changed: bool) -> OperationError | None:
    """The error for a command that failed."""
    for each in results:
        if each["state"] == "failed":
            lines = [line for line in (each["stderr"] + each["stdout"]).splitlines() if line.strip()]
            answered = f"it ended with {each['code']}: {' '.join(lines[-3:])[:500]}"
            return OperationError(f"run {each['tool']}", place, answered, "All of its output is in commands.", {"commands": list(results), "changed": changed})
    return None


def main() -> None:
    module = EnumModule(argument_spec=POD_SPEC, supports_check_mode=True)
    with operation_errors(module):
        stop_orderly()
        params = module.params
        commands = commands_from(params["commands"])
        problems = command_problems(commands)
        if problems:
            raise InputError(problems)
        client = open_strimzi(params)
        kafka, access = tool_access(client, params)
        login = login_of(access)
        module.no_log_values.update(each for each in (access.login.password, access.login.key.decode()) if each)
        pods = AdminPods(client.cluster, client.namespace)
        broker = broker_of(pods.pods(), params["cluster"])
        image = params["image"] or (image_of(broker) if broker is not None else "")
        if not image:
            raise OperationError("find Kafka's image", f"{client.namespace}/{params['cluster']}", "the cluster has no pods of brokers", "Set image.")
        pod = manifest(kafka, image, params["timeout"], broker, params["pod"], params["container"])
        pods.try_out(pod)
        leftovers = pods.leftovers()
        removed = [str(each["metadata"]["name"]) for each in leftovers]
        would_change = bool(removed) or any(command.changes for command in commands)
        if module.check_mode:
            module.exit_json(changed=would_change, commands=[not_attempted(each) for each in commands], image=image, pod=None, removed=removed)
        for each in leftovers:
            pods.remove(each)
        with pods.running(pod, params["start_timeout"]) as choice:
            results = run_all(client, choice, login, commands, params)
        changed = bool(removed) or any(command.changes for command, each in zip(commands, results) if each["state"] != "not_attempted")
        error = failure(results, f"pod {choice.pod.path}", changed)
        if error is not None:
            raise error
        module.exit_json(changed=changed, commands=results, image=image, pod=choice.pod.name, removed=removed)


if __name__ == "__main__":
    main()
