"""The clips that the sandbox knows: those that ship with the package, and those a person adds."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ..errors import InputError
from . import media_ids
from .models import LANDSCAPE, PORTRAIT

BUNDLED = Path(__file__).parent / "sample_clips"
# Clips of one person belong to one project; the same file has the same ID every time.
OWN_CLIPS = uuid.UUID("5f2a1c3e-0d6b-4b7e-9a55-6d1f0c8e2b94")


@dataclass(frozen=True)
class Clip:
    """A clip that can be upsampled.

    Args:
        name: What its media ID says.
        path: The file.
        width: Pixels, as a player shows it.
        height: Pixels, as a player shows it.
    """

    name: media_ids.MediaName
    path: Path
    width: int
    height: int

    @cached_property
    def media_id(self) -> str:
        """The clip's media ID."""
        return self.name.encode()

    @property
    def aspect_ratio(self) -> str:
        """The aspect value that fits the clip."""
        return PORTRAIT if self.height > self.width else LANDSCAPE


@cache
def bundled_clips() -> tuple[Clip, ...]:
    """The clips that ship with the package."""
    entries = json.loads((BUNDLED / "manifest.json").read_text(encoding="utf-8"))
    return tuple(
        Clip(
            media_ids.MediaName(media_ids.VIDEO, entry["project"], entry["workflow"], entry["key"]),
            BUNDLED / entry["file"],
            entry["width"],
            entry["height"],
        )
        for entry in entries
    )


def bundled_media_ids() -> list[str]:
    """The media IDs of the clips that ship with the package: the same on every machine, no server needed."""
    return [clip.media_id for clip in bundled_clips()]


class ClipLibrary:
    """Clips by their media ID. May be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clips = {clip.media_id: clip for clip in bundled_clips()}

    def add(self, path: str | os.PathLike[str]) -> str:
        """Take in a clip and give it a media ID.

        Raises:
            InputError: There is no such file, or it is no video.
        """
        file = Path(path).expanduser().absolute()
        width, height = _probed_size(file)
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        workflow, key = (str(uuid.uuid5(OWN_CLIPS, f"{part} {content}")) for part in ("workflow", "key"))
        name = media_ids.MediaName(media_ids.VIDEO, str(OWN_CLIPS), workflow, key)
        clip = Clip(name, file, width, height)
        with self._lock:
            self._clips[clip.media_id] = clip
        return clip.media_id

    def find(self, media_id: str) -> Clip | None:
        """The clip of a media ID, or None."""
        with self._lock:
            return self._clips.get(media_id)

    def media_ids(self) -> list[str]:
        """The IDs of all clips, in the order they came in."""
        with self._lock:
            return list(self._clips)


def _probed_size(file: Path) -> tuple[int, int]:
    from .probe import probe

    if not file.exists():
        raise InputError(f"There is no file at {file}.", hint="Check the path.")
    if not file.is_file():
        raise InputError(f"{file} is not a file.", hint="Give the path of one clip.")
    found = probe(file)
    return found.width, found.height
