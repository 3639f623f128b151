"""Video upsampling, independent of the rest of the package."""

from .api import resolve_method, upsample
from .executor_upsampler import ExecutorUpsampler
from .files import UpsampledFile, upsample_files
from .process import Lanczos, Learned, Upsample, UpsampleError

__all__ = [
    "ExecutorUpsampler",
    "Lanczos",
    "Learned",
    "Upsample",
    "UpsampleError",
    "UpsampledFile",
    "resolve_method",
    "upsample",
    "upsample_files",
]
