# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ClickHouse as Debian has it, 18.16: users, passwords, HTTP codes and both protocols are real, its SQL is that of 2018."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import files, places, ports
from lab.errors import LabError
from lab.packages import Requirement
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program

ADMINISTRATOR = "admin"
ORDINARY = "experiment"


def binary() -> str | None:
    return shutil.which("clickhouse-server") or shutil.which("clickhouse-server", path="/usr/sbin")


class ClickHouse(Server):
    name = "clickhouse"
    requirements = (
        Requirement("clickhouse-server", lambda: binary() is not None),
        Requirement("clickhouse-client", lambda: shutil.which("clickhouse-client") is not None),
    )

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        server, user = binary(), files.account("clickhouse")
        if server is None:
            raise LabError("clickhouse-server was not found.")
        home = files.private_directory(places.home_of(self.name), user)
        for name in ("data", "tmp"):
            files.private_directory(home / name, user)
        own = ports.of(self.name)
        files.write(home / "users.xml", users_xml({name: self._password(name) for name in (ADMINISTRATOR, ORDINARY)}), user)
        settings = files.write(home / "config.xml", config_xml(home, own["http"], own["native"]), user)
        return [Program(self.name, [server, f"--config-file={settings}"], user)]

    def check(self) -> str | None:
        """As administrator over HTTP; the native port must be open too, for clickhouse-client."""
        own = ports.of(self.name)
        login = {"X-ClickHouse-User": ADMINISTRATOR, "X-ClickHouse-Key": self._password(ADMINISTRATOR)}
        request = urllib.request.Request(f"http://{ports.HOST}:{own['http']}/", b"SELECT count() FROM system.databases", login)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace").strip()
        except OSError as error:
            return str(error)
        return None if ports.is_open(own["native"]) else f"port {own['native']} is closed"

    def endpoints(self) -> dict[str, str]:
        own = ports.of(self.name)
        return {
            "LAB_CLICKHOUSE_HOST": ports.HOST,
            "LAB_CLICKHOUSE_PORT": str(own["http"]),
            "LAB_CLICKHOUSE_NATIVE_PORT": str(own["native"]),
            "LAB_CLICKHOUSE_USER": ADMINISTRATOR,
            "LAB_CLICKHOUSE_PASSWORD": self._password(ADMINISTRATOR),
            "LAB_CLICKHOUSE_ORDINARY_USER": ORDINARY,
            "LAB_CLICKHOUSE_ORDINARY_PASSWORD": self._password(ORDINARY),
        }

    def _password(self, user: str) -> str:
        return password(f"clickhouse.{user}")


def users_xml(passwords: Mapping[str, str]) -> str:
    """18.16 has no grants: who may log in may do everything. Nobody may without a password, so there is no `default`."""
    users = "".join(
        f"<{name}><password_sha256_hex>{hashlib.sha256(secret.encode()).hexdigest()}</password_sha256_hex>"
        f"<networks><ip>{ports.HOST}</ip></networks><profile>default</profile><quota>default</quota></{name}>\n"
        for name, secret in passwords.items()
    )
    return (
        "<yandex>\n"
        "<profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>\n"
        f"<users>\n{users}</users>\n"
        "<quotas><default/></quotas>\n"
        "</yandex>\n"
    )


def config_xml(home: Path, http: int, native: int) -> str:
    return (
        "<yandex>\n"
        "<logger><level>information</level><console>1</console></logger>\n"
        f"<listen_host>{ports.HOST}</listen_host><http_port>{http}</http_port><tcp_port>{native}</tcp_port>\n"
        f"<path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path><users_config>{home}/users.xml</users_config>\n"
        "<default_profile>default</default_profile><default_database>default</default_database>\n"
        "<mark_cache_size>67108864</mark_cache_size><timezone>UTC</timezone>\n"
        "</yandex>\n"
    )


SERVER = ClickHouse()
