# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Connect worker as upgrades find it: Kafka 3.1, Debezium 1.9, and a REST API that asks for a login."""

from lab.connect_worker import OLD, ConnectWorker

SERVER = ConnectWorker("connect_old", OLD, login=True, apart_from="connect_upgraded")
