"""Many clips on workers: one after the other, a pool of 2, and Dask with 2; and one long clip, whole and split.

    python benchmarks/upsample_cluster.py [--clips 8] [--frames 48] [--long 720] [--method lanczos] [--runs 3]

The columns are made in turn, in the same run, so that other load meets all of them. The table has the medians, and the
median of the ratios to the first column. Starting the workers is not counted. Two workers on one machine have no more
cores than one process: the ratio shows what the tasks cost, not what a cluster gains. Needs dask[distributed].
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import chain, repeat
from pathlib import Path

import av
import distributed

from vfx_widgets.sandbox import Sandbox
from vfx_widgets.upsampling import upsample_files

SIZE = (1920, 1080)
KEY_INTERVAL = "48"


def make_clip(source: Path, path: Path, frames: int) -> Path:
    """Write a clip of a number of frames, made of the frames of another one, over and over."""
    with av.open(str(source)) as clip:
        pictures = list(clip.decode(video=0))
    with av.open(str(path), "w") as result:
        video = result.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        video.options = {"crf": "20", "preset": "fast", "g": KEY_INTERVAL}
        for number, picture in zip(range(frames), chain.from_iterable(repeat(pictures)), strict=False):
            picture.pts = number
            picture.time_base = 1 / video.codec_context.framerate
            picture.pict_type = 0
            result.mux(video.encode(picture))
        result.mux(video.encode(None))
    return path


def measure(clips: list[Path], folder: Path, method: str, executor: Executor | None) -> tuple[float, list[bytes]]:
    """Return the seconds, and the results."""
    began = time.perf_counter()
    files = list(upsample_files(clips, folder, SIZE, method, executor=executor))
    seconds = time.perf_counter() - began
    for file in files:
        if file.error is not None:
            raise file.error
    return seconds, [path.read_bytes() for path in sorted(folder.glob("*.mp4"))]


def compare(clips: list[Path], folder: Path, method: str, runs: int, executors: dict[str, Executor | None]) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in executors}
    results: list[list[bytes]] = []
    for _ in range(runs):
        for name, executor in executors.items():
            value, made = measure(clips, folder, method, executor)
            seconds[name].append(value)
            results.append(made)
    first = next(iter(seconds.values()))
    for name, values in seconds.items():
        ratio = statistics.median(value / base for value, base in zip(values, first, strict=True))
        print(f"  {name:<28}{statistics.median(values):>8.2f} s{ratio:>8.2f}")
    print(f"  all results the same, bit for bit: {all(made == results[0] for made in results)}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--long", type=int, default=720)
    parser.add_argument("--method", default="lanczos")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    sandbox = Sandbox()
    source = sandbox.source_path(sandbox.media_ids[0])
    assert source is not None
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (root / "large").mkdir()
        clips = [make_clip(source, root / f"{number}.mp4", options.frames) for number in range(options.clips)]
        long = make_clip(source, root / "long.mp4", options.long)
        context = multiprocessing.get_context("spawn")
        pool = stack.enter_context(ProcessPoolExecutor(2, context))
        cluster = stack.enter_context(
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        )
        dask = stack.enter_context(distributed.Client(cluster)).get_executor()
        executors: dict[str, Executor | None] = {"one after the other": None, "pool of 2": pool, "Dask with 2": dask}
        tiny = make_clip(source, root / "tiny.mp4", 1)
        for executor in (pool, dask):
            measure([tiny], root / "large", "lanczos", executor)
        (root / "large" / "tiny_1080p.mp4").unlink()
        load = os.getloadavg()[0]
        print(f"{options.method}, 640×360 to 1080p, {os.cpu_count()} cores, load {load:.1f} before\n")
        print(f"{options.clips} clips of {options.frames} frames")
        compare(clips, root / "large", options.method, options.runs, executors)
        for path in (root / "large").iterdir():
            path.unlink()
        print(f"one clip of {options.long} frames")
        names = {"whole": None, "split, pool of 2": pool, "split, Dask with 2": dask}
        compare([long], root / "large", options.method, options.runs, names)


if __name__ == "__main__":
    main()
