"""Well-formed media IDs of a clip, an image and a result that no service knows."""

from __future__ import annotations

import uuid

from vfx_widgets.sandbox.media_ids import MediaName


def media_id(kind: int, name: str, suffix: str = "") -> str:
    """Return a media ID; 3 is an image, 5 a video."""
    project, workflow, key = (str(uuid.uuid5(uuid.NAMESPACE_URL, f"{part} {name}")) for part in ("a", "b", "c"))
    return MediaName(kind, project, workflow, f"{key}{suffix}").encode()


def key_of(name: str) -> str:
    """Return the media key in `media_id` of the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"c {name}"))


KEY = key_of("clip")
VIDEO = media_id(5, "clip")
IMAGE = media_id(3, "clip")
RESULT = media_id(5, "clip", "_upsampled")
