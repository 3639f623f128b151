"""What is said of each line in the field for media IDs while it is typed."""

from __future__ import annotations

from collections.abc import Callable

from vfx_widgets.errors import MediaIdError
from vfx_widgets.media_id import MediaId

_SHORT_KEY = 8  # characters; enough to tell the clips of one person apart


def short_key(media_id: MediaId) -> str:
    """The start of the media key, as the table and the form show it."""
    return f"{media_id.key[:_SHORT_KEY]}…"


def verdict(line: str, name: Callable[[MediaId], str | None] = lambda _: None) -> dict[str, str | int]:
    """Judge one line.

    Args:
        line: The line as typed.
        name: What a clip is called, where it has a name.

    Returns:
        ``mark`` (ok, bad or unsure), ``short`` for beside the line, ``long`` as a sentence, and ``count``: how many
        clips of this line can be submitted.
    """
    try:
        found = MediaId.find_all(line)
    except MediaIdError as error:
        return {"mark": "bad", "short": _short_problem(str(error)), "long": str(error), "count": 0}
    for each in found:
        if each.problem:
            short = "already upsampled" if each.is_upsampled else each.type
            return {"mark": "bad", "short": short, "long": each.explain(), "count": 0}
    first = found[0]
    if not first.is_checkable:
        return {"mark": "unsure", "short": "bare UUID", "long": first.explain(), "count": len(found)}
    short = name(first) or f"video {short_key(first)}" if len(found) == 1 else f"{len(found)} videos"
    return {"mark": "ok", "short": short, "long": first.explain(), "count": len(found)}


def usable(text: str) -> tuple[list[MediaId], list[MediaIdError]]:
    """Split the text of the field into the clips to submit and what is wrong with the other lines.

    Each clip comes once, in the order of the lines.
    """
    clips: dict[str, MediaId] = {}
    problems: list[MediaIdError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            for media_id in MediaId.find_all(line):
                clips[media_id.check().text] = media_id
        except MediaIdError as error:
            problems.append(MediaIdError(f"Line {number}: {error.message}", hint=error.hint))
    return list(clips.values()), problems


def _short_problem(sentence: str) -> str:
    for words, short in (("cut off", "cut off"), ("too many", "too long"), ("token", "a token?")):
        if words in sentence:
            return short
    return "not a media ID"
