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
from ..token import Token
from . import summary
from .conductor import Conductor
from .form import Form
from .job_table import JobTable
from .names import with_sandbox_clips
from .player import Player
from .services import Services, to_start_with
from .stand_in import StandIn

_KEYWORDS = ("service", "token", "media_ids", "downloads", "upsampler")
_PREFILLED = 1  # clips; enough for a first click


class UpsamplePanel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Paste media IDs, click Upsample, watch, and see the result beside its source.

    The panel works in the background, also while a cell computes. It always shows which service it talks to.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs where a token is given or is in
            ``VFX_TOKEN``, else the sandbox, which needs no account. On Binder ``VFX_TOKEN`` chooses nothing.
        token: The bearer token; it can be pasted into the panel as well.
        media_ids: Clips to start with: pasted text, or a list. None: one of the sandbox's clips, where that is used.
        downloads: The folder for results, relative to the working folder.
        upsampler: An `Upsampler` to show and to use, in place of ``service``, ``token`` and ``downloads``.

    Raises:
        TypeError: A keyword is none of these; the message has the nearest right one.
        InputError: ``upsampler`` was given together with what it replaces, or there is no such service.
        TokenError: The token is none.

    Example:
        >>> vfx.UpsamplePanel(service="sandbox")
        UpsamplePanel()
        >>> panel = vfx.UpsamplePanel(upsampler=up, media_ids=sandbox.media_ids)
        >>> panel.upsampler is up
        True
        >>> vfx.UpsamplePanel(tokn="ya29.…")
        Traceback (most recent call last):
        TypeError: UpsamplePanel has no keyword 'tokn'. Did you mean token=?
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
            downloads = "upsampled" if downloads is None else downloads
            upsampler = Upsampler(to_start_with(service, token), token, downloads)
        elif not (service is None and token is None and downloads is None):
            raise InputError(
                "An upsampler has its own service, token and downloads.",
                hint="Give either upsampler= or the others.",
            )
        if media_ids is None:
            media_ids = upsampler.sample_media_ids[:_PREFILLED]
        self._folder = os.fspath(downloads) if downloads is not None else ""
        self._form = Form(
            media_ids=media_ids if isinstance(media_ids, str) else "\n".join(map(str, media_ids)),
            models=[_model(model) for model in MODELS.values()],
            model=VEO_2_1080P.key,
        )
        self._table = JobTable()
        self._player = Player()
        self._services = Services(upsampler, downloads)
        self._conductor = Conductor(self._services, self._form, self._table, self._player, with_sandbox_clips())
        self._stand_in = StandIn(lambda: self._services.jobs, self._folder)
        self._form.stand_in = self._stand_in.css_class
        self._services.on_change(self._stand_in.changed)
        super().__init__(children=[self._form, self._table, self._player])

    @property
    def upsampler(self) -> Upsampler:
        """What works behind the panel; after a switch of the service, another one."""
        return self._services.current

    def __repr__(self) -> str:
        return "UpsamplePanel()"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # The widget, and what stands in its place where there are none.
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data |= {
                "text/plain": summary.as_text(self._services.jobs, self._folder),
                "text/html": summary.as_html(self._services.jobs, self._folder),
            }
        return bundle

    def _ipython_display_(self) -> None:
        bundle = super()._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        self._stand_in.show(data or {"text/plain": repr(self)}, metadata)


def _no_such_keyword(name: str) -> str:
    near = difflib.get_close_matches(name, _KEYWORDS, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}=?" if near else f"There are {', '.join(f'{each}=' for each in _KEYWORDS)}."
    return f"UpsamplePanel has no keyword {name!r}. {hint}"


def _model(model: Model) -> dict[str, Any]:
    version = re.match(r"veo_(\d+(?:_\d)?)_", model.key)
    return {
        "key": model.key,
        "label": f"{model.label} (Veo {version.group(1).replace('_', '.')})" if version else model.label,
        "credits": model.credits,
        "aspects": ["landscape", "portrait"] if model.portrait else ["landscape"],
    }
