# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.modules.disk_space_check import in_words, needed_bytes


@pytest.mark.parametrize(("wanted", "size"), [
    ("1073741824", 1073741824), ("1 GiB", 1073741824), ("1gb", 10**9), ("1.5k", 1500), ("0.5 MiB", 524288), ("10%", 100), ("2TB", 2 * 10**12), ("7 b", 7),
])
def test_sizes(wanted: str, size: int) -> None:
    assert needed_bytes(wanted, 1000) == size


@pytest.mark.parametrize("wanted", ["", "lots", "-1", "101%", "1 XB", "1 %%", "GiB"])
def test_what_is_no_size(wanted: str) -> None:
    with pytest.raises(InputError):
        needed_bytes(wanted, 1000)


def test_sizes_in_words() -> None:
    assert [in_words(size) for size in (5, 2048, 3 * 1024**3, 2 * 1024**4)] == ["5 B", "2.0 KiB", "3.0 GiB", "2.0 TiB"]
