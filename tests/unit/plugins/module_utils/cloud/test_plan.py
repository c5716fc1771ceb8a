# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists is left alone, a key counts only where its secret is, and a human's key is known by its owner."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.cloud.plan import (
    Account,
    Key,
    WantedAccount,
    orphans,
    plan_accounts,
    plan_keys,
    wanted_accounts,
)
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError

ACCOUNTS = {"a": Account("a", "sa-1")}
WANTED = [WantedAccount("a", api_key=True), WantedAccount("b", api_key=True), WantedAccount("c")]


def names(changes: object) -> list[str]:
    return [change.name for change in changes]  # type: ignore[attr-defined]


def test_only_missing_accounts_are_made() -> None:
    assert names(plan_accounts(ACCOUNTS.values(), WANTED)) == ["service account b", "service account c"]
    assert plan_accounts(ACCOUNTS.values(), [WantedAccount("a", "another description")]) == []


@pytest.mark.parametrize(
    ("files", "keys", "made"),
    [
        ({"a": "K1"}, [Key("K1", "sa-1", "ServiceAccount", "lkc-1")], ["api key of b"]),
        ({"a": ""}, [Key("K1", "sa-1", "ServiceAccount", "lkc-1")], ["api key of a", "api key of b"]),  # its secret is lost
        ({"a": "K1"}, [], ["api key of a", "api key of b"]),  # deleted there
        ({"a": "K1"}, [Key("K1", "sa-1", "ServiceAccount", "lkc-2")], ["api key of a", "api key of b"]),  # of another cluster
    ],
)
def test_a_key_counts_only_where_its_secret_is(files: dict[str, str], keys: list[Key], made: list[str]) -> None:
    assert names(plan_keys(ACCOUNTS, keys, files, WANTED, "lkc-1")) == made


def test_other_keys_of_the_account_are_told() -> None:
    keys = [Key("K1", "sa-1", "ServiceAccount", "lkc-1"), Key("K2", "sa-1", "ServiceAccount", "lkc-1"), Key("K3", "sa-2", "ServiceAccount", "lkc-1")]
    assert orphans(ACCOUNTS["a"], keys, "K1", "lkc-1") == ["K2"]


def test_whose_key_it_is() -> None:
    assert Key("K", "u-1", "", "").is_of_a_user and Key("K", "x", "User", "").is_of_a_user and not Key("K", "sa-1", "ServiceAccount", "").is_of_a_user


def test_names_that_cannot_be_are_told_at_once() -> None:
    entries = [{"name": "a"}, {"name": "a"}, {"name": ""}, {"name": "../x", "api_key": True}]
    with pytest.raises(InputError) as caught:
        wanted_accounts(entries)
    assert len(caught.value.problems) == 3
