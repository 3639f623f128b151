"""From start to end: what a sandbox opens, and that it leaves nothing behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import copy_only
from tests.support.http_client import Plain, name_of
from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Sandbox, bundled_media_ids

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
    """Run code in a Python of its own, warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, env=settings or None
    )


def test_it_leaves_no_thread_no_port_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = threading.enumerate()
    with Sandbox(upsample=copy_only) as sandbox:
        plain = Plain(sandbox)
        plain.download(plain.upsample())
        assert len(threading.enumerate()) > len(before)
        assert list(tmp_path.iterdir())
    assert threading.enumerate() == before
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        plain.connect()


def test_closing_ends_an_upsample_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    before = threading.enumerate()
    with Sandbox() as sandbox:
        plain = Plain(sandbox)
        name = name_of(plain.submit(videoModelKey="veo_3_1_upsampler_4k"))
        while plain.status(name).word != "ACTIVE" or not started:
            pass
    assert threading.enumerate() == before
    assert started[0].returncode not in (0, None)


def test_it_can_be_closed_twice_and_started_again() -> None:
    sandbox = Sandbox(upsample=copy_only)
    for _ in range(2):
        assert sandbox.start() is sandbox
        assert sandbox.start() is sandbox
        assert Plain(sandbox).upsample().word == "SUCCESSFUL"
        sandbox.close()
        sandbox.close()


def test_before_the_start_it_knows_its_clips_and_its_token_but_no_address() -> None:
    sandbox = Sandbox()
    assert sandbox.media_ids
    assert sandbox.token.startswith("ya29.sandbox-")
    with pytest.raises(InputError, match="does not run"):
        _ = sandbox.base_url


def test_each_sandbox_has_a_token_of_its_own() -> None:
    assert Sandbox().token != Sandbox().token


def test_it_listens_on_one_loopback_address_only(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    # A server that listens everywhere would answer here as well.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_that_is_taken_is_said_to_be(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(InputError, match=f"Port {port} cannot be used"):
        Sandbox(port=port).start()


def test_several_clients_at_once_get_each_their_own(sandbox: Sandbox) -> None:
    def one(media_id: str) -> str:
        plain = Plain(sandbox)
        plain.download(plain.upsample(media_id))
        return media_id

    with ThreadPoolExecutor(3) as clients:
        assert list(clients.map(one, sandbox.media_ids)) == sandbox.media_ids


def test_two_sandboxes_know_nothing_of_each_other(sandbox: Sandbox) -> None:
    with Sandbox(upsample=copy_only) as other:
        name = name_of(Plain(sandbox).submit())
        assert Plain(other).status(name).status == 404


def test_one_that_was_never_closed_ends_with_python_and_leaves_no_file(tmp_path: Path) -> None:
    code = EXCHANGE + "\nsandbox = Sandbox(upsample=copy_only).start()\nprint(len(exchange(sandbox)))"
    ended = python(code, TMPDIR=str(tmp_path))
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert int(ended.stdout) > 100_000
    assert list(tmp_path.iterdir()) == []


def test_it_works_where_nested_loops_have_been_allowed() -> None:
    code = f"""
import asyncio, nest_asyncio2
nest_asyncio2.apply()
{EXCHANGE}
async def in_a_loop():
    with Sandbox(upsample=copy_only) as sandbox:
        return len(await asyncio.to_thread(exchange, sandbox))
print(asyncio.run(in_a_loop()))
"""
    ended = python(code)
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert int(ended.stdout) > 100_000


def test_importing_it_loads_none_of_its_heavy_parts() -> None:
    code = """
import sys, vfx_widgets.sandbox
vfx_widgets.sandbox.Sandbox()
vfx_widgets.sandbox.bundled_media_ids()
print(sorted({"av", "numpy", "starlette", "uvicorn"} & set(sys.modules)))
"""
    assert python(code).stdout == "[]\n"


@pytest.mark.parametrize("missing", ["av", "starlette", "uvicorn"])
def test_what_is_not_installed_is_said_with_the_command_that_installs_it(missing: str) -> None:
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
    said = python(code).stdout
    assert f"The sandbox needs {missing}" in said
    assert 'pip install "vfx-widgets[sandbox]"' in said


def test_the_bundled_clips_have_the_same_ids_everywhere() -> None:
    ids = bundled_media_ids()
    assert [len(media_id) for media_id in ids] == [162] * 3
    assert Sandbox().media_ids == ids
    assert ids[0] == (
        "CAUSJDNjZWFhZjMwLTgxNDItNDhlYS05MWQ5LTMwODBmOWI0MzlmYxokOWRmYjM2OWItYWIxMy00ZmFlLWEyNzYtNTVkYWEwNWYxMTE5"
        "IgNDQUUqJDYzMDFiYmZjLWEwYzUtNDU0ZS04ZmY5LWJiNTEwOTQ0ZmUwYw"
    )


def test_the_bundled_clips_are_small_and_short() -> None:
    from tests.support.video_files import look

    films = []
    for media_id in bundled_media_ids():
        path = Sandbox().source_path(media_id)
        assert path is not None
        assert path.stat().st_size < 400_000
        films.append(look(path))
    assert {(film.width, film.height) for film in films} == {(640, 360)}
    assert all(3 <= film.seconds <= 4 for film in films)
    assert {film.sound for film in films} == {"aac", None}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_on_its_own_it_says_where_it_is_and_serves_until_interrupted(ending: signal.Signals, tmp_path: Path) -> None:
    code = """
from vfx_widgets.sandbox.command import run_forever
run_forever(0, ["404 call=submit"], echo=lambda line: print(line, flush=True))
print("ended")
"""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path)},
    )
    with process:
        assert process.stdout is not None
        said = ""
        while bundled_media_ids()[-1] not in said:
            said += process.stdout.readline()
        base_url, token = re.findall(r'service="(http://[\d.:]+)", token="(\S+)"', said)[0]
        assert all(media_id in said for media_id in bundled_media_ids())
        body = '{"requests":[]}'
        reply = subprocess.run(
            [sys.executable, "-c", ASK, base_url, token, body], capture_output=True, text=True, check=True
        )
        assert reply.stdout.strip() == "404"
        process.send_signal(ending)
        rest, complaints = process.communicate(timeout=30)
    assert (rest, complaints, process.returncode) == ("ended\n", "", 0)
    assert list(tmp_path.iterdir()) == []


ASK = """
import sys, urllib.error, urllib.request
url = sys.argv[1] + "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
headers = {"authorization": f"Bearer {sys.argv[2]}", "content-type": "text/plain"}
try:
    urllib.request.urlopen(urllib.request.Request(url, sys.argv[3].encode(), headers))
except urllib.error.HTTPError as error:
    print(error.code)
    error.close()
"""
