# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 store through the SDK of MinIO."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from ..errors import OperationError
from ..library import Library, require
from .login import ConnectionLost, Login, login_refused, no_answer, not_permitted, tls_mismatch, unreachable
from .minio_buckets import ByVersion, Upload, Version
from .tls_context import tls_context

if TYPE_CHECKING:
    import minio
    import minio.credentials.providers
    import minio.deleteobjects
    import minio.error
    import urllib3
else:
    minio, urllib3 = Library("minio"), Library("urllib3")

LOGIN_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidTokenId", "ExpiredToken", "AuthorizationHeaderMalformed")
DENIED = ("AccessDenied", "AllAccessDisabled", "AccountProblem")
_NO_BUCKET = ("NoSuchBucket",)
_NO_OBJECT = ("NoSuchBucket", "NoSuchKey", "NoSuchVersion", "NoSuchUpload")
_TLS = ("HTTP request to an HTTPS server", "SSL", "certificate", "WRONG_VERSION_NUMBER")
_CONNECTIONS = 8
_DELETING = "s3:DeleteObject and s3:DeleteObjectVersion"

# What a bucket can be configured with, as the names of its sub-resources in the S3 protocol; put back in this order.
_SETTINGS = (
    "versioning", "object-lock", "policy", "tagging", "lifecycle", "encryption", "notification", "replication", "cors", "website",
    "logging", "ownershipControls", "publicAccessBlock", "accelerate", "requestPayment",
)  # fmt: skip
_QUOTA = "quota"
# Answers that say "not configured", or "this store knows no such setting".
_NOT_SET = (
    "NoSuchBucketPolicy", "NoSuchTagSet", "NoSuchTagSetError", "NoSuchLifecycleConfiguration", "NoSuchCORSConfiguration", "NoSuchWebsiteConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError", "ReplicationConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError",
    "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError", "NotImplemented", "MethodNotAllowed", "NoSuchConfiguration",
)  # fmt: skip
# What every bucket answers when nothing was configured: an empty element, or who pays for downloads.
_EMPTY = re.compile(r"(?:<\?[^>]*>)?\s*<(\w+)[^>]*?(?:/>|>\s*</\1>)\s*")
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_PAID_BY_OWNER = "<Payer>BucketOwner</Payer>"
# Names with these cannot stand in the XML of a batch.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Gone(Exception):
    """What was asked for is not there, and that is an answer."""


