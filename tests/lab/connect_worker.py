# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A distributed Connect worker, on the lab's `kafka` unless it says otherwise.

Plugins are what upgrades are about, so each has a folder of its own on plugin.path and none is on the worker's class path.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import files, java, kafka_cluster, places, ports
from lab.errors import LabError
from lab.kafka_cluster import KafkaCluster
from lab.passwords import password
from lab.server import Server
from lab.servers import kafka, kafka_destination, kafka_three
from lab.supervision import Program, running

ADMINISTRATOR = "admin"
HEAP = "512m"  # enough for the connectors of tests; see LAB_CONNECT_HEAP in README.md
# Artifacts of Kafka that are plugins, by the folder that holds them.
PLUGINS_OF_KAFKA = {"file": ("connect-file-",), "mirror": ("connect-mirror-",)}
CONVERTER, CONVERTER_CLASS = "apicurio-converter-2.6.13", "io.apicurio.registry.utils.converter.AvroConverter"
LOGIN_EXTENSION = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"


@dataclass(frozen=True)
class Release:
    """The jars of a worker and of its Debezium (None for none), by their poms."""

    worker: str
    debezium: str | None
    log4j: int


NEW = Release("kafka-4.3.1", "debezium-3.6.1", 2)
OLD = Release("connect-3.1.2", "debezium-1.9.8", 1)
WITHOUT_DEBEZIUM = Release("kafka-4.3.1", None, 2)


