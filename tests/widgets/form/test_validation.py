from __future__ import annotations

import uuid

import pytest

from vfx_widgets.errors import MediaIdError
from vfx_widgets.sandbox.media_ids import MediaName
from vfx_widgets.widgets.verdicts import usable, verdict

PROJECT, WORKFLOW, KEY = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("project", "workflow", "key"))
VIDEO = MediaName(5, PROJECT, WORKFLOW, KEY).encode()
IMAGE = MediaName(3, PROJECT, WORKFLOW, KEY).encode()
RESULT = MediaName(5, PROJECT, WORKFLOW, f"{KEY}_upsampled").encode()


@pytest.mark.parametrize(
    ("line", "mark", "short", "count"),
    [
        (VIDEO, "ok", f"video {KEY[:8]}…", 1),
        (f'"{VIDEO}",', "ok", f"video {KEY[:8]}…", 1),
        (IMAGE, "bad", "image", 0),
        (RESULT, "bad", "already upsampled", 0),
        (VIDEO[:-1], "bad", "cut off", 0),
        (KEY, "unsure", "bare UUID", 1),
        ("hello", "bad", "not a media ID", 0),
        ("Bearer ya29.something-long", "bad", "a token?", 0),
    ],
)
def test_each_line_is_judged(line: str, mark: str, short: str, count: int) -> None:
    judged = verdict(line)
    assert (judged["mark"], judged["short"], judged["count"]) == (mark, short, count)
    assert judged["long"]


def test_a_clip_with_a_name_is_called_by_it() -> None:
    assert verdict(VIDEO, lambda clip: {VIDEO: "my holiday"}.get(clip.text))["short"] == "my holiday"
    assert verdict(KEY, lambda clip: "my holiday")["short"] == "bare UUID"


def test_good_lines_go_and_bad_ones_are_told_by_their_number() -> None:
    clips, problems = usable(f"{IMAGE}\n\n{VIDEO}\n{VIDEO}\nhello\n")
    assert [clip.text for clip in clips] == [VIDEO]
    assert [problem.message.split(":")[0] for problem in problems] == ["Line 1", "Line 5"]
    assert all(isinstance(problem, MediaIdError) for problem in problems)
