"""The upsample models that the service is known to have (service-notes §4)."""

from __future__ import annotations

from dataclasses import dataclass

LANDSCAPE = "VIDEO_ASPECT_RATIO_LANDSCAPE"
PORTRAIT = "VIDEO_ASPECT_RATIO_PORTRAIT"


@dataclass(frozen=True)
class Model:
    """One value of ``videoModelKey``.

    Args:
        key: The model's name in a request.
        long_side: Pixels of the longer side of a result.
        short_side: Pixels of the shorter side of a result.
        aspect_ratios: The aspect values it takes.
        credits: What one upsample costs.
        resolution: The value of ``resolution`` that goes with it, for the models of 2026.
    """

    key: str
    long_side: int
    short_side: int
    aspect_ratios: tuple[str, ...]
    credits: int
    resolution: str | None = None

    @property
    def storage_folder(self) -> str:
        """Where its results are kept: the captured model's at the top, as captured."""
        return "" if self.resolution is None else f"{self.key}/"

    def size(self, aspect_ratio: str) -> tuple[int, int]:
        """Width and height of a result, in pixels."""
        if aspect_ratio == PORTRAIT:
            return self.short_side, self.long_side
        return self.long_side, self.short_side


MODELS = {
    model.key: model
    for model in (
        Model("veo_2_1080p_upsampler_8s", 1920, 1080, (LANDSCAPE,), 0),
        Model("veo_3_1_upsampler_1080p", 1920, 1080, (LANDSCAPE, PORTRAIT), 0, "VIDEO_RESOLUTION_1080P"),
        Model("veo_3_1_upsampler_4k", 3840, 2160, (LANDSCAPE, PORTRAIT), 50, "VIDEO_RESOLUTION_4K"),
    )
}
