#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: disk_space_check
short_description: Check that there is enough room on a file system
version_added: 0.1.0
description:
  - Looks how much of a file system is free for the user that runs this, in bytes and in files, on the host where the task runs.
  - Fails when it is too little. It changes nothing.
options:
  path:
    description: A file or directory on the file system.
    type: path
    required: true
  minimum_free:
    description:
      - How much must be free, in bytes such as V(10 GiB), V(500MB) or V(1073741824), or in percent such as V(10%).
      - C(GB) is 1000, C(GiB) is 1024 to the power of 3.
    type: str
    required: true
  minimum_free_files:
    description: How many more files there must be room for (inodes).
    type: int
    default: 1000
extends_documentation_fragment:
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: It changes nothing in either mode.
  diff_mode:
    support: none
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Check that there is room for the results
  streamops.kafka.disk_space_check:
    path: /srv/experiment
    minimum_free: 20 GiB
"""

RETURN = r"""
free_bytes:
  description: How much is free.
  returned: when the file system could be asked
  type: int
  sample: 75161927680
total_bytes:
  description: How large it is.
  returned: when the file system could be asked
  type: int
  sample: 270582939648
needed_bytes:
  description: How much must be free.
  returned: when the file system could be asked
  type: int
  sample: 21474836480
free_files:
  description: How many more files there is room for. V(null) where the file system has no limit of its own.
  returned: when the file system could be asked
  type: int
  sample: 15728640
state:
  description: V(verified) or V(failed).
  returned: when the file system could be asked
  type: str
  sample: verified
"""

import os
import re
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule

CHECK_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "minimum_free": {"type": "str", "required": True},
    "minimum_free_files": {"type": "int", "default": 1000},
}
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "ki": 1024, "mi": 1024**2, "gi": 1024**3, "ti": 1024**4}


def needed_bytes(wanted: str, total: int) -> int:
    """How many bytes ``10 GiB`` or ``10%`` of ``total`` are.

    :raises InputError: when it is neither.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|([kmgt]i?)?b?)\s*", wanted.lower())
    if found is None or (found.group(2) == "%" and float(found.group(1)) > 100):
        raise InputError([f"minimum_free is '{wanted}', write it as 10 GiB, 500MB, 1073741824 or 10%"])
    share = total / 100 if found.group(2) == "%" else _UNITS[found.group(3) or ""]
    return round(float(found.group(1)) * share)


def in_words(size: float) -> str:
    """``70.0 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def look(path: str, minimum_free: str, minimum_files: int) -> dict[str, Any]:
    """How much is free.

    :raises OperationError: when that is too little, or cannot be found out.
    """
    needed_bytes(minimum_free, 0)
    try:
        seen = os.statvfs(path)
    except OSError as error:
        raise OperationError("look at the file system", path, error.strerror or str(error), "Create it first, or check path.") from None
    free, total = seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize
    needed = needed_bytes(minimum_free, total)
    files = seen.f_favail if seen.f_files else None
    problems = [f"{in_words(free)} of {in_words(total)} are free, {in_words(needed)} are needed"] if free < needed else []
    problems += [f"there is room for {files:,} more files, {minimum_files:,} are needed"] if files is not None and files < minimum_files else []
    result = {"free_bytes": free, "total_bytes": total, "needed_bytes": needed, "free_files": files, "state": "failed" if problems else "verified"}
    if problems:
        raise OperationError("find enough room", path, "; ".join(problems), "Remove what is not needed any more, or use another file system.", result)
    return result


def main() -> None:
    module = EnumModule(argument_spec=CHECK_SPEC, supports_check_mode=True)
    with operation_errors(module):
        module.exit_json(changed=False, **look(module.params["path"], module.params["minimum_free"], module.params["minimum_free_files"]))


if __name__ == "__main__":
    main()
