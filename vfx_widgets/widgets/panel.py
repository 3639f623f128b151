"""The panel: a form, a job table and a player in one widget, connected to an upsampler."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError, TokenError
from ..jobs.upsampler import Upsampler
from ..service.models import MODELS, VEO_2_1080P
from ..service.settings import Service
from ..token import Token, token_or_error
from .compressed_bundle import compressed_bundle
from .controller import PanelController
from .fallback import Fallback
from .shared.messages import PlayerView
from .shared.view import PanelView
from .upsampler_pool import UpsamplerPool, default_service
from .view_models import model_option

_STATIC = Path(__file__).parent / "static"
_PREFILLED_CLIPS = 1


class UpsamplePanel(PanelView):
    """Paste media IDs, click Upsample, follow the status, and see each result beside its source.

    The panel works in the background, also while a cell computes. It always shows which service it uses.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs if a token is passed in or in
            ``VFX_TOKEN``, else the sandbox, which needs no account. On Binder ``VFX_TOKEN`` does not select labs.
        token: The bearer token; it can also be pasted into the panel.
        media_ids: Initial clips: pasted text, or a list. None: a sample clip if the service is the sandbox.
        downloads: Directory for results, relative to the working directory; ``upsampled`` by default.
        method: The upsampler that is selected first, ``"learned"`` or ``"lanczos"``; None for the sandbox's default.
        upsampler: An `Upsampler` to show and to use, in place of ``service``, ``token`` and ``downloads``.

    Raises:
        InputError: ``upsampler`` was passed in together with what it replaces, or there is no such service or method.
        TokenError: The text is not a bearer token.

    Example:
        >>> vfx.UpsamplePanel(service="sandbox")
        UpsamplePanel()
        >>> panel = vfx.UpsamplePanel(upsampler=up, media_ids=sandbox.media_ids)
        >>> panel.upsampler is up
        True
    """

    _esm = compressed_bundle(_STATIC)

    def __init__(
        self,
        *,
        service: str | Service | None = None,
        token: str | Token | None = None,
        media_ids: str | Iterable[str] | None = None,
        downloads: str | os.PathLike[str] | None = None,
        method: str | None = None,
        upsampler: Upsampler | None = None,
    ) -> None:
        accepted = token_or_error(token) if token is not None else None
        del token  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        if upsampler is None:
            downloads = "upsampled" if downloads is None else downloads
            upsampler = Upsampler(default_service(service, accepted), accepted, downloads)
        elif not (service is None and accepted is None and downloads is None):
            raise InputError(
                "An upsampler has its own service, token and downloads.",
                hint="Give either upsampler= or the others.",
            )
        if method is not None and method not in (choices := upsampler.method_labels):
            raise InputError(
                f"{upsampler.service_name} has no upsampling method {method!r}.",
                hint=f"Use {' or '.join(map(repr, choices))}." if choices else "Only sandboxes have a choice.",
            )
        if media_ids is None:
            media_ids = upsampler.sample_media_ids[:_PREFILLED_CLIPS]
        self._pool = UpsamplerPool(upsampler, downloads)
        self._fallback = Fallback(
            lambda: self._pool.jobs,
            "" if downloads is None else os.fspath(downloads),
            lambda job: self._controller.describe(job),
        )
        super().__init__(
            media_ids=media_ids if isinstance(media_ids, str) else "\n".join(map(str, media_ids)),
            models=[model_option(model) for model in MODELS.values()],
            model=VEO_2_1080P.key,
            fallback_class=self._fallback.css_class,
        )
        with self.hold_sync():
            self._controller = PanelController(self, self._pool)
            self.method = self.method if method is None else method
        self._pool.on_change(self._fallback.job_changed)
        self._pool.on_refresh(self._fallback.refresh)

    @property
    def upsampler(self) -> Upsampler:
        """The upsampler in use; a switch of the service replaces it."""
        return self._pool.current

    def show(self, clip: str, *, frame: int = 1, view: PlayerView = "side", method: str | None = None) -> None:
        """Show a frame of a result in the player. "Copy link" in the player copies such a line for what is on show.

        Args:
            clip: Name of the clip as the table shows it, or its media ID.
            frame: Counted from 1, as the player does.
            view: ``"side"``, ``"wipe"``, ``"result"``, ``"flip"`` (A/B) or ``"difference"``.
            method: Of several results of the clip, the one of this upsampler; None for the newest.

        Raises:
            InputError: The panel has no result of this clip, or there is no such frame or view.

        Example:
            >>> panel = vfx.UpsamplePanel(upsampler=up)
            >>> video = await up.submit(media_id)
            >>> panel.show("old map", frame=42, view="wipe")
        """
        self._controller.show(clip, frame, view, method)

    def __repr__(self) -> str:
        return "UpsamplePanel()"  # constant: a repr is saved with the notebook

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data |= self._fallback.bundle()
        return bundle

    def _ipython_display_(self) -> None:
        bundle = super()._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        self._fallback.show(data or {"text/plain": repr(self)}, metadata)
