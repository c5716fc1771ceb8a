# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Connect worker as it is now, with Debezium 3."""

from lab.connect_worker import NEW, ConnectWorker

SERVER = ConnectWorker("connect", NEW)
