# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second worker in the group of `connect`, for tests of what happens when a group rebalances. They start it and end it."""

from lab.connect_worker import NEW, ConnectWorker

SERVER = ConnectWorker("connect_second", NEW, group="connect")
