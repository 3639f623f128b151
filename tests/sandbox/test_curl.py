"""The two calls and storage with curl, without any code of the package's client."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.http_client import STATUS_PATH, SUBMIT_PATH, HttpClient, status_body, submit_body
from tests.support.upsamplers import Announced
from tests.support.video_files import inspect_video
from vfx_widgets.sandbox import Sandbox

curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@curl
def test_curl_can_upsample_a_clip_and_download_the_result(tmp_path: Path) -> None:
    upsampler = Announced()
    with Sandbox(upsample=upsampler) as sandbox:
        token = ["-H", f"authorization: Bearer {sandbox.token}"]

        def call(path: str, message: Any) -> Any:
            headers = ["--compressed", *token, "-H", "content-type: text/plain;charset=UTF-8"]
            data = ["--data-binary", json.dumps(message)]
            output = run("curl", "--silent", "--fail", *headers, *data, sandbox.base_url + path)
            return json.loads(output)

        item = call(SUBMIT_PATH, submit_body(sandbox.media_ids[0]))["operations"][0]
        upsampler.done.wait()
        while not item["status"].endswith("SUCCESSFUL"):
            item = call(STATUS_PATH, status_body(item["operation"]["name"]))["operations"][0]
        video = item["operation"]["metadata"]["video"]
        run("curl", "--silent", "--fail", "--output", str(tmp_path / "video.mp4"), video["fifeUrl"])
        run("curl", "--silent", "--fail", "--output", str(tmp_path / "poster.jpg"), video["servingBaseUri"])
    video_file = inspect_video(tmp_path / "video.mp4")
    assert (video_file.width, video_file.height, video_file.frames) == (1920, 1080, 84)
    assert (tmp_path / "poster.jpg").read_bytes().startswith(b"\xff\xd8")


@curl
def test_curl_can_resume_a_truncated_download(tmp_path: Path, sandbox: Sandbox) -> None:
    client = HttpClient(sandbox)
    finished = client.upsample()
    sandbox.faults.add("truncated")
    file, url = tmp_path / "video.mp4", finished.video["fifeUrl"]
    broken = subprocess.run(["curl", "--silent", "--output", str(file), url], check=False)
    assert broken.returncode == 18, "curl: transfer closed with outstanding read data remaining"
    run("curl", "--silent", "--fail", "--continue-at", "-", "--output", str(file), url)
    assert file.read_bytes() == client.get(url).body


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
