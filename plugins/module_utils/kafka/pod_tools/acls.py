# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ACLs with Kafka's tool: read in one call, added in one call for each kind of right, read again until the cluster shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...errors import OperationError
from ...kubernetes.exec import ContainerLost, NoAnswer
from ...wait import wait_until
from ..acls import Acl, AclPlan, WantedAcls, plan_acls
from .launcher import PodTools
from .outputs import Unparsable, acls_in

_TOOL = "kafka-acls"
_RESOURCES = {"topic": "--topic", "group": "--group", "transactional_id": "--transactional-id"}
_MOST_NAMES = 50  # a broker goes through all its ACLs once for each name
_LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Addition:
    """What one call can add: each of the operations on each of the resources, to one principal from one host."""

    principal: str
    host: str
    permission: str
    pattern_type: str
    operations: tuple[str, ...]
    resources: tuple[tuple[str, str], ...]
    acls: tuple[Acl, ...]

    @property
    def arguments(self) -> list[str]:
        words = ["--add", f"--{self.permission}-principal", self.principal, f"--{self.permission}-host", self.host]
        words += ["--resource-pattern-type", self.pattern_type]
        words += [word for operation in self.operations for word in ("--operation", tool_name(operation))]
        for kind, name in self.resources:
            words += ["--cluster"] if kind == "cluster" else [_RESOURCES[kind], name]
        return words


@dataclass
class PodAcls:
    """The ACLs of one request."""

    tools: PodTools
    wanted: WantedAcls
    plan: AclPlan = field(default_factory=AclPlan)
    added: list[Acl] = field(default_factory=list)  # true at every moment, also when an error ends the run
    refused: dict[Acl, str] = field(default_factory=dict)

    def read(self) -> None:
        """Find which are missing. One call."""
        self.plan = plan_acls(read_acls(self.tools, self.wanted.present), self.wanted)

    def foresee(self) -> None:
        """The outcome of a run, without one."""
        self.added = list(self.plan.added)

    def run(self) -> None:
        """Add what is missing, and wait until the cluster shows it: KRaft answers before its brokers have applied it."""
        for addition in additions(self.plan.added):
            try:
                self.tools.ask("add the ACLs", _TOOL, *addition.arguments)
            except (NoAnswer, ContainerLost):
                raise
            except OperationError as error:
                self.refused.update(dict.fromkeys(addition.acls, error.answered))
            else:
                self.added = sorted([*self.added, *addition.acls])
        if self.refused:
            self._settle()
        elif self.added:
            longest = min(_LONGEST_WAIT, self.tools.left)
            wait_until("see the added ACLs in the cluster's metadata", self._unseen, lambda left: not left, longest, self.tools.place,
                       describe=lambda left: f"not yet visible: {len(left)} ACLs, the first is {left[0]}")

    def failure(self) -> OperationError | None:
        """The error for the ACLs that were refused, None when none were."""
        if not self.refused:
            return None
        reasons = "; ".join(f"{acl}: {reason}" for acl, reason in list(self.refused.items())[:10])
        return OperationError("add the ACLs", self.tools.place, reasons)

    def as_result(self) -> dict[str, object]:
        """What was done, or is going to be, as kafka_acl returns it."""
        result: dict[str, object] = {"added": [acl.as_result() for acl in self.added], "removed": []}
        if self.refused:
            result.update(failed_acls=[{**acl.as_result(), "reason": reason} for acl, reason in self.refused.items()], not_attempted=[])
        return result

    def _settle(self) -> None:
        """Which are there all the same: the tool adds one resource after the other, and gives up at the first that is refused."""
        there = read_acls(self.tools, self.wanted.present)
        self.added = [acl for acl in self.plan.added if acl in there or (acl in self.added and acl not in self.refused)]
        self.refused = {acl: reason for acl, reason in self.refused.items() if acl not in there}

    def _unseen(self) -> list[Acl]:
        return sorted(frozenset(self.added) - read_acls(self.tools, self.wanted.present))


def read_acls(tools: PodTools, wanted: Iterable[Acl]) -> frozenset[Acl]:
    """The ACLs on the resources of the wanted ones; of a large cluster not all are asked for. One call.

    :raises OperationError: when the user may not, the brokers have no authorizer, or the output is not understood.
    """
    resources = sorted({(acl.resource_type, acl.name) for acl in wanted})
    narrow: list[str] = []
    if len(resources) <= _MOST_NAMES and all(kind in _RESOURCES for kind, _name in resources):
        narrow = ["--resource-pattern-type", "any", *(word for kind, name in resources for word in (_RESOURCES[kind], name))]
    attempted = "read the ACLs"
    answer = tools.ask(attempted, _TOOL, "--list", *narrow)
    try:
        return acls_in(answer.output)
    except Unparsable as error:
        raise tools.misunderstood(attempted, _TOOL, answer, error) from error


def additions(acls: Iterable[Acl]) -> list[Addition]:
    """As few calls as add exactly these: a call adds each of its operations on each of its resources."""
    by_resource: dict[tuple[str, str, str, str, str, str], list[Acl]] = {}
    for acl in sorted(acls):
        by_resource.setdefault((acl.principal, acl.host, acl.permission, acl.pattern_type, acl.resource_type, acl.name), []).append(acl)
    by_right: dict[tuple[str, str, str, str, tuple[str, ...]], list[Acl]] = {}
    for (principal, host, permission, pattern_type, _kind, _name), same in by_resource.items():
        operations = tuple(acl.operation for acl in same)
        by_right.setdefault((principal, host, permission, pattern_type, operations), []).extend(same)
    return [
        Addition(principal, host, permission, pattern_type, operations, tuple(sorted({(acl.resource_type, acl.name) for acl in same})), tuple(same))
        for (principal, host, permission, pattern_type, operations), same in by_right.items()
    ]


def tool_name(operation: str) -> str:
    """``DescribeConfigs`` for describe_configs: as the tool spells operations."""
    return "".join(part.capitalize() for part in operation.split("_"))
