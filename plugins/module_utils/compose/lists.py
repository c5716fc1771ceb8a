# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of servers in one text, without those that are gone. Pure.

Three kinds: ``a:9092,b:9092`` (a path of ZooKeeper may follow the last one), ``server.1=a:2888:3888;2181 server.2=...`` of the official
ZooKeeper image, and ``a:2888:3888;b:2888:3888`` of Confluent's.
"""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"server\.\d+=")
_HOST = re.compile(r"\s*(?:server\.\d+=)?(?:[A-Za-z_][\w+.-]*://)?(?P<host>[\w.-]+)\s*(?::|/|$)")
SEMICOLONS = ("ZOOKEEPER_SERVERS",)


def without(text: str, gone: set[str], name: str = "") -> str | None:
    """The list without the servers that are gone; ``None`` when none of them stands in it, or when nothing would be left.

    :param name: of the variable, which for one of them tells what separates the servers.
    """
    body = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    separator = r"\s+" if _NUMBERED.search(body) else rf"{';' if name in SEMICOLONS else ','}\s*"
    servers, path = _path_of(body)
    found = _joined(re.split(f"({separator})", servers), gone)
    return None if found is None else f"{before}{found}{path}{after}"


def names_only(text: str, gone: set[str], name: str = "") -> bool:
    """Whether every server of a list is gone, so that nothing would be left of it."""
    servers = re.split(r"\s+" if _NUMBERED.search(text) else ";" if name in SEMICOLONS else r",\s*", text.strip())
    return bool(servers) and all(_is_gone(server, gone) for server in servers)


def _path_of(text: str) -> tuple[str, str]:
    """A chroot such as ``/kafka`` belongs to all servers, and stands behind the last."""
    found = re.fullmatch(r"(.*:\d+)(/[\w./-]*)", text, re.DOTALL)
    return (found[1], found[2]) if found else (text, "")


def _joined(parts: list[str], gone: set[str]) -> str | None:
    """Of ``[server, separator, server, ...]`` those that stay, each with the separator that stood before it."""
    servers = [(parts[index - 1] if index else "", parts[index]) for index in range(0, len(parts), 2)]
    kept = [(separator, server) for separator, server in servers if not _is_gone(server, gone)]
    if not kept or len(kept) == len(servers):
        return None
    return kept[0][1] + "".join(separator + server for separator, server in kept[1:])


def _is_gone(server: str, gone: set[str]) -> bool:
    found = _HOST.match(server)
    return found is not None and found["host"] in gone
