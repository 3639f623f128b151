"""`upsample_files`: what becomes of each clip, with and without an executor."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.upsamplers import copy_only
from tests.support.video_files import inspect_video, make_clip, make_moving_clip
from vfx_widgets.upsampling import UpsampleError, dispatch, output, task, upsample, upsample_files
from vfx_widgets.upsampling.cores import available_cores
from vfx_widgets.upsampling.executors import UNKNOWN_SLOTS, capacity
from vfx_widgets.upsampling.process import ProcessUpsampler
from vfx_widgets.upsampling.task import Task

SIZE = (128, 72)


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Three clips; the second one is not a video."""
    first = make_clip(tmp_path / "first.mp4", (64, 36), frames=3)
    (tmp_path / "broken.mp4").write_text("not a video")
    third = make_clip(tmp_path / "third.mp4", (64, 36), frames=2)
    return [first, tmp_path / "broken.mp4", third]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "large").mkdir()
    return tmp_path / "large"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Recording(ThreadPoolExecutor):
    """A pool that records its tasks, and can lose some of them.

    Args:
        lose: Whether to lose a task; it runs nevertheless, like that of a worker whose network is cut.
    """

    def __init__(self, lose: Callable[[Task], bool] = lambda task: False) -> None:
        super().__init__(1)
        self.tasks: list[Task] = []
        self._lose = lose

    def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        future = super().submit(function, *arguments, **keywords)
        self.tasks += arguments
        if not self._lose(arguments[0]):
            return future
        lost: Future[Any] = Future()
        lost.set_exception(BrokenExecutor("a worker has gone"))
        return lost


@pytest.mark.parametrize("workers", [0, 2])
def test_a_clip_that_fails_does_not_stop_the_others(clips: list[Path], folder: Path, workers: int) -> None:
    with ThreadPoolExecutor(workers or 1) as pool:
        files = list(upsample_files(clips, folder, SIZE, "lanczos", executor=pool if workers else None))
        assert pool.submit(pow, 2, 3).result() == 8, "it was not shut down"
    found = {file.source.name: file for file in files}
    assert len(files) == len(found) == 3
    assert found["first.mp4"].output == folder / "first_128x72.mp4"
    assert inspect_video(folder / "first_128x72.mp4").frames == 3
    broken = found["broken.mp4"]
    assert broken.output is None
    assert str(broken.error).startswith("broken.mp4 could not be upsampled. ")
    assert "Invalid data" in str(broken.error)
    assert names(folder) == ["first_128x72.mp4", "third_128x72.mp4"]


def test_an_executor_gives_the_same_file_as_this_process(clips: list[Path], folder: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        [file] = upsample_files(clips[:1], folder, SIZE, "lanczos", executor=pool)
    assert file.output is not None
    here = upsample(clips[0], folder / "here.mp4", SIZE, "lanczos")
    assert file.output.read_bytes() == here.read_bytes()


def test_results_go_beside_the_clips_unless_a_folder_is_given(clips: list[Path]) -> None:
    [file] = upsample_files(clips[:1], size=SIZE, method=copy_only)
    assert file.output == clips[0].with_name("first_128x72.mp4")


def test_a_missing_clip_is_reported_like_any_other_failure(folder: Path, tmp_path: Path) -> None:
    with Recording() as pool:
        [file] = upsample_files([tmp_path / "missing.mp4"], folder, executor=pool)
    assert "There is no file at" in str(file.error)


def test_two_clips_with_one_result_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UpsampleError, match=r"a/clip\.mp4 and .*b/clip\.mp4 would both become"):
        upsample_files([tmp_path / "a" / "clip.mp4", tmp_path / "b" / "clip.mp4"], folder)


def test_contents_are_sent_unless_files_are_shared(clips: list[Path], folder: Path) -> None:
    with Recording() as pool:
        list(upsample_files(clips[:1], folder, SIZE, "lanczos", executor=pool))
        files = list(upsample_files(clips[:1], folder, SIZE, "lanczos", executor=pool, shared_files=True))
    sent, shared = pool.tasks
    assert (sent.source, sent.output) == (clips[0].read_bytes(), None)
    assert shared.source == clips[0]
    assert files[0].error is None
    assert names(folder) == ["first_128x72.mp4"]


def test_a_lost_worker_is_replaced_once_and_gives_one_result(clips: list[Path], folder: Path) -> None:
    seen: Counter[str] = Counter()

    def lose_first(task: Task) -> bool:
        seen[task.name] += 1
        return seen[task.name] == 1

    with Recording(lose_first) as pool:
        files = list(upsample_files([clips[0], clips[2]], folder, SIZE, "lanczos", executor=pool))
    assert sorted(file.source.name for file in files if file.error is None) == ["first.mp4", "third.mp4"]
    assert seen == {"first.mp4": 2, "third.mp4": 2}
    assert len({task.attempt for task in pool.tasks}) == 4, "Dask computes equal tasks only once"
    assert names(folder) == ["first_128x72.mp4", "third_128x72.mp4"]


