"""The choice between the upsamplers of a sandbox, and what it reports of them beside the captured contract."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.http_client import HttpClient
from tests.support.upsamplers import Gate, copy_only
from tests.support.video_files import make_clip
from vfx_widgets.sandbox import Sandbox, methods


@pytest.fixture
def without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(methods, "find_spec", lambda name: None if name == "onnxruntime" else find_spec(name))
    methods.has_learned.cache_clear()
    methods.warn_without_learned.cache_clear()
    yield
    methods.has_learned.cache_clear()


def test_the_learned_upsampler_is_the_default() -> None:
    assert Sandbox().default_method == "learned"
    assert list(Sandbox().method_labels) == ["learned", "lanczos"]


def test_without_onnxruntime_lanczos_is_the_default_and_the_log_says_so_once(
    without_onnxruntime: None, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox() as first, Sandbox() as second:
        assert (first.default_method, second.default_method) == ("lanczos", "lanczos")
        assert list(first.method_labels) == ["lanczos"]
        refused = HttpClient(first).submit(method="learned")
    assert (refused.status, refused.json["error"]["message"]) == (
        400,
        "The learned upsampler needs onnxruntime, which is not installed here.",
    )
    [record] = [record for record in caplog.records if record.name == "vfx_widgets.sandbox"]
    assert record.levelno == logging.WARNING
    assert "upsamples with Lanczos" in record.message


def test_the_chosen_default_needs_no_sentence(without_onnxruntime: None, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(upsample="lanczos"):
        pass
    assert [record for record in caplog.records if record.name == "vfx_widgets.sandbox"] == []


def test_an_own_upsampler_is_named_beside_the_others() -> None:
    assert Sandbox(upsample=copy_only).method_labels[""] == "copy_only"
    assert Sandbox(upsample=Gate()).method_labels[""] == "Gate"
    assert Sandbox(upsample="models/span_x4.onnx").method_labels[""] == "span_x4.onnx"
    assert Sandbox(upsample=copy_only).default_method is None


def test_a_submit_names_its_upsampler_and_both_results_are_kept(tmp_path: Path) -> None:
    """The default upsampler copies; the named one makes 1080p."""
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    with Sandbox(upsample=copy_only) as sandbox:
        client = HttpClient(sandbox)
        media_id = sandbox.add(clip)
        default = client.upsample(media_id)
        named = client.submit(media_id, method="lanczos")
        assert named.operation_status == "PENDING", "the result of the other upsampler is not that of this one"
        lanczos = client.wait(named.operation_name)
        assert client.download(default).body == clip.read_bytes()
        assert len(client.download(lanczos).body) != len(clip.read_bytes())
        assert client.submit(media_id, method="lanczos").operation_status == "SUCCESSFUL", "this one is there already"
        assert sandbox.progress(named.operation_name) == (2, 2)
        assert sandbox.progress(default.operation_name) is None, "a function does not say how far it is"
        assert sandbox.seconds_per_frame("lanczos")
        assert sandbox.seconds_per_frame() is None


def test_the_name_of_the_default_upsampler_means_the_same_operation(tmp_path: Path) -> None:
    with Sandbox(upsample="lanczos") as sandbox:
        client = HttpClient(sandbox)
        media_id = sandbox.add(make_clip(tmp_path / "clip.mp4", frames=2))
        client.upsample(media_id)
        assert client.submit(media_id, method="lanczos").operation_status == "SUCCESSFUL"


def test_an_unknown_upsampler_is_refused_and_nothing_is_started(client: HttpClient) -> None:
    refused = client.submit(method="nearest")
    assert (refused.status, refused.json["error"]["message"]) == (
        400,
        "Unknown upsampler 'nearest': this sandbox has learned and lanczos.",
    )
    assert client.submit().operation_status == "PENDING"
