"""The offer to resume jobs that an ended kernel left in the journal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ...jobs.journal import JournalEntry
from ...jobs.store import current_folder
from ...jobs.upsampler import Upsampler
from ...media_id import MediaId
from ..shared.messages import Notice, NoticeAction
from ..view_models import ClipNames

_NAMED = 3  # clips


def jobs_to_offer(upsampler: Upsampler) -> list[JournalEntry]:
    """Return the unfinished jobs of ended processes to offer in a panel, oldest first. Reads the journal.

    Not those of other folders, which belong to other notebooks; nor those that were dismissed; nor those whose clips a
    later job has made. A job without a folder, or whose folder was moved or deleted, may belong to any notebook.
    """
    unfinished = [entry for entry in upsampler.unfinished() if not entry.dismissed and _may_belong_here(entry)]
    if not unfinished:
        return []
    made: dict[tuple[str, str, str, str | None], float] = {}
    for entry in upsampler.history():
        if entry.state == "done":
            made[_kind(entry)] = entry.created  # the oldest comes first
    return [entry for entry in unfinished if made.get(_kind(entry), 0.0) <= entry.created]


def _may_belong_here(entry: JournalEntry) -> bool:
    return entry.folder in ("", current_folder()) or not Path(entry.folder).is_dir()


def _kind(entry: JournalEntry) -> tuple[str, str, str, str | None]:
    return entry.service, entry.media_id, entry.model, entry.method


def unfinished_notice(entries: Sequence[JournalEntry], names: ClipNames) -> Notice:
    """Return the offer: which clips, and when they were submitted.

    Args:
        entries: The jobs, oldest first, at least one.
        names: Display names of clips.
    """
    one = len(entries) == 1
    jobs = "1 job" if one else f"{len(entries)} jobs"
    labels = list(dict.fromkeys(names.label(MediaId.parse(entry.media_id)) for entry in entries))
    shown = ", ".join(labels[:_NAMED])
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    when = time.strftime("%d %B, %H:%M", time.localtime(entries[-1].created)).lstrip("0")
    return Notice(
        kind="info",
        message=f"{jobs} {'was' if one else 'were'} not finished when an earlier kernel ended: {shown}{more} ({when}).",
        preserved="The sandbox runs a lost job again, at no cost."
        if all(entry.service == "sandbox" for entry in entries)  # the shared one, which ended with the kernel
        else "Jobs already submitted can be resumed; nothing is sent twice.",
        actions=[NoticeAction("resume_unfinished", f"Resume {jobs}"), NoticeAction("dismiss_unfinished", "Dismiss")],
    )
