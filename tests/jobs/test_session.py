"""An upsampler that is given the address of a sandbox: what it knows of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.upsamplers import make_clip
from vfx_widgets import Sandbox, Upsampler


def test_a_sandbox_of_this_process_offers_its_clips_also_by_its_address(tmp_path: Path) -> None:
    with Sandbox() as sandbox, Upsampler(sandbox.base_url, sandbox.token) as up:
        assert up.sample_media_ids == tuple(sandbox.media_ids) != ()
        added = sandbox.add(make_clip(tmp_path / "mine.mp4", 64, 36))
        assert up.sample_media_ids[-1] == added
        assert up.source_path(added) == tmp_path / "mine.mp4"
        assert up.source_path("unknown") is None


def test_two_sandboxes_are_not_mixed_up(tmp_path: Path) -> None:
    with (
        Sandbox() as one,
        Sandbox() as other,
        Upsampler(one.base_url.replace("127.0.0.1", "localhost"), "x" * 16) as up,
    ):
        other.add(make_clip(tmp_path / "others.mp4", 64, 36))
        assert up.sample_media_ids == tuple(one.media_ids)


def test_a_sandbox_that_was_closed_offers_nothing() -> None:
    with Sandbox() as sandbox:
        up = Upsampler(sandbox.base_url, sandbox.token)
    assert up.sample_media_ids == ()
    assert up.source_path(sandbox.media_ids[0]) is None


def test_the_service_and_somebody_elses_sandbox_offer_nothing(tmp_path: Path) -> None:
    with Sandbox():
        for service in ("labs", "http://127.0.0.1:9", "https://upsample.example"):
            up = Upsampler(service, "x" * 16)
            assert up.sample_media_ids == ()
            assert up.source_path("any") is None


def test_the_sandbox_is_not_imported_to_learn_that_none_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "vfx_widgets.sandbox")
    assert Upsampler("http://127.0.0.1:9", "x" * 16).sample_media_ids == ()
    assert "vfx_widgets.sandbox" not in sys.modules
