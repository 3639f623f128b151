"""Jobs as a table: CSV, and records for pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .job import Job

if TYPE_CHECKING:
    import pandas

COLUMNS = (
    "clip",
    "state",
    "model",
    "method",
    "aspect_ratio",
    "seed",
    "created",
    "seconds",
    "file",
    "width",
    "height",
    "duration",
    "bytes",
    "error",
    "media_id",
    "operation",
    "job",
)
"""Columns of the table. `duration` and `seconds` are seconds: of the clip, and from the submit to the end."""

SourcePath = Callable[[str], Path | None]
"""Type of `Upsampler.source_path`."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell starts that a spreadsheet would calculate


def records(jobs: Iterable[Job], source_path: SourcePath) -> list[dict[str, Any]]:
    """Return a dictionary with the keys `COLUMNS` for each job; None for what is not known.

    Args:
        jobs: The jobs.
        source_path: Returns the local file of a clip, after which it is named; other clips are named by their key.
    """
    return [_record(job, source_path) for job in jobs]


def to_csv(jobs: Iterable[Job], source_path: SourcePath) -> str:
    """Return the jobs as CSV with a line of headings. No cell is read as a formula by a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records(jobs, source_path):
        record["created"] = record["created"].isoformat(timespec="seconds")
        writer.writerow({name: _cell(value) for name, value in record.items()})
    return text.getvalue()


def to_frame(jobs: Iterable[Job], source_path: SourcePath) -> pandas.DataFrame:
    """Return the jobs as a pandas DataFrame.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise InputError(
            "pandas is not installed.", hint="Install it with `pip install pandas`, or use `up.to_csv(path)`."
        ) from None
    return pandas.DataFrame(records(jobs, source_path), columns=list(COLUMNS))


def _record(job: Job, source_path: SourcePath) -> dict[str, Any]:
    video, source = job.video, source_path(job.media_id.text)
    return {
        "clip": source.stem if source else job.media_id.key,
        "state": job.state.value,
        "model": job.model.label,
        "method": job.method,
        "aspect_ratio": job.aspect_ratio,
        "seed": job.seed,
        "created": datetime.fromtimestamp(job.created, UTC),
        "seconds": round(job.elapsed, 2),
        "file": str(video.path) if video else None,
        "width": video.width if video else None,
        "height": video.height if video else None,
        "duration": round(video.duration, 3) if video else None,
        "bytes": video.size if video else None,
        "error": str(job.error.message) if job.error else None,
        "media_id": job.media_id.text,
        "operation": job.operation_name,
        "job": job.id,
    }


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
