# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what the modules for a schema registry have in common; goes before the fragment rest."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of the registry's API, such as V(https://registry.example.com:8081). That of Apicurio Registry ends with C(/apis/ccompat/v7).
        It must not hold a password.
notes:
  - For every registry that speaks the API of Confluent's Schema Registry. Tested with Apicurio Registry 2.6, not run against Confluent's own.
  - Apicurio has C(NONE) as its default compatibility and no modes, tells the registry's level where a subject has none of its own, and counts
    references from soft-deleted subjects.
"""
