"""The MP4 header is parsed, and incomplete files are detected."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.video_files import make_moving_clip
from vfx_widgets.errors import BrokenDownload
from vfx_widgets.jobs.mp4 import read_info
from vfx_widgets.sandbox import Sandbox


def test_size_duration_and_codec_are_parsed(clip_1080p: Path) -> None:
    info = read_info(clip_1080p)
    assert (info.width, info.height, info.codec) == (1920, 1080, "avc1")
    assert info.duration == pytest.approx(2 / 24, abs=0.02)


@pytest.mark.parametrize(("interval", "rate"), [(None, 24), (40, 25), (33, 30)])
def test_the_frame_rate_is_that_of_most_frames(tmp_path: Path, interval: int | None, rate: int) -> None:
    times = None if interval is None else lambda number: number * interval + 3 * (number == 5)
    clip = make_moving_clip(tmp_path / "clip.mp4", frames=12, time=times)
    assert read_info(clip).frame_rate == pytest.approx(rate, rel=0.02)


def test_the_bundled_clips_have_640x360_pixels_and_a_few_seconds() -> None:
    sandbox = Sandbox()
    for media_id in sandbox.media_ids:
        path = sandbox.source_path(media_id)
        assert path is not None
        info = read_info(path)
        assert (info.width, info.height) == (640, 360)
        assert 3 <= info.duration <= 4.1
        assert path.stat().st_size < 400_000


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def header_only(clip: Path) -> bytes:
    """Return a clip without the box that has its frames."""
    content = clip.read_bytes()
    start = content.index(b"mdat") - 4
    end = start + int.from_bytes(content[start : start + 4], "big")
    return content[:start] + content[end:]


def test_a_file_without_video_data_is_refused(clip_1080p: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    for ending in (b"", box(b"mdat", b"")):
        path.write_bytes(header_only(clip_1080p) + ending)
        with pytest.raises(BrokenDownload, match="no video data"):
            read_info(path)


def test_a_file_whose_index_refers_to_other_bytes_is_refused(clip_1080p: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(header_only(clip_1080p) + box(b"mdat", bytes(range(100))))
    with pytest.raises(BrokenDownload, match="refers to bytes that are not video data"):
        read_info(path)


def test_a_file_whose_video_data_are_zeros_is_refused(clip_1080p: Path, tmp_path: Path) -> None:
    content = bytearray(clip_1080p.read_bytes())
    start = content.index(b"mdat") + 4
    size = int.from_bytes(content[start - 8 : start - 4], "big") - 8
    content[start : start + size] = bytes(size)
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(BrokenDownload, match="video data is empty"):
        read_info(path)


@pytest.mark.parametrize("table", [b"stsz", b"stco", b"stsc"])
def test_a_file_with_an_empty_sample_table_is_refused(clip_1080p: Path, tmp_path: Path, table: bytes) -> None:
    content = bytearray(clip_1080p.read_bytes())
    start = content.index(table) + 4
    content[start : start + 12] = bytes(12)
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(BrokenDownload, match="no video frames"):
        read_info(path)


@given(size=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_truncated_file_is_refused(clip_1080p: Path, tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    content = clip_1080p.read_bytes()
    path = tmp_path_factory.getbasetemp() / "truncated.mp4"
    path.write_bytes(content[: min(size, len(content) - 1)])
    with pytest.raises(BrokenDownload):
        read_info(path)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_raises_no_unexpected_error(
    clip_1080p: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(clip_1080p.read_bytes())
    for position, value in changes:
        content[position % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.mp4"
    path.write_bytes(content)
    try:
        info = read_info(path)
    except BrokenDownload:
        return
    assert info.width > 0
    assert info.height > 0
