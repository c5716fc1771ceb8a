# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd, kube-apiserver, kube-controller-manager and kubelet as one program, built from the sources beside this file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from lab.go import Build

SOURCE = Path(__file__).with_name("program")


def _content() -> str:
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((SOURCE / name).read_bytes())
    return digest.hexdigest()[:12]


def _linker_flags() -> str:
    """What the upstream build writes into the programs, so that the cluster says which version it is."""
    found = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\.\d+)", (SOURCE / "go.mod").read_text(encoding="utf-8"))
    assert found is not None
    version, major, minor = found.groups()
    base = "k8s.io/component-base/version"
    settings = {f"{base}.gitVersion": version, f"{base}.gitMajor": major, f"{base}.gitMinor": minor}
    settings["k8s.io/client-go/pkg/version.gitVersion"] = version
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in settings.items())])


PROGRAM = Build(
    "kubernetes",
    version=_content(),
    arguments=["build", "-p=2", "-trimpath", f"-ldflags={_linker_flags()}", "-o", "{output}/", "."],
    source=SOURCE,
    usually="about 5 minutes on two cores",
)
