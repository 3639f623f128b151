"""The program of the upsampling process: ``python worker.py METHOD SOURCE 1920x1080 OUTPUT [SETTINGS]``.

``METHOD`` is ``lanczos``, ``learned`` or the path of an ONNX file; ``SETTINGS`` is JSON, see `settings`. Progress goes
to the standard output, one line ``DONE TOTAL`` per frame; an error to the standard error as one sentence.

Importing ``vfx_widgets`` would double the time to start, so this folder is imported as a package of its own.
"""

from __future__ import annotations

import importlib
import sys
import types
from contextlib import suppress
from pathlib import Path

PACKAGE = "vfx_upsampling"


def main(arguments: list[str]) -> int:
    """Upsample one clip; return the exit status."""
    method, source, size, output, *settings = arguments
    width, height = size.split("x")
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules[PACKAGE] = package
    for text in settings:
        importlib.import_module(f"{PACKAGE}.settings").CURRENT.load(text)
    target = (Path(source), (int(width), int(height)), Path(output), _report)
    try:
        if method == "lanczos":
            importlib.import_module(f"{PACKAGE}.lanczos").lanczos(*target)
        else:
            model = None if method == "learned" else Path(method)
            importlib.import_module(f"{PACKAGE}.learned").learned(*target, model)
    except Exception as error:
        message = str(error) if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {error}"
        print(message, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _report(done: int, total: int) -> None:
    with suppress(BrokenPipeError):
        print(done, total, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
