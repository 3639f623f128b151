"""Sandboxes of processes that fork or are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.test_lifecycle import EXCHANGE
from vfx_widgets.sandbox import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

IN_A_CHILD = (
    EXCHANGE
    + """
import os, sys, traceback

def in_a_child(function):
    child = os.fork()
    if not child:
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        sys.exit()  # runs the handlers of atexit
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

"""
)


def python(code: str, directory: Path) -> str:
    """Run code in a new process with its own directory for temporary files; return what it prints."""
    done = subprocess.run(
        # Newer Pythons warn of a fork beside threads, which is the subject of these tests.
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", IN_A_CHILD + code],
        capture_output=True,
        text=True,
        timeout=120,
        env={"TMPDIR": str(directory)},
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.parametrize("ending", ["None", "sandbox.close()"], ids=["exits", "closes"])
def test_a_sandbox_goes_on_after_a_forked_child_ends(tmp_path: Path, ending: str) -> None:
    code = f"""
sandbox = Sandbox(upsample=copy_only).start()
first = exchange(sandbox)
files = sorted(os.listdir(os.environ["TMPDIR"]))
print(in_a_child(lambda: {ending}))
print(files == sorted(os.listdir(os.environ["TMPDIR"])))
sandbox.add(sandbox.source_path(sandbox.media_ids[1]))
status = call(sandbox, "/v1/video:batchAsyncGenerateVideoUpsampleVideo", {{"requests": [{{
    "aspectRatio": "VIDEO_ASPECT_RATIO_LANDSCAPE", "videoInput": {{"mediaId": sandbox.media_ids[1]}},
    "videoModelKey": "veo_2_1080p_upsampler_8s"}}]}})
print(status["operations"][0]["status"])
sandbox.close()
"""
    assert python(code, tmp_path) == "0\nTrue\nMEDIA_GENERATION_STATUS_PENDING\n"
    assert list(tmp_path.iterdir()) == []


def test_a_forked_child_starts_a_sandbox_of_its_own(tmp_path: Path) -> None:
    code = """
from vfx_widgets.sandbox import sandbox_at
sandbox = Sandbox(upsample=copy_only).start()
parents_url = sandbox.base_url

def child():
    assert sandbox.base_url == parents_url
    assert sandbox_at(parents_url) is None, "clips that are added here would not be there"
    with sandbox:
        assert sandbox.base_url != parents_url
        assert len(exchange(sandbox)) > 100_000
        assert sandbox_at(sandbox.base_url) is sandbox

print(in_a_child(child))
print(sandbox_at(parents_url) is sandbox, len(exchange(sandbox)) > 100_000)
"""
    assert python(code, tmp_path) == "0\nTrue True\n"


def test_a_forked_child_gets_a_shared_sandbox_of_its_own(tmp_path: Path) -> None:
    code = """
from vfx_widgets.jobs.session import shared_sandbox
url = shared_sandbox.start().base_url

def child():
    assert shared_sandbox.running is None
    assert shared_sandbox.start().base_url != url

print(in_a_child(child), shared_sandbox.start().base_url == url)
"""
    assert python(code, tmp_path) == "0 True\n"


def test_what_a_killed_sandbox_left_is_deleted_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "sandbox = Sandbox().start()\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", IN_A_CHILD + code], timeout=120, env={"TMPDIR": str(tmp_path)})
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Sandbox():
        assert not left.exists()
        assert len(list(tmp_path.iterdir())) == 1
