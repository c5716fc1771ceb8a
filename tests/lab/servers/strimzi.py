# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's real resource definitions in the lab's cluster. No process of its own, and no operator: see strimzi_crds.py."""

from __future__ import annotations

import http.client
from collections.abc import Sequence

from lab import java, strimzi_crds
from lab.errors import LabError
from lab.server import Server
from lab.supervision import Program


class Strimzi(Server):
    name = "strimzi"
    needs = ("kubernetes",)
    requirements = (java.JAVA, strimzi_crds.RELEASES[strimzi_crds.DEFAULT].maven())

    def processes(self) -> tuple[str, ...]:
        return ()

    def validate(self) -> None:
        strimzi_crds.release(self._wanted())

    def fetch(self) -> None:
        strimzi_crds.release(self._wanted()).definitions()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        return []

    def settle(self) -> str | None:
        found = strimzi_crds.installed()  # what is there stays, unless another release is wished for
        return strimzi_crds.step(strimzi_crds.wished() or (found if found in strimzi_crds.RELEASES else None) or strimzi_crds.DEFAULT)

    def check(self) -> str | None:
        """All definitions are of one release, of the wished one if there is a wish, and resources of every kind are listed."""
        try:
            found = strimzi_crds.installed()
            if found is None or found not in strimzi_crds.RELEASES:
                return "its definitions are not there"
            if found != (strimzi_crds.wished() or found):
                return f"the definitions of {found} are there"
            return strimzi_crds.refusal(found)
        except (OSError, http.client.HTTPException, LabError) as error:
            return str(error)

    def endpoints(self) -> dict[str, str]:
        """Empty as long as the cluster does not run."""
        try:
            found = strimzi_crds.installed()
        except (OSError, http.client.HTTPException, LabError):
            return {}
        return {"LAB_STRIMZI_API_VERSIONS": ",".join(strimzi_crds.release(found).api_versions)} if found in strimzi_crds.RELEASES else {}

    def _wanted(self) -> str:
        return strimzi_crds.wished() or strimzi_crds.DEFAULT


SERVER = Strimzi()
