"""The viewer: a result beside the clip it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from . import assets
from .talking import Message, TalkingWidget

_CHUNK = 1 << 20  # bytes; as player_pull.js asks for them


class Player(TalkingWidget):
    """Plays a file of the kernel's machine in the page.

    The bytes travel as binary messages when the browser asks for them, in chunks of 1 MiB, and the browser plays
    them from its memory. No trait ever holds them, so no notebook is saved with a video in it.

    Args:
        traits: Values to start with.
    """

    _esm = assets.script("common.js", "player_pull.js", "player_sync.js", "player_stage.js", "player.js")
    _css = assets.style("base.css", "player.css")

    video = traitlets.Dict().tag(sync=True)
    """What is shown: ``job``, ``clip``, ``name`` of the file, ``facts``, ``width`` and ``height`` in pixels,
    ``has_source``, ``source_facts``, and ``reveal`` to bring it into view. Empty: the viewer is closed."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._files: dict[tuple[str, str], Path] = {}

    def show(self, video: Message, result: Path, source: Path | None = None) -> None:
        """Show a file.

        Args:
            video: The trait `video`, but for ``has_source``.
            result: The file to play.
            source: The file of the clip it came from, where that is known.
        """
        self._files = {(video["job"], "result"): result}
        if source is not None:
            self._files[video["job"], "source"] = source
        self.video = {**video, "has_source": source is not None}

    def send_again(self) -> None:
        """Send what is shown once more, from the thread that calls this."""
        self.send_state("video")

    def clear(self) -> None:
        """Close the viewer; the browser lets go of the bytes."""
        self._files = {}
        self.video = {}

    def send_chunk(self, message: Message) -> None:
        """Answer a ``chunk`` message. It reads from the disk, so call it where that may take a moment."""
        about = {key: message.get(key) for key in ("view", "job", "file", "offset")}
        path = self._files.get((str(message.get("job")), str(message.get("file"))))
        try:
            if path is None:
                raise FileNotFoundError
            with path.open("rb") as file:
                total = file.seek(0, 2)
                file.seek(int(message["offset"]))
                chunk = file.read(_CHUNK)
        except OSError:
            name = path.name if path else "The video"
            sentence = {
                "happened": f"{name} can’t be read any more.",
                "next_step": "It was moved, renamed or deleted. Upsample the clip again to have it back.",
            }
            self.send({"type": "missing", **about, "sentence": sentence})
            return
        self.send({"type": "chunk", **about, "total": total}, buffers=[chunk])
