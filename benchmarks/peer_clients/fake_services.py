"""The services of the five clients, each with the calls that its client makes and the replies that it expects.

All are equally fair: a job starts when its submit arrives and takes the time that was drawn for it; a result is the
same small file everywhere. Replies have the fields that the client reads.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
import uuid
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vfx_widgets.sandbox import media_ids

from .fake_server import FILES, Reply, Request, Service

_CREATED = "2026-01-01T00:00:00.000Z"
_MAX_WAIT = 60.0  # seconds for which replicate's service holds back the reply to a submit with `Prefer: wait`


@dataclass
class ServedJob:
    """A job of a service. Times are those of the monotonic clock, in seconds."""

    duration: float
    body: str  # of its submit
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    submitted: float = field(default_factory=time.monotonic)
    noticed: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> float:
        """When it is, or will be, finished."""
        return self.submitted + self.duration

    def report(self) -> bool:
        """Return whether the job is finished, for a reply: the first that says so is when the client notices it."""
        now = time.monotonic()
        if now < self.finished:
            return False
        self.noticed = self.noticed or now
        return True


class JobService(Service):
    """A service with jobs.

    Args:
        durations: Seconds that the jobs take, in the order of their submits; repeated if there are more.
        result: The content of each result.
    """

    def __init__(self, durations: Sequence[float], result: bytes) -> None:
        self.jobs: dict[str, ServedJob] = {}
        self._durations = itertools.cycle(durations)
        self._result = result

    def has_finished_job(self) -> bool:
        """Return whether a job is finished."""
        now = time.monotonic()
        return any(job.finished <= now for job in self.jobs.values())

    async def respond(self, request: Request) -> Reply:
        """Handle a call, or a request for a file."""
        if request.path.startswith(FILES):
            return Reply(self._result, content_type="video/mp4")
        if not self.is_submit(request):
            return await self.poll(request)
        job = ServedJob(next(self._durations), request.body.decode())
        self.jobs[job.name] = job
        return await self.submit(request, job)

    @abstractmethod
    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""

    @abstractmethod
    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""

    def file_url(self, job: ServedJob) -> str:
        """Return the URL of the result of a job."""
        return f"{self.base_url}{FILES}{job.name}.mp4"

    def job_in(self, path: str) -> ServedJob:
        """Return the job whose name is a part of a path."""
        return next(self.jobs[part] for part in path.split("/") if part in self.jobs)


class CapturedService(JobService):
    """The captured protocol (docs/protocol.md), which `vfx_widgets` uses."""

    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""
        return request.path.endswith(":batchAsyncGenerateVideoUpsampleVideo")

    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""
        [asked] = json.loads(request.body)["requests"]
        source = media_ids.decode(asked["videoInput"]["mediaId"])
        assert source is not None
        job.details = {
            "sceneId": asked["metadata"]["sceneId"],
            "aspectRatio": asked["aspectRatio"],
            "model": asked["videoModelKey"],
            "result": source.upsampled(workflow=str(uuid.uuid4())).encode(),
        }
        return _json({"operations": [self._entry(job)], "remainingCredits": 360}, indent=2)

    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""
        names = [operation["operation"]["name"] for operation in json.loads(request.body)["operations"]]
        return _json({"operations": [self._entry(self.jobs[name]) for name in names]}, indent=2)

    def _entry(self, job: ServedJob) -> dict[str, Any]:
        entry: dict[str, Any] = {"operation": {"name": job.name}, "sceneId": job.details["sceneId"]}
        if not job.report():
            return entry | {"status": "MEDIA_GENERATION_STATUS_ACTIVE"}
        result = job.details["result"]
        url = f"{self.file_url(job)}?GoogleAccessId=benchmark&Expires={int(time.time()) + 21600}&Signature={'0' * 344}"
        entry["operation"]["metadata"] = {
            "@type": "type.googleapis.com/google.internal.labs.aisandbox.v1.Media",
            "name": result,
            "video": {
                "seed": 1,
                "mediaGenerationId": result,
                "fifeUrl": url,
                "mediaVisibility": "PRIVATE",
                "servingBaseUri": url,
                "model": job.details["model"],
                "isLooped": False,
                "aspectRatio": job.details["aspectRatio"],
            },
        }
        return entry | {"mediaGenerationId": result, "status": "MEDIA_GENERATION_STATUS_SUCCESSFUL"}


class RunwayService(JobService):
    """The API of Runway: ``POST /v1/video_upscale`` makes a task, ``GET /v1/tasks/{id}`` reports it."""

    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""
        return request.path == "/v1/video_upscale"

    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""
        return _json({"id": job.name})

    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""
        job = self.job_in(request.path)
        task = {"id": job.name, "createdAt": _CREATED}
        if job.report():
            return _json(task | {"status": "SUCCEEDED", "cost": {"credits": 1}, "output": [self.file_url(job)]})
        return _json(task | {"status": "RUNNING", "progress": 0.5, "estimatedCost": {"credits": 1}})


class ReplicateService(JobService):
    """The API of Replicate: a prediction, whose submit is answered after up to 60 s if ``Prefer: wait`` asks for it."""

    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""
        return request.method == "POST" and request.path.endswith("/predictions")

    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""
        if request.headers.get("prefer", "").startswith("wait"):
            await asyncio.sleep(min(max(0.0, job.finished - time.monotonic()), _MAX_WAIT))
        return _json(self._prediction(job), status=201)

    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""
        return _json(self._prediction(self.job_in(request.path)))

    def _prediction(self, job: ServedJob) -> dict[str, Any]:
        is_finished = job.report()
        url = f"{self.base_url}/v1/predictions/{job.name}"
        return {
            "id": job.name,
            "model": "benchmark/upsampler",
            "version": "hidden",
            "input": {},
            "logs": "",
            "output": self.file_url(job) if is_finished else None,
            "error": None,
            # The client polls for as long as this is "starting".
            "status": "succeeded" if is_finished else "starting",
            "created_at": _CREATED,
            "urls": {"get": url, "cancel": f"{url}/cancel"},
            "metrics": {},
        }


class FalService(JobService):
    """The queue of fal.ai: a submit, the status of a request, and its response."""

    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""
        return request.method == "POST"

    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""
        return _json({"request_id": job.name, "status": "IN_QUEUE", "queue_position": 0} | self._urls(job))

    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""
        job = self.job_in(request.path)
        if not request.path.endswith("/status"):
            return _json({"video": {"url": self.file_url(job), "content_type": "video/mp4"}})
        common = {"request_id": job.name, "logs": None} | self._urls(job)
        if job.report():
            return _json(common | {"status": "COMPLETED", "metrics": {"inference_time": job.duration}})
        return _json(common | {"status": "IN_PROGRESS"}, status=202)

    def _urls(self, job: ServedJob) -> dict[str, str]:
        url = f"{self.base_url}/benchmark/upsampler/requests/{job.name}"
        return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}


class GoogleService(JobService):
    """The long-running operations of Vertex AI; a finished one has the video in base64."""

    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""
        return request.path.endswith(":predictLongRunning")

    async def submit(self, request: Request, job: ServedJob) -> Reply:
        """Return the reply to a submit."""
        resource = request.path.removeprefix("/").partition("/")[2].removesuffix(":predictLongRunning")
        return _json({"name": f"{resource}/operations/{job.name}"})

    async def poll(self, request: Request) -> Reply:
        """Return the reply to a call about jobs."""
        operation = json.loads(request.body)["operationName"]
        job = self.job_in(operation)
        if not job.report():
            return _json({"name": operation})
        video = base64.b64encode(self._result).decode()
        videos = [{"bytesBase64Encoded": video, "mimeType": "video/mp4"}]
        reply = _json({"name": operation, "done": True, "response": {"videos": videos}})
        reply.file_bytes = len(video)
        return reply


def _json(content: object, *, status: int = 200, indent: int | None = None) -> Reply:
    return Reply(json.dumps(content, indent=indent).encode(), status)
