# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL with a data directory of its own, reached over TCP."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import psycopg

from lab import commands, files, places, ports
from lab.errors import LabError
from lab.packages import Requirement
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program, running, stop

ADMINISTRATOR = "postgres"
CAPTURER = "debezium"  # reads the write-ahead log


def _binaries() -> Path | None:
    """Debian keeps the server programs of each major version off PATH; take the newest."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class PostgreSQL(Server):
    name = "postgresql"
    requirements = (Requirement("postgresql", lambda: _binaries() is not None),)

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def validate(self) -> None:
        """One that an older checkout has started, without logical decoding, makes room for ours. Its data stays."""
        settings = places.home_of(self.name) / "data" / "lab.conf"
        if self.name in running() and settings.exists() and "wal_level" not in settings.read_text(encoding="utf-8"):
            stop([self.name])

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        binaries, user = _binaries(), files.account("postgres")
        if binaries is None:
            raise LabError("initdb of PostgreSQL was not found.")
        home = files.private_directory(places.home_of(self.name), user)
        if not (home / "data").exists():
            self._create(binaries, home, user)
        files.write(home / "data" / "lab.conf", self._settings(home), user)
        return [Program(self.name, [binaries / "postgres", "-D", home / "data"], user, stop_signal="INT")]

    def settle(self) -> str | None:
        """The role that captures: a superuser, because it makes publications of tables that tests own."""
        return self._asked(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{CAPTURER}') THEN CREATE ROLE {CAPTURER}; END IF; END $$",
            f"ALTER ROLE {CAPTURER} LOGIN SUPERUSER REPLICATION PASSWORD '{password(f'postgresql.{CAPTURER}')}'",
        )

    def check(self) -> str | None:
        return self._asked("SELECT count(*) FROM pg_authid")

    def _asked(self, *statements: str) -> str | None:
        try:
            with psycopg.connect(
                host=ports.HOST, port=self._port(), user=ADMINISTRATOR, password=self._password(),
                dbname="postgres", connect_timeout=5,
            ) as connection:  # fmt: skip
                for statement in statements:
                    connection.execute(statement.encode())
        except psycopg.Error as error:
            return str(error).strip()
        return None

    def endpoints(self) -> dict[str, str]:
        return {
            "LAB_POSTGRESQL_HOST": ports.HOST,
            "LAB_POSTGRESQL_PORT": str(self._port()),
            "LAB_POSTGRESQL_USER": ADMINISTRATOR,
            "LAB_POSTGRESQL_PASSWORD": self._password(),
            "LAB_POSTGRESQL_REPLICATION_USER": CAPTURER,
            "LAB_POSTGRESQL_REPLICATION_PASSWORD": password(f"postgresql.{CAPTURER}"),
        }

    def _create(self, binaries: Path, home: Path, user: str | None) -> None:
        """Built beside and renamed, so that a killed run leaves no half data directory."""
        draft, secret = home / "data.draft", home / "password"
        shutil.rmtree(draft, ignore_errors=True)
        files.write(secret, self._password() + "\n", user)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        try:
            commands.run(
                "create the PostgreSQL data directory",
                [binaries / "initdb", "-D", draft, "-U", ADMINISTRATOR, *options],
                places.logs() / "postgresql.create.log", user=user,
            )  # fmt: skip
        finally:
            secret.unlink()
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("include 'lab.conf'\n")
        draft.rename(home / "data")

    def _settings(self, home: Path) -> str:
        return (
            f"listen_addresses = '{ports.HOST}'\n"
            f"port = {self._port()}\n"
            f"unix_socket_directories = '{home}'\n"
            "shared_buffers = 64MB\n"
            "fsync = off\n"
            # What change data capture reads. A slot that nobody reads any more does not fill the disk.
            "wal_level = logical\nmax_replication_slots = 20\nmax_wal_senders = 20\nmax_slot_wal_keep_size = 512MB\n"
            # A failed CREATE ROLE would be logged with its password.
            "log_min_error_statement = panic\n"
        )

    def _port(self) -> int:
        return ports.of(self.name)["sql"]

    def _password(self) -> str:
        return password("postgresql.admin")


SERVER = PostgreSQL()
