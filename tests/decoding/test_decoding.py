"""Frames are decoded in a separate process, which may crash, hang or be missing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.support.video_files import make_audio_file, make_clip, make_image
from vfx_widgets.child_environment import child_environment
from vfx_widgets.decoding import Undecodable, check_key_frames, displayed_size, program, save_poster
from vfx_widgets.decoding.process import DecoderProcess
from vfx_widgets.upsampling import UpsampleError, containers, upsample


@pytest.fixture
def decoder() -> Iterator[DecoderProcess]:
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


def without_key_frame(path: Path, number: int) -> Path:
    """Overwrite the data of a key frame with zeros."""
    with av.open(str(path)) as clip:
        packets = [
            (packet.pos or 0, packet.size) for packet in clip.demux(video=0) if packet.is_keyframe and packet.size
        ]
    position, size = packets[number]
    content = bytearray(path.read_bytes())
    content[position : position + size] = bytes(size)
    path.write_bytes(content)
    return path


def test_the_key_frames_of_a_video_have_its_size(clip_1080p: Path) -> None:
    assert check_key_frames(clip_1080p) == (1920, 1080)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_video_without_the_data_of_its_first_middle_or_last_key_frame_is_refused(tmp_path: Path, number: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=30, key_interval=10)
    assert check_key_frames(clip) == (320, 180)
    with pytest.raises(Undecodable):
        check_key_frames(without_key_frame(clip, number))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_image, "is an image, not a video"),
        (make_audio_file, "has audio, but no video track"),
    ],
)
def test_another_kind_of_file_is_refused_with_the_reason(tmp_path: Path, make: object, reason: str) -> None:
    assert callable(make)
    with pytest.raises(Undecodable, match=reason):
        displayed_size(make(tmp_path / ("image.png" if make is make_image else "audio.m4a")))


def test_a_missing_file_is_undecodable(tmp_path: Path) -> None:
    with pytest.raises(Undecodable, match="cannot be read"):
        check_key_frames(tmp_path / "missing.mp4")


def test_a_name_with_line_breaks_and_quotes_is_passed_unchanged(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    odd = clip.rename(tmp_path / 'a\n"b" é.mp4')
    assert displayed_size(odd) == (320, 180)


def test_a_poster_is_a_jpeg(tmp_path: Path, clip_360p: Path) -> None:
    save_poster(clip_360p, tmp_path / "poster.jpg")
    assert (tmp_path / "poster.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


def test_nothing_is_decoded_in_this_process(clip_360p: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from vfx_widgets.jobs.download import check_video;"
        "from vfx_widgets.sandbox.probe import poster, probe_size; file = Path(sys.argv[1]);"
        "print(check_video(file).width, *probe_size(file), poster(file)[:2].hex(), 'av' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(clip_360p)], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["640", "640", "360", "ffd8", "False"]


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_crash_of_the_decoder_is_an_error_and_the_next_file_is_decoded(
    decoder: DecoderProcess, clip_360p: Path, tmp_path: Path
) -> None:
    decoder.call("check_key_frames", str(clip_360p))
    assert decoder.pid is not None
    os.mkfifo(tmp_path / "pipe.mp4")  # the decoder waits for somebody who writes to it
    pid = decoder.pid
    with (
        subprocess.Popen(["/bin/sh", "-c", f"exec 3>'{tmp_path}/pipe.mp4'; kill -SEGV {pid}"]),
        pytest.raises(Undecodable, match="the decoder crashed"),
    ):
        decoder.call("check_key_frames", str(tmp_path / "pipe.mp4"))
    assert decoder.call("check_key_frames", str(clip_360p)) == [640, 360]
    assert decoder.pid != pid


@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_a_decoder_that_takes_too_long_is_killed(
    decoder: DecoderProcess, clip_360p: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder.call("check_key_frames", str(clip_360p))
    monkeypatch.setattr("vfx_widgets.decoding.process.TIMEOUT", 0.2)
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(Undecodable, match="took too long"):
        decoder.call("check_key_frames", str(tmp_path / "pipe.mp4"))


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_decoder_that_has_ended_before_a_request_is_started_again(decoder: DecoderProcess, clip_360p: Path) -> None:
    for _ in range(2):
        assert decoder.call("check_key_frames", str(clip_360p)) == [640, 360]
        assert decoder.pid is not None
        os.kill(decoder.pid, signal.SIGTERM)
        os.waitid(os.P_PID, decoder.pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_the_decoder_ends_with_the_process_that_started_it(clip_360p: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    code = (
        "import sys; from pathlib import Path; from vfx_widgets.decoding import process;"
        "process.check_key_frames(Path(sys.argv[1])); print(process._decoder.pid, flush=True);"
        "process.check_key_frames(Path(sys.argv[2]))"  # never ends
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(clip_360p), str(tmp_path / "pipe.mp4")], stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        pid = int(kernel.stdout.readline())
        kernel.send_signal(signal.SIGKILL)
    for _ in range(3000):
        if not _is_running(pid):
            return
        time.sleep(0.01)
    raise AssertionError("it is still running")


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clip.mp4", "ffconcat version 1.0\nfile 'other.mp4'\n"),
        ("clip.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n"),
    ],
)
def test_a_playlist_opens_no_other_files(tmp_path: Path, clip_360p: Path, name: str, content: str) -> None:
    shutil.copy(clip_360p, tmp_path / "other.mp4")
    (tmp_path / name).write_text(content)
    with pytest.raises(Undecodable, match="cannot be read as a video"):
        displayed_size(tmp_path / name)
    with pytest.raises(UpsampleError, match="a playlist of other files"):
        upsample(tmp_path / name, tmp_path / "large.mp4", (64, 36), "lanczos")


def test_both_processes_read_the_same_formats() -> None:
    assert program.CONTAINERS == containers.CONTAINERS


def test_the_processes_do_not_get_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_TOKEN", "ya29.c4nary-t0ken")
    monkeypatch.setenv("PYTHONINSPECT", "1")
    environment = child_environment()
    assert {"VFX_TOKEN", "PYTHONINSPECT"}.isdisjoint(environment)
    assert environment["PATH"] == os.environ["PATH"]


def test_a_clip_is_upsampled_whatever_the_environment_says(
    tmp_path: Path, clip_360p: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONINSPECT", "1")

    def make() -> None:
        upsample(clip_360p, tmp_path / "large.mp4", (64, 36), "lanczos")

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "the process ends with its program"


def test_lines_of_startup_files_are_not_taken_for_answers(
    tmp_path: Path, clip_360p: Path, decoder: DecoderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('Welcome')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert decoder.call("displayed_size", str(clip_360p)) == [640, 360]
