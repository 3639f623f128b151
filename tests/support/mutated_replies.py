"""Replies that are mutated at random, processed by the real job manager and its workers without a network."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.support.captured_exchange import NAME, captured, media_id
from tests.support.distinct_clips import free_box
from vfx_widgets import Client, JobState, MediaId, Service
from vfx_widgets.errors import DownloadError, VfxError
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.download import DownloadDirectory
from vfx_widgets.jobs.manager import JobManager
from vfx_widgets.jobs.session import Connections, ServiceSession
from vfx_widgets.jobs.store import JobStore
from vfx_widgets.service import schemas
from vfx_widgets.service.error_mapping import error_from_response
from vfx_widgets.service.models import VEO_2_1080P
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage
from vfx_widgets.service.transport import Response, ResponseBody

NAMES = (NAME, NAME[::-1])
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1 << 80, 1.5, "", "null", "AAA=", "é\0", [], {}, [[]], {"": None}, [None]),
    *("MEDIA_GENERATION_STATUS_SUCCESSFUL", "MEDIA_GENERATION_STATUS_FAILED", "POLISHING", "PUBLIC_ERROR_MINOR"),
    *("https://h/x?Expires=x", "http://[::1", "https://h:99999/x", "file:///etc/passwd", "https://u:p@h/x"),
    *({"name": {}}, {"operation": {"name": "x"}}, {"video": []}, {"fifeUrl": ""}, {"code": "3"}),
)
_S = JobState
AFTER_STATUS = {_S.RUNNING, _S.DONE, _S.FAILED, _S.NOT_SAVED, _S.DETACHED, _S.NEEDS_TOKEN}
AFTER_SUBMIT = {
    *(_S.RUNNING, _S.DONE, _S.FAILED, _S.NOT_SAVED),
    *(_S.OUTCOME_UNKNOWN, _S.NOT_SUBMITTED, _S.QUEUED, _S.NEEDS_TOKEN),
}


@dataclass
class MutationReport:
    """The consequences of mutated replies.

    Args:
        states: Number of jobs by state after the reply.
        problems: Unexpected errors, jobs without a state or error, and wrong files.
    """

    states: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class FakeSession(ServiceSession):
    """A session whose client returns a given reply, and whose storage has two files.

    Args:
        result: A 1080p file.

    Attributes:
        http_status: HTTP status of the reply.
        body: The reply.
        files: Content of storage, by URL.
        accepted_names: Operation names of the next submits, which are accepted instead of getting the reply.
        replied: Set when the reply was returned.
        storage: The storage; None for `files`.
    """

    max_size = 1 << 30

    def __init__(self, result: Path) -> None:
        service = Service("https://service.example.org", submit_interval=0.0, min_poll_interval=0.05)
        super().__init__(service, "ya29.something-long-enough")
        self.http_status, self.body = 200, b""
        self.files = {
            f"https://storage.example.org/{key}_upsampled?Signature={number}": result.read_bytes()
            + free_box(key.encode())
            for number, key in enumerate(("first", "second"))
        }
        self.replied = asyncio.Event()
        self._service = service
        self.accepted_names: list[str] = []
        self.storage: Storage | None = None

    async def open(self) -> Connections:
        return Connections(self._service, cast(Client, self), self.storage or cast(Storage, self))

    async def close(self) -> None:
        pass

    async def submit(self, clip: MediaId, **options: object) -> schemas.OperationsReply:
        if self.accepted_names:
            operation = schemas.OperationBody(self.accepted_names.pop(0))
            return schemas.OperationsReply((schemas.Operation(operation, status=schemas.PENDING),))
        return self._reply()

    async def status(self, operations: Iterable[schemas.Operation]) -> schemas.OperationsReply:
        return self._reply()

    async def fetch(self, url: SignedUrl, path: Path, progress: object) -> int:
        content = self.files.get(f"{url.address}?{url.reveal_query()}")
        if content is None:
            raise DownloadError("SignatureDoesNotMatch")
        return path.write_bytes(content)  # noqa: ASYNC240 - a few kilobytes

    def _reply(self) -> schemas.OperationsReply:
        self.replied.set()
        if self.http_status != 200:
            headers = {"content-type": "application/json"}
            raise error_from_response(Response(self.http_status, headers, ResponseBody(self.body)))
        return schemas.decode(self.body)


def valid_replies(session: FakeSession) -> dict[str, Any]:
    """Return replies of the service; those of status calls are about two operations."""
    pending = json.loads(captured("submit_response"))
    [finished] = json.loads(captured("status_response_successful"))["operations"]
    both = []
    for name, url in zip(NAMES, session.files, strict=True):
        item = copy.deepcopy(finished)
        item["operation"]["name"] = name
        item["operation"]["metadata"]["video"]["fifeUrl"] = url
        both.append(item)
    raw = {**both[0], "operation": {"name": NAMES[0]}}
    raw["rawBytes"] = base64.b64encode(next(iter(session.files.values()))).decode()
    at_once = {key: raw[key] for key in ("status", "mediaGenerationId", "rawBytes")}
    failed = {"operation": {"name": NAMES[1], "error": {"code": 3, "message": "PUBLIC_ERROR_MINOR"}}}
    failed["status"] = "MEDIA_GENERATION_STATUS_FAILED"  # type: ignore[assignment]
    return {
        "submit": pending,
        "submit at once": {"operations": [at_once], "remainingCredits": 360},
        "status": {"operations": both, "remainingCredits": 360},
        "status mixed": {"operations": [raw, failed]},
    }


def mutate(reply: Any, random: random.Random) -> bytes:
    """Mutate a reply: values, keys and items of its JSON, or its bytes, or both."""
    reply = copy.deepcopy(reply)
    for _ in range(random.randrange(4)):
        nodes = list(_nodes(reply))
        if not nodes:
            break
        container, key = random.choice(nodes)
        match random.randrange(6):
            case 0:
                del container[key]
            case 1 | 2:
                container[key] = copy.deepcopy(random.choice(ODD_VALUES))
            case 3:
                container[key] = random.choice([[container[key]], {"value": container[key]}])
            case 4:
                container[key] = str(container[key])
            case _:
                container[key] = [container[key], copy.deepcopy(container[key])]
    body = bytearray(json.dumps(reply, indent=random.choice([None, 2])).encode())
    for _ in range(random.choice([0, 0, 1, 2]) if body else 0):
        start = random.randrange(len(body) + 1)
        body[start : start + random.choice([0, 1, 1, 60])] = random.randbytes(random.randrange(3))
    return bytes(body[: random.randrange(len(body) + 1)] if random.random() < 0.1 else body)


async def run_mutated_replies(result: Path, directory: Path, count: int, seed: int) -> MutationReport:
    """Let jobs receive mutated replies.

    Args:
        result: A 1080p file.
        directory: Where files are saved.
        count: Number of replies.
        seed: Seed of the mutations.
    """
    return await asyncio.wrap_future(background().submit(_run_mutated_replies(result, directory, count, seed)))


async def _run_mutated_replies(result: Path, directory: Path, count: int, seed: int) -> MutationReport:
    random_ = random.Random(seed)
    session = FakeSession(result)
    replies = valid_replies(session)
    report = MutationReport()
    for number in range(count):
        kind = random_.choice(list(replies))
        session.http_status = random_.choice([200, 200, 200, 200, 200, 200, 400, 401, 403, 404, 409, 429, 500, 302])
        reply = replies[kind]
        if session.http_status != 200:
            details = [{"reason": "PUBLIC_ERROR_USER_QUOTA_REACHED"}]
            reply = {"error": {"code": session.http_status, "message": "no", "status": "NO", "details": details}}
        session.body = mutate(reply, random_)
        try:
            at_submit = kind.startswith("submit")
            await run_jobs(
                session, DownloadDirectory(directory / "files"), at_submit, report,
                lambda number: [list(session.files.values())[number], *_videos_in(session.body)],
            )  # fmt: skip
        except Exception as error:
            report.problems.append(f"reply {number}: {error!r} for {session.body!r}")
    return report


async def run_jobs(
    session: FakeSession,
    directory: DownloadDirectory,
    at_submit: bool,
    report: MutationReport,
    right_files: Callable[[int], Container[bytes]],
    *,
    wait_while: Container[JobState] = (JobState.DOWNLOADING,),
) -> None:
    """Submit one job, or two of which the status is polled, and let them receive the reply.

    Args:
        session: The session.
        directory: Where files are saved; emptied at the end.
        at_submit: Whether the reply is that to the submit of one job.
        report: What is wrong is added to it.
        right_files: Returns the content that the file of a job may have, by the number of the job.
        wait_while: The states of jobs in which the consequences of the reply are not complete.
    """
    session.replied.clear()
    manager = JobManager(session, directory, JobStore(False, "", False))
    names = NAMES[: 1 if at_submit else 2]
    session.accepted_names = [] if at_submit else list(names)
    clips = [
        MediaId.parse(media_id(key=f"8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa{number}")) for number in range(len(names))
    ]
    jobs = manager.submit(clips, VEO_2_1080P, "landscape", None)
    if not at_submit:
        for job in jobs:
            while job.state is not JobState.RUNNING:
                await job.wait_for_change()
        assert session.token is not None
        manager.set_token(session.token)  # polls all jobs now
    async with asyncio.timeout(60):
        await session.replied.wait()
        for job in jobs:
            while job.state in wait_while:
                await job.wait_for_change()
    for _ in range(10):  # a worker that fails takes some steps of the loop to stop its jobs
        await asyncio.sleep(0)
    for job in jobs:
        report.states[job.state.value] += 1
        allowed = AFTER_SUBMIT if at_submit else AFTER_STATUS
        if job.state not in allowed or "internal error" in str(job.error):
            report.problems.append(f"{job}, {job.error!r}, after {session.body!r}")
        if not job.state.is_active and job.state is not JobState.DONE and not isinstance(job.error, VfxError):
            report.problems.append(f"{job} without an error, after {session.body!r}")
    await manager.close()
    for number, job in enumerate(jobs):
        if job.video is not None and job.video.path.read_bytes() not in right_files(number):
            report.problems.append(f"wrong file after {session.body!r}")
    if directory.path.exists():
        for path in directory.path.iterdir():
            if path not in [job.video.path for job in jobs if job.video]:
                report.problems.append(f"unexpected file {path} after {session.body!r}")
            path.unlink()


def _nodes(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container of a JSON value with each of its keys or indices."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _nodes(node[key])


def _videos_in(body: bytes) -> Iterator[bytes]:
    """Yield the videos in a reply. Mutated base64 can't be detected, because it has no checksum."""
    # Mutated text in a field that is ignored does not invalidate the reply.
    for container, key in _nodes(json.loads(body.decode(errors="replace"))):
        if key == "rawBytes" and isinstance(container[key], str):
            text = container[key].rstrip("=")
            yield base64.b64decode(text + "=" * (-len(text) % 4))
