"""The models of service-notes, section 4, and what each makes."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError

ASPECT_RATIOS = {
    "landscape": "VIDEO_ASPECT_RATIO_LANDSCAPE",
    "portrait": "VIDEO_ASPECT_RATIO_PORTRAIT",
}


@dataclass(frozen=True, slots=True)
class Model:
    """One upsampler of the service (service-notes, section 4), as ``job.model`` has it.

    Attributes:
        key: The service's name for it (``videoModelKey``).
        short_side: Pixels on the short side of the result.
        credits: What one upsample costs.
        deadline: Seconds after which an operation counts as not seen yet.
        resolution: The request's ``resolution`` field, which the models of 2026 want; None for the captured one.
        portrait: Whether it takes portrait clips.

    Example:
        >>> model = up.submit(media_id).model
        >>> model.label, model.key, model.credits
        ('1080p', 'veo_2_1080p_upsampler_8s', 0)
    """

    key: str
    short_side: int
    credits: int
    deadline: float
    resolution: str | None = None
    portrait: bool = True

    @property
    def label(self) -> str:
        """The size of the result in a word, ``1080p`` or ``4K``."""
        return "4K" if self.short_side == 2160 else f"{self.short_side}p"


VEO_2_1080P = Model("veo_2_1080p_upsampler_8s", 1080, 0, 15 * 60, portrait=False)
VEO_3_1_1080P = Model("veo_3_1_upsampler_1080p", 1080, 0, 15 * 60, "VIDEO_RESOLUTION_1080P")
VEO_3_1_4K = Model("veo_3_1_upsampler_4k", 2160, 50, 60 * 60, "VIDEO_RESOLUTION_4K")
MODELS = {model.key: model for model in (VEO_2_1080P, VEO_3_1_1080P, VEO_3_1_4K)}


def choose(model: str | None, aspect_ratio: str) -> Model:
    """Return the model of that name; without a name, the captured one, or the one that takes portrait clips.

    Raises:
        InputError: There is no such model or aspect ratio, or the two don't go together.
    """
    if aspect_ratio not in ASPECT_RATIOS:
        raise InputError(f"There is no aspect ratio {aspect_ratio!r}.", hint="Use 'landscape' or 'portrait'.")
    if model is None:
        return VEO_2_1080P if aspect_ratio == "landscape" else VEO_3_1_1080P
    if model not in MODELS:
        raise InputError(f"There is no model {model!r}.", hint=f"Use one of {', '.join(MODELS)}.")
    chosen = MODELS[model]
    if aspect_ratio == "portrait" and not chosen.portrait:
        raise InputError(f"{chosen.key} takes landscape clips only.", hint=f"Use {VEO_3_1_1080P.key} for this one.")
    return chosen
