"""A local service that speaks the captured contract and really upsamples a clip."""

from vfx_widgets.sandbox.library import bundled_media_ids
from vfx_widgets.sandbox.sandbox import Sandbox

__all__ = ["Sandbox", "bundled_media_ids"]