class ConnectWorker(Server):
    ready_seconds = 240

    def __init__(
        self, name: str, release: Release, group: str | None = None, login: bool = False, apart_from: str | None = None,
        cluster: KafkaCluster = kafka.SERVER, needs: tuple[str, ...] = ("kafka", "mariadb", "postgresql"), settings: Mapping[str, object] | None = None,
    ) -> None:
        """
        :param group: whose configurations and offsets it works on; its own by default.
        :param login: whether its REST API asks for one.
        :param apart_from: a worker of the same group, which must not run at the same time.
        :param cluster: where it keeps configurations and offsets, and writes to.
        :param settings: of the worker, which win over those that all have.
        """
        self.needs = needs
        self._cluster = cluster
        self._settings = dict(settings or {})
        self.name = name
        self._release = release
        self._group = group or name
        self._login = login
        self._apart_from = apart_from
        poms = [release.worker, *([release.debezium] if release.debezium else []), *([CONVERTER] if release is NEW else [])]
        self.requirements = (java.JAVA, *(java.maven_for(pom) for pom in poms))

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def validate(self) -> None:
        if self._apart_from and self._apart_from in running():
            raise LabError(f"{self.name} works on the topics of {self._apart_from}: stop that one first (lab.stop_server).")

    def fetch(self) -> None:
        java.libraries(self._release.worker)
        if self._release is NEW:
            java.libraries(CONVERTER)
        if self._release.debezium:
            _debezium(self._release.debezium)

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        home = files.private_directory(places.home_of(self.name))
        jars, plugins = self._class_path(home)
        self._write_secrets(home)
        settings = files.write(home / "worker.properties", self._properties(home, plugins))
        options: tuple[str, ...] = (self._log_option(home),)
        if self._login:
            options += (f"-Djava.security.auth.login.config={self._write_login(home)}",)
        command = java.command(jars, "org.apache.kafka.connect.cli.ConnectDistributed", os.environ.get("LAB_CONNECT_HEAP", HEAP), settings, options=options)
        return [Program(self.name, command)]

    def check(self) -> str | None:
        """It is ready when it knows its group, which a mere answer of `/` does not say."""
        request = urllib.request.Request(f"{self._url()}/connectors")
        if self._login:
            word = base64.b64encode(f"{ADMINISTRATOR}:{self._password()}".encode()).decode()
            request.add_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                json.load(answer)
        except (OSError, ValueError) as error:
            return str(error)
        return None

    def endpoints(self) -> dict[str, str]:
        prefix = f"LAB_{self.name.upper()}"
        values = {f"{prefix}_URL": self._url(), f"{prefix}_SECRETS": str(places.home_of(self.name) / "secrets.properties")}
        return values | ({f"{prefix}_USER": ADMINISTRATOR, f"{prefix}_PASSWORD": self._password()} if self._login else {})

    def _properties(self, home: Path, plugins: Sequence[Path]) -> str:
        client = {
            "bootstrap.servers": self._cluster.endpoints()[f"LAB_{self._cluster.name.upper()}_SCRAM"],
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": _jaas(self._cluster),
        }
        clients = {f"{prefix}{key}": value for prefix in ("", "producer.", "consumer.", "admin.") for key, value in client.items()}
        internal = {f"{kind}.storage.topic": f"connect-{self._group}-{kind}s" for kind in ("config", "offset")}
        settings: dict[str, object] = clients | internal | {
            "status.storage.topic": f"connect-{self._group}-status",
            **{f"{kind}.storage.replication.factor": 1 for kind in ("config", "offset", "status")},
            **{f"{kind}.storage.partitions": 2 for kind in ("offset", "status")},
            "group.id": f"connect-{self._group}",
            "listeners": f"http://{ports.HOST}:{self._port()}",
            "rest.advertised.host.name": ports.HOST,
            "plugin.path": ",".join(str(plugin) for plugin in plugins),
            **({"plugin.discovery": "service_load"} if self._release is not OLD else {}),
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "config.providers": "file",
            "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
            # tests do not wait: offsets are written every second, a worker that is gone is not waited for
            "offset.flush.interval.ms": 1000,
            "scheduled.rebalance.max.delay.ms": 0,
            "connector.client.config.override.policy": "All",
            **({"rest.extension.classes": LOGIN_EXTENSION} if self._login else {}),
            **self._settings,
        }  # fmt: skip
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    def _class_path(self, home: Path) -> tuple[Path, list[Path]]:
        """The worker's jars without those that are plugins, and the directories of plugins."""
        worker, plugins = home / "worker", home / "plugins"
        for directory in (worker, plugins):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
        for jar in java.libraries(self._release.worker).glob("*.jar"):
            plugin = next((name for name, starts in PLUGINS_OF_KAFKA.items() if jar.name.startswith(starts)), None)
            if plugin is None:
                (worker / jar.name).symlink_to(jar)
                continue
            (plugins / plugin).mkdir(exist_ok=True)
            shutil.copy(jar, plugins / plugin)
        if self._release is NEW:
            _add_converter(plugins / "apicurio-converter")
        return worker, [plugins, *([_debezium(self._release.debezium)] if self._release.debezium else [])]

    def _write_secrets(self, home: Path) -> None:
        """What connectors name as `${file:PATH:KEY}`."""
        known = {
            "mariadb_password": password("mariadb.debezium"),
            "postgresql_password": password("postgresql.debezium"),
            "kafka_password": kafka.SERVER.endpoints()["LAB_KAFKA_PASSWORD"],
            # A line of a JAAS configuration as a whole: a placeholder must be all of a value that is a secret.
            "kafka_jaas": _jaas(kafka.SERVER),
            **{f"{cluster.name}_jaas": _jaas(cluster) for cluster in (kafka_three.SERVER, kafka_destination.SERVER)},
        }
        files.write(home / "secrets.properties", "".join(f"{key}={value}\n" for key, value in known.items()))

    def _write_login(self, home: Path) -> Path:
        users = files.write(home / "users.properties", f"{ADMINISTRATOR}={self._password()}\n")
        module = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"
        return files.write(home / "login.conf", f'KafkaConnect {{\n  {module} required file="{users}";\n}};\n')

    def _log_option(self, home: Path) -> str:
        return java.log_configuration(home) if self._release.log4j == 2 else java.old_log_configuration(home)

    def _url(self) -> str:
        return f"http://{ports.HOST}:{self._port()}"

    def _port(self) -> int:
        return ports.of(self.name)["rest"]

    def _password(self) -> str:
        return password(f"{self.name}.{ADMINISTRATOR}")


def _jaas(cluster: KafkaCluster) -> str:
    secret = cluster.endpoints()[f"LAB_{cluster.name.upper()}_PASSWORD"]
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return f'{module} required username="{kafka_cluster.ADMINISTRATOR}" password="{secret}";'


def _add_converter(folder: Path) -> None:
    """Apicurio's jar does not say that it is a plugin, and the worker finds only those that do."""
    folder.mkdir()
    for jar in java.libraries(CONVERTER).glob("*.jar"):
        (folder / jar.name).symlink_to(jar)
    with zipfile.ZipFile(folder / "services.jar", "w") as services:
        services.writestr("META-INF/services/org.apache.kafka.connect.storage.Converter", f"{CONVERTER_CLASS}\n")


def _debezium(pom: str) -> Path:
    """The unpacked plugins, each in its folder, beside their archives in the cache."""
    libraries = java.libraries(pom)
    unpacked = libraries / "unpacked"
    if not unpacked.exists():
        draft = Path(tempfile.mkdtemp(prefix=".unpacked-", dir=libraries))
        try:
            for archive in libraries.glob("*-plugin.tar.gz"):
                with tarfile.open(archive) as packed:
                    packed.extractall(draft, filter="data")
            draft.chmod(0o755)
            draft.rename(unpacked)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return unpacked
