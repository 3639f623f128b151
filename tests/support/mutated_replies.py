"""Replies that are damaged at random, read by the real submitter, poller and keeper; only the wire is missing."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.support.captured_exchange import NAME, captured, media_id
from tests.support.upsamplers import free_box
from vfx_widgets import Job, JobState, MediaId, Service, Token
from vfx_widgets.errors import DownloadError, VfxError
from vfx_widgets.jobs.download import DownloadDirectory
from vfx_widgets.jobs.manager import JobManager
from vfx_widgets.jobs.session import ServiceSession
from vfx_widgets.jobs.store import JobStore
from vfx_widgets.service import schemas
from vfx_widgets.service.error_mapping import error_from_response
from vfx_widgets.service.models import VEO_2_1080P
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.transport import Response, ResponseBody

NAMES = (NAME, NAME[::-1])
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1 << 80, 1.5, "", "null", "AAA=", "é\0", [], {}, [[]], {"": None}, [None]),
    *("MEDIA_GENERATION_STATUS_SUCCESSFUL", "MEDIA_GENERATION_STATUS_FAILED", "POLISHING", "PUBLIC_ERROR_MINOR"),
    *("https://h/x?Expires=x", "http://[::1", "https://h:99999/x", "file:///etc/passwd", "https://u:p@h/x"),
    *({"name": {}}, {"operation": {"name": "x"}}, {"video": []}, {"fifeUrl": ""}, {"code": "3"}),
)
_S = JobState
MAY_REST_AS = {_S.RUNNING, _S.DONE, _S.FAILED, _S.NOT_SAVED, _S.DETACHED, _S.NEEDS_TOKEN}
MAY_SUBMIT_TO = {_S.RUNNING, _S.DONE, _S.FAILED, _S.NOT_SAVED, _S.OUTCOME_UNKNOWN, _S.NOT_SUBMITTED}


@dataclass
class Findings:
    """What damaged replies came to.

    Args:
        ends: How many jobs went to which state.
        complaints: Errors that are not our own, jobs that were left hanging, and wrong files.
    """

    ends: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


class Stage:
    """In place of the connection: a service that says what it is told, and a storage with two files.

    Args:
        ready: A 1080p file.
    """

    def __init__(self, ready: Path) -> None:
        self.service = Service("http://127.0.0.1:1", min_poll_interval=0.05)
        self.token = Token("ya29.something-long-enough")
        self.is_sandbox = False
        self.status_code, self.body = 200, b""
        self.files = {
            f"https://storage.example.org/{key}_upsampled?Signature={number}": ready.read_bytes()
            + free_box(key.encode())
            for number, key in enumerate(("first", "second"))
        }

    async def open(self) -> tuple[Service, Stage, Stage]:
        return self.service, self, self

    async def submit(self, clip: MediaId, **options: object) -> schemas.OperationsReply:
        return self._reply()

    async def status(self, operations: Iterable[schemas.Operation]) -> schemas.OperationsReply:
        return self._reply()

    async def fetch(self, url: SignedUrl, part: Path, progress: object) -> int:
        content = self.files.get(f"{url.address}?{url.reveal_query()}")
        if content is None:
            raise DownloadError("SignatureDoesNotMatch")
        return part.write_bytes(content)  # noqa: ASYNC240 - a few kilobytes

    def _reply(self) -> schemas.OperationsReply:
        if self.status_code != 200:
            headers = {"content-type": "application/json"}
            raise error_from_response(Response(self.status_code, headers, ResponseBody(self.body)))
        return schemas.decode(self.body)


def whole_replies(stage: Stage) -> dict[str, Any]:
    """Replies as the service gives them, about two operations where it is a status call's."""
    pending = json.loads(captured("submit_response"))
    [finished] = json.loads(captured("status_response_successful"))["operations"]
    both = []
    for name, url in zip(NAMES, stage.files, strict=True):
        item = copy.deepcopy(finished)
        item["operation"]["name"] = name
        item["operation"]["metadata"]["video"]["fifeUrl"] = url
        both.append(item)
    raw = {**both[0], "operation": {"name": NAMES[0]}}
    raw["rawBytes"] = base64.b64encode(next(iter(stage.files.values()))).decode()
    at_once = {key: raw[key] for key in ("status", "mediaGenerationId", "rawBytes")}
    failed = {"operation": {"name": NAMES[1], "error": {"code": 3, "message": "PUBLIC_ERROR_MINOR"}}}
    failed["status"] = "MEDIA_GENERATION_STATUS_FAILED"  # type: ignore[assignment]
    return {
        "submit": pending,
        "submit at once": {"operations": [at_once], "remainingCredits": 360},
        "status": {"operations": both, "remainingCredits": 360},
        "status mixed": {"operations": [raw, failed]},
    }


