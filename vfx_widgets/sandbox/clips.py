"""The clips of a sandbox: those that ship with the package, and those a person adds."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from ..errors import InputError
from ..locks import ForkSafeLock
from ..paths import expand_path
from .file_content import FileChanged, FileContent
from .media_ids import VIDEO, MediaName
from .models import LANDSCAPE, PORTRAIT

BUNDLED_DIRECTORY = Path(__file__).parent / "sample_clips"
# The project of all added clips, and the namespace of their UUIDs, so that a file has the same media ID every time.
ADDED_CLIPS = uuid.UUID("5f2a1c3e-0d6b-4b7e-9a55-6d1f0c8e2b94")


@dataclass(frozen=True)
class Clip:
    """A clip that can be upsampled.

    Args:
        name: The fields of its media ID.
        path: The file.
        width: Width in pixels, as a player shows it.
        height: Height in pixels, as a player shows it.
        content: The content that the file had when it was added; None for a clip that ships with the package.
    """

    name: MediaName
    path: Path
    width: int
    height: int
    content: FileContent | None = field(default=None, compare=False)

    @cached_property
    def media_id(self) -> str:
        """The media ID of the clip."""
        return self.name.encode()

    @property
    def aspect_ratio(self) -> str:
        """The value of ``aspectRatio`` that fits the clip."""
        return PORTRAIT if self.height > self.width else LANDSCAPE


@cache
def bundled_clips() -> tuple[Clip, ...]:
    """Return the clips that ship with the package."""
    entries = json.loads((BUNDLED_DIRECTORY / "manifest.json").read_text(encoding="utf-8"))
    return tuple(
        Clip(
            MediaName(VIDEO, entry["project"], entry["workflow"], entry["key"]),
            BUNDLED_DIRECTORY / entry["file"],
            entry["width"],
            entry["height"],
        )
        for entry in entries
    )


def bundled_media_ids() -> list[str]:
    """Return the media IDs of the clips that ship with the package. They are the same on every machine."""
    return [clip.media_id for clip in bundled_clips()]


def bundled_path(media_id: str) -> Path | None:
    """Return the file of a clip that ships with the package; None for another clip."""
    return next((clip.path for clip in bundled_clips() if clip.media_id == media_id), None)


class ClipLibrary:
    """Clips by media ID. Thread-safe."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._clips = {clip.media_id: clip for clip in bundled_clips()}

    def add(self, path: str | os.PathLike[str]) -> str:
        """Add a file; return its media ID, which is derived from the content.

        Raises:
            InputError: The file does not exist, is not a video, or is being written.
        """
        # Imported here because PyAV is an optional dependency.
        from .probe import probe_size

        file = expand_path(path, "path").absolute()
        if not file.exists():
            raise InputError(f"There is no file at {file}.", hint="Check the path.")
        if not file.is_file():
            raise InputError(f"{file} is not a file.", hint="Give the path of a single clip.")
        content = FileContent(file)
        width, height = probe_size(file)
        if not content.is_untouched:
            raise InputError(f"{file.name} is being written.", hint="Wait until it is complete, then add it.")
        workflow, key = (str(uuid.uuid5(ADDED_CLIPS, f"{part} {content.sha256}")) for part in ("workflow", "key"))
        clip = Clip(MediaName(VIDEO, str(ADDED_CLIPS), workflow, key), file, width, height, content)
        with self._lock:
            self._clips[clip.media_id] = clip
        return clip.media_id

    def find(self, media_id: str) -> Clip | None:
        """Return the clip with this media ID, or None."""
        with self._lock:
            return self._clips.get(media_id)

    def path(self, media_id: str) -> Path | None:
        """Return the file of a clip, or None if there is no such clip or its file has changed."""
        clip = self.find(media_id)
        if clip is None:
            return None
        try:
            if clip.content is not None:
                clip.content.check()
        except FileChanged:
            return None
        return clip.path

    def media_ids(self) -> list[str]:
        """Return the media IDs of all clips, in the order they were added."""
        with self._lock:
            return list(self._clips)
