# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""checkpoint_wipe on real directories: links, mounts, races, missing rights, a kill. It needs root, as the lab's Kubernetes does."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import eventually
from run_module import MODULES, run_module, start_module

AWKWARD = ["a b", "ü", "-rf", "*", "line\nbreak", "'quoted' \"name\"", "..."]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkpoint directory, with something beside it that must stay."""
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "precious").write_text("keep me", encoding="utf-8")
    top = tmp_path / "checkpoints"
    top.mkdir()
    return top


def fill(directory: Path) -> dict[str, int]:
    """Something of every kind; what the module should count."""
    (directory / "deep" / "er").mkdir(parents=True)
    for number, name in enumerate(AWKWARD):
        (directory / "deep" / name).write_bytes(b"x" * number)
    (directory / os.fsdecode(b"no text \xff")).write_bytes(b"12345")
    (directory / ".hidden").write_bytes(b"1")
    (directory / "deep" / "to a file").symlink_to("../../../beside/precious")
    (directory / "to a directory").symlink_to(directory.parent.parent / "beside")
    (directory / "broken").symlink_to("/no/such/file")
    os.mkfifo(directory / "pipe")
    os.link(directory / ".hidden", directory / "second name")
    return {"files": len(AWKWARD) + 3, "directories": 2, "links": 3, "other_entries": 1, "bytes": sum(range(len(AWKWARD))) + 5 + 2}


def wipe(place: Path, *systems: str, **options: Any) -> dict[str, Any]:
    check, diff = options.pop("check", False), options.pop("diff", False)
    return run_module("checkpoint_wipe", {"directory": str(place), "systems": list(systems), **options}, check=check, diff=diff)


def precious(place: Path) -> str:
    return (place.parent / "beside" / "precious").read_text(encoding="utf-8")


def test_check_mode_foretells_what_goes_and_a_second_run_changes_nothing(place: Path) -> None:
    (place / "kafka").mkdir(mode=0o750)
    counts = fill(place / "kafka")
    (place / "redis").mkdir()
    (place / "redis" / "of another system").touch()
    before = (place / "kafka").stat()
    foretold = wipe(place, "kafka", "absent", check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"], foretold["verified"]) == (0, True, counts, "not_checked")
    assert json.loads(foretold["diff"]["before"]) == {"kafka": counts}
    assert len(list((place / "kafka").iterdir())) == 7

    done = wipe(place, "kafka", "absent", diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"], done["diff"]) == (0, True, counts, "verified", foretold["diff"])
    assert [(system["name"], system["state"]) for system in done["systems"]] == [("kafka", "ok"), ("absent", "absent")]
    after = (place / "kafka").stat()
    assert list((place / "kafka").iterdir()) == [] and (after.st_ino, after.st_mode, after.st_uid) == (before.st_ino, before.st_mode, before.st_uid)
    assert precious(place) == "keep me" and (place / "redis" / "of another system").exists()

    again = wipe(place, "kafka", "absent")
    assert (again["rc"], again["changed"], again["removed"], again["verified"]) == (0, False, {}, "verified")
    assert not (place / "absent").exists()


def test_what_does_not_exist_is_absent_unless_it_must(place: Path) -> None:
    assert wipe(place, "kafka")["state"] == "absent"
    assert wipe(place / "no" / "such", "kafka")["state"] == "absent"
    assert "kafka does not exist" in str(wipe(place, "kafka", must_exist=True)["msg"])


@pytest.mark.parametrize(
    ("directory", "systems", "says"),
    [
        ("{place}", ["../beside"], "contains a slash"),
        ("{place}", [".."], ".. is no name of a system"),
        ("{place}", ["."], ". is no name of a system"),
        ("{place}", ["/etc"], "contains a slash"),
        ("{place}", ["kafka/"], "contains a slash"),
        ("{place}", [""], "the name of a system is empty"),
        ("{place}", ["kafka", "kafka"], "kafka is named twice"),
        ("{place}/../checkpoints", ["kafka"], "has .. in it"),
        ("checkpoints", ["kafka"], "is not absolute"),
        ("/", ["tmp"], "directory / belongs to the machine"),
        ("//var/./", ["lib"], "belongs to the machine"),
        ("{place}/to_etc", ["kafka"], "leads to /etc: directory /etc belongs to the machine"),
        ("{place}", ["link"], "link is a symbolic link, and links are not followed"),
        ("{place}", ["file"], "file is no directory"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Path, directory: str, systems: list[str], says: str) -> None:
    (place / "kafka").mkdir()
    (place / "kafka" / "one").touch()
    (place / "link").symlink_to("../beside")
    (place / "file").touch()
    (place / "to_etc").symlink_to("/etc")
    result = run_module("checkpoint_wipe", {"directory": directory.format(place=place), "systems": systems})
    assert result["rc"] != 0 and says in str(result["msg"]) and "nothing was changed" in str(result["msg"])
    assert precious(place) == "keep me" and (place / "kafka" / "one").exists()


def test_a_link_may_lead_to_the_configured_directory(place: Path) -> None:
    (place / "kafka").mkdir()
    (place / "kafka" / "one").touch()
    link = place.parent / "link"
    link.symlink_to(place)
    assert wipe(link, "kafka")["removed"] == {"files": 1}


MOUNTS = {"another file system": "mount -t tmpfs none {at}", "a bind mount of the same": "mount --bind {beside} {at}"}


@pytest.mark.parametrize("below", ["kafka", "kafka/volume"])
@pytest.mark.parametrize("mount", list(MOUNTS))
def test_what_is_mounted_is_not_entered_unless_asked_for(place: Path, mount: str, below: str) -> None:
    """In a mount namespace of its own, so that the machine sees none of it."""
    at = place / below
    at.mkdir(parents=True)
    (place / "kafka" / "local").touch()
    refused = _mounted(place, at, MOUNTS[mount])
    assert refused["failed"] and "another file system" in refused["msg"] and "nothing was changed" in refused["msg"]
    if below == "kafka/volume":
        assert refused["systems"][0]["stayed"] == [{"path": "volume", "reason": "it is on another file system, or mounted there"}]
        assert (place / "kafka" / "local").exists()
    assert precious(place) == "keep me"

    crossed = _mounted(place, at, MOUNTS[mount], cross_filesystems=True)
    assert crossed["removed"]["files"] >= 1
    if mount == "a bind mount of the same":
        assert not (place.parent / "beside" / "precious").exists()
    if below == "kafka/volume":  # it is emptied, and cannot be removed itself
        assert crossed["failed"] and crossed["systems"][0]["stayed"] == [{"path": "volume", "reason": "Device or resource busy"}]


def _mounted(place: Path, at: Path, mount: str, **options: Any) -> dict[str, Any]:
    arguments = {"ANSIBLE_MODULE_ARGS": {"directory": str(place), "systems": ["kafka"], **options}}
    script = f"{mount.format(at=at, beside=place.parent / 'beside')} && touch {at}/inside && exec {sys.executable} -m {MODULES}.checkpoint_wipe"
    return _report(["unshare", "--mount", "--propagation", "private", "sh", "-c", script], arguments)


def _report(command: list[str], arguments: dict[str, Any]) -> dict[str, Any]:
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, input=json.dumps(arguments), env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert "{" in done.stdout, done
    return {"failed": False, **json.loads(done.stdout[done.stdout.index("{"):])}


def _without_capabilities(place: Path, *systems: str, check: bool = False) -> dict[str, Any]:
    """As root whose capabilities are dropped, so that the modes of files count for it too."""
    arguments = {"ANSIBLE_MODULE_ARGS": {"directory": str(place), "systems": list(systems), "_ansible_check_mode": check}}
    return _report(["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-m", f"{MODULES}.checkpoint_wipe"], arguments)


@pytest.mark.parametrize("check", [True, False])
def test_what_may_not_be_removed_is_listed_before_anything_is_touched(place: Path, check: bool) -> None:
    for name in ("open", "closed"):
        (place / "kafka" / name).mkdir(parents=True)
        for number in range(60):
            (place / "kafka" / name / f"f{number}").touch()
    (place / "kafka" / "closed").chmod(0o500)
    (place / "kafka" / "unreadable").mkdir(mode=0o000)
    try:
        result = _without_capabilities(place, "kafka", check=check)
    finally:
        (place / "kafka" / "closed").chmod(0o700)
        (place / "kafka" / "unreadable").chmod(0o700)
    assert result["failed"] and "nothing was changed" in result["msg"]
    assert "61 entries cannot be removed: " in result["msg"] and "unreadable (Permission denied)" in str(result["systems"])
    system = result["systems"][0]
    assert (system["state"], system["stayed_count"], len(system["stayed"])) == ("failed", 61, 50)
    assert {Path(each["path"]).parts[0] for each in system["stayed"]} <= {"closed", "unreadable"}
    assert len(list((place / "kafka").rglob("f*"))) == 120


def test_what_turns_out_to_stay_is_listed_and_the_rest_is_gone(place: Path) -> None:
    """An immutable file: only the attempt shows it."""
    (place / "kafka" / "a").mkdir(parents=True)
    for name in ("a/one", "a/two", "three"):
        (place / "kafka" / name).touch()
    (place / "mariadb").mkdir()
    (place / "mariadb" / "one").touch()
    _set_immutable(place / "kafka" / "a" / "one", True)
    try:
        result = wipe(place, "kafka", "mariadb")
    finally:
        _set_immutable(place / "kafka" / "a" / "one", False)
    assert result["rc"] != 0 and result["changed"] and (result["state"], result["verified"]) == ("failed", "failed")
    kafka, mariadb = result["systems"]
    assert (kafka["state"], kafka["removed"], kafka["stayed"]) == ("failed", {"files": 2}, [{"path": "a/one", "reason": "Operation not permitted"}])
    assert (mariadb["state"], mariadb["verified"]) == ("ok", "verified")
    assert "Failed to wipe 1 of 2 systems" in result["msg"] and "a/one (Operation not permitted)" in result["msg"]
    assert wipe(place, "kafka")["removed"] == {"files": 1, "directories": 1}


def _set_immutable(path: Path, immutable: bool) -> None:
    subprocess.run(["chattr", "+i" if immutable else "-i", str(path)], check=True)


def test_who_swaps_directories_for_links_in_the_middle_leads_nobody_out(place: Path) -> None:
    """Again and again while the module runs; what is beside stays, and the last run is clean."""
    system, away = place / "kafka", place.parent / "away"
    system.mkdir()
    ended = threading.Event()

    def swap() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            directory = system / f"d{number % 5}"
            try:
                directory.mkdir(exist_ok=True)
                (directory / "file").touch()
                directory.rename(away / str(number))
                directory.symlink_to(place.parent / "beside")
            except OSError:
                continue

    away.mkdir()
    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        results = [wipe(place, "kafka") for _attempt in range(8)]
    finally:
        ended.set()
        swapper.join()
    assert precious(place) == "keep me"
    assert sum(result["removed"].get("links", 0) for result in results if "removed" in result) > 0
    assert all((result["rc"] == 0) == (result.get("state") == "reset") for result in results)
    shutil.rmtree(away)
    last = wipe(place, "kafka")
    assert (last["rc"], last["verified"], list(system.iterdir())) == (0, "verified", [])


@pytest.fixture
def many() -> Iterator[Path]:
    """30,000 files, most of them in one directory, in memory."""
    place = Path(tempfile.mkdtemp(prefix="streamops-checkpoints-", dir="/dev/shm"))
    system = place / "kafka"
    (system / "flat").mkdir(parents=True)
    for number in range(27_000):
        os.close(os.open(f"{system}/flat/{number}", os.O_CREAT))
    for number in range(30):
        (system / f"d{number}").mkdir()
        for inner in range(100):
            os.close(os.open(f"{system}/d{number}/{inner}", os.O_CREAT))
    yield place
    shutil.rmtree(place)


def test_a_killed_run_is_completed_by_the_next(many: Path) -> None:
    flat = many / "kafka" / "flat"
    full = flat.stat().st_mtime_ns
    running = start_module("checkpoint_wipe", {"directory": str(many), "systems": ["kafka"]})
    eventually("it has begun to remove", lambda: any(path.stat().st_mtime_ns != full for path in [flat] if path.exists()) or not flat.exists())
    running.kill()
    left = sum(len(files) for _path, _directories, files in os.walk(many / "kafka"))
    assert 0 < left < 30_000
    result = wipe(many, "kafka")
    assert (result["rc"], result["removed"]["files"], result["verified"]) == (0, left, "verified")
    assert wipe(many, "kafka")["changed"] is False


def test_memory_does_not_grow_with_the_number_of_files(many: Path) -> None:
    """A list of the entries of this one directory would be some 6 MB."""
    few = many / "redis"
    few.mkdir()
    (few / "one").touch()
    small, large = _peak(many, "redis"), _peak(many, "kafka")
    assert large - small < 2048, f"{small} KiB and {large} KiB"


def _peak(place: Path, system: str) -> int:
    """KiB of memory that the module took at most."""
    script = f"import resource, runpy, sys, atexit; atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)); " \
             f"sys.argv = ['m']; runpy.run_module('{MODULES}.checkpoint_wipe', run_name='__main__')"
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    arguments = {"ANSIBLE_MODULE_ARGS": {"directory": str(place), "systems": [system]}}
    done = subprocess.run([sys.executable, "-c", script], input=json.dumps(arguments), env={**os.environ, "PYTHONPATH": path},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert json.loads(done.stdout[done.stdout.index("{"):])["verified"] == "verified", done
    return int(done.stderr.split()[-1])


def test_a_deep_tree_and_a_socket(place: Path) -> None:
    system = place / "kafka"
    system.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(system)  # the path of the last one is longer than a path may be
        try:
            listener.bind("socket")
            for _level in range(600):
                os.mkdir("directory")
                os.chdir("directory")
        finally:
            os.chdir(here)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))  # the module raises its own
    try:
        result = wipe(place, "kafka")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (result["rc"], result["removed"]) == (0, {"directories": 600, "other_entries": 1})
