# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the stack file of one version of Confluent Platform into that of a newer one. Pure: reads no file, asks no server."""

from __future__ import annotations

from dataclasses import dataclass, field

from .connect import move_workers
from .document import parse
from .draft import Change, Draft
from .image_changes import change_images
from .protocol import pin_protocol
from .rehearsal import Cut, cut
from .request import Request
from .shown import shown_diff
from .stack import names_of, shadowed, stack_of


@dataclass(frozen=True)
class Upgraded:
    """The new text, and what a reader of the change wants to know.

    :param start: the file that the upgrade starts from: the given one, or for a rehearsal the smaller one with the old versions.
    """

    text: str
    changes: list[Change]
    decide: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    start: str = ""

    def as_result(self, before: str) -> dict[str, object]:
        return {
            "text": self.text,
            "start": self.start,
            "changed": self.text != before,
            "changes": [change.as_result() for change in self.changes],
            "summary": [str(change) for change in self.changes],
            "decide": self.decide,
            "variables": self.variables,
            "diff": shown_diff(before, self.text),
        }


def upgrade(text: str, request: Request) -> Upgraded:
    """The upgraded stack file. With a rehearsal it is cut down first.

    :raises OperationError: when this is no stack file.
    :raises InputError: when what is asked for would break the cluster.
    """
    smaller = cut(text, request.kinds, request.rehearsal) if request.rehearsal else Cut(text, [], [])
    draft = Draft(stack_of(parse(smaller.text), request.kinds))
    pin_protocol(draft, request, change_images(draft, request))
    move_workers(draft, request)
    _tell_of_merges(draft)
    parse(draft.text())
    return Upgraded(draft.text(), [*smaller.changes, *draft.in_order()], [*smaller.decide, *draft.decide], draft.variables, smaller.text)


def _tell_of_merges(draft: Draft) -> None:
    twice = [service for service in draft.stack.services if sum(entry.is_merge for entry in service.node.entries) > 1]
    if twice:
        draft.ask(f"{names_of(twice)}: the merge key << stands more than once. It was kept. Docker 20.10 accepts it, and the last one wins; Docker 28 "
                  "and Docker Compose since 2.17 refuse the file. `<<: [*last, *first]` says the same to all.")  # fmt: skip
    for service in draft.stack.services:
        for key in shadowed(service.node):
            draft.ask(f"{service.name}: {key} stands before a << that has it as well. Docker 20.10 takes the merged one, newer ones the service's own. "
                      "Put << first.")  # fmt: skip
