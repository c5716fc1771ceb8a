# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL grants as values, and the statements that turn one set of them into another. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .postgresql import identifier

# SQL that turns an access list into JSON that grants_from() reads. Grantee 0 is PUBLIC.
EXPLODED = """(SELECT coalesce(json_agg(json_build_array(pg_get_userbyid(a.grantor),
  CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable)), '[]') FROM aclexplode({acl}) a)"""

_OBJECT_TYPES = {"r": "TABLES", "S": "SEQUENCES", "f": "ROUTINES", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


@dataclass(frozen=True)
class Grant:
    """One privilege. ``grantee`` None is PUBLIC."""

    grantor: str
    grantee: str | None
    privilege: str
    is_grantable: bool

    def __str__(self) -> str:
        return f"{self.privilege} to {self.grantee or 'PUBLIC'}" + (" with grant option" if self.is_grantable else "")


Grants = frozenset[Grant]


@dataclass(frozen=True)
class DefaultPrivileges:
    """What objects of one type that ``role`` will create are granted. ``schema`` None: in every schema.

    ``builtin`` is what would be granted without them; within a schema, they only add.
    """

    role: str
    schema: str | None
    object_type: str
    grants: Grants
    builtin: Grants


def grants_from(exploded: Iterable[tuple[str, str | None, str, bool]]) -> Grants:
    """Grants from what EXPLODED gave."""
    return frozenset(Grant(*each) for each in exploded)


def grant_statements(have: Grants, want: Grants, on: str, owner: str, prefix: str = "") -> list[str]:
    """The statements that turn ``have`` into ``want``.

    :param on: ``DATABASE "app"``, ``TABLES``.
    :param owner: the role that grants are recorded for when a superuser or a member of it makes them.
    :param prefix: ``ALTER DEFAULT PRIVILEGES FOR ROLE "app" ``.
    """
    statements = [f"{prefix}REVOKE {each.privilege} ON {on} FROM {_role(each.grantee)}" for each in _in_order(have - want, owner)]
    for each in _in_order(want - have, owner):
        option = " WITH GRANT OPTION" if each.is_grantable else ""
        grant = f"{prefix}GRANT {each.privilege} ON {on} TO {_role(each.grantee)}{option}"
        # Only who holds the grant option can pass it on, and it must be recorded as theirs.
        statements += [grant] if each.grantor == owner else [f"SET ROLE {identifier(each.grantor)}", grant, "RESET ROLE"]
    return statements


def default_privilege_statements(defaults: Iterable[DefaultPrivileges]) -> list[str]:
    """The statements that set these default privileges in a new database."""
    statements: list[str] = []
    for each in sorted(defaults, key=lambda d: (d.role, d.schema or "", d.object_type)):
        scope = f"IN SCHEMA {identifier(each.schema)} " if each.schema else ""
        prefix = f"ALTER DEFAULT PRIVILEGES FOR ROLE {identifier(each.role)} {scope}"
        statements += grant_statements(each.builtin, each.grants, _OBJECT_TYPES[each.object_type], each.role, prefix)
    return statements


def _in_order(grants: Grants, owner: str) -> list[Grant]:
    return sorted(grants, key=lambda each: (each.grantor != owner, each.grantor, each.grantee or "", each.privilege))


def _role(grantee: str | None) -> str:
    return "PUBLIC" if grantee is None else identifier(grantee)
