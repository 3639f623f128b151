"""The whole way with plain tools alone: from a media ID to a file that can be decoded, without a line of ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Announced
from tests.support.http_client import STATUS, SUBMIT, status_message, submit_message
from tests.support.video_files import look
from vfx_widgets.sandbox import Sandbox

curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed; urllib goes the same way")


@curl
def test_curl_gets_from_a_media_id_to_a_1080p_file(tmp_path: Path) -> None:
    upsampler = Announced()
    with Sandbox(upsample=upsampler) as sandbox:
        token = ["-H", f"authorization: Bearer {sandbox.token}"]

        def call(path: str, message: Any) -> Any:
            headers = ["--compressed", *token, "-H", "content-type: text/plain;charset=UTF-8"]
            data = ["--data-binary", json.dumps(message)]
            said = run("curl", "--silent", "--fail", *headers, *data, sandbox.base_url + path)
            return json.loads(said)

        item = call(SUBMIT, submit_message(sandbox.media_ids[0]))["operations"][0]
        upsampler.done.wait()
        while not item["status"].endswith("SUCCESSFUL"):
            item = call(STATUS, status_message(item["operation"]["name"]))["operations"][0]
        video = item["operation"]["metadata"]["video"]
        run("curl", "--silent", "--fail", "--output", str(tmp_path / "video.mp4"), video["fifeUrl"])
        run("curl", "--silent", "--fail", "--output", str(tmp_path / "poster.jpg"), video["servingBaseUri"])
    film = look(tmp_path / "video.mp4")
    assert (film.width, film.height, film.frames) == (1920, 1080, 84)
    assert (tmp_path / "poster.jpg").read_bytes().startswith(b"\xff\xd8")


@curl
def test_curl_continues_a_download_that_broke_off(tmp_path: Path, sandbox: Sandbox) -> None:
    from tests.support.http_client import Plain, video_of

    plain = Plain(sandbox)
    finished = plain.upsample()
    sandbox.faults.add("truncated")
    file, url = tmp_path / "video.mp4", video_of(finished)["fifeUrl"]
    broken = subprocess.run(["curl", "--silent", "--output", str(file), url], check=False)
    assert broken.returncode == 18, "curl's word for a transfer that is cut off"
    run("curl", "--silent", "--fail", "--continue-at", "-", "--output", str(file), url)
    assert file.read_bytes() == plain.get(url).body


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
