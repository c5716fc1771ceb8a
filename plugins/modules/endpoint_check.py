#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: endpoint_check
short_description: Check that names resolve and addresses answer
version_added: 0.1.0
description:
  - Looks up the name in each address, and connects to it over TCP. Nobody logs in and nothing is sent.
  - Tells a name that does not resolve from a port where nothing listens and from one that does not answer. Fails with all of them at once.
options:
  addresses:
    description: Addresses, each C(host:port) or C([::1]:port).
    type: list
    elements: str
    required: true
  connect:
    description: Whether to connect. Otherwise only names are looked up.
    type: bool
    default: true
  timeout:
    description: Seconds that a connection may take. A name can lead to several addresses, which are tried one after the other.
    type: float
    default: 5
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
seealso:
  - module: streamops.kafka.kafka_connection_check
  - module: streamops.kafka.http_endpoint_check
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that the databases are there
  streamops.kafka.endpoint_check:
    addresses:
      - mariadb.example.com:3306
      - postgres.example.com:5432
"""

RETURN = r"""
endpoints:
  description: Each address.
  returned: always
  type: list
  elements: dict
  contains:
    address:
      description: As it was given.
      type: str
      sample: mariadb.example.com:3306
    resolved:
      description: Where its name leads.
      type: list
      elements: str
      sample: [192.0.2.7]
    answering:
      description: Which of these answered.
      type: list
      elements: str
      sample: [192.0.2.7]
    seconds:
      description: How long it took to connect. V(null) when that was not tried.
      type: float
      sample: 0.002
    state:
      description: V(verified) or V(failed).
      type: str
      sample: verified
    reason:
      description: What is wrong.
      type: str
      sample: ""
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.endpoints import look_at_all
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.listener import split_address
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

CHECK_SPEC: dict[str, dict[str, Any]] = {
    "addresses": {"type": "list", "elements": "str", "required": True},
    "connect": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 5},
}


def addresses_from(given: list[str]) -> list[str]:
    """Each address once; text with commas is a list too.

    :raises InputError: for what is none.
    """
    addresses = list(dict.fromkeys(part.strip() for entry in given for part in entry.split(",") if part.strip()))
    problems = [] if addresses else ["addresses is empty"]
    for address in addresses:
        try:
            split_address(address)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise InputError(problems)
    return addresses


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    params = module.params
    with operation_errors(module):
        seen = look_at_all(addresses_from(params["addresses"]), params["connect"], params["timeout"])
        result = {"endpoints": [each.as_result() for each in seen]}
        problems = [each.problem for each in seen if each.problem]
        if problems:
            what = "reach every address" if params["connect"] else "resolve every name"
            raise OperationError(what, "", "; ".join(problems), "Check the addresses, and that the servers run.", result)
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
