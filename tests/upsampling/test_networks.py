"""Networks: ours, and those that a person brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.support.video_files import inspect_video, make_clip
from vfx_widgets.upsampling import UpsampleError, upsample
from vfx_widgets.upsampling import networks as networks_module
from vfx_widgets.upsampling.networks import FACTORS, MODELS, Network, our_model


def write_network(
    path: Path, *, channels: int = 3, factor: int = 4, range_: float = 1, gain: float = 1, side: str | int = "side"
) -> Path:
    """A network that repeats pixels; values beyond its range of values become grey, as a real one's would."""
    scales = numpy_helper.from_array(np.array([1, 1, factor, factor], np.float32), "scales")
    factor_ = numpy_helper.from_array(np.array(gain, np.float32), "gain")
    low = numpy_helper.from_array(np.array(0, np.float32), "low")
    high = numpy_helper.from_array(np.array(range_, np.float32), "high")
    # Blind to contrasts that are small for its range.
    step = numpy_helper.from_array(np.array(range_ / 256, np.float32), "step")
    nodes = [
        helper.make_node("Clip", ["x", "low", "high"], ["clipped"]),
        helper.make_node("Div", ["clipped", "step"], ["levels"]),
        helper.make_node("Floor", ["levels"], ["whole"]),
        helper.make_node("Mul", ["whole", "step"], ["coarse"]),
        helper.make_node("Resize", ["coarse", "", "scales"], ["large"], mode="nearest"),
        helper.make_node("Mul", ["large", "gain"], ["y"]),
    ]
    shape = [1, channels, side, side]
    graph = helper.make_graph(
        nodes,
        "repeat",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, channels, None, None])],
        [scales, factor_, low, high, step],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("range_", [1, 255])
def test_factor_channels_and_range_are_found(tmp_path: Path, channels: int, factor: int, range_: int) -> None:
    layout = Network(write_network(tmp_path / "n.onnx", channels=channels, factor=factor, range_=range_)).layout
    assert (layout.factor, layout.scale) == (factor, range_)
    assert layout.kind == ("rgb" if channels == 3 else "luma")


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_of_ones_own_upsamples_a_clip(tmp_path: Path, channels: int) -> None:
    model = write_network(tmp_path / "n.onnx", channels=channels)
    clip = make_clip(tmp_path / "clip.mp4", (64, 36), frames=2)
    video = inspect_video(upsample(clip, tmp_path / "out.mp4", (192, 108), model))
    assert (video.width, video.frames) == (192, 2)
    assert video.brightness(0.25, 0.25) == pytest.approx(180, abs=4)
    assert video.brightness(0.75, 0.75) == pytest.approx(40, abs=4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"gain": 0.1}, "does not enlarge a picture"),
        ({"channels": 4}, "does not enlarge a picture"),
        ({"side": 64}, "pictures of one size only"),
    ],
)
def test_what_is_no_upsampling_network_is_refused(tmp_path: Path, options: dict[str, float], words: str) -> None:
    model = write_network(tmp_path / "n.onnx", **options)  # type: ignore[arg-type]
    clip = make_clip(tmp_path / "clip.mp4", (64, 36), frames=2)
    with pytest.raises(UpsampleError, match=words):
        upsample(clip, tmp_path / "out.mp4", (192, 108), model)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "n.onnx").write_text("nothing")
    with pytest.raises(ValueError, match="not an ONNX network that can be loaded"):
        Network(tmp_path / "n.onnx")


@pytest.mark.parametrize(
    ("ratio", "name"),
    [(1.0, None), (1.5, "luma_x2.onnx"), (2.25, "luma_x2.onnx"), (3.0, "luma_x3.onnx"), (6.0, "luma_x3.onnx")],
)
def test_the_nearest_factor_is_taken(ratio: float, name: str | None) -> None:
    path = our_model(ratio)
    assert (path.name if path else None) == name


def test_our_weights_are_small() -> None:
    assert sum((MODELS / f"luma_x{factor}.onnx").stat().st_size for factor in FACTORS) < 1_000_000


@pytest.mark.parametrize("factor", FACTORS)
def test_strips_leave_no_seam(factor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (150, 64, 3)).astype(np.uint8)
    network = Network(MODELS / f"luma_x{factor}.onnx")
    whole = network(picture).astype(int)
    monkeypatch.setattr(networks_module, "STRIP_PIXELS", 64 * 48)
    # The convolution's kernels differ with the size of a strip, and with them the last digit.
    assert np.abs(network(picture).astype(int) - whole).max() <= 1


@pytest.mark.parametrize("factor", FACTORS)
def test_flat_areas_stay_flat_at_every_brightness(factor: int) -> None:
    network = Network(MODELS / f"luma_x{factor}.onnx")
    for level in (16, 60, 128, 235):
        result = network(np.full((32, 48, 3), level, np.uint8))
        assert np.abs(result.astype(int) - level).max() <= 1


@pytest.mark.parametrize("factor", FACTORS)
def test_the_same_frames_give_the_same_bits(factor: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    results = [Network(MODELS / f"luma_x{factor}.onnx")(picture) for _ in range(3)]
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])
