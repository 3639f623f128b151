"""Upsampling of video clips."""

from .process import Lanczos, Upsample, UpsampleError

__all__ = ["Lanczos", "Upsample", "UpsampleError"]
