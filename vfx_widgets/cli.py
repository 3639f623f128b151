"""The command-line interface, ``vfx-widgets``."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence

from . import __version__
from .errors import VfxError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: The command-line arguments; those of the process if None.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.run is not _demo:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        status: int = options.run(options)
    except VfxError as error:
        print(f"vfx-widgets: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # such as a folder that can't be written
        print(f"vfx-widgets: {error.strerror or error}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vfx-widgets",
        description="Upsample generated clips to 1080p from a Jupyter notebook, or try it against a local sandbox.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"vfx-widgets {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser(
        "demo",
        help="open the first notebook in JupyterLab",
        description="Open the first notebook in JupyterLab, using the sandbox. "
        "All other arguments are passed to JupyterLab.",
        allow_abbrev=False,
    )
    demo.add_argument(
        "--headless",
        action="store_true",
        help="run the notebook without a browser, and print the path and the resolution of the video",
    )
    demo.set_defaults(run=_demo)

    sandbox = commands.add_parser(
        "sandbox",
        help="run the sandbox until Ctrl+C",
        description="Run the sandbox: a local service with the API of the captured one, which upsamples clips itself.",
        allow_abbrev=False,
    )
    sandbox.add_argument(
        "--port", type=_port, default=8765, help="port to listen on; 0 for any free port (default: %(default)s)"
    )
    sandbox.add_argument(
        "--add", metavar="FILE", action="append", default=[], help="add a clip of your own; may be repeated"
    )
    sandbox.add_argument(
        "--fault",
        metavar="LINE",
        action="append",
        default=[],
        help='inject a fault, such as "503 call=status times=2"; may be repeated. '
        "See vfx_widgets.sandbox.faults for the list",
    )
    sandbox.set_defaults(run=_sandbox)

    upsample = commands.add_parser(
        "upsample",
        help="upsample clips on this machine",
        description="Upsample clips on this machine, with no service: H.264 in MP4, audio copied.",
        allow_abbrev=False,
    )
    upsample.add_argument("clips", metavar="CLIP", nargs="+", help="a clip; several are upsampled one after the other")
    upsample.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the MP4 to write, or a folder; with several clips, a folder (default: CLIP_1080p.mp4)",
    )
    upsample.add_argument("--size", type=_size, default="1080p", help="1080p, 4k or WIDTHxHEIGHT (%(default)s)")
    upsample.add_argument(
        "--method", default="learned", help="learned, lanczos, or the path of an ONNX network (%(default)s)"
    )
    upsample.set_defaults(run=_upsample)
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("the port must be a number from 0 to 65535")
    return int(text)


def _size(text: str) -> tuple[str, tuple[int, int]]:
    sizes = {"1080p": (1920, 1080), "4k": (3840, 2160)}
    name = text.lower()
    if name in sizes:
        return name, sizes[name]
    width, _, height = name.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError("a size is 1080p, 4k or WIDTHxHEIGHT, like 1280x720")
    return name, (int(width), int(height))


def _demo(options: argparse.Namespace) -> int:
    from . import demo

    if not options.headless:
        if demo.NOTEBOOK.exists():
            print(f"Opening your copy of the notebook, {demo.NOTEBOOK}. Delete it to start over.")
        demo.open_lab(options.rest)
        return 0
    if options.rest:
        raise VfxError(f"Unknown arguments for --headless: {' '.join(options.rest)}.")
    result = demo.run_headless()
    print(f"Video       {result.video.resolve()}")
    print(f"Size        {result.size:,} bytes")
    print(f"Resolution  {result.width}×{result.height}, {result.duration:.1f} s")
    print(f"Page        {result.page.resolve().as_uri()}")
    return 0


def _sandbox(options: argparse.Namespace) -> int:
    from .sandbox.command import run_forever

    run_forever(options.port, options.fault, options.add, echo=functools.partial(print, flush=True))
    return 0


def _upsample(options: argparse.Namespace) -> int:
    from .upsampling.command import run, targets

    name, size = options.size
    status = 0
    for clip, output in targets(options.clips, options.output, name):
        try:
            print(run(clip, output, size, options.method), flush=True)
        except VfxError as error:
            print(f"vfx-widgets: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
