"""Upsamplers in the sandbox: the default one with each model, custom ones, and their errors."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.http_client import LANDSCAPE, PORTRAIT, VEO_3, VEO_3_4K, HttpClient
from tests.support.upsamplers import Announced, Gate
from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.sandbox import Sandbox
from vfx_widgets.upsampling import Lanczos, Learned, UpsampleError
from vfx_widgets.upsampling.process import ProcessUpsampler


def test_a_bundled_clip_is_upsampled_to_1080p(tmp_path: Path) -> None:
    upsampler = Announced()
    with Sandbox(upsample=upsampler) as sandbox:
        client = HttpClient(sandbox)
        name = client.submit(sandbox.media_ids[1]).operation_name  # the harbour, which has sound
        upsampler.done.wait()
        (tmp_path / "result.mp4").write_bytes(client.download(client.wait(name)).body)
    result = inspect_video(tmp_path / "result.mp4")
    assert (result.width, result.height, result.codec, result.audio_codec) == (1920, 1080, "h264", "aac")


@pytest.mark.parametrize(
    ("model", "aspect_ratio", "clip", "size"),
    [
        (VEO_3, LANDSCAPE, (320, 180), (1920, 1080)),
        (VEO_3, PORTRAIT, (180, 320), (1080, 1920)),
        (VEO_3_4K, LANDSCAPE, (320, 180), (3840, 2160)),
        (VEO_3_4K, PORTRAIT, (180, 320), (2160, 3840)),
    ],
)
def test_every_model_has_its_result_size(
    tmp_path: Path, model: str, aspect_ratio: str, clip: tuple[int, int], size: tuple[int, int]
) -> None:
    with Sandbox(upsample="lanczos") as sandbox:
        media_id = sandbox.add(make_clip(tmp_path / "clip.mp4", clip, frames=2))
        client = HttpClient(sandbox)
        reply = client.upsample(media_id, videoModelKey=model, aspectRatio=aspect_ratio)
        (tmp_path / "result.mp4").write_bytes(client.download(reply).body)
    result = inspect_video(tmp_path / "result.mp4")
    assert (result.width, result.height) == size
    assert reply.video["model"] == model
    assert reply.video["aspectRatio"] == aspect_ratio


@pytest.mark.parametrize(("method", "upsampler"), [("learned", Learned), ("lanczos", Lanczos)])
def test_a_method_can_be_named(tmp_path: Path, method: str, upsampler: type, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    run = ProcessUpsampler.run

    def record(self: ProcessUpsampler, *arguments: Any) -> None:
        used.append(type(self))
        run(self, *arguments)

    monkeypatch.setattr(ProcessUpsampler, "run", record)
    with Sandbox(upsample=method) as sandbox:
        client = HttpClient(sandbox)
        reply = client.upsample(sandbox.add(make_clip(tmp_path / "clip.mp4", frames=2)))
        (tmp_path / "result.mp4").write_bytes(client.download(reply).body)
    result = inspect_video(tmp_path / "result.mp4")
    assert (used, result.width, result.height) == ([upsampler], 1920, 1080)


def test_an_unknown_method_is_refused_at_the_start() -> None:
    with pytest.raises(UpsampleError, match="Unknown method 'bicubic'"):
        Sandbox(upsample="bicubic").start()


def test_a_custom_upsampler_is_called_with_source_size_and_output(tmp_path: Path) -> None:
    calls = []

    def custom(source: Path, size: tuple[int, int], output: Path) -> None:
        calls.append((source, size))
        shutil.copy(source, output)

    clip = make_clip(tmp_path / "clip.mp4")
    with Sandbox(upsample=custom) as sandbox:
        media_id = sandbox.add(clip)
        client = HttpClient(sandbox)
        assert client.download(client.upsample(media_id)).body == clip.read_bytes()
    assert calls == [(clip, (1920, 1080))]


def raises(source: Path, size: tuple[int, int], output: Path) -> None:
    raise RuntimeError("out of memory")


def writes_nothing(source: Path, size: tuple[int, int], output: Path) -> None:
    return


def writes_text(source: Path, size: tuple[int, int], output: Path) -> None:
    output.write_bytes(b"not a video")


@pytest.mark.parametrize("upsample", [raises, writes_nothing, writes_text])
def test_an_upsampler_error_fails_its_operation_and_the_next_one_runs(
    upsample: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = []

    def wrong_at_first(source: Path, size: tuple[int, int], output: Path) -> None:
        attempts.append(source)
        if len(attempts) == 1:
            upsample(source, size, output)  # type: ignore[operator]
        else:
            shutil.copy(source, output)

    with Sandbox(upsample=wrong_at_first) as sandbox:
        client = HttpClient(sandbox)
        failed = client.upsample(videoModelKey=VEO_3_4K)
        assert failed.operation_status == "FAILED"
        assert failed.item["operation"]["error"] == {"code": 13, "message": "PUBLIC_ERROR_SOMETHING_WENT_WRONG"}
        assert failed.json["remainingCredits"] == 360, "refunded"
        assert client.upsample(videoModelKey=VEO_3_4K).operation_status == "SUCCESSFUL"
    [record] = [record for record in caplog.records if record.name == "vfx_widgets.sandbox"]
    assert record.exc_info, "the author of an upsampler needs the traceback"


def test_an_executor_upsamples_as_many_clips_at_once_as_it_has_workers() -> None:
    both = threading.Barrier(2, timeout=60)

    def wait_for_the_other(source: Path, size: tuple[int, int], output: Path) -> None:
        both.wait()
        shutil.copy(source, output)

    with ThreadPoolExecutor(2) as pool:
        with Sandbox(upsample=wait_for_the_other, executor=pool) as sandbox:
            client = HttpClient(sandbox)
            names = [client.submit(media_id).operation_name for media_id in sandbox.media_ids[:2]]
            assert [client.wait(name).operation_status for name in names] == ["SUCCESSFUL"] * 2
        assert pool.submit(pow, 2, 3).result() == 8, "it was not shut down"


def test_a_sandbox_closes_while_its_executor_upsamples() -> None:
    started, release = threading.Event(), threading.Event()

    def endless(source: Path, size: tuple[int, int], output: Path) -> None:
        started.set()
        release.wait()

    with ThreadPoolExecutor(1) as pool:
        with Sandbox(upsample=endless, executor=pool) as sandbox:
            HttpClient(sandbox).submit()
            started.wait()
        release.set()


def test_4k_costs_credits_until_they_are_used_up(gate: Gate) -> None:
    with Sandbox(credits=60, upsample=gate) as sandbox:
        client = HttpClient(sandbox)
        assert client.submit(sandbox.media_ids[0], videoModelKey=VEO_3_4K).json["remainingCredits"] == 10
        refused = client.submit(sandbox.media_ids[1], videoModelKey=VEO_3_4K)
        assert (refused.status, refused.error_reason) == (429, "PUBLIC_ERROR_USER_QUOTA_REACHED")
        assert client.submit(sandbox.media_ids[1]).status == 200, "1080p is free"
