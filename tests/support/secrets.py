"""Searching everything that a run leaves behind for secrets."""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ipywidgets

from vfx_widgets.errors import VfxError

_TESTS = Path(__file__).parents[1]
_LOGGERS = ("", "httpx", "httpcore", "asyncio", "vfx_widgets")


@dataclass
class Evidence:
    """Everything that a run leaves behind and that may contain a secret."""

    objects: list[object] = field(default_factory=list)
    errors: list[VfxError] = field(default_factory=list)
    log_records: list[logging.LogRecord] = field(default_factory=list)
    output: str = ""
    directories: list[Path] = field(default_factory=list)

    def add_output(self, log_records: Iterable[logging.LogRecord], *streams: str) -> None:
        """Add what was logged, and printed to streams such as stdout."""
        self.log_records += log_records
        self.output += "".join(streams)


def find_leaks(evidence: Evidence, secrets: Iterable[str]) -> set[str]:
    """Return the names of the places in which one of the secrets is."""
    secrets = tuple(secrets)
    return {
        place
        for place, texts in PLACES.items()
        for text in texts(evidence)
        if any(secret in text for secret in secrets)
    }


@contextlib.contextmanager
def recorded_log() -> Iterator[list[logging.LogRecord]]:
    """Record the messages of all loggers at DEBUG level."""
    records: list[logging.LogRecord] = []
    handler = _ListHandler(records)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    try:
        yield records
    finally:
        logging.getLogger().removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class _ListHandler(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


def reachable_objects(*roots: object) -> list[object]:
    """Return the objects of this package that are reachable from others through attributes and containers.

    Those of the sandbox are not followed: it has to know its own secrets.
    """
    found: dict[int, object] = {}
    pending = list(roots)
    while pending:
        value = pending.pop()
        if id(value) in found:
            continue
        module = type(value).__module__
        if module.startswith("vfx_widgets") and not module.startswith("vfx_widgets.sandbox"):
            found[id(value)] = value
            pending += _attributes(value)
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list | tuple | set | frozenset | deque):
            pending += value
    return list(found.values())


def _attributes(value: object) -> Iterator[object]:
    yield from getattr(value, "__dict__", {}).values()
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            with contextlib.suppress(AttributeError):
                yield getattr(value, name)
    for name in getattr(value, "__struct_fields__", ()):
        yield getattr(value, name)


def _as_text(convert: Callable[[Any], object], value: object) -> str:
    """Return the result of a conversion to text, or the text of the exception that it raises."""
    try:
        converted = convert(value)
    except Exception as error:
        return f"{error} {error!r}"
    return converted.decode("latin-1") if isinstance(converted, bytes) else str(converted)


def _stack_frames(error: BaseException) -> Iterator[str]:
    """Return the stack frames with their local variables, except those of the tests, which know the secrets."""
    pending: list[traceback.TracebackException | None] = [
        traceback.TracebackException.from_exception(error, capture_locals=True)
    ]
    while pending:
        current = pending.pop()
        if current is None:
            continue
        yield from current.format_exception_only()
        yield from (
            repr((frame.line, frame.locals)) for frame in current.stack if _TESTS not in Path(frame.filename).parents
        )
        pending += [current.__cause__, current.__context__, *(current.exceptions or ())]


def _file_contents(directory: Path) -> Iterator[str]:
    for path in directory.rglob("*"):
        yield str(path)
        if path.is_file():
            yield path.read_bytes().decode("latin-1")


def _widget_states(value: object) -> Iterator[str]:
    """Return what a saved notebook contains of a widget and its children."""
    if isinstance(value, ipywidgets.Widget):
        yield repr(value.get_state())
        for child in getattr(value, "children", ()):
            yield from _widget_states(child)


PLACES: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "the repr of an object": lambda evidence: (_as_text(repr, each) for each in evidence.objects),
    "the text of an object": lambda evidence: (_as_text(str, each) for each in evidence.objects),
    "an object in an f-string": lambda evidence: (_as_text(lambda it: f"{it}", each) for each in evidence.objects),
    "the repr of an object's attributes": lambda evidence: (
        repr(getattr(each, "__dict__", "")) for each in evidence.objects
    ),
    "a pickle of an object": lambda evidence: (_as_text(pickle.dumps, each) for each in evidence.objects),
    "an object as JSON": lambda evidence: (_as_text(json.dumps, each) for each in evidence.objects),
    "the text of an error": lambda evidence: (f"{error} {error!r} {error.args}" for error in evidence.errors),
    "the attributes of an error": lambda evidence: (repr(vars(error)) for error in evidence.errors),
    "a pickle of an error": lambda evidence: (_as_text(pickle.dumps, error) for error in evidence.errors),
    "a traceback": lambda evidence: ("".join(traceback.format_exception(error)) for error in evidence.errors),
    "a traceback with local variables": lambda evidence: (
        frame for error in evidence.errors for frame in _stack_frames(error)
    ),
    "a log at DEBUG": lambda evidence: (
        f"{record.getMessage()} {record.args} {record.exc_text}" for record in evidence.log_records
    ),
    "printed output": lambda evidence: iter([evidence.output]),
    "a file": lambda evidence: (text for directory in evidence.directories for text in _file_contents(directory)),
    "the state of a widget": lambda evidence: (state for each in evidence.objects for state in _widget_states(each)),
}
