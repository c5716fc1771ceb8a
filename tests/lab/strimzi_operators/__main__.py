# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m strimzi_operators NAME SETTINGS READY`: runs one operator until it is ended. It writes the file READY when it works."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from .certificates import Authority
from .cluster_operator import ClusterOperator
from .quotas import Quotas
from .resources import Api
from .topic_operator import TopicOperator
from .user_operator import UserOperator


def main() -> None:
    name, settings = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    logging.basicConfig(level=logging.WARNING)
    api = Api(settings["kubeconfig"], f"strimzi-{name}-operator")
    admin = AdminClient({**settings["kafka"], "logger": logging.getLogger("librdkafka")})
    certificates = Path(settings["certificates"])
    clients = Authority.read(certificates / "clients-ca.crt", certificates / "clients-ca.key")
    operators: dict[str, Any] = {
        "cluster": lambda: ClusterOperator(api, admin, settings["interval"], settings["listeners"], certificates),
        "topic": lambda: TopicOperator(api, admin, settings["interval"]),
        "user": lambda: UserOperator(api, admin, Quotas(settings["kafka"]), settings["interval"], settings["ignored_users"], clients),
    }
    operators[name]().run(Path(sys.argv[3]))


if __name__ == "__main__":
    main()
