"""Opens clips of the containers that hold the video itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

# Formats that hold the video itself. A playlist (HLS, DASH, ffconcat) would have FFmpeg open the files that it names.
CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,m4v,h264,hevc,obu,ivf,flv,asf,ogg,mxf,nut,dv,gif,yuv4mpegpipe"


def open_clip(source: Path) -> Any:
    """Open a clip.

    Raises:
        ValueError: It is not a video in one of the containers.
    """
    try:
        return av.open(str(source), options={"format_whitelist": CONTAINERS})
    except av.error.ArgumentError:
        raise ValueError("It is not a video, or a playlist of other files.") from None
