# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB with a data directory of its own, reached over TCP."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pymysql

from lab import commands, files, places, ports
from lab.errors import LabError
from lab.packages import Requirement
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program, running, stop

ADMINISTRATOR = "admin"
CAPTURER = "debezium"  # reads the binlog


def _binary(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")


class MariaDB(Server):
    name = "mariadb"
    requirements = (Requirement("mariadb-server", lambda: _binary("mariadbd") is not None),)

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def validate(self) -> None:
        """One that an older checkout has started, without a binlog, makes room for ours. Its data stays."""
        settings = places.home_of(self.name) / "my.cnf"
        if self.name in running() and settings.exists() and "log-bin-trust-function-creators" not in settings.read_text(encoding="utf-8"):
            stop([self.name])

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        user = files.account("mysql")
        home = files.private_directory(places.home_of(self.name), user)
        settings = files.write(home / "my.cnf", self._settings(home), user)
        files.write(home / "init.sql", self._accounts(), user)
        if not (home / "data").exists():
            self._create(home, user)
        server = _binary("mariadbd")
        if server is None:
            raise LabError("mariadbd was not found.")
        return [Program(self.name, [server, f"--defaults-file={settings}"], user)]

    def check(self) -> str | None:
        try:
            with pymysql.connect(
                host=ports.HOST, port=self._port(), user=ADMINISTRATOR, password=self._password(), connect_timeout=5
            ) as connection, connection.cursor() as cursor:  # fmt: skip
                cursor.execute("SELECT COUNT(*) FROM mysql.global_priv")
        except (pymysql.Error, OSError) as error:
            return str(error)
        return None

    def endpoints(self) -> dict[str, str]:
        return {
            "LAB_MARIADB_HOST": ports.HOST,
            "LAB_MARIADB_PORT": str(self._port()),
            "LAB_MARIADB_USER": ADMINISTRATOR,
            "LAB_MARIADB_PASSWORD": self._password(),
            "LAB_MARIADB_REPLICATION_USER": CAPTURER,
            "LAB_MARIADB_REPLICATION_PASSWORD": password(f"mariadb.{CAPTURER}"),
        }

    def _create(self, home: Path, user: str | None) -> None:
        """Built beside and renamed, so that a killed run leaves no half data directory."""
        draft = home / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        create = _binary("mariadb-install-db") or "mariadb-install-db"
        options = [f"--datadir={draft}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        commands.run(
            "create the MariaDB data directory", [create, "--no-defaults", *options],
            places.logs() / "mariadb.create.log", user=user,
        )  # fmt: skip
        draft.rename(home / "data")

    def _settings(self, home: Path) -> str:
        return (
            "[mariadbd]\n"
            f"datadir={home}/data\nsocket={home}/mariadb.sock\npid-file={home}/mariadb.pid\n"
            f"bind-address={ports.HOST}\nport={self._port()}\ninit-file={home}/init.sql\n"
            "character-set-server=utf8mb4\n"
            "innodb-buffer-pool-size=64M\ninnodb-flush-log-at-trx-commit=2\ninnodb-use-native-aio=0\n"
            # What change data capture reads. Kept small: tests write many rows that nobody captures.
            f"server-id=1\nlog-bin={home}/data/binlog\nbinlog-format=ROW\nbinlog-row-image=FULL\nmax-binlog-size=64M\nsync-binlog=0\n"
            # With a binlog the server would refuse functions that do not say whether they are deterministic (error 1418).
            "log-bin-trust-function-creators=ON\n"
        )

    def _accounts(self) -> str:
        """Run at every start: one statement a line, or MariaDB does not apply them."""
        admin, capturer = f"'{ADMINISTRATOR}'@'%'", f"'{CAPTURER}'@'%'"
        return (
            # mariadb-install-db leaves anonymous accounts and further root accounts, all without password
            "DELETE FROM mysql.global_priv WHERE User = '' OR User = 'root' AND Host <> 'localhost';\n"
            "FLUSH PRIVILEGES;\n"
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self._password()}';\n"
            f"CREATE USER IF NOT EXISTS {admin};\n"
            f"ALTER USER {admin} IDENTIFIED BY '{self._password()}';\n"
            f"GRANT ALL ON *.* TO {admin} WITH GRANT OPTION;\n"
            f"CREATE USER IF NOT EXISTS {capturer};\n"
            f"ALTER USER {capturer} IDENTIFIED BY '{password(f'mariadb.{CAPTURER}')}';\n"
            f"GRANT SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT, SLAVE MONITOR ON *.* TO {capturer};\n"
        )

    def _port(self) -> int:
        return ports.of(self.name)["sql"]

    def _password(self) -> str:
        return password("mariadb.admin")


SERVER = MariaDB()
