# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values of a configuration are secret, and configurations without them. Pure.

Connect's REST API gives passwords back as they were put, so they must be kept out of results here. Two things tell what is
secret: the plugin's own definition (type PASSWORD), which does not know the overrides of clients and what converters take,
and the name of the key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from .connectors import Config

MASK = "***"
CHANGED = "*** (another one)"
_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|jaas|credential|(api|private|access)[._-]?key|keystore[._-]key|basic\.auth\.user\.info|\.pem$", re.I)
# Names that only speak of secrets: where they are, how they are got.
_NOT_SECRET = re.compile(r"(location|path|file|class|endpoint|url|type|id|expiry|ms|names?)$", re.I)
_URL_LOGIN = re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)|(?<=[?&;]password=)[^&;\s]+", re.I)
# A placeholder of a config provider stands for the secret and is none: ${file:/etc/secrets:password}
_PLACEHOLDERS = re.compile(r"\s*(\$\{[^{}:]+:[^{}]*\}\s*)+")
_SHORTEST = 4


def is_secret(key: str, passwords: Collection[str] = ()) -> bool:
    """Whether the value of ``key`` must not be shown.

    :param passwords: keys that the plugin defines as PASSWORD.
    """
    return key in passwords or (_SECRET_NAME.search(key) is not None and _NOT_SECRET.search(key) is None)


def masked(config: Config, passwords: Collection[str] = (), other: Config | None = None) -> dict[str, str]:
    """``config`` as it may be shown.

    :param other: the configuration before; a secret that is another one than there says so.
    """
    return {key: _shown(key, value, passwords, other) for key, value in sorted(config.items())}


def secrets_of(config: Config, passwords: Collection[str] = ()) -> set[str]:
    """The values that must not stand in any text. Very short ones are left out: blanking them would blank half of every text."""
    found = {value for key, value in config.items() if is_secret(key, passwords)}
    for value in config.values():
        for login in _URL_LOGIN.findall(value):
            found |= {login, login.partition(":")[2]}
    found |= {quoted for value in found for quoted in re.findall(r'password="([^"]+)"', value)}
    return {value for value in found if len(value) >= _SHORTEST and not _PLACEHOLDERS.fullmatch(value)}


def password_keys(definitions: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """Keys that a plugin's definitions say to be passwords."""
    return frozenset(str(each.get("name")) for each in definitions if each.get("type") == "PASSWORD")


def _shown(key: str, value: str, passwords: Collection[str], other: Config | None) -> str:
    if is_secret(key, passwords):
        if not value or _PLACEHOLDERS.fullmatch(value):
            return value
        return CHANGED if other is not None and other.get(key) not in (None, value) else MASK
    return _URL_LOGIN.sub(MASK, value)
