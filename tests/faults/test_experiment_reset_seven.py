# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook experiment_reset on all seven systems at once, with checkpoints; CockroachDB is PostgreSQL (lab/whole_experiment.py)."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import exports
from databases import eventually
from lab import demo_data
from lab.whole_experiment import TARGETS, WHOLE_EMPTY, WHOLE_FULL, WholeExperiment
from playbooks import Played, start
from test_experiment_reset import DOWN, PLAYBOOK, changed_in_recap, junit, reset, states

SERVERS = "kafka mariadb postgresql redis clickhouse minio"


@pytest.fixture
def experiment(unique: str, tmp_path: Path) -> Iterator[WholeExperiment]:
    made = WholeExperiment(unique, exports(SERVERS), tmp_path / "checkpoints")
    made.fill()
    yield made
    made.remove()


def reset_all(experiment: WholeExperiment, tmp_path: Path, *arguments: str, changes: dict[str, Any] | None = None, **variables: Any) -> Played:
    where = {"experiment_reset_checkpoint_dir": str(experiment.checkpoints)}
    return reset(tmp_path, experiment.targets(**changes or {}), *arguments, **{**where, **variables})


def test_all_seven_are_reset_at_once_as_check_mode_foretold_and_a_second_run_changes_nothing(tmp_path: Path, experiment: WholeExperiment) -> None:
    (experiment.checkpoints / "kafka" / "leads out").symlink_to(tmp_path)
    foretold = reset_all(experiment, tmp_path, "--check")
    assert foretold.code == 0, foretold.output
    assert experiment.contents() == {**WHOLE_FULL, "checkpoints": WHOLE_FULL["checkpoints"] + 1}

    done = reset_all(experiment, tmp_path)
    assert done.code == 0, done.output
    assert experiment.contents() == WHOLE_EMPTY
    assert states(done) == dict.fromkeys(TARGETS, ("ok", "verified"))
    assert junit(done) == {name: [] for name in TARGETS}
    checkpoints = "checkpoints: 2 files, 1 directory, 12 bytes removed"
    said = {name: row["what"] for name, row in done.results().items()}
    assert said["kafka"] == "600 records of 2 topics removed; 1 group reset; 3 ACLs added; checkpoints: 2 files, 1 directory, 1 link, 12 bytes removed"
    assert said["clickhouse"] == said["cockroachdb"] == said["mariadb"] == f"2 tables removed; {checkpoints}"
    assert said["minio"] == f"5 objects removed; {checkpoints}"
    assert said == {name: row["what"].replace(" to remove", " removed").replace("to reset", "reset").replace("to add", "added")
                    for name, row in foretold.results().items()}  # fmt: skip
    parts = [part for stage in done.report()["stages"] if stage["name"] == "reset" for row in stage["rows"] for part in row["parts"]]
    assert {part["name"] for part in parts if part["name"].startswith("checkpoints")} == {f"checkpoints {name}" for name in TARGETS}
    assert all((experiment.checkpoints / name).is_dir() for name in TARGETS)

    again = reset_all(experiment, tmp_path)
    assert again.code == 0 and changed_in_recap(again) == "0", again.output
    assert states(again) == dict.fromkeys(TARGETS, ("ok", "verified"))


