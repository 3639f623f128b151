"""The command: from nothing to the weights. See ``python -m training --help``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import jax
import matplotlib.pyplot as plt

from . import dataset, export, refit, sources, train
from .dataset import Samples
from .network import Architecture, Params
from .train import History, Schedule

MODELS = Path(__file__).parent.parent / "vfx_widgets" / "upsampling" / "models"
VALIDATION_CRFS = (-1, 12, 18, 23, 28)
SEED = 1
REFIT_SAMPLES = 1500


def main() -> None:
    """Download, make the samples, train both networks, export, and write the curves."""
    parser = argparse.ArgumentParser(description="Make the weights of the learned upsampler, from nothing.")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="downloads, samples, checkpoints")
    parser.add_argument("--output", type=Path, default=MODELS, help="where the ONNX files go")
    parser.add_argument("--minutes", type=float, default=70, help="of training, for both factors (%(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="crops per step; 64 suits an accelerator (%(default)s)")
    parser.add_argument("--resume", action="store_true", help="start from the checkpoints in the work folder")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"JAX runs on {jax.devices()[0].platform}")
    sources.fetch(options.work / "packages")

    # The second factor starts from the first one's kernels, so it needs less time.
    trained: Params | None = None
    for factor, share in ((3, 0.75), (2, 0.25)):
        samples, validation = (samples_of(part, factor, options.work) for part in ("train", "validation"))
        architecture = Architecture(factor)
        checkpoint = options.work / f"luma_x{factor}.checkpoint"
        if options.resume and checkpoint.exists():
            start: Params | None = train.load(checkpoint)
        else:
            start = refit.refit_last(trained, samples, REFIT_SAMPLES) if trained is not None else None
        schedule = Schedule(options.minutes * share, batch=options.batch)
        trained, history = train.train(
            samples, validation, architecture, schedule, seed=SEED, start=start, checkpoint=checkpoint
        )
        trained = better(trained, refit.refit_last(trained, samples, REFIT_SAMPLES), validation)
        export.export(trained, factor, options.output / f"luma_x{factor}.onnx")
        write_history(history, options.work / f"history_x{factor}")


def samples_of(part: str, factor: int, work: Path) -> Samples:
    """Make the samples of one part of the pictures, or load them where they are there already."""
    path = work / f"{part}_x{factor}.npz"
    if not path.exists():
        pictures = sources.split(sources.list_pictures(work / "packages"))[part]
        if part == "train":
            clips, rendered = (28, 110) if factor == 3 else (10, 40)
            samples = dataset.build(pictures, factor=factor, clips=clips, rendered_clips=rendered, seed=SEED)
        else:
            clips, rendered = (10, 5) if factor == 3 else (5, 5)
            samples = dataset.build(
                pictures, factor=factor, clips=clips, rendered_clips=rendered, seed=SEED + 1, crfs=VALIDATION_CRFS
            )
        samples.save(path)
        print(f"{part} ×{factor}: {len(samples.low)} samples", flush=True)
    return Samples.load(path)


def better(first: Params, second: Params, validation: Samples) -> Params:
    """Return the parameters with the higher mean gain on the validation pictures."""
    gains = [train.gain_over_lanczos(params, validation) for params in (first, second)]
    for name, gain in zip(("gradient steps", "last convolution fitted"), gains, strict=True):
        print(name, json.dumps({key: round(value, 3) for key, value in gain.items()}), flush=True)
    means = [sum(gain[str(crf)] for crf in VALIDATION_CRFS) for gain in gains]
    return second if means[1] > means[0] else first


def write_history(history: History, path: Path) -> None:
    """Write what was measured while training as JSON and as a picture.

    Args:
        history: What `train.train` returned.
        path: The files' path, without a suffix.
    """
    path.with_suffix(".json").write_text(json.dumps(history.rows, indent=1))
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for crf in VALIDATION_CRFS:
        label = "uncompressed" if crf < 0 else f"crf {crf}"
        axes.plot([row["minutes"] for row in history.rows], [row[str(crf)] for row in history.rows], label=label)
    axes.set(xlabel="minutes", ylabel="luma PSNR over Lanczos, dB", title="Validation pictures")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path.with_suffix(".png"), dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
