#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: http_endpoint_check
short_description: Check that an HTTP server answers, and how far its clock is off
version_added: 0.1.0
description:
  - Sends one GET request and looks at the status of the answer, and at its header C(Date), which tells the server's clock to the second.
  - It changes nothing.
options:
  status_codes:
    description: Which statuses are right. Any from 200 to 299 when empty.
    type: list
    elements: int
    default: []
  maximum_clock_skew:
    description:
      - Seconds that the clock of this host and that of the server may differ. It is not looked at when not given.
      - The header tells whole seconds only, so less than about 2 can seldom be verified. RV(clock_state) then is V(not_checked).
    type: float
  timeout:
    description: Seconds that the request may take.
    type: float
    default: 10
extends_documentation_fragment:
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
seealso:
  - module: streamops.kafka.endpoint_check
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that the schema registry answers
  streamops.kafka.http_endpoint_check:
    url: https://registry.example.com/subjects

- name: Check the clock of this host against that of the Kubernetes API
  streamops.kafka.http_endpoint_check:
    url: https://kubernetes.example.com:6443/livez
    ca_path: /etc/kubernetes/pki/ca.crt
    status_codes: [200, 401, 403]  # who is refused is told the time as well
    maximum_clock_skew: 5
"""

RETURN = r"""
status:
  description: The status of the answer.
  returned: when there was one that is right
  type: int
  sample: 200
seconds:
  description: How long it took.
  returned: when there was an answer that is right
  type: float
  sample: 0.021
clock_state:
  description: V(verified), V(failed) or V(not_checked).
  returned: when there was an answer that is right
  type: str
  sample: verified
clock_skew:
  description: Seconds that this host's clock is ahead of the server's. V(null) when the server does not tell its time.
  returned: when there was an answer that is right
  type: float
  sample: -0.4
clock_uncertainty:
  description: Seconds by which RV(clock_skew) may be wrong, in both directions.
  returned: when there was an answer that is right
  type: float
  sample: 0.5
reason:
  description: Why the clock was not checked.
  returned: when there was an answer that is right
  type: str
  sample: ""
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.streamops.kafka.plugins.module_utils.endpoints import Skew, skew_of
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.rest import REST_SPEC, Rest, RestError, url_problems

CHECK_SPEC: dict[str, dict[str, Any]] = {
    **REST_SPEC,
    "timeout": {"type": "float", "default": 10},
    "status_codes": {"type": "list", "elements": "int", "default": []},
    "maximum_clock_skew": {"type": "float"},
}
_NOT_ASKED = "maximum_clock_skew is not given"
_NO_DATE = "the server does not tell its time"


def ask(params: dict[str, Any]) -> tuple[int, float, Skew | None]:
    """Status, seconds, and the skew as far as the answer tells.

    :raises RestError: when the status is another, or there is no answer.
    """
    problems = url_problems(params["url"])
    if problems:
        raise InputError(problems)
    parts = urlsplit(params["url"])
    rest = Rest.from_params({**params, "url": f"{parts.scheme}://{parts.netloc}"}, headers={"Accept": "*/*"})
    sent = time.time()
    try:
        answer = rest.request("GET", parts.path, "get an answer", retried=())
        status, headers = answer.status, answer.headers
    except RestError as error:
        if error.status is None or error.status not in params["status_codes"]:
            raise
        status, headers = error.status, error.headers
    received = time.time()
    if params["status_codes"] and status not in params["status_codes"]:
        wanted = ", ".join(map(str, params["status_codes"]))
        raise OperationError("get an answer", f"GET {params['url']}", f"{status}, not {wanted}")
    return status, received - sent, skew_from(headers, sent, received)


def skew_from(headers: Mapping[str, str], sent: float, received: float) -> Skew | None:
    """The skew that the header Date tells."""
    try:
        return skew_of(sent, received, parsedate_to_datetime(headers.get("Date") or "").timestamp())
    except (ValueError, TypeError):
        return None


def clock_result(skew: Skew | None, maximum: float | None) -> dict[str, Any]:
    """What is returned about the clock."""
    state, reason = "not_checked", _NOT_ASKED if maximum is None else _NO_DATE
    if skew is not None and maximum is not None:
        state = skew.state(maximum)
        reason = f"{skew}: too coarse to tell whether that is more than {maximum:g} s" if state == "not_checked" else ""
    known = {"clock_skew": round(skew.middle, 2), "clock_uncertainty": round(skew.uncertainty, 2)} if skew is not None else {}
    return {"clock_skew": None, "clock_uncertainty": None, **known, "clock_state": state, "reason": reason}


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    params = module.params
    with operation_errors(module):
        if params["maximum_clock_skew"] is not None and params["maximum_clock_skew"] <= 0:
            raise InputError(["maximum_clock_skew must be more than 0"])
        status, seconds, skew = ask(params)
        result = {"status": status, "seconds": round(seconds, 3), **clock_result(skew, params["maximum_clock_skew"])}
        if result["clock_state"] == "failed":
            advice = "Let both hosts take their time from NTP. Timestamps of records, certificates and tokens all depend on it."
            maximum = f"{params['maximum_clock_skew']:g}"
            raise OperationError("compare the clocks", params["url"], f"{skew} of the server's, at most {maximum} s are allowed", advice, result)
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
