"""The upsample models of the service (docs/protocol.md, "Models")."""

from __future__ import annotations

from dataclasses import dataclass

LANDSCAPE = "VIDEO_ASPECT_RATIO_LANDSCAPE"
PORTRAIT = "VIDEO_ASPECT_RATIO_PORTRAIT"


@dataclass(frozen=True)
class ModelSpec:
    """A model that ``videoModelKey`` can name.

    Args:
        key: The value of ``videoModelKey``.
        long_side: Longer side of a result, in pixels.
        short_side: Shorter side of a result, in pixels.
        aspect_ratios: The aspect ratios that it accepts.
        credits: The price of one upsample.
        resolution: The value of ``resolution`` that goes with it; None for the captured model, which has none.
    """

    key: str
    long_side: int
    short_side: int
    aspect_ratios: tuple[str, ...]
    credits: int
    resolution: str | None = None

    @property
    def storage_prefix(self) -> str:
        """Where in storage its results are. Those of the captured model are at the top, as in the capture."""
        return "" if self.resolution is None else f"{self.key}/"

    def size(self, aspect_ratio: str) -> tuple[int, int]:
        """Return width and height of a result, in pixels."""
        if aspect_ratio == PORTRAIT:
            return self.short_side, self.long_side
        return self.long_side, self.short_side


MODELS = {
    model.key: model
    for model in (
        ModelSpec("veo_2_1080p_upsampler_8s", 1920, 1080, (LANDSCAPE,), 0),
        ModelSpec("veo_3_1_upsampler_1080p", 1920, 1080, (LANDSCAPE, PORTRAIT), 0, "VIDEO_RESOLUTION_1080P"),
        ModelSpec("veo_3_1_upsampler_4k", 3840, 2160, (LANDSCAPE, PORTRAIT), 50, "VIDEO_RESOLUTION_4K"),
    )
}
