"""Clips go in and files come out, over a real socket."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from tests.jobs.conftest import Connect
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, MediaId, Sandbox, Upsampler
from vfx_widgets.errors import (
    ConnectionFailed,
    Detached,
    DirectoryError,
    InputError,
    MediaIdError,
    NotFound,
    NotUpsampled,
    TokenError,
    TokenExpired,
)

UNKNOWN_CLIP = (
    "CAUSJDcwYTZiYWI5LWZiNTAtNDI3MS1hNTY4LTJkMWQ5ZGExZjBkMBokZTc3MGZmMzMtNGQzZC00YTVjLWIzMGUtYTM0YTExNzI0OTQ0"
    "IgNDQUUqJDhmYmNkYmU2LTc4NGYtNDRjNy1iMWQxLWQ3N2E1NWQyY2ZhMQ"
)


def start_of(job_states: list[JobState]) -> list[JobState]:
    """The states in their order, each once."""
    return list(dict.fromkeys(job_states))


async def test_a_clip_becomes_a_1080p_file(sandbox: Sandbox, gate: Gate, connect: Connect, tmp_path: Path) -> None:
    gate.open()
    job = connect(sandbox).submit(sandbox.media_ids[0])
    video = await job
    assert video.path.parent == tmp_path / "upsampled"
    assert video.path.read_bytes() == gate.result.read_bytes()
    assert (video.width, video.height, video.size) == (1920, 1080, gate.result.stat().st_size)
    assert video.duration == pytest.approx(2 / 24, abs=0.02)
    assert video.source_media_id == sandbox.media_ids[0]
    assert MediaId.parse(video.media_id).is_upsampled


async def test_the_status_goes_from_pending_to_active_to_successful(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    job = connect(sandbox).submit(sandbox.media_ids[0])
    statuses, states = [], []
    async for event in job.events():
        statuses.append(event.status.rpartition("_")[2])
        states.append(event.state)
        if statuses[-1] == "ACTIVE":
            gate.open()
    assert [status for status in dict.fromkeys(statuses) if status] == ["PENDING", "ACTIVE", "SUCCESSFUL"]
    assert start_of(states)[-3:] == [JobState.RUNNING, JobState.DOWNLOADING, JobState.DONE]


def test_result_blocks_until_the_video_is_there(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    job = connect(sandbox).submit(sandbox.media_ids[0])
    with pytest.raises(TimeoutError, match="the job goes on"):
        job.result(timeout=0.01)
    gate.open()
    assert job.result(timeout=60).path.exists()


async def test_submit_returns_at_once_and_from_any_thread(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    up = connect(sandbox)
    jobs = []
    thread = threading.Thread(target=lambda: jobs.append(up.submit(sandbox.media_ids[0])))
    thread.start()
    thread.join()
    gate.open()
    assert (await jobs[0]).path.exists()


async def test_a_second_result_never_takes_the_name_of_the_first(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    gate.open()
    up = connect(sandbox)
    first = await up.submit(sandbox.media_ids[0])
    second = await up.submit(sandbox.media_ids[0])
    assert second.path.name == f"{first.path.stem} (2).mp4"
    assert second.path.read_bytes() == first.path.read_bytes()


async def test_nothing_but_the_video_is_left_in_the_folder(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    gate.open()
    video = await connect(sandbox).submit(sandbox.media_ids[0])
    assert list(video.path.parent.iterdir()) == [video.path]


async def test_the_same_clip_twice_is_one_job(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    up = connect(sandbox)
    first, second, again = sandbox.media_ids[0], sandbox.media_ids[1], sandbox.media_ids[0]
    jobs = up.submit_all([first, second, again])
    assert [job.media_id.text for job in jobs] == [first, second]
    assert up.submit(first) is jobs[0]
    gate.open()
    assert len({(await job).path for job in jobs}) == 2


async def test_one_bad_id_in_a_list_stops_the_list_before_anything_is_sent(sandbox: Sandbox, connect: Connect) -> None:
    up = connect(sandbox)
    with pytest.raises(MediaIdError, match="cut off: 161 of 162"):
        up.submit_all([sandbox.media_ids[0], sandbox.media_ids[1][:-1]])
    assert up.jobs == ()


async def test_an_unknown_clip_fails_with_the_services_words(sandbox: Sandbox, connect: Connect) -> None:
    job = connect(sandbox).submit(UNKNOWN_CLIP)
    with pytest.raises(NotFound, match="does not know this clip"):
        await job
    assert job.state is JobState.FAILED


async def test_a_wrong_token_pauses_the_job_and_a_right_one_goes_on(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    gate.open()
    up = connect(sandbox, token="ya29.not-the-right-one")
    job = up.submit(sandbox.media_ids[0])
    with pytest.raises(TokenExpired, match="No job is lost"):
        await job
    assert job.state is JobState.NEEDS_TOKEN
    up.token = sandbox.token
    assert (await job).path.exists()


async def test_events_can_be_followed_through_a_pause(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    gate.open()
    up = connect(sandbox, token="ya29.not-the-right-one")
    states = []
    async for event in up.submit(sandbox.media_ids[0]).events(follow=True):
        states.append(event.state)
        if event.state is JobState.NEEDS_TOKEN:
            up.token = sandbox.token
    assert JobState.NEEDS_TOKEN in states
    assert states[-1] is JobState.DONE


async def test_a_sandbox_that_stops_in_mid_job_is_a_sentence_and_the_job_can_go_on(
    gate: Gate, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.jobs.poller._MOST_SILENCE", 2)
    with Sandbox(upsample=gate) as sandbox:
        job = connect(sandbox).submit(sandbox.media_ids[0])
        async for event in job.events():
            if event.state is JobState.RUNNING:
                break
        gate.open()
    with pytest.raises(ConnectionFailed, match=r"No connection to 127\.0\.0\.1.*names were kept.*Resume the job"):
        await job
    assert job.state is JobState.DETACHED
    assert job.operation_name


async def test_stop_watching_lets_go_and_resume_finds_the_operation(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    job = connect(sandbox).submit(sandbox.media_ids[0])
    async for event in job.events():
        if event.state is JobState.RUNNING:
            job.detach()
    assert job.state is JobState.DETACHED
    with pytest.raises(Detached, match="operation goes on"):
        await job
    gate.open()
    job.resume()
    assert (await job).path.exists()


async def test_an_upsampler_of_the_source_size_is_not_taken_for_a_result(
    clip_360p: Path, connect: Connect, tmp_path: Path
) -> None:
    def lazy(source: Path, size: tuple[int, int], output: Path) -> None:
        shutil.copyfile(clip_360p, output)

    with Sandbox(upsample=lazy) as sandbox:
        job = connect(sandbox).submit(sandbox.media_ids[0])
        with pytest.raises(NotUpsampled, match="640×360 pixels"):
            await job
        assert job.video is None
        assert [path.name[-20:] for path in (tmp_path / "upsampled").iterdir()] == ["led_only_640x360.mp4"]


@pytest.mark.parametrize(
    ("media_id", "says"),
    [
        ("", "There is no media ID"),
        ("hello", "not a media ID: 'hello'"),
        (UNKNOWN_CLIP[:161], "161 of 162"),
    ],
)
def test_a_bad_media_id_is_refused_at_once(sandbox: Sandbox, connect: Connect, media_id: str, says: str) -> None:
    up = connect(sandbox)
    with pytest.raises(MediaIdError, match=says):
        up.submit(media_id)
    assert up.jobs == ()


async def test_a_result_is_not_upsampled_again(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    gate.open()
    up = connect(sandbox)
    video = await up.submit(sandbox.media_ids[0])
    with pytest.raises(MediaIdError, match="already upsampled"):
        up.submit(video.media_id)


def test_without_a_token_nothing_is_sent_to_labs() -> None:
    up = Upsampler("labs")
    with pytest.raises(TokenError, match="no token for labs"):
        up.submit(UNKNOWN_CLIP)


def test_a_folder_that_is_a_file_is_said_before_anything_is_sent(
    sandbox: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    up = connect(sandbox, folder=tmp_path / "file")
    with pytest.raises(DirectoryError, match="is a file, not a folder"):
        up.submit(sandbox.media_ids[0])
    assert up.jobs == ()


def test_a_read_only_folder_is_said_before_anything_is_sent(sandbox: Sandbox, connect: Connect) -> None:
    up = connect(sandbox, folder=Path("/proc/vfx"))  # read-only for root as well
    with pytest.raises(DirectoryError, match=r"read-only|can't be used"):
        up.submit(sandbox.media_ids[0])


def test_a_full_disk_is_said_before_anything_is_sent(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.jobs.download._ROOM", 1 << 60)
    with pytest.raises(DirectoryError, match="MB left"):
        connect(sandbox).submit(sandbox.media_ids[0])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"model": "veo_9"}, "no model 'veo_9'"),
        ({"aspect_ratio": "square"}, "no aspect ratio 'square'"),
        ({"model": "veo_2_1080p_upsampler_8s", "aspect_ratio": "portrait"}, "landscape clips only"),
        ({"seed": -1}, "can't be a seed"),
    ],
)
def test_a_wrong_option_is_refused_at_once(
    sandbox: Sandbox, connect: Connect, wrong: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        connect(sandbox).submit(sandbox.media_ids[0], **wrong)  # type: ignore[arg-type]


def test_an_unknown_service_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(InputError, match="'labs', 'sandbox', or an address"):
        Upsampler("lab")


def test_a_token_is_never_sent_unencrypted_to_another_machine() -> None:
    with pytest.raises(InputError, match="unencrypted"):
        Upsampler("http://192.0.2.1:80", "ya29.something-long-enough")


def test_without_a_token_the_sandbox_is_chosen_and_with_one_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Upsampler().is_sandbox
    assert Upsampler(token="ya29.something-long-enough").service_name == "labs"
    monkeypatch.setenv("VFX_TOKEN", "Bearer ya29.something-long-enough")
    up = Upsampler()
    assert (up.service_name, up.has_token, up.sample_media_ids) == ("labs", True, ())


async def test_a_closed_upsampler_takes_no_more_clips(sandbox: Sandbox, connect: Connect) -> None:
    up = connect(sandbox)
    job = up.submit(sandbox.media_ids[0])
    await asyncio.to_thread(up.close)
    assert job.state in (JobState.DETACHED, JobState.NOT_SUBMITTED)
    with pytest.raises(InputError, match="closed"):
        up.submit(sandbox.media_ids[0])