class S3Store(ByVersion):
    """The store, through a pool of connections.

    :raises OperationError: when it cannot be reached or refuses the login.
    """

    def __init__(self, login: Login) -> None:
        require("minio", "minio", "to reach MinIO and other S3 stores")
        self.login = login
        context = tls_context(login)
        tls: dict[str, Any] = {} if context is None else {"ssl_context": context, "assert_hostname": None if context.check_hostname else False}
        timeout = urllib3.Timeout(connect=login.connect_seconds, read=login.timeout)
        retries = urllib3.Retry(total=3, connect=0, read=0, redirect=0, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504), allowed_methods=None)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=retries, maxsize=_CONNECTIONS, num_pools=_CONNECTIONS, **tls)
        endpoint, secure = f"{login.host}:{login.port}", context is not None
        options: dict[str, Any] = {"secure": secure, "http_client": self._pool}
        self._client: Any = minio.Minio(endpoint=endpoint, access_key=login.username, secret_key=login.password or "", **options)
        credentials = minio.credentials.providers.StaticProvider(login.username or "", login.password or "")
        self._admin: Any = minio.MinioAdmin(endpoint=endpoint, credentials=credentials, **options)
        self._log_in(tls)

    def buckets(self) -> list[str]:
        with self._answers("list the buckets", "the store", "s3:ListAllMyBuckets"):
            return [str(bucket.name) for bucket in self._client.list_buckets()]

    def exists(self, bucket: str) -> bool:
        try:
            with self._answers("look for the bucket", bucket, "s3:ListBucket"):
                return bool(self._client.bucket_exists(bucket_name=bucket))
        except ValueError:  # no legal name, so there is no such bucket
            return False

    def versions(self, bucket: str) -> Iterator[Version]:
        with self._answers("list the versions", bucket, "s3:ListBucketVersions"):
            for each in self._client.list_objects(bucket_name=bucket, recursive=True, include_version=True):
                is_latest = str(each.is_latest).lower() == "true"
                kind = "delete_markers" if each.is_delete_marker else "objects" if is_latest else "versions"
                yield Version(str(each.object_name), each.version_id, kind)

    def uploads(self, bucket: str) -> Iterator[Upload]:
        marks: dict[str, Any] = {}
        while True:
            with self._answers("list the uploads", bucket, "s3:ListBucketMultipartUploads"):
                page = self._client._list_multipart_uploads(bucket_name=bucket, **marks)
            for each in page.uploads:
                yield Upload(str(each.object_name), str(each.upload_id))
            if not page.is_truncated:
                return
            marks = {"key_marker": page.next_key_marker, "upload_id_marker": page.next_upload_id_marker}

    def remove(self, bucket: str, versions: Sequence[Version]) -> dict[Version, str]:
        alone = [version for version in versions if _NOT_XML.search(version.key)]
        refused = {version: why for version in alone if (why := self._remove_one(bucket, version))}
        together = {(version.key, version.version_id): version for version in versions if version not in alone}
        with self._answers("remove the objects", bucket, _DELETING):
            wanted = [minio.deleteobjects.DeleteObject(*each) for each in together]
            errors = [each for each in self._client.remove_objects(bucket_name=bucket, delete_object_list=wanted) if each.code not in _NO_OBJECT]
        for each in errors:
            version = together.get((each.name, each.version_id or None))
            if version is None:
                raise OperationError("remove the objects", f"{bucket} ({self.login})", f"{each.code}: {each.message}")
            refused[version] = f"{each.message or each.code}"
        return refused

    def _remove_one(self, bucket: str, version: Version) -> str:
        try:
            with suppress(_Gone), self._answers("remove the object", bucket, _DELETING, gone=_NO_OBJECT):
                self._client.remove_object(bucket_name=bucket, object_name=version.key, version_id=version.version_id)
        except ConnectionLost:
            raise
        except OperationError as refused:
            return refused.answered
        return ""

    def abort(self, bucket: str, upload: Upload) -> None:
        with suppress(_Gone), self._answers("end the upload", bucket, "s3:AbortMultipartUpload", gone=_NO_OBJECT):
            self._client._abort_multipart_upload(bucket_name=bucket, object_name=upload.key, upload_id=upload.upload_id)

    def locked(self, bucket: str, version: Version) -> str:
        with suppress(_Gone), self._answers("look at the retention", bucket, "s3:GetObject and s3:GetObjectVersion", gone=_NO_OBJECT):
            headers = self._client.stat_object(bucket_name=bucket, object_name=version.key, version_id=version.version_id).metadata
            if str(headers.get("x-amz-object-lock-legal-hold", "")).upper() == "ON":
                return "legal hold"
            until = headers.get("x-amz-object-lock-retain-until-date")
            mode = str(headers.get("x-amz-object-lock-mode", "")).lower()
            return f"{mode} retention until {until}" if until and not is_past(str(until)) else ""
        return ""

    def settings(self, bucket: str) -> dict[str, str]:
        found = {name: self._setting(bucket, name) for name in _SETTINGS}
        found[_QUOTA] = self._quota(bucket)
        return {name: value for name, value in found.items() if value}

    def create(self, bucket: str, settings: Mapping[str, str]) -> None:
        if not self.exists(bucket):
            with self._answers("create the bucket", bucket, "s3:CreateBucket"):
                self._client.make_bucket(bucket_name=bucket, object_lock="object-lock" in settings)
        for name in _SETTINGS:
            if name in settings and settings[name] != self._setting(bucket, name):
                body = settings[name].encode()
                digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
                with self._answers(f"set {name}", bucket, f"the right to set {name}"):
                    self._client._execute("PUT", bucket, body=body, headers={"Content-MD5": digest}, query_params={name: ""})
        if _QUOTA in settings:
            with self._answers("set the quota", bucket, "admin:SetBucketQuota"):
                self._admin.bucket_quota_set(bucket, int(json.loads(settings[_QUOTA])["quota"]))

    def drop(self, bucket: str) -> None:
        with suppress(_Gone), self._answers("drop the bucket", bucket, "s3:DeleteBucket", gone=_NO_BUCKET):
            self._client.remove_bucket(bucket_name=bucket)

    def read(self, bucket: str, key: str) -> str | None:
        with suppress(_Gone), self._answers("read the record", bucket, "s3:GetObject", gone=(*_NO_OBJECT, *DENIED)):
            response = self._client.get_object(bucket_name=bucket, object_name=key)
            try:
                return bytes(response.data).decode()
            finally:
                response.close()
                response.release_conn()
        return None

    def write(self, bucket: str, key: str, text: str) -> None:
        body = text.encode()
        with self._answers("record the settings", bucket, "s3:PutObject"):
            self._client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(body), length=len(body))

    def close(self) -> None:
        self._pool.clear()

    def _log_in(self, tls: Mapping[str, Any]) -> None:
        """One request without repetitions, with the limit for connecting; without the right to list buckets the login is still good."""
        first = urllib3.PoolManager(timeout=urllib3.Timeout(self.login.connect_seconds), retries=urllib3.Retry(0), **tls)
        endpoint = f"{self.login.host}:{self.login.port}"
        options: dict[str, Any] = {"secure": bool(tls), "http_client": first}
        try:
            minio.Minio(endpoint=endpoint, access_key=self.login.username, secret_key=self.login.password or "", **options).list_buckets()
        except minio.error.S3Error as refused:
            if refused.code in LOGIN_REFUSED:
                raise login_refused(self.login, f"{refused.code}: {refused.message}") from refused
            if refused.code not in DENIED:
                raise OperationError("log in", str(self.login), f"{refused.code}: {refused.message}") from refused
        except (minio.error.MinioException, urllib3.exceptions.HTTPError, ElementTree.ParseError, ValueError) as failed:
            raise connect_error(self.login, failed) from failed
        finally:
            first.clear()

    def _setting(self, bucket: str, name: str) -> str:
        """The setting as the store writes it, empty when nothing is configured."""
        with suppress(_Gone), self._answers(f"read {name}", bucket, f"the right to read {name} of the bucket", gone=_NOT_SET):
            text = bytes(self._client._execute("GET", bucket, query_params={name: ""}).data).decode().strip()
            return "" if is_default(text) else text
        return ""

    def hidden(self, bucket: str) -> list[str]:
        try:
            self._admin.bucket_quota_get(bucket)
        except minio.error.MinioAdminException as refused:
            return [_QUOTA] if '"AccessDenied"' in str(refused) else []
        except (minio.error.MinioException, urllib3.exceptions.HTTPError, ValueError):
            pass
        return []

    def _quota(self, bucket: str) -> str:
        """Only MinIO has quotas, and only its administrators may look at them."""
        with suppress(minio.error.MinioAdminException, minio.error.MinioException, urllib3.exceptions.HTTPError, ValueError):
            answer = json.loads(self._admin.bucket_quota_get(bucket))
            if isinstance(answer, dict) and answer.get("quota"):
                return json.dumps({"quota": int(answer["quota"])})
        return ""

    @contextmanager
    def _answers(self, attempted: str, bucket: str, needs: str, gone: tuple[str, ...] = ()) -> Iterator[None]:
        try:
            yield
        except minio.error.S3Error as refused:
            if refused.code in gone:
                raise _Gone from refused
            told = f"{refused.code}: {refused.message}"
            if refused.code in DENIED:
                raise not_permitted(self.login, attempted, bucket, told, needs) from refused
            raise OperationError(attempted, f"{bucket} ({self.login})", told) from refused
        except urllib3.exceptions.HTTPError as lost:
            if isinstance(getattr(lost, "reason", lost), urllib3.exceptions.ReadTimeoutError):
                raise no_answer(self.login) from lost
            raise ConnectionLost(attempted, self.login, str(lost)) from lost
        except (minio.error.MinioException, minio.error.MinioAdminException) as failed:
            raise OperationError(attempted, f"{bucket} ({self.login})", str(failed)) from failed


def is_default(text: str) -> bool:
    """Whether a sub-resource says no more than that nothing is configured."""
    return not text or _EMPTY.fullmatch(_COMMENTS.sub("", text)) is not None or _PAID_BY_OWNER in text


def is_past(date: str) -> bool:
    """Whether a date of the S3 protocol lies behind us, by our clock."""
    return datetime.fromisoformat(date.replace("Z", "+00:00")) < datetime.now(timezone.utc)


def connect_error(login: Login, error: Exception) -> OperationError:
    """Why there is no connection: nobody answers, or TLS does not come about."""
    text = str(getattr(error, "reason", "") or error)
    if any(word in text for word in _TLS):
        return tls_mismatch(login, text)
    if isinstance(error, urllib3.exceptions.HTTPError):
        return unreachable(login, text)
    return OperationError("talk to an S3 store", str(login), text, "Is this the port of the S3 protocol, and not of a console?")
