"""Program that decodes frames of video files with PyAV; `process` starts it and sends it requests.

Each line of the input is a request, a JSON array of the name of an operation and its arguments; each is answered by a
line of the output, a JSON object with ``result`` or ``error``. The program ends with its input, which closes when the
process that started it ends, and after a time without requests. It imports nothing of the package, so that it starts
fast.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

IDLE_TIMEOUT = 30.0  # seconds
MAX_MEMORY = 4 << 30  # bytes; a 4K frame takes 12 MB
# Formats that hold the video itself. A playlist (HLS, DASH, ffconcat) would have FFmpeg open the files that it names.
CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,m4v,h264,hevc,obu,ivf,flv,asf,ogg,mxf,nut,dv,gif,yuv4mpegpipe"
# Images are told from files that can't be read.
IMAGES = ",".join(["image2", *(name for name in av.formats_available if name.endswith("_pipe"))])
JPEG_QUALITY = {"qmin": "3", "qmax": "3"}
THUMBNAIL_QUALITY = {"qmin": "7", "qmax": "7"}


def check_key_frames(file: str) -> tuple[int, int]:
    """Decode the first, middle and last key frame of a video; return the size of the frames in pixels.

    Raises:
        ValueError: A frame can't be decoded, or the frames differ in size.
    """
    with _open(file) as clip:
        stream = _video_stream(clip)
        frames = [_next_frame(clip, stream)]
        length = stream.duration or 0
        start = stream.start_time or 0
        for position in (start + length // 2, start + max(0, length - 1)):
            clip.seek(position, stream=stream)  # to the key frame at or before it
            frames.append(_next_frame(clip, stream))
    sizes = {(frame.width, frame.height) for frame in frames}
    if len(sizes) > 1:
        raise ValueError("has frames of different sizes")
    return sizes.pop()


def displayed_size(file: str) -> tuple[int, int]:
    """Return width and height of a clip in pixels, as a player shows it.

    Raises:
        ValueError: The file is not a video.
    """
    with _open(file) as clip:
        if clip.format.name == "image2" or clip.format.name.endswith("_pipe"):
            raise ValueError("is an image, not a video")
        stream = _video_stream(clip)
        frame = _next_frame(clip, stream)
        width, height = round(frame.width * Fraction(stream.sample_aspect_ratio or 1)), frame.height
    return (height, width) if int(frame.rotation) in (90, -90) else (width, height)


def save_poster(file: str, image: str) -> None:
    """Write the key frame at or before the middle of a video, as JPEG."""
    frame = _middle_frame(file)
    Path(image).write_bytes(_jpeg(frame, frame.width, frame.height, JPEG_QUALITY))


def thumbnail(file: str, size: str) -> str:
    """Return the frame of `save_poster` as a JPEG in base64, with at most `size` pixels on its longer side."""
    frame = _middle_frame(file)
    scale = min(1, int(size) / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    return base64.b64encode(_jpeg(frame, width, height, THUMBNAIL_QUALITY)).decode("ascii")


def _middle_frame(file: str) -> Any:
    with _open(file) as clip:
        stream = _video_stream(clip)
        if clip.duration:
            clip.seek(clip.duration // 2)
        return _next_frame(clip, stream)


def _jpeg(frame: Any, width: int, height: int, quality: dict[str, str]) -> bytes:
    # JPEG is BT.601 with the full range, whatever the video was.
    converted: Any = frame.reformat(
        width, height, format="yuvj420p", dst_colorspace="ITU601", dst_color_range="JPEG", interpolation="AREA"
    )
    converted.pict_type = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 24)
    encoder.options = quality
    return b"".join(bytes(packet) for packet in [*encoder.encode(converted), *encoder.encode(None)])


def _open(file: str) -> Any:
    return av.open(file, options={"format_whitelist": f"{CONTAINERS},{IMAGES}"})


def _video_stream(clip: Any) -> Any:
    if not clip.streams.video:
        raise ValueError("has audio, but no video track" if clip.streams.audio else "has no video track")
    stream = clip.streams.video[0]
    stream.codec_context.thread_count = 1
    return stream


def _next_frame(clip: Any, stream: Any) -> Any:
    frame = next(clip.decode(stream), None)
    if frame is None or frame.is_corrupt:
        raise ValueError("has a frame that can't be decoded" if frame else "has no frame that can be decoded")
    return frame


OPERATIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (check_key_frames, displayed_size, save_poster, thumbnail)
}


def answer(request: bytes) -> dict[str, Any]:
    """Carry out one request."""
    name, *arguments = json.loads(request)
    try:
        return {"result": OPERATIONS[name](*arguments)}
    except ValueError as error:  # also the base class of FFmpeg's errors for invalid data
        return {"error": "cannot be read as a video" if isinstance(error, av.error.FFmpegError) else str(error)}
    except (av.error.FFmpegError, StopIteration, MemoryError, OverflowError):
        return {"error": "cannot be read as a video"}
    except OSError as error:
        return {"error": f"cannot be read ({error.strerror or type(error).__name__})"}


def limit_memory() -> None:
    """Let a file that would take all memory fail, and write no core dumps."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def main() -> None:
    """Answer requests until the input ends or no request arrives for a while."""
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            requests.put(line)
        os._exit(0)  # at once, also while a frame is decoded

    limit_memory()
    threading.Thread(target=read, daemon=True).start()
    os.write(1, b"{}\n")
    with suppress(queue.Empty, OSError):
        while True:
            os.write(1, json.dumps(answer(requests.get(timeout=IDLE_TIMEOUT))).encode() + b"\n")
    os._exit(0)


if __name__ == "__main__":
    main()
