"""What the names of faults stand for. What they do to a call is told in the docstring of ``faults``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

# Reads the value of an option; a ValueError says what it takes.
Read = Callable[[str], Any]
# The options of a fault by name: how each is read, and its default.
Options = Mapping[str, tuple[Read, Any]]

API_CALLS = frozenset({"submit", "status"})
STORAGE_CALLS = frozenset({"download", "poster"})
ANY_CALL = API_CALLS | STORAGE_CALLS


class Place(Enum):
    """Where a fault strikes."""

    ANSWER = auto()
    SERVER = auto()
    REPLY = auto()
    WIRE = auto()
    ITEM = auto()


def word(*allowed: str) -> Read:
    """Reads one of some words."""

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return read


def count(value: str) -> int:
    """Reads a whole number from 0."""
    if not value.isdecimal():
        raise ValueError("a whole number")
    return int(value)


def whole(value: str) -> int:
    """Reads a whole number, which may be negative."""
    return -count(value[1:]) if value.startswith("-") else count(value)


def number(value: str) -> float:
    """Reads a number."""
    try:
        return float(value)
    except ValueError:
        raise ValueError("a number") from None


def yes(value: str) -> bool:
    """Reads yes or no."""
    return bool(word("yes", "no")(value) == "yes")


def text(value: str) -> str:
    """Takes any text."""
    return value


@dataclass(frozen=True)
class Kind:
    """What a fault's name stands for.

    Args:
        place: Where it strikes.
        calls: The calls it strikes where the line does not say.
        options: Its own options: how each is read, and its default.
        allowed: The calls it can strike at all.
        times: How often it fires where the line does not say.
        needs_result: Whether it waits for an item that is SUCCESSFUL.
    """

    place: Place
    calls: frozenset[str]
    options: Options = field(default_factory=dict)
    allowed: frozenset[str] = ANY_CALL
    times: int | None = 1
    needs_result: bool = False


def _answer(calls: frozenset[str], options: Options | None = None, allowed: frozenset[str] = ANY_CALL) -> Kind:
    return Kind(Place.ANSWER, calls, {**_RAN, **(options or {})}, allowed)


def _item(options: Options | None = None, times: int | None = 1, needs_result: bool = False) -> Kind:
    return Kind(Place.ITEM, _STATUS, options or {}, _STATUS, times, needs_result)


def _reply(allowed: frozenset[str]) -> Kind:
    return Kind(Place.REPLY, _STATUS, allowed=allowed)


_SUBMIT = frozenset({"submit"})
_STATUS = frozenset({"status"})
_DOWNLOAD = frozenset({"download"})
_AS = {"as": (word("json", "html"), "json")}
_RAN = {"ran": (yes, False)}

KINDS = {
    "400": _answer(ANY_CALL),
    "403-captcha": _answer(_SUBMIT, allowed=API_CALLS),
    "403-plan": _answer(_SUBMIT, {"reason": (text, "MODEL_ACCESS_DENIED")}, API_CALLS),
    "404": _answer(ANY_CALL),
    "429-throttle": _answer(ANY_CALL, {"reason": (text, "USER_REQUESTS_THROTTLED"), "retry-after": (count, None)}),
    "429-quota": _answer(_SUBMIT, {"reason": (text, "PER_MODEL_DAILY_QUOTA_REACHED")}, API_CALLS),
    "500": _answer(ANY_CALL, _AS),
    "502": _answer(ANY_CALL, _AS),
    "503": _answer(ANY_CALL, _AS),
    "504": _answer(ANY_CALL, _AS),
    "url-expired": _answer(_DOWNLOAD, allowed=STORAGE_CALLS),
    "url-altered": _answer(_DOWNLOAD, allowed=STORAGE_CALLS),
    "gone": _answer(_DOWNLOAD, allowed=STORAGE_CALLS),
    "not-a-video": _answer(_DOWNLOAD, allowed=STORAGE_CALLS),
    "token-expired": Kind(Place.SERVER, _STATUS, allowed=API_CALLS),
    "clock": Kind(Place.SERVER, ANY_CALL, {"seconds": (number, 82.0)}),
    "malformed-json": _reply(API_CALLS),
    "empty-reply": _reply(API_CALLS),
    "out-of-order": _reply(_STATUS),
    "media-shape": _reply(_STATUS),
    "reset": Kind(Place.WIRE, ANY_CALL, _RAN),
    "hung": Kind(Place.WIRE, ANY_CALL, {**_RAN, "seconds": (number, None)}),
    "reset-mid-body": Kind(Place.WIRE, ANY_CALL),
    "refused": Kind(Place.WIRE, ANY_CALL, {"seconds": (number, 2.0)}),
    "truncated": Kind(Place.WIRE, _DOWNLOAD),
    "wrong-length": Kind(Place.WIRE, _DOWNLOAD, {"by": (whole, 1000)}),
    "slow": Kind(Place.WIRE, _DOWNLOAD, {"rate": (number, 100_000.0)}),
    "failed": _item({"reason": (text, "UNSAFE_GENERATION"), "code": (count, 3)}),
    "failed-without-error": _item(),
    "canceled": _item(),
    "forgotten": _item(),
    "stuck-active": _item(times=None),
    "unknown-status": _item({"status": (text, "POLISHING")}),
    "item-missing": _item(),
    "item-empty": _item(),
    "no-url": _item({"url": (word("missing", "empty"), "missing")}, needs_result=True),
    "raw-bytes": _item(needs_result=True),
}
