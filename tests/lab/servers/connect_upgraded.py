# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connect_old becomes: the worker and the Debezium of now on its configurations and offsets."""

from lab.connect_worker import NEW, ConnectWorker

SERVER = ConnectWorker("connect_upgraded", NEW, group="connect_old", apart_from="connect_old")
