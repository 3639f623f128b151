"""The panel: the form, the table and the viewer, wired to an upsampler."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from typing import Any

import ipywidgets

from ..errors import InputError
from ..jobs.upsampler import Upsampler
from ..service.models import MODELS, VEO_2_1080P, Model
from ..service.settings import Service
from ..token import ENVIRONMENT_VARIABLE, Token
from . import summary
from .conductor import SANDBOX_TOKEN, Conductor
from .form import Form
from .job_table import JobTable
from .player import Player

_KEYWORDS = ("service", "token", "media_ids", "downloads", "upsampler")
_PREFILLED = 1  # clips; enough for a first click


class UpsamplePanel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Paste media IDs, click Upsample, watch, and see the result beside its source.

    The panel works in the background, also while a cell computes. It always shows which service it talks to.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs where a token is given or is in
            ``VFX_TOKEN``, else the sandbox, which needs no account.
        token: The bearer token; it can be pasted into the panel as well.
        media_ids: Clips to start with: pasted text, or a list. None: one of the sandbox's clips, where that is used.
        downloads: The folder for results, relative to the working folder.
        upsampler: An `Upsampler` to show and to use, in place of ``service``, ``token`` and ``downloads``.

    Raises:
        TypeError: A keyword is none of these; the message has the nearest right one.
        InputError: ``upsampler`` was given together with what it replaces, or there is no such service.
        TokenError: The token is none.
    """

    def __init__(
        self,
        *,
        service: str | Service | None = None,
        token: str | Token | None = None,
        media_ids: str | Iterable[str] | None = None,
        downloads: str | os.PathLike[str] | None = None,
        upsampler: Upsampler | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise TypeError(_no_such_keyword(next(iter(unknown))))
        if upsampler is None:
            upsampler = Upsampler(service, token, "upsampled" if downloads is None else downloads)
        elif not (service is None and token is None and downloads is None):
            raise InputError(
                "An upsampler has its own service, token and downloads.",
                next_step="Give either upsampler= or the others.",
            )
        self.upsampler = upsampler
        names = _clip_names(upsampler)
        if media_ids is None:
            media_ids = list(names)[:_PREFILLED]
        self._form = Form(
            media_ids=media_ids if isinstance(media_ids, str) else "\n".join(map(str, media_ids)),
            token_set=upsampler.has_token,
            token_origin=_token_origin(upsampler, token),
            service=_service(upsampler),
            clips=[{"media_id": media_id, "label": name} for media_id, name in names.items()],
            models=[_model(model) for model in MODELS.values()],
            model=VEO_2_1080P.key,
        )
        self._table = JobTable()
        self._player = Player()
        self._conductor = Conductor(upsampler, self._form, self._table, self._player, names)
        super().__init__(children=[self._form, self._table, self._player])

    def __repr__(self) -> str:
        return "UpsamplePanel()"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # The widget, and what stands in its place where there are none: nbviewer, an exported page, GitHub.
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data |= {
                "text/plain": summary.as_text(self.upsampler.jobs),
                "text/html": summary.as_html(self.upsampler.jobs),
            }
        return bundle


def _no_such_keyword(name: str) -> str:
    near = difflib.get_close_matches(name, _KEYWORDS, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}=?" if near else f"There are {', '.join(f'{each}=' for each in _KEYWORDS)}."
    return f"UpsamplePanel has no keyword {name!r}. {hint}"


def _clip_names(upsampler: Upsampler) -> dict[str, str]:
    """Return what the clips to try are called, by media ID."""
    offered = upsampler.media_ids
    if not offered:
        return {}
    from ..sandbox.library import bundled_clips

    files = {clip.media_id: clip.path for clip in bundled_clips()}
    return {media_id: files[media_id].stem.replace("_", " ") for media_id in offered if media_id in files}


def _token_origin(upsampler: Upsampler, given: str | Token | None) -> str:
    if given is not None or not upsampler.has_token:
        return ""
    return SANDBOX_TOKEN if upsampler.is_sandbox else f" from {ENVIRONMENT_VARIABLE}"


def _service(upsampler: Upsampler) -> dict[str, Any]:
    if not upsampler.is_sandbox:
        return {"label": upsampler.service_name.capitalize(), "detail": "The live service", "sandbox": False}
    detail = "A local service on this machine: no account needed, nothing is sent out."
    return {"label": "Sandbox", "detail": detail, "sandbox": True}


def _model(model: Model) -> dict[str, Any]:
    version = re.match(r"veo_(\d+(?:_\d)?)_", model.key)
    return {
        "key": model.key,
        "label": f"{model.label} (Veo {version.group(1).replace('_', '.')})" if version else model.label,
        "credits": model.credits,
        "aspects": ["landscape", "portrait"] if model.portrait else ["landscape"],
    }
