# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict of the load tests sees what it is there to see. No server is needed."""

from __future__ import annotations

from collections import Counter

import pytest
from under_load import PARTITIONS_OF_TRANSACTIONS, Verdict, broken, compared

WHOLE = [(b"7", partition) for partition in range(PARTITIONS_OF_TRANSACTIONS)]


def test_records_that_are_there_once_and_were_read_are_good() -> None:
    found = compared({1, 2, 3}, Counter([1, 2, 3]), Counter([1, 2, 3, 3]))
    assert Verdict(**found).nothing_lost() and found["read_again"] == 1


@pytest.mark.parametrize(("held", "given", "what"), [
    ([1, 2], [1, 2, 3], "lost"), ([1, 2, 3, 3], [1, 2, 3], "duplicated"), ([1, 2, 3], [1, 2], "unread"),
])  # fmt: skip
def test_what_is_lost_duplicated_or_unread_is_counted(held: list[int], given: list[int], what: str) -> None:
    found = compared({1, 2, 3}, Counter(held), Counter(given))
    assert found[what] == 1 and not Verdict(**found).nothing_lost()


@pytest.mark.parametrize(("outcome", "records"), [("committed", WHOLE), ("unknown", WHOLE), ("unknown", []), ("aborted", [])])
def test_a_transaction_is_whole_or_not_there(outcome: str, records: list[tuple[bytes, int]]) -> None:
    assert broken({7: outcome}, records) == 0


@pytest.mark.parametrize(("outcome", "records"), [
    ("committed", []), ("committed", WHOLE[:-1]), ("committed", WHOLE + WHOLE[:1]), ("unknown", WHOLE[:-1]), ("aborted", WHOLE),
    ("committed", WHOLE + [(b"8", 0)]),
])  # fmt: skip
def test_a_transaction_that_is_not_is_counted(outcome: str, records: list[tuple[bytes, int]]) -> None:
    assert broken({7: outcome}, records) == 1
