# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of GitLab's REST API on 127.0.0.1 that behaves as GitLab's documentation says, for what the modules use.

Documented, and so here ("REST API", "Pipelines API", "Jobs API", "Runners API", "CI/CD Jobs", "Downstream pipelines",
"GitLab CI/CD job token", "Fine-grained permissions for CI/CD job tokens", "Rate limits"):

- lists come in pages (``per_page`` 20, at most 100) with ``Link`` and ``X-Next-Page``; GitLab.com leaves some headers out;
- pipelines are listed by one status; an unknown value is 400; child pipelines only with ``source=parent_pipeline``;
- cancelling answers 200 whatever the state and works later; a running job is "canceling" while its ``after_script`` runs,
  and is ended by ``force`` at once; cancelling a parent cancels its children;
- a job token reaches ``GET /job`` and lists of jobs, nothing else here; a token without the scope is 403
  ``insufficient_scope``, without the role 403 ``403 Forbidden``; what a token may not see is 404;
- too many requests are 429 with ``Retry-After``.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PIPELINE_STATUSES = {
    "created", "waiting_for_resource", "preparing", "pending", "running", "success", "failed", "canceled", "skipped", "manual", "scheduled"}
ACTIVE = {"created", "waiting_for_resource", "preparing", "pending", "running", "scheduled"}
TOKEN, READ_TOKEN, GUEST_TOKEN, JOB_TOKEN = "glpat-good-0123456789", "glpat-read-0123456789", "glpat-guest-012345678", "glcbt-64_0123456789"


@dataclass
class Job:
    id: int
    name: str
    status: str
    log: list[bytes] = field(default_factory=list)  # one more piece is there at each look
    looks: int = 0
    after_script: int = 0  # how many looks at its pipeline it takes from canceling to canceled
    ends_as: str = "success"
    ends_with_log: bool = False


@dataclass
class Pipeline:
    id: int
    status: str
    ref: str = "main"
    sha: str = "a91957a858320c0e17f3a0eca7cfacbff50ea29a"
    source: str = "push"
    jobs: list[Job] = field(default_factory=list)
    triggered: list[int] = field(default_factory=list)
    looks_until_cancelled: int = 2  # how many looks it takes until a cancel is carried out
    survives_cancel: bool = False  # its jobs have to be cancelled one by one
    protected: bool = False
    cancel_asked: bool = False

    def basic(self) -> dict[str, Any]:
        return {"id": self.id, "iid": self.id % 1000, "project_id": 280, "status": self.status, "ref": self.ref, "sha": self.sha, "source": self.source,
                "web_url": f"http://127.0.0.1/lab/experiment/-/pipelines/{self.id}"}


@dataclass
class Runner:
    id: int
    contacted_at: float | None = None
    token: str = "glrt-0123456789"
    jobs: list[Job] = field(default_factory=list)
    has_managers: bool = True


class Refused(Exception):
    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}
        super().__init__(str(status))


@dataclass
class GitLab:
    """What the server knows; a test changes it as it likes."""

    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    runners: dict[int, Runner] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refuse_next: list[Refused] = field(default_factory=list)
    refuse_from_request: int | None = None  # 429 once this many were answered, one time
    link_host: str = ""  # the address that the server believes to have
    ranges: bool = False
    url: str = ""

    def add(self, *pipelines: Pipeline) -> None:
        for pipeline in pipelines:
            self.pipelines[pipeline.id] = pipeline

    def status(self, number: int) -> str:
        return self.pipelines[number].status

    def asked(self, pattern: str) -> list[str]:
        return [request for request in self.requests if re.search(pattern, request)]

    def look_at(self, pipeline: Pipeline) -> None:
        """Time goes by with each look: cancelled jobs end, and with them the pipeline."""
        for job in pipeline.jobs:
            if job.status == "canceling":
                job.after_script -= 1
                if job.after_script < 0:
                    job.status = "canceled"
        if pipeline.cancel_asked and not pipeline.survives_cancel:
            pipeline.looks_until_cancelled -= 1
            if pipeline.looks_until_cancelled == 0:
                for job in pipeline.jobs:
                    self.cancel_job(job)
        if pipeline.cancel_asked and pipeline.looks_until_cancelled <= 0 or pipeline.survives_cancel:
            if not any(job.status in ACTIVE | {"canceling"} for job in pipeline.jobs):
                pipeline.status = "canceled"

    def cancel_job(self, job: Job, force: bool = False) -> None:
        if force and job.status == "canceling":
            job.status = "canceled"
        elif job.status in ACTIVE:
            job.status = "canceling" if job.status == "running" and job.after_script else "canceled"


