# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there of Confluent Cloud and what is wanted: a cluster, service accounts, API keys. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..plan import Change

TYPES = ["basic", "standard", "enterprise", "dedicated"]
_NAME_LENGTH = 64  # of a display name of a service account


@dataclass(frozen=True)
class Account:
    """A service account; ``id`` is empty while it does not exist."""

    name: str
    id: str = ""
    description: str = ""

    @property
    def principal(self) -> str:
        return f"User:{self.id}" if self.id else ""


@dataclass(frozen=True)
class Key:
    """An API key. ``owner_kind`` is ServiceAccount or User."""

    id: str
    owner: str
    owner_kind: str
    resource: str

    @property
    def is_of_a_user(self) -> bool:
        return self.owner_kind == "User" or self.owner.startswith("u-")


@dataclass(frozen=True)
class WantedAccount:
    """``api_key``: whether it needs a key for the cluster, with its secret in a file."""

    name: str
    description: str = ""
    api_key: bool = False


def wanted_accounts(entries: Iterable[Mapping[str, Any]]) -> list[WantedAccount]:
    """The accounts of a module's options.

    :raises InputError: for names that cannot be, all at once.
    """
    wanted = [WantedAccount(entry["name"], entry.get("description") or "", bool(entry.get("api_key"))) for entry in entries]
    names = [account.name for account in wanted]
    problems = [f"service account '{name}' is given more than once" for name in sorted({name for name in names if names.count(name) > 1})]
    problems += [f"the name of a service account has 1 to {_NAME_LENGTH} characters, not {len(name)}: '{name[:20]}'"
                 for name in names if not 0 < len(name) <= _NAME_LENGTH]
    problems += [f"the name '{account.name}' cannot be that of a file"
                 for account in wanted if account.api_key and ("/" in account.name or account.name.startswith("."))]
    if problems:
        raise InputError(problems)
    return wanted


def plan_accounts(current: Iterable[Account], wanted: Iterable[WantedAccount]) -> list[Change]:
    """Those that are missing. Nothing is deleted, and a description is never changed."""
    there = {account.name for account in current}
    return [Change(f"service account {account.name}", "created", after={"description": account.description}) for account in wanted if account.name not in there]


def plan_keys(accounts: Mapping[str, Account], keys: Iterable[Key], files: Mapping[str, str], wanted: Sequence[WantedAccount], cluster: str) -> list[Change]:
    """The keys to make: for accounts of which no file holds the id of a key that still exists.

    :param files: the id of the key in the file of an account, by its name.
    """
    existing = {key.id for key in keys if key.resource == cluster}
    return [Change(f"api key of {account.name}", "created", after={"cluster": cluster}) for account in wanted
            if account.api_key and (account.name not in accounts or files.get(account.name) not in existing)]


def orphans(account: Account, keys: Iterable[Key], file_key: str | None, cluster: str) -> list[str]:
    """Keys of the account for the cluster whose secret is not in its file: somebody else's, or of a run that was killed."""
    return sorted(key.id for key in keys if key.owner == account.id and key.resource == cluster and key.id != file_key)
