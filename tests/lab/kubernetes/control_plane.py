# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of etcd, the API server and the controllers. All secrets that they need stand in files."""

from __future__ import annotations

from pathlib import Path

from lab import ports
from lab.kubernetes.program import PROGRAM

# Pods name their node themselves, there are no Services and no volumes to provide: what is left is what makes
# pods, namespaces, accounts and rights come and go.
CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "deployment-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-protection-controller",
    "persistentvolumeclaim-protection-controller",
    "replicaset-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "statefulset-controller",
)


def etcd(process: str, pki: Path, data: Path) -> list[str]:
    own = ports.of(process)
    client, peer = (f"https://{ports.HOST}:{own[use]}" for use in ("client", "peer"))
    certificates = {
        f"{prefix}{kind}": value
        for prefix in ("", "peer-")  # the peer port is open too, even though there is no other member
        for kind, value in {
            "cert-file": f"{pki}/etcd.crt",
            "key-file": f"{pki}/etcd.key",
            "trusted-ca-file": f"{pki}/ca.crt",
            "client-cert-auth": "true",
        }.items()
    }
    return _command("etcd", {
        "name": "lab",
        "data-dir": str(data),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"lab={peer}",
        "unsafe-no-fsync": "true",
        "log-level": "error",
    } | certificates)


def api_server(process: str, pki: Path, etcd_process: str) -> list[str]:
    return _command("kube-apiserver", {
        "bind-address": ports.HOST,
        "advertise-address": ports.HOST,
        "secure-port": str(ports.of(process)["https"]),
        "endpoint-reconciler-type": "none",
        "profiling": "false",
        # storage
        "etcd-servers": f"https://{ports.HOST}:{ports.of(etcd_process)['client']}",
        "etcd-cafile": f"{pki}/ca.crt",
        "etcd-certfile": f"{pki}/apiserver-as-client.crt",
        "etcd-keyfile": f"{pki}/apiserver-as-client.key",
        # who may do what
        "anonymous-auth": "false",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "client-ca-file": f"{pki}/ca.crt",
        "tls-cert-file": f"{pki}/apiserver.crt",
        "tls-private-key-file": f"{pki}/apiserver.key",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": f"{pki}/tokens.pub",
        "service-account-signing-key-file": f"{pki}/tokens.key",
        "service-cluster-ip-range": "10.96.0.0/24",
        "allow-privileged": "true",
        # the kubelet, for logs, exec and port-forward
        "kubelet-preferred-address-types": "InternalIP",
        "kubelet-certificate-authority": f"{pki}/ca.crt",
        "kubelet-client-certificate": f"{pki}/apiserver-as-client.crt",
        "kubelet-client-key": f"{pki}/apiserver-as-client.key",
    })  # fmt: skip


def controllers(pki: Path) -> list[str]:
    return _command("kube-controller-manager", {
        "kubeconfig": f"{pki}/controllers.kubeconfig",
        "secure-port": "0",
        "leader-elect": "false",
        "use-service-account-credentials": "true",
        "root-ca-file": f"{pki}/ca.crt",
        "service-account-private-key-file": f"{pki}/tokens.key",
        "controllers": ",".join(CONTROLLERS),
    }, after=pki / "controllers.kubeconfig")  # fmt: skip


def _command(server: str, flags: dict[str, str], after: Path | None = None) -> list[str]:
    first = ["--after", str(after)] if after else []
    return [str(PROGRAM.path), *first, server, *(f"--{name}={value}" for name, value in flags.items())]
