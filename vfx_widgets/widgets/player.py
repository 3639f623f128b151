"""The viewer: a result beside the clip it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from . import assets
from .player_push import CHUNK, Push
from .talking import Message, TalkingWidget


class Player(TalkingWidget):
    """Plays files of the kernel's machine in the page.

    The bytes travel as binary messages: the kernel sends them by itself, and again when a page asks for what it
    misses. The browser plays them from its memory. No trait ever holds them, so no notebook is saved with a video
    in it.

    Args:
        traits: Values to start with.
    """

    _esm = assets.script("common.js", "player_gather.js", "player_sync.js", "player_stage.js", "player.js")
    _css = assets.style("base.css", "player.css")

    video = traitlets.Dict().tag(sync=True)
    """What is shown: ``job``, ``clip``, ``name`` of the file, ``facts``, ``width`` and ``height`` in pixels,
    ``has_source`` and ``source_facts``. Empty: the viewer is closed."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._files: dict[tuple[str, str], Path] = {}
        self._push: Push | None = None

    def show(self, video: Message, result: Path, source: Path | None = None) -> None:
        """Show a file. What is shown already goes on as it is.

        Args:
            video: The trait `video`, but for ``has_source``.
            result: The file to play.
            source: The file of the clip it came from, where that is known.
        """
        job = video["job"]
        self._files = {(job, "result"): result}
        if source is not None:
            self._files[job, "source"] = source
        shown = {**video, "has_source": source is not None}
        if shown == self.video:
            return
        self._stop_push()
        self.video = shown
        self._push = Push(lambda file, offset: self._send_part(job, file, offset), [file for _, file in self._files])
        self._push.start()

    def reveal(self) -> None:
        """Bring the viewer into view, wherever the page was scrolled to."""
        self.send({"type": "reveal"})

    def send_again(self) -> None:
        """Send what is shown once more, from the thread that calls this."""
        self.send_state("video")

    def clear(self) -> None:
        """Close the viewer; the browser lets go of the bytes."""
        self._stop_push()
        self._files = {}
        self.video = {}

    def heard(self, message: Message) -> None:
        """Take a ``got`` message: a page has a chunk. For the background loop only."""
        if self._push is not None and message["job"] == self.video.get("job"):
            self._push.heard(message["file"], message["offset"])

    def send_chunk(self, message: Message) -> None:
        """Answer a ``chunk`` message. It reads from the disk, so call it where that may take a moment."""
        self._send_part(str(message["job"]), str(message["file"]), int(message["offset"]))

    def _send_part(self, job: str, file: str, offset: int) -> int:
        """Send a chunk, or that there is none; return the size of the file, or 0."""
        about = {"job": job, "file": file, "offset": offset}
        path = self._files.get((job, file))
        try:
            if path is None:
                raise FileNotFoundError
            with path.open("rb") as opened:
                total = opened.seek(0, 2)
                opened.seek(offset)
                chunk = opened.read(CHUNK)
        except OSError:
            name = path.name if path else "The video"
            sentence = {
                "message": f"{name} can’t be read any more.",
                "hint": "It was moved, renamed or deleted. Upsample the clip again to have it back.",
            }
            self.send({"type": "missing", **about, "sentence": sentence})
            return 0
        self.send({"type": "chunk", **about, "total": total}, buffers=[chunk])
        return total

    def _stop_push(self) -> None:
        if self._push is not None:
            self._push.stop()
            self._push = None
