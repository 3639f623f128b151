"""Added clips whose files change afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.http_client import HttpClient
from tests.support.upsamplers import Gate, copy_only
from tests.support.video_files import make_clip
from vfx_widgets import errors
from vfx_widgets.sandbox import Sandbox
from vfx_widgets.sandbox.clips import ClipLibrary

CHANGED = "has changed since it was added"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", (320, 180), frames=2)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "other.mp4", (320, 180), frames=3)


def overwrite(clip: Path, other: Path) -> None:
    shutil.copyfile(other, clip)


def replace(clip: Path, other: Path) -> None:
    other.replace(clip)


def append(clip: Path, other: Path) -> None:
    with clip.open("ab") as file:
        file.write(b"x")


def flip_a_byte_and_restore_the_time(clip: Path, other: Path) -> None:
    before = clip.stat()
    content = bytearray(clip.read_bytes())
    content[-1] ^= 1
    clip.write_bytes(content)
    os.utime(clip, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = [overwrite, replace, append]


@pytest.mark.parametrize("change", CHANGES)
def test_a_clip_whose_file_has_changed_is_refused(
    client: HttpClient, clip: Path, other: Path, change: Callable[[Path, Path], None]
) -> None:
    media_id = client.sandbox.add(clip)
    change(clip, other)
    reply = client.submit(media_id)
    assert reply.status == 400
    assert f"clip.mp4 {CHANGED}" in reply.json["error"]["message"]
    assert reply.json["error"]["details"][0]["fieldViolations"][0]["field"] == "requests[0].videoInput.mediaId"
    assert client.sandbox.source_path(media_id) is None


def test_a_clip_whose_file_is_gone_is_refused(client: HttpClient, clip: Path) -> None:
    media_id = client.sandbox.add(clip)
    clip.unlink()
    reply = client.submit(media_id)
    assert reply.status == 400
    assert "clip.mp4 can't be read: No such file" in reply.json["error"]["message"]
    assert client.sandbox.source_path(media_id) is None


def test_the_earlier_result_of_a_changed_file_is_not_returned(client: HttpClient, clip: Path, other: Path) -> None:
    media_id = client.sandbox.add(clip)
    client.upsample(media_id)
    overwrite(clip, other)
    assert client.submit(media_id).status == 400


def test_a_changed_file_can_be_added_again_as_another_clip(client: HttpClient, clip: Path, other: Path) -> None:
    first = client.sandbox.add(clip)
    overwrite(clip, other)
    second = client.sandbox.add(clip)
    assert first != second
    assert client.submit(first).status == 400
    assert client.download(client.upsample(second)).body == other.read_bytes()


def test_a_copied_file_keeps_the_clip_when_the_first_one_changes(client: HttpClient, clip: Path, other: Path) -> None:
    copy = shutil.copyfile(clip, clip.with_name("copy.mp4"))
    media_id = client.sandbox.add(clip)
    assert client.sandbox.add(copy) == media_id
    overwrite(clip, other)
    assert client.submit(media_id).status == 200


def test_a_file_with_another_time_and_the_same_content_is_accepted(client: HttpClient, clip: Path) -> None:
    media_id = client.sandbox.add(clip)
    os.utime(clip, ns=(0, 0))
    assert client.submit(media_id).status == 200
    assert client.sandbox.source_path(media_id) == clip


@pytest.mark.parametrize("change", [*CHANGES, flip_a_byte_and_restore_the_time])
def test_a_file_that_changes_while_the_clip_is_queued_fails_its_operation(
    gated_client: HttpClient, gate: Gate, clip: Path, other: Path, change: Callable[[Path, Path], None]
) -> None:
    media_id = gated_client.sandbox.add(clip)
    gated_client.submit()
    gate.started.wait()
    name = gated_client.submit(media_id).operation_name
    change(clip, other)
    gate.open()
    reply = gated_client.wait(name)
    assert reply.operation_status == "FAILED"
    assert f"clip.mp4 {CHANGED}" in reply.item["operation"]["error"]["message"]


def test_a_file_that_changes_during_the_upsample_fails_its_operation(clip: Path, other: Path) -> None:
    def upsample(source: Path, size: tuple[int, int], output: Path) -> None:
        copy_only(source, size, output)
        overwrite(clip, other)

    with Sandbox(upsample=upsample) as sandbox:
        client = HttpClient(sandbox)
        reply = client.upsample(sandbox.add(clip))
    assert reply.operation_status == "FAILED"
    assert CHANGED in reply.item["operation"]["error"]["message"]


def test_a_file_that_is_written_while_it_is_added_is_refused(
    clip: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe_and_change(file: Path) -> tuple[int, int]:
        overwrite(clip, other)
        return 320, 180

    monkeypatch.setattr("vfx_widgets.sandbox.probe.probe_size", probe_and_change)
    with pytest.raises(errors.InputError, match=r"clip\.mp4 is being written"):
        ClipLibrary().add(clip)
