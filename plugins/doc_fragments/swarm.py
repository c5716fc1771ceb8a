# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options by which a swarm is reached."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  docker_host:
    description:
      - Address of a manager's API, such as V(unix:///var/run/docker.sock) or V(ssh://manager.example.com).
        By default as the environment variable E(DOCKER_HOST) says.
    type: str
  request_timeout:
    description: Seconds that one request may take.
    type: int
    default: 60
requirements:
  - docker (Python library) 7.1 or newer
"""