@dataclass
class Call:
    """One request, and who makes it."""

    gitlab: GitLab
    method: str
    path: str
    query: dict[str, list[str]]
    body: dict[str, Any]
    headers: Any

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def need(self, scope: str = "read_api", developer: bool = False, job_token: bool = False) -> None:
        token = self.headers.get("PRIVATE-TOKEN") or ""
        if self.headers.get("JOB-TOKEN") == JOB_TOKEN:
            if job_token:
                return
            raise Refused(404, {"message": "404 Project Not Found"})
        if token not in (TOKEN, READ_TOKEN, GUEST_TOKEN):
            raise Refused(401, {"message": "401 Unauthorized"})
        if token == READ_TOKEN and scope == "api":
            raise Refused(403, {"error": "insufficient_scope", "scope": "ai_workflows api",
                                "error_description": "The request requires higher privileges than provided by the access token."})
        if token == GUEST_TOKEN and developer:
            raise Refused(403, {"message": "403 Forbidden"})

    def pipeline(self, number: str) -> Pipeline:
        if int(number) not in self.gitlab.pipelines:
            raise Refused(404, {"message": "404 Not found"})
        return self.gitlab.pipelines[int(number)]

    def job(self, number: str) -> Job:
        for pipeline in self.gitlab.pipelines.values():
            for job in pipeline.jobs:
                if job.id == int(number):
                    return job
        raise Refused(404, {"message": "404 Not found"})

    def list_pipelines(self) -> object:
        self.need()
        status, source = self.one("status"), self.one("source")
        if status and status not in PIPELINE_STATUSES:
            raise Refused(400, {"error": "status does not have a valid value"})
        found = [p for p in self.gitlab.pipelines.values() if (p.source == "parent_pipeline") == (source == "parent_pipeline")]
        found = [p for p in found if (not status or p.status == status) and self.one("ref", p.ref) == p.ref]
        return Page([p.basic() for p in sorted(found, key=lambda p: -p.id)])

    def get_pipeline(self, number: str) -> object:
        self.need()
        pipeline = self.pipeline(number)
        self.gitlab.look_at(pipeline)
        return pipeline.basic()

    def cancel_pipeline(self, number: str) -> object:
        self.need("api", developer=True)
        pipeline = self.pipeline(number)
        if pipeline.protected:
            raise Refused(403, {"message": "403 Forbidden"})
        if pipeline.status in ACTIVE:
            pipeline.cancel_asked = True
            for below in pipeline.triggered:
                self.gitlab.pipelines[below].cancel_asked = True
        return pipeline.basic()  # 200 regardless of the state

    def pipeline_jobs(self, number: str) -> object:
        self.need(job_token=True)
        return Page([{"id": job.id, "name": job.name, "status": job.status} for job in sorted(self.pipeline(number).jobs, key=lambda job: -job.id)])

    def bridges(self, number: str) -> object:
        self.need()
        below = self.pipeline(number).triggered
        return Page([{"id": 9000 + other, "downstream_pipeline": {"id": other}} for other in below] + [{"id": 8999, "downstream_pipeline": None}])

    def own_job(self) -> object:
        if self.headers.get("JOB-TOKEN") != JOB_TOKEN:
            raise Refused(404, {"message": "404 Job Not Found"})
        return {"id": 1, "pipeline": {"id": max(self.gitlab.pipelines)}}

    def get_job(self, number: str) -> object:
        self.need()
        job = self.job(number)
        job.looks += 1
        if job.ends_with_log and job.looks > len(job.log):
            job.status = job.ends_as
        return {"id": job.id, "name": job.name, "status": job.status, "ref": "main", "web_url": f"http://127.0.0.1/lab/experiment/-/jobs/{job.id}"}

    def cancel_job(self, number: str) -> object:
        self.need("api", developer=True)
        job = self.job(number)
        self.gitlab.cancel_job(job, self.body.get("force") is True)
        return {"id": job.id, "status": job.status}

    def trace(self, number: str) -> object:
        self.need()
        job = self.job(number)
        return Text(b"".join(job.log[:job.looks]))

    def runner(self, number: str) -> Runner:
        self.need()
        if int(number) not in self.gitlab.runners:
            raise Refused(404, {"message": "404 Runner Not Found"})
        return self.gitlab.runners[int(number)]

    def get_runner(self, number: str) -> object:
        runner = self.runner(number)
        return {"id": runner.id, "description": f"runner-{runner.id}", "status": "online", "paused": False, "contacted_at": iso(runner.contacted_at)}

    def managers(self, number: str) -> object:
        runner = self.runner(number)
        if not runner.has_managers:
            raise Refused(404, {"error": "404 Not Found"})
        return Page([{"id": 1, "system_id": "r_1", "contacted_at": iso(runner.contacted_at), "status": "online"}])

    def request_job(self) -> object:
        """A runner polls; there is nothing for it to do."""
        for runner in self.gitlab.runners.values():
            if runner.token == self.body.get("token"):
                runner.contacted_at = time.time()
                raise Refused(204, None)
        raise Refused(403, {"message": "403 Forbidden"})

    def runner_jobs(self, number: str) -> object:
        jobs = self.runner(number).jobs
        for job in jobs:
            job.looks += 1
            if job.looks > 2:
                job.status = job.ends_as
        return Page([{"id": job.id, "name": job.name, "status": job.status} for job in jobs if self.one("status", job.status) == job.status])


