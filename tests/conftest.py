# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets every test import the collection by its full name, as Ansible does."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.environ["ANSIBLE_COLLECTIONS_PATH"])  # set by tests/lab/activate: run the tests through make
