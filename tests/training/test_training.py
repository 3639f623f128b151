"""The training of our networks, in small: it learns, and the exported network is the trained one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from training import dataset, degradation, export, network, refit, render, scenes, train

FACTOR = 3


def rendered_samples(*, factor: int = FACTOR, clips: int, seed: int, crfs: tuple[int, ...]) -> dataset.Samples:
    amounts = dataset.Amounts(large=0, small=0, rendered=clips, drawings=0)
    return dataset.build({}, [], amounts, factor=factor, seed=seed, crfs=crfs, processes=1)


@pytest.fixture(scope="module")
def samples() -> dataset.Samples:
    return rendered_samples(clips=2, seed=3, crfs=(12, 23))


def test_the_same_seed_makes_the_same_samples(samples: dataset.Samples) -> None:
    again = rendered_samples(clips=2, seed=3, crfs=(12, 23))
    assert np.array_equal(samples.high, again.high)
    # x264 does not always give the same bytes, even with one thread.
    assert np.abs(samples.low.astype(int) - again.low).mean() < 1


def test_samples_are_neighbouring_frames_and_what_the_middle_ones_were() -> None:
    samples = rendered_samples(clips=1, seed=3, crfs=(-1,))
    assert samples.low.shape[1:] == (96, 160, 4)
    assert samples.high.shape[1:] == (288, 480, 2)
    reduced = samples.high.reshape(-1, 96, 3, 160, 3, 2).mean((2, 4))
    errors = np.array([[np.abs(samples.low[..., i] - reduced[..., j]).mean() for j in range(2)] for i in range(4)])
    assert errors.argmin(0).tolist() == [1, 2]


def test_an_untrained_network_is_lanczos(samples: dataset.Samples) -> None:
    params = network.initialise(network.Architecture(FACTOR, channels=8, depth=1), seed=0)
    frames = samples.low[:1, ..., :3].astype(np.float32) / 255
    assert np.array_equal(network.upsample(params, frames, FACTOR), network.lanczos(frames[..., 1], FACTOR))


@pytest.mark.parametrize("factor", [2, 3])
def test_lanczos_keeps_flat_areas_and_ramps(factor: int) -> None:
    ramp = np.tile(np.arange(32, dtype=np.float32), (1, 16, 1))
    large = np.asarray(network.lanczos(ramp, factor))[0]
    exact = (np.arange(32 * factor) + 0.5) / factor - 0.5
    inside = slice(4 * factor, -4 * factor)
    assert np.abs(large[:, inside] - exact[inside]).max() < 0.05
    assert np.allclose(network.lanczos(np.ones((1, 8, 8), np.float32), factor), 1, atol=1e-5)


def test_training_learns_and_the_exported_network_is_the_trained_one(samples: dataset.Samples, tmp_path: Path) -> None:
    architecture = network.Architecture(FACTOR, channels=16, depth=1)
    schedule = train.Schedule(steps=150, batch=2, crop=32, rate=4e-3, plain=0.5)
    params, history = train.train(samples, samples, architecture, schedule, log=lambda line: None)
    gain = history.rows[-1]
    assert gain["12"] > 0.015, "after a few seconds it beats Lanczos on what it was trained on"

    path = tmp_path / "network.onnx"
    export.export(params, FACTOR, path)
    session = onnxruntime.InferenceSession(str(path))
    frames = samples.low[5:6, ..., :3]
    (result,) = session.run(None, {"frames": np.ascontiguousarray(frames.transpose(0, 3, 1, 2))})
    expected = np.asarray(network.upsample(params, frames.astype(np.float32) / 255, FACTOR)) * 255
    difference = np.abs(result[:, 0] - expected.round().clip(0, 255))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01, "only rounding differs"


@pytest.mark.parametrize("factor", [2, 3])
def test_the_last_convolution_fitted_by_least_squares_beats_lanczos(factor: int) -> None:
    samples = rendered_samples(factor=factor, clips=1, seed=4, crfs=(12,))
    params = network.initialise(network.Architecture(FACTOR, channels=24, depth=1), seed=0)
    fitted = refit.refit_last(params, samples, count=len(samples.low))
    assert train.compare(fitted, samples)["12"] > 0.1


def test_brightness_does_not_change_what_the_network_adds(samples: dataset.Samples) -> None:
    params = network.initialise(network.Architecture(FACTOR, channels=8, depth=1), seed=0)
    params["kernels"][-1] = params["kernels"][-1] + 0.05
    dark = samples.low[:1, ..., :3].astype(np.float32) / 510
    residuals = [
        np.asarray(network.upsample(params, frames, FACTOR) - network.lanczos(frames[..., 1], FACTOR))
        for frames in (dark, dark + 0.4)
    ]
    assert np.abs(residuals[0] - residuals[1]).max() < 1e-4


def test_h264_loses_more_at_a_higher_crf() -> None:
    rng = np.random.default_rng(0)
    picture = render.rendered("foliage", rng, (160, 96))
    luma = degradation.limited_range([picture] * 3)
    errors = [np.abs(degradation.h264(luma, crf).astype(int) - luma).mean() for crf in (-1, 12, 28)]
    assert errors[0] == 0
    assert errors[1] < errors[2]


def test_training_goes_on_from_its_checkpoint(samples: dataset.Samples, tmp_path: Path) -> None:
    architecture = network.Architecture(FACTOR, channels=8, depth=1)
    checkpoint = tmp_path / "state"
    for steps in (2, 4):
        _, history = train.train(
            samples, samples, architecture, train.Schedule(steps, 1, 32), checkpoint=checkpoint, log=lambda line: None
        )
    assert [row["steps"] for row in history.rows] == [2, 4]


def test_a_moving_scene_moves_and_its_parts_move_differently() -> None:
    rng = np.random.default_rng(5)
    foliage, facade = (render.rendered(kind, rng, (240, 144)) for kind in ("foliage", "facade"))
    frames = scenes.film(foliage, facade, rng, (192, 96), 3)
    assert {frame.size for frame in frames} == {(192, 96)}
    steps = [np.abs(np.asarray(b, int) - np.asarray(a, int)).mean() for a, b in pairwise(frames)]
    assert min(steps) > 0.5


@pytest.mark.parametrize("kind", list(render.KINDS))
def test_rendered_pictures_have_the_size_asked_for(kind: str) -> None:
    picture = render.rendered(kind, np.random.default_rng(1), (120, 80))
    assert picture.size == (120, 80)
    assert picture.mode == "L"
