"""The last convolution by least squares: exact, and in seconds.

The residual is linear in the last convolution. With the others fixed, its best weights solve one system of equations.
That starts the network of another factor, and finishes what gradient steps left.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from . import network
from .dataset import Samples
from .network import Params

BORDER = 4
RIDGE = 1e-5
ERROR_FLOOR = 2e-5
"""Added to the squared error that the weight is divided by: samples better than 47 dB count no more than those."""


@partial(jax.jit, static_argnames="factor")
def _products(params: Params, low: Array, high: Array, factor: int) -> tuple[Array, Array]:
    """Sums over one sample, weighted by one over the squared error of Lanczos, as a mean of decibels weights them."""
    frames = low[None, ..., :3].astype(jnp.float32) / 255
    target = high[None, ..., 0].astype(jnp.float32) / 255 - network.lanczos(frames[..., 1], factor)
    residual = network.space_to_depth(target[..., None] * network.CONTRAST, network.FOLD * factor)[0]
    x = network.features(params, frames)[0]
    rows, columns, _ = x.shape
    padded = jnp.pad(x, ((1, 1), (1, 1), (0, 0)))
    shifted = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    patches = jnp.concatenate([*shifted, jnp.ones((rows, columns, 1))], -1)
    inside = slice(BORDER, -BORDER)
    patches = patches[inside, inside].reshape(-1, patches.shape[-1])
    residual = residual[inside, inside].reshape(-1, residual.shape[-1])
    weight = 1 / (jnp.mean(target**2) + ERROR_FLOOR) / len(patches)
    return weight * patches.T @ patches, weight * patches.T @ residual


def refit_last(params: Params, samples: Samples, count: int, seed: int = 0) -> Params:
    """Replace the last convolution by the one that fits best.

    Args:
        params: The parameters; their last convolution is not looked at, and may be of another factor.
        samples: What to fit to.
        count: How many samples to take, at random.
        seed: Of that choice.
    """
    chosen = np.random.default_rng(seed).permutation(len(samples.low))[:count]
    channels = params["kernels"][-1].shape[2]
    size = 9 * channels + 1
    left, right = np.zeros((size, size)), np.zeros((size, (network.FOLD * samples.factor) ** 2))
    for index in chosen:
        gram, moment = _products(params, samples.low[index], samples.high[index], samples.factor)
        left += np.asarray(gram, np.float64)
        right += np.asarray(moment, np.float64)
    left += RIDGE * np.trace(left) / size * np.eye(size)
    solution = np.linalg.solve(left, right).astype(np.float32)
    kernel, bias = solution[:-1].reshape(3, 3, channels, -1), solution[-1]
    return {"kernels": [*params["kernels"][:-1], kernel], "biases": [*params["biases"][:-1], bias]}
