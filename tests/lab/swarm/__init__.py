# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server `swarm` is made of: Docker's daemon, images without a registry, and the stack that is deployed."""
