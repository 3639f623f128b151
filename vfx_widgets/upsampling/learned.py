"""Upsampling with a network: luma by the network, chroma by Lanczos.

The decoder and FFmpeg's scaler, the network, and the encoder run on three threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np

from .networks import Network, Plane, our_model
from .video import (
    FilterChain,
    Progress,
    Size,
    fit_filter,
    pixel_aspect,
    prefetch,
    transcode,
    upright_filters,
)

PREFETCHED_FRAMES = 2


def learned(
    source: Path, size: Size, output: Path, progress: Progress | None = None, model: Path | None = None
) -> None:
    """Upsample a clip with a network and encode it as H.264 in MP4.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The path of the MP4 to write.
        progress: Called after each frame.
        model: An ONNX file to use in place of our own networks.

    Raises:
        ValueError: The ONNX file holds no network that enlarges single pictures.
    """

    def enlarge(video: Any, items: Iterator[Any]) -> Iterator[Any]:
        scale = FrameScaler(video, size)
        prepared = (scale(item) if isinstance(item, av.VideoFrame) else item for item in items)
        return NetworkScaler(size, network).frames(prefetch(prepared, PREFETCHED_FRAMES))

    network = Network(model) if model is not None else None
    transcode(source, size, output, enlarge, progress)


class FrameScaler:
    """Makes each decoded frame upright, and scales it with Lanczos."""

    def __init__(self, stream: Any, size: Size) -> None:
        aspect = pixel_aspect(stream)
        base = stream.time_base
        self._upright = FilterChain(
            lambda frame: [*upright_filters(frame, aspect), "setsar=1", "format=yuv420p"], base, aspect
        )
        self._fit = FilterChain(lambda frame: [fit_filter(size)], base)

    def __call__(self, frame: av.VideoFrame) -> tuple[av.VideoFrame, av.VideoFrame]:
        """Return the frame, upright in yuv420p, and the same one scaled to fit."""
        upright = self._upright(frame)
        return upright, self._fit(upright)


class NetworkScaler:
    """Replaces the luma of scaled frames by what a network makes of the source's.

    Args:
        size: Width and height of the result, in pixels.
        network: The network; None chooses one of ours by the sizes.
    """

    def __init__(self, size: Size, network: Network | None) -> None:
        width, height = size
        self._size = size
        self._network = network
        self._chosen = network is not None
        self._pad = FilterChain(lambda frame: [f"pad={width}:{height}:-1:-1"])

    def frames(self, items: Iterator[Any]) -> Iterator[Any]:
        """Yield finished frames, and audio packets as they come.

        Args:
            items: Pairs from `FrameScaler`, and audio packets.
        """
        before: av.VideoFrame | None = None
        now: tuple[av.VideoFrame, av.VideoFrame] | None = None
        # The end comes as one more pair: the last frame is its own successor.
        for item in chain(items, [None]):
            if item is not None and not isinstance(item, tuple):
                yield item
                continue
            if now is not None:
                upright, scaled = now
                after = item[0] if item is not None else upright
                yield self._finish((before or upright, upright, after), scaled)
                before = upright
            now = item

    def _finish(self, window: tuple[av.VideoFrame, ...], scaled: av.VideoFrame) -> av.VideoFrame:
        now = window[1]
        if not self._chosen:
            self._chosen = True
            path = our_model(scaled.width / now.width)
            self._network = Network(path) if path is not None else None
        if self._network is not None:
            self._replace_luma(scaled, self._enlarged_luma(self._network, window))
        return scaled if (scaled.width, scaled.height) == self._size else self._padded(scaled)

    def _enlarged_luma(self, network: Network, window: tuple[av.VideoFrame, ...]) -> Plane:
        """Luma of the middle frame, enlarged by the network's factor."""
        now = window[1]
        kind = network.layout.kind
        if kind == "frames":
            # Neighbours of another size follow a change of resolution inside the stream.
            same = [frame if (frame.width, frame.height) == (now.width, now.height) else now for frame in window]
            return network(np.stack([luma(frame) for frame in same], -1))[..., 0]
        if kind == "luma":
            return network(luma(now)[..., None])[..., 0]
        picture: Any = now.to_ndarray(format="rgb24")
        large = av.VideoFrame.from_ndarray(network(picture), format="rgb24")
        return luma(large.reformat(format="yuv420p", dst_colorspace=now.colorspace, dst_color_range=now.color_range))

    def _replace_luma(self, frame: av.VideoFrame, plane: Plane) -> None:
        height, width = plane.shape
        if (width, height) != (frame.width, frame.height):
            grey = av.VideoFrame.from_ndarray(np.ascontiguousarray(plane), format="gray")
            plane = luma(grey.reformat(frame.width, frame.height, interpolation="LANCZOS"))
        luma(frame)[:] = plane

    def _padded(self, frame: av.VideoFrame) -> av.VideoFrame:
        return self._pad(frame)


def luma(frame: av.VideoFrame) -> Plane:
    """View the first plane of a frame as an array: height × width."""
    plane = frame.planes[0]
    rows: Plane = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
    return rows[: frame.height, : frame.width]
