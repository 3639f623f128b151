"""Video upsampling, independent of the rest of the package."""

from .api import upsample
from .process import Lanczos, Learned, Upsample, UpsampleError

__all__ = ["Lanczos", "Learned", "Upsample", "UpsampleError", "upsample"]
