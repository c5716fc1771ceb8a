# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What client programs print, read back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.databases import (
    clickhouse_exec,
    cockroachdb_exec,
    mariadb_exec,
    minio_exec,
    postgresql_exec,
    redis_exec,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import ConnectionLost, Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.sql import SqlError
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError

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


@pytest.mark.parametrize("arguments", [mariadb_exec.arguments(LOGIN), redis_exec.arguments(LOGIN), postgresql_exec.ARGUMENTS, clickhouse_exec.arguments(LOGIN)])
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


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        (
            "Code: 193. DB::Exception: Received from 127.0.0.1:9000, 127.0.0.1. DB::Exception: Wrong password for user admin. \n",
            "193",
            "Wrong password for user admin.",
        ),
        (
            "Received exception from server (version 23.8.1):\nCode: 60. DB::Exception: Received from localhost:9000. DB::Exception: Table d.t does not exist. "
            "(UNKNOWN_TABLE)\n(query: DROP TABLE d.t)\n",
            "60",
            "Table d.t does not exist. (UNKNOWN_TABLE)",
        ),
    ],
)
def test_clickhouse_refusals_of_old_and_new_servers(said: str, code: str, text: str) -> None:
    refused = clickhouse_exec.refusal(LOGIN, said, is_new=True)
    assert isinstance(refused, SqlError)
    assert (refused.code, refused.text) == (code, text)


def test_clickhouse_that_is_not_there_is_told_from_one_that_went_away() -> None:
    said = "Code: 210. DB::NetException: Connection refused (127.0.0.1:9000)"
    login = Login("clickhouse", "127.0.0.1", 9000)
    assert "Failed to reach the server" in str(clickhouse_exec.refusal(login, said, is_new=True))
    assert isinstance(clickhouse_exec.refusal(login, said, is_new=False), ConnectionLost)
    assert "Failed to set up TLS" in str(clickhouse_exec.refusal(LOGIN, "Code: 210. DB::NetException: SSL Exception: unknown protocol", is_new=True))


def test_clickhouse_configuration_keeps_every_character_and_says_what_to_trust() -> None:
    text = clickhouse_exec.configuration(Login("x", "h", 1, "a<b", "p&<'\"ä", Tls(ca="/c&a", verify=False)))
    assert "<user>a&lt;b</user><password>p&amp;&lt;'\"ä</password>" in text
    assert "<caConfig>/c&amp;a</caConfig>" in text
    assert "AcceptCertificateHandler" in text


def cockroach(**tls: object) -> Login:
    return Login("cockroachdb", "127.0.0.1", 26257, "app", "hid:4711@", Tls(**tls) if tls else None)  # type: ignore[arg-type]


def test_cockroach_sql_is_started_with_its_published_flags() -> None:
    """The page "cockroach sql": --certs-dir, --host with its port, --user, --database, --format, --insecure, and COCKROACH_URL."""
    assert cockroachdb_exec.command(cockroach(), "my db", "/cockroach/cockroach-certs", has_pair=True) == (
        "\"$program\" sql --format=csv --certs-dir=/cockroach/cockroach-certs --host=127.0.0.1:26257 --user=app '--database=my db'"
    )
    assert "--insecure --host=" in cockroachdb_exec.command(cockroach(enabled=False), "d", None, has_pair=False)
    by_password = cockroachdb_exec.command(cockroach(), "my db", "/certs", has_pair=False)
    url = "postgresql://app:hid%3A4711%40@127.0.0.1:26257/my%20db?sslmode=verify-full&sslrootcert=%2Fcerts%2Fca.crt"
    assert by_password == f"COCKROACH_URL='{url}' \"$program\" sql --format=csv"


