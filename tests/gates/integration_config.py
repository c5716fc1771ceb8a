# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the LAB_* variables of the environment as integration_config.yml: the same names in lower case."""

from __future__ import annotations

import json
import os
import sys

print("---")
for name, value in sorted(os.environ.items()):
    if name.startswith("LAB_"):
        print(f"{name.lower()}: !unsafe {json.dumps(value)}")  # a password may well contain {{
print(f"lab_python: {json.dumps(sys.executable)}")
