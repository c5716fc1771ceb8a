# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key-schema case of a real upgrade, on the lab's registry: found before producers resume, with the setting that prevents it.

The schemas are registered as the two versions of a connector write them (dashes and underscores in the server's name).
"""

from __future__ import annotations

import json
from typing import Any

from gitlab_modules import run_here
from registry_subjects import ask, register, register_natively, subjects

from ansible_collections.streamops.kafka.plugins.filter.debezium_upgrade import debezium_upgrade

SECRET = "Kanarienvogel-4711"
ROUTE = {"transforms": "route", "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.route.replacement": "routed.$2.$3"}


def key_schema(namespace: str, field: str = "id", kind: str = "long") -> dict[str, Any]:
    return {"type": "record", "name": "Key", "namespace": namespace, "fields": [{"name": field, "type": kind}], "connect.name": f"{namespace}.Key"}


def config_of(own: str, **more: str) -> dict[str, str]:
    server = {"connector.class": "io.debezium.connector.mysql.MySqlConnector", "database.server.name": f"{own}slave_db", "database.password": SECRET}
    return {**server, "database.history.kafka.topic": f"{own}history", "database.history.kafka.bootstrap.servers": "127.0.0.1:1", **ROUTE, **more}


def upgraded(config: dict[str, str], **options: object) -> dict[str, Any]:
    rewritten = debezium_upgrade(config, "3.0", **options)["config"]
    assert isinstance(rewritten, dict)
    return rewritten


def drift(url: str, own: str, before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = {"url": url, "subject_pattern": f"{own}.*-key", "connectors": [{"name": "cdc", "before": before, "after": after, **more}]}
    return run_here("schema_drift", options, diff=True)


def underscored(own: str) -> str:
    return f"{own}slave_db".replace("-", "_")


def test_a_changed_key_schema_is_stopped_and_the_setting_that_keeps_it_is_named(registry_url: str, own: str) -> None:
    subject, before = f"{own}routed.shop.receipts-key", config_of(own)
    old_id = register(registry_url, subject, key_schema(f"{underscored(own)}.shop.receipts"))
    new = key_schema(f"{own}slave_db.shop.receipts")
    careless = upgraded(before, keep_schema_names=False)
    stopped = drift(registry_url, own, before, careless)
    assert (stopped["rc"], stopped["summary"]) == (1, {"verified": 0, "failed": 1, "not_checked": 0})
    assert f"{own}slave_db.shop.receipts.Key instead of {underscored(own)}.shop.receipts.Key" in str(stopped["msg"])
    assert "cdc: schema.name.adjustment.mode=avro" in str(stopped["msg"])
    found = stopped["subjects"][0]
    assert (found["before"]["namespace"], found["after"], found["id"], found["new_id"]) == (f"{underscored(own)}.shop.receipts", new, old_id, None)
    assert '"namespace": "' + underscored(own) in stopped["diff"]["before"] and f'"namespace": "{own}slave_db' in stopped["diff"]["after"]
    assert SECRET not in stopped["output"] and subjects(registry_url, own) == [subject]

    # What would have happened: the registry takes it without a word and gives it another id.
    assert register_natively(registry_url, subject, new) != old_id
    after_the_fact = drift(registry_url, own, before, careless)["subjects"][0]
    assert (after_the_fact["id"], after_the_fact["new_id"] != old_id, after_the_fact["new_id"] is not None) == (old_id, True, True)


def test_no_compatibility_level_stops_another_namespace(registry_url: str, own: str) -> None:
    subject = f"{own}routed.shop.receipts-key"
    register(registry_url, subject, key_schema("one.shop.receipts"))
    ask(registry_url, "PUT", f"config/{subject}", {"compatibility": "FULL_TRANSITIVE"})
    other = {"schema": json.dumps(key_schema("two.shop.receipts"))}
    assert ask(registry_url, "POST", f"compatibility/subjects/{subject}/versions/latest", other)[1]["is_compatible"]


def test_the_filter_keeps_the_name_and_the_check_agrees(registry_url: str, own: str) -> None:
    register(registry_url, f"{own}routed.shop.receipts-key", key_schema(f"{underscored(own)}.shop.receipts"))
    before = config_of(own)
    done = drift(registry_url, own, before, upgraded(before))
    assert (done["rc"], done["changed"], done["subjects"][0]["state"], done["subjects"][0]["reason"]) == (0, False, "verified", "")
    assert done["subjects"][0]["new_id"] == done["subjects"][0]["id"]


def test_a_rehearsal_shows_what_no_setting_shows(registry_url: str, own: str) -> None:
    before = config_of(own)
    after, prefix = upgraded(before), f"{own}rehearsal"
    register(registry_url, f"{own}routed.shop.receipts-key", key_schema(f"{underscored(own)}.shop.receipts"))
    register(registry_url, f"{own}rehearsed.shop.receipts-key", key_schema(f"{prefix.replace('-', '_')}.shop.receipts"))
    same = drift(registry_url, own, before, after, rehearsal_prefix=prefix)
    assert [(row["state"], row["how"]) for row in same["subjects"]] == [("verified", "observed")]
    register(registry_url, f"{own}rehearsed.shop.receipts-key", key_schema(f"{prefix.replace('-', '_')}.shop.receipts", kind="int"))
    other = drift(registry_url, own, before, after, rehearsal_prefix=prefix)
    assert (other["rc"], "describes the key differently" in str(other["msg"])) == (1, True)
    assert [each["type"] for side in ("before", "after") for each in other["subjects"][0][side]["fields"]] == ["long", "int"]
    wrong = drift(registry_url, own, before, {**after, "schema.name.adjustment.mode": "none"}, rehearsal_prefix=prefix)
    assert (wrong["rc"], wrong["subjects"][0]["state"]) == (0, "not_checked")
    assert "it ran with other settings" in wrong["subjects"][0]["reason"]


def test_what_cannot_be_told_is_not_called_verified(registry_url: str, own: str) -> None:
    before = config_of(own)
    nothing = drift(registry_url, own, before, upgraded(before))
    assert (nothing["rc"], nothing["summary"]) == (0, {"verified": 0, "failed": 0, "not_checked": 1})
    register(registry_url, f"{own}routed.shop.receipts-key", key_schema(f"{underscored(own)}.shop.receipts"))
    columns = drift(registry_url, own, before, {**upgraded(before), "message.key.columns": "shop.receipts:no"})
    assert (columns["subjects"][0]["state"], "message.key.columns differ" in columns["subjects"][0]["reason"]) == ("not_checked", True)
    lost = run_here("schema_drift", {"url": registry_url, "connectors": [{"name": "cdc", "before": {}, "after": {"topic.prefix": "x"}}]})
    assert (lost["rc"], "before has neither topic.prefix nor database.server.name" in str(lost["msg"])) == (1, True)
