"""The clips of a sandbox: bundled and added ones."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.support.http_client import PORTRAIT, VEO_3, HttpClient
from tests.support.upsamplers import copy_only
from tests.support.video_files import inspect_video, make_audio_file, make_clip, make_image
from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Sandbox, bundled_media_ids
from vfx_widgets.sandbox.clips import bundled_clips


def test_bundled_clips_have_fixed_media_ids() -> None:
    ids = bundled_media_ids()
    assert [len(media_id) for media_id in ids] == [162] * 3
    assert Sandbox().media_ids == ids
    assert ids[1] == (
        "CAUSJDNjZWFhZjMwLTgxNDItNDhlYS05MWQ5LTMwODBmOWI0MzlmYxokOWRmYjM2OWItYWIxMy00ZmFlLWEyNzYtNTVkYWEwNWYxMTE5"
        "IgNDQUUqJDYzMDFiYmZjLWEwYzUtNDU0ZS04ZmY5LWJiNTEwOTQ0ZmUwYw"
    )


def test_bundled_clips_are_small_and_short() -> None:
    assert all(clip.path.stat().st_size < 400_000 for clip in bundled_clips())
    files = [inspect_video(clip.path) for clip in bundled_clips()]
    assert [(file.width, file.height) for file in files] == [(clip.width, clip.height) for clip in bundled_clips()]
    assert {(file.width, file.height) for file in files} == {(640, 360)}
    assert all(3 <= file.seconds <= 4 for file in files)
    assert {file.audio_codec for file in files} == {"aac", None}


def test_an_added_clip_has_a_media_id_derived_from_its_content(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    first, second = Sandbox(), Sandbox()
    media_id = first.add(clip)
    assert second.add(str(clip)) == media_id
    assert len(media_id) == 162
    assert first.source_path(media_id) == clip
    assert first.media_ids[-1] == media_id
    assert first.source_path("unknown") is None


@pytest.mark.skipif(not hasattr(av.VideoStream, "set_display_rotation"), reason="this PyAV cannot make such a clip")
def test_an_added_clip_has_the_aspect_ratio_in_which_it_is_displayed(tmp_path: Path) -> None:
    with Sandbox(upsample=copy_only) as sandbox:
        media_id = sandbox.add(make_clip(tmp_path / "clip.mp4", (320, 180), turned=90))
        reply = HttpClient(sandbox).submit(media_id, videoModelKey=VEO_3, aspectRatio=PORTRAIT)
    assert reply.status == 200


def test_a_file_that_is_not_a_video_is_refused_with_the_reason(tmp_path: Path) -> None:
    sandbox = Sandbox()
    (tmp_path / "notes.mp4").write_text("not a video")
    for path, reason in (
        (tmp_path / "missing.mp4", "There is no file at"),
        ("~no such user/clip.mp4", "is not a usable path"),
        ("clip\0.mp4", "is not a usable path"),
        (tmp_path, "is not a file"),
        (tmp_path / "notes.mp4", "cannot be read as a video"),
        (make_image(tmp_path / "image.png"), "is an image, not a video"),
        (make_audio_file(tmp_path / "audio.m4a"), "has audio, but no video track"),
    ):
        with pytest.raises(InputError, match=reason):
            sandbox.add(path)
    assert len(sandbox.media_ids) == 3
