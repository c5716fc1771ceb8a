# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: containerd and the kubelet in namespaces of their own. See files/node, which runs there first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from lab import files, places, ports
from lab.kubernetes import cgroups, images
from lab.kubernetes.pki import NODE
from lab.kubernetes.program import PROGRAM
from lab.supervision import Program

FILES = Path(__file__).with_name("files")
KILLED_AS_A_WHOLE = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private")


def prepare(process: str, pki: Path) -> Program:
    """Copies of everything that runs: the checkout may be deleted while the node goes on."""
    home = files.private_directory(places.home_of(process))
    own = ports.of(process)
    script = _install("node", home / "node")
    plugins = files.private_directory(home / "cni/bin")
    for name in ("podnet", "loopback"):
        _install("podnet", plugins / name)
    network = {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "podnet"}]}
    files.write(files.private_directory(home / "cni/net.d") / "pods.conflist", json.dumps(network) + "\n")
    settings = (FILES / "containerd.toml").read_text(encoding="utf-8")
    for mark, value in {"@HOME@": str(home), "@BUSYBOX@": images.BUSYBOX, "@STREAMS@": str(own["streams"])}.items():
        settings = settings.replace(mark, value)
    files.write(home / "containerd.toml", settings)
    files.write(home / "kubelet.json", json.dumps(_kubelet(pki, own["kubelet"]), indent=1) + "\n")
    shutil.copyfile(pki / "kubelet.kubeconfig", files.write(home / "kubeconfig", ""))
    images.write(files.private_directory(home / "images"))
    cgroups.renew()
    kept = [places.state(), places.cache()]
    # In order would take longer than the lab waits, and its data survives this.
    return Program(process, ["unshare", *KILLED_AS_A_WHOLE, script, home, PROGRAM.path, *kept], stop_signal="KILL")


def _install(name: str, target: Path) -> Path:
    return files.write(target, (FILES / name).read_text(encoding="utf-8"), mode=0o700)


def _kubelet(pki: Path, port: int) -> dict[str, object]:
    nothing = "0%"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # where it listens, and to whom
        "address": NODE,
        "port": port,
        "readOnlyPort": 0,
        "healthzPort": 0,
        "tlsCertFile": str(pki / "kubelet-server.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet-server.key"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        # the node
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroups.name()}",
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
        "resolvConf": "",
        "podLogsDir": "/var/lib/kubelet/pod-logs",
        # It shares the machine: it neither evicts pods nor removes images because others fill the disk.
        "evictionHard": dict.fromkeys(
            ("memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"), nothing
        ),
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "imageMaximumGCAge": "0s",
    }
