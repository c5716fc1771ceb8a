# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is every module that takes the Kafka connection options in the action group of meta/runtime.yml, and no other?

Users set these options once, by ``module_defaults: group/streamops.kafka.kafka``: a module that is missing there does not see them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

group = set(yaml.safe_load(Path("meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]["kafka"])
modules = {path.stem for path in Path("plugins/modules").glob("*.py") if "  - streamops.kafka.kafka\n" in path.read_text(encoding="utf-8")}
for name in sorted(modules - group):
    print(f"plugins/modules/{name}.py: takes the Kafka connection options, but is not in the action group kafka of meta/runtime.yml")
for name in sorted(group - modules):
    print(f"meta/runtime.yml: the action group kafka names {name}, which is no module with the Kafka connection options")
sys.exit(modules != group)
