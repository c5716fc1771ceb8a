# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A front with TLS and a login before the lab's registry, as a company would put nginx there: a fixture of the tests, the
registry behind it is the real one. It passes on what it is asked and what is answered, and writes down who asked."""

from __future__ import annotations

import base64
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class RegistryFront:
    """``with RegistryFront(url, directory, "user", "password") as front``: ``front.url``, ``front.certificate``.

    ``front.refuse`` may be set to a function of method and path that returns a status to answer with instead, or 0.
    """

    def __init__(self, target: str, directory: Path, username: str, password: str) -> None:
        parts = urlsplit(target)
        self.target = f"{parts.scheme}://{parts.netloc}"
        self.authorization = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self.requests: list[tuple[str, str]] = []
        self.refuse: Callable[[str, str], int] = lambda method, path: 0
        self.certificate, key = directory / "front.pem", directory / "front.key"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*make, "-keyout", str(key), "-out", str(self.certificate)], check=True, capture_output=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}{parts.path}"

    def __enter__(self) -> RegistryFront:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(front: RegistryFront) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            front.requests.append((self.command, self.path))
            if self.headers.get("Authorization") != front.authorization:
                self._answer(401, b'{"error_code":401,"message":"Unauthorized"}')
            elif status := front.refuse(self.command, self.path):
                self._answer(status, b'{"error_code":50001,"message":"Error in the backend data store"}')
            else:
                headers = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
                request = urllib.request.Request(front.target + self.path, body, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=30) as answer:
                        self._answer(answer.status, answer.read())
                except urllib.error.HTTPError as error:
                    self._answer(error.code, error.read())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Nothing: the tests look at ``requests``."""

    return Handler
