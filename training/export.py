"""Export to ONNX: bytes in, bytes out, weights stored with 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from . import network
from .network import Params

OPSET = 17
IR_VERSION = 8


def to_onnx(params: Params, factor: int) -> onnx.ModelProto:
    """Build the ONNX graph.

    Its input ``frames`` is uint8, batch × 3 × height × width: luma of the previous, current and next frame, height and
    width even. Its output ``luma`` is uint8, batch × 1 × (factor · height) × (factor · width).

    Args:
        params: The trained parameters.
        factor: How much larger the result is.
    """
    exported = network.folded(params)
    constants: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, value: NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def border_of(name: str, width: int) -> str:
        return constant(name, np.array([0, 0, width, width] * 2, np.int64))

    pixels = node("Cast", ["frames"], "pixels", to=TensorProto.FLOAT)
    x = node("Pad", [pixels, border_of("fold_border", network.FOLD)], "bordered", mode="edge")
    x = node("SpaceToDepth", [x], "folded", blocksize=network.FOLD)
    last = len(exported["kernels"]) - 1
    for index, (kernel, bias) in enumerate(zip(exported["kernels"], exported["biases"], strict=True)):
        half = constant(f"kernel{index}_half", kernel.transpose(3, 2, 0, 1).astype(np.float16))
        weights = node("Cast", [half], f"kernel{index}", to=TensorProto.FLOAT)
        # The network was trained on values of 0 to 1; the graph's are 0 to 255.
        if index in (0, last):
            scale = constant(f"scale{index}", np.array(1 / 255 if index == 0 else 255, np.float32))
            weights = node("Mul", [weights, scale], f"kernel{index}_scaled")
        values = (bias * (255 if index == last else 1)).astype(np.float32)
        pads = [0 if index == 0 else 1] * 4
        x = node("Conv", [x, weights, constant(f"bias{index}", values)], f"features{index}", pads=pads)
        if index < last:
            x = node("Relu", [x], f"activated{index}")
    residual = node("DepthToSpace", [x], "residual", blocksize=network.FOLD * factor)

    bounds = [constant(name, np.array([value], np.int64)) for name, value in (("from", 1), ("to", 2), ("axis", 1))]
    now = node("Slice", [pixels, *bounds], "now")
    padded = node("Pad", [now, border_of("border", network.BASE_RADIUS)], "padded", mode="edge")
    kernel = constant("lanczos_kernel", network.lanczos_kernel(factor).transpose(3, 2, 0, 1))
    base = node("DepthToSpace", [node("Conv", [padded, kernel], "phases")], "lanczos", blocksize=factor)

    limits = [constant("black", np.array(0, np.float32)), constant("white", np.array(255, np.float32))]
    total = node("Clip", [node("Round", [node("Add", [base, residual], "sum")], "rounded"), *limits], "clipped")
    node("Cast", [total], "luma", to=TensorProto.UINT8)

    graph = helper.make_graph(
        nodes,
        f"vfx_widgets_luma_x{factor}",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("luma", TensorProto.UINT8, ["batch", 1, "large_height", "large_width"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="vfx_widgets")
    model.ir_version = IR_VERSION
    helper.set_model_props(model, {"vfx_widgets.factor": str(factor)})
    onnx.checker.check_model(model)
    return model


def export(params: Params, factor: int, path: Path) -> None:
    """Write the ONNX file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(to_onnx(params, factor), str(path))
