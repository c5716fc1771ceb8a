# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server `kubernetes` is made of: the program, its certificates, images, and the node."""
