"""The offer to resume jobs that an ended kernel left in the journal."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ...jobs.journal import JournalEntry
from ...media_id import MediaId
from ..shared.messages import Notice, NoticeAction
from ..view_models import ClipNames

_NAMED = 3  # clips


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
        actions=[NoticeAction("resume_unfinished", f"Resume {jobs}")],
    )
