# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything about a PostgreSQL database that survives its reset: read as values, written as statements for a new database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .postgresql import identifier, literal, records
from .postgresql_grants import EXPLODED, DefaultPrivileges, Grants, default_privilege_statements, grant_statements, grants_from
from .sql import Session

# pg_database differs between versions: the whole row is taken as JSON, and what a version does not have is not there.
_DATABASE = f"""
SELECT to_jsonb(d) AS catalog_row, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding, t.spcname AS tablespace,
  coalesce(shobj_description(d.oid, 'pg_database'), '') AS comment,
  {EXPLODED.format(acl="coalesce(d.datacl, acldefault('d', d.datdba))")} AS grants,
  (SELECT coalesce(json_agg(json_build_array(CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, entry)), '[]')
    FROM pg_db_role_setting s, unnest(s.setconfig) entry WHERE s.setdatabase = d.oid) AS parameters
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = {{name}}"""

_PUBLIC_SCHEMA = f"""
SELECT pg_get_userbyid(n.nspowner) AS owner, {EXPLODED.format(acl="coalesce(n.nspacl, acldefault('n', n.nspowner))")} AS grants
FROM pg_namespace n WHERE n.nspname = 'public'"""

# acldefault() names sequences 's', pg_default_acl names them 'S'. Within a schema nothing is granted to begin with.
_DEFAULT_PRIVILEGES = f"""
SELECT pg_get_userbyid(p.defaclrole) AS role, n.nspname AS schema, p.defaclobjtype::text AS object_type,
  {EXPLODED.format(acl="p.defaclacl")} AS grants,
  CASE WHEN n.oid IS NULL
    THEN {EXPLODED.format(acl="acldefault(CASE p.defaclobjtype WHEN 'S' THEN 's' ELSE p.defaclobjtype END, p.defaclrole)")}
    ELSE '[]' END AS builtin
FROM pg_default_acl p LEFT JOIN pg_namespace n ON n.oid = p.defaclnamespace WHERE n.oid IS NULL OR n.nspname = 'public'"""

# Their values are lists of names, each quoted on its own (GUC_LIST_QUOTE; pg_dump knows the same six).
_LISTS = ("local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories")
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True)
class Parameter:
    """``ALTER DATABASE SET``, or ``ALTER ROLE IN DATABASE SET`` when there is a role. Values may be secrets: never shown."""

    role: str | None
    name: str
    value: str = field(repr=False)

    def __str__(self) -> str:
        return self.name if self.role is None else f"{self.name} for {self.role}"


@dataclass(frozen=True)
class PublicSchema:
    """The schema that every new database begins with."""

    owner: str
    grants: Grants


@dataclass(frozen=True)
class DatabaseSettings:
    """What is kept. Two databases with equal settings differ in nothing but their contents, name and comment."""

    owner: str
    encoding: str
    collation: str
    ctype: str
    provider: str
    locale: str | None
    icu_rules: str | None
    tablespace: str
    connection_limit: int
    grants: Grants
    parameters: frozenset[Parameter]
    public: PublicSchema | None
    default_privileges: frozenset[DefaultPrivileges]

    def as_kept(self, comment: str) -> dict[str, object]:
        """For the module's return value. Of parameters only the names: a value may be a secret."""
        return {
            "owner": self.owner,
            "encoding": self.encoding,
            "collation": self.collation,
            "ctype": self.ctype,
            "locale_provider": self.provider,
            "locale": self.locale,
            "tablespace": self.tablespace,
            "connection_limit": self.connection_limit,
            "comment": comment,
            "grants": sorted(str(grant) for grant in self.grants),
            "parameters": sorted(str(parameter) for parameter in self.parameters),
            "public_schema_owner": self.public.owner if self.public else None,
            "public_schema_grants": sorted(str(grant) for grant in self.public.grants) if self.public else [],
            "default_privileges": len(self.default_privileges),
        }


@dataclass(frozen=True)
class DatabaseRow:
    """A database as the shared catalogs show it, without looking inside."""

    owner: str
    encoding: str
    tablespace: str
    comment: str
    grants: Grants
    parameters: frozenset[Parameter]
    catalog_row: Mapping[str, Any]

    @property
    def is_invalid(self) -> bool:
        """Half dropped: DROP DATABASE was interrupted, the server lets nobody in any more (PostgreSQL 11.21, 12.16 ... and newer)."""
        return bool(self.catalog_row["datconnlimit"] == -2)


