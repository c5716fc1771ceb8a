# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements (DuckDB's SQL) that compare listings of records as multisets, and compacted topics by their last records.

``a`` are copies at the source before the mark, ``t`` those written after it, ``d`` those at the destination. Of one partition:
max(0, a - d) copies are lost, max(0, d - a - t) are surplus. Surplus of a record that the source has is duplicated, else it is extra,
or expired when it is older than all that the source has kept.
"""

from __future__ import annotations

ROWS = """
SELECT * FROM read_csv([{files}], header = false, auto_detect = false, delim = ',', nullstr = '',
  columns = {{'pair': 'INTEGER', 'side': 'VARCHAR', 'position': 'BIGINT', 'ts': 'BIGINT', 'dead': 'BOOLEAN', 'record': 'UHUGEINT', 'key': 'UHUGEINT'}})
"""

_CHANGED_BY = """
CREATE TABLE {table} AS
WITH one AS (SELECT {columns}, sum(n) AS n FROM {lost} WHERE n > 0 GROUP BY {columns}),
   other AS (SELECT {columns}, sum(n) AS n FROM {new} WHERE n > 0 GROUP BY {columns})
SELECT {selected}, least(one.n, other.n) AS n FROM one JOIN other ON {joined}
"""

PLAIN = (
    # all that is not as it should be, by record
    """
CREATE TABLE net AS
SELECT pair, record, any_value(key) AS key, any_value(ts) AS ts, a, t, d, greatest(0, a - d) AS lost, greatest(0, d - a - t) AS surplus FROM (
  SELECT rows.pair, record, any_value(key) AS key, any_value(ts) AS ts,
    count(*) FILTER (side = 's') AS a, count(*) FILTER (side = 't') AS t, count(*) FILTER (side = 'd') AS d
  FROM rows JOIN pairs ON rows.pair = pairs.pair AND NOT compacted GROUP BY rows.pair, record)
WHERE a > d OR d > a + t GROUP BY pair, record, a, t, d
""",
    "CREATE TABLE lost AS SELECT pair, topic, number, record, key, ts, lost AS n FROM net JOIN pairs USING (pair) WHERE lost > 0",
    """
CREATE TABLE new AS SELECT pair, topic, number, record, key, ts, surplus AS n FROM net JOIN pairs USING (pair)
WHERE surplus > 0 AND a + t = 0 AND (first_timestamp IS NULL OR ts >= first_timestamp)
""",
    # a hash that is lost in one partition and new in another of the same topic has moved: so many of it
    """
CREATE TABLE moved AS
WITH one AS (SELECT topic, record, sum(n) AS n FROM lost GROUP BY topic, record), other AS (SELECT topic, record, sum(n) AS n FROM new GROUP BY topic, record)
SELECT topic, record, least(one.n, other.n) AS n FROM one JOIN other USING (topic, record)
""",
    # the first partitions are taken first
    """
CREATE TABLE lost_moved AS SELECT pair, topic, record, key, ts, n,
  greatest(0, least(n, moved_n - (sum(n) OVER (PARTITION BY topic, record ORDER BY number ROWS UNBOUNDED PRECEDING) - n))) AS moved
FROM (SELECT lost.*, coalesce(moved.n, 0) AS moved_n FROM lost LEFT JOIN moved USING (topic, record))
""",
    """
CREATE TABLE new_moved AS SELECT pair, topic, record, key, ts, n,
  greatest(0, least(n, moved_n - (sum(n) OVER (PARTITION BY topic, record ORDER BY number ROWS UNBOUNDED PRECEDING) - n))) AS moved
FROM (SELECT new.*, coalesce(moved.n, 0) AS moved_n FROM new LEFT JOIN moved USING (topic, record))
""",
    "CREATE TABLE lost_left AS SELECT pair, key, ts, sum(n - moved) AS n FROM lost_moved GROUP BY pair, key, ts",
    "CREATE TABLE new_left AS SELECT pair, key, ts, sum(n - moved) AS n FROM new_moved GROUP BY pair, key, ts",
    _CHANGED_BY.format(table="changed_at_once", columns="pair, key, ts", lost="lost_left", new="new_left", selected="one.pair, one.key, one.ts",
                       joined="one.pair = other.pair AND one.key IS NOT DISTINCT FROM other.key AND one.ts = other.ts"),
    """
CREATE TABLE lost_then AS SELECT l.pair, l.key, l.n - coalesce(c.n, 0) AS n FROM lost_left l
LEFT JOIN changed_at_once c ON l.pair = c.pair AND l.key IS NOT DISTINCT FROM c.key AND l.ts = c.ts
""",
    """
CREATE TABLE new_then AS SELECT l.pair, l.key, l.n - coalesce(c.n, 0) AS n FROM new_left l
LEFT JOIN changed_at_once c ON l.pair = c.pair AND l.key IS NOT DISTINCT FROM c.key AND l.ts = c.ts
""",
    _CHANGED_BY.format(table="changed_later", columns="pair, key", lost="lost_then", new="new_then", selected="one.pair, one.key",
                       joined="one.pair = other.pair AND one.key = other.key"),
    "CREATE TABLE changed AS SELECT pair, sum(n) AS n FROM (SELECT pair, n FROM changed_at_once UNION ALL SELECT pair, n FROM changed_later) GROUP BY pair",
)

# The last record of each key; a tombstone is as good as none. What was written after the mark may have arrived, or not yet.
COMPACTED = (
    """
