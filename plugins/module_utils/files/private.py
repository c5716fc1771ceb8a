# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of files that only their owner may read."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection
from contextlib import suppress

from ..errors import OperationError

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
_TOO_OPEN = 0o077


class PrivateDirectory:
    """Reads and writes its files; each is whole or not there, and never readable by others, not even for a moment.

    :param ours: names of files that may be in a directory which is to be closed to others.
    """

    def __init__(self, path: str, ours: Collection[str]) -> None:
        self.path = path
        self._ours = frozenset(ours)

    def problem(self) -> str:
        """Why nothing may be written there, empty when it may."""
        try:
            state = os.stat(self.path)
        except FileNotFoundError:
            return "" if os.path.isdir(os.path.dirname(self.path) or ".") else f"the directory above {self.path} does not exist"
        except OSError as error:
            return f"directory {self.path}: {error.strerror}"
        if not stat.S_ISDIR(state.st_mode):
            return f"{self.path} is no directory"
        others = sorted(set(os.listdir(self.path)) - self._ours)
        if state.st_mode & _TOO_OPEN and others:
            return (f"directory {self.path} (mode {state.st_mode & 0o777:04o}) can be read by others, and holds other files ({', '.join(others[:5])}): "
                    "name one that is for these files only, or close it yourself (mode 0700)")
        return ""

    def exists(self) -> bool:
        return os.path.isdir(self.path)

    def is_open_to_others(self) -> bool:
        return self.exists() and bool(os.stat(self.path).st_mode & _TOO_OPEN)

    def read(self, name: str) -> bytes | None:
        """The content of a file, None when there is none.

        :raises OperationError: when it cannot be read.
        """
        try:
            with open(os.path.join(self.path, name), "rb") as stream:
                return stream.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OperationError("read the file", os.path.join(self.path, name), error.strerror or str(error)) from error

    def is_readable_by_others(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            return bool(os.stat(os.path.join(self.path, name)).st_mode & _TOO_OPEN)
        return False

    def prepare(self) -> None:
        """Make it, closed to others."""
        try:
            if not self.exists():
                os.mkdir(self.path, DIRECTORY_MODE)
            os.chmod(self.path, DIRECTORY_MODE)
        except OSError as error:
            raise OperationError("make the directory", self.path, error.strerror or str(error)) from error

    def write(self, name: str, content: bytes) -> None:
        """Replace a file as a whole."""
        draft = ""
        try:
            descriptor, draft = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)  # mode 0600
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, os.path.join(self.path, name))
        except OSError as error:
            raise OperationError("write the file", os.path.join(self.path, name), error.strerror or str(error)) from error
        finally:
            if draft:
                with suppress(FileNotFoundError):
                    os.unlink(draft)

    def close(self, name: str) -> None:
        """Take the right to read it from others."""
        os.chmod(os.path.join(self.path, name), FILE_MODE)
