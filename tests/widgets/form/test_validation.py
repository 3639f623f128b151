"""Validation of the media ID field."""

from __future__ import annotations

import pytest

from tests.support.sample_media_ids import IMAGE, KEY, RESULT, VIDEO
from vfx_widgets.errors import MediaIdError
from vfx_widgets.widgets.form.validation import parse_clips, validate_line


@pytest.mark.parametrize(
    ("line", "verdict", "label", "count"),
    [
        (VIDEO, "ok", f"video {KEY[:8]}…", 1),
        (f'"{VIDEO}",', "ok", f"video {KEY[:8]}…", 1),
        (IMAGE, "invalid", "image", 0),
        (RESULT, "invalid", "already upsampled", 0),
        (VIDEO[:-1], "invalid", "cut off", 0),
        (f"{VIDEO}xyz", "invalid", "too long", 0),
        (KEY, "unverified", "not verified", 1),
        ("hello", "invalid", "not a media ID", 0),
        ("Bearer ya29.something-long", "invalid", "a token?", 0),
    ],
)
def test_each_line_has_a_result(line: str, verdict: str, label: str, count: int) -> None:
    result = validate_line(line)
    assert (result.verdict, result.label, result.count) == (verdict, label, count)
    assert result.explanation


def test_a_clip_with_a_name_is_shown_by_it() -> None:
    assert validate_line(VIDEO, lambda clip: {VIDEO: "my holiday"}.get(clip.text)).label == "my holiday"
    assert validate_line(KEY, lambda clip: "my holiday").label == "not verified"


def test_invalid_lines_are_reported_by_their_number_and_each_clip_comes_once() -> None:
    clips, errors = parse_clips(f"{IMAGE}\n\n{VIDEO}\n{VIDEO}\nhello\n")
    assert [clip.text for clip in clips] == [VIDEO]
    assert [error.message.split(":")[0] for error in errors] == ["Line 1", "Line 5"]
    assert all(isinstance(error, MediaIdError) for error in errors)
