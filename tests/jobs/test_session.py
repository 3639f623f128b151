"""What an upsampler knows of a sandbox that is given by its address."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.distinct_clips import TINY
from tests.support.video_files import make_clip
from vfx_widgets import Sandbox, Service, Upsampler
from vfx_widgets.service.models import VEO_2_1080P


def test_the_clips_of_a_sandbox_of_this_process_are_known(tmp_path: Path) -> None:
    with Sandbox() as sandbox, Upsampler(sandbox.base_url, sandbox.token) as up:
        assert up.sample_media_ids == tuple(sandbox.media_ids) != ()
        added = sandbox.add(make_clip(tmp_path / "mine.mp4", TINY))
        assert up.sample_media_ids[-1] == added
        assert up.source_path(added) == tmp_path / "mine.mp4"
        assert up.source_path("unknown") is None


def test_the_sandbox_is_found_by_host_and_port(tmp_path: Path) -> None:
    with (
        Sandbox() as one,
        Sandbox() as other,
        Upsampler(one.base_url.replace("127.0.0.1", "localhost"), "x" * 16) as up,
    ):
        other.add(make_clip(tmp_path / "other.mp4", TINY))
        assert up.sample_media_ids == tuple(one.media_ids)


def test_a_closed_sandbox_has_no_clips() -> None:
    with Sandbox() as sandbox:
        up = Upsampler(sandbox.base_url, sandbox.token)
    assert up.sample_media_ids == ()
    assert up.source_path(sandbox.media_ids[0]) is None


def test_other_services_have_no_sample_clips() -> None:
    with Sandbox():
        for service in ("labs", "http://127.0.0.1:9", "https://upsample.example"):
            up = Upsampler(service, "x" * 16)
            assert up.sample_media_ids == ()
            assert up.source_path("any") is None


def test_the_sandbox_package_is_not_imported_to_find_out_that_no_sandbox_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "vfx_widgets.sandbox")
    assert Upsampler("http://127.0.0.1:9", "x" * 16).sample_media_ids == ()
    assert "vfx_widgets.sandbox" not in sys.modules


def test_what_listens_on_this_machine_is_expected_to_be_as_fast_as_a_sandbox_only_if_it_is_known_to_be_one() -> None:
    def median(service: str | Service) -> float:
        with Upsampler(service, "x" * 16, journal=False) as up:
            return up.duration_estimate(VEO_2_1080P).median

    with Sandbox() as sandbox:
        assert median(Service(sandbox.base_url)) == median("sandbox") == median("http://127.0.0.1:9")
    assert median(Service("http://127.0.0.1:9")) == median("labs") > median("sandbox")
