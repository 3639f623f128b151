"""The Lanczos upsampler, used without the sandbox."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.sandbox.clips import bundled_clips
from vfx_widgets.upsampling import Lanczos, UpsampleError, process
from vfx_widgets.upsampling.encoding import BT601, BT709


@pytest.fixture
def source() -> Path:
    """A bundled clip: 640×360, BT.709, with AAC audio."""
    return next(clip.path for clip in bundled_clips() if clip.path.name == "night_harbour.mp4")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output.mp4"


def test_a_clip_becomes_1080p_h264_with_its_audio_copied(source: Path, output: Path) -> None:
    Lanczos()(source, (1920, 1080), output)
    before, after = inspect_video(source), inspect_video(output)
    assert (after.width, after.height, after.codec, after.pixel_format) == (1920, 1080, "h264", "yuv420p")
    assert (after.frames, after.audio_codec) == (before.frames, "aac")
    assert after.audio_packets == before.audio_packets, "copied, not transcoded"
    assert abs(after.seconds - before.seconds) < 0.05


def test_playback_can_start_before_the_whole_file_has_arrived(tmp_path: Path, output: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mp4"), (640, 360), output)
    content = output.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_result_shows_the_same_picture(source: Path, output: Path) -> None:
    Lanczos()(source, (960, 540), output)
    small = inspect_video(source).first_frame.reformat(format="gray")
    large = inspect_video(output).first_frame.reformat(640, 360, "gray")
    differences = [abs(a - b) for a, b in zip(bytes(small.planes[0]), bytes(large.planes[0]), strict=True)]
    assert sum(differences) / len(differences) < 3


def test_a_clip_of_another_aspect_ratio_is_letterboxed(tmp_path: Path, output: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mp4", (240, 180)), (1920, 1080), output)
    result = inspect_video(output)
    assert result.brightness(0.05, 0.25) < 20, "the left bar"
    assert result.brightness(0.30, 0.25) > 150, "the bright quarter of the picture"
    assert result.brightness(0.95, 0.75) < 20, "the right bar"


@pytest.mark.skipif(not hasattr(av.VideoStream, "set_display_rotation"), reason="this PyAV cannot make such a clip")
def test_display_rotation_is_applied(tmp_path: Path, output: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mp4", (320, 180), turned=90), (1080, 1920), output)
    result = inspect_video(output)
    # A quarter turn counterclockwise moves the upper left quarter to the lower left.
    assert result.brightness(0.25, 0.75) > 150
    assert result.brightness(0.25, 0.25) < 60


def test_non_square_pixels_are_made_square(tmp_path: Path, output: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mp4", (160, 180), stretched=Fraction(2)), (1920, 1080), output)
    assert inspect_video(output).brightness(0.02, 0.25) > 150, "displayed at 320×180, so there is no bar"


def test_audio_that_mp4_cannot_hold_is_transcoded(tmp_path: Path, output: Path) -> None:
    Lanczos()(make_clip(tmp_path / "clip.mkv", sound="pcm_s16le"), (1920, 1080), output)
    assert inspect_video(output).audio_codec == "aac"


def test_the_colour_space_is_that_of_the_clip(source: Path, tmp_path: Path) -> None:
    Lanczos()(source, (960, 540), tmp_path / "given.mp4")
    Lanczos()(make_clip(tmp_path / "clip.mp4"), (960, 540), tmp_path / "unspecified.mp4")
    assert int(inspect_video(tmp_path / "given.mp4").first_frame.colorspace) == BT709
    # Players take a small clip without a colour space for BT.601.
    assert int(inspect_video(tmp_path / "unspecified.mp4").first_frame.colorspace) == BT601


def test_an_unreadable_clip_is_an_error_with_the_message_of_ffmpeg(tmp_path: Path, output: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("not a video")
    with pytest.raises(UpsampleError, match=r"clip\.mp4 could not be upsampled\. .*Invalid data found"):
        Lanczos()(clip, (1920, 1080), output)


def test_a_stopped_upsampler_refuses_further_calls(source: Path, output: Path) -> None:
    upsampler = Lanczos()
    upsampler.stop()
    with pytest.raises(UpsampleError, match="stopped"):
        upsampler(source, (1920, 1080), output)


def test_the_program_runs_on_its_own(tmp_path: Path, output: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    # -I: neither the current directory nor PYTHONPATH, by which the package could be found.
    command = [
        sys.executable,
        "-I",
        str(process.PROGRAM),
        "lanczos",
        str(clip),
        "640x360",
        str(output),
    ]
    subprocess.run(command, check=True, cwd=tmp_path)
    result = inspect_video(output)
    assert (result.width, result.height) == (640, 360)


def test_upsampling_does_not_import_the_sandbox() -> None:
    code = """
import sys, vfx_widgets.upsampling
print(sorted(name for name in sys.modules if name.startswith("vfx_widgets.sandbox")))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
