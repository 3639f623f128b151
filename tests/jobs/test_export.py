"""Jobs as CSV, as a DataFrame, and as a line of text."""

from __future__ import annotations

import csv
import io
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.support.upsamplers import Gate
from vfx_widgets import Sandbox, Upsampler
from vfx_widgets.errors import DirectoryError, InputError, VfxError
from vfx_widgets.jobs.export import COLUMNS
from vfx_widgets.jobs.progress_text import ProgressText, clock, progress_line


async def test_a_csv_file_has_a_line_for_each_job_and_no_formula(
    sandbox: Sandbox, up: Upsampler, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    done = up.submit(sandbox.media_ids[0])
    video = await done
    sandbox.faults.add("400 call=submit")
    failed = up.submit(sandbox.media_ids[1])
    with pytest.raises(VfxError):
        await failed
    assert failed.error is not None
    failed.error.message = "=HYPERLINK(1)"
    with up.to_csv(tmp_path / "jobs.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["state"], first["file"], first["bytes"]) == ("done", str(video.path), str(video.size))
    assert (second["state"], second["error"]) == ("failed", "'=HYPERLINK(1)")
    with pytest.raises(DirectoryError, match="can't be written"):
        up.to_csv(tmp_path)


async def test_a_frame_has_the_columns_of_the_csv_file_and_without_pandas_an_error_says_what_to_do(
    sandbox: Sandbox, up: Upsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    up.pause()
    up.submit(sandbox.media_ids[0])
    made: list[tuple[Any, Any]] = []
    pandas: Any = types.ModuleType("pandas")
    pandas.DataFrame = lambda records, columns: made.append((records, columns))
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    up.to_frame()
    [([record], columns)] = made
    assert columns == list(COLUMNS) == list(record)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pandas is not installed") as caught:
        up.to_frame()
    assert "up.to_csv" in caught.value.hint


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_watch_writes_a_line_that_replaces_itself_in_a_terminal_and_stays_in_a_log(
    sandbox: Sandbox, up: Upsampler, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.open()
    log, terminal = io.StringIO(), Terminal()
    jobs = up.submit_all(sandbox.media_ids[:2])
    monkeypatch.setattr(sys, "stderr", log)
    await up.watch()
    lines = log.getvalue().splitlines()
    assert lines[-1].startswith("100%|████████████████████| 2/2 clips [")
    assert "/min" in lines[-1]
    ProgressText(terminal).update(jobs, is_last=True)
    assert terminal.getvalue().startswith("\r100%|")
    assert terminal.getvalue().endswith("]\n")


async def test_a_panel_shows_the_progress_in_place_of_the_text(
    sandbox: Sandbox, up: Upsampler, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.open()
    monkeypatch.setattr(sys, "stderr", text := io.StringIO())
    up.on_refresh(lambda: None)
    up.submit(sandbox.media_ids[0])
    await up.watch()
    assert text.getvalue() == ""


def test_the_line_is_empty_at_first_and_times_are_rounded() -> None:
    assert progress_line([], 0.0) == "100%|████████████████████| 0/0 clips [0:00]"
    assert [clock(seconds) for seconds in (0.4, 59.6, 3723)] == ["0:00", "1:00", "1:02:03"]
