# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is every module that takes the connection options of a group in that action group of meta/runtime.yml, and no other?

Users set these options once, by ``module_defaults: group/streamops.kafka.GROUP``: a module that is missing there does not see them.
A group is named like the fragment of documentation that describes its options.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

wrong = []
for name, group in yaml.safe_load(Path("meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"].items():
    modules = {path.stem for path in Path("plugins/modules").glob("*.py") if f"  - streamops.kafka.{name}\n" in path.read_text(encoding="utf-8")}
    missing = sorted(modules - set(group))
    wrong += [f"plugins/modules/{each}.py: takes the options of the action group {name}, but is not in it (meta/runtime.yml)" for each in missing]
    wrong += [f"meta/runtime.yml: the action group {name} names {each}, which is no module with its options" for each in sorted(set(group) - modules)]
print(*wrong, sep="\n", end="\n" if wrong else "")
sys.exit(bool(wrong))
