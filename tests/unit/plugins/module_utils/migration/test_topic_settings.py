# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a topic gets at the destination: everything that can be said there, and a reason for everything else."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.migration.destinations import DESTINATIONS
from ansible_collections.streamops.kafka.plugins.module_utils.migration.topic_settings import map_settings

KAFKA, BASIC, DEDICATED = (DESTINATIONS[kind] for kind in ("kafka", "confluent_cloud_basic", "confluent_cloud_dedicated"))


def test_what_can_be_set_is_set() -> None:
    settings = {"cleanup.policy": "compact,delete", "retention.ms": "-1", "max.message.bytes": "1048588"}
    for destination in (KAFKA, BASIC):
        mapped = map_settings(settings, destination, 3)
        assert (mapped.config, mapped.dropped, mapped.adjusted) == (settings, {}, {})


def test_confluent_cloud_takes_a_part_and_the_rest_is_listed() -> None:
    mapped = map_settings({"compression.type": "zstd", "min.cleanable.dirty.ratio": "0.1", "retention.ms": "1000"}, BASIC, 3)
    assert mapped.config == {"retention.ms": "1000"}
    assert set(mapped.dropped) == {"compression.type", "min.cleanable.dirty.ratio"}
    assert map_settings({"compression.type": "zstd"}, KAFKA, 3).config == {"compression.type": "zstd"}


def test_values_beyond_the_bounds_become_the_nearest_and_are_listed() -> None:
    settings = {"max.message.bytes": "30000000", "segment.bytes": "1048576", "segment.ms": "60000"}
    assert map_settings(settings, BASIC, 3).config == {"max.message.bytes": "8388608", "segment.bytes": "52428800", "segment.ms": "14400000"}
    mapped = map_settings(settings, DEDICATED, 3)
    assert mapped.config["max.message.bytes"] == "20971520" and set(mapped.adjusted) == set(settings)


def test_timestamps_are_kept_while_records_are_copied() -> None:
    mapped = map_settings({"message.timestamp.type": "LogAppendTime", "message.timestamp.before.max.ms": "3600000"}, KAFKA, 3)
    assert mapped.config == {"message.timestamp.type": "CreateTime"}
    assert "after the cutover" in mapped.adjusted["message.timestamp.type"][2] and "message.timestamp.before.max.ms" in mapped.dropped


def test_replicas_in_sync_leave_room_for_a_restart() -> None:
    assert map_settings({"min.insync.replicas": "3"}, KAFKA, 3).config == {"min.insync.replicas": "2"}
    assert map_settings({"min.insync.replicas": "2"}, KAFKA, 1).config == {"min.insync.replicas": "2"}  # the broker refuses nothing, and prepare says so
    assert map_settings({"min.insync.replicas": "3"}, BASIC, None).config == {"min.insync.replicas": "2"}


def test_what_the_user_wants_is_given_as_it_is() -> None:
    mapped = map_settings({"retention.ms": "1", "compression.type": "zstd"}, BASIC, 3, {"retention.ms": "86400000", "compression.type": "lz4"})
    assert mapped.config == {"retention.ms": "86400000", "compression.type": "lz4"} and not mapped.dropped
