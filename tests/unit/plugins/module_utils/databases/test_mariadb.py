# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases import mariadb_client
from ansible_collections.streamops.kafka.plugins.module_utils.databases.mariadb import identifier, missing_rights, quoted, with_settings
from ansible_collections.streamops.kafka.plugins.module_utils.databases.mariadb_client import connect_error, connect_options
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.reset import Found
from ansible_collections.streamops.kafka.plugins.module_utils.module import LibraryMissing


def test_names_and_texts_are_quoted() -> None:
    assert identifier("a`b'c\"d") == "`a``b'c\"d`"
    assert quoted(r"it's \ that") == r"'it''s \ that'"


def test_the_database_gets_its_own_settings_again() -> None:
    found = Found("a`b", {}, {"character_set": "latin1", "collation": "latin1_german1_ci", "comment": "it's", "grants": []})
    assert with_settings("CREATE OR REPLACE DATABASE", found) == (
        "CREATE OR REPLACE DATABASE `a``b` CHARACTER SET latin1 COLLATE latin1_german1_ci COMMENT 'it''s'"
    )


def test_servers_before_comments_are_not_asked_for_one() -> None:
    found = Found("app", {}, {"character_set": "utf8mb4", "collation": "utf8mb4_bin", "comment": ""})
    assert with_settings("ALTER DATABASE", found) == "ALTER DATABASE `app` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


@pytest.mark.parametrize(
    ("grant", "missing"),
    [
        ("GRANT ALL PRIVILEGES ON *.* TO `admin`@`%` IDENTIFIED BY PASSWORD '*1' WITH GRANT OPTION", []),
        ("GRANT ALL PRIVILEGES ON `app_1`.* TO `app`@`%`", []),
        ("GRANT SELECT, CREATE, DROP ON `app_1`.* TO `app`@`%`", []),
        (r"GRANT ALL PRIVILEGES ON `app\_1`.* TO `app`@`%`", []),
        ("GRANT ALL PRIVILEGES ON `app%`.* TO `app`@`%`", []),
        ("GRANT SELECT, INSERT ON `app_1`.* TO `app`@`%`", ["CREATE", "DROP"]),
        ("GRANT SELECT, DROP ON `app_1`.* TO `app`@`%`", ["CREATE"]),
        (r"GRANT ALL PRIVILEGES ON `app\%`.* TO `app`@`%`", ["CREATE", "DROP"]),
        ("GRANT ALL PRIVILEGES ON `other`.* TO `app`@`%`", ["CREATE", "DROP"]),
        ("GRANT ALL PRIVILEGES ON `app_1`.`t` TO `app`@`%`", ["CREATE", "DROP"]),
        ("GRANT `some_role` TO `app`@`%`", ["CREATE", "DROP"]),
        ("GRANT CREATE VIEW, CREATE ROUTINE, DROP ON `app_1`.* TO `app`@`%`", ["CREATE"]),
    ],
)
def test_rights_are_read_from_grants(grant: str, missing: list[str]) -> None:
    assert missing_rights(["GRANT USAGE ON *.* TO `app`@`%`", grant], "app_1") == missing


def test_rights_add_up_over_grants_of_user_and_roles() -> None:
    assert missing_rights(["GRANT CREATE ON *.* TO `app`@`%`", "GRANT DROP ON `app`.* TO `some_role`"], "app") == []


LOGIN = Login("mariadb", "db", 3306, "app", "pä ss\"'$%\\")


def test_passwords_are_sent_as_utf_8() -> None:
    assert connect_options(LOGIN)["password"] == "pä ss\"'$%\\".encode()


def test_passwords_are_in_no_representation() -> None:
    assert "pä ss" not in repr(LOGIN)
    assert "pä ss" not in str(LOGIN)


def test_tls_can_be_switched_off_and_on() -> None:
    assert "ssl" not in connect_options(LOGIN)
    assert connect_options(Login("mariadb", "db", 3306, tls=Tls(enabled=False)))["ssl_disabled"] is True
    assert connect_options(Login("mariadb", "db", 3306, tls=Tls()))["ssl"].check_hostname is True
    assert connect_options(Login("mariadb", "db", 3306, tls=Tls(verify_hostname=False)))["ssl"].check_hostname is False


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        (2003, "Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)", "Failed to reach the server on mariadb db:3306: Can't connect"),
        (1045, "Access denied for user 'app'@'web' (using password: YES)", "Failed to log in as app on mariadb db:3306: Access denied"),
        (2026, "SSL is required but the server doesn't support it", "Failed to set up TLS on mariadb db:3306: SSL is required"),
        (3159, "Connections using insecure transport are prohibited", "The server wants TLS: set tls"),
    ],
)
def test_why_there_is_no_connection(code: int, text: str, told: str) -> None:
    assert told in str(connect_error(LOGIN, Exception(code, text)))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(LibraryMissing):
        mariadb_client.PyMySqlSession(LOGIN)
