#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kafka_connection_check
short_description: Check that a Kafka cluster can be used with these connection settings
version_added: 0.1.0
description:
  - Asks every bootstrap address what kind of listener it is, logs in, and asks the addresses that the brokers advertise. It changes nothing.
  - Clients report most wrong settings as brokers that are down. This module tells apart a broker that is down, a SASL login pointed at a
    plain listener, plain settings at a SASL listener, TLS mixed up, a refused login, and advertised addresses that cannot be reached from here.
  - When the settings do not fit the listener, it looks for one that they do fit and names it.
options:
  known_listeners:
    description: Addresses of other listeners of the same cluster, each C(host:port). They are asked only when O(bootstrap_servers) do not fit.
    type: list
    elements: str
    default: []
  usual_ports:
    description:
      - Ports that are asked too, on the hosts of O(bootstrap_servers), when these do not fit. An empty list asks none.
      - Only the kind of listener is asked for. No credentials are sent.
    type: list
    elements: int
    default: [9092, 9093, 9094, 9095, 9096]
  probe_timeout:
    description: Seconds that an address may take to say what it is.
    type: float
    default: 3
extends_documentation_fragment:
  - streamops.kafka.kafka
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
seealso:
  - module: streamops.kafka.kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check the connection of the experiment before anything is touched
  streamops.kafka.kafka_connection_check:
    bootstrap_servers: broker-1.example.com:9094
    security_protocol: sasl_plaintext
    sasl_username: experiment
    sasl_password: "{{ kafka_password }}"

- name: Check it, and name the internal listener if that is the one that fits
  streamops.kafka.kafka_connection_check:
    bootstrap_servers: broker-1.example.com:9092
    known_listeners:
      - broker-1.example.com:29092
"""

RETURN = r"""
cluster_id:
  description: The cluster's own identifier. V(null) when nobody could log in.
  returned: always
  type: str
  sample: 5L6g3nShT-eMCtK--X86sw
brokers:
  description: The brokers, with the addresses that they advertise on this listener.
  returned: always
  type: list
  elements: dict
  sample: [{"id": 1, "address": "broker-1.example.com:9094", "rack": null}]
listeners:
  description: What each address is that was asked.
  returned: always
  type: dict
  sample: {"broker-1.example.com:9094": {"protocol": "sasl_plaintext", "mechanisms": ["SCRAM-SHA-512"]}}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection_check import check_connection, unreachable
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.listener import split_address
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.module import kafka_module
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

CHECK_SPEC: dict[str, dict[str, Any]] = {
    "known_listeners": {"type": "list", "elements": "str", "default": []},
    "usual_ports": {"type": "list", "elements": "int", "default": [9092, 9093, 9094, 9095, 9096]},
    "probe_timeout": {"type": "float", "default": 3},
}


def input_problems(params: dict[str, Any]) -> list[str]:
    """What is no address or no port."""
    problems = [f"{port} is no port" for port in params["usual_ports"] if not 0 < port < 65536]
    for address in params["known_listeners"]:
        try:
            split_address(address)
        except ValueError as error:
            problems.append(str(error))
    return problems


def main() -> None:
    module = kafka_module(CHECK_SPEC)
    with operation_errors(module):
        problems = input_problems(module.params)
        if problems:
            raise InputError(problems)
        checked = check_connection(
            connection_from(module.params), module.params["known_listeners"], module.params["usual_ports"], module.params["probe_timeout"]
        )
        for seen in unreachable(checked):
            module.warn(f"Of bootstrap_servers, {seen}; the others answer.")
        module.exit_json(changed=False, **checked.as_result())


if __name__ == "__main__":
    main()
