"""The command: from nothing to the weights. See ``python -m training --help``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import jax
import matplotlib.pyplot as plt

from . import dataset, export, refit, sources, train
from .dataset import Amounts, Samples
from .network import Architecture, Params
from .train import History, Schedule

MODELS = Path(__file__).parent.parent / "vfx_widgets" / "upsampling" / "models"
VALIDATION_CRFS = (-1, 12, 18, 23, 28)
SOFT_CRFS = (-1, 12, 17, -1, 22)
SEED = 1
REFIT_SAMPLES = 600
STEPS = {3: 28_000, 2: 10_000}
"""Steps of training."""

BRANCH = 14_000
"""The step at which the kernels for ×3 become the start for ×2, which therefore needs fewer."""

AMOUNTS = {
    ("train", 3): Amounts(large=24, small=8, rendered=60, drawings=240),
    ("soft", 3): Amounts(large=6, small=1, rendered=8, drawings=20),
    ("soft", 2): Amounts(large=4, small=1, rendered=4, drawings=10),
    ("train", 2): Amounts(large=10, small=3, rendered=24, drawings=100),
    ("validation", 3): Amounts(large=10, small=5, rendered=5, drawings=20),
    ("validation", 2): Amounts(large=5, small=5, rendered=5, drawings=20),
}


def main() -> None:
    """Download, make the samples, train both networks, export, and write the curves."""
    parser = argparse.ArgumentParser(description="Make the weights of the learned upsampler, from nothing.")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="downloads, samples, checkpoints")
    parser.add_argument("--output", type=Path, default=MODELS, help="where the ONNX files go")
    parser.add_argument("--steps", type=float, default=1, help="factor of the number of steps (%(default)s)")
    parser.add_argument("--batch", type=int, default=4, help="crops per step; 32 suits an accelerator (%(default)s)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"JAX runs on {jax.devices()[0].platform}")
    sources.fetch(options.work / "packages")

    def train_one(factor: int, *, start: Params | None = None, stop: int | None = None) -> Params:
        rate, plain = (1.5e-3, 0.14) if start is None else (1e-3, 0.0)
        trained, history = train.train(
            training_samples(factor, options.work),
            samples_of("validation", factor, options.work),
            Architecture(factor),
            Schedule(int(STEPS[factor] * options.steps), options.batch, rate=rate, plain=plain),
            seed=SEED,
            start=start,
            # An interrupted run goes on from here.
            checkpoint=options.work / f"luma_x{factor}.checkpoint",
            stop=stop,
        )
        export.export(trained, factor, options.output / f"luma_x{factor}.onnx")
        write_history(history, options.work / f"history_x{factor}")
        return trained

    unfinished = train_one(3, stop=int(BRANCH * options.steps))
    train_one(3)
    train_one(2, start=refit.refit_last(unfinished, training_samples(2, options.work), REFIT_SAMPLES))


def training_samples(factor: int, work: Path) -> Samples:
    """Return the samples to learn from, and the soft ones, which must not be sharpened."""
    return samples_of("train", factor, work).plus(samples_of("soft", factor, work))


def samples_of(part: str, factor: int, work: Path) -> Samples:
    """Make the samples of one part of the pictures, or load them where they are there already."""
    path = work / f"{part}_x{factor}.npz"
    if not path.exists():
        training = part != "validation"
        folder = "train" if training else part
        pictures = sources.split(sources.list_pictures(work / "packages"))[folder]
        samples = dataset.build(
            pictures,
            sources.drawings(work / "packages", folder),
            AMOUNTS[part, factor],
            factor=factor,
            seed=SEED if training else SEED + 1,
            crfs={"train": (), "soft": SOFT_CRFS}.get(part, VALIDATION_CRFS),
            soft=part == "soft",
        )
        samples.save(path)
        print(f"{part} ×{factor}: {len(samples.low)} samples", flush=True)
    return Samples.load(path)


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
        axes.plot([row["steps"] for row in history.rows], [row[str(crf)] for row in history.rows], label=label)
    axes.set(xlabel="steps", ylabel="luma PSNR over Lanczos, dB", title="Validation pictures")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path.with_suffix(".png"), dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
