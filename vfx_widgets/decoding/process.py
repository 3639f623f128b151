"""The process that decodes frames of video files: it is started on first use, and again after a crash."""

from __future__ import annotations

import atexit
import base64
import json
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..child_environment import child_environment
from ..errors import VfxError
from ..locks import ForkSafeLock

PROGRAM = Path(__file__).with_name("program.py")
READY = b"{}\n"
"""The first line that the program writes."""
TIMEOUT = 60.0
"""Seconds that one request may take, also on a busy machine, before the process is killed."""


class Undecodable(VfxError):
    """The file can't be decoded; the message is the reason, to follow the name of the file."""


class DecodingUnavailable(VfxError):
    """No frame can be decoded here: PyAV is not installed, or no process can be started."""


def check_key_frames(file: Path) -> tuple[int, int]:
    """Decode the first, middle and last key frame of a video; return the size of the frames in pixels.

    Raises:
        Undecodable: A frame can't be decoded.
        DecodingUnavailable: PyAV is not installed, or no process can be started.
    """
    width, height = _decoder.call("check_key_frames", str(file.absolute()))
    return width, height


def displayed_size(file: Path) -> tuple[int, int]:
    """Return width and height of a clip in pixels, as a player shows it.

    Raises:
        Undecodable: The file is not a video.
        DecodingUnavailable: PyAV is not installed, or no process can be started.
    """
    width, height = _decoder.call("displayed_size", str(file.absolute()))
    return width, height


def save_poster(file: Path, image: Path) -> None:
    """Write the key frame at or before the middle of a video, as JPEG.

    Raises:
        Undecodable: The frame can't be decoded.
        DecodingUnavailable: PyAV is not installed, or no process can be started.
    """
    _decoder.call("save_poster", str(file.absolute()), str(image.absolute()))


def thumbnail(file: Path, size: int) -> bytes:
    """Return a small picture of a video: the key frame at or before its middle, as JPEG.

    Args:
        file: The video.
        size: Pixels of its longer side, at most.

    Raises:
        Undecodable: The frame can't be decoded.
        DecodingUnavailable: PyAV is not installed, or no process can be started.
    """
    return base64.b64decode(_decoder.call("thumbnail", str(file.absolute()), str(size)))


class DecoderProcess:
    """A process that answers one request at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._awaits_reply = False

    @property
    def pid(self) -> int | None:
        """The ID of the process; None before the first request."""
        return self._process.pid if self._process else None

    def call(self, operation: str, *arguments: str) -> Any:
        """Send a request to the process, and return the result.

        Raises:
            Undecodable: The file can't be decoded, or the process crashed or took too long.
            DecodingUnavailable: PyAV is not installed, or no process can be started.
        """
        request = json.dumps([operation, *arguments]).encode() + b"\n"
        with self._lock:
            if self._awaits_reply and self._process is not None:
                # A KeyboardInterrupt, at any moment: the reply would be taken for that to this request.
                self._process.kill()
                self._end(self._process)
            reply = None
            while reply is None:
                self._awaits_reply = True
                reply = self._exchange(self._process or self._start(), request)
                self._awaits_reply = False
        if error := reply.get("error"):
            raise Undecodable(error)
        return reply.get("result")

    def close(self) -> None:
        """End the process. The next request starts another one."""
        with self._lock:
            if self._process is not None:
                self._end(self._process)

    def forget(self) -> None:
        """Leave the process to the parent, after a fork."""
        self._process = None
        self._awaits_reply = False

    def _start(self) -> subprocess.Popen[bytes]:
        if find_spec("av") is None or not sys.executable:
            raise DecodingUnavailable("PyAV is not installed.", hint="Install vfx-widgets[sandbox].")
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                # -P keeps the program's directory off sys.path, where its neighbours could shadow other modules.
                [sys.executable, "-P", str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                # Ctrl+C and a notebook's stop button must not reach it.
                process_group=0 if os.name == "posix" else None,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            raise DecodingUnavailable(f"No process can be started to decode videos: {error}.") from None
        self._process = process
        # A startup file of Python may have written other lines.
        while (line := self._read_line(process)) not in (READY, None):
            pass
        if line is None:
            self._end(process)
            raise DecodingUnavailable("The process that decodes videos does not start.", hint="Reinstall PyAV.")
        return process

    def _exchange(self, process: subprocess.Popen[bytes], request: bytes) -> dict[str, Any] | None:
        """Return the reply to a request; None if the process had ended, for lack of requests, before it arrived."""
        assert process.stdin is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except OSError:
            self._end(process)
            return None
        line = self._read_line(process)
        if line is not None:
            reply: dict[str, Any] = json.loads(line)
            return reply
        status = self._end(process)
        return {"error": "cannot be decoded: the decoder crashed or took too long"} if status else None

    def _read_line(self, process: subprocess.Popen[bytes]) -> bytes | None:
        """Return the next line; None if the process ends before it is complete. Kills it after the timeout."""
        assert process.stdout is not None
        timer = threading.Timer(TIMEOUT, process.kill)
        timer.daemon = True
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
        return line if line.endswith(b"\n") else None

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """Close the pipes of a process, which ends it, and return its exit status."""
        self._process = None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # a request that it has not read
                continue
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


_decoder = DecoderProcess()
atexit.register(_decoder.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_decoder.forget)
