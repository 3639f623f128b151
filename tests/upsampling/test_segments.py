"""A long clip, made in segments: the same packets as in one run, whatever the executor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import pytest

from tests.support.video_files import make_moving_clip, read_packets
from vfx_widgets.upsampling import upsample, upsample_files
from vfx_widgets.upsampling.segments import find_cuts

SIZE = (128, 72)
FRAMES = 810
# Key frames every 50 frames, at least 240 frames in each segment.
STARTS = [250, 500]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_moving_clip(tmp_path_factory.mktemp("long") / "long.mp4", frames=FRAMES, sound="aac")


def upsample_split(clip: Path, folder: Path, method: str = "lanczos") -> Path:
    folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        [result] = upsample_files([clip], folder, SIZE, method, executor=pool)
    assert result.error is None
    assert result.output is not None
    return result.output


def first_times(clip: Path) -> list[int]:
    with av.open(str(clip)) as file:
        step = int(1 / (24 * file.streams.video[0].time_base))  # type: ignore[operator]
    return [start * step for start in STARTS]


@pytest.mark.parametrize("method", ["lanczos", "learned"])
def test_the_packets_are_those_of_a_run_of_the_whole_clip(long_clip: Path, tmp_path: Path, method: str) -> None:
    whole = upsample(long_clip, tmp_path / "whole.mp4", SIZE, method)
    split = upsample_split(long_clip, tmp_path / "split", method)
    assert find_cuts(long_clip).starts == first_times(long_clip), "it was cut"
    video = read_packets(whole, "video")
    assert len(video) == FRAMES
    assert read_packets(split, "video") == video
    assert read_packets(split, "audio") == read_packets(whole, "audio") == read_packets(long_clip, "audio")
    assert split.read_bytes() == whole.read_bytes()


def test_the_joined_file_has_the_timestamps_of_the_clip_and_its_index_first(long_clip: Path, tmp_path: Path) -> None:
    split = upsample_split(long_clip, tmp_path / "split")
    assert sorted(time for time, *_ in read_packets(split, "video")) == sorted(
        time for time, *_ in read_packets(long_clip, "video")
    )
    content = split.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_joint_is_no_more_visible_than_the_frames_beside_it(long_clip: Path, tmp_path: Path) -> None:
    split = upsample_split(long_clip, tmp_path / "split")
    expected = decoded(long_clip, SIZE)
    errors = [
        sum(abs(a - b) for a, b in zip(made, wanted, strict=True)) / len(made)
        for made, wanted in zip(decoded(split, SIZE), expected, strict=True)
    ]
    assert len(errors) == FRAMES
    for start in STARTS:
        beside = [*errors[start - 20 : start - 2], *errors[start + 2 : start + 20]]
        # A frame that is not the right one differs several times as much.
        assert max(errors[start - 1], errors[start]) <= 1.5 * max(beside)


def decoded(clip: Path, size: tuple[int, int]) -> list[bytes]:
    """Luma of all frames around the joints, and nothing of the others."""
    with av.open(str(clip)) as file:
        return [
            bytes(frame.reformat(*size, "gray").planes[0])
            if any(abs(number - start) <= 20 for start in STARTS)
            else b"."
            for number, frame in enumerate(file.decode(video=0))
        ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pcm.mkv", {"sound": "pcm_s16le"}),
        ("variable.mp4", {"time": lambda number: 10 * number if number < 500 else 5000 + 100 * (number - 500)}),
    ],
)
def test_other_clips_are_joined_without_a_difference_too(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    clip = make_moving_clip(tmp_path / name, frames=750, key_interval=250, **options)
    assert len(find_cuts(clip).starts) == 2
    whole = upsample(clip, tmp_path / "whole.mp4", SIZE, "lanczos")
    split = upsample_split(clip, tmp_path / "split")
    assert read_packets(split, "video") == read_packets(whole, "video")
    if options.get("sound"):
        assert read_packets(split, "audio") == read_packets(whole, "audio") != []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("open.mp4", {"x264-params": "open-gop=1"}),
        ("healing.mp4", {"x264-params": "intra-refresh=1"}),
        ("unindexed.ts", {}),
    ],
)
def test_a_clip_is_cut_only_where_decoding_can_start(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    clip = make_moving_clip(tmp_path / name, (32, 16), frames=500, options=options)
    assert find_cuts(clip).starts == []


def test_a_short_clip_is_not_cut(tmp_path: Path) -> None:
    assert find_cuts(make_moving_clip(tmp_path / "clip.mp4", (32, 16), frames=479, key_interval=10)).starts == []
