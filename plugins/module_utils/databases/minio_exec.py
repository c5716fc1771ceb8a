# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MinIO through its client ``mc`` inside its pod, one process for each thing that is done, whatever the number of objects.

The keys reach it in ``MC_HOST_...``, in its environment; those with a colon, which it cannot hold, in its configuration. What it writes
goes into a directory that only its user can enter, and that the shell removes at its end. Settings of buckets travel as MinIO's own export of them, a ZIP file.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import shlex
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError, OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, login_refused, not_permitted, tls_mismatch, unreachable
from .minio_buckets import Upload, Version
from .minio_client import DENIED, LOGIN_REFUSED, is_default, is_past
from .program_exec import Program, Shell

PROGRAM = Program("mc", ("mc", "mcli", "/usr/bin/mc", "/usr/local/bin/mc", "/opt/bin/mc", "/opt/bitnami/minio-client/bin/mc"))

_ALIAS = "streamops"
_TLS = re.compile(r"x509|tls:|certificate|HTTP response to HTTPS|HTTPS server|malformed HTTP", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"dial tcp|connection refused|no route to host|i/o timeout|\b(?-i:EOF)\b|connection reset|Server not initialized|context deadline", re.IGNORECASE
)
_NOT_PERMITTED = re.compile(r"Access Denied|Insufficient permissions|not authorized", re.IGNORECASE)
_NOT_THERE = re.compile(r"does not exist|not found|Bucket name|NoSuch", re.IGNORECASE)
_HELD = re.compile(r"^\[\s*ON\s*\]\s+(\S+)\s+(.*)$")
_HIDDEN = "settings"

# What MinIO calls the settings in its export, and what the S3 protocol calls them (minio_client.py), so that records fit both.
_FILES = {
    "versioning.xml": "versioning", "object-lock.xml": "object-lock", "policy.json": "policy", "tagging.xml": "tagging", "lifecycle.xml": "lifecycle",
    "bucket-encryption.xml": "encryption", "notification.xml": "notification", "replication.xml": "replication", "bucket-targets.json": "targets",
    "quota.json": "quota", "cors.xml": "cors",
}  # fmt: skip
_PREPARED = """
home=${{TMPDIR:-/tmp}}/streamops-{name}
mkdir -m 700 "$home" && cd "$home" || exit 1
trap 'cd / && rm -rf "$home"' EXIT
trap 'exit 1' HUP INT TERM PIPE
export MC_CONFIG_DIR="$home/config" TMPDIR="$home" HOME="$home"
"""
_TRUSTED = 'mkdir -p "$home/config/certs/CAs" && cat {ca} >"$home/config/certs/CAs/ca.crt" || exit 1\n'


