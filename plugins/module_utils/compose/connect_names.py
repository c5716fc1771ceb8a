# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of environment variables of Connect workers: those of Debezium's image and their successors in Confluent's.

Confluent's image makes a worker's property of every ``CONNECT_*`` and ignores the rest. Debezium's has names of its own and exports them
so (its docker-entrypoint.sh). Which properties a worker has: DistributedConfig, WorkerConfig and the clients' configurations of Kafka 3.7.
"""

from __future__ import annotations

import re

PREFIX = "CONNECT_"
ADVERTISED_HOST_NAME = "CONNECT_REST_ADVERTISED_HOST_NAME"
LISTENERS, REST_PORT = "CONNECT_LISTENERS", "CONNECT_REST_PORT"
HEAP, CONFLUENT_HEAP = "HEAP_OPTS", "KAFKA_HEAP_OPTS"

# Confluent's image does not start without these (its `configure`).
REQUIRED = (
    "CONNECT_BOOTSTRAP_SERVERS",
    "CONNECT_GROUP_ID",
    "CONNECT_CONFIG_STORAGE_TOPIC",
    "CONNECT_OFFSET_STORAGE_TOPIC",
    "CONNECT_STATUS_STORAGE_TOPIC",
    "CONNECT_KEY_CONVERTER",
    "CONNECT_VALUE_CONVERTER",
    ADVERTISED_HOST_NAME,
)

# More than a prefix.
RENAMED = {
    "ADVERTISED_HOST_NAME": ADVERTISED_HOST_NAME,
    "ADVERTISED_PORT": "CONNECT_REST_ADVERTISED_PORT",
    "SHUTDOWN_TIMEOUT": "CONNECT_TASK_SHUTDOWN_GRACEFUL_TIMEOUT_MS",
    "LOG_LEVEL": "CONNECT_LOG4J_ROOT_LOGLEVEL",
}

_PROPERTIES = """
    BOOTSTRAP_SERVERS GROUP_ID CLIENT_ID CLIENT_RACK CLIENT_DNS_LOOKUP KEY_CONVERTER VALUE_CONVERTER HEADER_CONVERTER PLUGIN_PATH PLUGIN_DISCOVERY
    SECURITY_PROTOCOL SECURITY_PROVIDERS SESSION_TIMEOUT_MS HEARTBEAT_INTERVAL_MS REBALANCE_TIMEOUT_MS SCHEDULED_REBALANCE_MAX_DELAY_MS
    REQUEST_TIMEOUT_MS DEFAULT_API_TIMEOUT_MS METADATA_MAX_AGE_MS METADATA_RECOVERY_STRATEGY RETRY_BACKOFF_MS RETRY_BACKOFF_MAX_MS RECONNECT_BACKOFF_MS
    RECONNECT_BACKOFF_MAX_MS RECEIVE_BUFFER_BYTES SEND_BUFFER_BYTES CONNECTIONS_MAX_IDLE_MS EXACTLY_ONCE_SOURCE_SUPPORT
    CONNECTOR_CLIENT_CONFIG_OVERRIDE_POLICY RESPONSE_HTTP_HEADERS_CONFIG TASK_SHUTDOWN_GRACEFUL_TIMEOUT_MS METRIC_REPORTERS
    AUTO_INCLUDE_JMX_REPORTER ADMIN_LISTENERS LISTENERS
""".split()
_FAMILIES = """
    KEY_CONVERTER_ VALUE_CONVERTER_ HEADER_CONVERTER_ INTERNAL_KEY_CONVERTER INTERNAL_VALUE_CONVERTER CONFIG_STORAGE_ OFFSET_STORAGE_ STATUS_STORAGE_
    OFFSET_FLUSH_ REST_ LISTENERS_ ADMIN_LISTENERS_ ACCESS_CONTROL_ PRODUCER_ CONSUMER_ ADMIN_ SASL_ SSL_ CONFIG_PROVIDERS TOPIC_CREATION_ TOPIC_TRACKING_
    INTER_WORKER_ WORKER_SYNC_ WORKER_UNSYNC_ METRICS_ SOCKET_CONNECTION_SETUP_ LOG4J_
""".split()
# The environment of a process, its JVM, its scripts, its libraries: never a worker's property.
_PROCESS = re.compile(
    r"HEAP_OPTS|(KAFKA|JAVA|JVM|JMX|JDK|CUB|UB|AWS|AZURE|GOOGLE|OTEL|LC|XDG|DEBEZIUM|JOLOKIA|VAULT)_.*|JMX(PORT|HOST)|CLASSPATH|EXTRA_ARGS|PATH|HOME|HOSTNAME|"
    r"HOST_NAME|USER|TZ|LANG|LD_.*|MALLOC_.*|(HTTPS?|NO|FTP|ALL)_PROXY|https?_proxy|no_proxy|JAVA_HOME|_JAVA_OPTIONS|CONNECT_.*"
)


def new_name(name: str, also: tuple[str, ...] = ()) -> str | None:
    """The name that Confluent's image reads; ``None``: it is not one of a worker's properties, or new already.

    :param also: further names that are to get the prefix.
    """
    if name in also and not name.startswith(PREFIX):
        return PREFIX + name
    if name in RENAMED:
        return RENAMED[name]
    if _PROCESS.fullmatch(name):
        return None
    return PREFIX + name if name in _PROPERTIES or name.startswith(tuple(_FAMILIES)) else None


def is_of_process(name: str) -> bool:
    """Whether a name is known to be nothing of a worker's, so that it needs no word."""
    return bool(_PROCESS.fullmatch(name))
