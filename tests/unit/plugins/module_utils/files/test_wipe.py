# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real directories show only by chance; the rest is in tests/faults/test_checkpoint_wipe.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.files import sweep, wipe
from ansible_collections.streamops.kafka.plugins.module_utils.files.names import directory_problem, system_problem
from ansible_collections.streamops.kafka.plugins.module_utils.files.sweep import Swept
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "one").write_text("12345", encoding="utf-8")
    return tmp_path


def wiped(place: Path) -> list[wipe.Outcome]:
    with wipe.opened(str(place), ["kafka"], False) as handles:
        found = wipe.survey(str(place), handles, False)
        return wipe.apply(str(place), handles, found, wipe.plan(found), False)


def test_who_writes_while_it_is_wiped_is_noticed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove(handle: int, crosses: bool, progress: Progress) -> Swept:
        swept = really_remove(handle, crosses, progress)
        (place / "kafka" / "new").touch()
        return swept

    really_remove = wipe.remove
    monkeypatch.setattr(wipe, "remove", remove)
    outcomes = wiped(place)
    assert (outcomes[0].state, outcomes[0].verified, outcomes[0].removed) == ("failed", "failed", {"files": 1, "bytes": 5})
    assert "1 entry left, written into it in the meantime" in wipe.failure(str(place), outcomes)
    assert wipe.verification_of(outcomes) == "failed"


def test_a_directory_that_cannot_be_read_to_its_end_stays_and_the_rest_goes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk with an error: what had been removed until then is told."""
    (place / "kafka" / "bad").mkdir()
    (place / "kafka" / "bad" / "one").touch()

    def read(level: sweep._Level) -> os.DirEntry[str] | None:
        if level.name == "bad":
            raise OSError(5, "Input/output error")
        return really_read(level)

    found = {"kafka": Swept(files=2)}
    really_read = sweep._Level.next
    monkeypatch.setattr(sweep._Level, "next", read)
    with wipe.opened(str(place), ["kafka"], False) as handles:
        with pytest.raises(InputError, match=r"1 entry cannot be removed: bad \(Input/output error\)"):
            wipe.survey(str(place), handles, False)
        outcome = wipe.apply(str(place), handles, found, wipe.plan(found), False)[0]
    assert (outcome.state, outcome.removed, outcome.stayed) == ("failed", {"files": 1, "bytes": 5}, [{"path": "bad", "reason": "Input/output error"}])
    assert (place / "kafka" / "bad" / "one").exists()


def test_what_could_not_be_counted_again_is_not_checked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def count(handle: int, crosses: bool, progress: Progress) -> Swept:
        if not (place / "kafka" / "one").exists():
            raise OSError(5, "Input/output error")
        return really_count(handle, crosses, progress)

    really_count = wipe.count
    monkeypatch.setattr(wipe, "count", count)
    outcomes = wiped(place)
    assert (outcomes[0].state, outcomes[0].verified, outcomes[0].removed) == ("failed", "not_checked", {"files": 1, "bytes": 5})
    assert "Input/output error" in outcomes[0].error and wipe.verification_of(outcomes) == "not_checked"


def test_verified_is_said_only_when_all_were_looked_at() -> None:
    good, absent, unchecked = wipe.Outcome("a", "ok", verified="verified"), wipe.Outcome("b", "absent"), wipe.Outcome("c", "ok")
    assert wipe.verification_of([good, absent]) == "verified"
    assert wipe.verification_of([good, unchecked]) == "not_checked"
    assert wipe.verification_of([absent]) == "not_checked" and wipe.state_of([absent]) == "absent"


def test_a_handle_is_not_left_open_when_something_is_refused(place: Path) -> None:
    (place / "link").symlink_to("kafka")
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(InputError, match="link is a symbolic link"), wipe.opened(str(place), ["kafka", "link"], False):
        pass
    assert len(set(Path("/proc/self/fd").iterdir())) == len(before)


@pytest.mark.parametrize("directory", ["/", "//", "/etc", "/etc/", "/var/./lib", "//etc", "relative", "", "~/x", "/srv/../etc", "/a\0b"])
def test_directories_that_are_never_meant(directory: str) -> None:
    assert directory_problem(directory)


def test_names_and_directories_that_are_meant() -> None:
    assert [directory_problem(each) for each in ("/srv/checkpoints", "/var/lib/experiment", "/tmp/..data")] == ["", "", ""]
    assert [system_problem(each) for each in ("kafka", "..data", "a b", "ü")] == ["", "", "", ""]
