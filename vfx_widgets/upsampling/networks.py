"""ONNX networks that enlarge pictures: our own, and any single-picture network that a person brings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .cores import available_cores

Plane = NDArray[np.uint8]

MODELS = Path(__file__).with_name("models")
FACTORS = (2, 3)

# Rows at a strip's edges that are computed twice. It exceeds the radius that our networks see, so strips leave no seam.
OVERLAP = 16
STRIP_PIXELS = 640 * 376
MULTIPLE = 8
PROBE_SIZE = 48
MAX_FACTOR = 8
PROVIDERS = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider")


@dataclass(frozen=True)
class Layout:
    """What a network takes and gives.

    Attributes:
        factor: How much larger the result is.
        kind: ``frames``: luma of the previous, current and next frame as channels. ``luma``, ``rgb``: one picture.
        dtype: The type of the input's elements.
        scale: 1 where the values are 0 to 1, 255 where they are 0 to 255.
    """

    factor: int
    kind: Literal["frames", "luma", "rgb"]
    dtype: np.dtype[Any]
    scale: float


def our_model(ratio: float) -> Path | None:
    """Return our network for an enlargement.

    Args:
        ratio: Size of the result over that of the source.

    Returns:
        The path of the ONNX file, or None where the enlargement is too small for a network.
    """
    if ratio < 1.2:
        return None
    factor = min(FACTORS, key=lambda factor: abs(factor - ratio))
    return MODELS / f"luma_x{factor}.onnx"


class Network:
    """A network that is ready to run.

    Args:
        path: The ONNX file.

    Raises:
        ValueError: The file holds no network that enlarges single pictures.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = available_cores()
        options.inter_op_num_threads = 1
        # Threads that spin while they wait would take time from the encoder.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        providers = [name for name in PROVIDERS if name in onnxruntime.get_available_providers()]
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # onnxruntime raises several types, which it does not export
            raise ValueError(f"{path.name} is not an ONNX network that can be loaded: {error}") from error
        self.layout = self._find_layout(path.name)

    def __call__(self, picture: Plane) -> Plane:
        """Enlarge one picture.

        Args:
            picture: Height × width × channels; the channels are three frames, luma, or red, green and blue.

        Returns:
            (factor · height) × (factor · width) × channels; one channel for ``frames``.
        """
        height, width, _ = picture.shape
        factor = self.layout.factor
        padding = ((0, -height % MULTIPLE), (0, -width % MULTIPLE), (0, 0))
        if any(after for _, after in padding):
            picture = np.pad(picture, padding, "edge")
        rows, columns, _ = picture.shape
        strip = max(2 * OVERLAP, STRIP_PIXELS // columns // MULTIPLE * MULTIPLE)
        if strip >= rows:
            return self._run(picture)[: height * factor, : width * factor]
        parts = []
        for top in range(0, rows, strip):
            bottom = min(rows, top + strip)
            first, last = max(0, top - OVERLAP), min(rows, bottom + OVERLAP)
            part = self._run(picture[first:last])
            parts.append(part[(top - first) * factor : (bottom - first) * factor])
        return np.concatenate(parts)[: height * factor, : width * factor]

    def _run(self, picture: Plane) -> Plane:
        value = picture.transpose(2, 0, 1)[None].astype(self.layout.dtype)
        if self.layout.scale == 1:
            value /= 255
        result = self._infer(value)
        if result.dtype != np.uint8:
            result = (result * (255 / self.layout.scale)).round().clip(0, 255).astype(np.uint8)
        return np.ascontiguousarray(result[0].transpose(1, 2, 0))

    def _infer(self, value: NDArray[Any]) -> NDArray[Any]:
        (name,) = [node.name for node in self._session.get_inputs()]
        result: NDArray[Any] = self._session.run(None, {name: np.ascontiguousarray(value)})[0]
        return result

    def _find_layout(self, name: str) -> Layout:
        """Find out from the graph and from runs with a probe what the network takes."""
        inputs = self._session.get_inputs()
        metadata = self._session.get_modelmeta().custom_metadata_map
        if "vfx_widgets.factor" in metadata:
            return Layout(int(metadata["vfx_widgets.factor"]), "frames", np.dtype(np.uint8), 255)
        types = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in types:
            raise ValueError(f"{name} does not take one picture (batch × channels × height × width).")
        shape = inputs[0].shape
        if any(isinstance(side, int) for side in shape[2:]):
            raise ValueError(f"{name} takes pictures of one size only; export it with free height and width.")
        dtype = np.dtype(types[inputs[0].type])
        channels = [shape[1]] if isinstance(shape[1], int) else [3, 1]
        for count in channels:
            if count in (1, 3) and (layout := self._probe(count, dtype)) is not None:
                return layout
        raise ValueError(
            f"{name} does not enlarge a picture: its result on a test picture is no larger copy of it, "
            "neither as values of 0 to 1 nor as 0 to 255."
        )

    def _probe(self, channels: int, dtype: np.dtype[Any]) -> Layout | None:
        """Enlarge a smooth picture; keep the range of values whose result, made small again, is most like it."""
        rows, columns = np.mgrid[0:PROBE_SIZE, 0:PROBE_SIZE] / PROBE_SIZE
        shade = 0.5 + 0.2 * np.sin(6 * rows) + 0.2 * np.cos(5 * columns)
        found: list[tuple[float, Layout]] = []
        for scale in (255.0,) if dtype == np.uint8 else (1.0, 255.0):
            value = np.broadcast_to(shade * scale, (1, channels, PROBE_SIZE, PROBE_SIZE)).astype(dtype)
            try:
                result = self._infer(value)
            except Exception:  # noqa: S112 - a network that cannot take this many channels
                continue
            factor = result.shape[-1] // PROBE_SIZE
            expected = (1, channels, PROBE_SIZE * factor, PROBE_SIZE * factor)
            if not 1 <= factor <= MAX_FACTOR or result.shape != expected:
                continue
            small = result.astype(np.float64).reshape(channels, PROBE_SIZE, factor, PROBE_SIZE, factor).mean((2, 4))
            inside = np.s_[:, 6:-6, 6:-6]
            error = float(np.abs(small[inside] / scale - np.broadcast_to(shade, small.shape)[inside]).mean())
            found.append((error, Layout(factor, "rgb" if channels == 3 else "luma", dtype, scale)))
        error, layout = min(found, key=lambda pair: pair[0], default=(1.0, None))
        return layout if error < 0.06 else None
