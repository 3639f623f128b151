"""Media IDs: parse them, find them in pasted text, and say in words what is wrong with one.

The form is known from the capture (service-notes, section 5): unpadded base64url of a protobuf message with the
media type, a project, a workflow, a step and a media key. From 2026 on the service uses plain UUIDs.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from .errors import MediaIdError
from .protobuf import CutOff, encoded_length
from .protobuf import fields as fields_of

_TYPE_NAMES = {3: "image", 5: "video"}
_PROJECT, _WORKFLOW, _STEP, _KEY = 2, 3, 4, 5
_USUAL_LENGTH = 162  # characters of the capture's source ID; every source video has this length
_UPSAMPLED = "_upsampled"

_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")
_INSIDE = re.compile(r"[A-Za-z0-9_-](?:.*[A-Za-z0-9_-])?", re.DOTALL)
_UUID = re.compile(r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_upsampled)?")
# How base64url spells the first bytes: field 1 with a small number, then field 2 with the 36 characters of a UUID.
_HEAD = re.compile(r"CA[AEIMQUYcgkosw048]SJ")
_CANDIDATE = re.compile(rf"(?<![\w-])(?:{_HEAD.pattern}[A-Za-z0-9_-]*|{_UUID.pattern})(?![\w-])")
# What stands where an ID could, and is as long as one: one that lost or gained a character at its beginning.
_LIKE_AN_ID = re.compile(r"""(?<![^\s"'`,;(\[])[A-Za-z0-9_-]{100,240}(?![^\s"'`,;)\]])""")
# What a terminal or a mail puts where it breaks a long line.
_NEXT_LINE = re.compile(r"[\s>|\\=\u200b]+([A-Za-z0-9_-]+)")
_NAME_BEFORE = re.compile(r"""(?:["'](?P<quoted>\w+)\\?["']|\b(?P<plain>\w+(?:Id|_id)))\s*[:=]\s*\\?["']?$""")
_MEDIA_NAMES = {"mediaid", "media_id", "mediagenerationid", "primarymediaid"}


@dataclass(frozen=True, slots=True)
class MediaId:
    """The ID of one clip or image at the service.

    Attributes:
        text: The ID as the service writes it.
        type: ``"video"``, ``"image"`` or, for a bare UUID, ``"unknown"``.
        project: UUID of the project, or None in a bare UUID.
        workflow: UUID of the workflow, or None in a bare UUID.
        step: The step inside the workflow, or None in a bare UUID.
        key: The media key: a UUID, with ``_upsampled`` behind it in a result.

    Example:
        >>> clip = vfx.MediaId.parse(media_id)
        >>> clip.type, clip.key, len(clip.text)
        ('video', '6301bbfc-a0c5-454e-8ff9-bb510944fe0c', 162)
    """

    text: str
    type: str
    key: str
    project: str | None = None
    workflow: str | None = None
    step: str | None = None

    @classmethod
    def parse(cls, text: str) -> MediaId:
        """Read the one media ID in a text: bare, or as `find_all` finds it.

        Images and results parse as well; `problem` says why they can't be upsampled.

        Args:
            text: The ID, with or without quotes, commas and white space around it, or a text that has it inside.

        Returns:
            The media ID.

        Raises:
            MediaIdError: The text is empty, cut off, no media ID, or has several. The message says which.

        Example:
            >>> vfx.MediaId.parse(f' "{media_id}", ') == vfx.MediaId.parse(media_id)
            True
        """
        bare = _bare(text)
        if _UUID.fullmatch(bare):
            return cls(text=bare, type="unknown", key=bare)
        if _CHARACTERS.fullmatch(bare):
            return _from_message(bare)
        found = cls.find_all(text)
        if len(found) > 1:
            raise MediaIdError(f"There are {len(found)} media IDs here.", hint="Give one at a time.")
        return found[0]

    @classmethod
    def find_all(cls, text: str) -> list[MediaId]:
        """Find every media ID in pasted text: lines, quotes, commas, JSON; each one once, in order.

        An ID that a terminal or a mail has broken over several lines is put together again. Bare UUIDs under another
        name (``sceneId``, say), or that are the media key of an ID in the same text, are passed over.

        Args:
            text: What was pasted.

        Returns:
            The media IDs, at least one.

        Raises:
            MediaIdError: There is none, or one of them is cut off or damaged.

        Example:
            >>> len(vfx.MediaId.find_all("my clips: " + ", ".join(sandbox.media_ids)))
            3
        """
        bare = _bare(text)
        if not bare:
            raise _no_id()
        found: dict[str, MediaId] = {}
        position = 0
        while match := _CANDIDATE.search(text, position):
            _refuse_likes(text, position, match.start())
            position = match.end()
            if not _UUID.fullmatch(match.group()):
                media_id, position = _put_together(text, match)
            elif _has_another_name(text, match.start()):
                continue
            else:
                media_id = cls.parse(match.group())
            found.setdefault(media_id.text, media_id)
        if not found:
            if _CHARACTERS.fullmatch(bare):
                return [_from_message(bare)]
            raise _not_an_id(text.strip())
        _refuse_likes(text, position, len(text))
        keys = {media_id.key for media_id in found.values() if media_id.is_checkable}
        return [media_id for media_id in found.values() if media_id.is_checkable or media_id.key not in keys]

    @property
    def is_upsampled(self) -> bool:
        """Whether this is the ID of a result, not of a source."""
        return self.key.endswith(_UPSAMPLED)

    @property
    def is_checkable(self) -> bool:
        """Whether the ID itself tells what it stands for; a bare UUID does not."""
        return self.type != "unknown"

    @property
    def problem(self) -> str | None:
        """Why this can't be upsampled, as a sentence; None where nothing speaks against it."""
        if self.is_upsampled:
            return "This is already upsampled: it is the ID of a result."
        if self.type == "image":
            return f"This is an image, not a video ({self.key})."
        if self.type not in ("video", "unknown"):
            return f"This is neither a video nor an image (media of {self.type})."
        return None

    def explain(self) -> str:
        """Say in one line what this ID is.

        Returns:
            A sentence for a person to read.

        Example:
            >>> print(vfx.MediaId.parse("6301bbfc-a0c5-454e-8ff9-bb510944fe0c").explain())
            This is a bare UUID: it can't be checked before it is sent.
        """
        if self.problem:
            return self.problem
        if not self.is_checkable:
            return "This is a bare UUID: it can't be checked before it is sent."
        return f"Video {self.key}, project {self.project}, workflow {self.workflow}."

    def check(self) -> MediaId:
        """Return this ID if it can be upsampled.

        Raises:
            MediaIdError: It is an image, or already upsampled.

        Example:
            >>> vfx.MediaId.parse("6301bbfc-a0c5-454e-8ff9-bb510944fe0c_upsampled").check()
            Traceback (most recent call last):
            vfx_widgets.errors.MediaIdError: This is already upsampled: it is the ID of a result. Paste the media ID ...
        """
        if self.problem:
            raise MediaIdError(self.problem, hint="Paste the media ID of the clip as it was generated.")
        return self

    def __str__(self) -> str:
        return self.text


def _bare(text: str) -> str:
    """Drop what stands around an ID: quotes, brackets, commas, white space, padding."""
    if not isinstance(text, str):
        raise MediaIdError(f"A media ID is text, not {type(text).__name__}.")
    inside = _INSIDE.search(text)
    return inside.group() if inside else ""


def _put_together(text: str, first: re.Match[str]) -> tuple[MediaId, int]:
    """Read the ID that begins at this match, over as many lines as it takes, and say where it ends."""
    pieces, end = first.group(), first.end()
    try:
        return _from_message(pieces), end
    except MediaIdError as error:
        cut_off = error
    while len(pieces) < 2 * _USUAL_LENGTH and (line := _NEXT_LINE.match(text, end)):
        pieces, end = pieces + line[1], line.end()
        with contextlib.suppress(MediaIdError):
            media_id = _from_message(pieces)
            if _UUID.fullmatch(media_id.key):  # else the next word happens to have the right length
                return media_id, end
    raise cut_off


def _refuse_likes(text: str, begin: int, end: int) -> None:
    """Say what is wrong with something between two IDs that is as long as one: left out, nobody would miss it."""
    for match in _LIKE_AN_ID.finditer(text, begin, end):
        if not _has_another_name(text, match.start()):
            _from_message(match.group())


def _has_another_name(text: str, position: int) -> bool:
    """Whether what stands here is said to be something else than a media ID, as in ``"sceneId": "…"``."""
    name = _NAME_BEFORE.search(text, max(0, position - 80), position)
    return name is not None and (name["quoted"] or name["plain"]).lower() not in _MEDIA_NAMES


def _from_message(text: str) -> MediaId:
    fields: dict[int, str | int] = {}
    whole = 0  # bytes up to the end of the media key, the last field
    try:
        for number, value, end in fields_of(text):
            fields.setdefault(number, value)
            whole = end if number == _KEY else whole
    except ValueError as error:
        if whole:
            raise _too_long(len(text), encoded_length(whole)) from None
        if not _begins_as_an_id(text):
            raise _not_an_id(text) from None
        if isinstance(error, CutOff):
            raise _cut_off(len(text), max(encoded_length(error.expected), _USUAL_LENGTH)) from None
        raise _damaged(len(text)) from None
    media_type = fields.get(1)
    if not isinstance(media_type, int) or not isinstance(fields.get(_PROJECT), str):
        raise _cut_off(len(text), _USUAL_LENGTH) if _begins_as_an_id(text) else _not_an_id(text)
    if _KEY not in fields:
        raise _cut_off(len(text), _USUAL_LENGTH)
    return MediaId(
        text=text,
        type=_TYPE_NAMES.get(media_type, f"type {media_type}"),
        key=str(fields[_KEY]),
        project=str(fields[_PROJECT]),
        workflow=_text_or_none(fields.get(_WORKFLOW)),
        step=_text_or_none(fields.get(_STEP)),
    )


def _begins_as_an_id(text: str) -> bool:
    return bool(_HEAD.match(text)) or "CAUSJ".startswith(text) or "CAMSJ".startswith(text)


def _text_or_none(value: str | int | None) -> str | None:
    return value if isinstance(value, str) else None


def _cut_off(length: int, expected: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID is cut off: {length} of {expected} characters.", hint="Copy the whole ID again."
    )


def _damaged(length: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID is damaged: there is a fault among its {length} characters.",
        hint="Copy the whole ID again.",
    )


def _too_long(length: int, expected: int) -> MediaIdError:
    too_many = "a character" if length == expected + 1 else f"{length - expected} characters"
    return MediaIdError(
        f"This media ID has {too_many} too many: {length}, not {expected}.",
        hint="Copy it again, without what stands behind it.",
    )


def _no_id() -> MediaIdError:
    return MediaIdError("There is no media ID.", hint="Paste the ID of a generated clip.")


def _not_an_id(text: str) -> MediaIdError:
    if re.search(r"ya29\.|^bearer\b", text, re.IGNORECASE):
        return MediaIdError(
            "This looks like a bearer token, not a media ID.", hint="Paste it into the token field instead."
        )
    shown = text if len(text) <= 40 else f"{text[:37]}…"
    return MediaIdError(
        f"This is not a media ID: {shown!r}.",
        hint="A media ID starts with CAUS and has 162 characters, or it is a UUID.",
    )
