"""Validation of the media ID field, line by line."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import MediaIdError
from ...media_id import MediaId
from ..shared.messages import LineResult
from ..view_models import short_key


def validate_line(
    line: str,
    name: Callable[[MediaId], str | None] = lambda _: None,
    duration: Callable[[MediaId], float] = lambda _: 0.0,
    size: Callable[[MediaId], str] = lambda _: "",
) -> LineResult:
    """Validate one line of the field.

    Args:
        line: The line as typed.
        name: Returns the name of a clip, or None where it has none.
        duration: Returns the duration of a clip in seconds, or 0 where it is not known.
        size: Returns its size in pixels, such as "640×360"; empty where it is not known.
    """
    try:
        found = MediaId.find_all(line)
    except MediaIdError as error:
        return LineResult("invalid", _short_problem(str(error)), str(error), 0)
    for media_id in found:
        if media_id.problem:
            label = "already upsampled" if media_id.is_upsampled else media_id.type
            return LineResult("invalid", label, media_id.explain(), 0)
    first = found[0]
    if not first.is_checkable:
        return LineResult("unverified", "not verified", first.explain(), len(found), media_ids=_texts(found))
    label = name(first) or f"video {short_key(first)}" if len(found) == 1 else f"{len(found)} videos"
    durations = [duration(media_id) for media_id in found]
    seconds = round(sum(durations), 1) if all(durations) else 0.0
    facts = [size(first), f"{seconds:g} s" if seconds else ""] if len(found) == 1 else []
    return LineResult("ok", label, first.explain(), len(found), seconds, _texts(found), " · ".join(filter(None, facts)))


def parse_clips(text: str) -> tuple[list[MediaId], list[MediaIdError]]:
    """Split the text of the field into the clips to submit and the errors of the other lines.

    Each clip comes once, in the order of the lines.
    """
    clips: dict[str, MediaId] = {}
    errors: list[MediaIdError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            for media_id in MediaId.find_all(line):
                clips[media_id.check().text] = media_id
        except MediaIdError as error:
            errors.append(MediaIdError(f"Line {number}: {error.message}", hint=error.hint))
    return list(clips.values()), errors


def _texts(media_ids: list[MediaId]) -> list[str]:
    return [media_id.text for media_id in media_ids]


def _short_problem(sentence: str) -> str:
    for words, label in (("cut off", "cut off"), ("too long", "too long"), ("token", "a token?")):
        if words in sentence:
            return label
    return "not a media ID"
