"""The panel against the sandbox, over a real socket, with a page made by hand."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import Page
from tests.support.upsamplers import Gate
from tests.widgets.test_verdicts import IMAGE, RESULT
from vfx_widgets import Sandbox, UpsamplePanel, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.sandbox.media_ids import MediaName
from vfx_widgets.widgets import describe

UNKNOWN = MediaName(5, *(str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in "abc")).encode()
WRONG = "ya29.wrong-token-of-a-person-1234567890"


class Shown:
    """A panel and the pages of its three widgets."""

    def __init__(self, panel: UpsamplePanel) -> None:
        self.panel = panel
        form, table, player = panel.children
        self.form, self.table, self.player = Page(form), Page(table), Page(player)

    def click(self, media_ids: str | None = None, token: str = "", **options: Any) -> None:
        text = self.form.trait("media_ids") if media_ids is None else media_ids
        self.form.say({"type": "submit", "serial": 1, "media_ids": text, "token": token, **options})

    def complaint(self, field: str) -> dict[str, str]:
        def found() -> Any:
            notice = self.form.trait("notice")
            return notice if notice.get("message") and notice["field"] == field else None

        notice: dict[str, str] = self.form.wait_until(found)
        return notice


Show = Callable[..., Shown]


@pytest.fixture
def show(tmp_path: Path, sandbox: Sandbox) -> Iterator[Show]:
    """Make panels for the sandbox, whose upsamplers are closed afterwards."""
    made: list[UpsamplePanel] = []

    def show(**keywords: Any) -> Shown:
        usual: dict[str, Any] = {
            "service": sandbox.base_url,
            "token": sandbox.token,
            "downloads": tmp_path / "upsampled",
        }
        made.append(UpsamplePanel(**(usual | keywords)))
        return Shown(made[-1])

    yield show
    for panel in made:
        panel.upsampler.close()


def test_one_click_leads_to_a_video_in_the_viewer(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    shown = show(media_ids=sandbox.media_ids[:1])
    shown.click()
    shown.table.row(word="Running", statuses=["PENDING", "ACTIVE"])
    gate.open()
    row = shown.table.row(word="Done", statuses=["PENDING", "ACTIVE", "SUCCESSFUL"], bar="full")
    assert "1920×1080" in row["numbers"]
    assert row["path"].endswith("_upsampled.mp4")
    assert describe.short_name(Path(row["path"])) in row["numbers"]
    video = shown.player.wait_until(lambda: shown.player.trait("video"))
    assert (video["width"], video["height"], video["job"]) == (1920, 1080, row["id"])
    shown.player.say({"type": "chunk", "view": "v", "job": row["id"], "file": "result", "offset": 0})
    answer = shown.player.wait_until(lambda: [one for one in shown.player.messages if one["type"] == "chunk"])[0]
    assert answer["total"] == gate.result.stat().st_size
    assert shown.form.trait("notice") == {}


def test_a_second_video_does_not_take_the_place_of_the_first(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    shown = show()
    shown.click(sandbox.media_ids[0])
    first = shown.player.wait_until(lambda: shown.player.trait("video"))
    shown.click(sandbox.media_ids[1])
    second = shown.table.row(word="Done", media_id=sandbox.media_ids[1])
    assert shown.player.trait("video") == first
    shown.table.say({"type": "show", "id": second["id"]})
    shown.player.wait_until(lambda: shown.player.trait("video")["job"] == second["id"])


def test_a_closed_viewer_forgets_the_file(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    shown = show()
    shown.click(sandbox.media_ids[0])
    shown.player.wait_until(lambda: shown.player.trait("video"))
    shown.player.say({"type": "close"})
    shown.player.wait_until(lambda: shown.player.trait("video") == {})


def test_no_token_is_a_sentence_and_nothing_is_sent(show: Show, sandbox: Sandbox) -> None:
    shown = show(service="labs", token=None)
    shown.click(sandbox.media_ids[0])
    complaint = shown.complaint("token")
    assert complaint["message"] == "There is no token for labs."
    assert complaint["hint"]
    assert shown.panel.upsampler.jobs == ()


def test_text_that_is_no_token_is_a_sentence_without_that_text(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0], token="hunter2 secret!")
    assert "hunter2" not in json.dumps(shown.complaint("token"))
    assert shown.panel.upsampler.jobs == ()


def test_a_wrong_token_keeps_the_job_and_the_right_one_lets_it_go_on(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    shown = show()
    shown.click(sandbox.media_ids[0], token=WRONG)
    row = shown.table.row(word="Needs a token")
    assert row["error"]["hint"]
    shown.complaint("token")
    assert shown.form.trait("token_set") is False
    shown.form.say({"type": "token", "token": f"Bearer {sandbox.token}"})
    shown.table.row(word="Done", id=row["id"])
    assert shown.form.trait("token_set") is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no media ID."),
        (IMAGE, "Line 1: This is an image, not a video"),
        (RESULT, "Line 1: This is already upsampled"),
        ("hello", "Line 1: This is not a media ID"),
    ],
)
def test_a_media_id_that_cannot_be_used_is_a_sentence(show: Show, text: str, sentence: str) -> None:
    shown = show()
    shown.click(text)
    complaint = shown.complaint("media_ids")
    assert complaint["message"].startswith(sentence)
    assert complaint["preserved"] == "Nothing was sent."
    assert complaint["hint"]
    assert shown.panel.upsampler.jobs == ()


def test_good_clips_go_though_others_are_left_out(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(f"{IMAGE}\n{sandbox.media_ids[0]}")
    assert "It was left out." in shown.complaint("media_ids")["message"]
    shown.table.row(media_id=sandbox.media_ids[0])


def test_the_same_clip_is_not_sent_twice(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0])
    shown.table.row(word="Running")
    shown.click(sandbox.media_ids[0])
    shown.form.wait_until(lambda: "on the way already" in shown.form.trait("notice").get("message", ""))
    assert len(shown.panel.upsampler.jobs) == 1


def test_a_clip_that_the_service_does_not_know_is_a_sentence(show: Show) -> None:
    shown = show()
    shown.click(UNKNOWN)
    row = shown.table.row(word="Failed")
    assert "does not know this clip" in row["error"]["message"]
    assert row["error"]["hint"]


def test_a_service_that_stops_in_mid_job_is_a_sentence_and_the_job_stays(
    show: Show, sandbox: Sandbox, gate: Gate
) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0])
    shown.table.row(word="Running")
    gate.open()
    sandbox.close()
    row = shown.table.wait_until(
        lambda: next((row for row in shown.table.trait("rows") if row["error"] and row["error"]["message"]), None)
    )
    assert "No connection" in row["error"]["message"]
    assert row["error"]["preserved"]


def test_a_download_folder_that_cannot_be_used_is_a_sentence(show: Show, sandbox: Sandbox, tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("not a folder")
    shown = show(downloads=in_the_way)
    shown.click(sandbox.media_ids[0])
    assert "a file" in shown.complaint("")["message"]
    assert shown.panel.upsampler.jobs == ()


def test_a_seed_that_is_no_number_is_a_sentence(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0], seed="many")
    assert "'many' can't be a seed" in shown.complaint("")["message"]


def test_every_click_is_acknowledged(show: Show) -> None:
    shown = show()
    shown.click("")
    shown.form.wait_until(lambda: {"type": "ack", "serial": 1} in shown.form.messages)


def test_a_token_reaches_no_page(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0], token=WRONG)
    shown.table.row(word="Needs a token")
    shown.click("hello", token=sandbox.token)
    shown.complaint("media_ids")
    for page in (shown.form, shown.table, shown.player):
        everything = json.dumps([data for data, _ in page.sent]) + str(page._widget.get_state())
        assert WRONG not in everything
        assert sandbox.token not in everything


def test_lines_are_judged_while_they_are_typed(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.form.say({"type": "check", "lines": [sandbox.media_ids[0], IMAGE]})
    verdicts = shown.form.wait_until(lambda: [one for one in shown.form.messages if one["type"] == "verdicts"])[0]
    assert [verdicts["verdicts"][line]["mark"] for line in (sandbox.media_ids[0], IMAGE)] == ["ok", "bad"]


def test_ids_are_taken_out_of_what_was_pasted_around_them(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    pasted = json.dumps({"clips": [{"mediaId": media_id} for media_id in sandbox.media_ids[:2]]})
    shown.form.say({"type": "extract", "text": pasted})
    answer = shown.form.wait_until(lambda: [one for one in shown.form.messages if one["type"] == "extracted"])[0]
    assert answer["ids"] == sandbox.media_ids[:2]


def test_jobs_from_code_are_shown_too(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "upsampled") as upsampler:
        before = upsampler.submit(sandbox.media_ids[0])
        shown = Shown(UpsamplePanel(upsampler=upsampler))
        shown.table.say({"type": "hello"})
        shown.table.row(id=before.id)
        after = upsampler.submit(sandbox.media_ids[1])
        shown.table.row(id=after.id, word="Running")


def test_the_sandbox_is_ready_for_one_click() -> None:
    panel = UpsamplePanel()
    form = panel.children[0]
    assert form.token_set
    assert form.service["sandbox"]
    assert form.media_ids == panel.upsampler.sample_media_ids[0]
    assert [clip["media_id"] for clip in form.clips] == list(panel.upsampler.sample_media_ids)


def test_a_wrong_keyword_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(TypeError, match="Did you mean media_ids="):
        UpsamplePanel(mediaids="x")


def test_an_upsampler_and_what_it_replaces_do_not_go_together() -> None:
    with Upsampler() as upsampler, pytest.raises(InputError, match="has its own service"):
        UpsamplePanel(upsampler=upsampler, downloads="elsewhere")


def test_the_repr_of_every_widget_is_constant() -> None:
    panel = UpsamplePanel(media_ids="something typed")
    assert repr(panel) == "UpsamplePanel()"
    assert [repr(child) for child in panel.children] == ["Form()", "JobTable()", "Player()"]


def test_a_notebook_without_widgets_gets_a_summary() -> None:
    data = UpsamplePanel()._repr_mimebundle_()
    bundle = data[0] if isinstance(data, tuple) else data
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Panel for upsampling" in bundle["text/plain"]
    assert bundle["text/html"].startswith("<div><p>")


def test_a_pause_for_all_is_shown_and_ended_from_the_table(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    shown = show()
    shown.table.say({"type": "pause"})
    shown.table.wait_until(lambda: any((one.get("summary") or {}).get("paused") for one in shown.table.messages))
    shown.click(sandbox.media_ids[0])
    shown.table.row(word="Waiting")
    assert shown.panel.upsampler.is_paused
    shown.table.say({"type": "go_on"})
    shown.table.row(word="Done")
    told = [one["summary"] for one in shown.table.messages if one.get("summary")]
    assert told[-1]["paused"] is False
    assert isinstance(told[-1]["credits"], int)


def test_what_is_above_the_table_says_when_the_service_is_asked_next(show: Show, sandbox: Sandbox) -> None:
    shown = show()
    shown.click(sandbox.media_ids[0])
    shown.table.wait_until(
        lambda: any((one.get("summary") or {}).get("next_poll") is not None for one in shown.table.messages)
    )


async def test_watching_from_a_cell_sends_the_panel_again_from_there(show: Show, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    shown = show()
    job = shown.panel.upsampler.submit(sandbox.media_ids[0])
    senders: list[str] = []
    send = shown.table.send

    def note_sender(data: dict[str, Any], buffers: list[bytes] | None = None, **more: Any) -> None:
        senders.append(threading.current_thread().name)
        send(data, buffers, **more)

    shown.table.send = note_sender  # type: ignore[method-assign]
    await shown.panel.upsampler.watch()
    assert job.video is not None
    assert "MainThread" in senders
    assert shown.table.messages[-1]["rows"][0]["word"] == "Done"
    assert shown.player.trait("video")["job"] == job.id


@pytest.fixture
def in_the_sandbox() -> Iterator[Shown]:
    """A panel with nothing given, in the sandbox of this process."""
    shown = Shown(UpsamplePanel())
    yield shown
    shown.panel.upsampler.close()


def test_the_panel_can_be_switched_to_labs_and_back(in_the_sandbox: Shown) -> None:
    form = in_the_sandbox.form
    prefilled = form.trait("media_ids")
    form.say({"type": "service", "name": "labs", "serial": 1})
    form.wait_until(lambda: form.trait("service")["label"] == "Labs")
    form.wait_until(lambda: {"type": "ack", "serial": 1} in form.messages)
    assert (form.trait("token_set"), form.trait("clips"), form.trait("media_ids")) == (False, [], "")
    form.say({"type": "service", "name": "sandbox", "serial": 2})
    form.wait_until(lambda: {"type": "ack", "serial": 2} in form.messages)
    assert form.trait("service")["sandbox"]
    assert (form.trait("token_set"), form.trait("media_ids")) == (True, prefilled)


def test_a_panel_for_a_given_upsampler_stays_with_it() -> None:
    with Upsampler() as upsampler:
        shown = Shown(UpsamplePanel(upsampler=upsampler))
        assert shown.form.trait("service")["others"] == []
        shown.form.say({"type": "service", "name": "labs"})
        assert "can't be switched" in shown.complaint("")["message"]


def test_an_own_clip_comes_in_parts_and_gets_a_media_id(in_the_sandbox: Shown, clip_360p: Path) -> None:
    form = in_the_sandbox.form
    content = clip_360p.read_bytes()
    half = len(content) // 2
    for offset, part in ((0, content[:half]), (half, content[half:])):
        about = {"type": "file", "upload": "u", "name": "../my_clip.mp4", "total": len(content), "offset": offset}
        form.say(about, [part])
        form.wait_until(
            lambda offset=offset: {"type": "got_part", "upload": "u", "offset": offset} in form.messages  # type: ignore[misc]
        )
    form.wait_until(lambda: "my_clip.mp4 is in the sandbox" in form.trait("notice").get("message", ""))
    assert len(form.trait("media_ids").splitlines()) == 2


def test_a_file_that_is_no_video_is_a_sentence(in_the_sandbox: Shown) -> None:
    about = {"type": "file", "upload": "u", "name": "notes.txt", "total": 5, "offset": 0}
    in_the_sandbox.form.say(about, [b"hello"])
    assert "notes.txt" in in_the_sandbox.complaint("")["message"]


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(in_the_sandbox: Shown) -> None:
    about = {"type": "file", "upload": "u", "name": "film.mp4", "total": 10**10, "offset": 0}
    in_the_sandbox.form.say(about, [b"x"])
    in_the_sandbox.form.wait_until(lambda: {"type": "refused", "upload": "u"} in in_the_sandbox.form.messages)
    assert "too much for the sandbox" in in_the_sandbox.complaint("")["message"]
