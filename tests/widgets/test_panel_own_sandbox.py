"""The panel with a sandbox of one's own, by its address: what it offers is that sandbox's."""

from __future__ import annotations

from pathlib import Path

from tests.support.upsamplers import Gate
from tests.widgets.test_panel import Show, show
from vfx_widgets import Sandbox
from vfx_widgets.token import Token

__all__ = ["show"]


def test_it_begins_with_a_clip_of_that_sandbox(show: Show, sandbox: Sandbox) -> None:
    form = show().form
    assert form.trait("media_ids") == sandbox.media_ids[0]
    assert [clip["media_id"] for clip in form.trait("clips")] == sandbox.media_ids


def test_the_sandboxes_own_token_is_that_of_this_sandbox(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    shown = show()
    gate.open()
    sandbox.faults.add("token-expired call=status")
    shown.click()
    shown.form.wait_until(lambda: shown.form.trait("can_reset_token"))
    shown.form.say({"type": "own_token"})
    shown.table.row(word="Done")
    assert shown.panel.upsampler.token == Token.parse(sandbox.token)


def test_a_dropped_file_goes_to_this_sandbox(show: Show, sandbox: Sandbox, clip_360p: Path) -> None:
    form = show().form
    content = clip_360p.read_bytes()
    form.say({"type": "file", "upload": "u", "name": "my.mp4", "total": len(content), "offset": 0}, [content])
    form.wait_until(lambda: "my.mp4 is in the sandbox" in form.trait("notice").get("message", ""))
    assert form.trait("media_ids").splitlines()[-1] == sandbox.media_ids[-1]


def test_a_file_for_a_sandbox_of_another_process_is_a_sentence(show: Show, clip_360p: Path) -> None:
    shown = show(service="http://127.0.0.1:9", media_ids="")
    content = clip_360p.read_bytes()
    about = {"type": "file", "upload": "u", "name": "my.mp4", "total": len(content), "offset": 0}
    shown.form.say(about, [content])
    assert shown.complaint("")["message"] == "The sandbox in use runs in another process."
