# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether names of topics follow a convention, and whether some can be taken for others. Pure: no request is made here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# <domain>.<dataset>[.<more>], lower case, words joined by dashes; see docs/topic_naming.md.
CONVENTION = r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+"
LONGEST = 150  # Kafka allows 249; applications of Kafka Streams and connectors append to names
_STAGES = re.compile(r"(^|[._-])(dev|test|int|qa|uat|preprod|staging|prod)([._-]|$)")


@dataclass(frozen=True, order=True)
class Remark:
    """What is wrong with one name. ``is_serious``: something breaks, not only the convention."""

    name: str
    problem: str
    is_serious: bool = False


def naming_remarks(names: Iterable[str], convention: str = CONVENTION) -> list[Remark]:
    """What is wrong, by name. An empty ``convention`` leaves only what breaks something."""
    names = sorted(set(names))
    remarks = [*_collisions(names, _as_metric, "which is the same name in metrics, where '.' becomes '_'", is_serious=True),
               *_collisions(names, str.lower, "which differs in upper and lower case only")]
    if convention:
        wanted = re.compile(convention)
        remarks += [Remark(name, f"does not follow the convention {convention}") for name in names if not wanted.fullmatch(name)]
        remarks += [Remark(name, f"has {len(name)} characters, {LONGEST} leave room for what applications append") for name in names if len(name) > LONGEST]
        remarks += [Remark(name, "names an environment, so that an application's configuration differs from one to the next")
                    for name in names if _STAGES.search(name.lower())]
    return sorted(remarks)


def _as_metric(name: str) -> str:
    return name.replace(".", "_")


def _collisions(names: list[str], key: Callable[[str], str], how: str, is_serious: bool = False) -> list[Remark]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(key(name), []).append(name)
    return [Remark(name, f"stands beside {', '.join(other for other in group if other != name)}, {how}", is_serious)
            for group in groups.values() if len(group) > 1 for name in group]
