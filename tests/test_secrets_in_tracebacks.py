"""Tracebacks that show local variables, as IPython's ``%xmode Verbose`` does, never show a token or a signature.

The stack frames of this module have no secret among their variables: `secret` returns it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.ultratb import VerboseTB

from tests.support.captured_exchange import SOURCE_ID, captured
from tests.support.scripted_server import ScriptedServer, http_response, json_response, unused_port
from vfx_widgets import Client, Token, UpsamplePanel, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.jobs.session import ServiceSession
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage
from vfx_widgets.widgets.shared.messages import Submit

CANARY = "c4nary"


def secret() -> str:
    """Return a valid token."""
    return "ya29.c4nary-t0ken_that-is-never-seen"


def invalid() -> str:
    """Return text that contains a token, and is refused."""
    return f"{secret()}é"


def signed() -> str:
    """Return the path and the signed query of a URL."""
    return "/bucket/video/clip_upsampled?Expires=4102444800&Signature=c4nary5ignature"


def tracebacks(error: BaseException) -> Iterator[str]:
    """Return everything that a debugger could show of an error and of those before it."""
    yield VerboseTB(theme_name="nocolor").text(type(error), error, error.__traceback__)
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        yield repr((current, current.args, vars(current)))
        frame = current.__traceback__
        while frame is not None:
            variables = frame.tb_frame.f_locals
            is_test = frame.tb_frame.f_code.co_filename == __file__  # a server of these tests records requests
            for value in variables.values():
                yield _safe_repr(value)
                if not is_test and not isinstance(value, types.ModuleType):
                    yield _safe_repr(getattr(value, "__dict__", ""))
            frame = frame.tb_next


def awaited_variables(awaited: Any) -> Iterator[str]:
    """Return the local variables of a coroutine, and of those that it awaits."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
        if frame is not None:
            yield frame.f_code.co_filename
            for value in frame.f_locals.values():
                yield _safe_repr(value)
                for attribute in ("headers", "url", "__dict__"):
                    yield _safe_repr(getattr(value, attribute, ""))
            manager = frame.f_locals.get("self")
            if isinstance(manager, contextlib.AbstractAsyncContextManager) and hasattr(manager, "gen"):
                awaited = manager.gen
                continue
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)


def _safe_repr(value: object) -> str:
    """Return the repr of a value, which fails for an object that is not complete."""
    try:
        return repr(value)
    except Exception as error:
        return repr(error)


def assert_nothing_shown(error: BaseException) -> None:
    shown = [text for text in tracebacks(error) if CANARY in text]
    assert shown == []


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Upsampler]:
    with Upsampler("labs", secret(), tmp_path) as up:
        yield up


def set_token(holder: Upsampler | Client) -> None:
    holder.token = invalid()


