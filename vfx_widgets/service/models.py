"""The upsample models of the service (docs/protocol.md, "Models")."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError

ASPECT_RATIOS = {
    "landscape": "VIDEO_ASPECT_RATIO_LANDSCAPE",
    "portrait": "VIDEO_ASPECT_RATIO_PORTRAIT",
}
METHODS = ("learned", "lanczos")
"""The upsampling methods of a sandbox. Other services have no choice."""


@dataclass(frozen=True, slots=True)
class Model:
    """An upsample model of the service (docs/protocol.md, "Models"), as in ``job.model``.

    Attributes:
        key: The service's name for the model (``videoModelKey``).
        short_side: Length of the result's shorter side, in pixels.
        credits: Cost of one upsample.
        deadline: Seconds after which a job that is still running is no longer polled.
        resolution: Value of the request's ``resolution`` field; None for the captured model, which has no such field.
        portrait: Whether the model accepts portrait clips.

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
        """The resolution of the result, ``1080p`` or ``4K``."""
        return "4K" if self.short_side == 2160 else f"{self.short_side}p"


VEO_2_1080P = Model("veo_2_1080p_upsampler_8s", 1080, 0, 15 * 60, portrait=False)
VEO_3_1_1080P = Model("veo_3_1_upsampler_1080p", 1080, 0, 15 * 60, "VIDEO_RESOLUTION_1080P")
VEO_3_1_4K = Model("veo_3_1_upsampler_4k", 2160, 50, 60 * 60, "VIDEO_RESOLUTION_4K")
MODELS = {model.key: model for model in (VEO_2_1080P, VEO_3_1_1080P, VEO_3_1_4K)}


def resolve_model(model: str | Model | None, aspect_ratio: str) -> Model:
    """Return the model to use for clips of an aspect ratio.

    Args:
        model: The model's key. None for the default: the captured model for landscape clips, Veo 3.1 at 1080p for
            portrait clips. A `Model` is returned unchanged, without a lookup in `MODELS`.
        aspect_ratio: ``"landscape"`` or ``"portrait"``.

    Raises:
        InputError: The model or the aspect ratio is unknown, or the model does not accept the aspect ratio.
    """
    if not isinstance(aspect_ratio, str):
        raise InputError(f"aspect_ratio is {aspect_ratio!r}, which is not text.", hint="Use 'landscape' or 'portrait'.")
    if aspect_ratio not in ASPECT_RATIOS:
        raise InputError(f"Unknown aspect ratio {aspect_ratio!r}.", hint="Use 'landscape' or 'portrait'.")
    if not isinstance(model, str | Model | None):
        raise InputError(f"model is {model!r}, which is not text.", hint=f"Use one of {', '.join(MODELS)}.")
    if model is None:
        return VEO_2_1080P if aspect_ratio == "landscape" else VEO_3_1_1080P
    if isinstance(model, str):
        if model not in MODELS:
            raise InputError(f"Unknown model {model!r}.", hint=f"Use one of {', '.join(MODELS)}.")
        model = MODELS[model]
    if aspect_ratio == "portrait" and not model.portrait:
        raise InputError(f"{model.key} accepts landscape clips only.", hint=f"Use {VEO_3_1_1080P.key} instead.")
    return model
