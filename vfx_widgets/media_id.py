"""Media IDs: parsing, searching in pasted text, and messages about malformed ones.

A media ID is a protobuf message in base64url without padding. Its fields are the media type, a project, a workflow, a
step and a media key. Since 2026 the service uses plain UUIDs instead (docs/protocol.md, "Media IDs").
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from .errors import MediaIdError
from .protobuf import TruncatedMessage, encoded_length, read_fields

_TYPE_NAMES = {3: "image", 5: "video"}
_TYPE, _PROJECT, _WORKFLOW, _STEP, _KEY = 1, 2, 3, 4, 5  # field numbers
_SOURCE_LENGTH = 162  # characters; the length of the captured source ID and of every other source video's
_UPSAMPLED = "_upsampled"

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_BASE64URL_TO_BASE64URL = re.compile(r"[A-Za-z0-9_-](?:.*[A-Za-z0-9_-])?", re.DOTALL)
_UUID = re.compile(r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_upsampled)?")
# The first bytes in base64url: field 1 with a small number, then field 2 with a length of 36, that of a UUID.
_PREFIX = re.compile(r"CA[AEIMQUYcgkosw048]SJ")
_CANDIDATE = re.compile(rf"(?<![\w-])(?:{_PREFIX.pattern}[A-Za-z0-9_-]*|{_UUID.pattern})(?![\w-])")
# A separate word of the length of an ID without the prefix of one: characters at its start were lost or added.
_MALFORMED = re.compile(r"""(?<![^\s"'`,;(\[])[A-Za-z0-9_-]{100,240}(?![^\s"'`,;)\]])""")
# Characters that terminals and mail programs insert where they wrap a long line, and the rest of that line.
_WRAPPED_LINE = re.compile(r"[\s>|\\=\u200b]+([A-Za-z0-9_-]+)")
_LABEL = re.compile(r"""(?:["'](?P<quoted>\w+)\\?["']|\b(?P<plain>\w+(?:Id|_id)))\s*[:=]\s*\\?["']?$""")
_MAX_LABEL_LENGTH = 80  # characters
_MEDIA_ID_LABELS = {"mediaid", "media_id", "mediagenerationid", "primarymediaid"}


@dataclass(frozen=True, slots=True)
class MediaId:
    """The service's ID of one clip or image.

    Attributes:
        text: The ID in the service's notation.
        type: ``"video"``, ``"image"`` or, for a plain UUID, ``"unknown"``.
        key: The media key: a UUID, followed by ``_upsampled`` if the clip is a result.
        project: UUID of the project; None for a plain UUID.
        workflow: UUID of the workflow; None for a plain UUID.
        step: The step in the workflow; None for a plain UUID.

    Example:
        >>> clip = vfx.MediaId.parse(media_id)
        >>> clip.type, clip.key, len(clip.text)
        ('video', 'b120a366-f0bb-49cf-82f2-dc05873f9bd0', 162)
    """

    text: str
    type: str
    key: str
    project: str | None = None
    workflow: str | None = None
    step: str | None = None

    @classmethod
    def parse(cls, text: str | MediaId) -> MediaId:
        """Parse a text with exactly one media ID.

        Media IDs of images and of results are also valid; `check` refuses them.

        Args:
            text: The ID, optionally in quotes, or a longer text that contains it. A `MediaId` is returned unchanged.

        Returns:
            The media ID.

        Raises:
            MediaIdError: The text is empty, cut off, not a media ID, or contains several.

        Example:
            >>> vfx.MediaId.parse(f' "{media_id}", ') == vfx.MediaId.parse(media_id)
            True
        """
        if isinstance(text, MediaId):
            return text
        bare = _strip(text)
        if _UUID.fullmatch(bare):
            return cls(text=bare, type="unknown", key=bare)
        if _BASE64URL.fullmatch(bare):
            return _decode(bare)
        found = cls.find_all(text)
        if len(found) > 1:
            raise MediaIdError(f"The text contains {len(found)} media IDs.", hint="Enter one at a time.")
        return found[0]

    @classmethod
    def find_all(cls, text: str) -> list[MediaId]:
        """Find the media IDs in a text, such as a list or JSON.

        IDs that were wrapped over several lines are joined. A plain UUID is ignored if it has another label, such as
        ``sceneId``, or is the media key of another ID in the text.

        Args:
            text: The text.

        Returns:
            The media IDs in order, each one once; at least one.

        Raises:
            MediaIdError: There is none, or one is cut off or damaged.

        Example:
            >>> len(vfx.MediaId.find_all("my clips: " + ", ".join(sandbox.media_ids)))
            3
        """
        bare = _strip(text)
        if not bare:
            raise MediaIdError("No media ID entered.", hint="Paste the media ID of a generated clip.")
        found: dict[str, MediaId] = {}
        position = 0
        while match := _CANDIDATE.search(text, position):
            _reject_malformed(text, position, match.start())
            position = match.end()
            if not _UUID.fullmatch(match.group()):
                media_id, position = _join_lines(text, match)
            elif _has_other_label(text, match.start()):
                continue
            else:
                media_id = cls.parse(match.group())
            found.setdefault(media_id.text, media_id)
        if not found:
            if _BASE64URL.fullmatch(bare):
                return [_decode(bare)]
            raise _not_a_media_id(text.strip())
        _reject_malformed(text, position, len(text))
        keys = {media_id.key for media_id in found.values() if media_id.is_checkable}
        return [media_id for media_id in found.values() if media_id.is_checkable or media_id.key not in keys]

    @property
    def is_upsampled(self) -> bool:
        """Whether the clip is a result of an upsample."""
        return self.key.endswith(_UPSAMPLED)

    @property
    def is_checkable(self) -> bool:
        """Whether the ID contains the media type. A plain UUID does not."""
        return self.type != "unknown"

    @property
    def problem(self) -> str | None:
        """The reason why the clip can't be upsampled, as a sentence; None if it can be."""
        if self.is_upsampled:
            return "This is already upsampled: the media ID belongs to a result."
        if self.type == "image":
            return f"This is an image, not a video ({self.key})."
        if self.type not in ("video", "unknown"):
            return f"This is neither a video nor an image (media {self.type})."
        return None

    def explain(self) -> str:
        """Describe the media ID in one sentence.

        Returns:
            The sentence.

        Example:
            >>> print(vfx.MediaId.parse("6301bbfc-a0c5-454e-8ff9-bb510944fe0c").explain())
            This is a plain UUID. It can't be checked until submitted.
        """
        if self.problem:
            return self.problem
        if not self.is_checkable:
            return "This is a plain UUID. It can't be checked until submitted."
        return f"Video {self.key}, project {self.project}, workflow {self.workflow}."

    def check(self) -> MediaId:
        """Return this media ID if the clip can be upsampled.

        Raises:
            MediaIdError: It is an image, or already upsampled.

        Example:
            >>> vfx.MediaId.parse("6301bbfc-a0c5-454e-8ff9-bb510944fe0c_upsampled").check()
            Traceback (most recent call last):
            vfx_widgets.errors.MediaIdError: This is already upsampled: the media ID belongs to a result. ...
        """
        if self.problem:
            raise MediaIdError(self.problem, hint="Paste the media ID of the generated clip.")
        return self

    def __str__(self) -> str:
        return self.text


def _strip(text: str) -> str:
    """Remove quotes, brackets, commas, white space and padding from both ends."""
    if not isinstance(text, str):
        raise MediaIdError(f"A media ID is text, not {type(text).__name__}.")
    inside = _BASE64URL_TO_BASE64URL.search(text)
    return inside.group() if inside else ""


def _join_lines(text: str, first_line: re.Match[str]) -> tuple[MediaId, int]:
    """Decode a media ID that may be wrapped over several lines; return it and its end in the text."""
    joined, end = first_line.group(), first_line.end()
    try:
        return _decode(joined), end
    except MediaIdError as error:
        first_error = error
    while len(joined) < 2 * _SOURCE_LENGTH and (line := _WRAPPED_LINE.match(text, end)):
        joined, end = joined + line[1], line.end()
        with contextlib.suppress(MediaIdError):
            media_id = _decode(joined)
            # Any word of the right length can be decoded; only the end of the ID completes a UUID.
            if _UUID.fullmatch(media_id.key):
                return media_id, end
    raise first_error


def _reject_malformed(text: str, start: int, end: int) -> None:
    """Report malformed IDs instead of skipping them: nobody would notice that one of a list is missing."""
    for match in _MALFORMED.finditer(text, start, end):
        if not _has_other_label(text, match.start()):
            _decode(match.group())


def _has_other_label(text: str, position: int) -> bool:
    """Whether the value at a position is labelled as something other than a media ID, as in ``"sceneId": "…"``."""
    label = _LABEL.search(text, max(0, position - _MAX_LABEL_LENGTH), position)
    return label is not None and (label["quoted"] or label["plain"]).lower() not in _MEDIA_ID_LABELS


def _decode(text: str) -> MediaId:
    fields: dict[int, str | int] = {}
    complete = 0  # bytes up to the end of the media key, which is the last field
    try:
        for number, value, end in read_fields(text):
            fields.setdefault(number, value)
            complete = end if number == _KEY else complete
    except ValueError as error:
        if complete:
            raise _too_long(len(text), encoded_length(complete)) from None
        if not _has_prefix(text):
            raise _not_a_media_id(text) from None
        if isinstance(error, TruncatedMessage):
            raise _cut_off(len(text), max(encoded_length(error.expected), _SOURCE_LENGTH)) from None
        raise _damaged(len(text)) from None
    media_type = fields.get(_TYPE)
    if not isinstance(media_type, int) or not isinstance(fields.get(_PROJECT), str):
        raise _cut_off(len(text), _SOURCE_LENGTH) if _has_prefix(text) else _not_a_media_id(text)
    if _KEY not in fields:
        raise _cut_off(len(text), _SOURCE_LENGTH)
    if not all(value.isprintable() for value in fields.values() if isinstance(value, str)):
        # The key is shown in terminals, where control characters have effects.
        raise _damaged(len(text))
    return MediaId(
        text=text,
        type=_TYPE_NAMES.get(media_type, f"type {media_type}"),
        key=str(fields[_KEY]),
        project=str(fields[_PROJECT]),
        workflow=_str_or_none(fields.get(_WORKFLOW)),
        step=_str_or_none(fields.get(_STEP)),
    )


def _has_prefix(text: str) -> bool:
    """Whether the text starts as a media ID does; it may be shorter than the prefix."""
    return bool(_PREFIX.match(text)) or "CAUSJ".startswith(text) or "CAMSJ".startswith(text)


def _str_or_none(value: str | int | None) -> str | None:
    return value if isinstance(value, str) else None


def _cut_off(length: int, expected: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID is cut off: {length} of {expected} characters.", hint="Copy the whole ID again."
    )


def _damaged(length: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID is damaged: its {length} characters contain an error.", hint="Copy the whole ID again."
    )


def _too_long(length: int, expected: int) -> MediaIdError:
    excess = length - expected
    return MediaIdError(
        f"This media ID is {excess} character{'s' * (excess > 1)} too long: {length}, not {expected}.",
        hint="Copy it again, without any trailing text.",
    )


def _not_a_media_id(text: str) -> MediaIdError:
    if re.search(r"ya29\.|^bearer\b", text, re.IGNORECASE):
        return MediaIdError(
            "This looks like a bearer token, not a media ID.", hint="Paste it into the token field instead."
        )
    shown = text if len(text) <= 40 else f"{text[:37]}…"
    return MediaIdError(
        f"This is not a media ID: {shown!r}.",
        hint="A media ID starts with CAUS and has 162 characters, or is a UUID.",
    )