def read_row(outside: Session, name: str) -> DatabaseRow | None:
    """The database as seen from another one, None when it does not exist."""
    rows = records(outside, _DATABASE.format(name=literal(name)))
    if not rows:
        return None
    row = rows[0]
    parameters = frozenset(Parameter(role, *entry.split("=", 1)) for role, entry in row.pop("parameters"))
    return DatabaseRow(grants=grants_from(row.pop("grants")), parameters=parameters, **row)


def read_settings(row: DatabaseRow, inside: Session) -> DatabaseSettings:
    """All settings: ``row`` plus what is only visible inside the database."""
    catalog_row = row.catalog_row
    public = [PublicSchema(each["owner"], grants_from(each["grants"])) for each in records(inside, _PUBLIC_SCHEMA)]
    return DatabaseSettings(
        owner=row.owner,
        encoding=row.encoding,
        collation=catalog_row["datcollate"],
        ctype=catalog_row["datctype"],
        provider=_PROVIDERS[catalog_row.get("datlocprovider", "c")],
        locale=catalog_row.get("datlocale", catalog_row.get("daticulocale")),
        icu_rules=catalog_row.get("daticurules"),
        tablespace=row.tablespace,
        connection_limit=catalog_row["datconnlimit"],
        grants=row.grants,
        parameters=row.parameters,
        public=public[0] if public else None,
        default_privileges=frozenset(
            DefaultPrivileges(**{**each, "grants": grants_from(each["grants"]), "builtin": grants_from(each["builtin"])})
            for each in records(inside, _DEFAULT_PRIVILEGES)
        ),
    )


def creation(name: str, settings: DatabaseSettings) -> str:
    """The statement that creates an empty database with what can only be said at creation."""
    options = {
        "OWNER": identifier(settings.owner),
        "TEMPLATE": "template0",
        "ENCODING": literal(settings.encoding),
        "LC_COLLATE": literal(settings.collation),
        "LC_CTYPE": literal(settings.ctype),
    }
    if settings.tablespace != "pg_default":
        options["TABLESPACE"] = identifier(settings.tablespace)
    if settings.provider != "libc":
        options["LOCALE_PROVIDER"] = settings.provider
        options["ICU_LOCALE" if settings.provider == "icu" else "BUILTIN_LOCALE"] = literal(settings.locale or "")
    if settings.icu_rules:
        options["ICU_RULES"] = literal(settings.icu_rules)
    return f"CREATE DATABASE {identifier(name)} " + " ".join(f"{option} {value}" for option, value in options.items())


def outside_statements(name: str, have: DatabaseSettings, want: DatabaseSettings) -> list[str]:
    """What turns a new database into the wanted one, as far as it is said from outside."""
    database = f"DATABASE {identifier(name)}"
    statements = grant_statements(have.grants, want.grants, database, want.owner)
    for parameter in sorted(want.parameters - have.parameters, key=str):
        who = f"ROLE {identifier(parameter.role)} IN {database}" if parameter.role else database
        statements.append(f"ALTER {who} SET {_parameter_name(parameter.name)} TO {_parameter_value(parameter)}")
    if want.connection_limit != have.connection_limit:
        statements.append(f"ALTER {database} CONNECTION LIMIT {want.connection_limit}")
    return statements


def inside_statements(have: DatabaseSettings, want: DatabaseSettings) -> list[str]:
    """What turns a new database into the wanted one, as far as it is said inside of it."""
    statements: list[str] = []
    if want.public is None:
        statements.append("DROP SCHEMA public")
    elif have.public is not None and have.public != want.public:
        if have.public.owner != want.public.owner:
            statements.append(f"ALTER SCHEMA public OWNER TO {identifier(want.public.owner)}")
        grants = _owned_by(have.public.grants, have.public.owner, want.public.owner)
        statements += grant_statements(grants, want.public.grants, "SCHEMA public", want.public.owner)
    return statements + default_privilege_statements(want.default_privileges)


def _owned_by(grants: Grants, before: str, after: str) -> Grants:
    """The grants after a change of owner: the server puts the new owner in the old one's place."""
    roles = {before: after}
    return frozenset(
        type(each)(roles.get(each.grantor, each.grantor), roles.get(each.grantee or "", each.grantee), each.privilege, each.is_grantable)
        for each in grants
    )


def _parameter_name(name: str) -> str:
    return ".".join(identifier(part) for part in name.split("."))


def _parameter_value(parameter: Parameter) -> str:
    if parameter.name.lower() not in _LISTS:
        return literal(parameter.value)
    names = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', parameter.value)
    return ", ".join(literal(quoted.replace('""', '"') or plain) for quoted, plain in names) or "''"
