"""The training loop: Adam on crops, with the error relative to that of Lanczos, and validation as it goes."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from . import dataset, network
from .dataset import Samples
from .network import Params

PSNR_CEILING = 3e-6
"""Added to a mean squared error before its logarithm: crops better than 55 dB no longer count."""

FLICKER_FLOOR = 4e-4
"""Added to the mean error of the difference of two frames before its logarithm: a tenth of a level."""

DISSIMILARITY_FLOOR = 1e-3
"""Added to one minus SSIM before its logarithm."""

BORDER = 6
"""Pixels at the border of a crop that do not count, as they lack their surroundings."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    Attributes:
        steps: How many steps.
        batch: Crops per step; each is two frames.
        crop: Width and height of a crop of the source, in pixels.
        rate: The learning rate at its highest.
        plain: The part of the steps, at the start, that minimises the absolute error. The others minimise the
            logarithm of the squared error, which is the PSNR: a flat crop counts as much as a busy one.
        caution: How much more a crop counts that is worse than with Lanczos.
        flicker: Weight of the error of the difference of the two frames.
        structure: Weight of the structural similarity, which sees patterns in flat areas.
        structured: The part of the steps, at the end, in which it counts.
    """

    steps: int
    batch: int = 4
    crop: int = 64
    rate: float = 1.5e-3
    plain: float = 0.14
    caution: float = 3.0
    flicker: float = 0.3
    structure: float = 0.4
    structured: float = 0.5


@dataclass
class History:
    """What was measured while training.

    Attributes:
        rows: One per validation: steps, minutes of processor time, mean loss, and what `compare` returns.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)


