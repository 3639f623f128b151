"""Lanczos scaling with FFmpeg's scaler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from .video import FilterChain, Progress, Size, fit_filter, pixel_aspect, transcode, upright_filters


def lanczos(source: Path, size: Size, output: Path, progress: Progress | None = None) -> None:
    """Scale a clip with Lanczos and encode it as H.264 in MP4.

    A clip of another aspect ratio is letterboxed. Display rotation (clips from phones) and non-square pixels are
    applied. Audio is copied where MP4 can hold it.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The path of the MP4 to write.
        progress: Called after each frame.
    """

    def enlarge(video: Any, items: Iterator[Any]) -> Iterator[Any]:
        scale = scaler(video, size)
        for item in items:
            yield scale(item) if isinstance(item, av.VideoFrame) else item

    transcode(source, size, output, enlarge, progress)


def scaler(stream: Any, size: Size) -> FilterChain:
    """Return the filters that scale the frames of a stream to ``size``, upright and with square pixels."""
    width, height = size
    aspect = pixel_aspect(stream)
    return FilterChain(
        lambda frame: [
            *upright_filters(frame, aspect),
            fit_filter(size),
            f"pad={width}:{height}:-1:-1",
            "setsar=1",
            "format=yuv420p",
        ],
        stream.time_base,
        aspect,
    )
