"""The training loop: Adam on crops, then on their squared error, with validation as it goes."""

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

PSNR_CEILING = 1e-5
"""Added to a mean squared error before its logarithm: crops better than 50 dB no longer count."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    Attributes:
        minutes: The wall-clock time; training also ends after ``steps``.
        steps: The most steps.
        batch: Crops per step.
        crop: Width and height of a crop of the source, in pixels.
        rate: The learning rate at its highest.
        fine_tuning: The part of the time, at the end, that minimises the logarithm of the squared error.
    """

    minutes: float
    steps: int = 10**9
    batch: int = 8
    crop: int = 64
    rate: float = 1.5e-3
    fine_tuning: float = 0.35


@dataclass
class History:
    """What was measured while training.

    Attributes:
        rows: One per validation: minutes, steps, mean loss, and the gain over Lanczos in dB for each crf.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)


def _loss(params: Params, low: Array, high: Array, fine: Array, factor: int) -> Array:
    made = network.upsample(params, low, factor)
    # The border of a crop lacks its surroundings.
    error = (made - high)[:, 6:-6, 6:-6]
    charbonnier = jnp.mean(jnp.sqrt(error**2 + 1e-6))
    decibel = jnp.mean(jnp.log10(jnp.mean(error**2, (1, 2)) + PSNR_CEILING))
    return jnp.where(fine, decibel, charbonnier * 20)


def make_step(optimiser: Any, factor: int) -> Callable[..., Any]:
    """Return the compiled training step."""

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(
        params: Params, average: Params, state: Any, low: Array, high: Array, fine: Array, rate: Array, weight: Array
    ) -> Any:
        frames, target = low.astype(jnp.float32) / 255, high.astype(jnp.float32) / 255
        loss, gradient = jax.value_and_grad(_loss)(params, frames, target, fine, factor)
        updates, state = optimiser.update(gradient, state)
        params = jax.tree.map(lambda p, u: p - rate * u, params, updates)
        average = jax.tree.map(lambda a, p: a + weight * (p - a), average, params)
        return params, average, state, loss

    compiled: Callable[..., Any] = step
    return compiled


def gain_over_lanczos(params: Params, samples: Samples) -> dict[str, float]:
    """Mean difference of luma PSNR to Lanczos, in dB, for each crf, and the worst of all samples."""
    factor = samples.factor
    enlarge = jax.jit(partial(network.upsample, factor=factor))
    base = jax.jit(partial(network.lanczos, factor=factor))
    gains = []
    for low, high in zip(samples.low, samples.high, strict=True):
        frames = jnp.asarray(low[None], jnp.float32) / 255
        errors = [
            np.mean((np.round(np.asarray(made[0]) * 255).clip(0, 255) - high.astype(np.float32)) ** 2) + 1e-2
            for made in (base(frames[..., 1]), enlarge(params, frames))
        ]
        gains.append(10 * np.log10(errors[0] / errors[1]))
    values = np.array(gains)
    report = {str(crf): float(values[samples.crf == crf].mean()) for crf in np.unique(samples.crf)}
    return {**report, "worst": float(values.min())}


def train(
    samples: Samples,
    validation: Samples,
    architecture: network.Architecture,
    schedule: Schedule,
    *,
    seed: int = 0,
    start: Params | None = None,
    checkpoint: Path | None = None,
    validate_every: float = 8,
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
        checkpoint: Where to write the parameters at each validation.
        validate_every: Minutes between validations.
        log: Called with a line at each validation.

    Returns:
        The moving average of the parameters, and what was measured.
    """
    rng = np.random.default_rng(seed)
    params = jax.tree.map(jnp.array, start if start is not None else network.initialise(architecture, seed))
    average = jax.tree.map(jnp.array, params)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b2=0.99))
    state = optimiser.init(params)
    step = make_step(optimiser, architecture.factor)
    history = History()
    losses: list[float] = []
    began = checked = time.monotonic()
    batches = dataset.batches(samples, rng, schedule.batch, schedule.crop)
    for count, (low, high) in enumerate(batches):
        now = time.monotonic()
        progress = max((now - began) / 60 / schedule.minutes, count / schedule.steps)
        if progress >= 1 or now - checked > validate_every * 60:
            checked = now
            row: dict[str, Any] = {"minutes": (now - began) / 60, "steps": count, "loss": float(np.mean(losses))}
            row |= gain_over_lanczos(average, validation)
            history.rows.append(row)
            losses.clear()
            log(json.dumps({name: round(value, 3) for name, value in row.items()}))
            if checkpoint is not None:
                save(average, checkpoint)
        if progress >= 1:
            break
        warm_up = min(1.0, (count + 1) / 100)
        # The moving average forgets the random start quickly.
        weight = max(0.002, 5 / (count + 50))
        rate = schedule.rate * warm_up * (0.5 * (1 + np.cos(np.pi * progress)) + 0.005)
        params, average, state, loss = step(
            params,
            average,
            state,
            low,
            high,
            jnp.array(progress > 1 - schedule.fine_tuning),
            jnp.array(rate),
            jnp.array(weight),
        )
        if not losses or count % 20 == 0:
            losses.append(float(loss))
    return jax.tree.map(np.asarray, average), history


def save(params: Params, path: Path) -> None:
    """Write parameters, in one step."""
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(jax.tree.map(np.asarray, params)))
    part.replace(path)


def load(path: Path) -> Params:
    """Read parameters that `save` wrote."""
    params: Params = pickle.loads(path.read_bytes())  # noqa: S301 - our own checkpoint
    return params
