# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes two records the same, and sums of records that do not depend on their order. Pure: no request is made here."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..library import Library

if TYPE_CHECKING:
    import xxhash
else:
    xxhash = Library("xxhash")

Header = tuple[str, "bytes | str | None"]

# Records are sorted into buckets by their hash, so that a difference in one of them points to 1/256 of the partition.
BUCKETS = 256
# A bucket's number of records stands above the sum of their 128-bit hashes, in one integer: one addition for both.
ONE_RECORD = 1 << 192
NO_KEY = -1

_HEAD = struct.Struct(">qqq")
_LENGTHS = struct.Struct(">ll")


@dataclass(frozen=True)
class Compared:
    """Which parts of a record must agree. ``headers`` of None are all but ``ignored_headers``."""

    key: bool = True
    value: bool = True
    timestamp: bool = True
    with_headers: bool = True
    headers: frozenset[str] | None = None
    ignored_headers: frozenset[str] = frozenset()

    def chosen(self, headers: Iterable[Header]) -> list[Header]:
        """The headers that must agree, in the order of the record."""
        if self.headers is not None:
            return [header for header in headers if header[0] in self.headers]
        return [header for header in headers if header[0] not in self.ignored_headers]


RecordHash = Callable[["bytes | None", "bytes | None", int, "Sequence[Header] | None"], int]


def record_hash(compared: Compared) -> RecordHash:
    """The function from key, value, timestamp (ms) and headers of a record to its hash, 128 bits.

    Key, timestamp, lengths and headers go into the seed with which the value is hashed, so that a large value is never copied.
    No key and an empty one differ, and so do no value (a tombstone) and an empty one.
    """
    digest, seed_of = xxhash.xxh3_128_intdigest, xxhash.xxh3_64_intdigest
    with_key, with_value, with_timestamp, with_headers = compared.key, compared.value, compared.timestamp, compared.with_headers
    pack = _HEAD.pack

    def hash_of(key: bytes | None, value: bytes | None, timestamp: int, headers: Sequence[Header] | None) -> int:
        if not with_key:
            key = None
        if not with_value:
            value = None
        head = pack(timestamp if with_timestamp else 0, -1 if key is None else len(key), -1 if value is None else len(value))
        if key:
            head += key
        if headers and with_headers:
            head += packed_headers(compared.chosen(headers))
        return digest(value or b"", seed_of(head))

    return hash_of


def key_hash(key: bytes | None) -> int:
    """The hash of a key, 128 bits; NO_KEY for none."""
    return NO_KEY if key is None else xxhash.xxh3_128_intdigest(key)


def packed_headers(headers: Iterable[Header]) -> bytes:
    """Headers as bytes from which they could be read back."""
    parts = []
    for name, value in headers:
        encoded = name.encode()
        content = value.encode() if isinstance(value, str) else value
        parts += [_LENGTHS.pack(len(encoded), -1 if content is None else len(content)), encoded, content or b""]
    return b"".join(parts)


def counted(bucket: int) -> int:
    """The number of records in a bucket (or in the sum of several)."""
    return bucket // ONE_RECORD
