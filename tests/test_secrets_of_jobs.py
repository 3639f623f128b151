"""Jobs that meet faults of the sandbox leak neither its tokens nor its signatures.

The directories that are searched contain the journal with its side files, and the results.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.distinct_clips import make_distinct_clips
from tests.support.jobs import fast_timing, resume_until_finished, wait_until_stopped
from tests.support.secrets import Evidence, find_leaks, reachable_objects, recorded_log
from tests.support.upsamplers import MarkingGate
from vfx_widgets import Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.service import transport

FAULTS = {
    "none": JobState.DONE,
    "token-expired call=submit": JobState.NEEDS_TOKEN,
    "token-expired call=status": JobState.NEEDS_TOKEN,
    "403-captcha call=submit": JobState.NOT_SUBMITTED,
    "reset call=submit ran=yes": JobState.OUTCOME_UNKNOWN,
    "malformed-json call=status times=always": JobState.DETACHED,
    "failed": JobState.FAILED,
    "hostile-reason": JobState.FAILED,
    "raw-bytes": JobState.DONE,
    "url-expired times=always": JobState.NOT_SAVED,
    "url-altered": JobState.NOT_SAVED,
    "503 call=download as=html times=always": JobState.NOT_SAVED,
    "reset-mid-body call=download times=always": JobState.NOT_SAVED,
    "wrong-length by=-100": JobState.NOT_SAVED,
}


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The signatures in all responses of the sandbox, URL-encoded and decoded."""
    found: set[str] = set()

    class RecordingBody(transport.ResponseBody):
        def __new__(cls, content: bytes) -> RecordingBody:
            encoded = re.findall(r"Signature=([\w%.+/=-]{8,})", content.decode("latin-1"))
            found.update(encoded, map(unquote, encoded))
            return super().__new__(cls, content)

    monkeypatch.setattr(transport, "ResponseBody", RecordingBody)
    return found


@pytest.fixture
def log_records() -> Iterator[list[logging.LogRecord]]:
    with recorded_log() as records:
        yield records


@pytest.fixture
def sandbox(clip_1080p: Path) -> Iterator[Sandbox]:
    with Sandbox(upsample=MarkingGate(clip_1080p)) as sandbox:
        yield sandbox


@pytest.mark.parametrize(("fault", "final_state"), FAULTS.items(), ids=FAULTS.keys())
def test_jobs_that_meet_a_fault_leak_no_secret(
    fault: str,
    final_state: JobState,
    sandbox: Sandbox,
    signatures: set[str],
    tmp_path: Path,
    log_records: list[logging.LogRecord],
    capfd: pytest.CaptureFixture[str],
) -> None:
    directory = tmp_path / "jobs"  # does not contain the clips of the sandbox
    evidence = Evidence(directories=[directory])
    tokens = [sandbox.token]
    if fault != "none":
        sandbox.faults.add(fault)
    service = Service(sandbox.base_url, submit_interval=0.0, min_poll_interval=0.05)
    with fast_timing(), Upsampler(service, sandbox.token, directory / "files", directory / "journal.db") as up:

        def record(job: Job) -> None:
            """Record the snapshot, the errors, and the files that exist at this moment."""
            evidence.objects += [job.snapshot, job.operation]
            evidence.errors += [error for error in (job.error, job.transient_error) if error is not None]
            if job.state is JobState.DOWNLOADING:
                files = [path for path in directory.rglob("*") if path.is_file()]
                evidence.output += "".join(f"{path}{path.read_bytes()!r}" for path in files)

        up.on_change(record)
        jobs = up.submit_all([sandbox.add(path) for path in make_distinct_clips(tmp_path / "clips", 2)])
        wait_until_stopped(jobs)
        up.to_csv(directory / "stopped.csv")
        assert final_state in {job.state for job in jobs}
        evidence.objects += reachable_objects(up)
        tokens.append(sandbox.token)
        sandbox.faults.clear()
        resume_until_finished(up, sandbox)
        evidence.objects += [*reachable_objects(up, service), *up.history()]
        up.to_csv(directory / "finished.csv")
        evidence.add_output(log_records, *capfd.readouterr())
        assert find_leaks(evidence, [*tokens, *signatures]) == set()  # with the side files of the open journal
        assert (directory / "journal.db-wal").exists()
    assert find_leaks(evidence, [*tokens, *signatures]) == set()
    assert {request.bearer for request in sandbox.requests if request.call == "download"} <= {"none"}
    assert any(record.name.startswith("httpcore") for record in evidence.log_records)
    assert signatures


def test_the_objects_behind_an_upsampler_are_found(sandbox: Sandbox, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path) as up:
        job = up.submit(sandbox.media_ids[0])
        job.result(60)
        found = {type(each).__name__ for each in reachable_objects(up)}
    assert found >= {"Upsampler", "Job", "JobSnapshot", "Operation", "Video", "Token", "Client", "Transport", "Storage"}
    assert {"Poller", "Submitter", "Journal"} <= found


@pytest.mark.parametrize("place", ["the journal", "a file's name", "a log", "an error", "an object"])
def test_leaks_are_found(place: str, tmp_path: Path) -> None:
    evidence = Evidence(directories=[tmp_path])
    match place:
        case "the journal":
            (tmp_path / "journal.db-wal").write_bytes(b"\0\1c4nary\2")
        case "a file's name":
            (tmp_path / "c4nary.part").touch()
        case "a log":
            evidence.log_records.append(logging.LogRecord("x", logging.DEBUG, "x", 1, "%s", ("c4nary",), None))
        case "an error":
            evidence.errors.append(VfxError("message", hint="c4nary"))
        case _:
            evidence.objects.append({"token": "c4nary"})
    assert find_leaks(evidence, ["c4nary"])