class McStore:
    """The store, as one of its users. See Store in minio_buckets.py.

    :raises OperationError: when it cannot be reached or refuses the login.
    """

    def __init__(self, cluster: Cluster, choice: Choice, login: Login) -> None:
        self.login = login
        self._markers: set[str] = set()  # delete markers of the last listing: their removal is told like that of any version
        tls = login.tls
        if tls is not None and tls.cert:
            raise InputError(["mc takes no client certificate: leave tls.cert and tls.key out, or use transport kubernetes_port_forward"])
        trusted = _TRUSTED.format(ca=shlex.quote(tls.ca)) if tls is not None and tls.enabled and tls.ca else ""
        prepared = _PREPARED.format(name=secrets.token_hex(8)) + trusted
        self._shell = Shell(cluster, choice, PROGRAM, ["--json"], settings(login), login, prepared)
        try:
            self._log_in()
        except OperationError:
            self.close()
            raise

    def buckets(self) -> list[str]:
        return [str(each["key"]).rstrip("/") for each in self._told("list the buckets", "the store", "s3:ListAllMyBuckets", "ls", _ALIAS)]

    def exists(self, bucket: str) -> bool:
        try:
            return bool(list(self._told("look for the bucket", bucket, "s3:ListBucket", "stat", _path(bucket))))
        except _NotThere:
            return False

    def versions(self, bucket: str) -> Iterator[Version]:
        kinds = _Kinds()
        self._markers.clear()
        for each in self._told("list the versions", bucket, "s3:ListBucketVersions", "ls", "--recursive", "--versions", f"{_path(bucket)}/"):
            key, version, is_marker = str(each["key"]), each.get("versionId"), bool(each.get("isDeleteMarker"))
            if is_marker:
                self._markers.add(str(version))
            yield Version(key, version, kinds.of(key, is_marker))

    def uploads(self, bucket: str) -> Iterator[Upload]:
        for each in self._told("list the uploads", bucket, "s3:ListBucketMultipartUploads", "ls", "--recursive", "--incomplete", f"{_path(bucket)}/"):
            yield Upload(str(each["key"]), str(each.get("etag", "")))

    def clear(self, bucket: str) -> Iterator[tuple[list[Version], dict[Version, str]]]:
        kinds, prefix = _Kinds(), f"{_path(bucket)}/"
        for each in self._messages("rm", "--recursive", "--force", "--versions", prefix):
            if each.get("error"):
                why = _why(each)
                if not why.endswith("protected and cannot be overwritten"):
                    self._refuse("remove the objects", bucket, "s3:DeleteObject and s3:DeleteObjectVersion", each)
                yield [], {Version(_named(each).removeprefix(prefix)): why}
            else:
                key, version = str(each["key"]).removeprefix(prefix), each.get("versionID")
                yield [Version(key, version, kinds.of(key, str(version) in self._markers))], {}

    def end_uploads(self, bucket: str) -> Iterator[int]:
        for _each in self._told("end the uploads", bucket, "s3:AbortMultipartUpload", "rm", "--recursive", "--force", "--incomplete", f"{_path(bucket)}/"):
            yield 1

    def held(self, bucket: str) -> Iterator[tuple[Version, str]]:
        needs = "s3:GetObjectLegalHold and s3:GetObjectRetention"
        # With --json it says nothing at all about several objects.
        for line in self._shell.lines(f'"$program" legalhold info --recursive --versions {shlex.quote(_path(bucket))}/'):
            told = line.decode(errors="replace")
            if found := _HELD.match(told):
                yield Version(found[2].removeprefix(f"{bucket}/"), found[1]), "legal hold"
            elif "<ERROR>" in told:
                raise not_permitted(self.login, "look at the legal hold", bucket, told.partition("<ERROR>")[2].strip(), needs)
        self._check_end("look at the legal hold", bucket)
        words = ("retention", "info", "--recursive", "--versions", f"{_path(bucket)}/")
        for each in self._told("look at the retention", bucket, needs, *words, gone=("Unable to find any",)):
            if each.get("mode") and not is_past(str(each["until"])):
                key = str(each.get("urlpath", "")).partition(f"/{bucket}/")[2]
                yield Version(key, each.get("versionID")), f"{str(each['mode']).lower()} retention until {each['until']}"

    def settings(self, bucket: str) -> dict[str, str]:
        exported = self._exported(bucket)
        if exported is None:
            return self._visible_settings(bucket)
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            texts = {_FILES.get(name.rpartition("/")[2], name.rpartition("/")[2]): archive.read(name).decode() for name in archive.namelist()}
        quota = json.loads(texts.pop("quota", "") or "{}").get("quota")
        found = {name: in_order(text) if name == "policy" else text for name, text in texts.items() if not is_default(text)}
        return {**found, **({"quota": json.dumps({"quota": int(quota)})} if quota else {})}

    def hidden(self, bucket: str) -> list[str]:
        return [_HIDDEN] if self._exported(bucket) is None else []

    def create(self, bucket: str, settings: Mapping[str, str]) -> None:
        if not self.exists(bucket):
            lock = ["--with-lock"] if "object-lock" in settings else []
            list(self._told("create the bucket", bucket, "s3:CreateBucket", "mb", *lock, _path(bucket)))
        missing = {name: text for name, text in settings.items() if self.settings(bucket).get(name) != text} if settings else {}
        if missing:
            self._import(bucket, missing)

    def drop(self, bucket: str) -> None:
        try:
            list(self._told("drop the bucket", bucket, "s3:DeleteBucket", "rb", _path(bucket)))
        except _NotThere:
            return

    def read(self, bucket: str, key: str) -> str | None:
        said = self._shell.run(f'"$program" "$@" cat {shlex.quote(f"{_path(bucket)}/{key}")}').decode(errors="replace")
        if self._shell.code == 0:
            return said
        message = next(iter(_objects(said.splitlines())), {})
        if _NOT_THERE.search(_why(message)) or _NOT_PERMITTED.search(_why(message)):
            return None
        self._refuse("read the record", bucket, "s3:GetObject", message)
        return None

    def write(self, bucket: str, key: str, text: str) -> None:
        order = f"printf '%s' {shlex.quote(text)} | " + self._order("pipe", f"{_path(bucket)}/{key}")
        self._check("record the settings", bucket, "s3:PutObject", self._shell.run(order))

    def close(self) -> None:
        self._shell.close()

    def _log_in(self) -> None:
        """Without the right to list buckets the login is still good."""
        if f"MC_HOST_{_ALIAS}" not in settings(self.login):
            self._shell.run(f"umask 077; mkdir -p config; printf '%s' {shlex.quote(configuration(self.login))} >config/config.json")
        said = self._shell.run(self._order("ls", _ALIAS)).decode(errors="replace")
        message = next((each for each in _objects(said.splitlines()) if each.get("error")), None)
        if message is None and self._shell.code == 0:
            return
        why, code = (_why(message), _code(message)) if message else (" ".join(said.split())[:300], "")
        if code in LOGIN_REFUSED or "Access Key Id" in why or "signature" in why:
            raise login_refused(self.login, why)
        if code in DENIED or _NOT_PERMITTED.search(why):
            return
        if _TLS.search(why):
            raise tls_mismatch(self.login, why)
        if _UNREACHABLE.search(why):
            raise unreachable(self.login, why)
        raise OperationError("talk to an S3 store", str(self.login), why, "Is this mc the client of MinIO, and the port the one of the S3 protocol?")

    def _exported(self, bucket: str) -> bytes | None:
        """MinIO's own ZIP of everything that is configured; only its administrators may have it, all others get None."""
        self._shell.run(self._order("admin", "cluster", "bucket", "export", _path(bucket)))
        if self._shell.code != 0:
            return None
        return self._shell.run(f'cat "$home"/{_ALIAS}/*.zip; rm -rf "$home"/{_ALIAS}')

    def _visible_settings(self, bucket: str) -> dict[str, str]:
        """What everybody who may list the bucket sees."""
        told = next(self._told("read the settings", bucket, "s3:GetBucketLocation", "stat", _path(bucket)), {})
        versioning, lock = told.get("Versioning") or {}, told.get("ObjectLock") or {}
        found = {"versioning": str(versioning.get("status") or ""), "object-lock": str(lock.get("enabled") or "")}
        return {name: value for name, value in found.items() if value}

    def _import(self, bucket: str, settings: Mapping[str, str]) -> None:
        names = {name: file for file, name in _FILES.items()}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, text in settings.items():
                content = json.dumps({**json.loads(text), "quotatype": "hard"}) if name == "quota" else text
                archive.writestr(f"{bucket}/{names.get(name, name)}", content)
        octal = "".join(f"\\0{byte:03o}" for byte in packed.getvalue())
        order = self._order("admin", "cluster", "bucket", "import", _path(bucket))
        said = self._shell.run(f"printf '%b' '{octal}' >\"$home/settings.zip\" && {order} \"$home/settings.zip\"")
        self._check("set the settings", bucket, "admin:ImportBucketMetadata", said)
        report = next(iter(_objects(said.decode(errors="replace").splitlines())), {}).get(bucket) or {}
        failed = [f"{name}: {each['error']}" for name, each in report.items() if isinstance(each, dict) and each.get("error")]
        if failed:
            raise OperationError("set the settings", self._on(bucket), "; ".join(failed))

    def _order(self, *words: str) -> str:
        return f'"$program" "$@" {" ".join(map(shlex.quote, words))}'

    def _messages(self, *words: str) -> Iterator[dict[str, Any]]:
        """Whatever mc says, errors as well, as it comes."""
        yield from _objects(line.decode(errors="replace") for line in self._shell.lines(self._order(*words)))
        if self._shell.code != 1:  # what it says itself, it has said by then
            self._check_end(f"run mc {words[0]}", words[-1])

    def _told(self, attempted: str, bucket: str, needs: str, *words: str, gone: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """What mc says, up to its first error, which is raised. An end before the end is an error as well: half a list is none."""
        is_gone = False
        for each in self._messages(*words):
            if not each.get("error"):
                yield each
            elif any(str(each["error"].get("message", "")).startswith(start) for start in gone):
                is_gone = True
            else:
                self._refuse(attempted, bucket, needs, each)
        if not is_gone:
            self._check_end(attempted, bucket)

    def _check_end(self, attempted: str, bucket: str) -> None:
        if self._shell.code != 0:
            raise OperationError(attempted, self._on(bucket), f"mc ended with code {self._shell.code}, without a reason")

    def _check(self, attempted: str, bucket: str, needs: str, said: bytes) -> None:
        problem = next((each for each in _objects(said.decode(errors="replace").splitlines()) if each.get("status") == "error"), None)
        if problem is not None:
            self._refuse(attempted, bucket, needs, problem)
        if self._shell.code != 0:
            raise OperationError(attempted, self._on(bucket), " ".join(said.decode(errors="replace").split())[:300])

    def _refuse(self, attempted: str, bucket: str, needs: str, message: Mapping[str, Any]) -> None:
        why, code = _why(message), _code(message)
        if code in DENIED or _NOT_PERMITTED.search(why):
            raise not_permitted(self.login, attempted, bucket, why, needs)
        if _UNREACHABLE.search(why):
            raise ConnectionLost(attempted, self.login, why)
        if _NOT_THERE.search(why) or code.startswith("NoSuch"):
            raise _NotThere(attempted, self._on(bucket), why)
        raise OperationError(attempted, self._on(bucket), why)

    def _on(self, bucket: str) -> str:
        return f"{bucket} ({self.login})"


class _NotThere(OperationError):
    """What was asked for is not there."""


class _Kinds:
    """What each version is. They come key by key, the newest version first."""

    def __init__(self) -> None:
        self._key: str | None = None

    def of(self, key: str, is_marker: bool) -> str:
        is_latest, self._key = key != self._key, key
        return "delete_markers" if is_marker else "objects" if is_latest else "versions"


def settings(login: Login) -> dict[str, str | None]:
    """The environment of mc."""
    insecure = "true" if login.tls is not None and login.tls.enabled and not login.tls.verify else None
    common = {"MC_INSECURE": insecure, "MC_NO_COLOR": "true"}
    if ":" in f"{login.username}{login.password}":  # mc splits at each colon, and decodes nothing
        return common
    scheme, address = _address(login).split("://")
    return {f"MC_HOST_{_ALIAS}": f"{scheme}://{login.username or ''}:{login.password or ''}@{address}", **common}


def configuration(login: Login) -> str:
    """The configuration of mc, for keys that its environment cannot hold."""
    alias = {"url": _address(login), "accessKey": login.username or "", "secretKey": login.password or "", "api": "s3v4", "path": "auto"}
    return json.dumps({"version": "10", "aliases": {_ALIAS: alias}})


def _address(login: Login) -> str:
    return f"{'https' if login.tls is not None and login.tls.enabled else 'http'}://{login.host}:{login.port}"


def in_order(policy: str) -> str:
    """A policy in which actions and resources stand in order: MinIO exports them in any."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: ordered(each) for key, each in value.items()}
        if isinstance(value, list):
            return sorted(value) if all(isinstance(each, str) for each in value) else [ordered(each) for each in value]
        return value

    return json.dumps(ordered(json.loads(policy)), sort_keys=True)


def _path(bucket: str) -> str:
    return f"{_ALIAS}/{bucket}"


def _objects(lines: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects among lines of text, each in one line or in several."""
    begun = ""
    for line in lines:
        if not begun and not line.startswith("{"):
            continue
        begun += f"{line}\n"
        if not line.rstrip().endswith("}"):
            continue
        try:
            found = json.loads(begun)
        except ValueError:
            continue
        begun = ""
        yield found


def _why(message: Mapping[str, Any]) -> str:
    error = message.get("error") or {}
    return str((error.get("cause") or {}).get("message") or error.get("message") or "")


def _code(message: Mapping[str, Any]) -> str:
    cause = ((message.get("error") or {}).get("cause") or {}).get("error")
    return str(cause.get("Code") or "") if isinstance(cause, Mapping) else ""


def _named(message: Mapping[str, Any]) -> str:
    """What the message is about, which stands in it between backticks."""
    found = re.search(r"`([^`]*)`", str((message.get("error") or {}).get("message") or ""))
    return found[1] if found else ""