def test_a_worker_lost_twice_is_an_error(clips: list[Path], folder: Path) -> None:
    with Recording(lambda task: task.name == "first.mp4") as pool:
        files = list(upsample_files([clips[0], clips[2]], folder, SIZE, copy_only, executor=pool))
    errors = {file.source.name: str(file.error) for file in files}
    assert "lost more than once. It may have run out of memory" in errors["first.mp4"]
    assert errors["third.mp4"] == "None"
    assert len(pool.tasks) == 3


def test_a_late_result_of_a_lost_worker_leaves_no_file(clips: list[Path], folder: Path) -> None:
    attempts: list[str] = []

    def lose_first(task: Task) -> bool:
        attempts.append(task.attempt)
        return len(attempts) == 1

    with Recording(lose_first) as pool:
        list(upsample_files(clips[:1], folder, SIZE, copy_only, executor=pool, shared_files=True))
    assert names(folder) == ["first_128x72.mp4"]


def test_a_failed_segment_fails_its_clip_once(tmp_path: Path, clips: list[Path], folder: Path) -> None:
    long = make_moving_clip(tmp_path / "long.mp4", (32, 16), frames=500)
    with Recording(lambda task: task.segment is not None) as pool:
        files = list(upsample_files([long, clips[2]], folder, SIZE, "lanczos", executor=pool))
    assert sorted((file.source.name, file.error is None) for file in files) == [
        ("long.mp4", False),
        ("third.mp4", True),
    ]
    assert names(folder) == ["third_128x72.mp4"]


def test_a_task_has_a_deadline(clips: list[Path], folder: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        [file] = upsample_files(clips[:1], folder, SIZE, "lanczos", executor=pool, timeout=0.01)
    [here] = upsample_files(clips[:1], folder, SIZE, "lanczos", timeout=0.01)
    for result in (file, here):
        assert "first.mp4 was not upsampled within 0.01 s." in str(result.error)
    assert names(folder) == []


def test_an_interruption_leaves_finished_files_only(clips: list[Path], folder: Path) -> None:
    release = threading.Event()

    def slow_after_the_first(source: Path, size: tuple[int, int], output: Path) -> None:
        if source.name != "first.mp4":
            release.wait(60)
        copy_only(source, size, output)

    with Recording() as pool:
        with pytest.raises(KeyboardInterrupt):
            for _ in upsample_files(clips, folder, SIZE, slow_after_the_first, executor=pool):
                raise KeyboardInterrupt
        release.set()
        assert pool.submit(str, "the pool is still there").result()
    assert names(folder) == ["first_128x72.mp4"]


def test_a_full_disk_is_named_and_the_others_go_on(
    clips: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    create = output._create_part

    def create_part(path: Path) -> tuple[Path, int]:
        part, mode = create(path)
        if path.name.startswith("first"):
            part.unlink()
            part.symlink_to("/dev/full")
        return part, mode

    monkeypatch.setattr(output, "_create_part", create_part)
    with ThreadPoolExecutor(1) as pool:
        files = list(upsample_files([clips[0], clips[2]], folder, SIZE, "lanczos", executor=pool))
    [full] = [file.error for file in files if file.error]
    assert "No space left on device" in str(full)
    assert "Make room on the disk" in str(full)
    assert names(folder) == ["third_128x72.mp4"]


def test_an_executor_that_was_shut_down_is_an_error(clips: list[Path], folder: Path) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(UpsampleError, match=r"takes no tasks.*Was it shut down"):
        list(upsample_files(clips, folder, executor=pool))


def test_what_waits_is_not_sent_ahead(folder: Path, tmp_path: Path) -> None:
    many = [make_clip(tmp_path / f"{number}.mp4", (32, 16), frames=1) for number in range(12)]
    with Recording() as pool:
        files = upsample_files(many, folder, SIZE, copy_only, executor=pool)
        next(files)
        assert len(pool.tasks) <= dispatch.MIN_WINDOW + 1
        assert len(list(files)) == 11


def test_the_cores_are_divided_among_the_workers(
    clips: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    monkeypatch.setattr(task, "available_cores", lambda: 8)
    run = ProcessUpsampler.run

    def record(self: ProcessUpsampler, *arguments: Any, settings: str, **keywords: Any) -> None:
        used.append(settings)
        run(self, *arguments, settings=settings, **keywords)

    monkeypatch.setattr(ProcessUpsampler, "run", record)
    with ThreadPoolExecutor(4) as pool:
        list(upsample_files(clips[:1], folder, SIZE, "lanczos", executor=pool))
    assert '"threads": 2' in used[0]


def test_a_limit_of_cores_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from vfx_widgets.upsampling import cores

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "_limit", None)
    cores.limit_cores(3)
    assert available_cores(tmp_path) == 3


class Unknown(Executor):
    """An executor that says nothing about itself."""


def test_an_unknown_executor_has_a_machine_for_each_worker() -> None:
    able = capacity(Unknown())
    assert (able.slots, able.per_machine) == (UNKNOWN_SLOTS, 1)
