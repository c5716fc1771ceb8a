#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_quorum
short_description: Wait until a ZooKeeper quorum serves, and say which servers are older than a version
version_added: 0.1.0
description:
  - Asks each server the four-letter word C(srvr), and waits until all of them serve and one of several is the leader.
  - It then says which servers are left to upgrade. The leader is the last, so that it changes once.
  - Nothing is changed.
options:
  servers:
    description: Addresses of all servers, each C(host:port), in the order in which they are to be restarted.
    type: list
    elements: str
    required: true
  version:
    description: The version that each server is to run at least, such as V(3.8.4).
    type: str
    default: ""
  server:
    description: Address of the server that was just restarted. Then it also waits until that one runs O(version).
    type: str
    default: ""
  wait_timeout:
    description: Seconds to wait.
    type: float
    default: 120
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is changed in any mode.
  diff_mode:
    support: N/A
    details: Nothing is changed in any mode.
notes:
  - C(srvr) must be in C(4lw.commands.whitelist), as it is by default.
  - These words have no login and no TLS. A port that speaks TLS only does not answer.
seealso:
  - module: streamops.kafka.kafka_upgrade_preflight
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look which ZooKeeper servers are left to upgrade
  streamops.kafka.zookeeper_quorum:
    servers: [zookeeper-1.example.com:2181, zookeeper-2.example.com:2181, zookeeper-3.example.com:2181]
    version: 3.8.4
  register: quorum

- name: Look once, and do not wait
  streamops.kafka.zookeeper_quorum:
    servers: zookeeper-1.example.com:2181
    wait_timeout: 0
  check_mode: true
"""

RETURN = r"""
left:
  description: Servers that are older than O(version), in order. The leader is the last.
  returned: success
  type: list
  elements: str
  sample: ["zookeeper-1.example.com:2181"]
servers:
  description: Each server by its address.
  returned: success
  type: dict
  sample: {"zookeeper-1.example.com:2181": {"version": "3.6.3", "mode": "follower"}}
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.listener import address_problems
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.zookeeper import ask_quorum
from ansible_collections.streamops.kafka.plugins.module_utils.wait import wait_until

QUORUM_SPEC: dict[str, dict[str, Any]] = {
    "servers": {"type": "list", "elements": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "server": {"type": "str", "default": ""},
    "wait_timeout": {"type": "float", "default": 120},
}


def main() -> None:
    module = EnumModule(argument_spec=QUORUM_SPEC, supports_check_mode=True)
    with operation_errors(module):
        params = module.params
        problems = address_problems(params["servers"])
        if problems:
            raise InputError(problems)
        quorum = wait_until(
            "see the ZooKeeper quorum serve", lambda: ask_quorum(params["servers"]), lambda seen: not seen.holds_up(params["server"], params["version"]),
            params["wait_timeout"], describe=lambda seen: "; ".join(seen.holds_up(params["server"], params["version"])),
            advice="Look into the log of the server.", progress=Progress("ZooKeeper"))
        module.exit_json(changed=False, left=quorum.left(params["version"]),
                         servers={each.address: {"version": each.version, "mode": each.mode} for each in quorum.servers})


if __name__ == "__main__":
    main()
