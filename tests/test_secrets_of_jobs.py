"""The sandbox's own token and signatures go through jobs that end well and badly, and are then looked for everywhere.

The places are those of `tests/test_secrets.py`; its folders, here, hold the journal with its side files, and results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.fault_matrix import go_on, quick, wait_for_rest
from tests.support.upsamplers import Copyist, make_clips
from tests.test_secrets import Evidence, Recorder, gather, leaks, log
from vfx_widgets import Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.sandbox.auth import Signer

__all__ = ["log"]  # a fixture

FAULTS = {
    "none": JobState.DONE,
    "token-expired call=submit": JobState.NEEDS_TOKEN,
    "token-expired call=status": JobState.NEEDS_TOKEN,
    "403-captcha call=submit": JobState.NOT_SUBMITTED,
    "reset call=submit ran=yes": JobState.OUTCOME_UNKNOWN,
    "malformed-json call=status times=always": JobState.DETACHED,
    "failed": JobState.FAILED,
    "raw-bytes": JobState.DONE,
    "url-expired times=always": JobState.NOT_SAVED,
    "url-altered": JobState.NOT_SAVED,
    "503 call=download as=html times=always": JobState.NOT_SAVED,
    "reset-mid-body call=download times=always": JobState.NOT_SAVED,
    "wrong-length by=-100": JobState.NOT_SAVED,
}


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The signatures that the sandbox makes, as they are and as a URL has them."""
    made: list[str] = []
    sign = Signer.sign

    def noted(signer: Signer, path: str) -> str:
        signed = sign(signer, path)
        [signature] = re.findall("Signature=([^&]+)", signed)
        made.extend([signature, unquote(signature)])
        return signed

    monkeypatch.setattr(Signer, "sign", noted)
    return made


@pytest.fixture
def sandbox(clip_1080p: Path) -> Iterator[Sandbox]:
    with Sandbox(upsample=Copyist(clip_1080p)) as sandbox:
        yield sandbox


@pytest.mark.parametrize(("fault", "ends"), FAULTS.items(), ids=FAULTS.keys())
def test_jobs_that_meet_a_fault_leak_no_secret(
    fault: str,
    ends: JobState,
    sandbox: Sandbox,
    signatures: list[str],
    tmp_path: Path,
    log: Recorder,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "left"  # the clips that the sandbox is given are elsewhere
    seen = Evidence(folders=[folder])
    tokens = [sandbox.token]
    if fault != "none":
        sandbox.faults.add(fault)
    service = Service(sandbox.base_url, submit_interval=0.0, min_poll_interval=0.05)
    with quick(), Upsampler(service, sandbox.token, folder / "files", folder / "journal.db") as up:

        def note(job: Job) -> None:
            """Each change: the event, the error, and what is on the disk at that moment."""
            seen.objects += [job._now, job.operation]
            seen.errors += [error for error in (job.error, job.transient_error) if error is not None]
            if job.state is JobState.DOWNLOADING:
                seen.printed += "".join(f"{path}{path.read_bytes()!r}" for path in folder.rglob("*") if path.is_file())

        up.on_change(note)
        jobs = up.submit_all([sandbox.add(path) for path in make_clips(tmp_path / "clips", 2)])
        wait_for_rest(jobs)
        assert ends in {job.state for job in jobs}
        tokens.append(sandbox.token)
        sandbox.faults.clear()
        go_on(up, sandbox)
        videos = [job.video for job in jobs if job.video]
        keeper = up._keeper
        seen.objects += [up, up.token, up._connection, up._folder, up._history, keeper, keeper._poller]
        seen.objects += [*jobs, *videos, *up.history(), service, keeper._with_bytes]
        gather(seen, log, capfd)
        monkeypatch.setattr("tests.test_secrets.SECRETS", [*tokens, *signatures])
        assert leaks(seen) == set()  # while the journal is open: its side files are there
        assert (folder / "journal.db-wal").exists()
    assert leaks(seen) == set()
    assert {request.bearer for request in sandbox.requests if request.call == "download"} <= {"none"}
    assert any(record.name.startswith("httpcore") for record in seen.logs)
    assert signatures


@pytest.mark.parametrize("place", ["the journal", "a file's name", "a log", "an error", "an object"])
def test_leaks_are_found(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other tests rest on."""
    monkeypatch.setattr("tests.test_secrets.SECRETS", ["c4nary"])
    seen = Evidence(folders=[tmp_path])
    match place:
        case "the journal":
            (tmp_path / "journal.db-wal").write_bytes(b"\0\1c4nary\2")
        case "a file's name":
            (tmp_path / "c4nary.part").touch()
        case "a log":
            import logging

            seen.logs.append(logging.LogRecord("x", 10, "x", 1, "%s", ("c4nary",), None))
        case "an error":
            from vfx_widgets.errors import VfxError

            seen.errors.append(VfxError("message", hint="c4nary"))
        case _:
            seen.objects.append({"token": "c4nary"})
    assert leaks(seen)
