"""The network: a residual on top of Lanczos, computed at half the resolution of the source.

Three luma frames (previous, current, next) are folded into 2×2 blocks (space to depth), pass through 3×3 convolutions,
and the last one's channels unfold into the enlarged residual (depth to space). The convolutions between have an
identity added to their kernels, and the last starts at zero: an untrained network is exactly Lanczos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

Params = dict[str, Any]
"""``kernels`` and ``biases``: lists with one array per convolution; kernels are 3 × 3 × channels in × channels out."""

FOLD = 2
LANCZOS_LOBES = 3
BASE_RADIUS = 3
CONTRAST = 8.0
"""Factor by which the input is multiplied and the residual divided, so that values inside are about 1."""


@dataclass(frozen=True)
class Architecture:
    """Size of the network.

    Attributes:
        factor: How much larger the result is.
        channels: Channels of the inner convolutions.
        depth: How many convolutions between the first and the last.
    """

    factor: int
    channels: int = 48
    depth: int = 4

    @property
    def widths(self) -> list[int]:
        """Channels before, between and after the convolutions."""
        return [3 * FOLD**2, *[self.channels] * (self.depth + 1), (FOLD * self.factor) ** 2]


def initialise(architecture: Architecture, seed: int) -> Params:
    """Make random parameters; the last convolution is zero."""
    keys = jax.random.split(jax.random.key(seed), architecture.depth + 2)
    kernels = []
    for index, (key, inputs, outputs) in enumerate(
        zip(keys, architecture.widths, architecture.widths[1:], strict=False)
    ):
        inner = 0 < index <= architecture.depth
        # Inner kernels have the identity added, so they start smaller.
        scale = (0.4 if inner else 1.0) * math.sqrt(2 / (9 * inputs))
        kernels.append(scale * jax.random.normal(key, (3, 3, inputs, outputs)))
    kernels[-1] = jnp.zeros_like(kernels[-1])
    return {"kernels": kernels, "biases": [jnp.zeros(kernel.shape[-1]) for kernel in kernels]}


def lanczos_kernel(factor: int) -> NDArray[np.float32]:
    """The kernels of Lanczos enlargement as one convolution: 7 × 7 × 1 × factor²."""
    offsets = np.arange(-BASE_RADIUS, BASE_RADIUS + 1)
    taps = []
    for phase in range(factor):
        distance = offsets - ((phase + 0.5) / factor - 0.5)
        weights = np.sinc(distance) * np.sinc(distance / LANCZOS_LOBES) * (np.abs(distance) < LANCZOS_LOBES)
        taps.append(weights / weights.sum())
    both = np.einsum("ay,bx->yxab", taps, taps)
    kernel: NDArray[np.float32] = both.reshape(len(offsets), len(offsets), 1, factor**2).astype(np.float32)
    return kernel


def _convolve(x: Array, kernel: Array | NDArray[np.float32], padding: str = "SAME") -> Array:
    dimensions = ("NHWC", "HWIO", "NHWC")
    result: Array = jax.lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=dimensions)
    return result


def space_to_depth(x: Array, block: int) -> Array:
    """Fold blocks of pixels into channels, in the order of ONNX."""
    count, height, width, channels = x.shape
    x = x.reshape(count, height // block, block, width // block, block, channels)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(count, height // block, width // block, block**2 * channels)


def depth_to_space(x: Array, block: int) -> Array:
    """Unfold channels into blocks of pixels, in the order of ONNX."""
    count, height, width, channels = x.shape
    x = x.reshape(count, height, width, block, block, channels // block**2)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(count, height * block, width * block, channels // block**2)


def lanczos(luma: Array, factor: int) -> Array:
    """Enlarge luma (pictures × height × width) with Lanczos; the border is repeated."""
    radius = BASE_RADIUS
    padded = jnp.pad(luma, ((0, 0), (radius, radius), (radius, radius)), "edge")[..., None]
    return depth_to_space(_convolve(padded, lanczos_kernel(factor), "VALID"), factor)[..., 0]


def upsample(params: Params, frames: Array, factor: int) -> Array:
    """Enlarge the middle one of three frames.

    Args:
        params: The parameters.
        frames: Luma of three frames, 0 to 1: pictures × height × width × 3, height and width even.
        factor: How much larger the result is.

    Returns:
        Luma: pictures × (factor · height) × (factor · width).
    """
    residual = _convolve(features(params, frames), params["kernels"][-1]) + params["biases"][-1]
    return lanczos(frames[..., 1], factor) + depth_to_space(residual, FOLD * factor)[..., 0] / CONTRAST


def features(params: Params, frames: Array) -> Array:
    """What the last convolution sees: pictures × (height / 2) × (width / 2) × channels."""
    before, now, after = (frames[..., index : index + 1] for index in range(3))
    # Differences of neighbours are easier to learn from than frames. `folded` turns this into plain frames.
    x = jnp.concatenate([before - now, now, after - now], -1)
    x = space_to_depth(jnp.pad(x, ((0, 0), (FOLD, FOLD), (FOLD, FOLD), (0, 0)), "edge"), FOLD) * CONTRAST
    for index, (kernel, bias) in enumerate(zip(params["kernels"][:-1], params["biases"][:-1], strict=True)):
        kernel = kernel + _identity(kernel.shape[-1]) if index else _without_mean(kernel)
        x = jax.nn.relu(_convolve(x, kernel, "SAME" if index else "VALID") + bias)
    return x


def folded(params: Params) -> Params:
    """Fold the identities and the differences of frames into the kernels, for export."""
    kernels = [np.array(kernel) for kernel in params["kernels"]]
    kernels[0] = np.array(_without_mean(params["kernels"][0])) * CONTRAST
    for kernel in kernels[1:-1]:
        kernel += np.asarray(_identity(kernel.shape[-1]))
    first = kernels[0].reshape(3, 3, FOLD**2, 3, -1)
    first[..., 1, :] -= first[..., 0, :] + first[..., 2, :]
    kernels[-1] = kernels[-1] / CONTRAST
    biases = [np.array(bias) for bias in params["biases"]]
    biases[-1] = biases[-1] / CONTRAST
    return {"kernels": kernels, "biases": biases}


def _without_mean(kernel: Array | NDArray[np.float32]) -> Array:
    """Make the first convolution blind to brightness: it sees contrasts only, and learns faster."""
    frames = jnp.asarray(kernel).reshape(3, 3, FOLD**2, 3, -1)
    return (frames - jnp.mean(frames, (0, 1, 2), keepdims=True)).reshape(kernel.shape)


def _identity(channels: int) -> Array:
    return jnp.zeros((3, 3, channels, channels)).at[1, 1].set(jnp.eye(channels))