def _dissimilarity(made: Array, target: Array) -> Array:
    """One minus the mean SSIM of each picture, in windows of 8×8 pixels."""

    def mean(x: Array) -> Array:
        count, height, width = x.shape
        blocks = x.reshape(count, height // 4, 4, width // 4, 4).mean((2, 4))
        rows = blocks[:, 1:] + blocks[:, :-1]
        windows: Array = (rows[:, :, 1:] + rows[:, :, :-1]) / 4
        return windows

    m, t = mean(made), mean(target)
    variances = mean(made**2) - m**2 + mean(target**2) - t**2
    covariance = mean(made * target) - m * t
    similarity = (2 * m * t + 1e-4) / (m**2 + t**2 + 1e-4) * (2 * covariance + 9e-4) / (variances + 9e-4)
    return 1 - jnp.mean(similarity, (1, 2))


def _loss(
    params: Params, low: Array, high: Array, plain: Array, structure: Array, schedule: Schedule, factor: int
) -> Array:
    frames = jnp.concatenate([low[..., :3], low[..., 1:]])
    target = jnp.concatenate([high[..., 0], high[..., 1]])
    inside = slice(BORDER, -BORDER)
    made, base, target = (
        picture[:, inside, inside]
        for picture in (network.upsample(params, frames, factor), network.lanczos(frames[..., 1], factor), target)
    )
    errors, base_errors = made - target, base - target
    absolute = jnp.mean(jnp.sqrt(errors**2 + 1e-6))

    def against_lanczos(mine: Array, lanczos: Array, floor: float) -> Array:
        ratio = jnp.log10((mine + floor) / (lanczos + floor))
        return jnp.mean(ratio) + schedule.caution * jnp.mean(jax.nn.relu(ratio))

    def difference(e: Array) -> Array:
        first, second = jnp.split(e, 2)
        return jnp.mean(jnp.sqrt((second - first) ** 2 + 1e-7), (1, 2))

    squared = against_lanczos(jnp.mean(errors**2, (1, 2)), jnp.mean(base_errors**2, (1, 2)), PSNR_CEILING)
    flicker = 2 * against_lanczos(difference(errors), difference(base_errors), FLICKER_FLOOR)
    unlike = against_lanczos(_dissimilarity(made, target), _dissimilarity(base, target), DISSIMILARITY_FLOOR)
    return jnp.where(plain, absolute * 20, squared + schedule.flicker * flicker + structure * unlike)


def make_step(optimiser: Any, schedule: Schedule, factor: int) -> Callable[..., Any]:
    """Return the compiled training step."""

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(params: Params, average: Params, state: Any, low: Array, high: Array, numbers: tuple[Array, ...]) -> Any:
        plain, structure, rate, weight = numbers
        frames, target = low.astype(jnp.float32) / 255, high.astype(jnp.float32) / 255
        loss, gradient = jax.value_and_grad(_loss)(params, frames, target, plain, structure, schedule, factor)
        updates, state = optimiser.update(gradient, state)
        params = jax.tree.map(lambda p, u: p - rate * u, params, updates)
        average = jax.tree.map(lambda a, p: a + weight * (p - a), average, params)
        return params, average, state, loss

    compiled: Callable[..., Any] = step
    return compiled


def compare(params: Params, samples: Samples) -> dict[str, float]:
    """Compare with Lanczos.

    Returns:
        The mean gain of luma PSNR in dB for each crf; ``worst``, the lowest of all samples; ``below``, the share of
        samples with a lower PSNR; ``flicker``, the error of frame differences over that of Lanczos; ``flickering``, the
        share of samples where it is higher.
    """
    factor = samples.factor
    enlarge = jax.jit(partial(network.upsample, factor=factor))
    base = jax.jit(partial(network.lanczos, factor=factor))
    gains, flicker = [], []
    for low, high in zip(samples.low, samples.high, strict=True):
        frames = jnp.stack([low[..., :3], low[..., 1:]]).astype(jnp.float32) / 255
        target = high.transpose(2, 0, 1).astype(np.float32)
        errors = [
            np.round(np.asarray(made) * 255).clip(0, 255) - target
            for made in (base(frames[..., 1]), enlarge(params, frames))
        ]
        squared = [np.mean(error**2, (1, 2)) + 1e-2 for error in errors]
        gains.append(np.mean(10 * np.log10(squared[0] / squared[1])))
        flicker.append([np.abs(error[1] - error[0]).mean() for error in errors])
    values, (lanczos, mine) = np.array(gains), np.array(flicker).T
    report = {str(crf): float(values[samples.crf == crf].mean()) for crf in np.unique(samples.crf)}
    return {
        **report,
        "worst": float(values.min()),
        "below": float((values < 0).mean()),
        "flicker": float(mine.mean() / lanczos.mean()),
        "flickering": float((mine > lanczos).mean()),
    }


def train(
    samples: Samples,
    validation: Samples,
    architecture: network.Architecture,
    schedule: Schedule,
    *,
    seed: int = 0,
    start: Params | None = None,
    checkpoint: Path | None = None,
    stop: int | None = None,
    validate_every: int = 2000,
    log: Callable[[str], None] = print,
) -> tuple[Params, History]:
    """Train one network.

    Args:
        samples: Training samples.
        validation: Samples of other pictures.
        architecture: The network's size.
        schedule: How long and how fast.
        seed: Of the parameters and the order of samples.
        start: Parameters to start from; random if None.
        checkpoint: Where the state is written after each validation. Where the file is there, training goes on from it.
        stop: The step to stop at before the end of the schedule; a later call with the same checkpoint goes on.
        validate_every: Steps between validations.
        log: Called with a line at each validation.

    Returns:
        The moving average of the parameters, and what was measured.
    """
    params = jax.tree.map(jnp.array, start if start is not None else network.initialise(architecture, seed))
    average = jax.tree.map(jnp.array, params)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b2=0.99))
    state = optimiser.init(params)
    history = History()
    first, minutes_before = 0, 0.0
    if checkpoint is not None and checkpoint.exists():
        params, average, state, first, history = load(checkpoint)
        minutes_before = history.rows[-1]["minutes"]
    step = make_step(optimiser, schedule, architecture.factor)
    losses: list[float] = []
    began = time.process_time()
    batches = dataset.batches(samples, np.random.default_rng([seed, first]), schedule.batch, schedule.crop)
    last = min(schedule.steps, stop or schedule.steps)
    for count in range(first, last + 1):
        if count > first and (count == last or count % validate_every == 0):
            minutes = minutes_before + (time.process_time() - began) / 60
            row: dict[str, Any] = {"steps": count, "minutes": minutes, "loss": float(np.mean(losses))}
            row |= compare(average, validation)
            history.rows.append(row)
            losses.clear()
            log(json.dumps({name: round(value, 3) for name, value in row.items()}))
            if checkpoint is not None:
                save((params, average, state, count, history), checkpoint)
        if count == last:
            break
        low, high = next(batches)
        progress = count / schedule.steps
        warm_up = min(1.0, (count + 1) / 100)
        # The moving average forgets the random start quickly.
        weight = max(0.001, 5 / (count + 50))
        rate = schedule.rate * warm_up * (0.5 * (1 + np.cos(np.pi * progress)) + 0.005)
        structure = schedule.structure * (progress >= 1 - schedule.structured)
        numbers = tuple(jnp.array(number) for number in (progress < schedule.plain, structure, rate, weight))
        params, average, state, loss = step(params, average, state, low, high, numbers)
        if not losses or count % 20 == 0:
            losses.append(float(loss))
    return jax.tree.map(np.asarray, average), history


def save(state: Any, path: Path) -> None:
    """Write the state of training, in one step."""
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(jax.tree.map(lambda x: np.asarray(x) if isinstance(x, Array) else x, state)))
    part.replace(path)


def load(path: Path) -> Any:
    """Read what `save` wrote."""
    return pickle.loads(path.read_bytes())  # noqa: S301 - our own checkpoint
