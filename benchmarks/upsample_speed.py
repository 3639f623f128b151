"""Speed of the Lanczos upsampler, and how long it blocks an event loop in the same process.

    python benchmarks/upsample_speed.py [--runs 7] [--clips 3]

Speed: the Lanczos upsampler and the ffmpeg command with the same settings run alternately on each bundled clip. The
table has the medians, and the median of the ratios of neighbouring runs. Limit: 1.15.

Learned: the same for the learned upsampler beside Lanczos, in seconds per frame, and where its time goes: each part
alone, with all its threads. Together they take less than their sum, since they overlap. Limit: 0.15 s a frame.

Latency: an event loop in this process measures its longest pause while it is idle, while ffmpeg upsamples in another
process, and while a sandbox in this process upsamples. Limit: 100 ms.

Needs ffmpeg with libx264 on the PATH. Use an idle machine: other load affects both columns, but not equally.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from vfx_widgets.sandbox import Sandbox
from vfx_widgets.upsampling import Lanczos, Learned
from vfx_widgets.upsampling.encoding import X264_OPTIONS
from vfx_widgets.upsampling.learned import FrameScaler, NetworkScaler

SIZE = (1920, 1080)
RATIO_LIMIT = 1.15
PAUSE_LIMIT_MS = 100.0
LEARNED_LIMIT_S = 0.15


def ffmpeg(source: Path, output: Path) -> None:
    """Upsample with the ffmpeg command: the same filter, encoder and options."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", str(source)]
    command += ["-vf", f"scale={SIZE[0]}:{SIZE[1]}:flags=lanczos", "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    command += [word for name, value in X264_OPTIONS.items() for word in (f"-{name}", value)]
    command += ["-c:a", "copy", "-movflags", "+faststart", str(output)]
    subprocess.run(command, check=True)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare_speed(runs: int, clips: list[Path], folder: Path) -> bool:
    print(f"{'clip':<20}{'Lanczos':>9}{'ffmpeg':>9}{'ratio':>8}{'Lanczos':>13}{'ffmpeg':>13}")
    all_ratios: list[float] = []
    for clip in clips:
        output, reference = folder / "lanczos.mp4", folder / "ffmpeg.mp4"
        Lanczos()(clip, SIZE, output)  # the first run loads the libraries
        ffmpeg(clip, reference)
        pairs = [
            (seconds(lambda: Lanczos()(clip, SIZE, output)), seconds(lambda: ffmpeg(clip, reference)))  # noqa: B023
            for _ in range(runs)
        ]
        ratios = [lanczos / baseline for lanczos, baseline in pairs]
        all_ratios += ratios
        lanczos, baseline = (statistics.median(column) for column in zip(*pairs, strict=True))
        sizes = [f"{file.stat().st_size:>11,} B" for file in (output, reference)]
        print(f"{clip.stem:<20}{lanczos:>7.2f} s{baseline:>7.2f} s{statistics.median(ratios):>8.2f}{''.join(sizes)}")
    ratio = statistics.median(all_ratios)
    print(f"median ratio {ratio:.2f}, limit {RATIO_LIMIT}, {len(all_ratios)} pairs of alternating runs\n")
    return ratio <= RATIO_LIMIT


def compare_learned(runs: int, clips: list[Path], folder: Path) -> bool:
    print(f"{'clip':<20}{'learned':>14}{'Lanczos':>14}{'ratio':>8}")
    per_frame: list[float] = []
    for clip in clips:
        output = folder / "learned.mp4"
        Learned()(clip, SIZE, output)
        with av.open(str(output)) as result:
            frames = sum(1 for _ in result.decode(video=0))
        pairs = [
            (seconds(lambda: Learned()(clip, SIZE, output)), seconds(lambda: Lanczos()(clip, SIZE, output)))  # noqa: B023
            for _ in range(runs)
        ]
        ours, base = (statistics.median(column) / frames for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / other for mine, other in pairs)
        per_frame.append(ours)
        print(f"{clip.stem:<20}{ours:>8.3f} s/fr.{base:>8.3f} s/fr.{ratio:>8.2f}")
    median = statistics.median(per_frame)
    print(f"median {median:.3f} s a frame, limit {LEARNED_LIMIT_S}")
    for name, value in parts_of_a_frame(clips[0]).items():
        print(f"  {name:<26}{value * 1000:>7.1f} ms")
    print()
    return median <= LEARNED_LIMIT_S


def parts_of_a_frame(clip: Path) -> dict[str, float]:
    """Seconds that each part of the learned upsampler takes for a frame, alone."""
    parts: dict[str, float] = {}
    with av.open(str(clip)) as container:
        video: Any = container.streams.video[0]
        frames: list[Any] = []
        parts["decoding"] = seconds(lambda: frames.extend(container.decode(video)))
        scale = FrameScaler(video, SIZE)
        scaled: list[Any] = []
        parts["Lanczos for chroma"] = seconds(lambda: scaled.extend(map(scale, frames)))
        network = NetworkScaler(SIZE, None)
        list(network.frames(iter(scaled[:2])))  # loads the network
        made: list[Any] = []
        parts["network"] = seconds(lambda: made.extend(network.frames(iter(scaled))))
    with av.open("/dev/null", "w", format="mp4") as result:
        encoder: Any = result.add_stream("libx264", rate=24, options=X264_OPTIONS)
        encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuv420p"
        encoder.codec_context.thread_type = "FRAME"
        encoder.codec_context.time_base = made[0].time_base
        for frame in made:
            frame.pict_type = 0
        parts["encoding"] = seconds(lambda: any(encoder.encode(frame) is None for frame in [*made, None]))
    return {name: value / len(frames) for name, value in parts.items()}


async def longest_pause(until: asyncio.Future[Any]) -> float:
    """Return the longest pause of this event loop in milliseconds, less the millisecond that each turn sleeps."""
    longest = 0.0
    while not until.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before - 0.001)
    until.result()
    return longest * 1000


