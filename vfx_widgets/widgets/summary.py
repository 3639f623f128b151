"""The jobs as plain text, and as an HTML table with a small picture or player of each result."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from ..jobs.job import Job
from ..jobs.progress_text import clock
from .view_models import enlargement, file_size, short_key

PICTURES = 12
"""The newest results, which have a picture: a notebook is to stay small."""

_HEADING = "Panel for upsampling clips"
_HINT = "Run this cell in a notebook with a kernel to use it."
_MAX_LINES = 40
_COLUMNS = ("Preview", "Clip", "Upsampler", "State", "Result", "Size", "Took")
_WIDTH = 240  # pixels of a player on the page: less has no room for its buttons

Describe = Callable[[Job], tuple[str, str]]
"""Returns the display names of the clip and of the upsampler of a job."""


def describe_plainly(job: Job) -> tuple[str, str]:
    """Return the start of the clip's key, and the resolution."""
    return short_key(job.media_id), job.model.label


def working_folder() -> Path | None:
    """Return the working folder without links; None if it was deleted."""
    try:
        return Path.cwd().resolve()
    except OSError:
        return None


def newest_results(jobs: Sequence[Job]) -> list[tuple[str, Path]]:
    """Return the IDs of the jobs that have a picture, and their files, newest first."""
    listed = reversed(jobs[-_MAX_LINES:])
    return [(job.id, job.video.path) for job in listed if job.video is not None][:PICTURES]


def summary_text(jobs: Sequence[Job], directory: str = "", describe: Describe = describe_plainly) -> str:
    """Return a list of jobs as plain text, newest first.

    Args:
        jobs: The jobs.
        directory: Download directory as the person named it; empty if unknown.
        describe: Returns the display names of a job.
    """
    counts = _counts(jobs)
    lines = [*([counts] if counts else []), *(_line(job, describe) for job in _listed(jobs))]
    return "\n".join([f"{_HEADING}. {_HINT}", *(f"  {line}" for line in lines), *_footer(directory)])


def summary_html(
    jobs: Sequence[Job],
    directory: str = "",
    css_class: str = "",
    describe: Describe = describe_plainly,
    pictures: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Return a list of jobs as HTML, newest first. Text from the service is escaped.

    A result below the folder of the notebook is a link, and can be played where the page lies in that folder. Paths
    are relative to it, because a notebook tells nobody about the folders of a machine.

    Args:
        jobs: The jobs.
        directory: Download directory as the person named it; empty if unknown.
        css_class: CSS class of the outer element.
        describe: Returns the display names of a job.
        pictures: Data URIs of pictures of results, by the ID of the job.
        folder: That of the notebook, which is the working folder of a new kernel; None if unknown.
    """
    counts = _counts(jobs)
    playable = {id for id, _ in newest_results(jobs)}
    head = "".join(f'<th style="text-align: left">{name}</th>' for name in _COLUMNS)
    lines = "".join(
        _html_row(
            _cells(job, describe),
            picture=(pictures or {}).get(job.id, ""),
            url=_relative_url(job.video.path, folder) if job.video is not None and folder is not None else "",
            is_playable=job.id in playable,
        )
        for job in _listed(jobs)
    )
    return "".join(
        [
            f'<div class="{escape(css_class)}">' if css_class else "<div>",
            f"<p><strong>{_HEADING}.</strong> {_HINT}</p>",
            f"<p>{escape(counts)}</p>" if counts else "",
            f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>" if lines else "",
            *(f"<p>{escape(line)}</p>" for line in _footer(directory)),
            "</div>",
        ]
    )


def _html_row(texts: Sequence[str], *, picture: str, url: str, is_playable: bool) -> str:
    cells = [escape(text) for text in texts]
    preview = ""
    if url and is_playable:
        poster = f' poster="{picture}"' if picture else ""
        label = f"{cells[0]}, upsampled"
        preview = f'<video controls preload="none" src="{url}"{poster} width="{_WIDTH}" aria-label="{label}"></video>'
    elif picture:
        preview = f'<img src="{picture}" alt="">'
    if url:
        cells[3] = f'<a href="{url}">{cells[3]}</a>'
    row = "".join(f'<td style="text-align: left">{cell}</td>' for cell in [preview, *cells])
    return f"<tr>{row}</tr>"


def _relative_url(path: Path, folder: Path) -> str:
    """Return the address of a file below a folder; empty for another one."""
    try:
        relative = os.path.relpath(path.resolve(), folder)
    except (OSError, ValueError):  # the working folder was deleted; another drive
        return ""
    parts = Path(relative).parts
    return "" if parts[0] == os.pardir else quote("/".join(parts), errors="surrogateescape")


def _listed(jobs: Sequence[Job]) -> list[Job]:
    return list(reversed(jobs[-_MAX_LINES:]))


def _footer(directory: str) -> list[str]:
    # Colab shows no update that comes after the cell has ended, so the list may be old.
    return [f"Last known state. Newer results are in the directory {directory}."] if directory else []


def _counts(jobs: Sequence[Job]) -> str:
    if len(jobs) <= _MAX_LINES:
        return ""
    tally = Counter(job.state.label.lower() for job in jobs)
    counts = ", ".join(f"{number:,} {label}" for label, number in tally.items())
    return f"{len(jobs):,} jobs: {counts}. The last {_MAX_LINES}:"


def _line(job: Job, describe: Describe) -> str:
    clip, upsampler, state, result, size, took = _cells(job, describe)
    facts = ", ".join(filter(None, [result, size, upsampler, took and f"in {took}"]))
    return f"{clip} {state.lower()}: {facts}"


def _cells(job: Job, describe: Describe) -> tuple[str, str, str, str, str, str]:
    """Return the values of `_COLUMNS` for a job, without its preview."""
    (clip, upsampler), state, video = describe(job), job.state.label, job.video
    if video is not None:
        size = f"{enlargement(video, None)}, {file_size(video.size)}"
        return clip, upsampler, state, video.path.name, size, clock(job.elapsed)
    return clip, upsampler, state, job.error.message if job.error is not None else "", "", ""
