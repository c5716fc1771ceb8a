# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects a PostgreSQL database or one of its schemas holds, and in which order they can go."""

from __future__ import annotations

from dataclasses import dataclass

from .postgresql import identifier, literal, records
from .sql import Session

# Objects with smaller numbers were made by initdb and are part of every database (FirstNormalObjectId in PostgreSQL's transam.h).
_FIRST_OWN_OID = 16384


@dataclass(frozen=True)
class _Catalog:
    """A system catalog whose rows are counted.

    :param kind: SQL that names what a row of ``c`` is, in the plural.
    :param prefix: how its columns begin: ``rel`` for ``relnamespace``, ``relowner``; empty for objects outside schemas.
    :param counted: SQL condition; rows that only belong to another object are left out.
    :param rank: SQL number; smaller ones are dropped first, so that few locks are needed at once.
    """

    table: str
    kind: str
    prefix: str = ""
    counted: str = "true"
    rank: str = "8"


_RELATION_KIND = """CASE c.relkind WHEN 'v' THEN 'views' WHEN 'm' THEN 'materialized_views' WHEN 'S' THEN 'sequences'
  WHEN 'f' THEN 'foreign_tables' ELSE 'tables' END"""
# Views, then the leaves of partitioned tables, then what holds them: a table takes the locks of all its partitions.
_RELATION_RANK = """CASE WHEN c.relkind IN ('v', 'm') THEN 0 WHEN c.relkind = 'S' THEN 5
  WHEN c.relispartition THEN CASE c.relkind WHEN 'p' THEN 2 ELSE 1 END WHEN c.relhassubclass THEN 4 ELSE 3 END"""
_FUNCTION_KIND = "CASE c.prokind WHEN 'p' THEN 'procedures' WHEN 'a' THEN 'aggregates' ELSE 'functions' END"
# Neither row types of tables, nor array types, nor multiranges: they come and go with another type.
_OWN_TYPE = """c.typtype <> 'm' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = c.typelem AND e.typarray = c.oid)
  AND NOT EXISTS (SELECT FROM pg_class r WHERE r.oid = c.typrelid AND r.relkind <> 'c')"""

_IN_SCHEMAS = (
    _Catalog("pg_class", _RELATION_KIND, "rel", "c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')", _RELATION_RANK),
    _Catalog("pg_proc", _FUNCTION_KIND, "pro", rank="6"),
    _Catalog("pg_type", "'types'", "typ", _OWN_TYPE, "7"),
    _Catalog("pg_operator", "'operators'", "opr"),
    _Catalog("pg_opclass", "'operator_classes'", "opc"),
    _Catalog("pg_opfamily", "'operator_families'", "opf", rank="9"),
    _Catalog("pg_collation", "'collations'", "coll"),
    _Catalog("pg_conversion", "'conversions'", "con"),
    _Catalog("pg_ts_config", "'text_search_configurations'", "cfg"),
    _Catalog("pg_ts_dict", "'text_search_dictionaries'", "dict"),
    _Catalog("pg_statistic_ext", "'statistics'", "stx"),
)
_OUTSIDE_SCHEMAS = (
    _Catalog("pg_namespace", "'schemas'", counted="c.nspname !~ '^pg_(toast|temp_|toast_temp_)'"),
    _Catalog("pg_extension", "'extensions'"),
    _Catalog("pg_largeobject_metadata", "'large_objects'"),
    _Catalog("pg_event_trigger", "'event_triggers'"),
    _Catalog("pg_publication", "'publications'"),
    _Catalog("pg_foreign_data_wrapper", "'foreign_data_wrappers'"),
    _Catalog("pg_foreign_server", "'foreign_servers'"),
    _Catalog("pg_language", "'languages'"),
    _Catalog("pg_cast", "'casts'"),
)


@dataclass(frozen=True)
class SchemaObject:
    """One object of a schema. ``type`` and ``identity`` are the server's own words, ready for ``DROP``."""

    kind: str
    type: str
    identity: str
    is_mine: bool

    @property
    def drop(self) -> str:
        """Cascades stay inside the schema: what depends on it from outside has been ruled out before."""
        type = self.type.removesuffix(" object")  # only CREATE STATISTICS is not named as it is dropped
        return f"DROP {type} IF EXISTS {self.identity} CASCADE"


def _select(catalog: _Catalog, columns: str, condition: str) -> str:
    """Members of extensions count as their extension, and what an object needs internally as that object."""
    internal = "'e'" if catalog.table == "pg_class" else "'e', 'i'"
    join = f"JOIN pg_namespace n ON n.oid = c.{catalog.prefix}namespace" if catalog.prefix else ""
    return f"""SELECT {columns} FROM {catalog.table} c {join} WHERE {condition} AND {catalog.counted}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{catalog.table}'::regclass AND d.objid = c.oid AND d.deptype IN ({internal}))"""


def count_database(session: Session) -> dict[str, int]:
    """Everything that was made in this database since it was created, by kind."""
    own = f"c.oid >= {_FIRST_OWN_OID}"
    in_schemas = [_select(each, f"{each.kind} AS kind", own + " AND n.nspname !~ '^pg_(toast|temp_|toast_temp_)'") for each in _IN_SCHEMAS]
    others = [_select(each, f"{each.kind} AS kind", own) for each in _OUTSIDE_SCHEMAS]
    union = "\nUNION ALL ".join(in_schemas + others)
    rows = records(session, f"SELECT kind, count(*) AS count FROM ({union}) objects GROUP BY kind")
    return {row["kind"]: row["count"] for row in rows}


def list_schema(session: Session, schema: str) -> list[SchemaObject]:
    """Every object of the schema, in an order in which they can be dropped in batches."""
    selects = []
    for each in _IN_SCHEMAS:
        owner = f"c.{each.prefix}owner"
        columns = f"'{each.table}'::regclass AS classid, c.oid, {each.kind} AS kind, {each.rank} AS rank, {owner} AS owner"
        selects.append(_select(each, columns, f"n.nspname = {literal(schema)}"))
    union = "\nUNION ALL ".join(selects)
    query = f"""SELECT o.kind, i.type, i.identity, pg_has_role(o.owner, 'USAGE') AS is_mine
FROM ({union}) o, pg_identify_object(o.classid, o.oid, 0) i ORDER BY o.rank, o.oid DESC"""
    return [SchemaObject(**row) for row in records(session, query)]


def outside_dependents(session: Session, schema: str) -> list[str]:
    """What lies outside the schema and would go with its objects: views, foreign keys, defaults, columns of its types.

    Rules, triggers, defaults and policies have no schema of their own; their address begins with their table's.
    """
    namespace = f"{literal(identifier(schema))}::regnamespace"
    inside = "\nUNION ALL ".join(
        f"SELECT '{each.table}'::regclass::oid AS classid, oid AS objid FROM {each.table} WHERE {each.prefix}namespace = {namespace}"
        for each in _IN_SCHEMAS
    )
    query = f"""SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS description
FROM ({inside}) i JOIN pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.objid,
  pg_identify_object(d.classid, d.objid, d.objsubid) o, pg_identify_object_as_address(d.classid, d.objid, d.objsubid) a
WHERE d.deptype IN ('n', 'a') AND coalesce(o.schema, a.object_names[1]) IS DISTINCT FROM {literal(schema)} ORDER BY 1 LIMIT 20"""
    return [row["description"] for row in records(session, query)]
