"""Real upsampling: what the Lanczos upsampler makes of clips, and how one's own takes its place."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.sandbox.conftest import Announced, Gate
from tests.support.http_client import LANDSCAPE, PORTRAIT, VEO_3_4K, Plain, name_of, video_of
from tests.support.video_files import look, make_clip
from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Sandbox
from vfx_widgets.upsampling import Lanczos, UpsampleError

VEO_3 = "veo_3_1_upsampler_1080p"


def bundled() -> Path:
    sandbox = Sandbox()
    path = sandbox.source_path(sandbox.media_ids[0])
    assert path is not None
    return path


def test_a_bundled_clip_becomes_1080p_h264_with_its_own_sound(tmp_path: Path) -> None:
    upsampler = Announced()
    with Sandbox(upsample=upsampler) as sandbox:
        plain = Plain(sandbox)
        name = name_of(plain.submit())
        upsampler.done.wait()
        downloaded = plain.download(plain.finish(name))
    file = tmp_path / "result.mp4"
    file.write_bytes(downloaded.body)
    source, result = look(bundled()), look(file)
    assert (result.width, result.height, result.codec, result.pixels) == (1920, 1080, "h264", "yuv420p")
    assert (result.frames, result.sound) == (source.frames, "aac")
    assert result.sound_packets == source.sound_packets, "copied, not encoded anew"
    assert abs(result.seconds - source.seconds) < 0.05
    assert downloaded.body.index(b"moov") < downloaded.body.index(b"mdat"), "a player can start at once"


def test_the_result_is_the_clip_and_larger(tmp_path: Path) -> None:
    source, output = bundled(), tmp_path / "out.mp4"
    Lanczos()(source, (960, 540), output)
    small, large = look(source).first.reformat(format="gray"), look(output).first.reformat(640, 360, "gray")
    off = [abs(a - b) for a, b in zip(bytes(small.planes[0]), bytes(large.planes[0]), strict=True)]
    assert sum(off) / len(off) < 3


@pytest.mark.parametrize(
    ("model", "aspect", "clip", "size"),
    [
        (VEO_3, LANDSCAPE, (320, 180), (1920, 1080)),
        (VEO_3, PORTRAIT, (180, 320), (1080, 1920)),
        (VEO_3_4K, LANDSCAPE, (320, 180), (3840, 2160)),
        (VEO_3_4K, PORTRAIT, (180, 320), (2160, 3840)),
    ],
)
def test_every_model_makes_its_size(
    tmp_path: Path, model: str, aspect: str, clip: tuple[int, int], size: tuple[int, int]
) -> None:
    with Sandbox() as sandbox:
        media_id = sandbox.add(make_clip(tmp_path / "clip.mp4", clip, frames=2))
        plain = Plain(sandbox)
        reply = plain.upsample(media_id, videoModelKey=model, aspectRatio=aspect)
        (tmp_path / "out.mp4").write_bytes(plain.download(reply).body)
    film = look(tmp_path / "out.mp4")
    assert (film.width, film.height) == size
    assert video_of(reply)["model"] == model
    assert video_of(reply)["aspectRatio"] == aspect


def test_a_clip_of_another_shape_gets_black_bars(tmp_path: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mp4", (240, 180)), (1920, 1080), tmp_path / "out.mp4")
    film = look(tmp_path / "out.mp4")
    assert film.light(0.05, 0.25) < 20, "the bar at the left"
    assert film.light(0.30, 0.25) > 150, "the bright quarter of the picture"
    assert film.light(0.95, 0.75) < 20, "the bar at the right"


@pytest.mark.skipif(not hasattr(av.VideoStream, "set_display_rotation"), reason="this PyAV cannot make such a clip")
def test_a_clip_that_was_recorded_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (320, 180), turned=90)
    with Sandbox() as sandbox:
        media_id = sandbox.add(clip)
        reply = Plain(sandbox).submit(media_id, videoModelKey=VEO_3, aspectRatio=PORTRAIT)
    assert reply.status == 200
    Lanczos()(clip, (1080, 1920), tmp_path / "out.mp4")
    film = look(tmp_path / "out.mp4")
    # A quarter turn against the clock takes the left upper quarter to the left lower one.
    assert film.light(0.25, 0.75) > 150
    assert film.light(0.25, 0.25) < 60


def test_pixels_that_are_not_square_are_shown_in_their_true_shape(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (160, 180), stretched=Fraction(2))
    Lanczos()(clip, (1920, 1080), tmp_path / "out.mp4")
    film = look(tmp_path / "out.mp4")
    assert film.light(0.02, 0.25) > 150, "320 by 180 as it is shown, so no bar is needed"


def test_sound_that_an_mp4_cannot_hold_is_encoded_anew(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", sound="pcm_s16le")
    Lanczos()(clip, (1920, 1080), tmp_path / "out.mp4")
    assert look(tmp_path / "out.mp4").sound == "aac"


def test_colours_are_named_as_the_clip_names_them(tmp_path: Path) -> None:
    Lanczos()(bundled(), (960, 540), tmp_path / "named.mp4")
    Lanczos()(make_clip(tmp_path / "clip.mp4"), (960, 540), tmp_path / "unnamed.mp4")
    # 1 is BT.709. A small clip that does not say is BT.601 (6) to every player, and stays so.
    assert int(look(tmp_path / "named.mp4").first.colorspace) == 1
    assert int(look(tmp_path / "unnamed.mp4").first.colorspace) == 6


def test_ones_own_upsampler_gets_source_size_and_output(tmp_path: Path) -> None:
    called = []

    def mine(source: Path, size: tuple[int, int], output: Path) -> None:
        called.append((source, size))
        shutil.copy(source, output)

    clip = make_clip(tmp_path / "clip.mp4")
    with Sandbox(upsample=mine) as sandbox:
        media_id = sandbox.add(clip)
        plain = Plain(sandbox)
        assert plain.download(plain.upsample(media_id)).body == clip.read_bytes()
    assert called == [(clip, (1920, 1080))]


def test_a_clip_that_cannot_be_read_is_told_of_with_the_readers_own_words(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("not a video")
    with pytest.raises(UpsampleError, match="Invalid data found"):
        Lanczos()(clip, (1920, 1080), tmp_path / "out.mp4")


def test_a_stopped_upsampler_does_not_begin_anew(tmp_path: Path) -> None:
    upsampler = Lanczos()
    upsampler.stop()
    with pytest.raises(UpsampleError, match="stopped"):
        upsampler(bundled(), (1920, 1080), tmp_path / "out.mp4")


def raises(source: Path, size: tuple[int, int], output: Path) -> None:
    raise RuntimeError("out of memory")


def writes_nothing(source: Path, size: tuple[int, int], output: Path) -> None:
    return


def writes_nonsense(source: Path, size: tuple[int, int], output: Path) -> None:
    output.write_bytes(b"not a video")


@pytest.mark.parametrize("upsample", [raises, writes_nothing, writes_nonsense])
def test_an_upsampler_that_goes_wrong_fails_its_operation_and_the_next_one_runs(
    upsample: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = []

    def first_wrong(source: Path, size: tuple[int, int], output: Path) -> None:
        attempts.append(source)
        if len(attempts) == 1:
            upsample(source, size, output)  # type: ignore[operator]
        else:
            shutil.copy(source, output)

    with Sandbox(upsample=first_wrong) as sandbox:
        plain = Plain(sandbox)
        failed = plain.upsample(videoModelKey=VEO_3_4K)
        assert failed.word == "FAILED"
        assert failed.item["operation"]["error"] == {"code": 13, "message": "PUBLIC_ERROR_SOMETHING_WENT_WRONG"}
        assert failed.json["remainingCredits"] == 360
        assert plain.upsample(videoModelKey=VEO_3_4K).word == "SUCCESSFUL"
    assert "The upsample of" in caplog.text, "whoever writes an upsampler needs the traceback"


def test_4k_costs_credits_until_there_are_none_left(gate: Gate) -> None:
    with Sandbox(credits=60, upsample=gate) as sandbox:
        plain = Plain(sandbox)
        assert plain.submit(sandbox.media_ids[0], videoModelKey=VEO_3_4K).json["remainingCredits"] == 10
        poor = plain.submit(sandbox.media_ids[1], videoModelKey=VEO_3_4K)
        assert (poor.status, poor.reason) == (429, "PUBLIC_ERROR_USER_QUOTA_REACHED")
        assert plain.submit(sandbox.media_ids[1]).status == 200, "1080p costs nothing"


def test_an_own_clip_has_the_same_id_every_time(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    first, second = Sandbox(), Sandbox()
    media_id = first.add(clip)
    assert second.add(str(clip)) == media_id
    assert len(media_id) == 162
    assert first.source_path(media_id) == clip
    assert first.media_ids[-1] == media_id
    assert first.source_path("unknown") is None


def test_what_is_no_video_is_refused_with_a_reason(tmp_path: Path) -> None:
    sandbox = Sandbox()
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    picture, sound = tmp_path / "picture.png", tmp_path / "sound.m4a"
    frame = av.VideoFrame(64, 64, "rgb24")
    with av.open(str(picture), "w", format="image2") as file:
        stream = file.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    make_sound(sound)
    for path, words in (
        (tmp_path / "missing.mp4", "There is no file at"),
        (tmp_path, "is not a file"),
        (text, "is not a video that can be read"),
        (picture, "is a picture, not a video"),
        (sound, "has sound and no picture"),
    ):
        with pytest.raises(InputError, match=words):
            sandbox.add(path)
    assert len(sandbox.media_ids) == 3


def make_sound(path: Path) -> None:
    with av.open(str(path), "w") as file:
        track = file.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame("fltp", "mono", 1024)
        block.sample_rate, block.pts = 48000, 0
        block.planes[0].update(bytes(4096))
        file.mux(track.encode(block))
        file.mux(track.encode(None))
