# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what the modules for Kafka Connect have in common; goes before the fragment rest."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of the REST API of a worker, such as V(https://connect.example.com:8083). Any worker of the group will do.
        It must not hold a password.
notes:
  - For every worker that speaks the REST API of Kafka Connect. Tested with Kafka 4.3 and 3.1, not run against Confluent's own workers, whose versions
    (C(7.5.1-ccs) is Kafka 3.5) are understood.
  - While the group rebalances, a worker answers 409. Requests are repeated for as long as O(timeout) says.
"""
