# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as fixtures. It is started once, if it does not run yet, and shared by every test."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

sys.path.insert(0, str(Path(__file__).parent))  # for run_module and the other helpers beside the tests
from connect_workers import Login, own_connectors  # noqa: E402
from registry_subjects import own_subjects  # noqa: E402

SERVERS = "kafka mariadb postgresql redis"

# With several processes (pytest -n 2) the tests of one file stay in order in one of them. These files share more than a server: a connector list
# that `exclusive` empties, the data set of the demo, a broker that is killed. So each row of them stays in one process, too.
IN_ONE_PROCESS = {
    "connect": ("test_connect_", "test_debezium_", "test_schema_"),
    "experiment": ("test_experiment_reset", "test_no_secret_leaks", "test_kafka_preflight"),
    "three brokers": (
        "test_broker_killed", "test_kafka_access_broker_killed", "test_strimzi_", "test_kafka_pod_reset", "test_kafka_replication_", "test_kafka_offset_",
        "test_replicator_",
    ),
    "rolling upgrade": ("test_rolling_upgrade", "test_confluent_rolling_upgrade"),
}


class InRows(LoadScopeScheduling):
    """Gives a whole file to one process, and all files of a row to the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        if file.parent.name != Path(__file__).parent.name:
            return str(file)
        return next((row for row, files in IN_ONE_PROCESS.items() if file.name.startswith(files)), str(file))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """What pytest asks for a plan of who runs what, with `-n`."""
    return InRows(config, log)


def exports(servers: str) -> dict[str, str]:
    """What `make env` exports for these servers; they are started if need be."""
    text = subprocess.run([sys.executable, "-m", "lab", "env"], env={**os.environ, "LAB": servers}, stdout=subprocess.PIPE, text=True, check=True).stdout
    pairs = (word.split("=", 1) for line in text.splitlines() for word in shlex.split(line)[1:])
    return {name: value for name, value in pairs if name.startswith("LAB_")}


@pytest.fixture(scope="session")
def lab_env() -> dict[str, str]:
    """Every LAB_* value of the shared lab."""
    return exports(SERVERS)


@pytest.fixture(scope="session")
def registry_url() -> str:
    """The lab's schema registry."""
    return exports("registry")["LAB_REGISTRY_URL"]


@pytest.fixture
def own(registry_url: str) -> Iterator[str]:
    """A prefix for the subjects of this test alone; they are removed afterwards."""
    with own_subjects(registry_url) as prefix:
        yield prefix


@pytest.fixture(scope="session")
def connect_env() -> dict[str, str]:
    """LAB_* values of the Connect workers and what they work on."""
    return exports("kafka mariadb postgresql connect connect_old")


@pytest.fixture(scope="session")
def worker(connect_env: dict[str, str]) -> Login:
    """The lab's Connect worker."""
    return Login(connect_env["LAB_CONNECT_URL"])


@pytest.fixture(scope="session")
def old_worker(connect_env: dict[str, str]) -> Login:
    """A worker of Kafka 3.1, which asks for a login."""
    return Login(connect_env["LAB_CONNECT_OLD_URL"], connect_env["LAB_CONNECT_OLD_USER"], connect_env["LAB_CONNECT_OLD_PASSWORD"])


@pytest.fixture
def mine(worker: Login) -> Iterator[str]:
    """A prefix for the connectors of this test alone; they are removed afterwards."""
    with own_connectors(worker) as prefix:
        yield prefix


@pytest.fixture
def mine_on_old(old_worker: Login) -> Iterator[str]:
    """The same on the old worker."""
    with own_connectors(old_worker) as prefix:
        yield prefix


@pytest.fixture(scope="session")
def kafka(lab_env: dict[str, str]) -> dict[str, object]:
    """Connection options of the super user."""
    return {
        "bootstrap_servers": lab_env["LAB_KAFKA_SCRAM"],
        "security_protocol": "sasl_plaintext",
        "sasl_mechanism": "scram-sha-512",
        "sasl_username": lab_env["LAB_KAFKA_USER"],
        "sasl_password": lab_env["LAB_KAFKA_PASSWORD"],
    }


@pytest.fixture(scope="session")
def kafka_plain(lab_env: dict[str, str]) -> dict[str, object]:
    """Connection options of an anonymous client."""
    return {"bootstrap_servers": lab_env["LAB_KAFKA_PLAIN"]}


@pytest.fixture(scope="session")
def client_config(lab_env: dict[str, str]) -> dict[str, str]:
    """The super user as a librdkafka configuration, for clients that a test makes itself."""
    return {
        "bootstrap.servers": lab_env["LAB_KAFKA_SCRAM"],
        "security.protocol": "sasl_plaintext",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": lab_env["LAB_KAFKA_USER"],
        "sasl.password": lab_env["LAB_KAFKA_PASSWORD"],
    }


@pytest.fixture(scope="session")
def admin(client_config: dict[str, str]) -> AdminClient:
    """confluent-kafka's own admin client, to look at the cluster past our code."""
    return AdminClient(dict(client_config))


@pytest.fixture
def unique(admin: AdminClient) -> Iterator[str]:
    """A name prefix of this test alone; topics and groups that begin with it are removed afterwards."""
    prefix = f"t-{uuid.uuid4().hex[:8]}"
    yield prefix
    topics = [name for name in admin.list_topics(timeout=20).topics if name.startswith(prefix)]
    if topics:
        for future in admin.delete_topics(topics).values():
            future.exception(timeout=30)
    groups = [group.group_id for group in admin.list_consumer_groups().result(timeout=20).valid if group.group_id.startswith(prefix)]
    if groups:
        for future in admin.delete_consumer_groups(groups).values():
            future.exception(timeout=30)