def damaged(reply: Any, random: random.Random) -> bytes:
    """Damage a reply: values, keys and items of its JSON, or its bytes, or both."""
    reply = copy.deepcopy(reply)
    for _ in range(random.randrange(4)):
        places = list(_places(reply))
        if not places:
            break
        container, key = random.choice(places)
        match random.randrange(6):
            case 0:
                del container[key]
            case 1 | 2:
                container[key] = copy.deepcopy(random.choice(ODD))
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


async def rehearse(ready: Path, folder: Path, count: int, seed: int) -> Findings:
    """Let jobs meet damaged replies.

    Args:
        ready: A 1080p file.
        folder: Where files go.
        count: How many replies.
        seed: What they are drawn with.
    """
    random_ = random.Random(seed)
    stage = Stage(ready)
    replies = whole_replies(stage)
    findings = Findings()
    for number in range(count):
        kind = random_.choice(list(replies))
        stage.status_code = random_.choice([200, 200, 200, 200, 200, 200, 400, 401, 403, 404, 409, 429, 500, 302])
        whole = replies[kind]
        if stage.status_code != 200:
            details = [{"reason": "PUBLIC_ERROR_USER_QUOTA_REACHED"}]
            whole = {"error": {"code": stage.status_code, "message": "no", "status": "NO", "details": details}}
        stage.body = damaged(whole, random_)
        try:
            await _meet(stage, DownloadDirectory(folder / "files"), kind.startswith("submit"), findings)
        except Exception as error:
            findings.complaints.append(f"reply {number}: {error!r} for {stage.body!r}")
    return findings


async def _meet(stage: Stage, folder: DownloadDirectory, at_submit: bool, findings: Findings) -> None:
    jobs: list[Job] = []
    keeper = JobManager(cast(ServiceSession, stage), folder, JobStore(False, "", False), jobs)
    for number, name in enumerate(NAMES[: 1 if at_submit else 2]):
        clip = MediaId.parse(media_id(key=f"8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa{number}"))
        jobs.append(Job(clip, VEO_2_1080P, "landscape", None, keeper))
        if not at_submit:
            jobs[-1].change(JobState.SUBMITTING)
            keeper._accepted(jobs[-1], schemas.Operation(schemas.OperationBody(name), status=schemas.PENDING))
    if at_submit:
        await keeper._submitter._submit(jobs[0])
    else:
        poller = keeper._poller
        await poller._ask(poller._take(len(jobs)), stage.service)
    while keeper._saves:
        await next(iter(keeper._saves.values()))
    for job, content in zip(jobs, stage.files.values(), strict=False):
        findings.ends[job.state.value] += 1
        allowed = MAY_SUBMIT_TO | {JobState.QUEUED, JobState.NEEDS_TOKEN} if at_submit else MAY_REST_AS
        if job.state not in allowed or "fault in vfx_widgets" in str(job.error):
            findings.complaints.append(f"{job} is left, {job.error!r}, by {stage.body!r}")
        if not job.state.is_active and job.state is not JobState.DONE and not isinstance(job.error, VfxError):
            findings.complaints.append(f"{job} rests without a word, by {stage.body!r}")
        if job.video is not None and job.video.path.read_bytes() not in (content, *_carried(stage.body)):
            findings.complaints.append(f"a wrong file by {stage.body!r}")
    if folder.path.exists():
        for path in folder.path.iterdir():
            if path not in [job.video.path for job in jobs if job.video]:
                findings.complaints.append(f"rubbish {path} by {stage.body!r}")
            path.unlink()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _places(node[key])


def _carried(body: bytes) -> Iterator[bytes]:
    """The videos inside a reply. What came as base64 is what it is: it has no checksum."""
    # Damaged text in a field that nobody reads is no reason to refuse the reply.
    for container, key in _places(json.loads(body.decode(errors="replace"))):
        if key == "rawBytes" and isinstance(container[key], str):
            text = container[key].rstrip("=")
            yield base64.b64decode(text + "=" * (-len(text) % 4))
