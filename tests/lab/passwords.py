# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords, made up once per lab and kept in one file that only its owner reads."""

from __future__ import annotations

import json
import secrets
import string
import threading

from lab import files, places

LENGTH = 24
# Letters and digits: they need no quoting in any configuration format, shell, SQL or URL.
ALPHABET = string.ascii_letters + string.digits
_servers_start_in_parallel = threading.Lock()


def password(name: str) -> str:
    """The password called `name`; the caller holds the lab's lock when it may be a new one."""
    path = places.state() / "passwords.json"
    with _servers_start_in_parallel:
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if name not in known:
            known[name] = "".join(secrets.choice(ALPHABET) for position in range(LENGTH))
            files.write(path, json.dumps(known, indent=1) + "\n")
    return known[name]
