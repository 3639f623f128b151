"""A canary token and a canary signature go through every call, well and badly, and are then looked for everywhere.

A new place to look is a line in `PLACES`; a new way to fail is a line in `SERVICE_FAULTS` or `STORAGE_FAULTS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import pickle
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets
import pytest

from tests.service.test_connection_faults import unused_port
from tests.support.captured_exchange import SOURCE_ID, captured
from tests.support.scripted_server import CLOSE_CONNECTION, ScriptedServer, http_response, json_response
from tests.support.video_files import make_clip
from vfx_widgets import Client, Token, UpsamplePanel, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.service import schemas
from vfx_widgets.service.error_mapping import error_from_operation
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage

TOKEN = "ya29.c4nary-t0ken_that-is-never-seen"
SIGNATURE = "c4nary5ignature"
SECRETS = (TOKEN, SIGNATURE, TOKEN.removeprefix("ya29."))
HOME = Path(__file__).parent


@dataclass
class Evidence:
    """Everything that a run has left behind."""

    objects: list[object] = field(default_factory=list)
    errors: list[VfxError] = field(default_factory=list)
    logs: list[logging.LogRecord] = field(default_factory=list)
    printed: str = ""
    folders: list[Path] = field(default_factory=list)


def as_text(way: Callable[[Any], object], value: object) -> str:
    """What a way of making text gives, or the text of its refusal."""
    try:
        made = way(value)
    except Exception as refusal:
        return f"{refusal} {refusal!r}"
    return made.decode("latin-1") if isinstance(made, bytes) else str(made)


def frames(error: BaseException) -> Iterator[str]:
    """The frames of a traceback with their local variables; those of the tests know the canaries."""
    seen = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending: list[traceback.TracebackException | None] = [seen]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        yield from part.format_exception_only()
        yield from (
            repr((frame.line, frame.locals)) for frame in part.stack if HOME not in Path(frame.filename).parents
        )
        pending += [part.__cause__, part.__context__, *(part.exceptions or ())]


def contents(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        yield str(path)
        if path.is_file():
            yield path.read_bytes().decode("latin-1")


def widget_states(value: object) -> Iterator[str]:
    """What a saved notebook would hold of a widget and those in it."""
    if isinstance(value, ipywidgets.Widget):
        yield repr(value.get_state())
        for child in getattr(value, "children", ()):
            yield from widget_states(child)


PLACES: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "the repr of an object": lambda seen: (as_text(repr, each) for each in seen.objects),
    "the text of an object": lambda seen: (as_text(str, each) for each in seen.objects),
    "an object in an f-string": lambda seen: (as_text(lambda value: f"{value}", each) for each in seen.objects),
    "the repr of an object's attributes": lambda seen: (repr(getattr(each, "__dict__", "")) for each in seen.objects),
    "a pickle of an object": lambda seen: (as_text(pickle.dumps, each) for each in seen.objects),
    "an object as JSON": lambda seen: (as_text(json.dumps, each) for each in seen.objects),
    "the text of an error": lambda seen: (f"{error} {error!r} {error.args}" for error in seen.errors),
    "the attributes of an error": lambda seen: (repr(vars(error)) for error in seen.errors),
    "a pickle of an error": lambda seen: (as_text(pickle.dumps, error) for error in seen.errors),
    "a traceback": lambda seen: ("".join(traceback.format_exception(error)) for error in seen.errors),
    "a traceback with local variables": lambda seen: (line for error in seen.errors for line in frames(error)),
    "a log at DEBUG": lambda seen: (f"{record.getMessage()} {record.args} {record.exc_text}" for record in seen.logs),
    "what was printed": lambda seen: iter([seen.printed]),
    "a file": lambda seen: (text for folder in seen.folders for text in contents(folder)),
    "the state of a widget": lambda seen: (state for each in seen.objects for state in widget_states(each)),
}


def leaks(seen: Evidence) -> set[str]:
    """The places where a secret is."""
    return {place for place, look in PLACES.items() for text in look(seen) if any(secret in text for secret in SECRETS)}


def query(name: str = "x") -> str:
    return f"GoogleAccessId=a@b&Expires=4102444800&Signature={SIGNATURE}{name}"


def finished(storage: str) -> bytes:
    """The captured reply, with its files in that storage."""
    reply = json.loads(captured("status_response_successful"))
    video = reply["operations"][0]["operation"]["metadata"]["video"]
    video["fifeUrl"] = f"{storage}/bucket/video/8fbcdbe6_upsampled?{query('video')}"
    video["servingBaseUri"] = f"{storage}/bucket/image/8fbcdbe6_upsampled?{query('image')}"
    return json.dumps(reply, indent=2).encode()


ECHO = f"Token {TOKEN} (Bearer {TOKEN}) may not read https://storage.example.org/video?{query()}"
PENDING = json_response(captured("submit_response"))
GOOD: list[bytes] = []
FAILED = {
    "operation": {"name": "698f2d752670fc64ebc95841536b660d", "error": {"code": 7, "message": ECHO}},
    "status": "MEDIA_GENERATION_STATUS_FAILED",
}


def refusal(status: int, reason: str = "PUBLIC_ERROR_MINOR") -> bytes:
    error = {"code": status, "message": ECHO, "status": "NO", "details": [{"reason": reason}]}
    return json_response(json.dumps({"error": error}), status)


SERVICE_FAULTS: dict[str, list[bytes]] = {
    "the token is refused": [refusal(401)],
    "the request is refused": [refusal(400)],
    "the reason repeats the token": [refusal(429, f"PUBLIC_ERROR_{TOKEN}")],
    "a captcha is wanted": [refusal(403).replace(b"may not", b"captcha")],
    "the service has a fault": [PENDING, refusal(500)],
    "a proxy answers with a page": [http_response(502, f"<h1>{ECHO}</h1>", content_type="text/html")],
    "the service sends on": [http_response(307, ECHO, location="/elsewhere")],
    "the connection is closed": [CLOSE_CONNECTION],
    "the status call is closed": [PENDING, CLOSE_CONNECTION],
    "the reply is cut off by the connection": [PENDING, json_response(finished("https://h"))[:-40]],
    "the reply is no whole JSON": [PENDING, json_response(finished("https://h")[:-40])],
    "the reply is in the form of 2026": [
        PENDING,
        json_response(json.dumps({"media": [json.loads(finished("https://h"))]})),
    ],
    "the reply is not compressed as it says": [PENDING, json_response(finished("https://h"), content_encoding="gzip")],
    "the reply has addresses of another kind": [PENDING, json_response(finished("gs:"))],
    "the operation failed": [PENDING, json_response(json.dumps({"operations": [FAILED]}))],
    "the service stays silent": [],
}

STORAGE_FAULTS: dict[str, list[bytes]] = {
    "the url has expired": [http_response(400, f"<Error><Code>ExpiredToken</Code><Message>{ECHO}</Message></Error>")],
    "the url is altered": [http_response(403, f"<Error><Code>SignatureDoesNotMatch</Code><X>{ECHO}</X></Error>")],
    "the file is gone": [http_response(404, f"<Error><Code>NoSuchKey</Code><Message>{ECHO}</Message></Error>")],
    "storage has a fault": [http_response(503, ECHO)] * 2,
    "storage closes the connection": [CLOSE_CONNECTION] * 2,
    "the file is cut off": [http_response(200, b"\0\0\0\x18ftyp", length=1000)] * 2,
    "the file is no mp4": [http_response(200, ECHO)] * 2,
    "storage sends on": [http_response(302, ECHO, location="/elsewhere")],
    "storage stays silent": [],
}


@pytest.fixture(autouse=True)
def few_tries_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_widgets.service.storage.MAX_ATTEMPTS", 2)
    monkeypatch.setattr("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.0)


class Recorder(logging.Handler):
    """Keeps every record, whatever its level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def log() -> Iterator[Recorder]:
    """A log of everything at DEBUG, by whatever logger."""
    recorder = Recorder()
    loggers = [logging.getLogger(name) for name in ("", "httpx", "httpcore", "asyncio", "vfx_widgets")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(recorder)
    yield recorder
    logging.getLogger().removeHandler(recorder)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


class Patience(NamedTuple):
    """Seconds that are waited for an answer: few only where none will come, so that a busy machine is not a fault."""

    service: float = 30.0
    storage: float = 30.0


@contextlib.asynccontextmanager
async def bare_calls(service: str, seen: Evidence, patience: Patience) -> AsyncIterator[tuple[Client, Storage]]:
    client, storage = Client(TOKEN, service, timeout=patience.service), Storage(timeout=patience.storage)
    seen.objects += [client, client.token, storage]
    try:
        yield client, storage
    except VfxError as error:
        seen.errors.append(error)
    finally:
        await client.close()
        await storage.close()


async def walk(service: str, part: Path, seen: Evidence, patience: Patience) -> None:
    """Submit, ask, fetch; stop where it fails."""
    asyncio.get_running_loop().set_debug(True)
    async with bare_calls(service, seen, patience) as (client, storage):
        submitted = await client.submit(SOURCE_ID)
        seen.objects.append(submitted)
        reply = await client.status(submitted.operations)
        seen.objects += [reply, *reply.operations]
        [operation] = reply.operations
        if operation.has_failed:
            raise error_from_operation(operation)
        if operation.video and operation.video.fife_url:
            seen.objects += [operation.video, operation.video.fife_url, operation.video.serving_base_uri]
            await storage.fetch(operation.video.fife_url, part, lambda received, total: None)


def gather(seen: Evidence, log: Recorder, capfd: pytest.CaptureFixture[str]) -> None:
    seen.logs += log.records
    seen.printed += "".join(capfd.readouterr())


@pytest.mark.parametrize("answers", SERVICE_FAULTS.values(), ids=SERVICE_FAULTS.keys())
async def test_service_errors_leak_no_secret(
    answers: list[bytes],
    tmp_path: Path,
    log: Recorder,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen = Evidence()
    with ScriptedServer(answers) as service:
        await walk(service.base_url, tmp_path / "part", seen, Patience() if answers else Patience(service=0.5))
    gather(seen, log, capfd)
    assert any(record.name.startswith("httpcore") for record in seen.logs)
    assert seen.errors or "gs:" in repr(answers)
    assert leaks(seen) == set()


@pytest.mark.parametrize("answers", STORAGE_FAULTS.values(), ids=STORAGE_FAULTS.keys())
async def test_storage_errors_leak_no_secret(
    answers: list[bytes],
    tmp_path: Path,
    log: Recorder,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen = Evidence()
    with ScriptedServer(answers) as storage, ScriptedServer([PENDING, json_response(finished(storage.base_url))]) as service:
        await walk(service.base_url, tmp_path / "part", seen, Patience() if answers else Patience(storage=0.5))
        assert SIGNATURE in storage.requests[0].target
        assert all(TOKEN.encode() not in request.raw for request in storage.requests)
    gather(seen, log, capfd)
    assert seen.errors
    assert leaks(seen) == set()


@pytest.mark.parametrize("take", [Token, Token.parse, lambda text: Token.from_environment()])
def test_an_invalid_token_is_not_leaked(
    take: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Evidence()
    monkeypatch.setenv("VFX_TOKEN", f"{TOKEN}é")
    try:
        take(f"{TOKEN}é")
    except VfxError as error:
        seen.errors.append(error)
    assert seen.errors
    assert leaks(seen) == set()


async def test_refused_connections_leak_no_secret(
    tmp_path: Path, log: Recorder, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = Evidence()
    nobody = f"http://127.0.0.1:{unused_port()}"
    await walk(nobody, tmp_path / "part", seen, Patience())
    with ScriptedServer([PENDING, json_response(finished(nobody))]) as service:
        await walk(service.base_url, tmp_path / "part", seen, Patience())
    gather(seen, log, capfd)
    assert len(seen.errors) == 2
    assert leaks(seen) == set()


async def test_a_full_disk_leaks_no_secret(log: Recorder, capfd: pytest.CaptureFixture[str]) -> None:
    seen = Evidence()
    with (
        ScriptedServer([http_response(200, b"\0\0\0\x18ftypmp42" + bytes(100))]) as storage,
        ScriptedServer([PENDING, json_response(finished(storage.base_url))]) as service,
    ):
        await walk(service.base_url, Path("/dev/full"), seen, Patience())
    gather(seen, log, capfd)
    assert seen.errors
    assert leaks(seen) == set()


JOB_FAULTS: dict[str, tuple[list[bytes], list[bytes] | None]] = {
    "the operation failed": ([PENDING, json_response(json.dumps({"operations": [FAILED]}))], []),
    "the request is refused": ([refusal(400)], []),
    "the url is altered": ([PENDING], STORAGE_FAULTS["the url is altered"]),
    "the file is no mp4": ([PENDING], STORAGE_FAULTS["the file is no mp4"]),
    "nothing": ([PENDING], None),
}


@pytest.mark.parametrize(("answers", "files"), JOB_FAULTS.values(), ids=JOB_FAULTS.keys())
async def test_jobs_videos_panel_and_journal_leak_no_secret(
    answers: list[bytes],
    files: list[bytes] | None,
    tmp_path: Path,
    log: Recorder,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen = Evidence(folders=[tmp_path])
    clip = http_response(200, make_clip(tmp_path / "clip.mp4", (1920, 1080), frames=2).read_bytes())
    with ScriptedServer([clip] if files is None else files) as storage, ScriptedServer(answers) as service:
        service.add_responses(*[json_response(finished(storage.base_url))] * 3)
        with Upsampler(service.base_url, TOKEN, tmp_path / "upsampled") as up:
            panel = UpsamplePanel(upsampler=up, media_ids=SOURCE_ID)
            job = up.submit(SOURCE_ID)
            seen.objects += [event async for event in job.events()]
            seen.objects += [job, job.operation, job.video, up, panel, *up.history()]
            try:
                seen.objects.append(await job)
            except VfxError as error:
                seen.errors.append(error)
            gather(seen, log, capfd)
            assert bool(seen.errors) is (files is not None)
            assert leaks(seen) == set()
            panel.close()


def test_leaks_are_found_in_every_place(tmp_path: Path) -> None:
    class Talkative:
        def __init__(self, secret: str) -> None:
            self.secret = secret

        def __repr__(self) -> str:
            return self.secret

    (tmp_path / "journal.db").write_bytes(b"\0\xff" + TOKEN.encode())
    error = VfxError(f"The token {TOKEN} is wrong.")
    error.__cause__ = _raised_from(SIGNATURE)
    seen = Evidence(
        objects=[Talkative(TOKEN), TOKEN, ipywidgets.Text(value=SIGNATURE)],
        errors=[error],
        logs=[logging.LogRecord("x", logging.DEBUG, "x", 1, "GET %s", (SIGNATURE,), None)],
        printed=TOKEN,
        folders=[tmp_path],
    )
    assert leaks(seen) == set(PLACES)


def _raised_from(secret: str) -> BaseException:
    """An error with a frame outside the tests whose local variables have a secret."""
    try:
        json.loads(f"{{{secret}")
    except ValueError as error:
        return error
    raise AssertionError


def test_the_canaries_are_valid_secrets() -> None:
    assert Token.parse(TOKEN).reveal() == TOKEN
    assert SIGNATURE in SignedUrl(f"https://h/x?{query()}").reveal_query()
