"""`upsample_files` on real executors, one of whose worker processes is killed in the middle of a clip."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import distributed
import loky
import pytest

from tests.support.killed_worker import wait_to_be_killed_once
from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.upsampling import upsample_files
from vfx_widgets.upsampling.executors import Capacity, capacity

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses FIFOs and signals")

SIZE = (128, 72)
NAMES = ["first.mp4", "second.mp4", "third.mp4"]


@contextmanager
def process_pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


@contextmanager
def loky_pool() -> Iterator[Executor]:
    pool = loky.ProcessPoolExecutor(2)
    try:
        yield pool
    finally:
        pool.shutdown(kill_workers=True)


@contextmanager
def dask() -> Iterator[Executor]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        yield executor
        # A pool is broken by the death of a process; a cluster goes on.
        assert executor.submit(pow, 2, 3).result(60) == 8, "it was not shut down"


@pytest.mark.parametrize("executor", [process_pool, loky_pool, dask])
def test_nothing_is_lost_when_a_worker_is_killed_in_the_middle_of_a_clip(executor: Any, tmp_path: Path) -> None:
    clips = [make_clip(tmp_path / name, (64, 36), frames=count) for count, name in enumerate(NAMES, 2)]
    folder, pids = tmp_path / "large", tmp_path / "pids"
    folder.mkdir()
    os.mkfifo(pids)
    method = partial(wait_to_be_killed_once, tmp_path / "marker", pids)

    def kill() -> None:
        os.kill(int(pids.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with executor() as workers:
        assert capacity(workers) == Capacity(slots=2, per_machine=2)
        files = list(upsample_files(clips, folder, SIZE, method, executor=workers))
    killer.join()
    assert [file.error for file in files] == [None] * 3
    assert sorted(file.source.name for file in files) == NAMES, "one result for each"
    made = sorted(folder.iterdir())
    assert [path.name for path in made] == ["first_128x72.mp4", "second_128x72.mp4", "third_128x72.mp4"]
    assert [inspect_video(path).frames for path in made] == [2, 3, 4]