def upsample_in_sandbox(sandbox: Sandbox) -> None:
    """Submit a clip and poll until it is upsampled."""

    def call(path: str, message: Any) -> Any:
        headers = {"authorization": f"Bearer {sandbox.token}", "content-type": "text/plain"}
        url = f"{sandbox.base_url}/v1/video:batch{path}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(message).encode(), headers)) as reply:
            return json.load(reply)

    request = {
        "aspectRatio": "VIDEO_ASPECT_RATIO_LANDSCAPE",
        "videoInput": {"mediaId": sandbox.media_ids[0]},
        "videoModelKey": "veo_2_1080p_upsampler_8s",
    }
    reply = call("AsyncGenerateVideoUpsampleVideo", {"requests": [request]})
    while not reply["operations"][0]["status"].endswith("SUCCESSFUL"):
        time.sleep(0.2)
        reply = call("CheckAsyncVideoGenerationStatus", {"operations": reply["operations"]})


async def compare_latency(runs: int, clip: Path, folder: Path) -> bool:
    async def during(work: Callable[[], None]) -> list[float]:
        return [await longest_pause(asyncio.ensure_future(asyncio.to_thread(work))) for _ in range(runs)]

    def with_a_sandbox() -> None:
        with Sandbox() as sandbox:
            upsample_in_sandbox(sandbox)

    rows = {
        "idle": await during(lambda: time.sleep(2)),
        "ffmpeg, other process": await during(lambda: ffmpeg(clip, folder / "ffmpeg.mp4")),
        "sandbox, this process": await during(with_a_sandbox),
    }
    print(f"{'longest pause while':<24}{'median':>10}{'worst':>10}")
    for name, pauses in rows.items():
        print(f"{name:<24}{statistics.median(pauses):>7.1f} ms{max(pauses):>7.1f} ms")
    worst = max(rows["sandbox, this process"])
    print(f"worst {worst:.1f} ms, limit {PAUSE_LIMIT_MS:.0f} ms, {runs} upsamples from start of the sandbox to its end")
    return worst <= PAUSE_LIMIT_MS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--clips", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        parser.error("ffmpeg is not on the PATH")
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
    print(f"PyAV {av.__version__} with FFmpeg {av.ffmpeg_version_info}; the command is ffmpeg {version}")
    print(f"H.264 {X264_OPTIONS}, {SIZE[0]}×{SIZE[1]}\n")
    sandbox = Sandbox()
    clips = [path for media_id in sandbox.media_ids[: options.clips] if (path := sandbox.source_path(media_id))]
    with tempfile.TemporaryDirectory() as folder:
        fast = compare_speed(options.runs, clips, Path(folder))
        learned = compare_learned(max(1, options.runs // 2), clips[:2], Path(folder))
        responsive = asyncio.run(compare_latency(options.runs, clips[0], Path(folder)))
    return 0 if fast and learned and responsive else 1


if __name__ == "__main__":
    raise SystemExit(main())
