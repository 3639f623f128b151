"""Moments of results: which frame is on show in which view, and the line of code that shows it again."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import get_args

from ...errors import InputError
from ...jobs.job import Job
from ..shared.messages import PlayerView

VIEWS: tuple[str, ...] = get_args(PlayerView)


def check_moment(frame: object, view: str) -> None:
    """Check the arguments of `UpsamplePanel.show`.

    Raises:
        InputError: There is no such frame or view.
    """
    if isinstance(frame, bool) or not isinstance(frame, int) or frame < 1:
        raise InputError(f"There is no frame {frame!r}.", hint="Frames are counted from 1, as the player does.")
    if view not in VIEWS:
        raise InputError(
            f"There is no view {view!r}.", hint=f"Use {', '.join(map(repr, VIEWS[:-1]))} or {VIEWS[-1]!r}."
        )


def find_result(jobs: Sequence[tuple[str, Job]], clip: str, method: str | None) -> Job:
    """Return the newest result of a clip.

    Args:
        jobs: All jobs with the display names of their clips.
        clip: Such a name, a media ID, or the ID of a job.
        method: The upsampler of the job; None for any.

    Raises:
        InputError: There is no such result.
    """
    results = [(name, job) for name, job in jobs if job.video is not None and method in (None, job.method)]
    matching = [job for name, job in results if clip in (name, job.media_id.text, job.id)]
    if matching:
        return max(matching, key=lambda job: job.created)
    names = list(dict.fromkeys(name for name, _ in results))
    near = get_close_matches(clip, names, 1, 0.5) or names[-1:]
    how = f" with the method {method!r}" if method else ""
    hint = f"Did you mean {near[0]!r}?" if near else "Upsample a clip first."
    raise InputError(f"This panel has no result of {clip[:60]!r}{how}.", hint=hint)


def code_for(panel: object, clip: str, frame: int, view: str, method: str | None) -> str:
    """Return the line of code that shows a moment again: ``panel.show("harbour", frame=42, view="wipe")``.

    Args:
        panel: The panel, which is named as in the notebook.
        clip: Display name of the clip.
        frame: From 1.
        view: The view.
        method: The upsampler, where the panel has results of several.
    """
    arguments = [json.dumps(clip, ensure_ascii=False), f"frame={frame}", f"view={json.dumps(view)}"]
    if method:
        arguments.append(f"method={json.dumps(method)}")
    return f"{_name_of(panel)}.show({', '.join(arguments)})"


def _name_of(panel: object) -> str:
    """Return what the panel is called in the notebook: a variable, an output such as ``Out[3]``, else ``panel``."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return "panel"
    for name, value in list(shell.user_ns.items()):
        if value is panel and not name.startswith("_"):
            return str(name)
    outputs = shell.user_ns.get("Out")
    for number, value in list(outputs.items()) if isinstance(outputs, dict) else []:
        if value is panel:
            return f"Out[{number}]"
    return "panel"
