"""Every fault of the sandbox with the states that jobs are expected to reach, for the tests and a benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.distinct_clips import make_distinct_clips
from tests.support.jobs import (
    count_possible_operations,
    count_submits,
    fast_service,
    fast_timing,
    resume_until_finished,
    wait_until_stopped,
)
from tests.support.upsamplers import MarkingGate
from tests.support.video_files import make_clip
from vfx_widgets import JobState, Sandbox, Upsampler
from vfx_widgets.service.models import VEO_2_1080P

BATCH = 12
_S = JobState


@dataclass(frozen=True)
class FaultCase:
    """One fault and its expected consequences.

    Args:
        fault: The line for `sandbox.faults.add`; empty for none.
        stops_as: The state in which a single job stops.
        affected: Minimum and maximum number of jobs of a batch that stop in this state; the others are done.
        batch_fault: The line for a batch, if it differs.
        deadline: Deadline of the model, in seconds.
        timeout: Timeout of the service, in seconds.
        settings: Other limits of the service.
        finally_: The state after the fault has ended, the token was set and stopped jobs were resumed.
        unknown_submits: Maximum number of jobs of a batch whose submit is in flight when the port closes, so that their
            outcome is unknown.
    """

    fault: str
    stops_as: JobState = _S.DONE
    affected: tuple[int, int] = (1, 1)
    batch_fault: str = ""
    deadline: float = 900.0
    timeout: float = 15.0
    settings: Mapping[str, float] = field(default_factory=dict)
    finally_: JobState = _S.DONE
    unknown_submits: int = 0

    @property
    def not_done(self) -> tuple[int, int]:
        """Minimum and maximum number of jobs of a batch that are not done."""
        return (0, 0) if self.stops_as is _S.DONE else self.affected

    def line(self, count: int) -> str:
        """Return the line of the fault for a number of jobs."""
        return (self.batch_fault if count > 1 else "") or self.fault


def _stops_the_batch(name: str) -> FaultCase:
    # Four jobs are submitted before the fault, and continue, as do up to three whose submits were on their way at the
    # same time as the refused one. The others are not submitted.
    return FaultCase(f"{name} call=submit", _S.NOT_SUBMITTED, (5, 8), f"{name} call=submit after=4")


def _final(fault: str) -> FaultCase:
    return FaultCase(fault, _S.FAILED, finally_=_S.FAILED)


_SMALL_REPLIES = {"max_reply_bytes": 2_000_000}

FAULT_CASES = [
    # Submit. Refused: no operation. No usable reply: unknown, so it is not repeated.
    _final("400 call=submit"),
    _final("404 call=submit"),
    _stops_the_batch("403-captcha"),
    _stops_the_batch("403-plan"),
    _stops_the_batch("429-quota"),
    FaultCase("429-throttle call=submit"),
    FaultCase("429-throttle call=submit retry-after=0 times=3"),
    FaultCase("token-expired call=submit", _S.NEEDS_TOKEN, (1, BATCH)),
    *(FaultCase(f"{code} call=submit", _S.OUTCOME_UNKNOWN) for code in (500, 502, 503, 504)),
    FaultCase("503 call=submit as=html ran=yes", _S.OUTCOME_UNKNOWN),
    FaultCase("malformed-json call=submit", _S.OUTCOME_UNKNOWN),
    FaultCase("empty-reply call=submit", _S.OUTCOME_UNKNOWN),
    FaultCase("reset call=submit", _S.OUTCOME_UNKNOWN),
    FaultCase("reset call=submit ran=yes", _S.OUTCOME_UNKNOWN),
    FaultCase("reset-mid-body call=submit", _S.OUTCOME_UNKNOWN),
    FaultCase("hung call=submit ran=yes", _S.OUTCOME_UNKNOWN, timeout=2.0),
    FaultCase("refused call=submit seconds=0.3", unknown_submits=1),
    FaultCase("redirect call=submit", _S.OUTCOME_UNKNOWN),
    FaultCase("gzip-bomb call=submit megabytes=20", _S.OUTCOME_UNKNOWN, settings=_SMALL_REPLIES),
    FaultCase("endless call=submit", _S.OUTCOME_UNKNOWN, settings=_SMALL_REPLIES),
    # Status: can be repeated safely.
    FaultCase("400 call=status", _S.DETACHED, (0, 1)),
    FaultCase("403-plan call=status", _S.DETACHED, (0, 1)),
    FaultCase("404 call=status", _S.NOT_SUBMITTED, (0, 1)),  # the reply of a sandbox that was restarted
    FaultCase("429-throttle call=status retry-after=1"),
    FaultCase("429-quota call=status", _S.DETACHED, (0, 1)),
    *(FaultCase(f"{code} call=status times=2") for code in (500, 502, 503, 504)),
    FaultCase("503 call=status times=always", _S.DETACHED, (BATCH, BATCH), deadline=0.5),
    FaultCase("token-expired call=status", _S.NEEDS_TOKEN, (1, BATCH)),
    FaultCase("clock call=status seconds=-82"),
    FaultCase("clock call=download seconds=30000"),
    FaultCase("malformed-json call=status"),
    FaultCase("malformed-json call=status times=always", _S.DETACHED, (BATCH, BATCH)),
    FaultCase("empty-reply call=status"),
    FaultCase("out-of-order call=status times=always"),
    FaultCase("media-shape call=status"),
    FaultCase("media-shape call=status times=always", _S.DETACHED, (BATCH, BATCH)),
    FaultCase("reset call=status times=2"),
    FaultCase("reset-mid-body call=status"),
    FaultCase("hung call=status", timeout=2.0),
    FaultCase("refused call=status seconds=0.3", unknown_submits=1),
    FaultCase("redirect call=status"),
    FaultCase("gzip-bomb call=status megabytes=20", settings=_SMALL_REPLIES),
    FaultCase("endless call=status", settings=_SMALL_REPLIES),
    FaultCase("slow call=status rate=1", timeout=1.0),
    # Operations in a status reply.
    _final("failed"),
    _final("failed reason=HIGH_TRAFFIC"),
    _final("failed-without-error"),
    _final("canceled"),
    _final("hostile-reason"),
    FaultCase("forgotten", _S.NOT_SUBMITTED),
    FaultCase("stuck-active clip=1", _S.DETACHED, deadline=2.0),
    FaultCase("unknown-status times=3"),
    FaultCase("item-missing times=3"),
    FaultCase("item-empty times=3"),
    FaultCase("no-url times=2"),
    FaultCase("no-url url=empty times=2"),
    FaultCase("no-url clip=1 times=5", _S.NOT_SAVED),
    FaultCase("foreign-url", _S.NOT_SAVED),
    FaultCase("foreign-url host=169.254.169.254", _S.NOT_SAVED),
    FaultCase("raw-bytes"),
    # Download: repeated, with a new URL if the old one has expired; never with a new submit.
    *(
        FaultCase(f"{name} call=download")
        for name in ("429-throttle", "500", "502", "503", "504 as=html", "url-expired")
    ),
    *(FaultCase(f"{name} call=download", _S.NOT_SAVED) for name in ("400", "404", "gone", "url-altered")),
    FaultCase("503 call=download clip=1 times=7", _S.NOT_SAVED),
    FaultCase("url-expired clip=1 times=3", _S.NOT_SAVED),
    FaultCase("not-a-video"),
    FaultCase("not-a-video clip=1 times=7", _S.NOT_SAVED),
    FaultCase("truncated"),
    FaultCase("wrong-length"),
    FaultCase("wrong-length clip=1 times=always", _S.NOT_SAVED),
    FaultCase("wrong-length by=-100", _S.NOT_SAVED),
    FaultCase("slow rate=20000"),
    FaultCase("slow rate=50", _S.NOT_SAVED, settings={"max_download_delay": 1.0}),
    FaultCase("redirect call=download", _S.NOT_SAVED),
    FaultCase("endless", _S.NOT_SAVED, settings={"max_download_size": 4_000_000}),
    FaultCase("new-version"),
    FaultCase("zeroed", _S.NOT_SAVED),
    FaultCase("reset call=download"),
    FaultCase("reset-mid-body call=download times=3"),
    FaultCase("hung call=download", timeout=2.0),
    FaultCase("refused call=download seconds=0.3", unknown_submits=1),
]


@dataclass
class FaultOutcome:
    """What happened to the jobs of a fault case.

    Args:
        stopped: Number of jobs by state, when all had stopped.
        finally_: Number of jobs by state, after the fault had ended and the jobs were resumed.
        submits: Number of submits until all had stopped.
        submitted_twice: Clips with more than one possible operation by then.
        wrong_files: Results whose content is wrong, and unexpected files.
        leaks: Files of the journal that contain a token of the sandbox.
    """

    stopped: Counter[JobState] = field(default_factory=Counter)
    finally_: Counter[JobState] = field(default_factory=Counter)
    submits: int = 0
    submitted_twice: list[str] = field(default_factory=list)
    wrong_files: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)


class FaultRunner:
    """Runs fault cases with prepared clips.

    Args:
        directory: Where the clips are written.
    """

    def __init__(self, directory: Path) -> None:
        self._result = make_clip(directory / "1080p.mp4", (1920, 1080), frames=2)
        self._clips = make_distinct_clips(directory / "clips", BATCH)

    def run(self, case: FaultCase, count: int, directory: Path) -> FaultOutcome:
        """Submit jobs to a sandbox with the fault, wait until all have stopped, and resume those that can be."""
        upsample = MarkingGate(self._result)
        outcome = FaultOutcome()
        with fast_timing(case.deadline), Sandbox(upsample=upsample) as sandbox:
            media_ids = [sandbox.add(path) for path in self._clips[:count]]
            tokens = {sandbox.token}
            if case.fault:
                sandbox.faults.add(case.line(count).replace("clip=1", f"clip={media_ids[0]}"))
            service = fast_service(sandbox.base_url, timeout=case.timeout, **case.settings)
            with Upsampler(service, sandbox.token, directory / "files", directory / "journal.db") as up:
                jobs = up.submit_all(media_ids, model=VEO_2_1080P.key)
                wait_until_stopped(jobs)
                outcome.stopped.update(job.state for job in jobs)
                outcome.submits = count_submits(sandbox).total()
                outcome.submitted_twice = [clip for clip, n in count_possible_operations(sandbox).items() if n > 1]
                sandbox.faults.clear()
                resume_until_finished(up, sandbox)
                outcome.finally_.update(job.state for job in jobs)
                outcome.wrong_files = _find_wrong_files(up, sandbox, upsample, directory / "files")
                tokens.add(sandbox.token)
            outcome.leaks = [
                path.name
                for path in directory.glob("journal.db*")
                if path.is_file() and any(token.encode() in path.read_bytes() for token in tokens)
            ]
        return outcome


def _find_wrong_files(up: Upsampler, sandbox: Sandbox, upsample: MarkingGate, directory: Path) -> list[str]:
    expected: dict[Path, bytes] = {}
    for job in up.jobs:
        if job.video is not None:
            source = sandbox.source_path(job.media_id.text)
            assert source is not None
            expected[job.video.path.absolute()] = upsample.expected_result(source)
    actual = {path.absolute(): path.read_bytes() for path in directory.iterdir()}
    return [str(path) for path in expected.keys() | actual.keys() if expected.get(path) != actual.get(path)]


def find_problems(case: FaultCase, count: int, outcome: FaultOutcome) -> list[str]:
    """Return the differences between the outcome and the expected consequences of a fault."""
    problems = []
    if count == 1 and outcome.stopped != {case.stops_as: 1}:
        problems.append(f"stopped as {_format(outcome.stopped)}, not as {case.stops_as}")
    least, most = case.not_done
    affected = outcome.stopped[case.stops_as] if case.stops_as is not _S.DONE else 0
    unknown = min(outcome.stopped[_S.OUTCOME_UNKNOWN], case.unknown_submits)
    if count > 1 and not (least <= affected <= most and outcome.stopped[_S.DONE] == count - affected - unknown):
        problems.append(f"stopped as {_format(outcome.stopped)}, with {least} to {most} as {case.stops_as}")
    failed = affected if case.finally_ is _S.FAILED else 0
    if outcome.finally_[_S.DONE] != count - failed or outcome.finally_[_S.FAILED] != failed:
        problems.append(f"lost: finally {_format(outcome.finally_)}")
    if outcome.submitted_twice:
        problems.append(f"submitted twice: {len(outcome.submitted_twice)}")
    if outcome.wrong_files:
        problems.append(f"wrong files: {outcome.wrong_files}")
    if outcome.leaks:
        problems.append(f"a token in {', '.join(outcome.leaks)}")
    return problems


def _format(states: Counter[JobState]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states.items()) or "nothing"
