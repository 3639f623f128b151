"""`upsample` from file to file: what it makes, what it refuses, and what it leaves behind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.errors import InputError
from vfx_widgets.upsampling import UpsampleError, upsample


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", (64, 36), frames=4)


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in {"clip.mp4", "out.mp4"})


@pytest.mark.parametrize("method", ["learned", "lanczos"])
def test_it_makes_the_size_and_tells_of_each_frame(clip: Path, tmp_path: Path, method: str) -> None:
    told: list[tuple[int, int]] = []
    result = upsample(clip, tmp_path / "out.mp4", (192, 108), method, lambda done, total: told.append((done, total)))
    video = inspect_video(result)
    assert (video.width, video.height, video.frames) == (192, 108, 4)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("size", [(128, 72), (160, 90), (100, 100), (66, 38)])
def test_any_size_from_any_factor(clip: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    video = inspect_video(upsample(clip, tmp_path / "out.mp4", size))
    assert (video.width, video.height) == size
    height = size[0] * 36 / 64 / size[1]
    assert video.brightness(0.25, 0.5 - height / 4) > 150, "the bright quarter is where it was"
    assert video.brightness(0.75, 0.5 + height / 4) < 60


@pytest.mark.parametrize("method", ["learned", "lanczos"])
def test_a_letterboxed_result_is_as_long_as_its_clip(clip: Path, tmp_path: Path, method: str) -> None:
    video = inspect_video(upsample(clip, tmp_path / "out.mp4", (192, 192), method))
    assert video.seconds == pytest.approx(4 / 24, abs=0.01)


def test_an_odd_source_size(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (70, 42), frames=1)
    assert inspect_video(upsample(clip, tmp_path / "out.mp4", (210, 126))).width == 210


def test_a_function_as_method(clip: Path, tmp_path: Path) -> None:
    def copy(source: Path, size: tuple[int, int], output: Path) -> None:
        shutil.copy(source, output)

    assert upsample(clip, tmp_path / "out.mp4", method=copy).read_bytes() == clip.read_bytes()


@pytest.mark.parametrize("size", [(1921, 1080), (0, 0), (-2, 4), (40000, 100)])
def test_a_size_that_h264_cannot_have_is_refused(clip: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(UpsampleError, match="not a possible size"):
        upsample(clip, tmp_path / "out.mp4", size)


def test_other_mistakes_are_refused_with_a_sentence(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    with pytest.raises(UpsampleError, match="There is no file at"):
        upsample(tmp_path / "missing.mp4", output)
    with pytest.raises(UpsampleError, match="There is no folder"):
        upsample(clip, tmp_path / "missing" / "out.mp4")
    with pytest.raises(UpsampleError, match="Unknown method 'sharper'"):
        upsample(clip, output, method="sharper")
    with pytest.raises(UpsampleError, match="would replace the clip"):
        upsample(clip, clip)
    with pytest.raises(UpsampleError, match=r"There is no file at .*onnx"):
        upsample(clip, output, method=tmp_path / "missing.onnx")


@pytest.mark.parametrize("method", ["learned", "lanczos"])
def test_what_is_no_video_leaves_nothing_behind(tmp_path: Path, method: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("not a video")
    with pytest.raises(UpsampleError, match=r"clip\.mp4 could not be upsampled.*Invalid data"):
        upsample(clip, tmp_path / "out.mp4", method=method)
    assert left_behind(tmp_path) == []
    assert not (tmp_path / "out.mp4").exists()


def test_an_interruption_leaves_the_earlier_file_and_nothing_else(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_text("the earlier one")

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upsample(clip, output, (192, 108), progress=interrupt)
    assert output.read_text() == "the earlier one"
    assert left_behind(tmp_path) == []


def test_a_full_disk_is_named(clip: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    from vfx_widgets.upsampling import Lanczos

    with pytest.raises(UpsampleError, match="No space left on device") as caught:
        Lanczos()(clip, (192, 108), Path("/dev/full"))
    assert "Make room" in str(caught.value)


@pytest.mark.parametrize("size", [(1920,), "1080p", None, (64.0, 36.0), ("64", "36"), (True, 36), (float("nan"), 36)])
def test_what_is_no_size_is_refused(clip: Path, tmp_path: Path, size: Any) -> None:
    with pytest.raises(UpsampleError, match="not a possible size"):
        upsample(clip, tmp_path / "out.mp4", size)


def test_what_is_no_path_is_refused(clip: Path) -> None:
    with pytest.raises(InputError, match="source is None"):
        upsample(None, "out.mp4")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="output is"):
        upsample(clip, "a\0b.mp4")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
@pytest.mark.parametrize("name", ["12:30.mp4", f"{'x' * 250}.mp4"])
def test_any_name_can_be_read_and_written(
    clip: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip.rename(name)
    (tmp_path / "results").mkdir()
    upsample(name, Path("results", name), (64, 36), "lanczos")
    assert [path.name for path in (tmp_path / "results").iterdir()] == [name]


def test_a_file_that_cannot_be_written_is_an_error(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(UpsampleError, match="can't be written: File name too long"):
        upsample(clip, tmp_path / f"{'x' * 300}.mp4", (64, 36), "lanczos")


def test_the_umask_of_the_process_is_not_touched(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("other threads would create files with this mask"))
    upsample(clip, tmp_path / "out.mp4", method=lambda source, size, output: shutil.copy(source, output))
    assert left_behind(tmp_path) == []
