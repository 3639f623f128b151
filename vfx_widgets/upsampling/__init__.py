"""Video upsampling, independent of the rest of the package."""

from .process import Lanczos, Upsample, UpsampleError

__all__ = ["Lanczos", "Upsample", "UpsampleError"]
