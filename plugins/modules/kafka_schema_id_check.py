#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_schema_id_check
short_description: Check that the schema ids inside copied records mean the same at the destination
version_added: 0.1.0
description:
  - A copy of bytes keeps the schema id that a serialiser has put before keys and values. Consumers at the destination ask their registry for
    that id. So that registry must have the same schema under the same id, as when it is the same registry or ids were migrated.
  - Looks at the first and the last records of each partition. It reads only.
options:
  cluster:
    description: How to reach the cluster whose records are looked at.
  topics:
    description: The topics.
    type: list
    elements: str
    required: true
  source_registry:
    description:
      - The registry that the ids are of. The options are those of M(streamops.kafka.schema_registry_info).
      - Without it, only whether the destination's registry has them is looked at, and bytes that happen to look like an id are taken for one.
    type: dict
    suboptions: &registry
      url:
        description: Address of its API.
        type: str
        required: true
      url_username:
        description: User for HTTP basic authentication.
        type: str
      url_password:
        description: Password of C(url_username).
        type: str
      validate_certs:
        description: Whether the server's certificate is verified.
        type: bool
        default: true
      client_cert:
        description: File of the client's certificate.
        type: path
      client_key:
        description: File of its private key.
        type: path
      ca_path:
        description: File or directory of CA certificates.
        type: path
      timeout:
        description: Seconds that one request may take, repetitions included.
        type: float
        default: 60
  destination_registry:
    description: The registry that consumers will ask.
    type: dict
    required: true
    suboptions: *registry
  records:
    description: How many records are looked at, at the start and at the end of each partition.
    type: int
    default: 50
  read_timeout:
    description: Seconds until the reading is given up. What was not read by then is V(not_checked).
    type: float
    default: 300
  fail_on_difference:
    description: Whether the task fails when a topic is C(failed) or C(not_checked).
    type: bool
    default: true
extends_documentation_fragment:
  - streamops.kafka.clusters.cluster
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
requirements:
  - confluent-kafka >= 2.6
notes:
  - Tried on Apicurio Registry through Confluent's API. Not run against Confluent's own registry.
  - Ids in headers, as newer serialisers can write them, are not looked at.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that consumers will find the schemas of what was copied
  streamops.kafka.kafka_schema_id_check:
    cluster: "{{ new_cluster }}"
    topics: [orders, payments]
    source_registry:
      url: https://old-registry.example.com:8081
    destination_registry:
      url: https://new-registry.example.com
      url_username: "{{ registry_key }}"
      url_password: "{{ registry_secret }}"

- name: Look, and go on whatever comes out (the same in check mode, as nothing is ever changed)
  streamops.kafka.kafka_schema_id_check:
    cluster: "{{ new_cluster }}"
    topics: [orders]
    destination_registry:
      url: https://new-registry.example.com
    fail_on_difference: false
  check_mode: true
"""

RETURN = r"""
topics:
  description: Each topic by its name.
  returned: when the clusters could be reached
  type: dict
  contains:
    state:
      description: V(verified), V(failed) or V(not_checked). A topic whose records name no schema is V(verified), with no C(ids).
      type: str
      sample: verified
    ids:
      description: The ids that were found.
      type: list
      elements: int
      sample: [3, 7]
    records:
      description: How many records were looked at.
      type: int
      sample: 600
    reason:
      description: Why it is not verified.
      type: str
      sample: ""
  sample: {}
failures:
  description: What is not verified.
  returned: when the clusters could be reached
  type: list
  elements: str
  sample: ["orders: the destination's registry has no schema 7"]
"""

import time
from collections.abc import Iterable
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import CONNECTION_SPEC, connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import hide_secrets
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import TopicPartitionKey
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets_client import read_logs
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.range_reader import RangeReader, Span
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.topics_client import read_shapes
from ansible_collections.streamops.kafka.plugins.module_utils.migration.schema_ids import TopicIds, failures, verdicts
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.registry.api import Registry
from ansible_collections.streamops.kafka.plugins.module_utils.rest import REST_SPEC

CHECK_SPEC: dict[str, dict[str, Any]] = {
    "cluster": {"type": "dict", "required": True, "options": CONNECTION_SPEC},
    "topics": {"type": "list", "elements": "str", "required": True},
    "source_registry": {"type": "dict", "options": REST_SPEC},
    "destination_registry": {"type": "dict", "required": True, "options": REST_SPEC},
    "records": {"type": "int", "default": 50},
    "read_timeout": {"type": "float", "default": 300},
    "fail_on_difference": {"type": "bool", "default": True},
}


def read_ids(client: KafkaClient, names: Iterable[str], records: int, deadline: float) -> dict[str, TopicIds]:
    """The ids in the first and the last records of each partition."""
    found = {name: TopicIds() for name in names}
    shapes = read_shapes(client, found)
    for name in found:
        if name not in shapes:
            found[name].unread.append("the cluster has no such topic, or its user may not see it")
    logs = read_logs(client, [(name, number) for name, (partitions, _replicas) in shapes.items() for number in range(partitions)])
    first = {key: Span(log.start, min(log.end, log.start + records)) for key, log in logs.items()}
    last = {key: Span(max(first[key].end, log.end - records), log.end) for key, log in logs.items()}
    for spans in (first, last):
        reader = RangeReader(client, spans, deadline)
        for key, message in reader:
            found[key[0]].add(message.key(), message.value())
        for key in unread_in_order(reader):
            found[key[0]].unread.append(f"partition {key[1]}: {reader.unread[key]}")
    return found


def unread_in_order(reader: RangeReader) -> list[TopicPartitionKey]:
    return sorted(reader.unread)


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    params = module.params
    hide_secrets(module, params["cluster"])
    with operation_errors(module):
        with KafkaClient(connection_from(params["cluster"])) as client:
            seen = read_ids(client, dict.fromkeys(params["topics"]), max(1, params["records"]), time.monotonic() + params["read_timeout"])
        source = Registry.from_params(params["source_registry"]).schema if params["source_registry"] else None
        topics = verdicts(seen, source, Registry.from_params(params["destination_registry"]).schema)
        wrong = failures(topics)
        if wrong and params["fail_on_difference"]:
            module.fail_json(msg=f"Failed to verify the schemas that records name: {'; '.join(wrong)}.", topics=topics, failures=wrong)
        module.exit_json(changed=False, topics=topics, failures=wrong)


if __name__ == "__main__":
    main()
