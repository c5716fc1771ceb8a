# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory with a client's files: what is in it, what has to change, and the writing of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import OperationError
from ..files.private import PrivateDirectory
from ..plan import Change, Plan
from .client_access import Access
from .client_files import (
    KEYSTORE,
    KEYSTORE_FILE,
    PASSWORD_FILE,
    TRUSTSTORE,
    Stores,
    Summary,
    keystore,
    store_summary,
    text_summary,
    texts,
    truststore,
    truststore_summary,
    wanted_keystore,
    wanted_truststore,
)

CREATED, ALTERED, CLOSED, UNCHANGED = "created", "altered", "closed", "unchanged"
_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Work:
    """One file: what is to be done about it. ``before`` and ``after`` may be shown."""

    name: str
    action: str
    before: Summary | None
    after: Summary
    make: Callable[[], bytes] = field(repr=False)


def password_of(directory: PrivateDirectory, given: str | None) -> str:
    """The password of the stores: the one that is given, the one of an earlier run, or a new one."""
    if given:
        return given
    there = directory.read(PASSWORD_FILE)
    kept = there.decode(errors="replace").strip() if there else ""
    return kept or secrets.token_urlsafe(_PASSWORD_BYTES)


def plan(directory: PrivateDirectory, kinds: Collection[str], access: Access, stores: Stores, client_directory: str) -> list[Work]:
    """What has to be done about each file. Stores are compared by what is in them."""
    works = [_text(directory, name, content) for name, content in texts(kinds, access, stores, client_directory).items()]
    if TRUSTSTORE in kinds:
        wanted = wanted_truststore(stores)
        works.append(_store(directory, stores.truststore_file, lambda there: truststore_summary(there, stores), wanted, lambda: truststore(stores)))
    if KEYSTORE in kinds:
        wanted = wanted_keystore(access)
        works.append(_store(directory, KEYSTORE_FILE, lambda there: store_summary(there, stores), wanted, lambda: keystore(access, stores, "user.key")))
    return works


def _text(directory: PrivateDirectory, name: str, content: bytes) -> Work:
    there = directory.read(name)
    before = text_summary(name, there) if there is not None else None
    return Work(name, _action(directory, name, there, there == content), before, text_summary(name, content), lambda: content)


def _store(directory: PrivateDirectory, name: str, summary: Callable[[bytes], Summary], wanted: Summary, make: Callable[[], bytes]) -> Work:
    there = directory.read(name)
    before = summary(there) if there is not None else None
    return Work(name, _action(directory, name, there, before == wanted), before, wanted, make)


def _action(directory: PrivateDirectory, name: str, there: bytes | None, is_same: bool) -> str:
    if there is None:
        return CREATED
    if not is_same:
        return ALTERED
    return CLOSED if directory.is_readable_by_others(name) else UNCHANGED


def as_plan(directory: PrivateDirectory, works: Collection[Work]) -> Plan:
    """The changes, without anything secret."""
    changes = []
    if not directory.exists() or directory.is_open_to_others():
        before = None if not directory.exists() else {"mode": "open to others"}
        changes.append(Change(directory.path, CREATED if before is None else CLOSED, before, {"mode": "0700"}))
    for each in works:
        if each.action == CLOSED:
            changes.append(Change(each.name, CLOSED, {"mode": "readable by others"}, {"mode": "0600"}))
        elif each.action != UNCHANGED:
            changes.append(Change(each.name, each.action, each.before, each.after))
    return Plan(tuple(changes))


def apply(directory: PrivateDirectory, works: Collection[Work]) -> None:
    """Write what differs. The configurations come after what they refer to, as the plan lists them last of all.

    :raises OperationError: with what was written until then.
    """
    written: dict[str, str] = {}
    directory.prepare()
    try:
        for each in sorted(works, key=lambda work: work.name.endswith((".properties", ".conf"))):
            if each.action == CLOSED:
                directory.close(each.name)
            elif each.action != UNCHANGED:
                directory.write(each.name, each.make())
            written[each.name] = each.action
    except OperationError as error:
        error.partial["files"] = {each.name: _file(directory, each, written.get(each.name, "not_attempted")) for each in works}
        raise


def as_result(directory: PrivateDirectory, works: Collection[Work]) -> dict[str, Any]:
    return {each.name: _file(directory, each, each.action) for each in works}


def _file(directory: PrivateDirectory, work: Work, action: str) -> Mapping[str, str]:
    return {"path": f"{directory.path}/{work.name}", "action": action}
