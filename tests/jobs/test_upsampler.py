"""Upsamplers with a sandbox, over a real socket."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.captured_exchange import SOURCE_ID
from tests.support.jobs import MakeUpsampler, wait_for_state
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
from vfx_widgets.jobs.download import DownloadDirectory

UNKNOWN_CLIP = SOURCE_ID  # of the capture


async def test_a_clip_is_upsampled_to_a_1080p_file(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler, tmp_path: Path
) -> None:
    gate.open()
    job = make_upsampler().submit(sandbox.media_ids[0])
    video = await job
    assert video.path == tmp_path / "files" / "old_map_upsampled.mp4", "named after the clip"
    assert video.path.read_bytes() == gate.result.read_bytes()
    assert (video.width, video.height, video.size) == (1920, 1080, gate.result.stat().st_size)
    assert video.duration == pytest.approx(2 / 24, abs=0.02)
    assert video.source_media_id == sandbox.media_ids[0]
    assert MediaId.parse(video.media_id).is_upsampled


async def test_the_status_goes_from_pending_to_active_to_successful(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    job = make_upsampler().submit(sandbox.media_ids[0])
    statuses, states = [], []
    async for snapshot in job.events():
        statuses.append(snapshot.status.rpartition("_")[2])
        states.append(snapshot.state)
        if statuses[-1] == "ACTIVE":
            gate.open()
    assert [status for status in dict.fromkeys(statuses) if status] == ["PENDING", "ACTIVE", "SUCCESSFUL"]
    assert list(dict.fromkeys(states))[-3:] == [JobState.RUNNING, JobState.DOWNLOADING, JobState.DONE]


def test_result_blocks_until_the_video_is_there(sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler) -> None:
    job = make_upsampler().submit(sandbox.media_ids[0])
    with pytest.raises(TimeoutError, match="the job continues"):
        job.result(timeout=0.01)
    gate.open()
    assert job.result(timeout=60).path.exists()


async def test_submit_can_be_called_from_any_thread(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    up = make_upsampler()
    jobs = []
    thread = threading.Thread(target=lambda: jobs.append(up.submit(sandbox.media_ids[0])))
    thread.start()
    thread.join()
    gate.open()
    assert (await jobs[0]).path.exists()


async def test_a_second_result_does_not_overwrite_the_first(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler()
    first = await up.submit(sandbox.media_ids[0])
    second = await up.submit(sandbox.media_ids[0])
    assert second.path.name == f"{first.path.stem} (2).mp4"
    assert second.path.read_bytes() == first.path.read_bytes()


async def test_only_the_video_is_left_in_the_folder(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    video = await make_upsampler().submit(sandbox.media_ids[0])
    assert list(video.path.parent.iterdir()) == [video.path]


async def test_a_clip_that_is_submitted_twice_has_one_job(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    up = make_upsampler()
    first, second, again = sandbox.media_ids[0], sandbox.media_ids[1], sandbox.media_ids[0]
    jobs = up.submit_all([first, second, again])
    assert [job.media_id.text for job in jobs] == [first, second]
    assert up.submit(first) is jobs[0]
    gate.open()
    assert len({(await job).path for job in jobs}) == 2


async def test_an_invalid_media_id_in_a_list_is_refused_before_anything_is_submitted(
    sandbox: Sandbox, make_upsampler: MakeUpsampler
) -> None:
    up = make_upsampler()
    with pytest.raises(MediaIdError, match="cut off: 161 of 162"):
        up.submit_all([sandbox.media_ids[0], sandbox.media_ids[1][:-1]])
    assert up.jobs == ()


async def test_an_unknown_clip_fails(sandbox: Sandbox, make_upsampler: MakeUpsampler) -> None:
    job = make_upsampler().submit(UNKNOWN_CLIP)
    with pytest.raises(NotFound, match="Clip not found"):
        await job
    assert job.state is JobState.FAILED


async def test_a_job_with_a_wrong_token_waits_and_continues_with_another(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler(token="ya29.not-the-right-one")
    job = up.submit(sandbox.media_ids[0])
    with pytest.raises(TokenExpired, match="No job is lost"):
        await job
    assert job.state is JobState.NEEDS_TOKEN
    up.token = sandbox.token
    assert (await job).path.exists()


async def test_events_can_follow_a_job_that_stops_and_continues(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler(token="ya29.not-the-right-one")
    states = []
    async for snapshot in up.submit(sandbox.media_ids[0]).events(follow=True):
        states.append(snapshot.state)
        if snapshot.state is JobState.NEEDS_TOKEN:
            up.token = sandbox.token
    assert JobState.NEEDS_TOKEN in states
    assert states[-1] is JobState.DONE


async def test_a_sandbox_that_stops_detaches_its_jobs(
    gate: Gate, make_upsampler: MakeUpsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.jobs.poller.MAX_CONSECUTIVE_TIMEOUTS", 2)
    with Sandbox(upsample=gate) as sandbox:
        job = make_upsampler(sandbox.base_url, token=sandbox.token).submit(sandbox.media_ids[0])
        await wait_for_state(job, JobState.RUNNING)
        gate.open()
    with pytest.raises(ConnectionFailed, match=r"No connection to 127\.0\.0\.1.*names were kept.*Resume the job"):
        await job
    assert job.state is JobState.DETACHED
    assert job.operation_name


async def test_a_detached_job_can_be_resumed(sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler) -> None:
    job = make_upsampler().submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    await asyncio.wrap_future(job.detach())
    assert job.state is JobState.DETACHED
    with pytest.raises(Detached, match=r"Tracking stopped\. The operation may still be running"):
        await job
    gate.open()
    job.resume()
    assert (await job).path.exists()


async def test_a_file_of_the_source_size_is_not_a_result(
    clip_360p: Path, make_upsampler: MakeUpsampler, tmp_path: Path
) -> None:
    def copy_source_size(source: Path, size: tuple[int, int], output: Path) -> None:
        shutil.copyfile(clip_360p, output)

    with Sandbox(upsample=copy_source_size) as sandbox:
        job = make_upsampler(sandbox.base_url, token=sandbox.token).submit(sandbox.media_ids[0])
        with pytest.raises(NotUpsampled, match="640×360 pixels"):
            await job
        assert job.video is None
        assert [path.name[-20:] for path in (tmp_path / "files").iterdir()] == ["led_only_640x360.mp4"]


@pytest.mark.parametrize(
    ("media_id", "message"),
    [
        ("", "No media ID entered"),
        ("hello", "not a media ID: 'hello'"),
        (UNKNOWN_CLIP[:161], "161 of 162"),
    ],
)
def test_an_invalid_media_id_is_refused(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, media_id: str, message: str
) -> None:
    up = make_upsampler()
    with pytest.raises(MediaIdError, match=message):
        up.submit(media_id)
    assert up.jobs == ()


async def test_the_media_id_of_a_result_is_refused(sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler) -> None:
    gate.open()
    up = make_upsampler()
    video = await up.submit(sandbox.media_ids[0])
    with pytest.raises(MediaIdError, match="already upsampled"):
        up.submit(video.media_id)


def test_without_a_token_nothing_is_submitted_to_labs() -> None:
    up = Upsampler("labs")
    with pytest.raises(TokenError, match="No token set for labs"):
        up.submit(UNKNOWN_CLIP)


def test_a_download_folder_that_is_a_file_is_refused_before_anything_is_submitted(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    up = make_upsampler(downloads=tmp_path / "file")
    with pytest.raises(DirectoryError, match="is a file, not a folder"):
        up.submit(sandbox.media_ids[0])
    assert up.jobs == ()


def test_a_read_only_download_folder_is_refused_before_anything_is_submitted(
    sandbox: Sandbox, make_upsampler: MakeUpsampler
) -> None:
    up = make_upsampler(downloads=Path("/proc/vfx"))  # read-only for root as well
    with pytest.raises(DirectoryError, match=r"read-only|can't be used"):
        up.submit(sandbox.media_ids[0])


def test_a_full_disk_is_refused_before_anything_is_submitted(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.jobs.download.MIN_FREE_SPACE", 1 << 60)
    with pytest.raises(DirectoryError, match="MB left"):
        make_upsampler().submit(sandbox.media_ids[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "veo_9"}, "Unknown model 'veo_9'"),
        ({"aspect_ratio": "square"}, "Unknown aspect ratio 'square'"),
        ({"model": "veo_2_1080p_upsampler_8s", "aspect_ratio": "portrait"}, "landscape clips only"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": True}, "seed is True, which is not a whole number"),
        ({"seed": 1.5}, r"seed is 1\.5, which is not a whole number"),
        ({"seed": "7"}, "seed is '7', which is not a whole number"),
        ({"aspect_ratio": 7}, "aspect_ratio is 7, which is not text"),
        ({"aspect_ratio": ["landscape"]}, "aspect_ratio is .*, which is not text"),
        ({"aspect_ratio": None}, "aspect_ratio is None, which is not text"),
        ({"model": 7}, "model is 7, which is not text"),
        ({"model": ["veo"]}, "model is .*, which is not text"),
    ],
)
def test_an_invalid_option_is_refused(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make_upsampler().submit(sandbox.media_ids[0], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("media_ids", [None, 7, b"CAUS"])
def test_what_is_no_list_of_media_ids_is_refused(make_upsampler: MakeUpsampler, media_ids: Any) -> None:
    with pytest.raises(InputError, match=r"media_ids is .*, not text or a list of media IDs"):
        make_upsampler().submit_all(media_ids)


def test_submit_all_accepts_one_media_id(sandbox: Sandbox, make_upsampler: MakeUpsampler) -> None:
    up = make_upsampler()
    up.pause()
    (job,) = up.submit_all(sandbox.media_ids[0])
    assert up.submit_all(MediaId.parse(sandbox.media_ids[0])) == [job]  # type: ignore[arg-type]


def test_an_unknown_service_is_refused_with_a_list_of_known_ones() -> None:
    with pytest.raises(InputError, match="'labs', 'sandbox', or an address"):
        Upsampler("lab")


def test_a_token_is_never_sent_unencrypted_to_another_machine() -> None:
    with pytest.raises(InputError, match="unencrypted"):
        Upsampler("http://192.0.2.1:80", "ya29.something-long-enough")


def test_without_a_token_the_sandbox_is_selected_and_with_one_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Upsampler().is_sandbox
    assert Upsampler(token="ya29.something-long-enough").service_name == "labs"
    monkeypatch.setenv("VFX_TOKEN", "Bearer ya29.something-long-enough")
    up = Upsampler()
    assert (up.service_name, up.has_token, up.sample_media_ids) == ("labs", True, ())


async def test_a_closed_upsampler_accepts_no_clips(sandbox: Sandbox, make_upsampler: MakeUpsampler) -> None:
    up = make_upsampler()
    job = up.submit(sandbox.media_ids[0])
    await asyncio.to_thread(up.close)
    assert job.state in (JobState.DETACHED, JobState.NOT_SUBMITTED)
    with pytest.raises(InputError, match="closed"):
        up.submit(sandbox.media_ids[0])


async def test_the_download_folder_is_checked_once_per_batch(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[DownloadDirectory] = []
    check = DownloadDirectory.check

    def count(directory: DownloadDirectory) -> None:
        checks.append(directory)
        check(directory)

    monkeypatch.setattr(DownloadDirectory, "check", count)
    gate.open()
    for job in make_upsampler().submit_all(sandbox.media_ids):
        await job
    assert len(checks) == 1


def test_submit_all_of_nothing_submits_nothing(make_upsampler: MakeUpsampler) -> None:
    assert make_upsampler().submit_all([]) == []


@pytest.mark.parametrize(
    ("state", "label"),
    [("queued", "Waiting"), ("needs_token", "Needs a token"), ("detached", "Not tracked"), ("not_saved", "Not saved")],
)
def test_a_state_has_a_label_for_people(state: str, label: str) -> None:
    assert JobState(state).label == label