@dataclass
class Page:
    items: list[dict[str, Any]]


@dataclass
class Text:
    content: bytes


def iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


PROJECT = r"/projects/(?:280|lab%2Fexperiment)"
ROUTES = [
    ("GET", rf"{PROJECT}/pipelines", Call.list_pipelines),
    ("GET", rf"{PROJECT}/pipelines/(\d+)", Call.get_pipeline),
    ("POST", rf"{PROJECT}/pipelines/(\d+)/cancel", Call.cancel_pipeline),
    ("GET", rf"{PROJECT}/pipelines/(\d+)/jobs", Call.pipeline_jobs),
    ("GET", rf"{PROJECT}/pipelines/(\d+)/bridges", Call.bridges),
    ("GET", r"/job", Call.own_job),
    ("GET", rf"{PROJECT}/jobs/(\d+)", Call.get_job),
    ("POST", rf"{PROJECT}/jobs/(\d+)/cancel", Call.cancel_job),
    ("GET", rf"{PROJECT}/jobs/(\d+)/trace", Call.trace),
    ("POST", r"/jobs/request", Call.request_job),
    ("GET", r"/runners/(\d+)", Call.get_runner),
    ("GET", r"/runners/(\d+)/managers", Call.managers),
    ("GET", r"/runners/(\d+)/jobs", Call.runner_jobs),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gitlab: GitLab
    lock: threading.Lock

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *dummy_args: object) -> None:
        """Silent."""

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.lock:
            self.gitlab.requests.append(f"{method} {unquote(self.path.removeprefix('/api/v4'))}")
            call = Call(self.gitlab, method, parts.path.removeprefix("/api/v4"), parse_qs(parts.query), json.loads(content or b"{}"), self.headers)
            try:
                answer = self._answer(call)
            except Refused as refused:
                self._send(refused.status, json.dumps(refused.body).encode(), {"Content-Type": "application/json", **refused.headers})
                return
        if isinstance(answer, Text):
            self._send_text(answer.content)
        elif isinstance(answer, Page):
            self._send_page(answer, call)
        else:
            created = method == "POST" and "/jobs/" in parts.path
            self._send(201 if created else 200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _answer(self, call: Call) -> object:
        if self.gitlab.refuse_next:
            raise self.gitlab.refuse_next.pop(0)
        if self.gitlab.refuse_from_request is not None and len(self.gitlab.requests) > self.gitlab.refuse_from_request:
            self.gitlab.refuse_from_request = None
            raise Refused(429, {"message": {"error": "This endpoint has been requested too many times. Try again later."}}, {"Retry-After": "1"})
        for method, pattern, function in ROUTES:
            match = re.fullmatch(pattern, call.path) if method == call.method else None
            if match:
                return function(call, *match.groups())
        raise Refused(404, {"error": "404 Not Found"})

    def _send_page(self, page: Page, call: Call) -> None:
        number, size = int(call.one("page", "1")), min(int(call.one("per_page", "20")), 100)
        items = page.items[(number - 1) * size:number * size]
        headers = {"Content-Type": "application/json", "X-Page": str(number), "X-Per-Page": str(size), "X-Next-Page": ""}
        if number * size < len(page.items):
            query = "&".join([*(f"{name}={value}" for name, values in call.query.items() if name != "page" for value in values), f"page={number + 1}"])
            headers["X-Next-Page"] = str(number + 1)
            address = self.gitlab.link_host or f"http://{self.headers['Host']}"
            headers["Link"] = f'<{address}/api/v4{call.path}?page=1>; rel="first", <{address}/api/v4{call.path}?{query}>; rel="next"'
        self._send(200, json.dumps(items).encode(), headers)

    def _send_text(self, content: bytes) -> None:
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "") if self.gitlab.ranges else None
        if start and int(start.group(1)) >= len(content):
            self._send(416, b"", {})
        elif start:
            self._send(206, content[int(start.group(1)):], {"Content-Type": "text/plain", "Content-Range": f"bytes {start.group(1)}-{len(content) - 1}/*"})
        else:
            self._send(200, content, {"Content-Type": "text/plain"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running(gitlab: GitLab) -> Iterator[GitLab]:
    """The stand-in on a free port of 127.0.0.1, until the end of the ``with`` block."""
    handler = type("Bound", (Handler,), {"gitlab": gitlab, "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    gitlab.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield gitlab
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
