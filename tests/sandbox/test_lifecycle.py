"""The lifecycle of a sandbox: starting, closing, and what it must not leave behind."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.http_client import VEO_3_4K, HttpClient
from tests.support.upsamplers import copy_only
from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Sandbox

EXCHANGE = """
import json, shutil, urllib.request
from vfx_widgets.sandbox import Sandbox

def copy_only(source, size, output):
    shutil.copy(source, output)

def call(sandbox, path, message):
    headers = {"authorization": f"Bearer {sandbox.token}", "content-type": "text/plain"}
    request = urllib.request.Request(sandbox.base_url + path, json.dumps(message).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)

def exchange(sandbox):
    reply = call(sandbox, "/v1/video:batchAsyncGenerateVideoUpsampleVideo", {"requests": [{
        "aspectRatio": "VIDEO_ASPECT_RATIO_LANDSCAPE", "videoInput": {"mediaId": sandbox.media_ids[0]},
        "videoModelKey": "veo_2_1080p_upsampler_8s"}]})
    while "metadata" not in reply["operations"][0]["operation"]:
        reply = call(sandbox, "/v1/video:batchCheckAsyncVideoGenerationStatus", {"operations": reply["operations"]})
    with urllib.request.urlopen(reply["operations"][0]["operation"]["metadata"]["video"]["fifeUrl"]) as file:
        return file.read()
"""


def python(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new Python process, with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, env=settings or None
    )


def wait_for_threads(expected: list[threading.Thread]) -> None:
    """Wait until only these threads are left. AnyIO's worker threads, which read files, end just after the loop."""
    deadline = time.monotonic() + 10
    while threading.enumerate() != expected:
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.01)


def test_closing_leaves_no_thread_port_or_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = threading.enumerate()
    with Sandbox(upsample=copy_only) as sandbox:
        client = HttpClient(sandbox)
        client.download(client.upsample())
        assert len(threading.enumerate()) > len(before)
        assert list(tmp_path.iterdir())
    wait_for_threads(before)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        client.connect()


def test_closing_kills_a_running_upsample(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class RecordedPopen(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", RecordedPopen)
    before = threading.enumerate()
    with Sandbox() as sandbox:
        client = HttpClient(sandbox)
        name = client.submit(videoModelKey=VEO_3_4K).operation_name
        while client.status(name).operation_status != "ACTIVE" or not started:
            pass
    wait_for_threads(before)
    assert started[0].returncode not in (0, None)


def test_a_sandbox_can_be_closed_twice_and_started_again() -> None:
    sandbox = Sandbox(upsample=copy_only)
    for _ in range(2):
        assert sandbox.start() is sandbox
        assert sandbox.start() is sandbox
        assert HttpClient(sandbox).upsample().operation_status == "SUCCESSFUL"
        sandbox.close()
        sandbox.close()


def test_a_sandbox_has_clips_and_a_token_but_no_url_before_it_starts() -> None:
    sandbox = Sandbox()
    assert sandbox.media_ids
    assert sandbox.token.startswith("ya29.sandbox-")
    with pytest.raises(InputError, match="is not running"):
        _ = sandbox.base_url


def test_each_sandbox_has_its_own_token() -> None:
    assert Sandbox().token != Sandbox().token


def test_a_sandbox_listens_on_one_loopback_address_only(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    # A server that listens on all interfaces would accept this connection.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_in_use_is_an_input_error(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(InputError, match=f"Port {port} cannot be used"):
        Sandbox(port=port).start()


def test_several_clients_can_upsample_at_once(sandbox: Sandbox) -> None:
    def upsample(media_id: str) -> str:
        client = HttpClient(sandbox)
        client.download(client.upsample(media_id))
        return media_id

    with ThreadPoolExecutor(3) as clients:
        assert list(clients.map(upsample, sandbox.media_ids)) == sandbox.media_ids


def test_two_sandboxes_share_no_operations(sandbox: Sandbox) -> None:
    with Sandbox(upsample=copy_only) as other:
        name = HttpClient(sandbox).submit().operation_name
        assert HttpClient(other).status(name).status == 404


def test_a_sandbox_that_was_never_closed_leaves_no_file_when_python_exits(tmp_path: Path) -> None:
    code = EXCHANGE + "\nsandbox = Sandbox(upsample=copy_only).start()\nprint(len(exchange(sandbox)))"
    process = python(code, TMPDIR=str(tmp_path))
    assert (process.stderr, process.returncode) == ("", 0)
    assert int(process.stdout) > 100_000
    assert list(tmp_path.iterdir()) == []


def test_a_sandbox_works_where_nested_event_loops_are_allowed() -> None:
    code = f"""
import asyncio, nest_asyncio2
nest_asyncio2.apply()
{EXCHANGE}
async def in_a_loop():
    with Sandbox(upsample=copy_only) as sandbox:
        return len(await asyncio.to_thread(exchange, sandbox))
print(asyncio.run(in_a_loop()))
"""
    process = python(code)
    assert (process.stderr, process.returncode) == ("", 0)
    assert int(process.stdout) > 100_000


def test_importing_the_sandbox_does_not_import_its_dependencies() -> None:
    code = """
import sys, vfx_widgets.sandbox
vfx_widgets.sandbox.Sandbox()
vfx_widgets.sandbox.bundled_media_ids()
print(sorted({"av", "numpy", "starlette", "uvicorn"} & set(sys.modules)))
"""
    assert python(code).stdout == "[]\n"


@pytest.mark.parametrize("missing", ["av", "starlette", "uvicorn"])
def test_a_missing_dependency_is_reported_with_the_install_command(missing: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from vfx_widgets.errors import MissingExtra
from vfx_widgets.sandbox import Sandbox
try:
    Sandbox().start()
except MissingExtra as error:
    print(error)
"""
    output = python(code).stdout
    assert f"The sandbox needs {missing}" in output
    assert 'pip install "vfx-widgets[sandbox]"' in output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65536),
        ("port", -1),
        ("port", "8080"),
        ("port", True),
        ("credits", "many"),
        ("credits", None),
        ("url_lifetime", float("nan")),
        ("url_lifetime", float("inf")),
        ("url_lifetime", "6 h"),
    ],
)
def test_a_setting_that_is_no_such_number_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{name} of a Sandbox is"):
        Sandbox(**{name: value})
