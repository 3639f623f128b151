"""The upsampling methods of a sandbox: its own one, and those that a submit can name."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from concurrent.futures import Executor
from functools import cache
from importlib.util import find_spec

from ..upsampling import ExecutorUpsampler, Upsample, resolve_method

logger = logging.getLogger("vfx_widgets.sandbox")

LEARNED, LANCZOS = "learned", "lanczos"
_LABELS = {LEARNED: "Learned (sharper)", LANCZOS: "Lanczos (fast)"}


@cache
def has_learned() -> bool:
    """Whether what the learned upsampler needs is installed. Imports nothing."""
    return all(find_spec(name) is not None for name in ("numpy", "onnxruntime"))


def default_method() -> str:
    """Return the method of a sandbox for which none was chosen."""
    return LEARNED if has_learned() else LANCZOS


def method_names() -> tuple[str, ...]:
    """Return the names of the methods that work here."""
    return (LEARNED, LANCZOS) if has_learned() else (LANCZOS,)


def method_labels(names: Iterable[str] | None = None) -> dict[str, str]:
    """Return methods with their names for people; those that work here if ``names`` is None."""
    return {name: _LABELS[name] for name in (method_names() if names is None else names)}


@cache
def warn_without_learned() -> None:
    """Log, once in a process, why the results are not sharper."""
    logger.warning(
        "The sandbox upsamples with Lanczos, because onnxruntime is not installed. "
        "For sharper results: pip install onnxruntime"
    )


class UpsampleMethods:
    """The upsamplers of a sandbox.

    Args:
        chosen: The argument ``upsample`` of the sandbox; None for the best that is installed.
        executor: Where clips are upsampled; None for a process of this machine.

    Attributes:
        default: The name of the method of submits that name none; None for a function or an ONNX file.
        own_label: How to show that function or file to people; empty if there is none.
    """

    def __init__(self, chosen: str | Upsample | None, executor: Executor | None = None) -> None:
        self._executor = executor
        self._chosen = default_method() if chosen is None else chosen
        self.is_fallback = chosen is None and not has_learned()
        self.default: str | None = None
        self.own_label = ""
        if self._chosen in (LEARNED, LANCZOS):
            self.default = str(self._chosen)
        else:
            self.own_label = _label(self._chosen)

    def names(self) -> tuple[str, ...]:
        """Return the methods that a submit can name."""
        return tuple(dict.fromkeys([*method_names(), *([self.default] if self.default else [])]))

    def labels(self) -> dict[str, str]:
        """Return the methods with their names for people, the own one under an empty name."""
        return ({"": self.own_label} if self.own_label else {}) | method_labels(self.names())

    def start(self) -> dict[str | None, Upsample]:
        """Return an upsampler for each method, by name; None is that of submits that name none.

        Raises:
            UpsampleError: There is no such method or file.
        """
        if self.is_fallback:
            warn_without_learned()
        upsamplers: dict[str | None, Upsample] = {name: self._resolve(name) for name in self.names()}
        upsamplers[None] = upsamplers[self.default] if self.default else self._resolve(self._chosen)
        return upsamplers

    def _resolve(self, method: str | Upsample) -> Upsample:
        upsample = resolve_method(method)
        return upsample if self._executor is None else ExecutorUpsampler(self._executor, upsample)


def _label(chosen: str | Upsample) -> str:
    if isinstance(chosen, str | os.PathLike):
        return os.path.basename(chosen)  # noqa: PTH119 - also for paths of other systems
    return str(getattr(chosen, "__name__", "") or type(chosen).__name__)
