# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What client programs print, read back."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.databases import mariadb_exec, postgresql_exec, redis_exec
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls

LOGIN = Login("x", "127.0.0.1", 1, "admin", "hidden4711", Tls(ca="/ca"))


def xml(*fields: str) -> bytes:
    row = "".join(f"\t{field}\n" for field in fields)
    return f'<?xml version="1.0"?>\n\n<resultset statement="S" xmlns:xsi="x">\n  <row>\n{row}  </row>\n</resultset>\n'.encode()


def test_mariadb_tells_null_from_its_name_and_keeps_every_character() -> None:
    texts = ['<field name="b">NULL</field>', '<field name="c">x\ny\t\x01&lt;/field&gt;&amp;lt;&quot;ä</field>', '<field name="d"></field>']
    said = xml('<field name="a" xsi:nil="true" />', *texts)
    assert mariadb_exec.rows_in(said) == [(None, "NULL", 'x\ny\t\x01</field>&lt;"ä', "")]
    assert mariadb_exec.rows_in(b'  </row>\n</resultset>\n<?xml version="1.0"?>\n\n<resultset statement="S" x></resultset>\n') == []


def test_mariadb_errors_are_told_from_data_and_statements_that_look_like_one() -> None:
    statement = b"--------------\nSELECT '\nERROR 1 (X): no'\n--------------\n\n"
    failed = statement + b'ERROR 1205 (HY000) at line 3: Lock wait timeout exceeded\n<?xml version="1.0"?>'
    assert mariadb_exec.error_in(failed) == ("1205", "Lock wait timeout exceeded")
    assert mariadb_exec.error_in(xml('<field name="a">\nERROR 1205 (HY000) at line 3: x</field>')) == ("", "")
    assert mariadb_exec.error_in(b"ERROR 1045 (28000): Access denied")[0] == "1045"


def test_psql_rows_are_cut_at_their_separators_only() -> None:
    assert postgresql_exec.rows_in("aFbRN\nFc\n\n", "F", "R", "N") == [("a", "b"), ("N\n", "c\n")]
    assert postgresql_exec.rows_in("NF\n", "F", "R", "N") == [(None, "")]
    assert postgresql_exec.rows_in("", "F", "R", "N") == []


@pytest.mark.parametrize("arguments", [mariadb_exec.arguments(LOGIN), redis_exec.arguments(LOGIN), postgresql_exec.ARGUMENTS])
def test_arguments_hold_no_password(arguments: list[str]) -> None:
    assert not any("hidden4711" in each for each in arguments)


@pytest.mark.parametrize("key", [b"plain", b'q"uo\\te', b"line\nbreak\r\0", "ä".encode(), b"sp ace", b"\xff\xfe"])
def test_keys_of_any_bytes_are_written_and_read_back(key: bytes) -> None:
    line = redis_exec.command_line(b"UNLINK", key)
    assert b"\n" not in line
    assert redis_exec.values_in(line) == [b"UNLINK", key]


def test_redis_csv_escapes_are_read() -> None:
    assert redis_exec.values_in(rb'"0","a,b","\xc3\xa4\n\"\\n"') == [b"0", b"a,b", b'\xc3\xa4\n"\\n']


def test_slots_are_redis_own() -> None:
    """As in the cluster specification: CRC16 of 123456789 is 0x31C3, and a hash tag alone counts."""
    assert redis_exec.key_slot(b"123456789") == 0x31C3 % 16384
    assert redis_exec.key_slot(b"a{tag}b") == redis_exec.key_slot(b"tag")
    assert redis_exec.key_slot(b"a{}b") != redis_exec.key_slot(b"")


def test_slots_belong_to_primaries_that_are_alive() -> None:
    nodes = """id1 10.0.0.1:6379@16379,name myself,master - 0 0 1 connected 0-5460 5462 [5461->-id2]
id2 10.0.0.2:6379@16379 master - 0 0 2 connected 5461
id3 10.0.0.3:6379@16379 slave id1 0 0 1 connected
id4 10.0.0.4:6379@16379 master,fail - 0 0 1 disconnected 5463-16383"""
    found = [(each.first, each.last, each.address[0]) for each in redis_exec.slot_ranges(nodes)]
    assert found == [(0, 5460, "10.0.0.1"), (5462, 5462, "10.0.0.1"), (5461, 5461, "10.0.0.2")]
