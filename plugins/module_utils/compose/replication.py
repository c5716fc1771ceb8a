# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication factors of a rehearsal: no more replicas than it has brokers, and room for one of them to be away."""

from __future__ import annotations

import re

from .draft import Draft
from .stack import KAFKA, written_variables

_FACTOR = re.compile(r"(REPLICATION(_FACTOR)?|TOPICS?_REPLICAS)$")
_IN_SYNC = re.compile(r"MIN_(ISR|INSYNC_REPLICAS)$")
_BY_DEFAULT_THREE = ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR")


def lower_factors(draft: Draft) -> None:
    """Writes lower numbers where the rehearsal has too few brokers for those that stand there."""
    brokers = draft.stack.of_kind(KAFKA)
    seen: list[object] = []
    for variable in written_variables(draft.stack.services):
        at, is_factor = variable.value_at, bool(_FACTOR.search(variable.name))
        if at is None or any(at is other for other in seen) or not (is_factor or _IN_SYNC.search(variable.name)):
            continue
        seen.append(at)
        most = len(brokers) if is_factor else max(1, len(brokers) - 1)
        value, where = (variable.value or "").strip(), draft.where(variable.holder)
        if not value.lstrip("-").isdigit():
            draft.ask(f"{variable.name} of {where} comes from {value}: it may be at most {most} in the rehearsal.")
        elif int(value) > most:
            draft.replace(at, value, str(most), where, f"{variable.name} {value} becomes {most}", f"the rehearsal has {len(brokers)} brokers")
    unset = [name for name in _BY_DEFAULT_THREE if any(name not in broker.variables for broker in brokers)]
    if len(brokers) < 3 and unset:
        draft.ask(f"Rehearsal: {' and '.join(unset)} are 3 by default. Set them to {len(brokers)}, and KAFKA_TRANSACTION_STATE_LOG_MIN_ISR to 1.")
