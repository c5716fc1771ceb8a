# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directories may be emptied at all. Pure functions."""

from __future__ import annotations

import os

# A checkpoint directory that is one of these is a mistake, and what is directly below it belongs to the machine.
_OF_THE_MACHINE = frozenset(
    ("/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var", "/var/lib")
)


def directory_problem(directory: str) -> str:
    """What is wrong with the directory that holds one directory for each system, in words; empty when nothing is."""
    if not directory.startswith("/"):
        return f"directory {directory!r} is not absolute"
    if ".." in directory.split("/"):
        return f"directory {directory} has .. in it"
    if "\0" in directory:
        return "directory contains a NUL character"
    if os.path.normpath(directory).replace("//", "/") in _OF_THE_MACHINE:
        return f"directory {directory} belongs to the machine: what is below it is never wiped"
    return ""


def system_problem(system: str) -> str:
    """What is wrong with the name of a system, which must be that of a directory right below; empty when nothing is."""
    if not system.strip():
        return "the name of a system is empty"
    if system in (".", ".."):
        return f"{system} is no name of a system"
    if "/" in system or "\0" in system:
        return f"the name {system!r} of a system is not that of one directory: it contains {'a slash' if '/' in system else 'a NUL character'}"
    return ""