def test_half_of_the_targets_down_and_the_others_are_reset(tmp_path: Path, experiment: WholeExperiment) -> None:
    """Stopped, mute, wrongly addressed, wrong login: each fails for its own reason, whatever the policy is."""
    with socket.create_server(("127.0.0.1", 0)) as mute:  # accepts, and never answers
        changes: dict[str, Any] = {
            "mariadb": DOWN, "minio": DOWN, "redis": {"password": "wrong"},
            "clickhouse": {"port": mute.getsockname()[1], "timeout": 3},
        }  # fmt: skip
        going_on = reset_all(experiment, tmp_path, changes=changes, experiment_reset_on_failure="continue")
        failing = reset_all(experiment, tmp_path, changes=changes, experiment_reset_on_failure="fail")
    up, down = ("kafka", "postgresql", "cockroachdb"), ("mariadb", "minio", "redis", "clickhouse")
    assert (going_on.code, failing.code) == (0, 2), going_on.output
    contents = experiment.contents()
    left = 3 * len(down)
    assert contents == {**WHOLE_EMPTY, **{name: WHOLE_FULL[name] for name in down}, "checkpoints": left}
    for played in (going_on, failing):
        assert states(played) == {name: ("ok", "verified") if name in up else ("failed", "not_checked") for name in TARGETS}
        assert junit(played) == {name: [] if name in up else ["failure"] for name in TARGETS}
        assert played.report()["state"] == "failed" and "Failed: 4 of 7 targets failed." in played.output
        table = played.output.partition("what was done")[2]
        why = {"mariadb": "Failed to reach the server on mariadb 127.0.0.1:1", "redis": "Failed to log in",
               "clickhouse": "Failed to", "minio": "Failed to reach the server on minio 127.0.0.1:1"}  # fmt: skip
        for name, text in why.items():
            assert text in played.results()[name]["reason"] and text in table
        assert "-e experiment_reset_only=mariadb,redis,clickhouse,minio" in played.output
    failure = (failing.directory / "reports/experiment_reset/latest/junit.xml").read_text(encoding="utf-8")
    assert "Failed to reach the server on minio 127.0.0.1:1" in failure

    mended = reset_all(experiment, tmp_path, "-e", f"experiment_reset_only={','.join(down)}")
    assert mended.code == 0 and experiment.contents() == WHOLE_EMPTY


def test_a_killed_run_is_completed_by_the_next(tmp_path: Path, experiment: WholeExperiment) -> None:
    """SIGKILL of the playbook with everything that it has started, while one target waits and others are done or not."""
    where = {"experiment_reset_checkpoint_dir": str(experiment.checkpoints), "experiment_reset_preflight": False}
    with demo_data.mariadb(experiment.env) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT * FROM `{experiment.database}`.a")  # the reset of mariadb waits for this
        process = start(PLAYBOOK, tmp_path, variables={"experiment_reset_targets": experiment.targets(mariadb={"timeout": 600}), **where})
        eventually("one of them is reset", lambda: experiment.keys() == 0, 240)
        for pid in [process.pid, *_descendants(process.pid)]:
            _kill(pid)
        process.wait(60)
    assert any((experiment.checkpoints / "mariadb").iterdir())  # and the others wherever they were, PostgreSQL even without its database
    assert json.loads((tmp_path / "reports/experiment_reset/latest/report.json").read_text(encoding="utf-8"))["state"] == "running"

    played = reset_all(experiment, tmp_path)
    assert played.code == 0, played.output
    assert experiment.contents() == WHOLE_EMPTY
    assert states(played) == dict.fromkeys(TARGETS, ("ok", "verified"))


def test_checkpoints_can_be_switched_off_renamed_and_refused_for_each_target(tmp_path: Path, experiment: WholeExperiment) -> None:
    (experiment.checkpoints / "clickhouse").rename(experiment.checkpoints / "elsewhere")
    (experiment.checkpoints / "clickhouse").symlink_to("elsewhere")
    (experiment.checkpoints / "minio").rename(experiment.checkpoints / "s3")
    changes: dict[str, Any] = {"redis": {"checkpoints": False}, "minio": {"checkpoints": "s3"}}
    only = "experiment_reset_only=redis,minio,clickhouse"
    off = reset_all(experiment, tmp_path, "-e", only, "--check", changes=changes, experiment_reset_checkpoints=False)
    assert off.code == 0 and "checkpoints" not in off.output.partition("what was done")[2], off.output

    played = reset_all(experiment, tmp_path, "-e", only, changes=changes)
    assert played.code == 2
    assert states(played) == {"redis": ("ok", "verified"), "minio": ("ok", "verified"), "clickhouse": ("failed", "not_checked")}
    assert "clickhouse is a symbolic link, and links are not followed" in played.results()["clickhouse"]["reason"]
    assert experiment.contents()["clickhouse"] == 2  # found before anything of the target was touched
    assert len(list((experiment.checkpoints / "elsewhere").rglob("*"))) == 3 == len(list((experiment.checkpoints / "redis").rglob("*")))
    assert list((experiment.checkpoints / "s3").iterdir()) == []
    (experiment.checkpoints / "clickhouse").unlink()
    (experiment.checkpoints / "elsewhere").rename(experiment.checkpoints / "clickhouse")


def _descendants(pid: int) -> list[int]:
    """The processes that this one has started, and theirs."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    own = parents.get(pid, [])
    return [*own, *(each for child in own for each in _descendants(child))]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
