"""What clips are called on the page."""

from __future__ import annotations

from ..media_id import MediaId
from .verdicts import short_key


class Names:
    """Names of clips by media ID: those of the sandbox's clips and of own files; others go by their key."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def learn(self, media_id: str, stem: str) -> None:
        """Call a clip after its file."""
        self._names[media_id] = stem.replace("_", " ")

    def of(self, media_id: MediaId) -> str:
        """Return what to call a clip."""
        return self.get(media_id) or short_key(media_id)

    def get(self, media_id: MediaId) -> str | None:
        """Return the name of a clip that has one."""
        return self._names.get(media_id.text)

    def of_text(self, text: str) -> str:
        """Return what to call the clip of this ID."""
        return self._names.get(text) or short_key(MediaId.parse(text))


def with_sandbox_clips() -> Names:
    """Return names that know the clips which ship with the package."""
    from ..sandbox.clips import bundled_clips

    names = Names()
    for clip in bundled_clips():
        names.learn(clip.media_id, clip.path.stem)
    return names
