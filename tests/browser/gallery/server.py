"""A server for the gallery: the panel's scripts and style sheets as they are in the package, and its states."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.browser.gallery.states import STATES
from vfx_widgets.sandbox.clips import bundled_clips
from vfx_widgets.widgets.thumbnails import thumbnails

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
THEMES = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
CLIPS = bundled_clips()
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".mp4": "video/mp4"}


def find(path: str) -> Path | None:
    """Return the file behind an address of the gallery: the page, a clip, a theme, or a script or style sheet."""
    directory, _, name = path.strip("/").partition("/")
    places = {
        "": HERE / "page.html",
        "clip": ROOT / "vfx_widgets/sandbox/sample_clips" / name,
        "theme": THEMES / f"theme-{Path(name).stem}-extension/index.css",
        "vfx_widgets": ROOT / "vfx_widgets" / name,
        "tests": ROOT / "tests" / name,
    }
    return places.get(directory)


class Handler(BaseHTTPRequestHandler):
    """Answers GET requests."""

    def do_GET(self) -> None:
        """Send the states as JSON, or a file."""
        path = self.path.partition("?")[0]
        if path == "/states":
            return self.answer(json.dumps(STATES).encode(), "application/json")
        if path.startswith("/picture/"):
            return self.answer(thumbnails.get(CLIPS[zlib.crc32(path.encode()) % len(CLIPS)].path), "image/jpeg")
        file = find(path)
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
    """

    def __init__(self, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
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
