"""What the form does: submitting, tokens, services, and jobs of an earlier kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.sample_media_ids import IMAGE, RESULT, media_id
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, Token, UpsamplePanel, Upsampler
from vfx_widgets.widgets.form.unfinished import jobs_to_offer

WRONG_TOKEN = "ya29.wrong-token-of-a-person-1234567890"


def test_no_token_is_reported_and_nothing_is_sent(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel(service="labs", token=None)
    page.submit(sandbox.media_ids[0])
    notice = page.wait_for_notice(field="token")
    assert "token" in notice["message"]
    assert notice["preserved"] == "Nothing was sent."
    assert notice["hint"]
    assert page.panel.upsampler.jobs == ()


def test_text_that_is_not_a_token_is_reported_without_that_text(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0], token="hunter2 secret!")
    assert "hunter2" not in json.dumps(page.wait_for_notice(field="token"))
    assert page.panel.upsampler.jobs == ()


def test_a_wrong_token_keeps_the_job_and_the_right_one_continues_it(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    page = show_panel()
    page.submit(sandbox.media_ids[0], token=WRONG_TOKEN)
    row = page.wait_for_row(label=JobState.NEEDS_TOKEN.label)
    assert row["error"]["hint"]
    page.wait_for_notice(field="token")
    assert page.trait("token_status")["is_set"] is False
    page.post("set_token", token=f"Bearer {sandbox.token}", serial=2)
    page.wait_for_row(label=JobState.DONE.label, id=row["id"])
    assert page.trait("token_status")["is_set"] is True


@pytest.mark.parametrize(
    ("text", "start"),
    [("", "No media ID entered."), (IMAGE, "Line 1: "), (RESULT, "Line 1: "), ("hello", "Line 1: ")],
    ids=["empty", "image", "result", "hello"],
)
def test_a_media_id_that_cannot_be_used_is_reported(show_panel: ShowPanel, text: str, start: str) -> None:
    page = show_panel()
    page.submit(text)
    notice = page.wait_for_notice(field="media_ids")
    assert notice["message"].startswith(start)
    assert notice["preserved"] == "Nothing was sent."
    assert notice["hint"]
    assert page.panel.upsampler.jobs == ()


def test_an_error_is_shown_again_when_it_occurs_again(show_panel: ShowPanel) -> None:
    page = show_panel()
    page.submit("")
    page.wait_for_notice(field="media_ids")
    page.submit("")
    page.wait_until(
        lambda: (
            sum(bool(sent.data["method"] == "update" and sent.data["state"].get("notice")) for sent in page.sent) == 2
        )
    )


@pytest.mark.parametrize(("lines", "skipped"), [(1, "1 line skipped."), (2, "2 lines skipped.")])
def test_valid_clips_are_submitted_though_other_lines_are_skipped(
    show_panel: ShowPanel, sandbox: Sandbox, lines: int, skipped: str
) -> None:
    page = show_panel()
    page.submit("\n".join([*[IMAGE, "hello"][:lines], sandbox.media_ids[0]]))
    assert page.wait_for_notice(skipped, field="media_ids")["kind"] == "warning"
    page.wait_for_row(media_id=sandbox.media_ids[0])


def test_the_same_clip_is_not_sent_twice(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    page.wait_for_row(label=JobState.RUNNING.label)
    page.submit(sandbox.media_ids[0])
    page.wait_for_notice("already in progress")
    assert len(page.panel.upsampler.jobs) == 1


def test_a_finished_clip_is_made_again_only_when_asked(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    done = page.wait_for_row(label=JobState.DONE.label)
    page.submit(sandbox.media_ids[0])
    notice = page.wait_for_notice("already upsampled.")
    assert [(each["type"], each["value"]) for each in notice["actions"]] == [
        ("show", done["id"]),
        ("submit", sandbox.media_ids[0]),
    ]
    assert len(page.panel.upsampler.jobs) == 1
    page.submit(sandbox.media_ids[0], again=True)
    page.wait_until(lambda: len(page.panel.upsampler.jobs) == 2)


def test_another_seed_for_a_clip_in_progress_is_refused_and_then_made(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0], seed="1")
    page.wait_for_row(label=JobState.RUNNING.label)
    page.submit(sandbox.media_ids[0], seed="2")
    assert "Seed 2 was not submitted" in page.wait_for_notice("in progress with another seed")["preserved"]
    gate.open()
    page.wait_for_row(label=JobState.DONE.label)
    page.submit(sandbox.media_ids[0], seed="2")
    page.wait_until(lambda: [job.seed for job in page.panel.upsampler.jobs] == [1, 2])


def test_a_clip_that_the_service_does_not_have_is_reported(show_panel: ShowPanel) -> None:
    page = show_panel()
    page.submit(media_id(5, "of nobody"))
    row = page.wait_for_row(label=JobState.FAILED.label)
    assert row["error"]["kind"] == "error"
    assert row["error"]["message"]
    assert row["error"]["hint"]


def test_a_service_that_stops_in_mid_job_is_reported_and_the_job_stays(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    page.wait_for_row(label=JobState.RUNNING.label)
    gate.open()
    sandbox.close()
    row = page.wait_until(lambda: next((row for row in page.trait("rows") if row["error"]), None))
    assert row["error"]["kind"] == "warning"
    assert row["error"]["message"]
    assert "Retrying in about" in row["error"]["hint"]


def test_a_download_directory_that_cannot_be_used_is_reported(
    show_panel: ShowPanel, sandbox: Sandbox, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("not a directory")
    page = show_panel(downloads=in_the_way)
    page.submit(sandbox.media_ids[0])
    page.wait_for_notice("a file")
    assert page.panel.upsampler.jobs == ()


def test_a_seed_that_is_not_a_number_is_reported(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0], seed="many")
    page.wait_for_notice("'many' is not a seed")


def test_model_and_seed_are_those_of_the_form(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0], seed=" 7 ", model="veo_3_1_upsampler_1080p")
    page.wait_for_row()
    (job,) = page.panel.upsampler.jobs
    assert (job.seed, job.model.key) == (7, "veo_3_1_upsampler_1080p")


def test_every_click_is_acknowledged(show_panel: ShowPanel) -> None:
    page = show_panel()
    page.submit("")
    page.wait_for("ack", serial=1)


def test_lines_are_validated_while_they_are_typed(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.post("validate", lines=[sandbox.media_ids[0], IMAGE])
    results = page.wait_for("validation")["results"]
    assert [results[line]["verdict"] for line in (sandbox.media_ids[0], IMAGE)] == ["ok", "invalid"]


def test_ids_are_extracted_from_pasted_text(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    pasted = json.dumps({"clips": [{"mediaId": media_id} for media_id in sandbox.media_ids[:2]]})
    page.post("extract", text=pasted)
    assert page.wait_for("extracted")["ids"] == sandbox.media_ids[:2]


def test_the_panel_can_be_switched_to_labs_and_back(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    prefilled = page.trait("media_ids")
    page.post("switch_service", name="labs", serial=1)
    page.wait_for("ack", serial=1)
    assert page.trait("service_info")["label"] == "Labs"
    assert (page.trait("token_status")["is_set"], page.trait("clips"), page.trait("media_ids")) == (False, [], "")
    page.post("switch_service", name="sandbox", serial=2)
    page.wait_for("ack", serial=2)
    assert page.trait("service_info")["is_sandbox"]
    assert (page.trait("token_status")["is_set"], page.trait("media_ids")) == (True, prefilled)


def test_a_switch_keeps_the_clips_that_were_typed(show_default_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_default_panel()
    page.set_traits(media_ids=f"{page.trait('media_ids')}\n{IMAGE}")
    page.post("switch_service", name="labs", serial=1)
    page.wait_for("ack", serial=1)
    assert page.trait("media_ids") == IMAGE
    notice = page.trait("notice")
    assert (notice["message"], notice["hint"]) == ("1 media ID stays with Sandbox.", "Switch back to see it again.")
    page.set_traits(media_ids="typed at labs\nand another")
    page.post("switch_service", name="sandbox", serial=2)
    page.wait_for("ack", serial=2)
    assert page.trait("media_ids").splitlines()[-1] == IMAGE
    assert page.trait("notice")["hint"] == "Switch back to see them again."
    page.post("switch_service", name="labs", serial=3)
    page.wait_for("ack", serial=3)
    assert page.trait("media_ids") == "typed at labs\nand another"


def test_credits_are_those_of_the_service_in_use_and_rows_name_theirs(
    show_default_panel: ShowPanel, tmp_path: Path
) -> None:
    page = show_default_panel(service="sandbox", downloads=tmp_path, method="lanczos")
    page.submit()
    assert page.wait_for_row(label=JobState.DONE.label)["model"].startswith("Lanczos")
    assert page.messages_of("rows")[-1]["summary"]["credits"] is not None
    page.post("switch_service", name="labs", serial=2)
    page.wait_for("ack", serial=2)
    assert page.messages_of("rows")[-1]["summary"]["credits"] is None
    assert page.trait("rows")[0]["model"].startswith("Sandbox · Lanczos")


def test_a_panel_for_a_given_upsampler_stays_with_it() -> None:
    with Upsampler() as upsampler:
        page = FakePage(UpsamplePanel(upsampler=upsampler))
        assert page.trait("service_info")["others"] == []
        page.post("switch_service", name="labs", serial=1)
        page.wait_for_notice("can't be switched")


def test_jobs_of_an_earlier_kernel_are_offered_once_and_resumed(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    with Upsampler(sandbox.base_url, sandbox.token) as earlier:
        jobs = earlier.submit_all(sandbox.media_ids[:2])
        for job in jobs:
            job.detach().result()
    gate.open()
    page = show_panel()
    page.post("ready")
    notice = page.wait_for_notice("2 jobs were not finished")
    assert "ended: old map, night harbour (" in notice["message"]
    assert "nothing is sent twice" in notice["preserved"]
    assert notice["actions"][0] == {"type": "resume_unfinished", "label": "Resume 2 jobs", "value": ""}
    page.post("resume_unfinished", serial=1)
    for job in jobs:
        page.wait_for_row(media_id=job.media_id.text, label=JobState.DONE.label)
    assert page.trait("notice") == {}


def test_the_offer_to_resume_goes_when_the_clip_is_made(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    with Upsampler(sandbox.base_url, sandbox.token) as earlier:
        earlier.submit(sandbox.media_ids[0], method="lanczos").detach().result()
    gate.open()
    page = show_panel()
    page.post("ready")
    page.wait_for_notice("1 job was not finished")
    page.panel.upsampler.resume()
    page.wait_until(lambda: page.trait("notice") == {})


def test_a_dismissed_offer_does_not_come_back(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    with Upsampler(sandbox.base_url, sandbox.token) as earlier:
        earlier.submit(sandbox.media_ids[0]).detach().result()
    page = show_panel()
    page.post("ready")
    assert page.wait_for_notice("1 job was not finished")["actions"][1]["label"] == "Dismiss"
    page.post("dismiss_unfinished", serial=1)
    page.wait_until(lambda: page.trait("notice") == {})
    later = show_panel()
    assert [entry.dismissed for entry in later.panel.upsampler.unfinished()] == [True]
    assert jobs_to_offer(later.panel.upsampler) == []
    gate.open()
    [job] = later.panel.upsampler.resume()
    assert job.result(60).path.exists()


def test_only_the_jobs_of_the_folder_of_the_notebook_are_offered_and_resumed(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere, *_ = sandbox.media_ids
    for clip, folder in ((here, "here"), (elsewhere, "elsewhere")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        with Upsampler(sandbox.base_url, sandbox.token) as earlier:
            earlier.submit(clip).detach().result()
    monkeypatch.chdir(tmp_path / "here")
    page = show_panel()
    page.post("ready")
    page.wait_for_notice("1 job was not finished when an earlier kernel ended: old map")
    gate.open()
    page.post("resume_unfinished", serial=1)
    page.wait_for_row(media_id=here, label=JobState.DONE.label)
    assert [entry.media_id for entry in page.panel.upsampler.unfinished()] == [elsewhere]
    (tmp_path / "elsewhere").rename(tmp_path / "moved")
    assert [entry.media_id for entry in jobs_to_offer(page.panel.upsampler)] == [elsewhere]


class TestWithASandboxOfOnesOwn:
    """A sandbox that is selected by its base URL."""

    def test_the_panel_starts_with_a_clip_of_that_sandbox(self, show_panel: ShowPanel, sandbox: Sandbox) -> None:
        page = show_panel()
        assert page.trait("media_ids") == sandbox.media_ids[0]
        assert [clip["media_id"] for clip in page.trait("clips")] == sandbox.media_ids

    def test_the_sandbox_token_is_that_of_this_sandbox(
        self, show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
    ) -> None:
        page = show_panel()
        gate.open()
        sandbox.faults.add("token-expired call=status")
        page.submit()
        page.wait_until(lambda: page.trait("token_status")["can_reset"])
        page.post("use_sandbox_token", serial=2)
        page.wait_for_row(label=JobState.DONE.label)
        assert page.panel.upsampler.token == Token.parse(sandbox.token)
        assert page.trait("token_status") == {"is_set": True, "origin": " by the sandbox", "can_reset": False}
