#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_smoke_record
short_description: Produce a record and consume it again
version_added: 0.1.0
description:
  - Writes one record with a unique value to a topic and reads it back, with the login that an application will use.
  - B(The record stays.) Use a topic that is there for that, or one whose consumers ignore what they do not know.
options:
  topic:
    description: The topic.
    type: str
    required: true
  group:
    description: The group that consumes it. It joins nothing and commits nothing, but its user must be allowed to ask for the group's offsets.
    type: str
    default: streamops.kafka-smoke
  key:
    description: Key of the record.
    type: str
    default: streamops.kafka-smoke
  wait_timeout:
    description: Seconds until it must have been read back.
    type: float
    default: 60
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is written, so nothing is read.
  diff_mode:
    support: none
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: See that the application's login can produce and consume
  streamops.kafka.kafka_smoke_record:
    bootstrap_servers: new-1.example.com:9092
    security_protocol: sasl_ssl
    sasl_mechanism: plain
    sasl_username: "{{ billing_api_key }}"
    sasl_password: "{{ billing_api_secret }}"
    topic: smoke
    group: billing

- name: Say whether one would be written
  streamops.kafka.kafka_smoke_record:
    bootstrap_servers: new-1.example.com:9092
    topic: smoke
  check_mode: true
"""

RETURN = r"""
partition:
  description: Where it was written.
  returned: success, not in check mode
  type: int
  sample: 0
offset:
  description: Its offset.
  returned: success, not in check mode
  type: int
  sample: 42
seconds:
  description: From producing to having it back.
  returned: success, not in check mode
  type: float
  sample: 0.2
"""

import time
import uuid
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.smoke import consume_again, produce
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

SMOKE_SPEC: dict[str, dict[str, Any]] = {
    "topic": {"type": "str", "required": True},
    "group": {"type": "str", "default": "streamops.kafka-smoke"},
    "key": {"type": "str", "default": "streamops.kafka-smoke", "no_log": False},
    "wait_timeout": {"type": "float", "default": 60},
}


def main() -> None:
    module = kafka_module(SMOKE_SPEC)
    params = module.params
    with operation_errors(module):
        if module.check_mode:
            module.exit_json(changed=True)
        started = time.monotonic()
        value = uuid.uuid4().hex
        with KafkaClient(connection_from(params)) as client:
            partition, offset = produce(client, params["topic"], params["key"], value, params["wait_timeout"])
            consume_again(client, params["group"], (params["topic"], partition), offset, value, started + params["wait_timeout"])
        module.exit_json(changed=True, partition=partition, offset=offset, seconds=round(time.monotonic() - started, 2))


if __name__ == "__main__":
    main()