CREATE TABLE latest AS
SELECT rows.pair, key, max(position) FILTER (side = 's') AS s_position, max(position) FILTER (side = 'd') AS d_position,
  arg_max(record, position) FILTER (side = 's') AS s_record, arg_max(record, position) FILTER (side = 'd') AS d_record,
  coalesce(NOT arg_max(dead, position) FILTER (side = 's'), false) AS s_lives, coalesce(NOT arg_max(dead, position) FILTER (side = 'd'), false) AS d_lives,
  arg_max(ts, position) FILTER (side = 'd') AS d_ts,
  count(*) FILTER (side = 't') AS later, count(*) FILTER (side = 't' AND dead) > 0 AS deleted_later
FROM rows JOIN pairs ON rows.pair = pairs.pair AND compacted GROUP BY rows.pair, key
""",
    """
CREATE TABLE verdicts AS SELECT pair, key, s_position, d_position, s_lives, d_lives,
  CASE
    WHEN s_lives AND d_lives AND s_record = d_record THEN 'same'
    WHEN NOT s_lives AND NOT d_lives THEN 'same'
    WHEN later > 0 AND s_position IS NULL THEN 'later'
    WHEN later > 0 AND d_lives AND EXISTS (
      SELECT 1 FROM rows WHERE rows.pair = latest.pair AND rows.key = latest.key AND rows.side = 't' AND rows.record = latest.d_record) THEN 'later'
    WHEN s_lives AND NOT d_lives AND deleted_later THEN 'later'
    WHEN s_lives AND d_lives THEN 'changed'
    WHEN s_lives THEN 'missing'
    WHEN first_timestamp IS NOT NULL AND d_ts < first_timestamp THEN 'expired'
    ELSE 'extra' END AS verdict
FROM latest JOIN pairs USING (pair)
""",
)

COUNTS = {
    "duplicated": "SELECT pair, sum(surplus) FROM net WHERE a + t > 0 AND surplus > 0 GROUP BY pair",
    "expired": """
SELECT pair, sum(surplus) FROM net JOIN pairs USING (pair)
WHERE surplus > 0 AND a + t = 0 AND first_timestamp IS NOT NULL AND ts < first_timestamp GROUP BY pair
UNION ALL SELECT pair, count(*) FROM verdicts WHERE verdict = 'expired' GROUP BY pair
""",
    "missing": """
SELECT pair, sum(n) FROM (SELECT pair, n FROM lost UNION ALL SELECT pair, -n FROM changed) GROUP BY pair
UNION ALL SELECT pair, count(*) FROM verdicts WHERE verdict = 'missing' GROUP BY pair
""",
    "extra": """
SELECT pair, sum(n) FROM (SELECT pair, n FROM new UNION ALL SELECT pair, -n FROM changed) GROUP BY pair
UNION ALL SELECT pair, count(*) FROM verdicts WHERE verdict = 'extra' GROUP BY pair
""",
    "changed": "SELECT pair, n FROM changed UNION ALL SELECT pair, count(*) FROM verdicts WHERE verdict = 'changed' GROUP BY pair",
    "moved": "SELECT pair, sum(moved) FROM lost_moved WHERE moved > 0 GROUP BY pair",
}

COUNTS_COMPACTED = "SELECT pair, count(*) FILTER (s_lives), count(*) FILTER (d_lives) FROM verdicts GROUP BY pair"

# Which of several equal copies is the lost one cannot be known: the last.
LISTED = {
    "lost": """
SELECT pair, position, ts, record, key FROM (
  SELECT rows.pair, position, rows.ts, rows.record, rows.key, row_number() OVER (PARTITION BY rows.pair ORDER BY position) AS listed FROM (
    SELECT *, row_number() OVER (PARTITION BY pair, record ORDER BY position) AS copy
    FROM (SELECT r.* FROM rows r SEMI JOIN lost USING (pair, record) WHERE side = 's')
  ) rows JOIN net USING (pair, record) WHERE copy > d)
WHERE listed <= ? ORDER BY pair, position
""",
    "new": """
SELECT pair, position, ts, record, key FROM (
  SELECT r.*, row_number() OVER (PARTITION BY pair ORDER BY position) AS listed FROM rows r SEMI JOIN new USING (pair, record) WHERE side = 'd')
WHERE listed <= ? ORDER BY pair, position
""",
}

LISTED_COMPACTED = {
    kind: f"SELECT pair, s_position, d_position FROM verdicts WHERE verdict = '{kind}' ORDER BY pair, s_position, d_position"
    for kind in ("missing", "extra", "changed")
}

DUPLICATES = """
SELECT pair, position FROM (
  SELECT rows.pair, position, row_number() OVER (PARTITION BY rows.pair ORDER BY position) AS listed FROM (
    SELECT *, row_number() OVER (PARTITION BY pair, record ORDER BY position) AS copy
    FROM (SELECT r.* FROM rows r SEMI JOIN (SELECT pair, record FROM net WHERE surplus > 0 AND a + t > 0) USING (pair, record) WHERE side = 'd')
  ) rows JOIN net USING (pair, record) WHERE copy > a + t)
WHERE listed <= ? ORDER BY pair, position
"""
