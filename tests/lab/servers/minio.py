# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MinIO with one drive, as an S3 store: buckets, versions, policies and object lock are real."""

from __future__ import annotations

from collections.abc import Sequence

from lab import files, minio_programs, places, ports, supervision
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program

ADMINISTRATOR = "admin"


class MinIO(Server):
    name = "minio"
    requirements = (minio_programs.SERVER.requirement(),)

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def validate(self) -> None:
        if self.name not in supervision.running():
            minio_programs.SERVER.validate()

    def fetch(self) -> None:
        minio_programs.SERVER.ensure()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        home = files.private_directory(places.home_of(self.name))
        login = files.write(
            home / "login.env",
            f"MINIO_ROOT_USER={ADMINISTRATOR}\nMINIO_ROOT_PASSWORD={self._password()}\n",
        )
        # The server reads its login from a private file: whoever lists processes sees only where that file is.
        settings = [f"HOME={home}", f"MINIO_CONFIG_ENV_FILE={login}", "MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CALLHOME_ENABLE=off"]
        address = f"{ports.HOST}:{self._port()}"
        server = str(minio_programs.SERVER.path)
        command = ["/usr/bin/env", *settings, server, "server", "--quiet", "--address", address, str(home / "data")]
        return [Program(self.name, command)]

    def check(self) -> str | None:
        from minio import Minio
        from minio.error import MinioException
        from urllib3 import PoolManager, Retry, Timeout
        from urllib3.exceptions import HTTPError

        http = PoolManager(timeout=Timeout(5), retries=Retry(0))
        store = Minio(f"{ports.HOST}:{self._port()}", ADMINISTRATOR, self._password(), secure=False, http_client=http)
        try:
            store.list_buckets()
        except (MinioException, HTTPError, OSError) as error:
            return str(error)
        return None

    def endpoints(self) -> dict[str, str]:
        return {
            "LAB_MINIO_HOST": ports.HOST,
            "LAB_MINIO_PORT": str(self._port()),
            "LAB_MINIO_USER": ADMINISTRATOR,
            "LAB_MINIO_PASSWORD": self._password(),
        }

    def _port(self) -> int:
        return ports.of(self.name)["s3"]

    def _password(self) -> str:
        return password("minio.admin")


SERVER = MinIO()