CALLS: dict[str, Callable[[Upsampler], object]] = {
    "Token": lambda up: Token(invalid()),
    "Token.parse": lambda up: Token.parse(invalid()),
    "Token.parse, no text": lambda up: Token.parse(invalid().encode()),  # type: ignore[arg-type]
    "Token.from_environment": lambda up: Token.from_environment(),
    "Token.from_colab": lambda up: Token.from_colab(),
    "Token.ask": lambda up: Token.ask(),
    "Upsampler": lambda up: Upsampler("labs", invalid()),
    "Upsampler, token of the environment": lambda up: Upsampler(),
    "Upsampler, wrong service": lambda up: Upsampler("nowhere", secret()),
    "Upsampler, wrong base URL": lambda up: Upsampler("https://", secret()),
    "Upsampler.token": lambda up: set_token(up),
    "ServiceSession": lambda up: ServiceSession("labs", invalid()),
    "ServiceSession, wrong service": lambda up: ServiceSession("nowhere", secret()),
    "Client": lambda up: Client(invalid()),
    "Client, wrong base URL": lambda up: Client(secret(), "https://"),
    "Client, wrong timeout": lambda up: Client(secret(), timeout=-1.0),
    "Client.token": lambda up: set_token(Client(secret())),
    "UpsamplePanel": lambda up: UpsamplePanel(token=invalid()),
    "UpsamplePanel, wrong service": lambda up: UpsamplePanel(service="nowhere", token=secret()),
    "UpsamplePanel, two services": lambda up: UpsamplePanel(upsampler=up, token=secret()),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_refused_arguments_are_not_shown(
    call: Callable[[Upsampler], object], up: Upsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", invalid())
    monkeypatch.setattr("getpass.getpass", lambda prompt: invalid())
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    userdata = types.ModuleType("google.colab.userdata")
    userdata.get = lambda name: invalid()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    with pytest.raises(InputError) as caught:
        call(up)
    assert_nothing_shown(caught.value)


async def test_a_time_out_shows_no_token() -> None:
    with ScriptedServer() as server:
        async with Client(secret(), server.base_url, timeout=0.3) as client:
            with pytest.raises(Exception, match="in time") as caught:
                await client.submit(SOURCE_ID)
    assert_nothing_shown(caught.value)


async def test_a_time_out_of_the_caller_shows_no_token() -> None:
    with ScriptedServer() as server:
        async with Client(secret(), server.base_url) as client:
            with pytest.raises(TimeoutError) as caught:
                await asyncio.wait_for(client.submit(SOURCE_ID), 0.3)
    assert_nothing_shown(caught.value)


async def test_a_cancelled_submit_shows_no_token() -> None:
    with ScriptedServer() as server:
        async with Client(secret(), server.base_url) as client:
            task = asyncio.create_task(client.submit(SOURCE_ID))
            while not server.requests:  # noqa: ASYNC110 - the server runs in another thread
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
    assert_nothing_shown(caught.value)


async def test_the_stack_of_a_pending_request_shows_neither_token_nor_signature(tmp_path: Path) -> None:
    storage = Storage()
    with ScriptedServer() as server:
        async with Client(secret(), server.base_url) as client:
            url = SignedUrl(server.base_url + signed())
            for call in (client.submit(SOURCE_ID), storage.fetch(url, tmp_path / "part", lambda received, total: None)):
                server.requests.clear()
                task = asyncio.ensure_future(call)
                while not server.requests:  # noqa: ASYNC110 - the server runs in another thread
                    await asyncio.sleep(0.01)
                shown = list(awaited_variables(task.get_coro()))
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                assert any("httpcore" in text for text in shown)
                assert [text for text in shown if CANARY in text] == []
    await storage.close()


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_refused_submit_shows_no_token(status: int) -> None:
    with ScriptedServer([json_response(f'{{"error": {{"message": "Token {secret()} is wrong"}}}}', status)]) as server:
        async with Client(secret(), server.base_url) as client:
            with pytest.raises(Exception, match=r"\w") as caught:
                await client.submit(SOURCE_ID)
    assert_nothing_shown(caught.value)


async def test_a_refused_connection_shows_no_token() -> None:
    async with Client(secret(), f"http://127.0.0.1:{unused_port()}") as client:
        with pytest.raises(Exception, match="No connection") as caught:
            await client.submit(SOURCE_ID)
    assert_nothing_shown(caught.value)


@pytest.mark.parametrize("responses", [[], [http_response(200, b"\0\0\0\x18ftyp", length=1000)]])
async def test_a_cancelled_download_shows_no_signature(responses: list[bytes], tmp_path: Path) -> None:
    storage = Storage()
    with ScriptedServer(responses) as server:
        url = SignedUrl(server.base_url + signed())
        try:
            with pytest.raises(TimeoutError) as caught:
                await asyncio.wait_for(storage.fetch(url, tmp_path / "part", lambda received, total: None), 0.5)
        finally:
            await storage.close()
    assert_nothing_shown(caught.value)


def test_a_client_can_be_used_in_a_second_event_loop_after_the_first_was_closed() -> None:
    response = json_response(captured("submit_response"))
    with ScriptedServer([response, response]) as server:
        client = Client(secret(), server.base_url)
        for _ in range(2):
            assert asyncio.run(client.submit(SOURCE_ID)).remaining_credits == 360
        asyncio.run(client.close())


def test_a_client_is_refused_in_a_second_event_loop_while_the_first_is_open() -> None:
    response = json_response(captured("submit_response"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        with ScriptedServer([response]) as server:
            client = Client(secret(), server.base_url)
            asyncio.run_coroutine_threadsafe(client.submit(SOURCE_ID), loop).result(30)
            with pytest.raises(InputError, match="another event loop") as caught:
                asyncio.run(client.submit(SOURCE_ID))
            assert len(server.requests) == 1
            asyncio.run_coroutine_threadsafe(client.close(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert_nothing_shown(caught.value)


@pytest.mark.parametrize("is_valid", [True, False])
async def test_a_token_that_was_typed_in_a_panel_is_not_shown(
    up: Upsampler, is_valid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = UpsamplePanel(upsampler=up)
    form = panel._controller._form

    def fail(*arguments: object, **options: object) -> None:
        raise InputError("It does not work.")

    monkeypatch.setattr(form, "_show_token", fail)
    with pytest.raises(InputError) as caught:
        await form.submit(Submit("", secret() if is_valid else invalid(), "", "", "", "", 0))
    assert_nothing_shown(caught.value)


def test_secrets_are_found_in_parameters_and_attributes() -> None:
    class Holder:
        def __init__(self) -> None:
            self.text = secret()

    for make in (secret, Holder):
        with pytest.raises((TypeError, ValueError)) as caught:
            int(json.loads(make()))  # type: ignore[arg-type]
        with pytest.raises(AssertionError):
            assert_nothing_shown(caught.value)
