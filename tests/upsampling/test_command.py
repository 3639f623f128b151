"""``vfx-widgets upsample``."""

from __future__ import annotations

from pathlib import Path

import pytest

import vfx_widgets as vfx
from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.cli import main


def test_it_upsamples_beside_the_clip_and_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (64, 36), frames=3)
    assert main(["upsample", str(clip), "--size", "192x108"]) == 0
    output = tmp_path / "clip_192x108.mp4"
    assert inspect_video(output).width == 192
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{output}: 192×108, 3 frames, ")
    assert "clip.mp4" in printed.err, "the progress bar"


def test_the_output_and_the_method_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (64, 36), frames=1)
    output = tmp_path / "large.mp4"
    assert main(["upsample", str(clip), "-o", str(output), "--size", "192x108", "--method", "lanczos"]) == 0
    assert inspect_video(output).height == 108
    assert "lanczos" in capsys.readouterr().out


def test_an_error_is_one_sentence_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upsample", str(tmp_path / "missing.mp4")]) == 1
    assert "There is no file at" in capsys.readouterr().err


def test_several_clips_go_to_a_folder_and_an_error_in_one_is_not_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = [str(make_clip(tmp_path / name, (64, 36), frames=1)) for name in ("a.mp4", "c.mp4")]
    (tmp_path / "large").mkdir()
    arguments = ["upsample", clips[0], str(tmp_path / "b.mp4"), clips[1], "-o", str(tmp_path / "large")]
    assert main([*arguments, "--size", "128x72", "--method", "lanczos"]) == 1
    assert sorted(path.name for path in (tmp_path / "large").iterdir()) == ["a_128x72.mp4", "c_128x72.mp4"]
    assert "There is no file at" in capsys.readouterr().err
    assert main(["upsample", *clips, "-o", str(tmp_path / "missing")]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_a_wrong_size_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["upsample", "clip.mp4", "--size", "big"])
    assert caught.value.code == 2
    assert "like 1280x720" in capsys.readouterr().err


def test_upsample_file_is_public(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", (64, 36), frames=1)
    assert vfx.upsample_file(clip, tmp_path / "out.mp4", (192, 108)) == tmp_path / "out.mp4"
