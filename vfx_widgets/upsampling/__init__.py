"""Video upsampling, independent of the rest of the package."""

from .api import resolve_method, upsample
from .process import Lanczos, Learned, Upsample, UpsampleError

__all__ = ["Lanczos", "Learned", "Upsample", "UpsampleError", "resolve_method", "upsample"]