def test_cockroach_rows_come_after_their_names_and_after_what_set_says() -> None:
    assert cockroachdb_exec.rows_in('SET\nSET\na,b\n1,"x, ""y""\nz"\n,\n', 2) == [("1", 'x, "y"\nz'), ("", "")]
    assert cockroachdb_exec.rows_in("SET\nDROP TABLE\n", 1) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: password authentication failed for user app\nSQLSTATE: 28P01\nFailed running \"sql\"\n", "Failed to log in as app"),
        ("ERROR: node is running secure mode, SSL connection required\nFailed running \"sql\"\n", "The server wants TLS: set tls"),
        ("ERROR: cannot dial server.\nIs the server running?\n", "Failed to reach the server"),
        ("ERROR: cannot load certificates.\nCheck your certificate settings, set --certs-dir, or use --insecure\n", "Failed to set up TLS"),
    ],
)
def test_cockroach_refusals_are_told_apart(said: str, told: str) -> None:
    assert told in str(cockroachdb_exec.refusal(cockroach(enabled=False) if "SSL" in said else cockroach(), said, is_new=True))


def test_cockroach_errors_have_the_code_of_sql() -> None:
    refused = cockroachdb_exec.refusal(cockroach(), 'ERROR: cannot drop relation "t"\nSQLSTATE: 2BP01\nHINT: use CASCADE\n', is_new=False)
    assert isinstance(refused, SqlError)
    assert (refused.code, refused.text) == ("2BP01", 'cannot drop relation "t". use CASCADE')


def test_policies_that_differ_in_order_only_are_the_same() -> None:
    one, other = ('{"Statement":[{"Action":["s3:%s","s3:%s"],"Effect":"Allow"},{"Effect":"Deny"}]}' % each for each in (("A", "B"), ("B", "A")))
    assert minio_exec.in_order(one) == minio_exec.in_order(other)
    assert minio_exec.in_order(one) != minio_exec.in_order(one.replace("Deny", "Allow"))


def test_mc_gets_keys_in_its_environment_and_those_that_do_not_fit_in_its_configuration() -> None:
    plain = Login("minio", "127.0.0.1", 9000, "admin", "p/@ 'x", Tls(verify=False))
    assert minio_exec.settings(plain)["MC_HOST_streamops"] == "https://admin:p/@ 'x@127.0.0.1:9000"
    assert minio_exec.settings(plain)["MC_INSECURE"] == "true"
    with_colon = Login("minio", "127.0.0.1", 9000, "admin", "a:b")
    assert "MC_HOST_streamops" not in minio_exec.settings(with_colon)
    assert '"secretKey": "a:b"' in minio_exec.configuration(with_colon)


class Answers:
    """A shell in which mc prints these lines and ends with this code."""

    def __init__(self, code: int, *printed: str) -> None:
        self.code = code
        self._printed = printed

    def lines(self, _order: str) -> Iterator[bytes]:
        yield from (line.encode() for line in self._printed)


def store(code: int, *printed: str) -> minio_exec.McStore:
    made = object.__new__(minio_exec.McStore)
    made.login, made._markers, made._shell = Login("minio", "h", 9000, "admin"), set(), Answers(code, *printed)  # type: ignore[assignment]
    return made


LISTED = '{"status":"success","type":"file","key":"a","versionId":"1"}'


def test_mc_that_is_killed_in_the_middle_of_a_list_has_listed_nothing() -> None:
    assert [each.key for each in store(0, LISTED).versions("b")] == ["a"]
    for code in (1, 2, 137):
        with pytest.raises(OperationError, match=f"code {code}"):
            list(store(code, LISTED).versions("b"))
    with pytest.raises(OperationError, match="code 137"):
        list(store(137).clear("b"))


def test_mc_that_loses_the_server_never_calls_a_bucket_absent() -> None:
    def said(message: str) -> str:
        return '{\n "status": "error",\n "error": {\n  "message": "Unable to stat",\n  "cause": {"message": "%s", "error": {}}\n }\n}' % message

    assert store(1, *said("Bucket `geoff` does not exist.").splitlines()).exists("geoff") is False
    for lost in ("dial tcp 127.0.0.1:9000: connect: connection refused; host not found", "unexpected EOF"):
        with pytest.raises(ConnectionLost):
            store(1, *said(lost).splitlines()).exists("b")
    with pytest.raises(OperationError, match="may not do this. It needs s3:ListBucket"):
        store(1, *said("Access Denied.").splitlines()).exists("b")
