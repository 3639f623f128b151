"""A canary token and a canary signature are used in calls that succeed and fail, and are then searched for everywhere.

The places to search are in `tests.support.secrets`, the failures in `SERVICE_FAULTS` and `STORAGE_FAULTS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import ipywidgets
import pytest

from tests.support.captured_exchange import SOURCE_ID, captured
from tests.support.scripted_server import CLOSE_CONNECTION, ScriptedServer, http_response, json_response, unused_port
from tests.support.secrets import PLACES, Evidence, find_leaks, recorded_log
from tests.support.video_files import make_clip
from vfx_widgets import Client, Service, Token, UpsamplePanel, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.service.error_mapping import error_from_operation
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage

TOKEN = "ya29.c4nary-t0ken_that-is-never-seen"
SIGNATURE = "c4nary5ignature"
SECRETS = (TOKEN, SIGNATURE, TOKEN.removeprefix("ya29."))


def signed_query(name: str = "x") -> str:
    return f"GoogleAccessId=a@b&Expires=4102444800&Signature={SIGNATURE}{name}"


def finished_reply(storage: str) -> bytes:
    """Return the captured status reply with the canary signature and URLs of another storage."""
    reply = json.loads(captured("status_response_successful"))
    video = reply["operations"][0]["operation"]["metadata"]["video"]
    video["fifeUrl"] = f"{storage}/bucket/video/8fbcdbe6_upsampled?{signed_query('video')}"
    video["servingBaseUri"] = f"{storage}/bucket/image/8fbcdbe6_upsampled?{signed_query('image')}"
    return json.dumps(reply, indent=2).encode()


ECHO = f"Token {TOKEN} (Bearer {TOKEN}) may not read https://storage.example.org/video?{signed_query()}"
PENDING = json_response(captured("submit_response"))
FAILED_OPERATION = {
    "operation": {"name": "698f2d752670fc64ebc95841536b660d", "error": {"code": 7, "message": ECHO}},
    "status": "MEDIA_GENERATION_STATUS_FAILED",
}
FAILED = json_response(json.dumps({"operations": [FAILED_OPERATION]}))
FINISHED = finished_reply("https://h")


def error_response(status: int, reason: str = "PUBLIC_ERROR_MINOR") -> bytes:
    error = {"code": status, "message": ECHO, "status": "NO", "details": [{"reason": reason}]}
    return json_response(json.dumps({"error": error}), status)


def xml_error(status: int, code: str) -> bytes:
    return http_response(status, f"<Error><Code>{code}</Code><Message>{ECHO}</Message></Error>")


SERVICE_FAULTS: dict[str, list[bytes]] = {
    "401": [error_response(401)],
    "400": [error_response(400)],
    "the reason contains the token": [error_response(429, f"PUBLIC_ERROR_{TOKEN}")],
    "a captcha is required": [error_response(403).replace(b"may not", b"captcha")],
    "500": [PENDING, error_response(500)],
    "the page of a proxy": [http_response(502, f"<h1>{ECHO}</h1>", content_type="text/html")],
    "a redirect": [http_response(307, ECHO, location="/elsewhere")],
    "no response to the submit": [CLOSE_CONNECTION],
    "no response to the status call": [PENDING, CLOSE_CONNECTION],
    "a truncated response": [PENDING, json_response(FINISHED)[:-40]],
    "truncated JSON": [PENDING, json_response(FINISHED[:-40])],
    "the 2026 form": [PENDING, json_response(json.dumps({"media": [json.loads(FINISHED)]}))],
    "not compressed as declared": [PENDING, json_response(FINISHED, content_encoding="gzip")],
    "URLs of an unknown scheme": [PENDING, json_response(finished_reply("gs:"))],
    "a failed operation": [PENDING, FAILED],
    "a time-out": [],
}

STORAGE_FAULTS: dict[str, list[bytes]] = {
    "an expired URL": [xml_error(400, "ExpiredToken")],
    "an altered URL": [xml_error(403, "SignatureDoesNotMatch")],
    "a deleted file": [xml_error(404, "NoSuchKey")],
    "503": [http_response(503, ECHO)] * 2,
    "no response": [CLOSE_CONNECTION] * 2,
    "a truncated file": [http_response(200, b"\0\0\0\x18ftyp", length=1000)] * 2,
    "not an MP4": [http_response(200, ECHO)] * 2,
    "a redirect": [http_response(302, ECHO, location="/elsewhere")],
    "a time-out": [],
}


@pytest.fixture(autouse=True)
def few_attempts_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_widgets.service.storage.MAX_ATTEMPTS", 2)
    monkeypatch.setattr("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.0)


@pytest.fixture
def log_records() -> Iterator[list[logging.LogRecord]]:
    with recorded_log() as records:
        yield records


class Timeouts(NamedTuple):
    """Timeouts in seconds. They are short only where no response will come, so that a busy machine fails no test."""

    service: float = 30.0
    storage: float = 30.0


@contextlib.asynccontextmanager
async def recorded_clients(
    base_url: str, evidence: Evidence, timeouts: Timeouts
) -> AsyncIterator[tuple[Client, Storage]]:
    client, storage = Client(TOKEN, base_url, timeout=timeouts.service), Storage(timeout=timeouts.storage)
    evidence.objects += [client, client.token, storage]
    try:
        yield client, storage
    except VfxError as error:
        evidence.errors.append(error)
    finally:
        await client.close()
        await storage.close()


async def upsample(base_url: str, part: Path, evidence: Evidence, timeouts: Timeouts) -> None:
    """Submit a clip, query its status and download the result; stop at the first error."""
    asyncio.get_running_loop().set_debug(True)
    async with recorded_clients(base_url, evidence, timeouts) as (client, storage):
        submitted = await client.submit(SOURCE_ID)
        evidence.objects.append(submitted)
        reply = await client.status(submitted.operations)
        evidence.objects += [reply, *reply.operations]
        [operation] = reply.operations
        if operation.has_failed:
            raise error_from_operation(operation)
        if operation.video and operation.video.fife_url:
            evidence.objects += [operation.video, operation.video.fife_url, operation.video.serving_base_uri]
            await storage.fetch(operation.video.fife_url, part, lambda received, total: None)


@pytest.mark.parametrize("responses", SERVICE_FAULTS.values(), ids=SERVICE_FAULTS.keys())
async def test_service_errors_leak_no_secret(
    responses: list[bytes],
    tmp_path: Path,
    log_records: list[logging.LogRecord],
    capfd: pytest.CaptureFixture[str],
) -> None:
    evidence = Evidence()
    timeouts = Timeouts() if responses else Timeouts(service=0.5)
    with ScriptedServer(responses) as service:
        await upsample(service.base_url, tmp_path / "part", evidence, timeouts)
    evidence.add_output(log_records, *capfd.readouterr())
    assert any(record.name.startswith("httpcore") for record in evidence.log_records)
    assert evidence.errors or "gs:" in repr(responses)
    assert find_leaks(evidence, SECRETS) == set()


@pytest.mark.parametrize("responses", STORAGE_FAULTS.values(), ids=STORAGE_FAULTS.keys())
async def test_storage_errors_leak_no_secret(
    responses: list[bytes],
    tmp_path: Path,
    log_records: list[logging.LogRecord],
    capfd: pytest.CaptureFixture[str],
) -> None:
    evidence = Evidence()
    timeouts = Timeouts() if responses else Timeouts(storage=0.5)
    with (
        ScriptedServer(responses) as storage,
        ScriptedServer([PENDING, json_response(finished_reply(storage.base_url))]) as service,
    ):
        await upsample(service.base_url, tmp_path / "part", evidence, timeouts)
        assert SIGNATURE in storage.requests[0].target
        assert all(TOKEN.encode() not in request.raw for request in storage.requests)
    evidence.add_output(log_records, *capfd.readouterr())
    assert evidence.errors
    assert find_leaks(evidence, SECRETS) == set()


@pytest.mark.parametrize("parse", [Token, Token.parse, lambda text: Token.from_environment()])
def test_an_invalid_token_is_not_leaked(parse: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = Evidence()
    monkeypatch.setenv("VFX_TOKEN", f"{TOKEN}é")
    try:
        parse(f"{TOKEN}é")
    except VfxError as error:
        evidence.errors.append(error)
    assert evidence.errors
    assert find_leaks(evidence, SECRETS) == set()


async def test_refused_connections_leak_no_secret(
    tmp_path: Path, log_records: list[logging.LogRecord], capfd: pytest.CaptureFixture[str]
) -> None:
    evidence = Evidence()
    refusing = f"http://127.0.0.1:{unused_port()}"
    await upsample(refusing, tmp_path / "part", evidence, Timeouts())
    with ScriptedServer([PENDING, json_response(finished_reply(refusing))]) as service:
        await upsample(service.base_url, tmp_path / "part", evidence, Timeouts())
    evidence.add_output(log_records, *capfd.readouterr())
    assert len(evidence.errors) == 2
    assert find_leaks(evidence, SECRETS) == set()


async def test_a_full_disk_leaks_no_secret(
    log_records: list[logging.LogRecord], capfd: pytest.CaptureFixture[str]
) -> None:
    evidence = Evidence()
    with (
        ScriptedServer([http_response(200, b"\0\0\0\x18ftypmp42" + bytes(100))]) as storage,
        ScriptedServer([PENDING, json_response(finished_reply(storage.base_url))]) as service,
    ):
        await upsample(service.base_url, Path("/dev/full"), evidence, Timeouts())
    evidence.add_output(log_records, *capfd.readouterr())
    assert evidence.errors
    assert find_leaks(evidence, SECRETS) == set()


JOB_FAULTS: dict[str, tuple[list[bytes], list[bytes] | None]] = {
    "a failed operation": ([PENDING, FAILED], []),
    "400": ([error_response(400)], []),
    "an altered URL": ([PENDING], STORAGE_FAULTS["an altered URL"]),
    "not an MP4": ([PENDING], STORAGE_FAULTS["not an MP4"]),
    "no fault": ([PENDING], None),
}
"""Responses of the service and of storage; None for a video."""


@pytest.mark.parametrize(("responses", "files"), JOB_FAULTS.values(), ids=JOB_FAULTS.keys())
async def test_jobs_videos_panel_and_journal_leak_no_secret(
    responses: list[bytes],
    files: list[bytes] | None,
    tmp_path: Path,
    log_records: list[logging.LogRecord],
    capfd: pytest.CaptureFixture[str],
) -> None:
    evidence = Evidence(directories=[tmp_path])
    video = http_response(200, make_clip(tmp_path / "clip.mp4", (1920, 1080), frames=2).read_bytes())
    with ScriptedServer([video] if files is None else files) as storage, ScriptedServer(responses) as service:
        service.add_responses(*[json_response(finished_reply(storage.base_url))] * 3)
        settings = Service(service.base_url, storage_hosts=(storage.base_url.removeprefix("http://"),))
        with Upsampler(settings, TOKEN, tmp_path / "upsampled") as up:
            panel = UpsamplePanel(upsampler=up, media_ids=SOURCE_ID)
            job = up.submit(SOURCE_ID)
            evidence.objects += [snapshot async for snapshot in job.events()]
            evidence.objects += [job, job.operation, job.video, up, panel, *up.history()]
            try:
                evidence.objects.append(await job)
            except VfxError as error:
                evidence.errors.append(error)
            evidence.add_output(log_records, *capfd.readouterr())
            assert bool(evidence.errors) is (files is not None)
            assert find_leaks(evidence, SECRETS) == set()
            panel.close()


def test_leaks_are_found_in_every_place(tmp_path: Path) -> None:
    class Revealing:
        def __init__(self, secret: str) -> None:
            self.secret = secret

        def __repr__(self) -> str:
            return self.secret

    (tmp_path / "journal.db").write_bytes(b"\0\xff" + TOKEN.encode())
    error = VfxError("")
    error.message = f"The token {TOKEN} is wrong."  # as an argument it would be removed
    error.__cause__ = error_raised_elsewhere(SIGNATURE)
    evidence = Evidence(
        objects=[Revealing(TOKEN), TOKEN, ipywidgets.Text(value=SIGNATURE)],
        errors=[error],
        log_records=[logging.LogRecord("x", logging.DEBUG, "x", 1, "GET %s", (SIGNATURE,), None)],
        output=TOKEN,
        directories=[tmp_path],
    )
    assert find_leaks(evidence, SECRETS) == set(PLACES)


def error_raised_elsewhere(secret: str) -> BaseException:
    """Return an error with a stack frame outside the tests that has a secret among its local variables."""
    try:
        json.loads(f"{{{secret}")
    except ValueError as error:
        return error
    raise AssertionError


def test_the_canaries_are_valid_secrets() -> None:
    assert Token.parse(TOKEN).reveal() == TOKEN
    assert SIGNATURE in SignedUrl(f"https://h/x?{signed_query()}").reveal_query()
