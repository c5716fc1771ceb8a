# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The broker of the stand-in for Strimzi's operators. They remove users and ACLs that they do not know, so nobody else works on it.

Beside the two listeners that every cluster of the lab has, it has those with TLS. Their certificate is signed by the cluster CA;
clients show one that the clients CA has signed, as on a cluster of Strimzi.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab import files, places, ports
from lab.kafka_cluster import KafkaCluster
from lab.strimzi_operators import certificates
from lab.supervision import Program

TLS_LISTENERS = {"tls": "none", "mutual_tls": "required", "scram_tls": "none"}  # whether clients show a certificate


class StrimziKafka(KafkaCluster):
    def prepare(self, processes: Sequence[str]) -> list[Program]:
        certificates.create(files.private_directory(self.certificates()))
        return super().prepare(processes)

    def further_settings(self, process: str) -> dict[str, object]:
        home = self.certificates()
        stores = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": home / "broker.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": home / "clients-ca.crt",
        }
        settings: dict[str, object] = {}
        for listener, client_certificate in TLS_LISTENERS.items():
            prefix = f"listener.name.{listener}"
            settings |= {f"{prefix}.{key}": value for key, value in stores.items()} | {f"{prefix}.ssl.client.auth": client_certificate}
        scram_login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return settings | {
            "listener.name.scram_tls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.scram_tls.scram-sha-512.sasl.jaas.config": scram_login,
        }

    def endpoints(self) -> dict[str, str]:
        values = super().endpoints()
        own = ports.of(self.processes()[0])
        values |= {f"LAB_KAFKA_STRIMZI_{listener.upper()}": f"{ports.HOST}:{own[listener]}" for listener in TLS_LISTENERS}
        return {**values, "LAB_KAFKA_STRIMZI_CA": str(self.certificates() / "cluster-ca.crt")}

    def certificates(self) -> Path:
        return places.home_of(self.name) / "certificates"


SERVER = StrimziKafka("kafka_strimzi", brokers=1)
