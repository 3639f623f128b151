"""A server for the gallery: the panel's scripts and style sheets as they are in the package, and its states."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.browser.gallery.rows import CLIP_NAMES
from tests.browser.gallery.states import STATES
from vfx_widgets.widgets.thumbnails import thumbnails

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
SAMPLE_CLIPS = ROOT / "vfx_widgets/sandbox/sample_clips"
THEMES = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".mp4": "video/mp4"}


def find(path: str, clips: Path) -> Path | None:
    """Return the file behind an address of the gallery: the page, a clip, a theme, or a script or style sheet."""
    directory, _, name = path.strip("/").partition("/")
    places = {
        "": HERE / "page.html",
        "clip": clips / name,
        "theme": THEMES / f"theme-{Path(name).stem}-extension/index.css",
        "vfx_widgets": ROOT / "vfx_widgets" / name,
        "tests": ROOT / "tests" / name,
    }
    return places.get(directory)


def poster_of(name: str) -> bytes:
    """Return the picture of a row, by the ID of its job or clip, which ends with the number of the row."""
    number = re.search(r"\d+$", name)
    clip = CLIP_NAMES[int(number[0]) % len(CLIP_NAMES)] if number else CLIP_NAMES[0]
    return thumbnails.get(SAMPLE_CLIPS / f"{clip.replace(' ', '_')}.mp4")


class Handler(BaseHTTPRequestHandler):
    """Answers GET requests."""

    states: Mapping[str, Any]
    clips: Path

    def do_GET(self) -> None:
        """Send the states as JSON, or a file."""
        path = self.path.partition("?")[0]
        if path == "/states":
            return self.answer(json.dumps(self.states).encode(), "application/json")
        if path.startswith("/picture/"):
            return self.answer(poster_of(path), "image/jpeg")
        file = find(path, self.clips)
        if file is None or not file.is_file():
            return self.send_error(404)
        return self.answer(file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))

    def answer(self, body: bytes, kind: str) -> None:
        """Send a reply."""
        self.send_response(200)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the page may be closed meanwhile
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class GalleryServer:
    """Serves the gallery.

    Args:
        port: The port; 0 for a free one.
        states: By name.
        clips: The directory of the clips that stand for results and sources.
    """

    def __init__(self, port: int = 0, states: Mapping[str, Any] = STATES, clips: Path = SAMPLE_CLIPS) -> None:
        handler = type("GalleryHandler", (Handler,), {"states": states, "clips": clips})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> GalleryServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
