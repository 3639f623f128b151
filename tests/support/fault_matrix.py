"""Every fault of the sandbox, and what is to become of the jobs that meet it. For the tests and for a benchmark."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

from tests.support.upsamplers import Copyist, make_clip, make_clips
from vfx_widgets import Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.jobs.schedule import DurationEstimate
from vfx_widgets.service.models import MODELS, VEO_2_1080P

BATCH = 12
_S = JobState


@dataclass(frozen=True)
class Row:
    """One fault.

    Args:
        fault: The line that the sandbox is given.
        ends: Where one job ends that meets it.
        struck: How many jobs of a batch may end there, at least and at most; the others are done.
        batch_fault: The line for the batch, where it is another one.
        deadline: Seconds after which a job counts as not seen yet.
        timeout: Seconds to wait for an answer.
        finally_: Where the job is once the fault is over, the person has given a token and resumed what rests.
        cut_off: How many submits of a batch may be on their way just when the port closes: their outcome is unknown.
    """

    fault: str
    ends: JobState = _S.DONE
    struck: tuple[int, int] = (1, 1)
    batch_fault: str = ""
    deadline: float = 900.0
    timeout: float = 15.0
    finally_: JobState = _S.DONE
    cut_off: int = 0

    @property
    def allowed(self) -> tuple[int, int]:
        """How many of a batch may not be done."""
        return (0, 0) if self.ends is _S.DONE else self.struck


def _stops_the_batch(name: str) -> Row:
    # Four are submitted before it strikes, and go on; the other eight are not sent.
    return Row(f"{name} call=submit", _S.NOT_SUBMITTED, (8, 8), f"{name} call=submit after=4")


def _final(fault: str) -> Row:
    return Row(fault, _S.FAILED, finally_=_S.FAILED)


ROWS = [
    # The submit. Refused: nothing runs. No usable answer: nobody knows, so it is not sent again.
    _final("400 call=submit"),
    _final("404 call=submit"),
    _stops_the_batch("403-captcha"),
    _stops_the_batch("403-plan"),
    _stops_the_batch("429-quota"),
    Row("429-throttle call=submit"),
    Row("429-throttle call=submit retry-after=0 times=3"),
    Row("token-expired call=submit", _S.NEEDS_TOKEN, (1, BATCH)),
    *(Row(f"{code} call=submit", _S.OUTCOME_UNKNOWN) for code in (500, 502, 503, 504)),
    Row("503 call=submit as=html ran=yes", _S.OUTCOME_UNKNOWN),
    Row("malformed-json call=submit", _S.OUTCOME_UNKNOWN),
    Row("empty-reply call=submit", _S.OUTCOME_UNKNOWN),
    Row("reset call=submit", _S.OUTCOME_UNKNOWN),
    Row("reset call=submit ran=yes", _S.OUTCOME_UNKNOWN),
    Row("reset-mid-body call=submit", _S.OUTCOME_UNKNOWN),
    Row("hung call=submit ran=yes", _S.OUTCOME_UNKNOWN, timeout=2.0),
    Row("refused call=submit seconds=0.3", cut_off=1),
    # The status call: asking again is harmless.
    Row("400 call=status", _S.DETACHED, (0, 1)),
    Row("403-plan call=status", _S.DETACHED, (0, 1)),
    Row("404 call=status", _S.NOT_SUBMITTED, (0, 1)),  # a sandbox that was started anew says so
    Row("429-throttle call=status retry-after=1"),
    Row("429-quota call=status", _S.DETACHED, (0, 1)),
    *(Row(f"{code} call=status times=2") for code in (500, 502, 503, 504)),
    Row("503 call=status times=always", _S.DETACHED, (BATCH, BATCH), deadline=0.5),
    Row("token-expired call=status", _S.NEEDS_TOKEN, (1, BATCH)),
    Row("clock call=status seconds=-82"),
    Row("clock call=download seconds=30000"),
    Row("malformed-json call=status"),
    Row("malformed-json call=status times=always", _S.DETACHED, (BATCH, BATCH)),
    Row("empty-reply call=status"),
    Row("out-of-order call=status times=always"),
    Row("media-shape call=status"),
    Row("media-shape call=status times=always", _S.DETACHED, (BATCH, BATCH)),
    Row("reset call=status times=2"),
    Row("reset-mid-body call=status"),
    Row("hung call=status", timeout=2.0),
    Row("refused call=status seconds=0.3", cut_off=1),
    # Items of a status reply.
    _final("failed"),
    _final("failed reason=HIGH_TRAFFIC"),
    _final("failed-without-error"),
    _final("canceled"),
    Row("forgotten", _S.NOT_SUBMITTED),
    Row("stuck-active clip=1", _S.DETACHED, deadline=2.0),
    Row("unknown-status times=3"),
    Row("item-missing times=3"),
    Row("item-empty times=3"),
    Row("no-url times=2"),
    Row("no-url url=empty times=2"),
    Row("no-url clip=1 times=5", _S.NOT_SAVED),
    Row("raw-bytes"),
    # The download: a fresh URL where it is too old, else the same one again; never a new submit.
    *(Row(f"{name} call=download") for name in ("429-throttle", "500", "502", "503", "504 as=html", "url-expired")),
    *(Row(f"{name} call=download", _S.NOT_SAVED) for name in ("400", "404", "gone", "url-altered")),
    Row("503 call=download clip=1 times=7", _S.NOT_SAVED),
    Row("url-expired clip=1 times=3", _S.NOT_SAVED),
    Row("not-a-video"),
    Row("not-a-video clip=1 times=7", _S.NOT_SAVED),
    Row("truncated"),
    Row("wrong-length"),
    Row("wrong-length clip=1 times=always", _S.NOT_SAVED),
    Row("wrong-length by=-100", _S.NOT_SAVED),
    Row("slow rate=20000"),
    Row("reset call=download"),
    Row("reset-mid-body call=download times=3"),
    Row("hung call=download", timeout=2.0),
    Row("refused call=download seconds=0.3", cut_off=1),
]


@dataclass
class Outcome:
    """What became of some jobs.

    Args:
        ends: How many jobs came to rest in which state, before anybody did anything.
        finally_: The same after the fault was over and the person had resumed what rested.
        submits: Submits that the sandbox saw by the first rest.
        twice: Clips for which more than one submit may have been taken by then.
        wrong_files: Files that are not, byte for byte, what the sandbox made of the clip; and any others.
    """

    ends: Counter[JobState] = field(default_factory=Counter)
    finally_: Counter[JobState] = field(default_factory=Counter)
    submits: int = 0
    twice: list[str] = field(default_factory=list)
    wrong_files: list[str] = field(default_factory=list)


class Workshop:
    """What all rows need: a ready-made result, and clips.

    Args:
        folder: Where they are made.
    """

    def __init__(self, folder: Path) -> None:
        self.ready = make_clip(folder / "1080p.mp4", 1920, 1080)
        self.clips = make_clips(folder / "clips", BATCH)

    def play(self, row: Row, count: int, folder: Path) -> Outcome:
        """Let jobs meet a fault, wait until all rest, and resume what is not finished."""
        upsample = Copyist(self.ready)
        with quick(row.deadline), Sandbox(upsample=upsample) as sandbox:
            media_ids = [sandbox.add(path) for path in self.clips[:count]]
            line = (row.batch_fault if count > 1 else "") or row.fault
            sandbox.faults.add(line.replace("clip=1", f"clip={media_ids[0]}"))
            service = Service(sandbox.base_url, submit_interval=0.0, min_poll_interval=0.05, timeout=row.timeout)
            with Upsampler(service, sandbox.token, folder / "files", folder / "journal.db") as up:
                outcome = Outcome()
                jobs = up.submit_all(media_ids, model=VEO_2_1080P.key)
                wait_for_rest(jobs)
                outcome.ends.update(job.state for job in jobs)
                outcome.submits = sum(submits_of(sandbox).values())
                outcome.twice = [clip for clip, taken in taken_submits(sandbox).items() if taken > 1]
                sandbox.faults.clear()
                go_on(up, sandbox)
                outcome.finally_.update(job.state for job in jobs)
                outcome.wrong_files = wrong_files(up, sandbox, upsample, folder / "files")
        return outcome


@contextlib.contextmanager
def quick(deadline: float = 900.0) -> Iterator[None]:
    """Let jobs be expected at once, and pauses be short."""
    model = replace(VEO_2_1080P, deadline=deadline)
    with (
        mock.patch.dict(MODELS, {model.key: model}),
        mock.patch("vfx_widgets.jobs.store.first_guess", lambda model, sandbox: DurationEstimate(0.1, 0.8)),
        mock.patch("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.02),
        mock.patch("vfx_widgets.sandbox.probe.poster", lambda video: b"\xff\xd8\xff\xd9"),
    ):
        yield


def wait_for_rest(jobs: list[Job], seconds: float = 60.0) -> None:
    """Wait until nothing more is done about any of the jobs."""
    for job in jobs:
        with contextlib.suppress(VfxError):
            job.result(seconds)


def go_on(up: Upsampler, sandbox: Sandbox) -> None:
    """Do what the person can do: give a token, and resume until nothing is left. A 409 means: in a moment."""
    up.token = sandbox.token
    wait_for_rest(list(up.jobs))
    for _ in range(200):
        resting = [job for job in up.jobs if not job.state.is_final]
        if not resting:
            return
        for job in resting:
            job.resume().result(60)
        wait_for_rest(resting)
    raise AssertionError(f"jobs that can't be resumed: {[(job, job.error) for job in resting]}")


def submits_of(sandbox: Sandbox) -> Counter[str]:
    """How many submits the sandbox saw of each clip."""
    return Counter(clip for request in sandbox.requests if request.call == "submit" for clip in request.media_ids)


def taken_submits(sandbox: Sandbox) -> Mapping[str, int]:
    """How many submits of each clip may have been taken: all but those that were refused."""
    return Counter(
        clip
        for request in sandbox.requests
        if request.call == "submit" and not 400 <= (request.status or 0) < 500
        for clip in request.media_ids
    )


def wrong_files(up: Upsampler, sandbox: Sandbox, upsample: Copyist, folder: Path) -> list[str]:
    """The files that are not what the sandbox made, and those that should not be there."""
    expected: dict[Path, bytes] = {}
    for job in up.jobs:
        if job.video is not None:
            source = sandbox.source_path(job.media_id.text)
            assert source is not None
            expected[job.video.path.absolute()] = upsample.result_of(source)
    there = {path.absolute(): path.read_bytes() for path in folder.iterdir()}
    return [str(path) for path in expected.keys() | there.keys() if expected.get(path) != there.get(path)]


def complaints(row: Row, count: int, outcome: Outcome) -> list[str]:
    """What is not as it should be."""
    said = []
    if count == 1 and outcome.ends != {row.ends: 1}:
        said.append(f"ended as {_words(outcome.ends)}, not as {row.ends}")
    least, most = row.allowed
    struck = outcome.ends[row.ends] if row.ends is not _S.DONE else 0
    cut_off = min(outcome.ends[_S.OUTCOME_UNKNOWN], row.cut_off)
    if count > 1 and not (least <= struck <= most and outcome.ends[_S.DONE] == count - struck - cut_off):
        said.append(f"ended as {_words(outcome.ends)}, with {least} to {most} as {row.ends}")
    failed = struck if row.finally_ is _S.FAILED else 0
    if outcome.finally_[_S.DONE] != count - failed or outcome.finally_[_S.FAILED] != failed:
        said.append(f"lost: in the end {_words(outcome.finally_)}")
    if outcome.twice:
        said.append(f"submitted twice: {len(outcome.twice)}")
    if outcome.wrong_files:
        said.append(f"wrong files: {outcome.wrong_files}")
    return said


def _words(states: Counter[JobState]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states.items()) or "nothing"
