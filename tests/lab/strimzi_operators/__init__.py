# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""**A stand-in for Strimzi's operators, for tests.** It is not Strimzi: the operators are on no package registry.

It does to the lab's own broker what Strimzi's topic operator and user operator do to theirs, by the rules and with the timing that
were seen on 0.49.1, and the little of the cluster operator that somebody waits for. README.md of the lab says what it leaves out.
This package imports nothing of the lab: it runs from a copy outside of the checkout.
"""
